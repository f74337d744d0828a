//! The S-boxes as circuits. `examples/sboxes` derives them; the tests below compare each with
//! the table of FIPS 46-3 for all 64 inputs.
//!
//! `g0` to `g5` are the inputs, leftmost first; after `=>` stand the outputs, leftmost first.

pub(super) mod boolean;
#[cfg(any(target_arch = "x86_64", test))]
pub(super) mod ternary;

/// Declares the choice of a circuit by the number of its box.
macro_rules! choice {
    ($bound:path) => {
        /// S-box `BOX`, from 0.
        #[inline(always)]
        pub(in crate::tdes) fn substitute<W: $bound, const BOX: usize>(input: [W; 6]) -> [W; 4] {
            match BOX {
                0 => s1(input),
                1 => s2(input),
                2 => s3(input),
                3 => s4(input),
                4 => s5(input),
                5 => s6(input),
                6 => s7(input),
                _ => s8(input),
            }
        }
    };
}
use choice;

#[cfg(test)]
mod tests {
    use super::{boolean, ternary};
    use crate::tdes::boxes;

    fn inputs() -> [u64; 6] {
        std::array::from_fn(|at| boxes::input(at as u32))
    }

    fn outputs(number: usize) -> [u64; 4] {
        std::array::from_fn(|at| boxes::output(number, at as u32))
    }

    /// Compares each circuit of a module with its table.
    macro_rules! all_are_tables {
        ($gates:ident) => {
            let all = [
                $gates::substitute::<u64, 0>(inputs()),
                $gates::substitute::<u64, 1>(inputs()),
                $gates::substitute::<u64, 2>(inputs()),
                $gates::substitute::<u64, 3>(inputs()),
                $gates::substitute::<u64, 4>(inputs()),
                $gates::substitute::<u64, 5>(inputs()),
                $gates::substitute::<u64, 6>(inputs()),
                $gates::substitute::<u64, 7>(inputs()),
            ];
            for (number, circuit) in all.into_iter().enumerate() {
                assert_eq!(circuit, outputs(number), "S{}", number + 1);
            }
        };
    }

    #[test]
    fn every_circuit_is_its_table() {
        all_are_tables!(boolean);
        all_are_tables!(ternary);
    }
}

//! The arithmetic against numbers of any size, the vectors against each other, and flipped bits.

use num_bigint::BigUint;
use proptest::prelude::*;

use super::digits::{DIGIT, DIGIT_BITS, Digits, SIDE};
use super::fault::Place;
use super::fault::test::{Strike, aim, missed};
use super::multiply::Modulus;
use super::number::Number;
use super::portable::Portable;
use super::window::ENTRIES;
use super::{LANES, Lane, Operation, Path, RsaPrivate};
use crate::rsa::RsaError;

const ZERO: Portable<LANES> = [0; LANES];

/// A digit, often one at an edge.
fn digit() -> impl Strategy<Value = u64> {
    prop_oneof![
        2 => Just(0),
        1 => Just(1),
        1 => Just(DIGIT - 1),
        3 => Just(DIGIT),
        3 => 0..=DIGIT,
    ]
}

/// The digits of a number for every lane.
fn numbers(blocks: usize) -> impl Strategy<Value = Vec<Vec<u64>>> {
    let number = prop::collection::vec(digit(), blocks * SIDE);
    prop::collection::vec(number, LANES)
}

fn value(digits: impl DoubleEndedIterator<Item = u64>) -> BigUint {
    digits.rev().fold(BigUint::ZERO, |value, digit| (value << DIGIT_BITS) + digit)
}

fn negated_inverse(lowest: u64) -> u64 {
    let inverse = (0..6).fold(lowest, |inverse, _| {
        inverse.wrapping_mul(2_u64.wrapping_sub(lowest.wrapping_mul(inverse)))
    });
    inverse.wrapping_neg() & DIGIT
}

/// Odd numbers that leave the highest 16 bits free.
fn moduli<V: Digits>(zero: V, moduli: &[Vec<u64>]) -> Modulus<V> {
    let moduli: Vec<_> = moduli
        .iter()
        .map(|digits| {
            let mut digits = digits.clone();
            digits[0] |= 1;
            *digits.last_mut().unwrap() &= DIGIT >> 16;
            digits
        })
        .collect();
    let mut factor = [zero];
    for (to, digits) in V::lanes(&mut factor).iter_mut().zip(&moduli) {
        *to = negated_inverse(digits[0]);
    }
    let slices = moduli.iter().map(Vec::as_slice);
    Modulus { digits: Number::of_digits(zero, moduli[0].len() / SIDE, slices), factor: factor[0] }
}

/// Product, square, sum and chosen entry of a vector, as their elements.
fn results<V: Digits>(zero: V, inputs: &[Vec<Vec<u64>>; 3]) -> Vec<Vec<u64>> {
    let blocks = inputs[0][0].len() / SIDE;
    let number = |at: usize| Number::of_digits(zero, blocks, inputs[at].iter().map(Vec::as_slice));
    let (one, other, modulus) = (number(0), number(1), moduli(zero, &inputs[2]));
    let mut all = [(); 5].map(|()| Number::zero(zero, blocks));
    V::multiply(&mut all[0], &one, &other, &modulus);
    V::square(&mut all[1], &one, &modulus);
    all[2] = one.copy();
    all[2].subtract_once(&modulus);
    let rows: Vec<_> = (0..blocks)
        .map(|row| {
            std::array::from_fn(|entry| {
                one.blocks()[row].map(|digit| digit.plus(zero.splat(entry as u64)))
            })
        })
        .collect();
    V::choose_entry(&mut all[3], &rows, other.digits()[0].and(zero.splat(ENTRIES as u64 - 1)));
    all[4] = one.copy();
    all[4].add(&other);
    all.iter_mut().map(|number| V::lanes(number.digits_mut()).to_vec()).collect()
}

fn lane(elements: &[u64], lane: usize) -> impl DoubleEndedIterator<Item = u64> {
    elements.as_chunks::<LANES>().0.iter().map(move |vector| vector[lane])
}

fn inputs() -> impl Strategy<Value = [Vec<Vec<u64>>; 3]> {
    prop::sample::select(vec![4, 6, 8, 12, 16])
        .prop_flat_map(|blocks| [numbers(blocks), numbers(blocks), numbers(blocks)])
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, ..ProptestConfig::default() })]

    /// Any digits, also of numbers far above the modulus: a product that fits is right.
    #[test]
    fn products_are_those_of_integers(inputs in inputs()) {
        let all = results(ZERO, &inputs);
        let bits = inputs[0][0].len() as u32 * DIGIT_BITS;
        let modulus = moduli(ZERO, &inputs[2]);
        for at in 0..LANES {
            let number = |of: &[Vec<u64>]| value(of[at].iter().copied());
            let (one, other) = (number(&inputs[0]), number(&inputs[1]));
            let n = value(modulus.digits.digits().iter().map(|digit| digit[at]));
            let r = BigUint::from(1_u8) << bits;
            for (product, found) in [(&one * &other, &all[0]), (&one * &one, &all[1])] {
                let bound = &product / &r + &n;
                if bound < r {
                    let found = value(lane(found, at));
                    prop_assert!(found <= bound);
                    prop_assert_eq!(&found * &r % &n, product % &n);
                }
            }
            let reduced = if one < n { one.clone() } else { &one - &n };
            prop_assert_eq!(value(lane(&all[2], at)), reduced);
            let index = inputs[1][at][0] % ENTRIES as u64;
            let entry: Vec<_> = inputs[0][at].iter().map(|digit| digit + index).collect();
            prop_assert_eq!(lane(&all[3], at).collect::<Vec<_>>(), entry);
            prop_assert_eq!(value(lane(&all[4], at)), (one + other) % r);
        }
    }

    #[test]
    #[cfg(target_arch = "x86_64")]
    fn vectors_agree(inputs in inputs()) {
        if let Some(zero) = super::x86::Zmm::detected() {
            prop_assert_eq!(results(zero, &inputs), results(ZERO, &inputs));
        }
    }
}

/// Keys, an input for each lane and its result.
struct Case {
    keys: Vec<RsaPrivate>,
    inputs: Vec<Vec<u8>>,
    results: Vec<Vec<u8>>,
}

impl Case {
    fn new(bits: u32, keys: usize) -> Self {
        let keys: Vec<_> = (0..keys).map(|_| RsaPrivate::generate(bits).unwrap()).collect();
        let inputs: Vec<_> =
            (0..LANES).map(|at| vec![at as u8 * 13 + 1; bits as usize / 8]).collect();
        let results = inputs.iter().enumerate().map(|(at, input)| {
            let mut output = vec![0; input.len()];
            keys[at % keys.len()].private_raw(input, &mut output).unwrap();
            output
        });
        Self { results: results.collect(), keys, inputs }
    }

    fn key(&self, at: usize) -> &RsaPrivate {
        &self.keys[at % self.keys.len()]
    }

    /// Runs all lanes. Gives the lanes that failed; panics if any other result is wrong.
    fn run(&self, path: Path) -> Vec<usize> {
        let mut outputs = vec![vec![7; self.inputs[0].len()]; LANES];
        let mut lanes: Vec<_> = outputs
            .iter_mut()
            .enumerate()
            .map(|(at, output)| {
                Lane::new(self.key(at).lane_key().unwrap(), &self.inputs[at], output)
            })
            .collect();
        path.private_raw(&mut lanes).unwrap();
        let outcomes: Vec<_> = lanes.iter().map(Lane::outcome).collect();
        drop(lanes);
        let mut failed = Vec::new();
        for (at, (outcome, output)) in outcomes.into_iter().zip(outputs).enumerate() {
            match outcome {
                Ok(()) => assert_eq!(output, self.results[at]),
                Err(_) => {
                    assert!(output.iter().all(|byte| *byte == 0));
                    failed.push(at);
                }
            }
        }
        failed
    }

    /// Flips bits at a place. Gives how many operations failed by it.
    fn strike(&self, path: Path, place: Place, count: usize) -> usize {
        let mut failed = 0;
        for at in 0..count {
            // Spread over halves, windows, digits, lanes and bits.
            let (digit, lane, bit) = (7 * at + at / 3, at % LANES, (at * 29 % 52) as u32);
            let after = match place {
                Place::Squared | Place::Chosen => at * 37 % 400,
                Place::Prime | Place::One | Place::Exponent | Place::Join => at / 2 % 2,
                Place::Base | Place::Power | Place::Part => at / 2 % 2,
                _ => 0,
            };
            aim(Strike { place, after, digit, lane, bit });
            let lanes = self.run(path);
            assert!(!missed(), "{place:?} was not passed {after} times");
            assert!(lanes.iter().all(|failed| *failed == lane), "{place:?}: {lanes:?}");
            failed += lanes.len();
        }
        failed
    }
}

#[test]
fn no_flipped_bit_lets_a_wrong_result_out() {
    let case = Case::new(2048, 3);
    for path in Path::available() {
        assert_eq!(case.run(*path), []);
        let count = if path.is_wide() { 120 } else { 3 };
        for place in Place::ALL {
            let failed = case.strike(*path, *place, count);
            // A number drawn at random is as good with another bit.
            assert_eq!(failed == 0, *place == Place::Mask, "{place:?} on {path}: {failed}");
        }
    }
}

#[test]
fn a_flipped_bit_fails_one_operation_of_many() {
    let case = Case::new(2048, 1);
    let mut outputs = vec![vec![7; 256]; LANES];
    let mut operations: Vec<_> = case
        .inputs
        .iter()
        .zip(&mut outputs)
        .map(|(input, output)| Operation::new(case.key(0), input, output).unwrap())
        .collect();
    aim(Strike { place: Place::Joined, after: 0, digit: 3, lane: 5, bit: 11 });
    Path::detect().private_raw_many(&mut operations);
    assert!(!missed());
    let outcomes: Vec<_> = operations.iter().map(Operation::outcome).collect();
    drop(operations);
    let failed = outcomes.iter().filter(|outcome| outcome.is_err()).count();
    assert_eq!(failed, 1);
    for (at, outcome) in outcomes.iter().enumerate() {
        let expected = if outcome.is_ok() { &case.results[at] } else { &vec![0; 256] };
        assert_eq!(&outputs[at], expected);
        assert!(matches!(outcome, Ok(()) | Err(RsaError::Fault)));
    }
}

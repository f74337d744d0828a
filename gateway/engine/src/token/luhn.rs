//! The Luhn sum, and the digit that makes it what it is to be.

use subtle::ConstantTimeEq;

use crate::payment::{doubled, select};

/// The Luhn sum modulo ten; zero for a right check digit.
pub(super) fn sum(digits: &[u8]) -> u8 {
    let from_right = digits.iter().rev().enumerate();
    let weighted = from_right.map(|(at, digit)| if at % 2 == 0 { *digit } else { doubled(*digit) });
    // At most 19 digits of nine: 171.
    weighted.fold(0_u8, u8::wrapping_add) % 10
}

/// Sets the digit at `at` so that the Luhn sum is `wanted`, which is below ten. There is exactly
/// one such digit, since doubling permutes the digits.
pub(super) fn solve(digits: &mut [u8], at: usize, wanted: u8) {
    let distance = digits.len().wrapping_sub(1).wrapping_sub(at);
    let Some(place) = digits.get_mut(at) else { return };
    *place = 0;
    let missing = wanted.wrapping_add(10).wrapping_sub(sum(digits)) % 10;
    let is_odd = (missing & 1).ct_eq(&1);
    // What doubles to it: half of it, or half of it and nine.
    let halved = select(missing, missing.wrapping_add(9), is_odd) / 2;
    digits[at] = if distance.is_multiple_of(2) { missing } else { halved };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_sum_has_one_digit_at_every_place() {
        let digits = [4, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 9];
        for at in 0..digits.len() {
            let mut seen = [false; 10];
            for wanted in 0..10 {
                let mut solved = digits;
                solve(&mut solved, at, wanted);
                assert_eq!(sum(&solved), wanted);
                assert!(!std::mem::replace(&mut seen[usize::from(solved[at])], true));
            }
        }
    }
}

//! Numbers of numerals: limbs of 32 bits, least first, as many as the length needs.
//!
//! Numerals go in and out in groups that fit a limb, so that a pass over the limbs serves several
//! of them. A remainder is taken by multiplication with a reciprocal and one correction.

use crate::limits::FF1_NUMERALS_MAX;

/// Limbs of the longest number: the longer half of the longest string at two bytes a numeral, and
/// the four bytes by which the number that is added is longer.
pub(super) const LIMBS_MAX: usize = FF1_NUMERALS_MAX / 4 + 1;

/// A radix, 2 to 65 536, with what divides by it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Radix {
    value: u64,
    /// 2^64 over the radix, rounded up; exact for what is below 2^32.
    reciprocal: u64,
    /// Numerals in a group: as many as fit 32 bits.
    group: usize,
    /// The radix to the power of that, at most 2^32.
    power: u64,
    /// 2^64 over the power, rounded down.
    power_reciprocal: u64,
}

impl Radix {
    pub(super) fn new(radix: u32) -> Self {
        let value = u64::from(radix);
        let powers = std::iter::successors(Some(value), |power| power.checked_mul(value));
        let powers = powers.take_while(|power| *power <= 1 << 32);
        let (group, power) = powers.fold((0, 1), |(count, _), power| (count + 1, power));
        let reciprocal = ((1_u128 << 64) / u128::from(value)) as u64 + 1;
        let power_reciprocal = ((1_u128 << 64) / u128::from(power)) as u64;
        Self { value, reciprocal, group, power, power_reciprocal }
    }

    pub(super) fn value(&self) -> u32 {
        self.value as u32
    }

    /// Bytes of the largest number of so many numerals.
    pub(super) fn bytes_of(&self, numerals: usize) -> usize {
        let largest = [(self.value - 1) as u16; FF1_NUMERALS_MAX];
        let mut limbs = [0; LIMBS_MAX];
        self.number(&largest[..numerals], &mut limbs);
        let bits = limbs.iter().zip(0..).filter(|(limb, _)| **limb != 0);
        let bits = bits.map(|(limb, at)| 32 * at + limb.ilog2() as usize + 1);
        bits.max().unwrap_or(0).div_ceil(8)
    }

    /// The number that numerals are, first the highest, in limbs that it fits.
    pub(super) fn number(&self, numerals: &[u16], limbs: &mut [u32]) {
        limbs.fill(0);
        let (first, rest) = numerals.split_at(numerals.len() % self.group);
        for group in std::iter::once(first).chain(rest.chunks_exact(self.group)) {
            let push = |value: u64, numeral: &u16| {
                value.wrapping_mul(self.value).wrapping_add(u64::from(*numeral))
            };
            let mut carry = group.iter().fold(0, push);
            for limb in limbs.iter_mut() {
                carry = u64::from(*limb).wrapping_mul(self.power).wrapping_add(carry);
                *limb = carry as u32;
                carry >>= 32;
            }
        }
    }

    /// Adds a number to numerals, or takes it away, modulo the radix to the power of their count.
    /// Nothing is left of the number.
    pub(super) fn add(&self, numerals: &mut [u16], limbs: &mut [u32], takes_away: bool) {
        // To take away is to add the complement and one.
        let mut carry = u64::from(takes_away);
        for group in numerals.rchunks_mut(self.group) {
            let mut rest = self.take_group(limbs);
            for numeral in group.iter_mut().rev() {
                let (quotient, digit) = self.divide(rest);
                rest = quotient;
                let complement = self.value.wrapping_sub(1).wrapping_sub(digit);
                let digit = if takes_away { complement } else { digit };
                let sum = u64::from(*numeral).wrapping_add(digit).wrapping_add(carry);
                let (reduced, below) = reduced_once(sum, self.value);
                *numeral = reduced as u16;
                carry = 1_u64.wrapping_sub(below);
            }
        }
        limbs.fill(0);
    }

    /// The remainder modulo the power; the limbs become the quotient.
    fn take_group(&self, limbs: &mut [u32]) -> u64 {
        let mut rest = 0;
        for limb in limbs.iter_mut().rev() {
            let value = (rest << 32) | u64::from(*limb);
            let quotient = high(value, self.power_reciprocal);
            let (reduced, below) =
                reduced_once(value.wrapping_sub(quotient.wrapping_mul(self.power)), self.power);
            *limb = quotient.wrapping_add(1).wrapping_sub(below) as u32;
            rest = reduced;
        }
        rest
    }

    /// Quotient and remainder of what is below 2^32.
    fn divide(&self, value: u64) -> (u64, u64) {
        let quotient = high(value, self.reciprocal);
        (quotient, value.wrapping_sub(quotient.wrapping_mul(self.value)))
    }
}

/// The high half of a product.
#[inline(always)]
pub(super) fn high(one: u64, other: u64) -> u64 {
    (u128::from(one).wrapping_mul(u128::from(other)) >> 64) as u64
}

/// A value below twice the modulus, reduced, and 1 if it was below it already; both are below
/// 2^62.
#[inline(always)]
pub(super) fn reduced_once(value: u64, modulus: u64) -> (u64, u64) {
    let less = value.wrapping_sub(modulus);
    let below = less >> 63;
    (less.wrapping_add(modulus & 0_u64.wrapping_sub(below)), below)
}

#[cfg(test)]
mod tests {
    use num_bigint::BigUint;
    use proptest::prelude::*;

    use super::*;

    fn of_limbs(limbs: &[u32]) -> BigUint {
        BigUint::new(limbs.to_vec())
    }

    fn of_numerals(radix: u32, numerals: &[u16]) -> BigUint {
        numerals.iter().fold(BigUint::ZERO, |sum, numeral| sum * radix + *numeral)
    }

    fn cases() -> impl Strategy<Value = (u32, Vec<u16>, Vec<u32>, bool)> {
        let special = prop_oneof![Just(2_u32), Just(10), Just(36), Just(65_535), Just(65_536)];
        let radix = prop_oneof![special, 2_u32..=65_536];
        (radix, 1_usize..=40).prop_flat_map(|(radix, length)| {
            let numeral = prop_oneof![Just((radix - 1) as u16), 0..=(radix - 1) as u16];
            let limb = prop_oneof![Just(0_u32), Just(u32::MAX), any::<u32>()];
            let numerals = prop::collection::vec(numeral, length);
            (Just(radix), numerals, prop::collection::vec(limb, 1..30), any::<bool>())
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2000))]
        #[test]
        fn numbers_are_those_of_a_library((radix, numerals, limbs, takes_away) in cases()) {
            let own = Radix::new(radix);
            let mut number = [0; LIMBS_MAX];
            own.number(&numerals, &mut number);
            prop_assert_eq!(of_limbs(&number), of_numerals(radix, &numerals));

            let modulus = BigUint::from(radix).pow(numerals.len() as u32);
            let (before, other) = (of_numerals(radix, &numerals), of_limbs(&limbs) % &modulus);
            let sum = if takes_away { before + &modulus - other } else { before + other };
            let (mut changed, mut rest) = (numerals.clone(), limbs);
            own.add(&mut changed, &mut rest, takes_away);
            prop_assert_eq!(of_numerals(radix, &changed), sum % modulus);
            prop_assert!(changed.iter().all(|numeral| u32::from(*numeral) < radix));
        }
    }
}

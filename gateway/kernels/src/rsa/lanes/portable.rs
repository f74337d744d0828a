//! Vectors that every machine has.

use std::hint::black_box;

use super::batch::{self, Lane, Random};
use super::digits::{DIGIT, DIGIT_BITS, Digits};
use super::multiply::{self, Modulus};
use super::number::Number;
use super::window::{self, Row};
use crate::rsa::RsaError;

/// Plain integers. One lane makes the constants of a key.
pub(super) type Portable<const LANES: usize> = [u64; LANES];

#[inline(always)]
fn with<const COUNT: usize>(
    mut one: Portable<COUNT>,
    other: Portable<COUNT>,
    operation: impl Fn(u64, u64) -> u64,
) -> Portable<COUNT> {
    one.iter_mut().zip(other).for_each(|(lane, other)| *lane = operation(*lane, other));
    one
}

/// The product of two digits.
#[inline(always)]
fn product(one: u64, other: u64) -> u128 {
    u128::from(one & DIGIT) * u128::from(other & DIGIT)
}

impl<const COUNT: usize> Digits for [u64; COUNT] {
    const LANES: usize = COUNT;

    #[inline(always)]
    fn splat(self, value: u64) -> Self {
        [value; COUNT]
    }

    #[inline(always)]
    fn add_low(self, one: Self, other: Self) -> Self {
        self.plus(with(one, other, |one, other| product(one, other) as u64 & DIGIT))
    }

    #[inline(always)]
    fn add_high(self, one: Self, other: Self) -> Self {
        self.plus(with(one, other, |one, other| (product(one, other) >> DIGIT_BITS) as u64))
    }

    #[inline(always)]
    fn plus(self, other: Self) -> Self {
        with(self, other, u64::wrapping_add)
    }

    #[inline(always)]
    fn minus(self, other: Self) -> Self {
        with(self, other, u64::wrapping_sub)
    }

    #[inline(always)]
    fn and(self, other: Self) -> Self {
        with(self, other, |one, other| one & other)
    }

    #[inline(always)]
    fn down(self, bits: u32) -> Self {
        self.map(|lane| lane >> bits)
    }

    #[inline(always)]
    fn carry(self) -> Self {
        self.map(|lane| (lane.cast_signed() >> DIGIT_BITS).cast_unsigned())
    }

    #[inline(always)]
    fn choose(self, other: Self, index: Self, wanted: Self) -> Self {
        // All ones where the two are equal: only zero less one has the highest bit. Where the mask
        // is known to be one, compilers branch around loops by it.
        let equal = with(index, wanted, |index, wanted| {
            black_box(0_u64.wrapping_sub((index ^ wanted).wrapping_sub(1) >> 63))
        });
        with(self, equal, |lane, equal| lane & !equal).plus(other.and(equal))
    }

    #[inline(always)]
    fn lanes(vectors: &mut [Self]) -> &mut [u64] {
        vectors.as_flattened_mut()
    }

    fn multiply(
        out: &mut Number<Self>,
        one: &Number<Self>,
        other: &Number<Self>,
        by: &Modulus<Self>,
    ) {
        multiply::multiply(out, one, other, by);
    }

    fn square(out: &mut Number<Self>, number: &Number<Self>, modulus: &Modulus<Self>) {
        multiply::square(out, number, modulus);
    }

    fn choose_entry(out: &mut Number<Self>, table: &[Row<Self>], index: Self) {
        window::choose(out, table, index);
    }

    fn run(self, lanes: &mut [Lane<'_>], random: Random<'_>) -> Result<(), RsaError> {
        batch::run(self, lanes, random)
    }
}

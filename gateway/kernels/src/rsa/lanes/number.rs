//! Numbers side by side: digit by digit a vector with one lane for each.

use zeroize::{Zeroizing, optimization_barrier};

use super::digits::{Block, DIGIT, DIGIT_BITS, Digits, SIDE};
use super::multiply::Modulus;
use crate::limits::RSA_MODULUS_BYTES_MAX;

/// Bytes that two digits are.
const PAIR_BYTES: usize = 2 * DIGIT_BITS as usize / 8;

/// Bytes of a number of the most digits, whole pairs.
const BYTES_MAX: usize = RSA_MODULUS_BYTES_MAX.next_multiple_of(SIDE * PAIR_BYTES);

/// A number in each lane, of whole blocks of digits; cleared when dropped.
pub(super) struct Number<V: Digits>(Vec<Block<V>>);

impl<V: Digits> Number<V> {
    /// Zero in every lane.
    pub(super) fn zero(zero: V, blocks: usize) -> Self {
        Self(vec![[zero.splat(0); SIDE]; blocks])
    }

    /// The same small number in every lane.
    pub(super) fn small(zero: V, blocks: usize, value: u64) -> Self {
        let mut number = Self::zero(zero, blocks);
        number.0[0][0] = zero.splat(value);
        number
    }

    /// One number for each lane, from its digits.
    pub(super) fn of_digits<'a>(
        zero: V,
        blocks: usize,
        numbers: impl Iterator<Item = &'a [u64]>,
    ) -> Self {
        let mut own = Self::zero(zero, blocks);
        for (lane, number) in numbers.enumerate() {
            for (vector, digit) in own.digits_mut().iter_mut().zip(number) {
                V::lanes(std::slice::from_mut(vector))[lane] = *digit;
            }
        }
        own
    }

    /// One number for each lane, from big-endian bytes.
    pub(super) fn of_bytes<'a>(
        zero: V,
        blocks: usize,
        numbers: impl Iterator<Item = &'a [u8]>,
    ) -> Self {
        let mut own = Self::zero(zero, blocks);
        for (lane, number) in numbers.enumerate() {
            let mut bytes = Zeroizing::new([0; BYTES_MAX]);
            bytes.iter_mut().zip(number.iter().rev()).for_each(|(to, from)| *to = *from);
            let pairs = own.digits_mut().as_chunks_mut::<2>().0.iter_mut();
            for (pair, bytes) in pairs.zip(bytes.as_chunks::<PAIR_BYTES>().0) {
                let mut wide = [0; 16];
                wide[..PAIR_BYTES].copy_from_slice(bytes);
                let value = u128::from_le_bytes(wide);
                let [low, high] = [value as u64 & DIGIT, (value >> DIGIT_BITS) as u64];
                V::lanes(&mut pair[..1])[lane] = low;
                V::lanes(&mut pair[1..])[lane] = high;
            }
        }
        own
    }

    /// The number of a lane as big-endian bytes; what does not fit is left out.
    pub(super) fn write_bytes(&mut self, lane: usize, out: &mut [u8]) {
        let mut bytes = Zeroizing::new([0; BYTES_MAX]);
        let pairs = self.digits_mut().as_chunks_mut::<2>().0.iter_mut();
        for (pair, bytes) in pairs.zip(bytes.as_chunks_mut::<PAIR_BYTES>().0) {
            let [low, high] = pair.each_mut().map(|one| V::lanes(std::slice::from_mut(one))[lane]);
            let value = u128::from(low) | u128::from(high) << DIGIT_BITS;
            bytes.copy_from_slice(&value.to_le_bytes()[..PAIR_BYTES]);
        }
        out.iter_mut().rev().zip(bytes.iter()).for_each(|(to, from)| *to = *from);
    }

    /// The digits of the first lane.
    pub(super) fn first_lane(&mut self) -> Zeroizing<Vec<u64>> {
        let digit = |vector: &mut V| V::lanes(std::slice::from_mut(vector))[0];
        Zeroizing::new(self.digits_mut().iter_mut().map(digit).collect())
    }

    #[inline(always)]
    pub(super) fn blocks(&self) -> &[Block<V>] {
        &self.0
    }

    #[inline(always)]
    pub(super) fn blocks_mut(&mut self) -> &mut [Block<V>] {
        &mut self.0
    }

    #[inline(always)]
    pub(super) fn digits(&self) -> &[V] {
        self.0.as_flattened()
    }

    #[inline(always)]
    pub(super) fn digits_mut(&mut self) -> &mut [V] {
        self.0.as_flattened_mut()
    }

    #[inline(always)]
    pub(super) fn copy(&self) -> Self {
        Self(self.0.clone())
    }

    /// The number cut or filled up with zeros to so many blocks, from a block on.
    #[inline(always)]
    pub(super) fn part(&self, from: usize, blocks: usize) -> Self {
        let mut part = Self::zero(self.0[0][0], blocks);
        part.0.iter_mut().zip(&self.0[from..]).for_each(|(to, from)| *to = *from);
        part
    }

    /// Adds another number; the sum has to fit.
    #[inline(always)]
    pub(super) fn add(&mut self, other: &Self) {
        let mut carry = self.0[0][0].splat(0);
        for (digit, other) in self.digits_mut().iter_mut().zip(other.digits()) {
            let sum = digit.plus(*other).plus(carry);
            *digit = sum.and(sum.splat(DIGIT));
            carry = sum.down(DIGIT_BITS);
        }
    }

    /// Takes another number away. Gives 1 in the lanes where it was the greater.
    #[inline(always)]
    pub(super) fn subtract(&mut self, other: &Self) -> V {
        let zero = self.0[0][0].splat(0);
        let mut borrow = zero;
        for (digit, other) in self.digits_mut().iter_mut().zip(other.digits()) {
            let difference = digit.minus(*other).plus(borrow);
            *digit = difference.and(zero.splat(DIGIT));
            borrow = difference.carry();
        }
        zero.minus(borrow)
    }

    /// Takes the modulus away once, in the lanes where the number is not below it.
    #[inline(always)]
    pub(super) fn subtract_once(&mut self, modulus: &Modulus<V>) {
        let mut less = self.copy();
        let borrowed = less.subtract(&modulus.digits);
        let zero = borrowed.splat(0);
        for (digit, less) in self.digits_mut().iter_mut().zip(less.digits()) {
            *digit = digit.choose(*less, borrowed, zero);
        }
    }
}

impl<V: Digits> Drop for Number<V> {
    fn drop(&mut self) {
        let Some(zero) = self.0.first().map(|block| block[0].splat(0)) else { return };
        self.0.fill([zero; SIDE]);
        optimization_barrier(self.0.as_slice());
    }
}

//! The vector that the arithmetic is written over: one digit of as many numbers as it has lanes.

use super::batch::{Lane, Random};
use super::multiply::Modulus;
use super::number::Number;
use super::window::Row;
use crate::rsa::RsaError;

/// Bits of a digit: what the instructions multiply.
pub(super) const DIGIT_BITS: u32 = 52;

/// The bits of a digit.
pub(super) const DIGIT: u64 = (1 << DIGIT_BITS) - 1;

/// Digits of a block. Products of two blocks are formed at a time: 18 sums and six operands then
/// stay in 32 registers, and no sum waits for itself. All sizes are whole blocks.
pub(super) const SIDE: usize = 5;

/// Digits next to each other, least first.
pub(super) type Block<V> = [V; SIDE];

/// A vector of 64-bit elements, of which every element belongs to another number.
///
/// Where the operations need instructions that not every machine has, a first value comes from a
/// detection only, so having a value is the proof that the instructions exist. A digit is a value
/// below 2^52; sums are larger, up to the 64 bits of an element.
pub(super) trait Digits: Copy {
    /// Elements of the vector.
    const LANES: usize;

    /// `value` in every lane.
    fn splat(self, value: u64) -> Self;
    /// The sum of this and the low 52 bits of the product of two digits. Of the factors only the
    /// low 52 bits count.
    fn add_low(self, one: Self, other: Self) -> Self;
    /// The sum of this and the high 52 bits of the product of two digits, likewise.
    fn add_high(self, one: Self, other: Self) -> Self;
    fn plus(self, other: Self) -> Self;
    fn minus(self, other: Self) -> Self;
    fn and(self, other: Self) -> Self;
    /// Shifted towards the lowest bit, zeros entering.
    fn down(self, bits: u32) -> Self;
    /// Shifted by a digit towards the lowest bit, copies of the highest bit entering.
    fn carry(self) -> Self;
    /// `other` in the lanes where `index` is `wanted`, this in the rest. Indices are below 2^63.
    fn choose(self, other: Self, index: Self, wanted: Self) -> Self;
    /// The lanes of some vectors, in order.
    fn lanes(vectors: &mut [Self]) -> &mut [u64];

    /// [`multiply::multiply`](super::multiply::multiply), compiled for the instructions.
    fn multiply(
        out: &mut Number<Self>,
        one: &Number<Self>,
        other: &Number<Self>,
        by: &Modulus<Self>,
    );
    /// [`multiply::square`](super::multiply::square), compiled for the instructions.
    fn square(out: &mut Number<Self>, number: &Number<Self>, modulus: &Modulus<Self>);
    /// [`window::choose`](super::window::choose), compiled for the instructions.
    fn choose_entry(out: &mut Number<Self>, table: &[Row<Self>], index: Self);
    /// [`batch::run`](super::batch::run), compiled for the instructions.
    fn run(self, lanes: &mut [Lane<'_>], random: Random<'_>) -> Result<(), RsaError>;
}

//! Radix 10 with 6 to 19 digits: what a card number is made of, in lanes.
//!
//! A half is below 10^10 and fits a 64-bit number; with a tweak that leaves room for the round
//! number and a half in its block, a round is one block of AES and one remainder. The block that
//! goes in first is encrypted once for a key and a shape.

use std::ops::RangeInclusive;

use zeroize::{Zeroize, ZeroizeOnDrop};

use super::number::high;
use super::{Ff1Error, first_block, lanes};
use crate::{BLOCK, Block, Path, RoundKeys};

/// Digits that the lanes take.
const DIGITS: RangeInclusive<usize> = 6..=19;

/// Digits that are converted at a time.
const WORD: usize = 8;

/// 10^8.
const WORD_VALUES: u64 = 100_000_000;

/// The first block of strings of one length with tweaks of one length, encrypted under a key. It
/// is as secret as what it helps to encrypt; it has no `Debug` and is wiped.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct Opening {
    block: Block,
    digits: usize,
    tweak_bytes: usize,
}

impl Opening {
    /// Of `digits` decimal digits, 6 to 19, and tweaks of `tweak_bytes` bytes.
    ///
    /// # Errors
    /// [`Ff1Error::DomainTooSmall`] for fewer digits, [`Ff1Error::Length`] for more;
    /// [`Ff1Error::TweakLength`] for a tweak that leaves no room in the block of a round: above 10
    /// bytes with 19 digits, 11 with 15 to 18, 12 with 9 to 14, 13 with fewer.
    pub fn new(keys: &RoundKeys, digits: usize, tweak_bytes: usize) -> Result<Self, Ff1Error> {
        if digits < *DIGITS.start() {
            return Err(Ff1Error::DomainTooSmall);
        }
        if digits > *DIGITS.end() {
            return Err(Ff1Error::Length);
        }
        if tweak_bytes + 1 + half_bytes(digits) > BLOCK {
            return Err(Ff1Error::TweakLength);
        }
        let mut blocks = [first_block(10, digits, tweak_bytes)];
        Path::detect().0.encrypt(keys, &mut blocks);
        let opening = Self { block: blocks[0], digits, tweak_bytes };
        blocks.zeroize();
        Ok(opening)
    }

    /// Digits of its strings.
    #[must_use]
    pub fn digits(&self) -> usize {
        self.digits
    }

    /// Bytes of its tweaks.
    #[must_use]
    pub fn tweak_bytes(&self) -> usize {
        self.tweak_bytes
    }
}

/// A string of decimal digits, 0 to 9 each, for encryption or decryption in place.
///
/// Digits are not looked at here, since where that shows in the time is for the caller to decide;
/// of other values the result is of no meaning.
pub struct CardJob<'a> {
    pub(super) keys: &'a RoundKeys,
    /// What every round adds: the opening and the tweak. It is not wiped: a job is copied on its
    /// way, and a block under the key whose plaintext is known tells neither key nor digits.
    pub(super) base: Block,
    digits: &'a mut [u8],
}

impl<'a> CardJob<'a> {
    /// A job over `digits` under the key of which `opening` is.
    ///
    /// # Errors
    /// [`Ff1Error::Length`] and [`Ff1Error::TweakLength`] for others than those of the opening.
    #[inline]
    pub fn new(
        keys: &'a RoundKeys,
        opening: &Opening,
        tweak: &[u8],
        digits: &'a mut [u8],
    ) -> Result<Self, Ff1Error> {
        if digits.len() != opening.digits {
            return Err(Ff1Error::Length);
        }
        if tweak.len() != opening.tweak_bytes {
            return Err(Ff1Error::TweakLength);
        }
        let mut padded = [0; BLOCK];
        padded[..tweak.len()].copy_from_slice(tweak);
        let base = u128::from_ne_bytes(padded) ^ u128::from_ne_bytes(opening.block);
        Ok(Self { keys, base: base.to_ne_bytes(), digits })
    }

    /// Whether a remainder is taken of twelve bytes instead of eight.
    #[inline(always)]
    pub(super) fn is_wide(&self) -> bool {
        self.digits.len() == *DIGITS.end()
    }

    /// Bits of a half in its block.
    #[inline(always)]
    pub(super) fn half_bits(&self) -> u32 {
        8 * half_bytes(self.digits.len()) as u32
    }

    /// Digits of the left half and of the right one.
    #[inline(always)]
    pub(super) fn halves(&self) -> [usize; 2] {
        let left = self.digits.len() / 2;
        [left, self.digits.len() - left]
    }

    /// Both halves as numbers.
    #[inline(always)]
    pub(super) fn numbers(&self) -> [u64; 2] {
        let (left, right) = self.digits.split_at(self.halves()[0]);
        [number(left), number(right)]
    }

    /// Puts both halves back.
    #[inline(always)]
    pub(super) fn put(&mut self, numbers: [u64; 2]) {
        let half = self.halves()[0];
        let (left, right) = self.digits.split_at_mut(half);
        put(numbers[0], left);
        put(numbers[1], right);
    }
}

/// Encrypts every job.
#[inline]
pub fn encrypt_lanes(jobs: &mut [CardJob<'_>]) {
    Path::detect().ff1_encrypt_lanes(jobs);
}

/// Decrypts every job.
#[inline]
pub fn decrypt_lanes(jobs: &mut [CardJob<'_>]) {
    Path::detect().ff1_decrypt_lanes(jobs);
}

impl Path {
    /// [`encrypt_lanes`] on this path.
    #[inline]
    pub fn ff1_encrypt_lanes(self, jobs: &mut [CardJob<'_>]) {
        lanes::run::<false>(self.0, jobs);
    }

    /// [`decrypt_lanes`] on this path.
    #[inline]
    pub fn ff1_decrypt_lanes(self, jobs: &mut [CardJob<'_>]) {
        lanes::run::<true>(self.0, jobs);
    }
}

/// A power of ten to divide by.
#[derive(Clone, Copy)]
pub(super) struct Modulus {
    value: u64,
    /// 2^64 over it, rounded down.
    reciprocal: u64,
}

/// Powers of ten, by their digits.
pub(super) static MODULI: [Modulus; 11] = {
    let mut moduli = [Modulus { value: 1, reciprocal: 0 }; 11];
    let mut at = 1;
    while at < moduli.len() {
        let value = moduli[at - 1].value * 10;
        let reciprocal = ((1_u128 << 64) / value as u128) as u64;
        moduli[at] = Modulus { value, reciprocal };
        at += 1;
    }
    moduli
};

impl Modulus {
    /// The remainder of any number: the quotient by the reciprocal is at most one too small.
    #[inline(always)]
    fn reduce(self, number: u64) -> u64 {
        let quotient = high(number, self.reciprocal);
        once(number.wrapping_sub(quotient.wrapping_mul(self.value)), self.value)
    }

    /// The remainder of twelve bytes, the last four in the high half of `low`.
    #[inline(always)]
    fn reduce_wide(self, number: u64, low: u64) -> u64 {
        // A remainder is below 2^34 and has room for two more bytes.
        let number = (self.reduce(number) << 16) | (low >> 48);
        self.reduce((self.reduce(number) << 16) | (low >> 32 & 0xffff))
    }

    /// A half with what the block of its round gives added, or taken away.
    #[inline(always)]
    pub(super) fn mix<const WIDE: bool, const BACK: bool>(self, half: u64, block: &Block) -> u64 {
        let (words, _) = block.as_chunks::<8>();
        let [number, low] = [words[0], words[1]].map(u64::from_be_bytes);
        let other = if WIDE { self.reduce_wide(number, low) } else { self.reduce(number) };
        if BACK {
            once(half.wrapping_sub(other).wrapping_add(self.value), self.value)
        } else {
            once(half.wrapping_add(other), self.value)
        }
    }
}

/// A value below twice the modulus, reduced: below it, the difference is a very large number.
#[inline(always)]
fn once(value: u64, modulus: u64) -> u64 {
    value.min(value.wrapping_sub(modulus))
}

/// Bytes of the longer half of so many digits.
#[inline(always)]
fn half_bytes(digits: usize) -> usize {
    // By digits of the half: the bytes of 10^digits - 1.
    const BYTES: [u8; 11] = [0, 1, 1, 2, 2, 3, 3, 3, 4, 4, 5];
    usize::from(BYTES[digits.div_ceil(2)])
}

/// The number that up to ten digits are.
#[inline(always)]
fn number(digits: &[u8]) -> u64 {
    match digits.split_last_chunk::<WORD>() {
        Some((above, word)) => fold(above).wrapping_mul(WORD_VALUES).wrapping_add(of_word(*word)),
        None => fold(digits),
    }
}

#[inline(always)]
fn fold(digits: &[u8]) -> u64 {
    let push = |number: u64, digit: &u8| number.wrapping_mul(10).wrapping_add(u64::from(*digit));
    digits.iter().fold(0, push)
}

/// Eight digits: neighbours are put together, first to pairs, then to fours, then to one number.
#[inline(always)]
fn of_word(digits: [u8; WORD]) -> u64 {
    let bytes = u64::from_be_bytes(digits);
    let joined = |value: u64, bits: u32, mask: u64, factor: u64| {
        (value >> bits & mask).wrapping_mul(factor).wrapping_add(value & mask)
    };
    let pairs = joined(bytes, 8, 0x00ff_00ff_00ff_00ff, 10);
    let fours = joined(pairs, 16, 0x0000_ffff_0000_ffff, 100);
    joined(fours, 32, 0xffff_ffff, 10_000)
}

/// Puts the digits of a number below ten to the power of their count.
#[inline(always)]
fn put(number: u64, digits: &mut [u8]) {
    match digits.split_last_chunk_mut::<WORD>() {
        Some((above, word)) => {
            let quotient = number / WORD_VALUES;
            *word = to_word(number.wrapping_sub(quotient.wrapping_mul(WORD_VALUES)));
            unfold(quotient, above);
        }
        None => unfold(number, digits),
    }
}

#[inline(always)]
fn unfold(mut number: u64, digits: &mut [u8]) {
    for digit in digits.iter_mut().rev() {
        let quotient = number / 10;
        *digit = number.wrapping_sub(quotient.wrapping_mul(10)) as u8;
        number = quotient;
    }
}

/// Eight digits of a number below 10^8: halved into fours, pairs, digits.
#[inline(always)]
fn to_word(number: u64) -> [u8; WORD] {
    // Each quotient by multiplication: exact for what is below 10^8, 10^4 and 100.
    let high = number.wrapping_mul(109_951_163) >> 40;
    let fours = high << 32 | number.wrapping_sub(high.wrapping_mul(10_000));
    let high = (fours.wrapping_mul(10_486) >> 20) & 0x0000_007f_0000_007f;
    let pairs = high << 16 | fours.wrapping_sub(high.wrapping_mul(100));
    let high = (pairs.wrapping_mul(103) >> 10) & 0x000f_000f_000f_000f;
    (high << 8 | pairs.wrapping_sub(high.wrapping_mul(10))).to_be_bytes()
}

//! Words of 256 and 512 bits.
//!
//! The only `unsafe` of triple DES. A first value of either word comes from `detected`, after the
//! instructions were found, and every other value from a value; so methods may use them.

use core::arch::x86_64::*;
use std::arch::is_x86_feature_detected;

use super::circuits::{boolean, ternary};
use super::slice::{self, Order, Slices, Ternary, Word};

/// 256 bits; with a value of it, the machine has AVX2.
#[derive(Clone, Copy)]
#[repr(transparent)]
pub(super) struct Ymm(__m256i);

/// 512 bits; with a value of it, the machine has AVX-512F.
#[derive(Clone, Copy)]
#[repr(transparent)]
pub(super) struct Zmm(__m512i);

impl Ymm {
    /// All bits clear, on machines that have the instructions.
    pub(super) fn detected() -> Option<Self> {
        // JUSTIFICATION: vector instructions.
        // SAFETY: only where they were detected.
        is_x86_feature_detected!("avx2").then(|| Self(unsafe { _mm256_setzero_si256() }))
    }
}

impl Zmm {
    /// All bits clear, on machines that have the instructions.
    pub(super) fn detected() -> Option<Self> {
        // JUSTIFICATION: vector instructions.
        // SAFETY: only where they were detected.
        is_x86_feature_detected!("avx512f").then(|| Self(unsafe { _mm512_setzero_si512() }))
    }
}

/// The methods that are one instruction each.
macro_rules! instructions {
    ($($name:ident($this:ident $(, $other:ident)?) = $result:expr;)*) => {$(
        #[inline(always)]
        fn $name($this $(, $other: Self)?) -> Self {
            // JUSTIFICATION: vector instructions.
            // SAFETY: a value exists, so the machine has them.
            Self(unsafe { $result })
        }
    )*};
}

/// Methods over more than values, and what is compiled for the word.
macro_rules! common {
    ($word:ident, $gates:ident, $features:literal) => {
        const ELEMENTS: usize = size_of::<$word>() / 8;

        #[inline(always)]
        fn elements(words: &mut [Self]) -> &mut [u64] {
            let count = words.len() * Self::ELEMENTS;
            // JUSTIFICATION: lanes are set and read one by one.
            // SAFETY: a word is exactly that many 64-bit elements, of which every bit pattern is
            // valid, and is aligned to more; the words are borrowed for as long.
            unsafe { std::slice::from_raw_parts_mut(words.as_mut_ptr().cast(), count) }
        }

        #[inline(always)]
        fn substitute<const BOX: usize>(input: [Self; 6]) -> [Self; 4] {
            $gates::substitute::<Self, BOX>(input)
        }

        fn blank(zero: Self, alone: bool) -> Slices<Self> {
            #[target_feature(enable = $features)]
            fn blank(zero: $word, alone: bool) -> Slices<$word> {
                Slices::new(zero, alone)
            }
            // JUSTIFICATION: vector instructions.
            // SAFETY: a value exists, so the machine has them.
            unsafe { blank(zero, alone) }
        }

        fn crypt(slices: &mut Slices<Self>, order: Order) {
            #[target_feature(enable = $features)]
            fn crypt(slices: &mut Slices<$word>, order: Order) {
                slice::crypt(slices, order);
            }
            // JUSTIFICATION: vector instructions.
            // SAFETY: the slices hold values of the word, so the machine has them.
            unsafe { crypt(slices, order) }
        }
    };
}

impl Word for Ymm {
    common!(Ymm, boolean, "avx2");

    instructions! {
        xor(self, other) = _mm256_xor_si256(self.0, other.0);
        and(self, other) = _mm256_and_si256(self.0, other.0);
        or(self, other) = _mm256_or_si256(self.0, other.0);
        sub(self, other) = _mm256_andnot_si256(other.0, self.0);
        not(self) = _mm256_xor_si256(self.0, _mm256_set1_epi64x(-1));
    }

    #[inline(always)]
    fn splat(self, value: u64) -> Self {
        // JUSTIFICATION: vector instructions.
        // SAFETY: a value exists, so the machine has them.
        Self(unsafe { _mm256_set1_epi64x(value.cast_signed()) })
    }

    #[inline(always)]
    fn up<const BITS: i32>(self) -> Self {
        // JUSTIFICATION: vector instructions.
        // SAFETY: a value exists, so the machine has them.
        Self(unsafe { _mm256_slli_epi64::<BITS>(self.0) })
    }

    #[inline(always)]
    fn down<const BITS: i32>(self) -> Self {
        // JUSTIFICATION: vector instructions.
        // SAFETY: a value exists, so the machine has them.
        Self(unsafe { _mm256_srli_epi64::<BITS>(self.0) })
    }
}

impl Word for Zmm {
    common!(Zmm, ternary, "avx512f");

    instructions! {
        xor(self, other) = _mm512_xor_si512(self.0, other.0);
        and(self, other) = _mm512_and_si512(self.0, other.0);
        or(self, other) = _mm512_or_si512(self.0, other.0);
        sub(self, other) = _mm512_andnot_si512(other.0, self.0);
        not(self) = _mm512_ternarylogic_epi64::<0x55>(self.0, self.0, self.0);
    }

    #[inline(always)]
    fn splat(self, value: u64) -> Self {
        // JUSTIFICATION: vector instructions.
        // SAFETY: a value exists, so the machine has them.
        Self(unsafe { _mm512_set1_epi64(value.cast_signed()) })
    }

    #[inline(always)]
    fn up<const BITS: i32>(self) -> Self {
        // JUSTIFICATION: vector instructions.
        // SAFETY: a value exists, so the machine has them.
        Self(unsafe { _mm512_sll_epi64(self.0, _mm_cvtsi32_si128(BITS)) })
    }

    #[inline(always)]
    fn down<const BITS: i32>(self) -> Self {
        // JUSTIFICATION: vector instructions.
        // SAFETY: a value exists, so the machine has them.
        Self(unsafe { _mm512_srl_epi64(self.0, _mm_cvtsi32_si128(BITS)) })
    }
}

impl Ternary for Zmm {
    #[inline(always)]
    fn ternary<const FUNCTION: i32>(self, second: Self, third: Self) -> Self {
        // JUSTIFICATION: vector instructions.
        // SAFETY: a value exists, so the machine has them.
        Self(unsafe { _mm512_ternarylogic_epi64::<FUNCTION>(self.0, second.0, third.0) })
    }
}

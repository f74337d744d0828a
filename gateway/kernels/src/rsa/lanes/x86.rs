//! Vectors of 512 bits with the multiplications of AVX-512 IFMA.
//!
//! The only `unsafe` of the lanes. A first value comes from `detected`, after the instructions were
//! found, and every other value from a value; so methods may use them.

use core::arch::x86_64::*;
use std::arch::is_x86_feature_detected;

use super::batch::{self, Lane, Random};
use super::digits::{DIGIT_BITS, Digits};
use super::multiply::{self, Modulus};
use super::number::Number;
use super::window::{self, Row};
use crate::rsa::RsaError;

/// 512 bits; with a value of it, the machine has AVX-512F and AVX-512 IFMA.
#[derive(Clone, Copy)]
#[repr(transparent)]
pub(super) struct Zmm(__m512i);

impl Zmm {
    /// All bits clear, on machines that have the instructions.
    pub(super) fn detected() -> Option<Self> {
        let has_all = is_x86_feature_detected!("avx512f") && is_x86_feature_detected!("avx512ifma");
        // JUSTIFICATION: vector instructions.
        // SAFETY: only where they were detected.
        has_all.then(|| Self(unsafe { _mm512_setzero_si512() }))
    }
}

/// The methods that are one instruction each.
macro_rules! instructions {
    ($($name:ident($this:ident $(, $other:ident)*) = $result:expr;)*) => {$(
        #[inline(always)]
        fn $name($this $(, $other: Self)*) -> Self {
            // JUSTIFICATION: vector instructions.
            // SAFETY: a value exists, so the machine has them.
            Self(unsafe { $result })
        }
    )*};
}

/// Methods that are a generic function, compiled for the instructions.
macro_rules! compiled {
    ($($module:ident::$name:ident, $method:ident($($arg:ident: $type:ty),*);)*) => {$(
        fn $method($($arg: $type),*) {
            #[inline(never)]
            #[target_feature(enable = "avx512f,avx512ifma")]
            fn $method($($arg: $type),*) {
                $module::$name($($arg),*)
            }
            // JUSTIFICATION: vector instructions.
            // SAFETY: the arguments hold values, so the machine has them.
            unsafe { $method($($arg),*) }
        }
    )*};
}

impl Digits for Zmm {
    const LANES: usize = 8;

    instructions! {
        add_low(self, one, other) = _mm512_madd52lo_epu64(self.0, one.0, other.0);
        add_high(self, one, other) = _mm512_madd52hi_epu64(self.0, one.0, other.0);
        plus(self, other) = _mm512_add_epi64(self.0, other.0);
        minus(self, other) = _mm512_sub_epi64(self.0, other.0);
        and(self, other) = _mm512_and_si512(self.0, other.0);
        carry(self) = _mm512_srai_epi64::<{ DIGIT_BITS }>(self.0);
        choose(self, other, index, wanted) =
            _mm512_mask_mov_epi64(self.0, _mm512_cmpeq_epi64_mask(index.0, wanted.0), other.0);
    }

    compiled! {
        multiply::multiply, multiply(
            out: &mut Number<Zmm>, one: &Number<Zmm>, other: &Number<Zmm>, by: &Modulus<Zmm>
        );
        multiply::square, square(
            out: &mut Number<Zmm>, number: &Number<Zmm>, modulus: &Modulus<Zmm>
        );
        window::choose, choose_entry(out: &mut Number<Zmm>, table: &[Row<Zmm>], index: Zmm);
    }

    #[inline(always)]
    fn splat(self, value: u64) -> Self {
        // JUSTIFICATION: vector instructions.
        // SAFETY: a value exists, so the machine has them.
        Self(unsafe { _mm512_set1_epi64(value.cast_signed()) })
    }

    #[inline(always)]
    fn down(self, bits: u32) -> Self {
        // JUSTIFICATION: vector instructions.
        // SAFETY: a value exists, so the machine has them.
        Self(unsafe { _mm512_srl_epi64(self.0, _mm_cvtsi32_si128(bits.cast_signed())) })
    }

    #[inline(always)]
    fn lanes(vectors: &mut [Self]) -> &mut [u64] {
        let count = vectors.len() * Self::LANES;
        // JUSTIFICATION: lanes are set and read one by one.
        // SAFETY: a vector is exactly that many 64-bit elements, of which every bit pattern is
        // valid, and is aligned to more; the vectors are borrowed for as long.
        unsafe { std::slice::from_raw_parts_mut(vectors.as_mut_ptr().cast(), count) }
    }

    fn run(self, lanes: &mut [Lane<'_>], random: Random<'_>) -> Result<(), RsaError> {
        #[target_feature(enable = "avx512f,avx512ifma")]
        fn run(zero: Zmm, lanes: &mut [Lane<'_>], random: Random<'_>) -> Result<(), RsaError> {
            batch::run(zero, lanes, random)
        }
        // JUSTIFICATION: vector instructions.
        // SAFETY: a value exists, so the machine has them.
        unsafe { run(self, lanes, random) }
    }
}

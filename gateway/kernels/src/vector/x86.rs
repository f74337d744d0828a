//! The x86-64 paths: AES-NI, VAES over 256 bits, VAES over 512 bits.

use core::arch::x86_64::*;
use std::arch::is_x86_feature_detected;

use super::lanes::{self, widths};
use super::{Functions, Vector, message, side, table};
use crate::ff1::Table;
use crate::{Block, CbcJob, CmacJob, EcbJob, MacJob, RoundKeys};

widths!(__m128i, alone __m128i, 3; 0..=1 => 1 x 1, 0..=2 => 2 x 2, 0..=4 => 4 x 4, _ => 8 x 8);
widths!(__m256i, alone __m128i, 3; 0..=2 => 1 x 2, 0..=4 => 2 x 4, 0..=8 => 4 x 8, _ => 8 x 16);
widths!(__m512i, alone __m128i, 3; 0..=4 => 1 x 4, 0..=8 => 2 x 8, 0..=16 => 4 x 16, _ => 8 x 32);

/// The tables that this machine can run, fastest first.
pub(super) fn detected() -> impl Iterator<Item = &'static Functions> {
    let aes = is_x86_feature_detected!("aes") && is_x86_feature_detected!("avx");
    let vaes = aes && is_x86_feature_detected!("vaes") && is_x86_feature_detected!("avx2");
    let wide = vaes && is_x86_feature_detected!("avx512f") && is_x86_feature_detected!("avx512vl");
    [(wide, &vaes512::FUNCTIONS), (vaes, &vaes256::FUNCTIONS), (aes, &aesni::FUNCTIONS)]
        .into_iter()
        .filter_map(|(present, functions)| present.then_some(functions))
}

/// One entry point, compiled for the features of its path.
macro_rules! entry {
    ($features:literal, $module:ident::$body:ident::<$($type:ty),*>,
     $name:ident($($arg:ident: $arg_type:ty),*) $(-> $out:ty)?) => {
        #[target_feature(enable = $features)]
        unsafe fn $name($($arg: $arg_type),*) $(-> $out)? {
            // JUSTIFICATION: vector instructions.
            // SAFETY: the types need the features that this function is compiled for; the
            // caller vouches that the machine has them.
            unsafe { $module::$body::<$($type),*>($($arg),*) }
        }
    };
}

/// The table of a path: wide vectors for what is parallel, one lane for a lone serial message.
macro_rules! path {
    ($module:ident, $features:literal, $wide:ty) => {
        mod $module {
            use super::*;

            pub(super) static FUNCTIONS: Functions = Functions {
                name: stringify!($module),
                encrypt,
                decrypt,
                cbc_encrypt,
                cbc_decrypt,
                cbc_mac,
                cbc_encrypt_lanes,
                cbc_decrypt_lanes,
                ecb_encrypt_lanes,
                ecb_decrypt_lanes,
                cbc_mac_lanes,
                cmac_body_lanes,
                encrypt_table,
                substitute,
                inverse_mix,
            };

            entry!($features, message::encrypt::<$wide>,
                encrypt(keys: &RoundKeys, data: &mut [Block]));
            entry!($features, message::decrypt::<$wide>,
                decrypt(keys: &RoundKeys, data: &mut [Block]));
            entry!($features, message::cbc_encrypt::<__m128i>,
                cbc_encrypt(keys: &RoundKeys, iv: &Block, data: &mut [Block]));
            entry!($features, message::cbc_decrypt::<$wide>,
                cbc_decrypt(keys: &RoundKeys, iv: &Block, data: &mut [Block]));
            entry!($features, message::cbc_mac::<__m128i>,
                cbc_mac(keys: &RoundKeys, data: &[Block]) -> Block);
            entry!($features, lanes::run::<$wide, _>,
                cbc_encrypt_lanes(jobs: &mut [CbcJob<'_>]));
            entry!($features, side::cbc_decrypt::<$wide>,
                cbc_decrypt_lanes(jobs: &mut [CbcJob<'_>]));
            entry!($features, side::ecb_encrypt::<$wide>,
                ecb_encrypt_lanes(jobs: &mut [EcbJob<'_>]));
            entry!($features, side::ecb_decrypt::<$wide>,
                ecb_decrypt_lanes(jobs: &mut [EcbJob<'_>]));
            entry!($features, lanes::run::<$wide, _>,
                cbc_mac_lanes(jobs: &mut [MacJob<'_>]));
            entry!($features, lanes::run::<$wide, _>,
                cmac_body_lanes(jobs: &mut [CmacJob<'_>]));
            entry!($features, table::encrypt::<$wide>,
                encrypt_table(table: &mut Table, rounds: usize, count: usize));
            entry!($features, message::substitute::<__m128i>,
                substitute(block: &mut Block));
            entry!($features, message::inverse_mix::<__m128i>,
                inverse_mix(blocks: &mut [Block]));
        }
    };
}

path!(aesni, "aes,avx", __m128i);
path!(vaes256, "aes,avx2,vaes", __m256i);
path!(vaes512, "aes,avx2,vaes,avx512f,avx512vl", __m512i);

/// The methods that are one instruction each.
macro_rules! instructions {
    ($($name:ident: $instruction:ident;)*) => {$(
        #[inline(always)]
        unsafe fn $name(self, other: Self) -> Self {
            // JUSTIFICATION: this is the instruction that the path is about.
            // SAFETY: the caller vouches for the instructions of the vector.
            unsafe { $instruction(self, other) }
        }
    )*};
}

// SAFETY: 16 bytes without padding or invalid values.
unsafe impl Vector for __m128i {
    const LANES: usize = 1;

    instructions! {
        xor: _mm_xor_si128;
        encrypt: _mm_aesenc_si128;
        encrypt_last: _mm_aesenclast_si128;
        decrypt: _mm_aesdec_si128;
        decrypt_last: _mm_aesdeclast_si128;
    }

    #[inline(always)]
    unsafe fn zero() -> Self {
        // JUSTIFICATION: vector instructions.
        // SAFETY: the caller vouches for them.
        unsafe { _mm_setzero_si128() }
    }

    #[inline(always)]
    unsafe fn splat(block: &Block) -> Self {
        // JUSTIFICATION: vector instructions.
        // SAFETY: the caller vouches for them; a reference is to one whole block.
        unsafe { _mm_loadu_si128(block.as_ptr().cast()) }
    }

    #[inline(always)]
    unsafe fn load(from: *const Block, _count: usize) -> Self {
        // JUSTIFICATION: vector instructions and messages by pointer.
        // SAFETY: the caller vouches for them and for a block at `from`.
        unsafe { _mm_loadu_si128(from.cast()) }
    }

    #[inline(always)]
    unsafe fn store(self, to: *mut Block, _count: usize) {
        // JUSTIFICATION: vector instructions and messages by pointer.
        // SAFETY: the caller vouches for them and for a block at `to`.
        unsafe { _mm_storeu_si128(to.cast(), self) }
    }

    #[inline(always)]
    unsafe fn gather(from: &[*mut Block]) -> Self {
        // JUSTIFICATION: vector instructions and messages by pointer.
        // SAFETY: the caller vouches for them and for a block at each place.
        unsafe { _mm_loadu_si128(from[0].cast()) }
    }

    #[inline(always)]
    unsafe fn scatter(self, to: &[*mut Block]) {
        // JUSTIFICATION: vector instructions and messages by pointer.
        // SAFETY: the caller vouches for them and for a block at each place.
        unsafe { _mm_storeu_si128(to[0].cast(), self) }
    }

    #[inline(always)]
    unsafe fn shift_in(self, before: Self) -> Self {
        before
    }
}

// SAFETY: 32 bytes without padding or invalid values.
unsafe impl Vector for __m256i {
    const LANES: usize = 2;

    instructions! {
        xor: _mm256_xor_si256;
        encrypt: _mm256_aesenc_epi128;
        encrypt_last: _mm256_aesenclast_epi128;
        decrypt: _mm256_aesdec_epi128;
        decrypt_last: _mm256_aesdeclast_epi128;
    }

    #[inline(always)]
    unsafe fn zero() -> Self {
        // JUSTIFICATION: vector instructions.
        // SAFETY: the caller vouches for them.
        unsafe { _mm256_setzero_si256() }
    }

    #[inline(always)]
    unsafe fn splat(block: &Block) -> Self {
        // JUSTIFICATION: vector instructions.
        // SAFETY: the caller vouches for them; a reference is to one whole block.
        unsafe { _mm256_broadcastsi128_si256(_mm_loadu_si128(block.as_ptr().cast())) }
    }

    #[inline(always)]
    unsafe fn load(from: *const Block, count: usize) -> Self {
        // JUSTIFICATION: vector instructions and messages by pointer.
        // SAFETY: the caller vouches for them and for `count` blocks, one or two.
        unsafe {
            match count {
                2 => _mm256_loadu_si256(from.cast()),
                _ => _mm256_zextsi128_si256(_mm_loadu_si128(from.cast())),
            }
        }
    }

    #[inline(always)]
    unsafe fn store(self, to: *mut Block, count: usize) {
        // JUSTIFICATION: vector instructions and messages by pointer.
        // SAFETY: the caller vouches for them and for `count` blocks, one or two.
        unsafe {
            match count {
                2 => _mm256_storeu_si256(to.cast(), self),
                _ => _mm_storeu_si128(to.cast(), _mm256_castsi256_si128(self)),
            }
        }
    }

    #[inline(always)]
    unsafe fn gather(from: &[*mut Block]) -> Self {
        // JUSTIFICATION: vector instructions and messages by pointer.
        // SAFETY: the caller vouches for them and for a block at each of the two places.
        unsafe {
            let low = _mm256_castsi128_si256(_mm_loadu_si128(from[0].cast()));
            _mm256_inserti128_si256::<1>(low, _mm_loadu_si128(from[1].cast()))
        }
    }

    #[inline(always)]
    unsafe fn scatter(self, to: &[*mut Block]) {
        // JUSTIFICATION: vector instructions and messages by pointer.
        // SAFETY: the caller vouches for them and for a block at each of the two places.
        unsafe {
            _mm_storeu_si128(to[0].cast(), _mm256_castsi256_si128(self));
            _mm_storeu_si128(to[1].cast(), _mm256_extracti128_si256::<1>(self));
        }
    }

    #[inline(always)]
    unsafe fn shift_in(self, before: Self) -> Self {
        // JUSTIFICATION: vector instructions.
        // SAFETY: the caller vouches for them.
        unsafe { _mm256_permute2x128_si256::<0x21>(before, self) }
    }
}

// SAFETY: 64 bytes without padding or invalid values.
unsafe impl Vector for __m512i {
    const LANES: usize = 4;

    instructions! {
        xor: _mm512_xor_si512;
        encrypt: _mm512_aesenc_epi128;
        encrypt_last: _mm512_aesenclast_epi128;
        decrypt: _mm512_aesdec_epi128;
        decrypt_last: _mm512_aesdeclast_epi128;
    }

    #[inline(always)]
    unsafe fn zero() -> Self {
        // JUSTIFICATION: vector instructions.
        // SAFETY: the caller vouches for them.
        unsafe { _mm512_setzero_si512() }
    }

    #[inline(always)]
    unsafe fn splat(block: &Block) -> Self {
        // JUSTIFICATION: vector instructions.
        // SAFETY: the caller vouches for them; a reference is to one whole block.
        unsafe { _mm512_broadcast_i32x4(_mm_loadu_si128(block.as_ptr().cast())) }
    }

    #[inline(always)]
    unsafe fn load(from: *const Block, count: usize) -> Self {
        // JUSTIFICATION: vector instructions and messages by pointer.
        // SAFETY: the caller vouches for them and for `count` blocks, one to four; the mask has
        // two bits a block, and what it leaves out is not read. What was stored whole is loaded
        // whole, since a processor forwards no store to a masked load.
        unsafe {
            match count {
                4 => _mm512_loadu_si512(from.cast()),
                2 => _mm512_zextsi256_si512(_mm256_loadu_si256(from.cast())),
                1 => _mm512_zextsi128_si512(_mm_loadu_si128(from.cast())),
                _ => _mm512_maskz_loadu_epi64(block_mask(count), from.cast()),
            }
        }
    }

    #[inline(always)]
    unsafe fn store(self, to: *mut Block, count: usize) {
        // JUSTIFICATION: vector instructions and messages by pointer.
        // SAFETY: the caller vouches for them and for `count` blocks, one to four; the mask has
        // two bits a block, and what it leaves out is not written.
        unsafe {
            match count {
                4 => _mm512_storeu_si512(to.cast(), self),
                2 => _mm256_storeu_si256(to.cast(), _mm512_castsi512_si256(self)),
                1 => _mm_storeu_si128(to.cast(), _mm512_castsi512_si128(self)),
                _ => _mm512_mask_storeu_epi64(to.cast(), block_mask(count), self),
            }
        }
    }

    #[inline(always)]
    unsafe fn gather(from: &[*mut Block]) -> Self {
        // JUSTIFICATION: vector instructions and messages by pointer.
        // SAFETY: the caller vouches for them and for a block at each of the four places.
        unsafe {
            let lanes = _mm512_castsi128_si512(_mm_loadu_si128(from[0].cast()));
            let lanes = _mm512_inserti32x4::<1>(lanes, _mm_loadu_si128(from[1].cast()));
            let lanes = _mm512_inserti32x4::<2>(lanes, _mm_loadu_si128(from[2].cast()));
            _mm512_inserti32x4::<3>(lanes, _mm_loadu_si128(from[3].cast()))
        }
    }

    #[inline(always)]
    unsafe fn scatter(self, to: &[*mut Block]) {
        // JUSTIFICATION: vector instructions and messages by pointer.
        // SAFETY: the caller vouches for them and for a block at each of the four places.
        unsafe {
            _mm_storeu_si128(to[0].cast(), _mm512_castsi512_si128(self));
            _mm_storeu_si128(to[1].cast(), _mm512_extracti32x4_epi32::<1>(self));
            _mm_storeu_si128(to[2].cast(), _mm512_extracti32x4_epi32::<2>(self));
            _mm_storeu_si128(to[3].cast(), _mm512_extracti32x4_epi32::<3>(self));
        }
    }

    #[inline(always)]
    unsafe fn shift_in(self, before: Self) -> Self {
        // JUSTIFICATION: vector instructions.
        // SAFETY: the caller vouches for them.
        unsafe { _mm512_alignr_epi64::<6>(self, before) }
    }
}

/// The 64-bit halves of the lowest `count` blocks.
#[inline(always)]
fn block_mask(count: usize) -> __mmask8 {
    (1 << (2 * count)) - 1
}

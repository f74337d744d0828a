//! GCM over vectors of four blocks: VAES for the key stream, VPCLMULQDQ for the tag.
//!
//! Blocks are taken with their bytes reversed, and the hash key is doubled beforehand, so that the
//! products of GHASH need no shift and are reduced by two multiplications (Gueron and Kounavis,
//! "Intel Carry-Less Multiplication Instruction and its Usage for Computing the GCM Mode"). Sixteen
//! blocks go together: each is multiplied by a power of the hash key of its own, and the sum is
//! reduced once.
//!
//! JUSTIFICATION, for every `unsafe` here: vector instructions that not every machine has, and
//! vectors loaded from and stored to slices. SAFETY, likewise: a [`WideKey`] exists only where
//! [`WideKey::new`] found the instructions, and a load or store is of exactly the array or slice
//! that is passed, masked where that is shorter than a vector.

use core::arch::x86_64::*;
use std::arch::is_x86_feature_detected;

use subtle::ConstantTimeEq;
use zeroize::{Zeroize, optimization_barrier};

use super::Nonce;
use crate::keys::ROUND_KEYS;
use crate::{BLOCK, Block, KeyLength, Path, RoundKeys};

/// Bytes of a vector.
const VECTOR: usize = 64;
/// Blocks that go together.
const STRIDE: usize = 16;
/// Where the first power of the hash key is; the one of a stride is then aligned.
const FIRST_POWER: usize = 3;
/// Powers and, around them, zeros that vectors reach over the ends.
const POWERS: usize = FIRST_POWER + STRIDE + 1 + 3;

/// A key expanded for the rounds, and powers of its hash key from the 17th down to the first.
#[repr(C, align(64))]
pub(super) struct WideKey {
    powers: [Block; POWERS],
    rounds: [Block; ROUND_KEYS],
    count: usize,
}

/// Declares functions that are compiled for the instructions of this way.
macro_rules! wide {
    ($($(#[$meta:meta])* fn $name:ident$(<$(const $constant:ident: $type:ty),*>)?
        ($($arg:tt: $arg_type:ty),* $(,)?) $(-> $out:ty)? $body:block)*) => {$(
        $(#[$meta])*
        #[target_feature(
            enable = "aes,avx2,vaes,pclmulqdq,vpclmulqdq,avx512f,avx512vl,avx512bw"
        )]
        fn $name$(<$(const $constant: $type),*>)?($($arg: $arg_type),*) $(-> $out)? $body
    )*};
}

impl WideKey {
    /// Expands a key of 16, 24 or 32 bytes, if this machine has the instructions.
    pub(super) fn new(key: &[u8]) -> Result<Option<Box<Self>>, KeyLength> {
        let has_all = is_x86_feature_detected!("aes")
            && is_x86_feature_detected!("avx2")
            && is_x86_feature_detected!("vaes")
            && is_x86_feature_detected!("pclmulqdq")
            && is_x86_feature_detected!("vpclmulqdq")
            && is_x86_feature_detected!("avx512f")
            && is_x86_feature_detected!("avx512vl")
            && is_x86_feature_detected!("avx512bw");
        if !has_all {
            return Ok(None);
        }
        let expanded = RoundKeys::boxed(key)?;
        let mut own = Box::new(Self {
            powers: [[0; BLOCK]; POWERS],
            rounds: expanded.encrypt,
            count: expanded.rounds,
        });
        let mut hash_key = [[0; BLOCK]];
        Path::detect().0.encrypt(&expanded, &mut hash_key);
        // SAFETY: the instructions were found above.
        unsafe { fill_powers(&mut own.powers, &hash_key[0]) };
        hash_key.zeroize();
        Ok(Some(own))
    }

    #[inline]
    pub(super) fn seal(&self, nonce: &Nonce, aad: &[u8], data: &mut [u8]) -> Block {
        // SAFETY: see the module.
        unsafe {
            match self.count {
                10 => run::<10, true>(self, nonce, aad, data),
                12 => run::<12, true>(self, nonce, aad, data),
                _ => run::<14, true>(self, nonce, aad, data),
            }
        }
    }

    /// Decrypts, and tells whether the tag is right.
    #[inline]
    pub(super) fn open(&self, nonce: &Nonce, aad: &[u8], data: &mut [u8], tag: &Block) -> bool {
        // SAFETY: see the module.
        let own = unsafe {
            match self.count {
                10 => run::<10, false>(self, nonce, aad, data),
                12 => run::<12, false>(self, nonce, aad, data),
                _ => run::<14, false>(self, nonce, aad, data),
            }
        };
        own.ct_eq(tag).into()
    }

    /// Powers from one on downwards, as many as a vector holds.
    #[inline(always)]
    fn powers_from(&self, power: usize) -> &[u8; VECTOR] {
        let from = BLOCK * (FIRST_POWER + STRIDE + 1 - power);
        let bytes = self.powers.as_flattened()[from..].first_chunk();
        bytes.expect("three blocks follow the first power")
    }
}

impl Drop for WideKey {
    fn drop(&mut self) {
        self.powers = [[0; BLOCK]; POWERS];
        self.rounds = [[0; BLOCK]; ROUND_KEYS];
        optimization_barrier(self);
    }
}

wide! {
    /// The doubled hash key, and its products with itself.
    fn fill_powers(powers: &mut [Block; POWERS], hash_key: &Block) {
        let number = u128::from_be_bytes(*hash_key);
        // Doubled without a branch: what is carried out comes back as x^127 + x^126 + x^121 + 1.
        let carry = 0_u128.wrapping_sub(number >> 127);
        let doubled = (number << 1) ^ (carry & (0xc2 << 120 | 1));
        let first = load_block(&doubled.to_le_bytes());
        let mut power = first;
        for at in (FIRST_POWER..=FIRST_POWER + STRIDE).rev() {
            store_block(power, &mut powers[at]);
            power = multiply(power, first);
        }
    }

    /// Seals or opens a message in place and gives the tag of it.
    fn run<const ROUNDS: usize, const SEALS: bool>(
        key: &WideKey,
        nonce: &Nonce,
        aad: &[u8],
        data: &mut [u8],
    ) -> Block {
        let bytes = data.len();
        let mut first = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1];
        first[..nonce.len()].copy_from_slice(nonce);
        let first = load_block(&first);
        let mask = encrypt_block::<ROUNDS>(key, first);
        let mut counter = counters_after(first);
        let mut sum = absorb(key, aad);
        let (strides, rest) = data.as_chunks_mut();
        for stride in strides {
            sum = stride_of::<ROUNDS, SEALS>(key, &mut counter, sum, stride);
        }
        let lengths = lengths(aad.len(), bytes);
        sum = match rest.len().div_ceil(VECTOR) {
            0 => {
                let power = load_block(&key.powers[FIRST_POWER + STRIDE]);
                multiply(_mm_xor_si128(sum, lengths), power)
            }
            1 => end::<ROUNDS, SEALS, 1>(key, &mut counter, sum, rest, lengths),
            2 => end::<ROUNDS, SEALS, 2>(key, &mut counter, sum, rest, lengths),
            3 => end::<ROUNDS, SEALS, 3>(key, &mut counter, sum, rest, lengths),
            _ => end::<ROUNDS, SEALS, 4>(key, &mut counter, sum, rest, lengths),
        };
        let mut tag = [0; BLOCK];
        let reversed = _mm_shuffle_epi8(sum, _mm512_castsi512_si128(reversal()));
        store_block(_mm_xor_si128(reversed, mask), &mut tag);
        tag
    }

    /// The four counters after one, with their bytes reversed: those of the next vector are four
    /// more.
    #[inline]
    fn counters_after(block: __m128i) -> __m512i {
        let start = _mm512_shuffle_epi8(_mm512_broadcast_i32x4(block), reversal());
        let steps = _mm512_set_epi32(0, 0, 0, 4, 0, 0, 0, 3, 0, 0, 0, 2, 0, 0, 0, 1);
        _mm512_add_epi32(start, steps)
    }

    /// The sum over associated data.
    #[inline]
    fn absorb(key: &WideKey, aad: &[u8]) -> __m128i {
        let mut sum = _mm_setzero_si128();
        for piece in aad.chunks(VECTOR) {
            let blocks = _mm512_shuffle_epi8(load_part(piece), reversal());
            let blocks = _mm512_xor_si512(blocks, _mm512_zextsi128_si512(sum));
            let powers = load(key.powers_from(piece.len().div_ceil(BLOCK)));
            sum = reduce(product(blocks, powers));
        }
        sum
    }

    /// Sixteen whole blocks.
    #[inline]
    fn stride_of<const ROUNDS: usize, const SEALS: bool>(
        key: &WideKey,
        counter: &mut __m512i,
        sum: __m128i,
        data: &mut [u8; STRIDE * BLOCK],
    ) -> __m128i {
        let streams = streams::<ROUNDS, 4>(key, counter);
        let (vectors, _) = data.as_chunks_mut::<VECTOR>();
        let mut total = nothing();
        let mut carried = _mm512_zextsi128_si512(sum);
        for (at, (vector, stream)) in vectors.iter_mut().zip(streams).enumerate() {
            let input = load(vector);
            let output = _mm512_xor_si512(input, stream);
            store(output, vector);
            let hashed = _mm512_shuffle_epi8(if SEALS { output } else { input }, reversal());
            let blocks = _mm512_xor_si512(hashed, carried);
            carried = _mm512_setzero_si512();
            let powers = load(key.powers_from(STRIDE - 4 * at));
            total = added(total, product(blocks, powers));
        }
        reduce(total)
    }

    /// Up to sixteen blocks in `N` vectors, of which the last may be short, and the lengths.
    #[inline]
    fn end<const ROUNDS: usize, const SEALS: bool, const N: usize>(
        key: &WideKey,
        counter: &mut __m512i,
        sum: __m128i,
        data: &mut [u8],
        lengths: __m128i,
    ) -> __m128i {
        let streams = streams::<ROUNDS, N>(key, counter);
        let power = data.len().div_ceil(BLOCK) + 1;
        let mut carried = _mm512_zextsi128_si512(sum);
        let first = _mm512_zextsi128_si512(load_block(&key.powers[FIRST_POWER + STRIDE]));
        let mut total = product(_mm512_zextsi128_si512(lengths), first);
        for (at, (piece, stream)) in data.chunks_mut(VECTOR).zip(streams).enumerate() {
            let input = load_part(piece);
            let output = _mm512_maskz_mov_epi8(mask(piece.len()), _mm512_xor_si512(input, stream));
            store_part(output, piece);
            let hashed = _mm512_shuffle_epi8(if SEALS { output } else { input }, reversal());
            let blocks = _mm512_xor_si512(hashed, carried);
            carried = _mm512_setzero_si512();
            // Blocks beyond the message are zero, whatever they are multiplied by.
            let powers = load(key.powers_from(power - 4 * at));
            total = added(total, product(blocks, powers));
        }
        reduce(total)
    }

    /// The key stream of the next `N` vectors.
    #[inline]
    fn streams<const ROUNDS: usize, const N: usize>(
        key: &WideKey,
        counter: &mut __m512i,
    ) -> [__m512i; N] {
        let four = _mm512_set_epi32(0, 0, 0, 4, 0, 0, 0, 4, 0, 0, 0, 4, 0, 0, 0, 4);
        let whitening = round_key(&key.rounds[0]);
        let mut states = [whitening; N];
        for state in &mut states {
            *state = _mm512_xor_si512(*state, _mm512_shuffle_epi8(*counter, reversal()));
            *counter = _mm512_add_epi32(*counter, four);
        }
        for round in &key.rounds[1..ROUNDS] {
            let round = round_key(round);
            for state in &mut states {
                *state = _mm512_aesenc_epi128(*state, round);
            }
        }
        let last = round_key(&key.rounds[ROUNDS]);
        for state in &mut states {
            *state = _mm512_aesenclast_epi128(*state, last);
        }
        states
    }

    /// One block.
    #[inline]
    fn encrypt_block<const ROUNDS: usize>(key: &WideKey, block: __m128i) -> __m128i {
        let mut state = _mm_xor_si128(block, load_block(&key.rounds[0]));
        for round in &key.rounds[1..ROUNDS] {
            state = _mm_aesenc_si128(state, load_block(round));
        }
        _mm_aesenclast_si128(state, load_block(&key.rounds[ROUNDS]))
    }

    /// Reverses the bytes of every block.
    #[inline]
    fn reversal() -> __m512i {
        _mm512_broadcast_i32x4(_mm_set_epi8(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15))
    }

    /// The last block: both lengths in bits, its bytes reversed.
    #[inline]
    fn lengths(aad: usize, data: usize) -> __m128i {
        _mm_set_epi64x(8 * aad as i64, 8 * data as i64)
    }

    /// Products of blocks, not reduced: low, middle and high.
    #[inline]
    fn product(blocks: __m512i, powers: __m512i) -> [__m512i; 3] {
        let crossed = _mm512_xor_si512(
            _mm512_clmulepi64_epi128::<0x01>(blocks, powers),
            _mm512_clmulepi64_epi128::<0x10>(blocks, powers),
        );
        [
            _mm512_clmulepi64_epi128::<0x00>(blocks, powers),
            crossed,
            _mm512_clmulepi64_epi128::<0x11>(blocks, powers),
        ]
    }

    #[inline]
    fn nothing() -> [__m512i; 3] {
        [_mm512_setzero_si512(); 3]
    }

    #[inline]
    fn added(one: [__m512i; 3], other: [__m512i; 3]) -> [__m512i; 3] {
        [
            _mm512_xor_si512(one[0], other[0]),
            _mm512_xor_si512(one[1], other[1]),
            _mm512_xor_si512(one[2], other[2]),
        ]
    }

    /// The sum of four products, reduced: the low quarter goes up twice, multiplied by the
    /// polynomial.
    #[inline]
    fn reduce([low, middle, high]: [__m512i; 3]) -> __m128i {
        let polynomial = _mm512_set1_epi64(0xc2_u64.cast_signed() << 56);
        let folded = _mm512_clmulepi64_epi128::<0x00>(low, polynomial);
        let swapped = _mm512_shuffle_epi32::<0x4e>(low);
        let middle = _mm512_ternarylogic_epi64::<0x96>(middle, swapped, folded);
        let folded = _mm512_clmulepi64_epi128::<0x00>(middle, polynomial);
        let swapped = _mm512_shuffle_epi32::<0x4e>(middle);
        let high = _mm512_ternarylogic_epi64::<0x96>(high, swapped, folded);
        let above = _mm512_extracti64x4_epi64::<1>(high);
        let half = _mm256_xor_si256(_mm512_castsi512_si256(high), above);
        _mm_xor_si128(_mm256_castsi256_si128(half), _mm256_extracti128_si256::<1>(half))
    }

    /// The product of two blocks, reduced.
    #[inline]
    fn multiply(one: __m128i, other: __m128i) -> __m128i {
        reduce(product(_mm512_zextsi128_si512(one), _mm512_zextsi128_si512(other)))
    }

    #[inline]
    fn round_key(key: &Block) -> __m512i {
        _mm512_broadcast_i32x4(load_block(key))
    }

    #[inline]
    fn load_block(from: &Block) -> __m128i {
        // SAFETY: see the module.
        unsafe { _mm_loadu_si128(from.as_ptr().cast()) }
    }

    #[inline]
    fn store_block(block: __m128i, to: &mut Block) {
        // SAFETY: see the module.
        unsafe { _mm_storeu_si128(to.as_mut_ptr().cast(), block) }
    }

    #[inline]
    fn load(from: &[u8; VECTOR]) -> __m512i {
        // SAFETY: see the module.
        unsafe { _mm512_loadu_si512(from.as_ptr().cast()) }
    }

    #[inline]
    fn store(vector: __m512i, to: &mut [u8; VECTOR]) {
        // SAFETY: see the module.
        unsafe { _mm512_storeu_si512(to.as_mut_ptr().cast(), vector) }
    }

    /// At most a vector; zeros behind it.
    #[inline]
    fn load_part(from: &[u8]) -> __m512i {
        // SAFETY: see the module; the mask has a bit for each byte of the slice.
        unsafe { _mm512_maskz_loadu_epi8(mask(from.len()), from.as_ptr().cast()) }
    }

    /// At most a vector.
    #[inline]
    fn store_part(vector: __m512i, to: &mut [u8]) {
        // SAFETY: see the module; the mask has a bit for each byte of the slice.
        unsafe { _mm512_mask_storeu_epi8(to.as_mut_ptr().cast(), mask(to.len()), vector) }
    }
}

/// A bit for each of so many bytes, at most all of a vector.
#[inline(always)]
fn mask(bytes: usize) -> __mmask64 {
    u64::MAX.checked_shr(VECTOR.saturating_sub(bytes) as u32).unwrap_or(0)
}

//! Expanded AES keys.

use std::sync::Arc;

use zeroize::{Zeroize, optimization_barrier};

use crate::cmac::subkeys;
use crate::vector::Functions;
use crate::{BLOCK, Block, Path};

/// Round keys of the longest schedule: 14 rounds and the whitening key.
pub(crate) const ROUND_KEYS: usize = 15;

/// A key has another length than AES knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an AES key has 16, 24 or 32 bytes, this one has {actual}")]
pub struct KeyLength {
    /// Bytes that were given.
    pub actual: usize,
}

/// An AES-128, AES-192 or AES-256 key, expanded for both directions and for CMAC.
///
/// About 600 bytes. Zeroised on drop; has no `Debug` and no `Clone`. The expansion uses no table
/// look-up and no branch on key bytes. Prefer [`RoundKeys::boxed`] or [`RoundKeys::shared`] for a
/// key that is kept: they expand in place, while a value that moves leaves its old bytes behind.
#[repr(C, align(64))]
pub struct RoundKeys {
    pub(crate) encrypt: [Block; ROUND_KEYS],
    pub(crate) decrypt: [Block; ROUND_KEYS],
    pub(crate) cmac: [Block; 2],
    pub(crate) rounds: usize,
}

impl RoundKeys {
    /// Expands a key of 16, 24 or 32 bytes.
    ///
    /// # Errors
    /// [`KeyLength`] for any other length.
    pub fn new(key: &[u8]) -> Result<Self, KeyLength> {
        let mut keys = Self::blank();
        keys.expand(key)?;
        Ok(keys)
    }

    /// As [`RoundKeys::new`], expanded in its place on the heap.
    ///
    /// # Errors
    /// [`KeyLength`] for a length other than 16, 24 or 32.
    pub fn boxed(key: &[u8]) -> Result<Box<Self>, KeyLength> {
        let mut keys = Box::new(Self::blank());
        keys.expand(key)?;
        Ok(keys)
    }

    /// As [`RoundKeys::boxed`], shared.
    ///
    /// # Errors
    /// [`KeyLength`] for a length other than 16, 24 or 32.
    pub fn shared(key: &[u8]) -> Result<Arc<Self>, KeyLength> {
        let mut keys = Arc::new(Self::blank());
        if let Some(unique) = Arc::get_mut(&mut keys) {
            unique.expand(key)?;
        }
        Ok(keys)
    }

    /// Size of the key in bits: 128, 192 or 256.
    #[must_use]
    pub fn key_bits(&self) -> usize {
        (self.rounds - 6) * 32
    }

    /// The schedule in use, whitening key first.
    #[inline(always)]
    pub(crate) fn encrypt_schedule(&self) -> &[Block] {
        &self.encrypt[..=self.rounds]
    }

    /// The schedule of the equivalent inverse cipher, in the order of its use.
    #[inline(always)]
    pub(crate) fn decrypt_schedule(&self) -> &[Block] {
        &self.decrypt[..=self.rounds]
    }

    fn blank() -> Self {
        let none = [[0; BLOCK]; ROUND_KEYS];
        Self { encrypt: none, decrypt: none, cmac: [[0; BLOCK]; 2], rounds: 10 }
    }

    fn expand(&mut self, key: &[u8]) -> Result<(), KeyLength> {
        self.expand_on(Path::detect(), key)
    }

    fn expand_on(&mut self, path: Path, key: &[u8]) -> Result<(), KeyLength> {
        self.rounds = match key.len() {
            16 => 10,
            24 => 12,
            32 => 14,
            actual => return Err(KeyLength { actual }),
        };
        self.expand_encrypt(path.0, key);
        self.expand_decrypt(path.0);
        self.expand_cmac(path.0);
        Ok(())
    }

    /// FIPS 197, 5.2.
    fn expand_encrypt(&mut self, functions: &Functions, key: &[u8]) {
        let (words, _) = self.encrypt.as_flattened_mut().as_chunks_mut::<4>();
        let key_words = key.len() / 4;
        for (word, bytes) in words.iter_mut().zip(key.as_chunks::<4>().0) {
            *word = *bytes;
        }
        let mut round_constant = 1_u8;
        for at in key_words..4 * (self.rounds + 1) {
            let mut word = words[at - 1];
            if at % key_words == 0 {
                word.rotate_left(1);
                word = substitute_word(functions, word);
                word[0] ^= round_constant;
                round_constant = double(round_constant);
            } else if key_words == 8 && at % key_words == 4 {
                word = substitute_word(functions, word);
            }
            let before = words[at - key_words];
            words[at] = std::array::from_fn(|byte| before[byte] ^ word[byte]);
            word.zeroize();
        }
    }

    /// FIPS 197, 5.3.5.
    fn expand_decrypt(&mut self, functions: &Functions) {
        for at in 0..=self.rounds {
            self.decrypt[at] = self.encrypt[self.rounds - at];
        }
        functions.inverse_mix(&mut self.decrypt[1..self.rounds]);
    }

    /// SP 800-38B, 6.1.
    fn expand_cmac(&mut self, functions: &Functions) {
        let mut zero = [[0; BLOCK]];
        functions.encrypt(self, &mut zero);
        self.cmac = subkeys(&zero[0]);
        zero.zeroize();
    }
}

impl Zeroize for RoundKeys {
    fn zeroize(&mut self) {
        // Whole words at a time: byte for byte it would cost as much as the expansion.
        for keys in [&mut self.encrypt[..], &mut self.decrypt, &mut self.cmac] {
            keys.as_flattened_mut().fill(0);
        }
        optimization_barrier(self);
    }
}

impl Drop for RoundKeys {
    fn drop(&mut self) {
        self.zeroize();
    }
}

/// The S-box on four bytes: a column repeated four times is not changed by ShiftRows.
fn substitute_word(functions: &Functions, word: [u8; 4]) -> [u8; 4] {
    let mut columns: Block = std::array::from_fn(|byte| word[byte % 4]);
    functions.substitute(&mut columns);
    let out = [columns[0], columns[1], columns[2], columns[3]];
    columns.zeroize();
    out
}

/// Doubling in the field of AES. Only round constants, which are public, come here.
fn double(value: u8) -> u8 {
    (value << 1) ^ (0x1b * (value >> 7))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn schedules_match_fips_197_appendix_a() {
        let key =
            const_hex::decode("603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4");
        let keys = RoundKeys::new(&key.unwrap()).unwrap();
        assert_eq!(const_hex::encode(keys.encrypt[14]), "fe4890d1e6188d0b046df344706c631e");
        let key = const_hex::decode("8e73b0f7da0e6452c810f32b809079e562f8ead2522c6b7b").unwrap();
        let keys = RoundKeys::new(&key).unwrap();
        assert_eq!(const_hex::encode(keys.encrypt[12]), "e98ba06f448c773c8ecc720401002202");
        let key = const_hex::decode("2b7e151628aed2a6abf7158809cf4f3c").unwrap();
        let keys = RoundKeys::new(&key).unwrap();
        assert_eq!(const_hex::encode(keys.encrypt[10]), "d014f9a8c9ee2589e13f0cc8b6630ca6");
    }

    #[test]
    fn every_path_expands_alike() {
        for bytes in [16, 24, 32] {
            let key: Vec<u8> = (0..bytes).map(|at: u8| at.wrapping_mul(29)).collect();
            let detected = RoundKeys::new(&key).unwrap();
            for path in Path::available() {
                let mut keys = RoundKeys::blank();
                keys.expand_on(*path, &key).unwrap();
                assert!(keys.encrypt == detected.encrypt, "{path}");
                assert!(keys.decrypt == detected.decrypt, "{path}");
                assert!(keys.cmac == detected.cmac, "{path}");
            }
        }
    }

    #[test]
    fn other_lengths_are_refused() {
        for actual in (0..80).filter(|length| ![16, 24, 32].contains(length)) {
            let key = vec![7; actual];
            assert_eq!(RoundKeys::new(&key).err(), Some(KeyLength { actual }));
            assert_eq!(RoundKeys::boxed(&key).err(), Some(KeyLength { actual }));
            assert_eq!(RoundKeys::shared(&key).err(), Some(KeyLength { actual }));
        }
    }

    #[test]
    fn the_three_constructors_agree() {
        let (a, b) = (RoundKeys::new(&[9; 24]).unwrap(), RoundKeys::boxed(&[9; 24]).unwrap());
        let c = RoundKeys::shared(&[9; 24]).unwrap();
        assert!(a.encrypt == b.encrypt && b.encrypt == c.encrypt);
        assert!(a.decrypt == b.decrypt && b.decrypt == c.decrypt);
        assert_eq!((a.key_bits(), b.key_bits(), c.key_bits()), (192, 192, 192));
    }

    #[test]
    fn zeroize_clears_every_field() {
        let mut keys = RoundKeys::new(&[0xa5; 32]).unwrap();
        // All that `drop` does, on a value that stays readable.
        keys.zeroize();
        assert!(keys.encrypt.as_flattened().iter().all(|&byte| byte == 0));
        assert!(keys.decrypt.as_flattened().iter().all(|&byte| byte == 0));
        assert!(keys.cmac.as_flattened().iter().all(|&byte| byte == 0));
    }
}

//! Keys of DES and triple DES.

use zeroize::{Zeroize, ZeroizeOnDrop};

use super::path::Path;
use super::slice::Order;
use super::{Block, EcbJob};

/// A key has another length than triple DES knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a triple DES key has 16 or 24 bytes, this one has {actual}")]
pub struct KeyLength {
    /// Bytes that were given.
    pub actual: usize,
}

/// A triple DES key of 16 or 24 bytes. Zeroised on drop; has no `Debug` and no `Clone`.
///
/// The first 8 bytes encrypt, the next decrypt, the last encrypt; with 16 bytes the first are
/// also the last. The lowest bit of each byte is parity and ignored.
#[derive(Zeroize, ZeroizeOnDrop)]
pub struct TdesKey {
    parts: [u64; 3],
    #[zeroize(skip)]
    bits: usize,
}

impl TdesKey {
    /// A key of 16 or 24 bytes.
    ///
    /// # Errors
    /// [`KeyLength`] for any other length.
    pub fn new(key: &[u8]) -> Result<Self, KeyLength> {
        let (first, second, third) = match key.as_chunks() {
            ([first, second], []) => (first, second, first),
            ([first, second, third], []) => (first, second, third),
            _ => return Err(KeyLength { actual: key.len() }),
        };
        let parts = [first, second, third].map(|part: &Block| u64::from_be_bytes(*part));
        Ok(Self { parts, bits: key.len() * 8 })
    }

    /// A key of 16 bytes, in two parts.
    #[must_use]
    pub fn of_two(first: &Block, second: &Block) -> Self {
        let [first, second] = [first, second].map(|part| u64::from_be_bytes(*part));
        Self { parts: [first, second, first], bits: 128 }
    }

    /// Size of the key with parity in bits: 128 or 192.
    #[must_use]
    pub fn key_bits(&self) -> usize {
        self.bits
    }

    /// The block encrypted on its own.
    #[must_use]
    pub fn encrypt_block(&self, block: &Block) -> Block {
        on_one_block(self, block, Path::ecb_encrypt_lanes)
    }

    /// The block decrypted on its own.
    #[must_use]
    pub fn decrypt_block(&self, block: &Block) -> Block {
        on_one_block(self, block, Path::ecb_decrypt_lanes)
    }
}

/// A single DES key of 8 bytes. Zeroised on drop; has no `Debug` and no `Clone`.
///
/// Only for constructions that are made of single DES, such as DUKPT: it protects nothing alone.
/// The lowest bit of each byte is parity and ignored.
#[derive(Zeroize, ZeroizeOnDrop)]
pub struct DesKey {
    parts: [u64; 3],
}

impl DesKey {
    /// A key of 8 bytes.
    #[must_use]
    pub fn new(key: &Block) -> Self {
        Self { parts: [u64::from_be_bytes(*key), 0, 0] }
    }

    /// The block encrypted on its own.
    #[must_use]
    pub fn encrypt_block(&self, block: &Block) -> Block {
        on_one_block(self, block, Path::ecb_encrypt_lanes)
    }

    /// The block decrypted on its own.
    #[must_use]
    pub fn decrypt_block(&self, block: &Block) -> Block {
        on_one_block(self, block, Path::ecb_decrypt_lanes)
    }
}

fn on_one_block<K: SliceKey>(
    key: &K,
    block: &Block,
    run: impl Fn(Path, &mut [EcbJob<'_, K>]),
) -> Block {
    let mut out = [*block];
    run(Path::detect(), &mut [EcbJob { key, data: &mut out }]);
    out[0]
}

/// A key of the bit-sliced cipher: [`DesKey`] or [`TdesKey`], and no other.
pub trait SliceKey: sealed::Parts {}

impl SliceKey for DesKey {}
impl SliceKey for TdesKey {}

pub(super) mod sealed {
    use super::{DesKey, Order, TdesKey};

    /// What the slices need of a key.
    pub trait Parts {
        #[doc(hidden)]
        const TRIPLE: bool;
        #[doc(hidden)]
        fn parts(&self) -> &[u64; 3];
        /// Parts that differ by the key's length.
        #[doc(hidden)]
        fn count(&self) -> usize;
    }

    impl Parts for DesKey {
        const TRIPLE: bool = false;

        fn parts(&self) -> &[u64; 3] {
            &self.parts
        }

        fn count(&self) -> usize {
            1
        }
    }

    impl Parts for TdesKey {
        const TRIPLE: bool = true;

        fn parts(&self) -> &[u64; 3] {
            &self.parts
        }

        fn count(&self) -> usize {
            self.bits / 64
        }
    }

    impl Order {
        /// The order for keys of type `K`.
        pub(in crate::tdes) fn of<K: Parts>(encrypts: bool) -> Self {
            match (K::TRIPLE, encrypts) {
                (true, true) => Order::Encrypt,
                (true, false) => Order::Decrypt,
                (false, true) => Order::EncryptFirst,
                (false, false) => Order::DecryptFirst,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zeroize_clears_every_part() {
        let mut key = TdesKey::new(&[0xa5; 24]).unwrap();
        let mut single = DesKey::new(&[0xa5; 8]);
        // All that `drop` does, on values that stay readable.
        key.zeroize();
        single.zeroize();
        assert_eq!((key.parts, single.parts), ([0; 3], [0; 3]));
    }
}

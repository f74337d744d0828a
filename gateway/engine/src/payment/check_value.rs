//! Check values of keys, which say whether two people have the same one.

use arrayvec::ArrayVec;
use subtle::ConstantTimeEq;

use super::lanes::{Bytes, Lanes};
use super::mac::{HmacKey, hmac};
use super::outcome::public;
use super::{Error, Key};

/// A check value of up to five bytes. It is public, but compared in constant time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CheckValue(ArrayVec<u8, 5>);

/// How a check value of a cipher's key is computed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// A block of zeros encrypted; 2 or 3 bytes. The default of triple DES.
    Legacy,
    /// CMAC of a block of zeros; 3 to 5 bytes. The default of AES.
    Cmac,
}

impl CheckValue {
    /// One of `bytes` length of a cipher's key.
    ///
    /// # Errors
    /// [`Error::InvalidInput`] for a length that the kind does not have.
    pub async fn of(lanes: &Lanes, key: &Key, kind: Kind, bytes: usize) -> Result<Self, Error> {
        let zeros = vec![0; key.block_bytes()];
        let block = match kind {
            Kind::Legacy if (2..=3).contains(&bytes) => lanes.encrypt(key, Bytes::new(zeros)),
            Kind::Cmac if (3..=5).contains(&bytes) => lanes.cmac(key, &zeros),
            _ => return Err(Error::InvalidInput),
        };
        Ok(Self::cut(block.await?.expose(), bytes))
    }

    /// Three bytes of the kind that is usual for the key's algorithm.
    ///
    /// # Errors
    /// None that a key can cause.
    pub async fn usual(lanes: &Lanes, key: &Key) -> Result<Self, Error> {
        match key.algorithm() {
            super::Algorithm::Tdes => Self::of(lanes, key, Kind::Legacy, 3).await,
            super::Algorithm::Aes => Self::of(lanes, key, Kind::Cmac, 3).await,
        }
    }

    /// That of an HMAC key: three bytes of HMAC of no message.
    pub fn of_hmac(key: &HmacKey) -> Self {
        Self::cut(hmac(key, b"").expose(), 3)
    }

    /// Its bytes.
    pub fn bytes(&self) -> &[u8] {
        &self.0
    }

    /// Whether it is `claimed`, whole.
    pub fn is(&self, claimed: &[u8]) -> bool {
        public(self.0.as_slice().ct_eq(claimed)).into()
    }

    fn cut(block: &[u8], bytes: usize) -> Self {
        Self(block.iter().take(bytes).copied().collect())
    }
}

//! Clear symmetric keys, expanded.

use std::sync::{Arc, OnceLock};

use aws_lc_rs::digest;
use subtle::{Choice, ConstantTimeEq};
use typex_core::Secret;
use typex_kernels::RoundKeys;
use typex_kernels::gcm::GcmKey;
use typex_kernels::tdes::TdesKey;

use super::Error;

/// What a [`Key`] computes with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Algorithm {
    /// Triple DES with two or three keys; blocks of 8 bytes.
    Tdes,
    /// AES; blocks of 16 bytes.
    Aes,
}

/// A clear key of a block cipher, expanded. Parity of DES keys is neither checked nor changed.
pub struct Key {
    bytes: Secret<Vec<u8>>,
    schedule: Schedule,
    /// Expanded for GCM by the first message.
    gcm: OnceLock<GcmKey>,
}

/// A key expanded, for the steps that wait for their lanes.
#[derive(Clone)]
pub(crate) enum Schedule {
    Tdes(Arc<TdesKey>),
    Aes(Arc<RoundKeys>),
}

impl Algorithm {
    /// Bytes of a block.
    pub fn block_bytes(self) -> usize {
        match self {
            Self::Tdes => 8,
            Self::Aes => 16,
        }
    }
}

impl Key {
    /// A key of 16, 24 or, for AES, 32 bytes.
    ///
    /// # Errors
    /// [`Error::InvalidInput`] for another length.
    pub fn new(algorithm: Algorithm, bytes: &[u8]) -> Result<Self, Error> {
        match algorithm {
            Algorithm::Tdes => Self::tdes(bytes),
            Algorithm::Aes => Self::aes(bytes),
        }
    }

    /// A triple DES key of 16 or 24 bytes.
    ///
    /// # Errors
    /// [`Error::InvalidInput`] for another length.
    pub fn tdes(bytes: &[u8]) -> Result<Self, Error> {
        let key = TdesKey::new(bytes).map_err(|_| Error::InvalidInput)?;
        Ok(Self::expanded(bytes, Schedule::Tdes(Arc::new(key))))
    }

    /// An AES key of 16, 24 or 32 bytes.
    ///
    /// # Errors
    /// [`Error::InvalidInput`] for another length.
    pub fn aes(bytes: &[u8]) -> Result<Self, Error> {
        let keys = RoundKeys::shared(bytes).map_err(|_| Error::InvalidInput)?;
        Ok(Self::expanded(bytes, Schedule::Aes(keys)))
    }

    fn expanded(bytes: &[u8], schedule: Schedule) -> Self {
        Self { bytes: Secret::new(bytes.to_vec()), schedule, gcm: OnceLock::new() }
    }

    /// What it computes with.
    pub fn algorithm(&self) -> Algorithm {
        match self.schedule {
            Schedule::Tdes(_) => Algorithm::Tdes,
            Schedule::Aes(_) => Algorithm::Aes,
        }
    }

    /// Bytes of a block of its cipher.
    pub fn block_bytes(&self) -> usize {
        self.algorithm().block_bytes()
    }

    /// The key itself. Every call is a place to review.
    pub fn expose(&self) -> &[u8] {
        self.bytes.expose()
    }

    /// Whether both are the same key, in time that depends on the lengths only.
    pub fn ct_eq(&self, other: &Self) -> Choice {
        let same = self.algorithm() == other.algorithm();
        Choice::from(u8::from(same)) & self.expose().ct_eq(other.expose())
    }

    /// The key expanded for GCM.
    ///
    /// # Errors
    /// [`Error::KeyUsage`] unless it is of AES.
    pub(super) fn gcm(&self) -> Result<&GcmKey, Error> {
        if self.algorithm() != Algorithm::Aes {
            return Err(Error::KeyUsage);
        }
        if let Some(key) = self.gcm.get() {
            return Ok(key);
        }
        let key = GcmKey::new(self.expose()).map_err(|_| Error::Internal)?;
        Ok(self.gcm.get_or_init(|| key))
    }

    /// The key expanded.
    pub(crate) fn schedule(&self) -> &Schedule {
        &self.schedule
    }

    /// A triple DES key of exactly two single ones.
    ///
    /// # Errors
    /// [`Error::KeyUsage`] for any other.
    pub(super) fn halves(&self) -> Result<(&[u8; 8], &[u8; 8]), Error> {
        let (first, rest) = self.expose().split_first_chunk().ok_or(Error::KeyUsage)?;
        let second = <&[u8; 8]>::try_from(rest).map_err(|_| Error::KeyUsage)?;
        if self.algorithm() == Algorithm::Tdes { Ok((first, second)) } else { Err(Error::KeyUsage) }
    }
}

/// Sets the low bit of every byte so that the number of ones is odd.
pub fn set_odd_parity(key: &mut [u8]) {
    for byte in key {
        let ones = (*byte & 0xfe).count_ones() as u8;
        *byte = (*byte & 0xfe) | ((ones & 1) ^ 1);
    }
}

/// The exclusive or of equally long bytes.
pub(super) fn xor<const N: usize>(one: &[u8; N], other: &[u8; N]) -> [u8; N] {
    std::array::from_fn(|at| one[at] ^ other[at])
}

/// SHA-1, where a standard has it inside.
pub(super) fn sha1(data: &[u8]) -> Secret<Vec<u8>> {
    Secret::new(digest::digest(&digest::SHA1_FOR_LEGACY_USE_ONLY, data).as_ref().to_vec())
}

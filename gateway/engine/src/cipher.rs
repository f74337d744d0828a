//! AES as backends do it: single operations and re-encryption, under keys with rights of their own.
//!
//! Nonces and IVs are the job's: a backend never draws one.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use bytes::{Bytes, BytesMut};
use typex_abi::{Header, StepKind};
use typex_core::error::{Error, ErrorKind, Malformed};
use typex_core::id::PartitionId;
use typex_core::secret::Secret;
use typex_kernels::gcm::GcmKey;
use typex_kernels::{BLOCK, Block, RoundKeys};

use crate::limits::{CIPHER_AAD_BYTES_MAX, CIPHER_DATA_BYTES_MAX};
use crate::slot_key::SlotKey;

/// One operation of a cipher on one message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Cipher {
    /// Each block alone. Whole blocks, at least one.
    EcbEncrypt,
    /// The inverse.
    EcbDecrypt,
    /// Cipher block chaining without padding. Whole blocks, at least one.
    CbcEncrypt,
    /// The inverse.
    CbcDecrypt,
    /// Counter mode, both directions. The IV is the first counter block, of which the low 32 bits
    /// count. At least one byte.
    Ctr,
    /// GCM; the IV is 12 bytes, the tag of 16 bytes stands behind the data. Any length.
    GcmEncrypt,
    /// The inverse; the data is ciphertext and tag.
    GcmDecrypt,
    /// CMAC of any length; the result is the tag of 16 bytes.
    Cmac,
    /// CBC-MAC with a zero IV. Whole blocks, at least one; the result is the tag of 16 bytes.
    CbcMac,
}

/// A set of [`Cipher`]s that a key permits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CipherRights(u16);

/// An AES key for single operations.
pub struct CipherKey {
    rights: CipherRights,
    rounds: Box<RoundKeys>,
    gcm: GcmKey,
    slot: SlotKey,
}

/// One operation under one key.
pub struct CipherJob {
    /// What to do.
    pub cipher: Cipher,
    /// With which key.
    pub key: Arc<CipherKey>,
    /// IV or first counter block; GCM takes the first 12 bytes, ECB and the MACs none.
    pub iv: Block,
    /// Associated data of GCM; empty otherwise. At most [`CIPHER_AAD_BYTES_MAX`].
    pub aad: Bytes,
    /// The message, at most [`CIPHER_DATA_BYTES_MAX`]; the result is written over it.
    pub data: BytesMut,
}

/// How re-encryption opens what it is given.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum OpenMode {
    /// CBC over whole blocks; padding, if any, stays part of the data.
    Cbc,
    /// GCM; the tag of 16 bytes stands behind the ciphertext.
    Gcm,
    /// Counter mode as [`Cipher::Ctr`].
    Ctr,
    /// Each block alone. Whole blocks, at least one.
    Ecb,
}

/// How re-encryption seals what it gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SealMode {
    /// CBC over whole blocks; nothing is padded.
    Cbc,
    /// GCM; the tag of 16 bytes stands behind the ciphertext.
    Gcm,
    /// Counter mode as [`Cipher::Ctr`]. Who chooses the IV can decipher with it: whether a key may
    /// be used so is decided before.
    Ctr,
}

/// Two AES keys, one to open and one to seal, that serve nothing but re-encryption from the one to
/// the other.
pub struct ReencryptKey {
    mode: OpenMode,
    seal_mode: SealMode,
    pub(crate) open: KeyPart,
    pub(crate) seal: KeyPart,
}

/// One of the keys.
pub(crate) struct KeyPart {
    pub(crate) rounds: Box<RoundKeys>,
    pub(crate) gcm: GcmKey,
    pub(crate) slot: SlotKey,
}

/// Opens a message under one key and seals it under the other.
pub struct ReencryptJob {
    /// The two keys.
    pub key: Arc<ReencryptKey>,
    /// IV of the message; GCM takes the first 12 bytes, ECB none.
    pub open_iv: Block,
    /// Associated data of the message; empty but for [`OpenMode::Gcm`].
    pub open_aad: Bytes,
    /// IV of the result; GCM takes the first 12 bytes, never the same twice under one key.
    pub seal_iv: Block,
    /// Associated data of the result; empty but for [`SealMode::Gcm`].
    pub seal_aad: Bytes,
    /// The message; the result, ciphertext and tag if any, is written over it.
    pub data: BytesMut,
}

/// Length of a tag.
pub(crate) const TAG: usize = 16;

impl Cipher {
    /// Every operation, in the order of their right bits on a card.
    pub const ALL: [Self; 9] = [
        Self::EcbEncrypt,
        Self::EcbDecrypt,
        Self::CbcEncrypt,
        Self::CbcDecrypt,
        Self::Ctr,
        Self::GcmEncrypt,
        Self::GcmDecrypt,
        Self::Cmac,
        Self::CbcMac,
    ];

    fn bit(self) -> u16 {
        1 << self as u16
    }

    /// Whether it takes a message of this length; of [`Cipher::GcmDecrypt`] with the tag.
    pub(crate) fn takes(self, bytes: usize) -> bool {
        bytes <= CIPHER_DATA_BYTES_MAX + TAG
            && match self {
                Self::Ctr => bytes > 0,
                Self::GcmEncrypt | Self::Cmac => true,
                Self::GcmDecrypt => bytes >= TAG,
                _ => bytes > 0 && bytes.is_multiple_of(BLOCK),
            }
    }

    pub(crate) fn is_gcm(self) -> bool {
        matches!(self, Self::GcmEncrypt | Self::GcmDecrypt)
    }
}

impl FromIterator<Cipher> for CipherRights {
    fn from_iter<T: IntoIterator<Item = Cipher>>(ciphers: T) -> Self {
        Self(ciphers.into_iter().fold(0, |bits, cipher| bits | cipher.bit()))
    }
}

impl CipherRights {
    /// Whether `cipher` is among them.
    pub fn permit(self, cipher: Cipher) -> bool {
        self.0 & cipher.bit() != 0
    }

    pub(crate) fn bits(self) -> u16 {
        self.0
    }
}

impl CipherKey {
    /// A key of 16, 24 or 32 bytes.
    ///
    /// # Errors
    /// [`ErrorKind::Internal`] for another length.
    pub fn new(key: &Secret<Vec<u8>>, rights: CipherRights) -> Result<Self, Error> {
        let KeyPart { rounds, gcm, slot } = KeyPart::new(key)?;
        Ok(Self { rights, rounds, gcm, slot: slot.with_usage(rights.bits()) })
    }

    pub(crate) fn rounds(&self) -> &RoundKeys {
        &self.rounds
    }

    pub(crate) fn gcm(&self) -> &GcmKey {
        &self.gcm
    }

    pub(crate) fn slot(&self) -> &SlotKey {
        &self.slot
    }
}

impl CipherJob {
    /// Rights and lengths, judged before anything is computed.
    pub(crate) fn check(&self) -> Result<(), ErrorKind> {
        if !self.key.rights.permit(self.cipher) {
            return Err(ErrorKind::KeyUsage);
        }
        let aad_fits = self.aad.is_empty() || self.cipher.is_gcm();
        if !aad_fits || self.aad.len() > CIPHER_AAD_BYTES_MAX || !self.cipher.takes(self.data.len())
        {
            return Err(ErrorKind::Malformed(Malformed::Length));
        }
        Ok(())
    }

    /// The first 12 bytes of the IV.
    pub(crate) fn nonce(&self) -> [u8; 12] {
        nonce(&self.iv)
    }
}

impl ReencryptKey {
    /// Two keys of 16, 24 or 32 bytes each, of one partition.
    ///
    /// # Errors
    /// [`ErrorKind::Internal`] for another length.
    pub fn new(
        partition: PartitionId,
        (mode, seal_mode): (OpenMode, SealMode),
        open: &Secret<Vec<u8>>,
        seal: &Secret<Vec<u8>>,
    ) -> Result<Self, Error> {
        let (mut open, mut seal) = (KeyPart::new(open)?, KeyPart::new(seal)?);
        open.slot = open.slot.with_roles(mode.role());
        seal.slot = seal.slot.with_roles(seal_mode.role());
        SlotKey::join(partition, &mut [&mut open.slot, &mut seal.slot]);
        Ok(Self { mode, seal_mode, open, seal })
    }

    /// The same, ended when one of the two stored keys is revoked that it came from.
    pub(crate) fn with_flags(self, open: &Arc<AtomicBool>, seal: &Arc<AtomicBool>) -> Self {
        let flagged = |part: KeyPart, flag| KeyPart { slot: part.slot.with_flag(flag), ..part };
        Self { open: flagged(self.open, open), seal: flagged(self.seal, seal), ..self }
    }

    /// How it opens.
    pub fn mode(&self) -> OpenMode {
        self.mode
    }

    /// How it seals.
    pub fn seal_mode(&self) -> SealMode {
        self.seal_mode
    }
}

impl SealMode {
    fn role(self) -> u16 {
        match self {
            Self::Cbc => Header::role(StepKind::CbcSeal),
            Self::Gcm => Header::role(StepKind::GcmSeal),
            Self::Ctr => Header::role(StepKind::CtrSeal),
        }
    }
}

impl OpenMode {
    fn role(self) -> u16 {
        match self {
            Self::Cbc => Header::role(StepKind::CbcOpen),
            Self::Gcm => Header::role(StepKind::GcmOpen),
            Self::Ctr => Header::role(StepKind::CtrOpen),
            Self::Ecb => Header::role(StepKind::EcbOpen),
        }
    }
}

impl ReencryptJob {
    /// Lengths, judged before anything is computed.
    pub(crate) fn check(&self) -> Result<(), ErrorKind> {
        let opened = match self.key.mode {
            OpenMode::Cbc => Cipher::CbcDecrypt,
            OpenMode::Gcm => Cipher::GcmDecrypt,
            OpenMode::Ctr => Cipher::Ctr,
            OpenMode::Ecb => Cipher::EcbDecrypt,
        };
        let sealed = match self.key.seal_mode {
            SealMode::Cbc => Cipher::CbcEncrypt,
            SealMode::Gcm => Cipher::GcmEncrypt,
            SealMode::Ctr => Cipher::Ctr,
        };
        let aad = self.open_aad.len().max(self.seal_aad.len());
        if opened.takes(self.data.len())
            && sealed.takes(self.clear_bytes())
            && (opened.is_gcm() || self.open_aad.is_empty())
            && (sealed.is_gcm() || self.seal_aad.is_empty())
            && aad <= CIPHER_AAD_BYTES_MAX
            && self.clear_bytes() <= CIPHER_DATA_BYTES_MAX
        {
            return Ok(());
        }
        Err(ErrorKind::Malformed(Malformed::Length))
    }

    /// Length of the clear data.
    pub(crate) fn clear_bytes(&self) -> usize {
        match self.key.mode {
            OpenMode::Gcm => self.data.len().saturating_sub(TAG),
            OpenMode::Cbc | OpenMode::Ctr | OpenMode::Ecb => self.data.len(),
        }
    }

    /// The first 12 bytes of the IV of the result.
    pub(crate) fn seal_nonce(&self) -> [u8; 12] {
        nonce(&self.seal_iv)
    }

    /// The first 12 bytes of the IV of the message.
    pub(crate) fn open_nonce(&self) -> [u8; 12] {
        nonce(&self.open_iv)
    }
}

impl KeyPart {
    fn new(key: &Secret<Vec<u8>>) -> Result<Self, Error> {
        let key = key.expose();
        let rounds = RoundKeys::boxed(key)
            .map_err(|source| Error::from(ErrorKind::Internal).with_source(source))?;
        let gcm = GcmKey::new(key)
            .map_err(|source| Error::from(ErrorKind::Internal).with_source(source))?;
        Ok(Self { rounds, gcm, slot: SlotKey::new(key) })
    }
}

fn nonce(iv: &Block) -> [u8; 12] {
    let mut nonce = [0; 12];
    nonce.copy_from_slice(&iv[..12]);
    nonce
}

#[cfg(test)]
mod tests {
    use super::*;
    use typex_abi::usage;

    #[test]
    fn rights_are_those_of_the_card() {
        let bits = [
            usage::ECB_ENCRYPT,
            usage::ECB_DECRYPT,
            usage::CBC_ENCRYPT,
            usage::CBC_DECRYPT,
            usage::CTR,
            usage::GCM_ENCRYPT,
            usage::GCM_DECRYPT,
            usage::CMAC,
            usage::CBC_MAC,
        ];
        assert_eq!(Cipher::ALL.map(Cipher::bit), bits);
    }
}

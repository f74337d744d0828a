//! The header file: how the master key is wrapped, and what the store is for life.
//!
//! 172 bytes, described in `docs/store-format.md`. All of it is authenticated, the cost of
//! argon2id included.

use argon2::{Algorithm, Argon2, Params, Version};
use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use aws_lc_rs::{digest, hkdf};
use typex_core::codec::{Corrupt, Decoder, Encoder};
use typex_core::{Secret, UnixMs};

use crate::error::StoreError;
use crate::keyring::fill_random;
use crate::limits;

const MAGIC: &[u8; 8] = b"typexst\0";
const FORMAT: u16 = 2;
const CLEAR_BYTES: usize = 92;
const DIGEST_AT: usize = 140;
/// Length of a header.
pub(crate) const HEADER_BYTES: usize = 172;

/// What a store was made for. It never changes: every record is bound to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Mark {
    /// Real keys.
    Production,
    /// A developer's machine. Production refuses it.
    Development,
    /// Automatic tests: as development, and argon2id may be cheap.
    Test,
}

/// How dear a guess of the passphrase is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KdfCost {
    /// Memory in KiB.
    pub memory_kib: u32,
    /// Passes over it.
    pub passes: u32,
    /// Lanes.
    pub lanes: u32,
}

impl Default for KdfCost {
    /// 256 MiB, three passes, one lane: about half a second.
    fn default() -> Self {
        Self { memory_kib: limits::KDF_MEMORY_KIB_MIN, passes: 3, lanes: 1 }
    }
}

impl KdfCost {
    /// Next to nothing, for stores marked [`Mark::Test`] only.
    pub const TEST: Self = Self { memory_kib: 64, passes: 1, lanes: 1 };

    fn check(self, mark: Mark) -> Result<(), StoreError> {
        let memory = self.memory_kib;
        let bounded = (8 * self.lanes.max(1)..=limits::KDF_MEMORY_KIB_MAX).contains(&memory)
            && (1..=limits::KDF_PASSES_MAX).contains(&self.passes)
            && (1..=limits::KDF_LANES_MAX).contains(&self.lanes);
        if !bounded || (mark != Mark::Test && memory < limits::KDF_MEMORY_KIB_MIN) {
            return Err(StoreError::WeakUnlock("argon2id outside 256 MiB to 4 GiB of memory"));
        }
        Ok(())
    }
}

/// What every record is bound to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Identity {
    pub(crate) format: u16,
    pub(crate) store_id: [u8; 16],
    pub(crate) mark: Mark,
}

impl Identity {
    pub(crate) fn new(mark: Mark) -> Result<Self, StoreError> {
        let mut store_id = [0; 16];
        fill_random(&mut store_id)?;
        Ok(Self { format: FORMAT, store_id, mark })
    }

    pub(crate) fn flags(self) -> u8 {
        match self.mark {
            Mark::Production => 0,
            Mark::Development => 1,
            Mark::Test => 2,
        }
    }
}

/// The secret that opens a store, read and ready.
pub(crate) enum UnlockSecret {
    Passphrase(Secret<Vec<u8>>),
    KeyFile(Secret<[u8; 32]>),
}

/// A header, all but the wrapped key in clear.
pub(crate) struct Header {
    pub(crate) identity: Identity,
    pub(crate) created: UnixMs,
    /// `None` for a key file.
    pub(crate) kdf: Option<KdfCost>,
    salt: [u8; 32],
    nonce: [u8; 12],
    wrapped: [u8; 48],
}

impl Header {
    /// Wraps `master` anew.
    pub(crate) fn wrap(
        identity: Identity,
        created: UnixMs,
        kdf: KdfCost,
        unlock: &UnlockSecret,
        master: &Secret<[u8; 32]>,
    ) -> Result<Self, StoreError> {
        let kdf = match unlock {
            UnlockSecret::Passphrase(_) => Some(kdf),
            UnlockSecret::KeyFile(_) => None,
        };
        let (mut salt, mut nonce) = ([0; 32], [0; 12]);
        fill_random(&mut salt)?;
        fill_random(&mut nonce)?;
        let mut header = Self { identity, created, kdf, salt, nonce, wrapped: [0; 48] };
        let key = header.wrapping_key(unlock)?;
        let mut sealed = Secret::new(*master.expose());
        let tag = key
            .seal_in_place_separate_tag(
                Nonce::assume_unique_for_key(nonce),
                Aad::from(header.clear_bytes()),
                sealed.expose_mut(),
            )
            .map_err(|_| StoreError::Header)?;
        header.wrapped[..32].copy_from_slice(sealed.expose());
        header.wrapped[32..].copy_from_slice(tag.as_ref());
        Ok(header)
    }

    /// The master key.
    pub(crate) fn unwrap(&self, unlock: &UnlockSecret) -> Result<Secret<[u8; 32]>, StoreError> {
        let key = self.wrapping_key(unlock)?;
        let (sealed, tag) = self.wrapped.split_at(32);
        let mut master = Secret::new([0; 32]);
        key.open_separate_gather(
            Nonce::assume_unique_for_key(self.nonce),
            Aad::from(self.clear_bytes()),
            sealed,
            tag,
            master.expose_mut(),
        )
        .map_err(|_| StoreError::WrongUnlock)?;
        Ok(master)
    }

    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = self.clear_bytes();
        bytes.extend_from_slice(&self.wrapped);
        let digest = digest::digest(&digest::SHA256, &bytes);
        bytes.extend_from_slice(digest.as_ref());
        bytes
    }

    pub(crate) fn from_bytes(bytes: &[u8]) -> Result<Self, StoreError> {
        if bytes.len() != HEADER_BYTES || !bytes.starts_with(MAGIC) {
            return Err(StoreError::Header);
        }
        let format = u16::from_be_bytes([bytes[8], bytes[9]]);
        if format != FORMAT {
            return Err(StoreError::Format { found: format });
        }
        let (body, found) = bytes.split_at(DIGEST_AT);
        if digest::digest(&digest::SHA256, body).as_ref() != found {
            return Err(StoreError::Header);
        }
        let header = Self::parse(&mut Decoder::new(&body[MAGIC.len() + 2..]));
        let header = header.map_err(|Corrupt| StoreError::Header)?;
        header.kdf.map_or(Ok(()), |kdf| kdf.check(header.identity.mark))?;
        Ok(header)
    }

    fn parse(input: &mut Decoder<'_>) -> Result<Self, Corrupt> {
        let mark = match input.u8()? {
            0 => Mark::Production,
            1 => Mark::Development,
            2 => Mark::Test,
            _ => return Err(Corrupt),
        };
        let kind = input.u8()?;
        let identity = Identity { format: FORMAT, store_id: input.array()?, mark };
        let created = UnixMs(input.u64()?);
        let cost = KdfCost { memory_kib: input.u32()?, passes: input.u32()?, lanes: input.u32()? };
        let kdf = match kind {
            1 => Some(cost),
            2 if cost == NO_COST => None,
            _ => return Err(Corrupt),
        };
        let (salt, nonce, wrapped) = (input.array()?, input.array()?, input.array()?);
        Ok(Self { identity, created, kdf, salt, nonce, wrapped })
    }

    /// Everything in front of the wrapped key; it is authenticated with the key.
    fn clear_bytes(&self) -> Vec<u8> {
        let cost = self.kdf.unwrap_or(NO_COST);
        let mut out = Encoder::default();
        out.raw(MAGIC).u16(self.identity.format).u8(self.identity.flags());
        out.u8(if self.kdf.is_some() { 1 } else { 2 });
        out.raw(&self.identity.store_id).u64(self.created.0);
        out.u32(cost.memory_kib).u32(cost.passes).u32(cost.lanes);
        out.raw(&self.salt).raw(&self.nonce);
        let bytes = out.finish().expose().clone();
        debug_assert_eq!(bytes.len(), CLEAR_BYTES);
        bytes
    }

    fn wrapping_key(&self, unlock: &UnlockSecret) -> Result<LessSafeKey, StoreError> {
        let key = match (unlock, self.kdf) {
            (UnlockSecret::Passphrase(passphrase), Some(cost)) => self.stretch(passphrase, cost)?,
            (UnlockSecret::KeyFile(file), None) => self.key_of_file(file),
            (UnlockSecret::Passphrase(_), None) => {
                return Err(StoreError::UnlockKind("a key file"));
            }
            (UnlockSecret::KeyFile(_), Some(_)) => {
                return Err(StoreError::UnlockKind("a passphrase"));
            }
        };
        let key = UnboundKey::new(&AES_256_GCM, key.expose()).map_err(|_| StoreError::Header)?;
        Ok(LessSafeKey::new(key))
    }

    fn stretch(
        &self,
        passphrase: &Secret<Vec<u8>>,
        cost: KdfCost,
    ) -> Result<Secret<[u8; 32]>, StoreError> {
        cost.check(self.identity.mark)?;
        if passphrase.expose().len() < limits::PASSPHRASE_BYTES_MIN {
            return Err(StoreError::WeakUnlock("a passphrase has at least 8 bytes"));
        }
        let weak = |_| StoreError::WeakUnlock("argon2id refuses this cost");
        let params =
            Params::new(cost.memory_kib, cost.passes, cost.lanes, Some(32)).map_err(weak)?;
        let mut key = Secret::new([0; 32]);
        Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
            .hash_password_into(passphrase.expose(), &self.salt, key.expose_mut())
            .map_err(weak)?;
        Ok(key)
    }

    fn key_of_file(&self, file: &Secret<[u8; 32]>) -> Secret<[u8; 32]> {
        let mut key = Secret::new([0; 32]);
        hkdf::Salt::new(hkdf::HKDF_SHA256, &self.salt)
            .extract(file.expose())
            .expand(&[b"typex store 1 key file"], hkdf::HKDF_SHA256)
            .and_then(|okm| okm.fill(key.expose_mut()))
            .expect("32 bytes is one block of HKDF-SHA-256");
        key
    }
}

const NO_COST: KdfCost = KdfCost { memory_kib: 0, passes: 0, lanes: 0 };

#[cfg(test)]
mod tests {
    use super::*;

    fn secret(text: &str) -> UnlockSecret {
        UnlockSecret::Passphrase(Secret::new(text.as_bytes().to_vec()))
    }

    fn header(unlock: &UnlockSecret) -> Header {
        let identity = Identity::new(Mark::Test).unwrap();
        Header::wrap(identity, UnixMs(5), KdfCost::TEST, unlock, &Secret::new([9; 32])).unwrap()
    }

    #[test]
    fn the_right_secret_unwraps_and_others_do_not() {
        let file = UnlockSecret::KeyFile(Secret::new([3; 32]));
        for unlock in [secret("correct horse"), file] {
            let read = Header::from_bytes(&header(&unlock).to_bytes()).unwrap();
            assert!(bool::from(read.unwrap(&unlock).unwrap().ct_eq(&[9; 32])));
            for other in [secret("correct hors3"), UnlockSecret::KeyFile(Secret::new([4; 32]))] {
                assert!(matches!(
                    read.unwrap(&other),
                    Err(StoreError::WrongUnlock | StoreError::UnlockKind(_))
                ));
            }
        }
    }

    #[test]
    fn every_changed_byte_is_found_with_and_without_a_new_digest() {
        let unlock = secret("correct horse");
        let bytes = header(&unlock).to_bytes();
        for at in 0..bytes.len() {
            let mut changed = bytes.clone();
            changed[at] ^= 1;
            assert!(Header::from_bytes(&changed).is_err(), "byte {at}");
            if at < DIGEST_AT {
                let sum = digest::digest(&digest::SHA256, &changed[..DIGEST_AT]);
                changed[DIGEST_AT..].copy_from_slice(sum.as_ref());
                let opened = Header::from_bytes(&changed).and_then(|read| read.unwrap(&unlock));
                assert!(opened.is_err(), "byte {at} with its digest");
            }
        }
    }

    #[test]
    fn cheap_argon2id_needs_the_test_mark() {
        for mark in [Mark::Production, Mark::Development] {
            assert!(KdfCost::TEST.check(mark).is_err());
            assert!(KdfCost::default().check(mark).is_ok());
        }
        let absurd = KdfCost { memory_kib: u32::MAX, passes: 1, lanes: 1 };
        assert!(absurd.check(Mark::Test).is_err());
    }
}

//! Keys that protect a block, and what they do.

use subtle::Choice;
use typex_core::Secret;

use super::Version;
use crate::payment::cipher::{Mode, decrypt_any, encrypt_any};
use crate::payment::mac::{cmac, tdes_cbc_mac};
use crate::payment::{Algorithm, Error, Key};

/// What the characters of a legacy protection key are changed by.
const ENCRYPTION_VARIANT: u8 = 0x45;
const MAC_VARIANT: u8 = 0x4D;

/// The two keys that a key block protection key stands for.
pub struct ProtectionKeys {
    version: Version,
    /// Encrypts the key.
    pub encryption: Key,
    /// Authenticates all.
    pub mac: Key,
}

/// What a derived key is for, as it is derived.
#[derive(Clone, Copy)]
enum Purpose {
    Encryption = 0,
    Mac = 1,
    Counter = 2,
}

impl ProtectionKeys {
    /// The keys of a version under a protection key.
    ///
    /// # Errors
    /// [`Error::KeyUsage`] unless the protection key is of the version's cipher.
    pub fn derive(version: Version, protection: &Key) -> Result<Self, Error> {
        if !version.fits(protection) {
            return Err(Error::KeyUsage);
        }
        let (encryption, mac) = match version {
            Version::A | Version::C => {
                (varied(protection, ENCRYPTION_VARIANT)?, varied(protection, MAC_VARIANT)?)
            }
            Version::B | Version::D => {
                (derived(protection, Purpose::Encryption)?, derived(protection, Purpose::Mac)?)
            }
            Version::E => {
                (derived(protection, Purpose::Counter)?, derived(protection, Purpose::Mac)?)
            }
        };
        Ok(Self { version, encryption, mac })
    }

    /// Encrypts `data` in place and returns the MAC over it and `header`.
    pub(super) fn seal(&self, header: &[u8], data: &mut [u8]) -> Result<Secret<Vec<u8>>, Error> {
        if self.version.is_legacy() {
            encrypt_any(&self.encryption, &Mode::Cbc(legacy_iv(header)?), data)?;
            return self.authenticated(header, data);
        }
        let mac = self.authenticated(header, data)?;
        encrypt_any(&self.encryption, &self.mode(mac.expose()), data)?;
        Ok(mac)
    }

    /// Decrypts `data` in place and says whether the MAC is right; if not, `data` is nothing.
    pub(super) fn open(&self, header: &[u8], data: &mut [u8], mac: &[u8]) -> Result<Choice, Error> {
        if self.version.is_legacy() {
            let right = self.authenticated(header, data)?.ct_eq(mac);
            decrypt_any(&self.encryption, &Mode::Cbc(legacy_iv(header)?), data)?;
            return Ok(right);
        }
        decrypt_any(&self.encryption, &self.mode(mac), data)?;
        Ok(self.authenticated(header, data)?.ct_eq(mac))
    }

    fn mode<'a>(&self, mac: &'a [u8]) -> Mode<'a> {
        if self.version == Version::E { Mode::Ctr(mac) } else { Mode::Cbc(mac) }
    }

    fn authenticated(&self, header: &[u8], data: &[u8]) -> Result<Secret<Vec<u8>>, Error> {
        let message = Secret::new([header, data].concat());
        let mut mac = match self.version {
            Version::A | Version::C => tdes_cbc_mac(&self.mac, message.expose())?,
            Version::B | Version::D | Version::E => cmac(&self.mac, message.expose())?,
        };
        mac.expose_mut().truncate(self.version.mac_bytes());
        Ok(mac)
    }
}

fn legacy_iv(header: &[u8]) -> Result<&[u8], Error> {
    header.get(..8).ok_or(Error::Internal)
}

/// Every byte of the key changed alike.
fn varied(protection: &Key, variant: u8) -> Result<Key, Error> {
    let mut bytes = Secret::new(protection.expose().to_vec());
    bytes.expose_mut().iter_mut().for_each(|byte| *byte ^= variant);
    Key::tdes(bytes.expose())
}

/// As many CMACs of a counter and a purpose as the key is long.
fn derived(protection: &Key, purpose: Purpose) -> Result<Key, Error> {
    let length = protection.expose().len();
    let algorithm: u8 = match (protection.algorithm(), length) {
        (Algorithm::Tdes, 16) => 0,
        (Algorithm::Tdes, _) => 1,
        (Algorithm::Aes, 16) => 2,
        (Algorithm::Aes, 24) => 3,
        (Algorithm::Aes, _) => 4,
    };
    let bits = u16::try_from(length * 8).map_err(|_| Error::Internal)?.to_be_bytes();
    let mut bytes = Secret::new(Vec::with_capacity(48));
    for counter in (1..).take(length.div_ceil(protection.block_bytes())) {
        let input = [counter, 0, purpose as u8, 0, 0, algorithm, bits[0], bits[1]];
        bytes.expose_mut().extend_from_slice(cmac(protection, &input)?.expose());
    }
    Key::new(protection.algorithm(), &bytes.expose()[..length])
}

//! Keys that protect a block, and what they do.

use subtle::Choice;
use typex_core::Secret;

use super::Version;
use crate::payment::cipher::{Mode, decrypt_any, encrypt_any};
use crate::payment::lanes::{Bytes, Lanes};
use crate::payment::mac::Padding;
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
    pub async fn derive(lanes: &Lanes, version: Version, protection: &Key) -> Result<Self, Error> {
        if !version.fits(protection) {
            return Err(Error::KeyUsage);
        }
        let purpose = match version {
            Version::A | Version::C => {
                let encryption = varied(protection, ENCRYPTION_VARIANT)?;
                return Ok(Self { version, encryption, mac: varied(protection, MAC_VARIANT)? });
            }
            Version::B | Version::D => Purpose::Encryption,
            Version::E => Purpose::Counter,
        };
        let [encryption, mac] = derived(lanes, protection, [purpose, Purpose::Mac]).await?;
        Ok(Self { version, encryption, mac })
    }

    /// Encrypts `data` and gives the MAC over it and `header` with it.
    pub(super) async fn seal(
        &self,
        lanes: &Lanes,
        header: &[u8],
        data: Bytes,
    ) -> Result<(Bytes, Bytes), Error> {
        if self.version.is_legacy() {
            let mode = Mode::Cbc(legacy_iv(header)?);
            let data = encrypt_any(lanes, &self.encryption, &mode, data).await?;
            let mac = self.authenticated(lanes, header, &data).await?;
            return Ok((data, mac));
        }
        let mac = self.authenticated(lanes, header, &data).await?;
        let mode = self.mode(mac.expose());
        let data = encrypt_any(lanes, &self.encryption, &mode, data).await?;
        Ok((data, mac))
    }

    /// Decrypts `data` and says whether the MAC is right; if not, `data` is nothing.
    pub(super) async fn open(
        &self,
        lanes: &Lanes,
        header: &[u8],
        data: Bytes,
        mac: &[u8],
    ) -> Result<(Bytes, Choice), Error> {
        if self.version.is_legacy() {
            let right = self.authenticated(lanes, header, &data).await?.ct_eq(mac);
            let mode = Mode::Cbc(legacy_iv(header)?);
            return Ok((decrypt_any(lanes, &self.encryption, &mode, data).await?, right));
        }
        let data = decrypt_any(lanes, &self.encryption, &self.mode(mac), data).await?;
        let right = self.authenticated(lanes, header, &data).await?.ct_eq(mac);
        Ok((data, right))
    }

    fn mode<'a>(&self, mac: &'a [u8]) -> Mode<'a> {
        if self.version == Version::E { Mode::Ctr(mac) } else { Mode::Cbc(mac) }
    }

    async fn authenticated(
        &self,
        lanes: &Lanes,
        header: &[u8],
        data: &Bytes,
    ) -> Result<Bytes, Error> {
        let message = Secret::new([header, data.expose()].concat());
        let mac = match self.version {
            Version::A | Version::C => {
                lanes.chained_mac(&self.mac, message.expose(), Padding::Zeros)
            }
            Version::B | Version::D | Version::E => lanes.cmac(&self.mac, message.expose()),
        };
        let mut mac = mac.await?;
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

/// For each purpose as many CMACs of a counter and the purpose as the key is long.
async fn derived(
    lanes: &Lanes,
    protection: &Key,
    purposes: [Purpose; 2],
) -> Result<[Key; 2], Error> {
    let length = protection.expose().len();
    let algorithm: u8 = match (protection.algorithm(), length) {
        (Algorithm::Tdes, 16) => 0,
        (Algorithm::Tdes, _) => 1,
        (Algorithm::Aes, 16) => 2,
        (Algorithm::Aes, 24) => 3,
        (Algorithm::Aes, _) => 4,
    };
    let bits = u16::try_from(length * 8).map_err(|_| Error::Internal)?.to_be_bytes();
    let blocks = length.div_ceil(protection.block_bytes());
    let pieces = purposes.into_iter().flat_map(|purpose| {
        let counters = (1..).take(blocks);
        counters.map(move |at| [at, 0, purpose as u8, 0, 0, algorithm, bits[0], bits[1]])
    });
    let pieces: Vec<[u8; 8]> = pieces.collect();
    let bytes = lanes.cmac_each(protection, pieces.as_flattened()).await?;
    let (one, two) = bytes.expose().split_at(blocks * protection.block_bytes());
    let key = |bytes: &[u8]| Key::new(protection.algorithm(), &bytes[..length]);
    Ok([key(one)?, key(two)?])
}

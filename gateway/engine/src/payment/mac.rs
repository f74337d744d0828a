//! Message authentication codes.

use hmac::{Hmac, KeyInit, Mac};
use sha2::{Sha224, Sha256, Sha384, Sha512};
use subtle::ConstantTimeEq;
use typex_core::Secret;
use typex_kernels::tdes;

use super::lanes::{Bytes, Lanes};
use super::limits::{HMAC_KEY_BYTES_MIN, MAC_BYTES_MIN, MAC_MESSAGE_BYTES_MAX};
use super::outcome::public;
use super::{Error, Key};

/// How a message is filled up to whole blocks (ISO 9797-1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Padding {
    /// Zeros, none if there are whole blocks already; a block of them for no message.
    Zeros,
    /// One bit, then zeros; always something.
    Bit,
    /// Zeros as in the first, and a block with the number of bits in front.
    Length,
}

/// A hash of the SHA-2 family under HMAC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Hash {
    /// SHA-224
    Sha224,
    /// SHA-256
    Sha256,
    /// SHA-384
    Sha384,
    /// SHA-512
    Sha512,
}

/// A clear key of HMAC: 16 bytes up to a block of the hash.
pub struct HmacKey {
    hash: Hash,
    bytes: Secret<Vec<u8>>,
}

/// A MAC algorithm and its key.
#[derive(Clone, Copy)]
pub enum MacWith<'a> {
    /// ISO 9797-1 algorithm 1 with triple DES for every block, which is also ISO 16609. Forgeable
    /// where messages of several lengths are authenticated.
    Iso1(&'a Key, Padding),
    /// ISO 9797-1 algorithm 3 with DES: the retail MAC. The key is of 16 bytes.
    Iso3(&'a Key, Padding),
    /// SP 800-38B with either cipher.
    Cmac(&'a Key),
    /// RFC 2104.
    Hmac(&'a HmacKey),
}

impl From<Padding> for tdes::Padding {
    fn from(padding: Padding) -> Self {
        match padding {
            Padding::Zeros => Self::Zeros,
            Padding::Bit => Self::OneBit,
            Padding::Length => Self::Length,
        }
    }
}

impl Hash {
    /// Bytes of its output.
    pub fn bytes(self) -> usize {
        match self {
            Self::Sha224 => 28,
            Self::Sha256 => 32,
            Self::Sha384 => 48,
            Self::Sha512 => 64,
        }
    }

    /// Bytes of the blocks it works on.
    pub fn block_bytes(self) -> usize {
        match self {
            Self::Sha224 | Self::Sha256 => 64,
            Self::Sha384 | Self::Sha512 => 128,
        }
    }
}

impl HmacKey {
    /// A key of 16 bytes up to a block of the hash.
    ///
    /// # Errors
    /// [`Error::InvalidInput`] for another length.
    pub fn new(hash: Hash, bytes: &[u8]) -> Result<Self, Error> {
        if !(HMAC_KEY_BYTES_MIN..=hash.block_bytes()).contains(&bytes.len()) {
            return Err(Error::InvalidInput);
        }
        Ok(Self { hash, bytes: Secret::new(bytes.to_vec()) })
    }

    /// Its hash.
    pub fn hash(&self) -> Hash {
        self.hash
    }

    /// The key itself. Every call is a place to review.
    pub fn expose(&self) -> &[u8] {
        self.bytes.expose()
    }
}

/// The first `bytes` of the MAC: 4 up to the whole, which is a block of the cipher or the output
/// of the hash.
///
/// # Errors
/// [`Error::InvalidInput`] for that length or a message over [`MAC_MESSAGE_BYTES_MAX`],
/// [`Error::KeyUsage`] for a key of another cipher or length than the algorithm has.
pub async fn generate(
    lanes: &Lanes,
    with: MacWith<'_>,
    message: &[u8],
    bytes: usize,
) -> Result<Vec<u8>, Error> {
    let mac = computed(lanes, with, message, bytes).await?;
    Ok(mac.expose()[..bytes].to_vec())
}

/// Compares with `mac`, which may be cut to 4 bytes, in constant time.
///
/// # Errors
/// [`Error::InvalidMac`] if they differ; as of [`generate`].
pub async fn verify(
    lanes: &Lanes,
    with: MacWith<'_>,
    message: &[u8],
    mac: &[u8],
) -> Result<(), Error> {
    let expected = computed(lanes, with, message, mac.len()).await?;
    let same = expected.expose()[..mac.len()].ct_eq(mac);
    if public(same).into() { Ok(()) } else { Err(Error::InvalidMac) }
}

/// The whole MAC, which is at least `bytes` long.
async fn computed(
    lanes: &Lanes,
    with: MacWith<'_>,
    message: &[u8],
    bytes: usize,
) -> Result<Bytes, Error> {
    if message.len() > MAC_MESSAGE_BYTES_MAX || bytes < MAC_BYTES_MIN {
        return Err(Error::InvalidInput);
    }
    let mac = match with {
        MacWith::Iso1(key, padding) => lanes.chained_mac(key, message, padding).await?,
        MacWith::Iso3(key, padding) => lanes.retail_mac(key, message, padding).await?,
        MacWith::Cmac(key) => lanes.cmac(key, message).await?,
        MacWith::Hmac(key) => hmac(key, message),
    };
    if bytes > mac.expose().len() { Err(Error::InvalidInput) } else { Ok(mac) }
}

pub(crate) fn hmac(key: &HmacKey, message: &[u8]) -> Secret<Vec<u8>> {
    let bytes = key.bytes.expose();
    Secret::new(match key.hash {
        Hash::Sha224 => run::<Hmac<Sha224>>(bytes, message),
        Hash::Sha256 => run::<Hmac<Sha256>>(bytes, message),
        Hash::Sha384 => run::<Hmac<Sha384>>(bytes, message),
        Hash::Sha512 => run::<Hmac<Sha512>>(bytes, message),
    })
}

fn run<M: Mac + KeyInit>(key: &[u8], message: &[u8]) -> Vec<u8> {
    let mut state = <M as KeyInit>::new_from_slice(key).expect("HMAC takes any key");
    state.update(message);
    state.finalize().into_bytes().to_vec()
}

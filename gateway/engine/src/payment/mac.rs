//! Message authentication codes.

use hmac::{Hmac, KeyInit, Mac};
use sha2::{Sha224, Sha256, Sha384, Sha512};
use subtle::ConstantTimeEq;
use typex_core::Secret;
use typex_kernels::tdes::DesKey;

use super::cipher::add;
use super::limits::{HMAC_KEY_BYTES_MIN, MAC_BYTES_MIN, MAC_MESSAGE_BYTES_MAX};
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
pub fn generate(with: MacWith<'_>, message: &[u8], bytes: usize) -> Result<Vec<u8>, Error> {
    let mac = computed(with, message, bytes)?;
    Ok(mac.expose()[..bytes].to_vec())
}

/// Compares with `mac`, which may be cut to 4 bytes, in constant time.
///
/// # Errors
/// [`Error::InvalidMac`] if they differ; as of [`generate`].
pub fn verify(with: MacWith<'_>, message: &[u8], mac: &[u8]) -> Result<(), Error> {
    let expected = computed(with, message, mac.len())?;
    let same = bool::from(expected.expose()[..mac.len()].ct_eq(mac));
    if same { Ok(()) } else { Err(Error::InvalidMac) }
}

/// The whole MAC, which is at least `bytes` long.
fn computed(with: MacWith<'_>, message: &[u8], bytes: usize) -> Result<Secret<Vec<u8>>, Error> {
    if message.len() > MAC_MESSAGE_BYTES_MAX || bytes < MAC_BYTES_MIN {
        return Err(Error::InvalidInput);
    }
    let mac = match with {
        MacWith::Iso1(key, padding) => tdes_cbc_mac(key, padded(message, padding).expose())?,
        MacWith::Iso3(key, padding) => {
            Secret::new(retail(key, message, padding)?.expose().to_vec())
        }
        MacWith::Cmac(key) => cmac(key, message)?,
        MacWith::Hmac(key) => hmac(key, message),
    };
    if bytes > mac.expose().len() { Err(Error::InvalidInput) } else { Ok(mac) }
}

/// CBC-MAC with a cipher over whole blocks of 8 bytes.
fn cbc_mac(encrypt: impl Fn(&[u8; 8]) -> [u8; 8], blocks: &[u8]) -> Secret<[u8; 8]> {
    let mut state = Secret::new([0; 8]);
    for block in blocks.chunks(8) {
        add(state.expose_mut(), block);
        *state.expose_mut() = encrypt(state.expose());
    }
    state
}

/// CBC-MAC with triple DES over whole blocks.
///
/// # Errors
/// [`Error::KeyUsage`] for a key of another cipher.
pub(super) fn tdes_cbc_mac(key: &Key, blocks: &[u8]) -> Result<Secret<Vec<u8>>, Error> {
    let key = key.triple().ok_or(Error::KeyUsage)?;
    let mac = cbc_mac(|block| key.encrypt_block(block), blocks);
    Ok(Secret::new(mac.expose().to_vec()))
}

/// ISO 9797-1 algorithm 3 with DES, whole.
///
/// # Errors
/// [`Error::KeyUsage`] unless the key is of 16 bytes and triple DES.
pub(super) fn retail(
    key: &Key,
    message: &[u8],
    padding: Padding,
) -> Result<Secret<[u8; 8]>, Error> {
    let (first, second) = key.halves()?;
    let (first, second) = (DesKey::new(first), DesKey::new(second));
    let blocks = padded(message, padding);
    let last = cbc_mac(|block| first.encrypt_block(block), blocks.expose());
    let last = Secret::new(second.decrypt_block(last.expose()));
    Ok(Secret::new(first.encrypt_block(last.expose())))
}

/// The message in whole blocks of 8 bytes.
fn padded(message: &[u8], padding: Padding) -> Secret<Vec<u8>> {
    let mut blocks = Vec::with_capacity(message.len() + 24);
    if padding == Padding::Length {
        blocks.extend_from_slice(&(message.len() as u64 * 8).to_be_bytes());
    }
    blocks.extend_from_slice(message);
    match padding {
        Padding::Bit => blocks.push(0x80),
        Padding::Zeros | Padding::Length if message.is_empty() => blocks.extend([0; 8]),
        Padding::Zeros | Padding::Length => {}
    }
    blocks.resize(blocks.len().next_multiple_of(8), 0);
    Secret::new(blocks)
}

/// CMAC, a block long.
pub(super) fn cmac(key: &Key, message: &[u8]) -> Result<Secret<Vec<u8>>, Error> {
    match key.rounds() {
        Some(rounds) => Ok(Secret::new(typex_kernels::cmac(rounds, message).to_vec())),
        None => tdes_cmac(key, message),
    }
}

fn tdes_cmac(key: &Key, message: &[u8]) -> Result<Secret<Vec<u8>>, Error> {
    let whole = !message.is_empty() && message.len().is_multiple_of(8);
    let one = doubled(&key.tdes_block([0; 8])?);
    let mask = if whole { one } else { doubled(&one) };
    let mut blocks = Secret::new(message.to_vec());
    if !whole {
        blocks = padded(message, Padding::Bit);
    }
    let last = blocks.expose().len().saturating_sub(8);
    add(&mut blocks.expose_mut()[last..], mask.expose());
    tdes_cbc_mac(key, blocks.expose())
}

/// Multiplied by x in the field of 64-bit blocks.
fn doubled(block: &Secret<[u8; 8]>) -> Secret<[u8; 8]> {
    let value = u64::from_be_bytes(*block.expose());
    let reduced = (value >> 63).wrapping_neg() & 0x1b;
    Secret::new((value << 1 ^ reduced).to_be_bytes())
}

pub(super) fn hmac(key: &HmacKey, message: &[u8]) -> Secret<Vec<u8>> {
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

//! From text to key.

use typex_core::Secret;

use super::header::{HEADER, Parsed};
use super::{Header, KeyAlgorithm, ModeOfUse, OptionalBlock, ProtectionKeys, Usage, optional};
use crate::payment::lanes::Lanes;
use crate::payment::limits::KEY_BLOCK_CHARS_MAX;
use crate::payment::outcome::public;
use crate::payment::{Algorithm, Error, Key};

/// A key block, opened.
pub struct KeyBlock {
    /// What it says of its key.
    pub header: Header,
    /// The rest of it.
    pub blocks: Vec<OptionalBlock>,
    /// The key, of a length that its algorithm has.
    pub key: Secret<Vec<u8>>,
}

/// What a key that comes with a request is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Side {
    /// To decrypt what comes in.
    Incoming,
    /// To encrypt what goes out.
    Outgoing,
}

/// A block taken apart, nothing decrypted.
struct Parts<'a> {
    header: Header,
    blocks: Vec<OptionalBlock>,
    /// Header and optional blocks, as they are authenticated.
    clear: &'a [u8],
    encrypted: Secret<Vec<u8>>,
    mac: Vec<u8>,
}

/// Opens a key block. Hexadecimal parts are in upper case, so that a block has one form only.
///
/// # Errors
/// [`Error::KeyBlockInvalid`], whatever the reason.
pub async fn read(lanes: &Lanes, protection: &Key, text: &[u8]) -> Result<KeyBlock, Error> {
    opened(lanes, protection, text).await.ok_or(Error::KeyBlockInvalid)
}

/// Opens a key block with a key for the data of one request.
///
/// # Errors
/// [`Error::KeyBlockInvalid`], whatever the reason; [`Error::KeyUsage`] unless the usage is data
/// encryption, the mode allows the side and the key is of AES or triple DES.
pub async fn data_key(
    lanes: &Lanes,
    protection: &Key,
    text: &[u8],
    side: Side,
) -> Result<Key, Error> {
    let KeyBlock { header, key, .. } = read(lanes, protection, text).await?;
    let permitted = match side {
        Side::Incoming => matches!(header.mode, ModeOfUse::Both | ModeOfUse::Decrypt),
        Side::Outgoing => matches!(header.mode, ModeOfUse::Both | ModeOfUse::Encrypt),
    };
    match header.algorithm {
        _ if header.usage != Usage::DATA || !permitted => Err(Error::KeyUsage),
        KeyAlgorithm::Aes => Key::new(Algorithm::Aes, key.expose()),
        KeyAlgorithm::Tdes => Key::new(Algorithm::Tdes, key.expose()),
        _ => Err(Error::KeyUsage),
    }
}

async fn opened(lanes: &Lanes, protection: &Key, text: &[u8]) -> Option<KeyBlock> {
    let parts = Parts::of(text).filter(|parts| parts.header.version.fits(protection))?;
    let keys = ProtectionKeys::derive(lanes, parts.header.version, protection).await.ok()?;
    let Parts { header, blocks, clear, encrypted, mac } = parts;
    let (data, right) = keys.open(lanes, clear, encrypted, &mac).await.ok()?;
    if !bool::from(public(right)) {
        return None;
    }
    let key = key_of(header.algorithm, data.expose())?;
    Some(KeyBlock { header, blocks, key })
}

impl<'a> Parts<'a> {
    fn of(text: &'a [u8]) -> Option<Self> {
        let printable = text.iter().all(|character| matches!(character, b' '..=b'~'));
        if text.len() > KEY_BLOCK_CHARS_MAX || !printable {
            return None;
        }
        let Parsed { header, characters, optional_blocks } = Header::parse(text)?;
        let (blocks, length) = optional::parse(&text[HEADER..], optional_blocks)?;
        let (clear, rest) = text.split_at(HEADER + length);
        let mac_at = rest.len().checked_sub(2 * header.version.mac_bytes())?;
        let encrypted = Secret::new(bytes(&rest[..mac_at])?);
        let multiple = header.version.multiple();
        let sound = characters == text.len()
            && length.is_multiple_of(multiple)
            && !encrypted.expose().is_empty()
            && encrypted.expose().len().is_multiple_of(multiple);
        let mac = bytes(&rest[mac_at..])?;
        sound.then_some(Self { header, blocks, clear, encrypted, mac })
    }
}

/// The key behind its length in bits.
fn key_of(algorithm: KeyAlgorithm, data: &[u8]) -> Option<Secret<Vec<u8>>> {
    let (bits, rest) = data.split_first_chunk()?;
    let bits = usize::from(public(u16::from_be_bytes(*bits)));
    let whole = bits.is_multiple_of(8) && algorithm.has_length(bits / 8);
    rest.get(..bits / 8).filter(|_| whole).map(|key| Secret::new(key.to_vec()))
}

/// Bytes of hexadecimal digits in upper case.
fn bytes(text: &[u8]) -> Option<Vec<u8>> {
    let upper = text.iter().all(|character| !character.is_ascii_lowercase());
    const_hex::decode(text).ok().filter(|_| upper)
}

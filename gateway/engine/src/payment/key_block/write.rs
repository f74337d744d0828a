//! From key to text.

use typex_core::Secret;

use super::{Header, KeyAlgorithm, OptionalBlock, ProtectionKeys, Version, optional};
use crate::payment::lanes::Lanes;
use crate::payment::limits::{BLOCK_KEY_BYTES_MAX, KEY_BLOCK_CHARS_MAX};
use crate::payment::outcome::public;
use crate::payment::{Algorithm, Error, Key};

/// How far a key is padded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Form {
    /// As if it were the longest of its algorithm, so that its length does not show.
    #[default]
    Long,
    /// To whole blocks of the cipher, as older writers do.
    Short,
}

/// What a writer may do. The default is strict.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Writing {
    /// How far the key is padded.
    pub form: Form,
    /// Whether a key may be wrapped under one that is weaker.
    pub allows_stronger: bool,
    /// Whether versions A and C may be written.
    pub allows_legacy: bool,
}

/// What a block is written of.
#[derive(Clone, Copy)]
pub struct Contents<'a> {
    /// What it says of its key.
    pub header: &'a Header,
    /// At most 99.
    pub blocks: &'a [OptionalBlock],
    /// The key, of a length that the header's algorithm has.
    pub key: &'a [u8],
}

/// Random bytes that a block takes: of the padding of the key, and of the text that fills
/// optional blocks up.
pub struct Fill<'a> {
    /// As many as [`fill_bytes`] says.
    pub key: &'a [u8],
    /// At least 20; not looked at if the optional blocks need none.
    pub text: &'a [u8],
}

/// Writes a key block. If the optional blocks are not as long as the version needs them, another
/// is appended.
///
/// # Errors
/// [`Error::KeyUsage`] for a protection key of another cipher than the version's, version E,
/// versions A and C and a key that is stronger than the protection key unless they are allowed,
/// and a usage that does not go with algorithm or mode. [`Error::InvalidInput`] for a key whose
/// length the algorithm does not have, optional blocks or a header that cannot be written, a block
/// that gets too long, and a fill of another length.
pub async fn write(
    lanes: &Lanes,
    protection: &Key,
    contents: Contents<'_>,
    fill: &Fill<'_>,
    writing: Writing,
) -> Result<String, Error> {
    let Contents { header, blocks, key } = contents;
    check(protection, header, key, writing)?;
    let multiple = header.version.multiple();
    let (optional, count) =
        optional::text(blocks, multiple, fill.text).ok_or(Error::InvalidInput)?;
    let data = laid_out(header, key, fill.key, writing.form)?;
    let hexadecimal = 2 * (data.expose().len() + header.version.mac_bytes());
    let characters = 16 + optional.len() + hexadecimal;
    if characters > KEY_BLOCK_CHARS_MAX {
        return Err(Error::InvalidInput);
    }
    let mut text = header.text(characters, count) + &optional;
    let keys = ProtectionKeys::derive(lanes, header.version, protection).await?;
    let (data, mac) = keys.seal(lanes, text.as_bytes(), data).await?;
    for enciphered in [data.expose().as_slice(), mac.expose().as_slice()] {
        let seen: Vec<_> = enciphered.iter().copied().map(public).collect();
        text.push_str(&const_hex::encode_upper(seen));
    }
    Ok(text)
}

/// Random bytes behind a key of so many bytes.
pub fn fill_bytes(version: Version, algorithm: KeyAlgorithm, bytes: usize, form: Form) -> usize {
    let shown = match form {
        Form::Long => algorithm.longest().unwrap_or_default().max(bytes),
        Form::Short => bytes,
    };
    (2 + shown).next_multiple_of(version.multiple()) - 2 - bytes
}

fn check(protection: &Key, header: &Header, key: &[u8], writing: Writing) -> Result<(), Error> {
    let Header { version, usage, algorithm, mode, .. } = *header;
    let own = match protection.algorithm() {
        Algorithm::Aes => KeyAlgorithm::Aes,
        Algorithm::Tdes => KeyAlgorithm::Tdes,
    };
    let is_stronger = algorithm.strength(key.len()) > own.strength(protection.expose().len());
    let refused = !version.fits(protection)
        || version == Version::E
        || (version.is_legacy() && !writing.allows_legacy)
        || (is_stronger && !writing.allows_stronger)
        || !algorithm.is_for(usage)
        || !usage.goes_with(mode);
    let sound =
        header.is_sound() && algorithm.has_length(key.len()) && key.len() <= BLOCK_KEY_BYTES_MAX;
    match (refused, sound) {
        (true, _) => Err(Error::KeyUsage),
        (_, false) => Err(Error::InvalidInput),
        _ => Ok(()),
    }
}

/// Length in bits, key, random bytes.
fn laid_out(
    header: &Header,
    key: &[u8],
    fill: &[u8],
    form: Form,
) -> Result<Secret<Vec<u8>>, Error> {
    let bits = u16::try_from(8 * key.len()).map_err(|_| Error::InvalidInput)?;
    if fill.len() != fill_bytes(header.version, header.algorithm, key.len(), form) {
        return Err(Error::InvalidInput);
    }
    Ok(Secret::new([bits.to_be_bytes().as_slice(), key, fill].concat()))
}

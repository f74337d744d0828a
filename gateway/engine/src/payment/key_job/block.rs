//! Key blocks of stored keys.

use typex_core::Secret;
use typex_core::key::payment::{Algorithm, Attributes, Context, MacHash};

use super::{HeldKey, Says};
use crate::payment::key_block::{
    self, Contents, Fill, Form, Header, KeyAlgorithm, KeyBlock, OptionalBlock, Version, Writing,
};
use crate::payment::lanes::Lanes;
use crate::payment::{Algorithm as Cipher, Error};

/// Random bytes of the padding of a key: of the longest key, to a whole block.
pub(super) const KEY_FILL_BYTES: usize = 64;
/// Random bytes of the text that fills optional blocks up.
pub(super) const TEXT_FILL_BYTES: usize = 20;

/// Says which hash an HMAC key is for.
const HASH: [u8; 2] = *b"HM";
/// The hashes by their codes of X9.143.
const HASHES: [(&[u8], MacHash); 4] = [
    (b"20", MacHash::Sha224),
    (b"21", MacHash::Sha256),
    (b"22", MacHash::Sha384),
    (b"23", MacHash::Sha512),
];

/// The key of a block, and what the block says of it.
///
/// # Errors
/// [`Error::KeyBlockInvalid`] for a defect, and for a key of a kind that is not stored.
pub(super) async fn open(
    lanes: &Lanes,
    under: &HeldKey,
    text: &[u8],
) -> Result<(Attributes, Secret<Vec<u8>>), Error> {
    let block = key_block::read(lanes, &under.cipher()?, text).await?;
    let attributes = said(&block).ok_or(Error::KeyBlockInvalid)?;
    Ok((attributes, block.key))
}

fn said(block: &KeyBlock) -> Option<Attributes> {
    let KeyBlock { header, blocks, key } = block;
    // A component is not a key.
    if header.key_version[0] == b'c' {
        return None;
    }
    let algorithm = match header.algorithm {
        KeyAlgorithm::Hmac => Algorithm::Hmac(hash_of(blocks)?),
        other => Algorithm::of_block(other.code(), key.expose().len())?,
    };
    let attributes = Attributes::new(header.usage, algorithm, header.mode);
    let context = Context::from_code(header.context)?;
    Some(Attributes { exportability: header.exportability, context, ..attributes })
}

fn hash_of(blocks: &[OptionalBlock]) -> Option<MacHash> {
    let said = blocks.iter().find(|block| block.id == HASH)?;
    HASHES.iter().find(|(code, _)| *code == said.data).map(|(_, hash)| *hash)
}

/// The block of a key: version B under triple DES, D under AES.
///
/// # Errors
/// As [`key_block::write`].
pub(in crate::payment) async fn write(
    lanes: &Lanes,
    under: &HeldKey,
    key: &HeldKey,
    says: &Says,
    fill: &[u8],
) -> Result<String, Error> {
    let protection = under.cipher()?;
    let version = match protection.algorithm() {
        Cipher::Aes => Version::D,
        Cipher::Tdes => Version::B,
    };
    let header = header(version, &key.attributes, says).ok_or(Error::KeyUsage)?;
    let blocks = blocks(&key.attributes, says);
    let key = key.symmetric()?.expose();
    let wanted = key_block::fill_bytes(version, header.algorithm, key.len(), Form::Long);
    let (key_fill, text) = fill.split_at_checked(KEY_FILL_BYTES).ok_or(Error::Internal)?;
    let key_fill = key_fill.get(..wanted).ok_or(Error::Internal)?;
    let fill = Fill { key: key_fill, text };
    let contents = Contents { header: &header, blocks: &blocks, key };
    key_block::write(lanes, &protection, contents, &fill, Writing::default()).await
}

fn header(version: Version, attributes: &Attributes, says: &Says) -> Option<Header> {
    let algorithm = attributes.algorithm.code();
    Some(Header {
        version,
        usage: attributes.usage,
        algorithm: KeyAlgorithm::ALL.into_iter().find(|one| one.code() == algorithm)?,
        mode: says.mode,
        key_version: says.key_version,
        exportability: says.exportability,
        context: attributes.context.code(),
    })
}

fn blocks(attributes: &Attributes, says: &Says) -> Vec<OptionalBlock> {
    let asked = says.blocks.iter();
    let mut blocks: Vec<_> =
        asked.map(|(id, text)| OptionalBlock { id: *id, data: text.as_bytes().to_vec() }).collect();
    if let Algorithm::Hmac(hash) = attributes.algorithm {
        let code = HASHES.iter().find(|(_, one)| *one == hash).map(|(code, _)| code.to_vec());
        blocks.retain(|block| block.id != HASH);
        blocks.extend(code.map(|data| OptionalBlock { id: HASH, data }));
    }
    blocks
}

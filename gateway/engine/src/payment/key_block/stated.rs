//! What a header says of a key, in the words of stored keys.

use typex_core::key::payment::{Algorithm, Attributes, Entry};

use super::Header;
use crate::payment::Error;

/// What the header of a block says of its key, before anything is verified: for policy to judge.
/// Of the algorithm only the family is known, and its shortest length given. Reading the block
/// then verifies the header.
///
/// # Errors
/// [`Error::KeyBlockInvalid`] for a text without a header; [`Error::KeyUsage`] for a key that
/// is not of triple DES or AES.
pub fn stated(text: &[u8]) -> Result<Attributes, Error> {
    let header = Header::parse(text).ok_or(Error::KeyBlockInvalid)?.header;
    attributes(&header, SHORTEST_BYTES).ok_or(Error::KeyUsage)
}

/// Bytes of the shortest key of triple DES and of AES.
const SHORTEST_BYTES: usize = 16;

/// What a verified header says of a key of this length; none of other algorithms.
pub(in crate::payment) fn attributes(header: &Header, key_bytes: usize) -> Option<Attributes> {
    let algorithm = Algorithm::of_block(header.algorithm.code(), key_bytes)?;
    let attributes = Attributes::new(header.usage, algorithm, header.mode);
    Some(Attributes { entry: Entry::CallerBlock, ..attributes })
}

//! Jobs: one message with its own key, checked when it is built.

use super::{Block, SliceKey, TdesKey};

/// A message is not a whole number of 8-byte blocks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the message is not a whole number of 8-byte blocks")]
pub struct LengthError;

/// A message for ECB in place: every block on its own. A batch of single blocks is a batch of
/// such messages.
pub struct EcbJob<'a, K: SliceKey = TdesKey> {
    pub(super) key: &'a K,
    pub(super) data: &'a mut [Block],
}

impl<'a, K: SliceKey> EcbJob<'a, K> {
    /// A job over `data`, zero or more whole blocks.
    ///
    /// # Errors
    /// [`LengthError`].
    pub fn new(key: &'a K, data: &'a mut [u8]) -> Result<Self, LengthError> {
        Ok(Self { key, data: blocks_mut(data)? })
    }
}

/// A message for CBC encryption or decryption in place.
pub struct CbcJob<'a> {
    pub(super) key: &'a TdesKey,
    pub(super) iv: Block,
    pub(super) data: &'a mut [Block],
}

impl<'a> CbcJob<'a> {
    /// A job over `data`, zero or more whole blocks.
    ///
    /// # Errors
    /// [`LengthError`].
    pub fn new(key: &'a TdesKey, iv: Block, data: &'a mut [u8]) -> Result<Self, LengthError> {
        Ok(Self { key, iv, data: blocks_mut(data)? })
    }
}

/// `data` as whole blocks.
pub(super) fn blocks_mut(data: &mut [u8]) -> Result<&mut [Block], LengthError> {
    match data.as_chunks_mut() {
        (blocks, []) => Ok(blocks),
        _ => Err(LengthError),
    }
}

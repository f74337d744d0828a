//! Jobs: one message with its own key, checked when it is built.

use crate::{Block, RoundKeys, cmac};

/// A message has a length that its mode does not take.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LengthError {
    /// CBC-MAC of nothing would be a constant, whatever the key.
    #[error("the message is empty")]
    Empty,
    /// The mode takes whole 16-byte blocks.
    #[error("the message is not a whole number of 16-byte blocks")]
    PartialBlock,
}

/// A message for CBC encryption or decryption in place.
pub struct CbcJob<'a> {
    pub(crate) keys: &'a RoundKeys,
    pub(crate) iv: Block,
    pub(crate) data: &'a mut [Block],
}

impl<'a> CbcJob<'a> {
    /// A job over `data`, zero or more whole blocks.
    ///
    /// # Errors
    /// [`LengthError::PartialBlock`].
    #[inline(always)]
    pub fn new(keys: &'a RoundKeys, iv: Block, data: &'a mut [u8]) -> Result<Self, LengthError> {
        Ok(Self { keys, iv, data: blocks_mut(data)? })
    }
}

/// A message for ECB in place: every block on its own.
pub struct EcbJob<'a> {
    pub(crate) keys: &'a RoundKeys,
    pub(crate) data: &'a mut [Block],
}

impl<'a> EcbJob<'a> {
    /// A job over `data`, zero or more whole blocks.
    ///
    /// # Errors
    /// [`LengthError::PartialBlock`].
    #[inline(always)]
    pub fn new(keys: &'a RoundKeys, data: &'a mut [u8]) -> Result<Self, LengthError> {
        Ok(Self { keys, data: blocks_mut(data)? })
    }
}

/// A message for CTR in place, of any length.
pub struct CtrJob<'a> {
    pub(crate) keys: &'a RoundKeys,
    pub(crate) counter: Block,
    pub(crate) data: &'a mut [u8],
}

impl<'a> CtrJob<'a> {
    /// A job over `data`; `counter` is the first counter block, a 128-bit big-endian number that
    /// wraps.
    #[must_use]
    #[inline(always)]
    pub fn new(keys: &'a RoundKeys, counter: Block, data: &'a mut [u8]) -> Self {
        Self { keys, counter, data }
    }
}

/// A message for CBC-MAC with a zero IV.
///
/// Safe only where the length is fixed or authenticated otherwise; see [`CmacJob`].
pub struct MacJob<'a> {
    pub(crate) keys: &'a RoundKeys,
    pub(crate) data: &'a [Block],
    pub(crate) tag: Block,
}

impl<'a> MacJob<'a> {
    /// A job over `data`, one or more whole blocks.
    ///
    /// # Errors
    /// [`LengthError::Empty`] and [`LengthError::PartialBlock`].
    #[inline(always)]
    pub fn new(keys: &'a RoundKeys, data: &'a [u8]) -> Result<Self, LengthError> {
        Ok(Self { keys, data: mac_blocks(data)?, tag: [0; 16] })
    }

    /// The tag, once the job has run; zero before.
    #[must_use]
    #[inline]
    pub fn tag(&self) -> Block {
        self.tag
    }
}

/// A message for CMAC (SP 800-38B), of any length.
pub struct CmacJob<'a> {
    pub(crate) keys: &'a RoundKeys,
    pub(crate) body: &'a [Block],
    pub(crate) last: &'a [u8],
    pub(crate) tag: Block,
}

impl<'a> CmacJob<'a> {
    /// A job over `data`, which may be empty.
    #[must_use]
    #[inline(always)]
    pub fn new(keys: &'a RoundKeys, data: &'a [u8]) -> Self {
        let (body, last) = cmac::split(data);
        Self { keys, body, last, tag: [0; 16] }
    }

    /// The tag, once the job has run; zero before.
    #[must_use]
    #[inline]
    pub fn tag(&self) -> Block {
        self.tag
    }
}

/// `data` as whole blocks.
#[inline(always)]
pub(crate) fn blocks_mut(data: &mut [u8]) -> Result<&mut [Block], LengthError> {
    match data.as_chunks_mut() {
        (blocks, []) => Ok(blocks),
        _ => Err(LengthError::PartialBlock),
    }
}

/// `data` as one or more whole blocks.
#[inline(always)]
pub(crate) fn mac_blocks(data: &[u8]) -> Result<&[Block], LengthError> {
    match data.as_chunks() {
        ([], []) => Err(LengthError::Empty),
        (blocks, []) => Ok(blocks),
        _ => Err(LengthError::PartialBlock),
    }
}

//! Tag, 16-bit length, value.

use crate::codec::{Corrupt, Decoder, Encoder};
use crate::error::{ErrorKind, Malformed};

/// What a broken structure is answered with.
pub(crate) const BROKEN: ErrorKind = ErrorKind::Malformed(Malformed::Structure);

/// Reads fields and TLVs; every end of input inside one is [`BROKEN`].
pub(crate) struct Reader<'a>(Decoder<'a>);

impl<'a> Reader<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self(Decoder::new(bytes))
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn u8(&mut self) -> Result<u8, ErrorKind> {
        self.0.u8().map_err(broken)
    }

    pub(crate) fn u64(&mut self) -> Result<u64, ErrorKind> {
        self.0.u64().map_err(broken)
    }

    pub(crate) fn array<const N: usize>(&mut self) -> Result<[u8; N], ErrorKind> {
        self.0.array().map_err(broken)
    }

    pub(crate) fn raw(&mut self, len: usize) -> Result<&'a [u8], ErrorKind> {
        self.0.raw(len).map_err(broken)
    }

    pub(crate) fn tlv(&mut self) -> Result<(u8, &'a [u8]), ErrorKind> {
        let tag = self.u8()?;
        let len = self.0.u16().map_err(broken)?;
        Ok((tag, self.raw(usize::from(len))?))
    }

    /// The tag of the next TLV, which stays unread.
    pub(crate) fn next_tag(&self) -> Option<u8> {
        self.0.clone().u8().ok()
    }

    /// The value of the next TLV if it has this tag, which else stays unread.
    pub(crate) fn optional(&mut self, tag: u8) -> Result<Option<&'a [u8]>, ErrorKind> {
        if self.next_tag() != Some(tag) {
            return Ok(None);
        }
        self.tlv().map(|(_, value)| Some(value))
    }

    /// The value of the next TLV, which must have this tag.
    pub(crate) fn required(&mut self, tag: u8) -> Result<&'a [u8], ErrorKind> {
        self.optional(tag)?.ok_or(BROKEN)
    }

    /// Refuses bytes that are there and not zero.
    pub(crate) fn finish_with_zeros(&mut self) -> Result<(), ErrorKind> {
        while !self.is_empty() {
            if self.u8()? != 0 {
                return Err(BROKEN);
            }
        }
        Ok(())
    }

    /// Refuses bytes that nobody read.
    pub(crate) fn finish(&self) -> Result<(), ErrorKind> {
        if self.is_empty() { Ok(()) } else { Err(BROKEN) }
    }
}

fn broken(_: Corrupt) -> ErrorKind {
    BROKEN
}

/// Appends a TLV.
pub(crate) fn put<'o>(out: &'o mut Encoder, tag: u8, value: &[u8]) -> &'o mut Encoder {
    let len = u16::try_from(value.len()).expect("every value written is far below 64 KiB");
    out.u8(tag).u16(len).raw(value)
}

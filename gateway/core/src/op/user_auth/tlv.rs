//! Tag, 16-bit length, value.

use crate::codec::{Corrupt, Decoder, Encoder};
use crate::error::{ErrorKind, Malformed};

/// What a broken structure is answered with.
pub(super) const BROKEN: ErrorKind = ErrorKind::Malformed(Malformed::Structure);

/// Reads fields and TLVs; every end of input inside one is [`BROKEN`].
pub(super) struct Reader<'a>(Decoder<'a>);

impl<'a> Reader<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self(Decoder::new(bytes))
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn u8(&mut self) -> Result<u8, ErrorKind> {
        self.0.u8().map_err(broken)
    }

    pub(super) fn u64(&mut self) -> Result<u64, ErrorKind> {
        self.0.u64().map_err(broken)
    }

    pub(super) fn array<const N: usize>(&mut self) -> Result<[u8; N], ErrorKind> {
        self.0.array().map_err(broken)
    }

    pub(super) fn raw(&mut self, len: usize) -> Result<&'a [u8], ErrorKind> {
        self.0.raw(len).map_err(broken)
    }

    pub(super) fn tlv(&mut self) -> Result<(u8, &'a [u8]), ErrorKind> {
        let tag = self.u8()?;
        let len = self.0.u16().map_err(broken)?;
        Ok((tag, self.raw(usize::from(len))?))
    }

    /// Refuses bytes that nobody read.
    pub(super) fn finish(&self) -> Result<(), ErrorKind> {
        if self.is_empty() { Ok(()) } else { Err(BROKEN) }
    }
}

fn broken(_: Corrupt) -> ErrorKind {
    BROKEN
}

/// Appends a TLV.
pub(super) fn put<'o>(out: &'o mut Encoder, tag: u8, value: &[u8]) -> &'o mut Encoder {
    let len = u16::try_from(value.len()).expect("every value written is far below 64 KiB");
    out.u8(tag).u16(len).raw(value)
}

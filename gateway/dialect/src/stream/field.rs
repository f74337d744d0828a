//! Parameters of a record, one by one.
// spec: stream 8

use typex_core::error::Malformed;
use typex_core::op::payment::Bytes;
use typex_core::{ErrorKind, Secret};
use typex_wire::ParametersReader;

/// A parameter is missing, not of this operation, or not in its place.
const STRUCTURE: ErrorKind = ErrorKind::Malformed(Malformed::Structure);

/// A parameter has a value without meaning.
pub(super) const VALUE: ErrorKind = ErrorKind::Malformed(Malformed::Value);

/// The parameters that were not read yet, which come in the order of their tags.
pub(super) struct Fields<'a>(ParametersReader<'a>);

impl<'a> Fields<'a> {
    pub(super) fn new(parameters: &'a [u8]) -> Self {
        Self(ParametersReader::new(parameters))
    }

    pub(super) fn optional(&mut self, tag: u8) -> Option<&'a [u8]> {
        self.0.take(tag)
    }

    pub(super) fn required(&mut self, tag: u8) -> Result<&'a [u8], ErrorKind> {
        self.optional(tag).ok_or(STRUCTURE)
    }

    pub(super) fn bytes(&mut self, tag: u8) -> Result<Vec<u8>, ErrorKind> {
        self.required(tag).map(<[u8]>::to_vec)
    }

    /// A value that is wiped once it was used.
    pub(super) fn secret(&mut self, tag: u8) -> Result<Bytes, ErrorKind> {
        self.required(tag).map(secret)
    }

    pub(super) fn array<const N: usize>(&mut self, tag: u8) -> Result<[u8; N], ErrorKind> {
        array(self.required(tag)?)
    }

    pub(super) fn optional_array<const N: usize>(
        &mut self,
        tag: u8,
    ) -> Result<Option<[u8; N]>, ErrorKind> {
        self.optional(tag).map(array).transpose()
    }

    pub(super) fn byte(&mut self, tag: u8) -> Result<u8, ErrorKind> {
        self.array(tag).map(|[byte]| byte)
    }

    pub(super) fn optional_byte(&mut self, tag: u8) -> Result<Option<u8>, ErrorKind> {
        Ok(self.optional_array(tag)?.map(|[byte]| byte))
    }

    /// What a byte stands for: its place among `words`.
    pub(super) fn word<T: Copy>(&mut self, tag: u8, words: &[T]) -> Result<T, ErrorKind> {
        self.byte(tag).and_then(|byte| meant(byte, words))
    }

    pub(super) fn optional_word<T: Copy>(
        &mut self,
        tag: u8,
        words: &[T],
    ) -> Result<Option<T>, ErrorKind> {
        self.optional_byte(tag)?.map(|byte| meant(byte, words)).transpose()
    }

    /// Refuses parameters that nobody read.
    pub(super) fn finish(&self) -> Result<(), ErrorKind> {
        if self.0.is_empty() { Ok(()) } else { Err(STRUCTURE) }
    }
}

/// A copy of its own, which is wiped.
pub(super) fn secret(bytes: &[u8]) -> Bytes {
    Secret::new(bytes.to_vec())
}

pub(super) fn array<const N: usize>(bytes: &[u8]) -> Result<[u8; N], ErrorKind> {
    bytes.try_into().map_err(|_| VALUE)
}

fn meant<T: Copy>(byte: u8, words: &[T]) -> Result<T, ErrorKind> {
    words.get(usize::from(byte)).copied().ok_or(VALUE)
}

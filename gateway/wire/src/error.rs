//! What can be wrong with bytes.

use thiserror::Error;

/// Why bytes are not frames. The connection cannot go on: where the next frame begins is not known,
/// or the other end does not speak this protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum WireError {
    /// A length below that of a header.
    #[error("a frame is at least {} bytes long", crate::HEADER_BYTES)]
    FrameTooShort,
    /// A frame beyond the limit.
    #[error("a frame has at most {0} bytes")]
    FrameTooLong(u32),
    /// A kind that this version does not have.
    #[error("{0:#04x} is no kind of frame")]
    Kind(u8),
    /// Bits that must be zero are not.
    #[error("flags must be zero")]
    Flags,
    /// More records than allowed, or none where there must be some.
    #[error("a frame of this kind has 1 to {0} records")]
    Records(u16),
    /// The body ends within what it announces.
    #[error("the body ends too early")]
    Truncated,
    /// Bytes after the end.
    #[error("the body is longer than its records")]
    Trailing,
    /// A field has none of its values.
    #[error("{0} has a value without meaning")]
    Field(&'static str),
    /// A text is not UTF-8.
    #[error("{0} is not UTF-8")]
    Text(&'static str),
}

/// Why a frame cannot be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum WriteError {
    /// Too many records.
    #[error("a frame has at most {} records", crate::RECORDS_MAX)]
    Records,
    /// A part is too long for the field that says how long it is.
    #[error("{0} is too long")]
    Length(&'static str),
}

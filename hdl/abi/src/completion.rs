//! What the card answers.

use crate::BLOCK_BYTES;
use crate::bytes::{crc, field, put, u16_at, u32_at};
use crate::generated::{Status, completion_at as at};

/// A completion.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Completion {
    /// The descriptor's.
    pub tag: u16,
    /// Free-running count of descriptors whose entries may be written again.
    pub sq_head: u16,
    /// How the job ended.
    pub status: Status,
    /// Inverted on each lap; true on the first.
    pub phase: bool,
    /// The card's reset epoch, 7 bits.
    pub epoch: u8,
    /// Bytes of output.
    pub output_bytes: u16,
    /// Card cycles from the descriptor's arrival to the last output.
    pub cycles: u32,
    /// Inline output; zeros in the short form.
    pub inline: [u8; BLOCK_BYTES],
}

/// Why bytes are no completion.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CompletionError {
    /// The CRC is wrong.
    #[error("wrong check")]
    BadCheck,
    /// There is no such status.
    #[error("no status {0}")]
    BadStatus(u8),
}

impl Completion {
    /// Bytes of the form without inline output.
    pub const SHORT_BYTES: usize = 16;
    /// Bytes of the form with inline output.
    pub const LONG_BYTES: usize = 32;

    /// The short form. What is inline is left out.
    pub fn encode_short(&self) -> [u8; Self::SHORT_BYTES] {
        let mut bytes = [0; Self::SHORT_BYTES];
        self.head(&mut bytes);
        let check = crc([&bytes[..at::CHECK]]);
        put(&mut bytes, at::CHECK, &check.to_le_bytes());
        bytes
    }

    /// The long form.
    pub fn encode_long(&self) -> [u8; Self::LONG_BYTES] {
        let mut bytes = [0; Self::LONG_BYTES];
        self.head(&mut bytes);
        put(&mut bytes, at::INLINE, &self.inline);
        let check = crc([&bytes[..at::CHECK], &bytes[at::INLINE..]]);
        put(&mut bytes, at::CHECK, &check.to_le_bytes());
        bytes
    }

    /// Reads the short form.
    ///
    /// # Errors
    /// A wrong CRC, then an unknown status.
    pub fn decode_short(bytes: &[u8; Self::SHORT_BYTES]) -> Result<Self, CompletionError> {
        let check = crc([&bytes[..at::CHECK]]);
        Self::checked(bytes, check, [0; BLOCK_BYTES])
    }

    /// Reads the long form.
    ///
    /// # Errors
    /// A wrong CRC, then an unknown status.
    pub fn decode_long(bytes: &[u8; Self::LONG_BYTES]) -> Result<Self, CompletionError> {
        let check = crc([&bytes[..at::CHECK], &bytes[at::INLINE..]]);
        Self::checked(bytes, check, field(bytes, at::INLINE))
    }

    /// The phase in a byte of flags, which stands at [`completion_at::FLAGS`](at::FLAGS).
    pub fn phase_of(flags: u8) -> bool {
        flags & 1 != 0
    }

    fn head(&self, bytes: &mut [u8]) {
        put(bytes, at::TAG, &self.tag.to_le_bytes());
        put(bytes, at::SQ_HEAD, &self.sq_head.to_le_bytes());
        bytes[at::STATUS] = self.status as u8;
        bytes[at::FLAGS] = u8::from(self.phase) | self.epoch << 1;
        put(bytes, at::OUTPUT_BYTES, &self.output_bytes.to_le_bytes());
        put(bytes, at::CYCLES, &self.cycles.to_le_bytes());
    }

    fn checked(
        bytes: &[u8],
        check: u32,
        inline: [u8; BLOCK_BYTES],
    ) -> Result<Self, CompletionError> {
        if u32_at(bytes, at::CHECK) != check {
            return Err(CompletionError::BadCheck);
        }
        let code = bytes[at::STATUS];
        Ok(Self {
            tag: u16_at(bytes, at::TAG),
            sq_head: u16_at(bytes, at::SQ_HEAD),
            status: Status::from_code(code).ok_or(CompletionError::BadStatus(code))?,
            phase: Self::phase_of(bytes[at::FLAGS]),
            epoch: bytes[at::FLAGS] >> 1,
            output_bytes: u16_at(bytes, at::OUTPUT_BYTES),
            cycles: u32_at(bytes, at::CYCLES),
            inline,
        })
    }
}

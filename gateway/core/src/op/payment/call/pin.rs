//! PINs and what they are checked against.

use super::Bytes;

/// A PIN block.
pub struct PinBlock {
    /// Format and PAN.
    pub form: PinForm,
    /// Enciphered.
    pub block: Vec<u8>,
}

/// How a PIN block is written.
pub struct PinForm {
    /// ISO 9564 format 0, 1, 3 or 4.
    pub format: u8,
    /// Where the format has one.
    pub pan: Option<Bytes>,
}

/// What a caller takes the rule of a key for IBM 3624 to be.
pub struct ClaimedRule {
    /// 16 digits.
    pub table: Bytes,
    /// Digits.
    pub validation: Bytes,
    /// One hexadecimal digit.
    pub pad: u8,
}

/// Which PIN IBM 3624 gives.
pub enum Pin3624 {
    /// What validation data and key say.
    Natural,
    /// A random one, with its offset.
    Random,
    /// That of an offset.
    OfOffset(Bytes),
}

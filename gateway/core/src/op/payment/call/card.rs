//! Cards, chips and sessions with them.

use super::{Bytes, PinBlock};

/// What enters a card's value.
pub struct Card {
    /// PAN.
    pub pan: Bytes,
    /// Four digits.
    pub expiry: Bytes,
    /// Three digits.
    pub service_code: Bytes,
}

/// What enters the CVC3 of a transaction.
pub struct DynamicCard {
    /// PAN.
    pub pan: Bytes,
    /// Two digits.
    pub sequence: Bytes,
    /// The chip's track.
    pub track: Bytes,
    /// The terminal's number.
    pub unpredictable: Vec<u8>,
    /// Application transaction counter.
    pub atc: Vec<u8>,
}

/// A chip card.
pub struct ChipCard {
    /// How its keys come from the issuer's.
    pub option: DerivationOption,
    /// PAN.
    pub pan: Bytes,
    /// Two digits.
    pub sequence: Bytes,
}

/// How a card's keys come from the issuer's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DerivationOption {
    /// Option A.
    A,
    /// Option B.
    B,
}

/// A session with a chip.
pub struct ChipSession {
    /// The card.
    pub card: ChipCard,
    /// How its key is derived.
    pub key: SessionKey,
}

/// How a session key comes from a card's key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SessionKey {
    /// It is the card's.
    Card,
    /// EMV common session key, of the counter.
    Common([u8; 2]),
    /// The same of a cryptogram.
    OfCryptogram([u8; 8]),
    /// Mastercard's: counter and the terminal's number.
    Mastercard([u8; 2], [u8; 4]),
    /// EMV 2000.
    Emv2000([u8; 2]),
    /// Visa's, for scripts.
    Visa([u8; 2]),
}

/// A cryptogram to be made.
pub struct Cryptogram {
    /// The session.
    pub session: ChipSession,
    /// Over what, without padding.
    pub data: Bytes,
}

/// What to answer a chip.
pub enum Response {
    /// By method 1, with an authorisation response code.
    Code([u8; 2]),
    /// By method 2, with a card status update and what the issuer adds.
    Status([u8; 4], Vec<u8>),
}

/// By whose rules a chip's PIN is changed.
pub struct ChipScheme {
    /// The card.
    pub card: ChipCard,
    /// Session keys of the script.
    pub key: SessionKey,
    /// How the block is enciphered and padded.
    pub style: ScriptStyle,
    /// Under which layout of Visa, with the PIN that the card has, the PIN is put into a block.
    pub current: Option<PinBlock>,
    /// Whether Visa's layout is used.
    pub is_visa: bool,
}

/// How a script's data is enciphered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ScriptStyle {
    /// CBC, padded.
    Emv,
    /// Mastercard.
    Mastercard,
    /// Visa.
    Visa,
}

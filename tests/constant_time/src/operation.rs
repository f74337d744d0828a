//! The operations that are looked at.

use std::fmt;

use typex_core::token::LuhnMode;
use typex_engine::payment::Algorithm::{self, Aes, Tdes};
use typex_engine::payment::key_block::Version;
use typex_engine::payment::mac::Padding;
use typex_engine::payment::pin_block::Format;

/// A payment operation with secrets inside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation {
    /// A PIN block is decrypted and decoded.
    DecodePin(Format),
    /// A PIN is verified against a PVV.
    VerifyPvv(Format),
    /// A PIN is verified against an offset.
    VerifyOffset(Format),
    /// A PIN goes from a format to another.
    Translate(Format, Format),
    /// A static card verification value is compared.
    CardValue,
    /// A dynamic card verification value is compared.
    ChipValue,
    /// A MAC is compared.
    VerifyMac(Mac),
    /// The cryptogram of a chip card is compared.
    Cryptogram,
    /// A key block is opened.
    ReadKeyBlock(Version),
    /// A key block is written.
    WriteKeyBlock(Version),
    /// A message of GCM is opened.
    OpenGcm,
    /// A new PIN is laid out, enciphered and authenticated for a card.
    ChangePin(ChipPin),
    /// The key of a transaction is derived.
    Dukpt(Algorithm, Purpose),
    /// Key components are put together.
    Combine(Algorithm),
    /// A track goes from a triple DES key of DUKPT to AES in GCM; its PAN is found.
    Reencrypt,
    /// The check value of a key is compared.
    CheckValue(Algorithm),
    /// Something of tokens.
    Token(Token),
}

/// A kind of MAC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mac {
    /// ISO 9797-1 algorithm 1.
    Chained(Padding),
    /// ISO 9797-1 algorithm 3.
    Retail(Padding),
    /// SP 800-38B.
    Cmac(Algorithm),
    /// RFC 2104 with SHA-256.
    Hmac,
}

/// How a card gets a PIN.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChipPin {
    /// In format 2.
    Emv,
    /// With its own key and the PIN that it has.
    Visa,
}

/// What is done with tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Token {
    /// A card number is replaced by one.
    Make(LuhnMode),
    /// The card number of one is found.
    Resolve(LuhnMode),
    /// A text in an alphabet of its own is replaced and found again.
    OfText,
}

/// What a derived key is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// PIN blocks.
    Pin,
    /// MACs.
    Mac,
    /// Data.
    Data,
}

impl Operation {
    /// Every operation.
    pub const ALL: [Self; 47] = [
        Self::DecodePin(Format::Iso0),
        Self::DecodePin(Format::Iso1),
        Self::DecodePin(Format::Iso3),
        Self::DecodePin(Format::Iso4),
        Self::VerifyPvv(Format::Iso0),
        Self::VerifyPvv(Format::Iso4),
        Self::VerifyOffset(Format::Iso3),
        Self::VerifyOffset(Format::Iso4),
        Self::Translate(Format::Iso0, Format::Iso4),
        Self::Translate(Format::Iso1, Format::Iso3),
        Self::CardValue,
        Self::ChipValue,
        Self::VerifyMac(Mac::Chained(Padding::Zeros)),
        Self::VerifyMac(Mac::Retail(Padding::Bit)),
        Self::VerifyMac(Mac::Retail(Padding::Length)),
        Self::VerifyMac(Mac::Cmac(Tdes)),
        Self::VerifyMac(Mac::Cmac(Aes)),
        Self::VerifyMac(Mac::Hmac),
        Self::Cryptogram,
        Self::ReadKeyBlock(Version::A),
        Self::ReadKeyBlock(Version::B),
        Self::ReadKeyBlock(Version::C),
        Self::ReadKeyBlock(Version::D),
        Self::ReadKeyBlock(Version::E),
        Self::WriteKeyBlock(Version::B),
        Self::WriteKeyBlock(Version::D),
        Self::OpenGcm,
        Self::ChangePin(ChipPin::Emv),
        Self::ChangePin(ChipPin::Visa),
        Self::Dukpt(Tdes, Purpose::Pin),
        Self::Dukpt(Tdes, Purpose::Mac),
        Self::Dukpt(Tdes, Purpose::Data),
        Self::Dukpt(Aes, Purpose::Pin),
        Self::Dukpt(Aes, Purpose::Mac),
        Self::Dukpt(Aes, Purpose::Data),
        Self::Combine(Tdes),
        Self::Combine(Aes),
        Self::Reencrypt,
        Self::CheckValue(Tdes),
        Self::CheckValue(Aes),
        Self::Token(Token::Make(LuhnMode::Free)),
        Self::Token(Token::Make(LuhnMode::Kept)),
        Self::Token(Token::Make(LuhnMode::Versioned)),
        Self::Token(Token::Resolve(LuhnMode::Free)),
        Self::Token(Token::Resolve(LuhnMode::Kept)),
        Self::Token(Token::Resolve(LuhnMode::Versioned)),
        Self::Token(Token::OfText),
    ];

    /// How many branches depend on what is secret, because a library makes what is public of it:
    /// aws-lc compares GCM's tag, of all its bytes at once, and branches on the result.
    pub fn outcomes_of_libraries(self) -> usize {
        usize::from(self == Self::OpenGcm)
    }

    /// Whether there is an input that makes it fail.
    pub fn can_fail(self) -> bool {
        match self {
            Self::Dukpt(..) | Self::WriteKeyBlock(_) => false,
            Self::Token(Token::Make(mode) | Token::Resolve(mode)) => mode == LuhnMode::Versioned,
            _ => true,
        }
    }
}

impl fmt::Display for Operation {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, formatter)
    }
}

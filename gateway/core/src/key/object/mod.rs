//! Objects whose data has a layout of ours: what they do and what they hold.
//!
//! An object holds every key that its operation takes, and what of the operation its maker fixed.
//! Who filled it in knows the keys on both sides, so that the object is the grant of their pair.
// spec: enigma-bridge 4.5, 5.8

mod contents;
#[cfg(test)]
mod tests;
mod upload;

pub use contents::{Contents, HeldPart, Settings};
pub use upload::{PrivateHalf, Upload};

/// What an object does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ObjectUse {
    /// Makes and verifies HMACs.
    Hmac,
    /// Makes values into others from which they cannot be told.
    Scramble,
    /// Tokens for values.
    Tokenize,
    /// Values of tokens.
    Detokenize,
    /// Tokens for values that come enciphered.
    TokenizeWrap,
    /// From AES to RSA.
    AesToRsa,
    /// From RSA to AES.
    RsaToAes,
    /// From triple DES to RSA.
    DesToRsa,
    /// From RSA to triple DES.
    RsaToDes,
    /// Data of a terminal, to another key.
    DukptRewrap,
    /// The keys of a terminal's transaction, in key blocks.
    DukptSessionKeys,
    /// PIN blocks of a terminal, to another key.
    DukptPinTranslate,
}

impl ObjectUse {
    /// Every use, in the order of their codes in the store.
    pub const ALL: [Self; 12] = [
        Self::Hmac,
        Self::Scramble,
        Self::Tokenize,
        Self::Detokenize,
        Self::TokenizeWrap,
        Self::AesToRsa,
        Self::RsaToAes,
        Self::DesToRsa,
        Self::RsaToDes,
        Self::DukptRewrap,
        Self::DukptSessionKeys,
        Self::DukptPinTranslate,
    ];

    /// Its name, as people read it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Hmac => "object_hmac",
            Self::Scramble => "object_scramble",
            Self::Tokenize => "object_tokenize",
            Self::Detokenize => "object_detokenize",
            Self::TokenizeWrap => "object_tokenizewrap",
            Self::AesToRsa => "object_aes2rsa",
            Self::RsaToAes => "object_rsa2aes",
            Self::DesToRsa => "object_des2rsa",
            Self::RsaToDes => "object_rsa2des",
            Self::DukptRewrap => "object_dukpt_rewrap",
            Self::DukptSessionKeys => "object_dukpt_sessionkeys",
            Self::DukptPinTranslate => "object_dukpt_pintranslate",
        }
    }

    /// Its place among [`ALL`](Self::ALL), from 1.
    pub(super) fn code(self) -> u8 {
        let numbered = (1..).zip(Self::ALL);
        let code = numbered.into_iter().find_map(|(code, one)| (one == self).then_some(code));
        code.expect("every use is among all")
    }

    pub(super) fn from_code(code: u8) -> Option<Self> {
        Self::ALL.get(usize::from(code).checked_sub(1)?).copied()
    }

    /// Bytes of the space for what it holds in the template of a new one: the longest of its
    /// records, in whole blocks.
    pub fn room(self) -> u16 {
        match self {
            Self::Hmac | Self::Scramble => 32,
            Self::Tokenize
            | Self::DukptRewrap
            | Self::DukptSessionKeys
            | Self::DukptPinTranslate => 80,
            Self::TokenizeWrap => 112,
            Self::Detokenize => 208,
            Self::AesToRsa | Self::DesToRsa => 320,
            Self::RsaToAes | Self::RsaToDes => 704,
        }
    }

    /// Whether what it makes is enciphered under an IV that the gateway draws.
    pub fn draws_iv(self) -> bool {
        matches!(self, Self::RsaToAes | Self::RsaToDes | Self::DukptRewrap)
    }

    /// Whether it holds one key of so many bytes and nothing else.
    fn is_one_key(self) -> bool {
        matches!(self, Self::Hmac | Self::Scramble)
    }
}

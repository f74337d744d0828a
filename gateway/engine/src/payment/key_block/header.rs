//! The first 16 characters.

use typex_core::key::payment::{Exportability, ModeOfUse, Usage};

use crate::payment::{Algorithm, Key};

/// Most bits of security that an HMAC key counts for: as many as the strongest protection key.
const HMAC_BITS: usize = 256;

/// Characters of a header.
pub(super) const HEADER: usize = 16;

/// How a block is protected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Version {
    /// Triple DES, keys by variants, MAC of 4 bytes. Legacy.
    A,
    /// Triple DES, keys by derivation, MAC of 8 bytes.
    B,
    /// As A. Legacy.
    C,
    /// AES, MAC of 16 bytes.
    D,
    /// AES in counter mode (ISO 20038). Read only.
    E,
}

/// What the wrapped key computes with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum KeyAlgorithm {
    /// AES
    Aes,
    /// Single DES
    Des,
    /// Elliptic curves
    Ec,
    /// HMAC
    Hmac,
    /// RSA
    Rsa,
    /// DSA
    Dsa,
    /// Triple DES
    Tdes,
}

/// What a key block says of its key. Lengths and counts are not kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    /// How the block is protected.
    pub version: Version,
    /// What the key is for.
    pub usage: Usage,
    /// What it computes with.
    pub algorithm: KeyAlgorithm,
    /// What may be done with it.
    pub mode: ModeOfUse,
    /// `00` unless used, `c` and a digit for a component, else a text.
    pub key_version: [u8; 2],
    /// Whether it may leave again.
    pub exportability: Exportability,
    /// 0, or 1 for storage and 2 for exchange.
    pub context: u8,
}

/// A header as it is read: what it says, and what must agree with the rest.
pub(super) struct Parsed {
    pub(super) header: Header,
    pub(super) characters: usize,
    pub(super) optional_blocks: usize,
}

impl Version {
    /// Every version.
    pub const ALL: [Self; 5] = [Self::A, Self::B, Self::C, Self::D, Self::E];

    /// Its letter.
    pub fn code(self) -> u8 {
        match self {
            Self::A => b'A',
            Self::B => b'B',
            Self::C => b'C',
            Self::D => b'D',
            Self::E => b'E',
        }
    }

    /// The cipher of the key that protects it.
    pub fn cipher(self) -> Algorithm {
        match self {
            Self::A | Self::B | Self::C => Algorithm::Tdes,
            Self::D | Self::E => Algorithm::Aes,
        }
    }

    /// Whether it binds keys less well than the others do.
    pub fn is_legacy(self) -> bool {
        matches!(self, Self::A | Self::C)
    }

    /// Bytes of the MAC.
    pub(super) fn mac_bytes(self) -> usize {
        match self {
            Self::A | Self::C => 4,
            Self::B => 8,
            Self::D | Self::E => 16,
        }
    }

    /// What the length of the encrypted part, and of the optional blocks, is a multiple of.
    pub(super) fn multiple(self) -> usize {
        if self == Self::E { 1 } else { self.cipher().block_bytes() }
    }

    pub(super) fn fits(self, protection: &Key) -> bool {
        protection.algorithm() == self.cipher()
    }
}

impl KeyAlgorithm {
    /// Every algorithm.
    pub const ALL: [Self; 7] =
        [Self::Aes, Self::Des, Self::Ec, Self::Hmac, Self::Rsa, Self::Dsa, Self::Tdes];

    /// Its letter.
    pub fn code(self) -> u8 {
        match self {
            Self::Aes => b'A',
            Self::Des => b'D',
            Self::Ec => b'E',
            Self::Hmac => b'H',
            Self::Rsa => b'R',
            Self::Dsa => b'S',
            Self::Tdes => b'T',
        }
    }

    /// Whether a key of it can have the usage. Single DES is as triple DES there, DSA as RSA.
    pub(super) fn is_for(self, usage: Usage) -> bool {
        usage.is_for(match self {
            Self::Des => Self::Tdes.code(),
            Self::Dsa => Self::Rsa.code(),
            other => other.code(),
        })
    }

    /// Whether a key may have so many bytes.
    pub fn has_length(self, bytes: usize) -> bool {
        match self {
            Self::Aes => matches!(bytes, 16 | 24 | 32),
            Self::Des => bytes == 8,
            Self::Tdes => matches!(bytes, 16 | 24),
            Self::Ec | Self::Hmac | Self::Rsa | Self::Dsa => bytes > 0,
        }
    }

    /// Bytes of the longest key, where there is one: what hides the length of shorter ones.
    pub(super) fn longest(self) -> Option<usize> {
        match self {
            Self::Aes => Some(32),
            Self::Des | Self::Tdes => Some(24),
            Self::Ec | Self::Hmac | Self::Rsa | Self::Dsa => None,
        }
    }

    /// Bits of security of a symmetric key; of a pair, the bytes do not say it.
    pub(super) fn strength(self, bytes: usize) -> usize {
        match self {
            Self::Aes => bytes * 8,
            // A longer key is no harder to find than its MACs are to guess.
            Self::Hmac => (bytes * 8).min(HMAC_BITS),
            Self::Tdes => {
                if bytes > 16 {
                    112
                } else {
                    80
                }
            }
            Self::Des => 56,
            Self::Ec | Self::Rsa | Self::Dsa => 0,
        }
    }
}

impl Header {
    /// Reads the first 16 characters of a block.
    pub(super) fn parse(text: &[u8]) -> Option<Parsed> {
        let text = text.first_chunk::<HEADER>()?;
        let header = Self {
            version: Version::ALL.into_iter().find(|one| one.code() == text[0])?,
            usage: Usage::from_code([text[5], text[6]])?,
            algorithm: KeyAlgorithm::ALL.into_iter().find(|one| one.code() == text[7])?,
            mode: ModeOfUse::from_code(text[8])?,
            key_version: [text[9], text[10]],
            exportability: Exportability::from_code(text[11])?,
            context: text[14].checked_sub(b'0')?,
        };
        let sound = header.is_sound() && header.algorithm.is_for(header.usage) && text[15] == b'0';
        sound.then_some(Parsed {
            header,
            characters: decimal(&text[1..5])?,
            optional_blocks: decimal(&text[12..14])?,
        })
    }

    /// The 16 characters of a block of this length.
    pub(super) fn text(&self, characters: usize, optional_blocks: usize) -> String {
        let Self { version, usage, algorithm, mode, key_version, exportability, context } = self;
        let letters = [version.code()].into_iter().map(char::from);
        let usage = usage.code().map(char::from);
        let key_version = key_version.map(char::from);
        let mut text: String = letters.collect();
        text.push_str(&format!("{characters:04}"));
        text.extend(usage);
        text.extend([algorithm.code(), mode.code()].map(char::from));
        text.extend(key_version);
        text.push(char::from(exportability.code()));
        text.push_str(&format!("{optional_blocks:02}{context}0"));
        text
    }

    /// Whether version text and context are such.
    pub(super) fn is_sound(&self) -> bool {
        self.context <= 2 && self.key_version.iter().all(u8::is_ascii_alphanumeric)
    }
}

/// The value of decimal digits, and nothing else.
fn decimal(text: &[u8]) -> Option<usize> {
    text.iter().try_fold(0, |value, character| {
        let digit = character.is_ascii_digit().then(|| usize::from(character - b'0'))?;
        Some(value * 10 + digit)
    })
}

//! What tokens are written in.

use std::fmt;

use super::TokenError;
use crate::limits::{TOKEN_ALPHABET_MIN, TOKEN_CHARACTERS_MAX, TOKEN_DIGITS};

/// What a token is written in.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Alphabet {
    /// Decimal digits of a card number, 12 to 19 of them.
    Digits,
    /// Characters of one's own, in strings of any length up to
    /// [`TOKEN_CHARACTERS_MAX`].
    Characters(Characters),
}

/// 2 to 95 different characters of ASCII that print; the place of a character is its value.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Characters(Vec<u8>);

impl Alphabet {
    /// Number of characters.
    pub fn radix(&self) -> u32 {
        match self {
            Self::Digits => 10,
            Self::Characters(characters) => characters.radix(),
        }
    }

    /// Whether there are tokens of this length.
    pub(super) fn has_length(&self, length: usize) -> bool {
        match self {
            Self::Digits => TOKEN_DIGITS.contains(&length),
            Self::Characters(_) => (1..=TOKEN_CHARACTERS_MAX).contains(&length),
        }
    }

    /// Whether no text of it can be a card number.
    pub(super) fn has_only_others(&self) -> bool {
        match self {
            Self::Digits => false,
            Self::Characters(characters) => !characters.0.iter().any(u8::is_ascii_digit),
        }
    }
}

impl Characters {
    /// Reads the characters in the order of their values.
    ///
    /// # Errors
    /// [`TokenError::Alphabet`] for fewer than two, one that is there twice, and others than
    /// ASCII from space to tilde.
    pub fn parse(text: &str) -> Result<Self, TokenError> {
        let bytes = text.as_bytes();
        let is_first = |(at, byte): (usize, &u8)| !bytes[..at].contains(byte);
        let prints = |byte: &u8| (b' '..=b'~').contains(byte);
        let sound = bytes.len() >= TOKEN_ALPHABET_MIN
            && bytes.iter().all(prints)
            && bytes.iter().enumerate().all(is_first);
        if sound { Ok(Self(bytes.to_vec())) } else { Err(TokenError::Alphabet) }
    }

    /// The characters, each at the place of its value.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// Number of characters.
    pub fn radix(&self) -> u32 {
        // At most as many as there are that print.
        self.0.len() as u32
    }
}

impl fmt::Display for Characters {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{}", char::from(*byte)))
    }
}

impl fmt::Debug for Characters {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Characters({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn alphabets_have_each_character_once() {
        let all: String = (' '..='~').collect();
        for text in ["01", "0123456789abcdefghijklmnopqrstuvwxyz", &all] {
            let characters = Characters::parse(text).unwrap();
            assert_eq!(
                (characters.radix() as usize, characters.to_string()),
                (text.len(), text.into())
            );
        }
        for text in ["", "a", "aba", "ab\n", "aä", "\u{7f}b"] {
            assert_eq!(Characters::parse(text), Err(TokenError::Alphabet), "{text:?}");
        }
    }
}

//! What tokens look like, and in which domain they mean something.
//!
//! A [`Layout`] says which places of a card number a token keeps, what becomes of its check digit
//! and of what alphabet it is; a [`DomainName`] names who shares tokens inside a tenant. Names,
//! layouts and versions are part of keys, so tokens of one domain are noise in any other.
//!
//! ```
//! use typex_core::token::{Alphabet, Layout, LuhnMode, TokenError, TokenVersion};
//!
//! let layout = Layout::new(0, 4, LuhnMode::Versioned, Alphabet::Digits)?;
//! assert_eq!(layout.free_for_ff1(16), Ok(11));
//! assert_eq!(layout.shift(TokenVersion::new(3)), Ok(Some(3)));
//!
//! let tight = Layout::new(6, 4, LuhnMode::Kept, Alphabet::Digits)?;
//! assert_eq!(tight.free_for_ff1(16), Err(TokenError::DomainTooSmall));
//! # Ok::<(), TokenError>(())
//! ```

mod alphabet;
pub mod domain;
mod layout;
mod metadata;
mod pattern;
mod template;
pub mod vault;

use std::fmt;

pub use alphabet::{Alphabet, Characters};
pub use layout::{Layout, LuhnMode};
pub use metadata::Metadata;
pub use pattern::{Pattern, is_card};
pub use template::{Template, TemplateError};

use crate::error::{ErrorKind, InvalidData, Payment};
use crate::limits::{TOKEN_DOMAIN_BYTES_MAX, TOKEN_VERSIONS_MAX};

/// Why something of tokens is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
pub enum TokenError {
    /// A domain's name is empty, too long, or has other characters.
    #[error("not the name of a domain")]
    Domain,
    /// More characters are kept than may be.
    #[error("more kept than 8 in front and 4 at the end")]
    Kept,
    /// Only digits have a check digit.
    #[error("a check digit needs an alphabet of digits")]
    Luhn,
    /// An alphabet has too few characters, one twice, or one that does not print.
    #[error("not an alphabet")]
    Alphabet,
    /// The text has a length of which there are no tokens, or nothing of it would be replaced.
    #[error("length not valid for the layout")]
    Length,
    /// The layout has versions and none is given, or one is given and it has none.
    #[error("version not valid for the layout")]
    Version,
    /// Fewer than a million values are left for encryption.
    #[error("domain too small")]
    DomainTooSmall,
}

impl From<TokenError> for ErrorKind {
    fn from(error: TokenError) -> Self {
        match error {
            TokenError::DomainTooSmall => Self::Payment(Payment::Domain),
            TokenError::Domain
            | TokenError::Kept
            | TokenError::Luhn
            | TokenError::Alphabet
            | TokenError::Length
            | TokenError::Version => Self::InvalidData(InvalidData::Parameter),
        }
    }
}

/// The name of a domain inside a tenant: 1 to 64 of letters, digits, `.`, `_` and `-`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DomainName(String);

impl DomainName {
    /// Reads a name.
    ///
    /// # Errors
    /// [`TokenError::Domain`].
    pub fn parse(text: &str) -> Result<Self, TokenError> {
        let is_sound = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
        let sound =
            (1..=TOKEN_DOMAIN_BYTES_MAX).contains(&text.len()) && text.bytes().all(is_sound);
        if sound { Ok(Self(text.to_owned())) } else { Err(TokenError::Domain) }
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for DomainName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The version of the key of a token: what its Luhn sum is shifted by, 1 to 9.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TokenVersion(u8);

impl TokenVersion {
    /// A version; none outside 1 to 9.
    pub fn new(number: u8) -> Option<Self> {
        (1..=TOKEN_VERSIONS_MAX).contains(&number).then_some(Self(number))
    }

    /// Every version, from the first.
    pub fn all() -> impl Iterator<Item = Self> {
        (1..=TOKEN_VERSIONS_MAX).map(Self)
    }

    /// Its number.
    pub fn number(self) -> u8 {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_short_and_plain() {
        for name in ["cards", "a", "EU.cards_v2-live", &"x".repeat(64)] {
            assert_eq!(DomainName::parse(name).unwrap().as_str(), name);
        }
        for name in ["", "a b", "a/b", "käse", "a\0", &"x".repeat(65)] {
            assert_eq!(DomainName::parse(name), Err(TokenError::Domain), "{name}");
        }
    }

    #[test]
    fn there_are_nine_versions() {
        assert_eq!(TokenVersion::all().count(), 9);
        assert!(TokenVersion::all().all(|one| TokenVersion::new(one.number()) == Some(one)));
        assert_eq!((TokenVersion::new(0), TokenVersion::new(10)), (None, None));
    }
}

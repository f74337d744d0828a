//! A token of digits.

use typex_core::token::TokenVersion;

use super::luhn;
use crate::payment::{Error, Pan, public};

/// A token that stands for a card number, 12 to 19 digits. It has no `Debug`: what is not to be
/// shown is decided by who has it.
#[derive(Clone)]
pub struct Token(Pan);

impl Token {
    /// Reads a token in ASCII.
    ///
    /// # Errors
    /// [`Error::InvalidInput`].
    pub fn parse(text: &[u8]) -> Result<Self, Error> {
        Pan::parse(text).map(Self)
    }

    /// Number of digits.
    pub fn length(&self) -> usize {
        self.0.length()
    }

    /// The digits in ASCII. They are the answer to a caller, so they are not wiped.
    pub fn ascii(&self) -> Vec<u8> {
        self.0.ascii().expose().clone()
    }

    /// Whether it passes for a card number.
    pub fn is_luhn(&self) -> bool {
        self.version().is_none()
    }

    /// The version of the key that it says it is of; none if it says nothing.
    pub fn version(&self) -> Option<TokenVersion> {
        TokenVersion::new(public(luhn::sum(self.digits())))
    }

    /// Of digits that are in range already.
    pub(super) fn of(digits: &[u8]) -> Result<Self, Error> {
        Pan::of(digits).map(Self)
    }

    /// The token where a card number would stand.
    pub(super) fn number(&self) -> &Pan {
        &self.0
    }

    pub(super) fn digits(&self) -> &[u8] {
        self.0.digits()
    }
}

//! Why somebody is told a value.

use std::fmt;
use std::str::FromStr;

use arrayvec::ArrayString;

use crate::limits::{TOKEN_PURPOSE_CHARS_MAX, TOKEN_PURPOSE_DIGITS_MAX};

/// A text for the audit log: 1 to 128 printing characters of ASCII, without `"` and `\`, and with
/// too few digits for a card number.
// spec: payments 10.4
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Purpose(ArrayString<TOKEN_PURPOSE_CHARS_MAX>);

/// Why a text is no purpose.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "a purpose has 1 to {TOKEN_PURPOSE_CHARS_MAX} characters of ASCII, none of them a quote or \
     backslash, and at most {TOKEN_PURPOSE_DIGITS_MAX} digits"
)]
pub struct PurposeError;

impl Purpose {
    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Purpose {
    type Err = PurposeError;

    fn from_str(text: &str) -> Result<Self, PurposeError> {
        let prints = |byte: u8| (b' '..=b'~').contains(&byte) && !b"\"\\".contains(&byte);
        let digits = text.bytes().filter(u8::is_ascii_digit).count();
        let says = text.bytes().any(|byte| byte != b' ');
        if !says || !text.bytes().all(prints) || digits > TOKEN_PURPOSE_DIGITS_MAX {
            return Err(PurposeError);
        }
        ArrayString::from(text).map(Self).map_err(|_| PurposeError)
    }
}

impl fmt::Display for Purpose {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn purposes_are_short_and_hold_no_card_number() {
        for text in ["x", "refund of case 12345678901", &"a".repeat(128)] {
            assert_eq!(text.parse::<Purpose>().map(|one| one.to_string()), Ok(text.to_owned()));
        }
        let card = "card 4111 1111 1111 1111";
        for text in ["", "  ", "a\"b", "a\\b", "a\nb", "ä", card, &"a".repeat(129)] {
            assert_eq!(text.parse::<Purpose>(), Err(PurposeError), "{text}");
        }
    }
}

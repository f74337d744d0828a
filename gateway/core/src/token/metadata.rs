//! What a caller wants to find again with a token.

use std::fmt;

use crate::codec::{Corrupt, Decoder, Encoder, Record};
use crate::error::{ErrorKind, Malformed};
use crate::limits::{TOKEN_DIGITS, TOKEN_METADATA_BYTES_MAX, TOKEN_METADATA_MAX};

/// Names and values that stand beside a token in the vault and are told to whoever may look it up.
/// No card number is among them, and in logs only how many there are.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Metadata(Vec<(String, String)>);

impl fmt::Debug for Metadata {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Metadata({})", self.0.len())
    }
}

impl Metadata {
    /// In the order of the names.
    ///
    /// # Errors
    /// [`Malformed::Value`] for an empty name and one that is there twice, and for 12 to 19 digits
    /// in a name or value whose check digit is right, also with spaces or dashes between,
    /// [`ErrorKind::TooLarge`] above [`TOKEN_METADATA_MAX`] or [`TOKEN_METADATA_BYTES_MAX`].
    pub fn new(mut pairs: Vec<(String, String)>) -> Result<Self, ErrorKind> {
        let bytes: usize = pairs.iter().map(|(name, value)| name.len() + value.len()).sum();
        if pairs.len() > TOKEN_METADATA_MAX || bytes > TOKEN_METADATA_BYTES_MAX {
            return Err(ErrorKind::TooLarge);
        }
        pairs.sort();
        let differ = pairs.is_sorted_by(|(one, _), (next, _)| one < next);
        let is_plain = |(name, value): &(String, String)| {
            !name.is_empty() && !has_card(name) && !has_card(value)
        };
        let sound = differ && pairs.iter().all(is_plain);
        sound.then_some(Self(pairs)).ok_or(ErrorKind::Malformed(Malformed::Value))
    }

    /// Names and values, in the order of the names.
    pub fn pairs(&self) -> &[(String, String)] {
        &self.0
    }
}

/// Whether a run of digits, alone or with single separators between, is as a card number.
fn has_card(text: &str) -> bool {
    let mut run = Vec::new();
    let mut separators = 0;
    for byte in text.bytes().chain([b'.']) {
        match byte {
            b'0'..=b'9' => {
                separators = 0;
                run.push(byte - b'0');
            }
            b' ' | b'-' if separators == 0 => separators = 1,
            _ => {
                if TOKEN_DIGITS.contains(&run.len()) && is_luhn(&run) {
                    return true;
                }
                separators = 0;
                run.clear();
            }
        }
    }
    false
}

fn is_luhn(digits: &[u8]) -> bool {
    let from_right = digits.iter().rev().enumerate();
    let weighted = from_right.map(|(at, digit)| match (at % 2, *digit) {
        (0, digit) => u32::from(digit),
        (_, digit) => u32::from(digit * 2 / 10 + digit * 2 % 10),
    });
    weighted.sum::<u32>().is_multiple_of(10)
}

impl Record for Metadata {
    fn encode(&self, out: &mut Encoder) {
        out.list(&self.0, |out, (name, value)| out.text(name).text(value));
    }

    fn decode(input: &mut Decoder<'_>) -> Result<Self, Corrupt> {
        let pairs = input.list(|input| Ok((input.text()?, input.text()?)))?;
        let metadata = Self::new(pairs.clone()).map_err(|_| Corrupt)?;
        (metadata.0 == pairs).then_some(metadata).ok_or(Corrupt)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs(names: &[&str]) -> Vec<(String, String)> {
        names.iter().map(|name| ((*name).to_owned(), "value".to_owned())).collect()
    }

    #[test]
    fn names_are_in_order_and_differ() {
        let metadata = Metadata::new(pairs(&["b", "a"])).unwrap();
        assert_eq!(metadata.pairs(), pairs(&["a", "b"]));
        assert_eq!(Metadata::from_bytes(metadata.to_bytes().expose()), Ok(metadata));
        let malformed = Err(ErrorKind::Malformed(Malformed::Value));
        assert_eq!(Metadata::new(pairs(&["a", "a"])), malformed);
        assert_eq!(Metadata::new(pairs(&[""])), malformed);
        let unordered = Metadata(pairs(&["b", "a"])).to_bytes();
        assert_eq!(Metadata::from_bytes(unordered.expose()), Err(Corrupt));
    }

    #[test]
    fn no_card_number_stands_beside_a_token() {
        let with = |name: &str, value: &str| Metadata::new(vec![(name.into(), value.into())]);
        for card in [
            "4111 1111 1111 1111",
            "4111111111111111",
            "4111-1111-1111-1111",
            "card 4111111111111111, old",
            "378282246310005",
        ] {
            let refused = Err(ErrorKind::Malformed(Malformed::Value));
            assert_eq!(with("ref", card), refused, "{card}");
            assert_eq!(with(card, "ref"), refused, "{card}");
        }
        for other in [
            "4111 1111 1111 1112",
            "41111111111",
            "2026-11-22",
            "00000000-0000-0000-0000-000000000000-00",
        ] {
            assert!(with("ref", other).is_ok(), "{other}");
        }
        assert_eq!(format!("{:?}", with("ref", "secret").unwrap()), "Metadata(1)");
    }

    #[test]
    fn it_is_bounded() {
        let many: Vec<_> =
            (0..=TOKEN_METADATA_MAX).map(|at| (at.to_string(), String::new())).collect();
        assert_eq!(Metadata::new(many), Err(ErrorKind::TooLarge));
        let long = |bytes| vec![("a".to_owned(), "x".repeat(bytes))];
        assert!(Metadata::new(long(TOKEN_METADATA_BYTES_MAX - 1)).is_ok());
        assert_eq!(Metadata::new(long(TOKEN_METADATA_BYTES_MAX)), Err(ErrorKind::TooLarge));
    }
}

//! How an IBM 3624 verification key turns a PAN into a natural PIN.
//!
//! Both parts belong to the key: who chooses the table can learn a PIN digit by digit, and who
//! chooses the validation data can verify one card's PIN against another's.

use std::fmt;
use std::str::FromStr;

use subtle::ConstantTimeEq;

use crate::error::{ErrorKind, InvalidData};
use crate::limits::{TABLE_DISTINCT_MIN, TABLE_REPEATS_MAX};

/// Why a text is not the rule of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "a PIN rule is TABLE:START:COUNT:PAD: 16 digits, at least eight different ones and none more \
     than four times; the first digit of the PAN from 0; 4 to 16 digits; one hexadecimal digit"
)]
pub struct PinRuleError;

/// Sixteen decimal digits, one for each hexadecimal one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct DecimalisationTable([u8; 16]);

/// Which digits of the PAN are validation data.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ValidationRule {
    first: u8,
    digits: u8,
    pad: u8,
}

/// Table and validation data of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct PinRule {
    /// The table.
    pub table: DecimalisationTable,
    /// The rule.
    pub validation: ValidationRule,
}

/// What a caller gave: all ASCII.
#[derive(Clone, Copy)]
pub struct PinRuleInput<'a> {
    /// Decimalisation table.
    pub table: &'a [u8],
    /// Validation data.
    pub validation: &'a [u8],
    /// Pad character.
    pub pad: u8,
    /// The PAN of the request.
    pub pan: &'a [u8],
}

impl DecimalisationTable {
    /// The table of these digits, 0 to 9 each: at least [`TABLE_DISTINCT_MIN`] different ones, none
    /// more than [`TABLE_REPEATS_MAX`] times.
    // spec: payments 2.1
    pub fn new(digits: [u8; 16]) -> Option<Self> {
        let mut counts = [0_u8; 10];
        for digit in digits {
            *counts.get_mut(usize::from(digit))? += 1;
        }
        let distinct = counts.iter().filter(|count| **count > 0).count();
        let sound = distinct >= TABLE_DISTINCT_MIN
            && counts.iter().all(|count| *count <= TABLE_REPEATS_MAX);
        sound.then_some(Self(digits))
    }

    /// Its digits.
    pub fn digits(self) -> [u8; 16] {
        self.0
    }
}

impl ValidationRule {
    /// `digits` digits of the PAN, 4 to 16, from its digit `first` on, counted from 0 at the left;
    /// padded with the nibble `pad`. `None` beyond a PAN of 19 digits.
    pub fn new(first: u8, digits: u8, pad: u8) -> Option<Self> {
        let fits = (4..=16).contains(&digits) && first <= 19 - digits && pad <= 15;
        fits.then_some(Self { first, digits, pad })
    }

    /// Place of the first digit, number of digits, pad nibble.
    pub fn parts(self) -> (u8, u8, u8) {
        (self.first, self.digits, self.pad)
    }

    /// The validation data of a PAN, if it is long enough.
    fn of(self, pan: &[u8]) -> Option<&[u8]> {
        let first = usize::from(self.first);
        pan.get(first..first + usize::from(self.digits))
    }
}

/// `TABLE:START:COUNT:PAD`, for example `0123456789012345:3:12:F`.
impl FromStr for PinRule {
    type Err = PinRuleError;

    fn from_str(text: &str) -> Result<Self, PinRuleError> {
        parse(text).ok_or(PinRuleError)
    }
}

impl fmt::Display for PinRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (first, digits, pad) = self.validation.parts();
        self.table.0.iter().try_for_each(|digit| write!(f, "{digit}"))?;
        write!(f, ":{first}:{digits}:{pad:X}")
    }
}

fn parse(text: &str) -> Option<PinRule> {
    let mut parts = text.split(':');
    let (table, first, digits, pad) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    let table: [u8; 16] = table.as_bytes().try_into().ok()?;
    let table = table.map(|digit| digit.wrapping_sub(b'0'));
    let pad = u8::from_str_radix(pad, 16).ok().filter(|_| pad.len() == 1 && pad != "+")?;
    if parts.next().is_some() {
        return None;
    }
    Some(PinRule {
        table: DecimalisationTable::new(table)?,
        validation: ValidationRule::new(first.parse().ok()?, digits.parse().ok()?, pad)?,
    })
}

impl PinRule {
    /// Whether a caller gave what the key has.
    ///
    /// # Errors
    /// [`InvalidData::Parameter`] for anything else, in the same time wherever it differs.
    pub fn check(&self, given: PinRuleInput<'_>) -> Result<(), ErrorKind> {
        let wrong = ErrorKind::InvalidData(InvalidData::Parameter);
        let table = self.table.0.map(|digit| digit + b'0');
        let pad = b"0123456789ABCDEF"[usize::from(self.validation.pad & 15)];
        let expected = self.validation.of(given.pan).ok_or(wrong)?;
        let same = table.ct_eq(given.table)
            & expected.ct_eq(given.validation)
            & pad.ct_eq(&given.pad.to_ascii_uppercase());
        if bool::from(same) { Ok(()) } else { Err(wrong) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_reads_as_it_is_written() {
        for text in
            ["0123456789012345:3:12:F", "8351296477461538:0:16:0", "0123456789012345:15:4:A"]
        {
            assert_eq!(text.parse::<PinRule>().map(|rule| rule.to_string()).as_deref(), Ok(text));
        }
        for text in [
            "",
            "0123456789012345",
            "0000000000000001:3:12:F",
            "012345678901234A:3:12:F",
            "0123456789012345:8:12:F",
            "0123456789012345:3:3:F",
            "0123456789012345:3:12:G",
            "0123456789012345:3:12:+",
            "0123456789012345:3:12:FF",
            "0123456789012345:3:12:F:",
        ] {
            assert_eq!(text.parse::<PinRule>(), Err(PinRuleError), "{text}");
        }
    }
}

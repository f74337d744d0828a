//! The PAN in a track, found without branching on the track.

use subtle::{Choice, ConstantTimeEq, ConstantTimeLess};
use typex_core::Secret;

use super::digits::{above_nine, doubled, select, unpacked};
use super::limits::PAN_DIGITS;
use super::outcome::public;
use super::{Error, Pan};

/// Digits of the longest PAN.
const PLACES: usize = *PAN_DIGITS.end();

/// What stands behind a PAN, as a nibble.
const SEPARATOR: u8 = 0xD;

/// How track 2 is laid out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Track {
    /// ASCII: a semicolon, the PAN, an equals sign, the rest.
    Ascii,
    /// Two symbols in each byte: the PAN, D, the rest.
    Packed,
}

impl Track {
    /// The PAN at the beginning of a track, with a check digit that is right.
    ///
    /// # Errors
    /// [`Error::InvalidInput`], whatever the reason.
    pub(super) fn pan(self, data: &Secret<Vec<u8>>) -> Result<Pan, Error> {
        let data = data.expose();
        let (symbols, mut sound) = match self {
            Self::Packed => (unpacked(data), Choice::from(1)),
            Self::Ascii => {
                let start = data.first().copied().unwrap_or_default().ct_eq(&b';');
                (symbols(data.get(1..).unwrap_or_default()), start)
            }
        };
        let long_enough = match self {
            Self::Packed => data.len() * 2 > *PAN_DIGITS.start(),
            Self::Ascii => data.len() > *PAN_DIGITS.start() + 1,
        };
        sound &= Choice::from(u8::from(long_enough));
        let length = length(&symbols);
        sound &= !length.ct_lt(&(*PAN_DIGITS.start() as u8)) & is_luhn(&symbols, length);
        sound &= length.ct_lt(&(PLACES as u8 + 1));
        if !bool::from(public(sound)) {
            return Err(Error::InvalidInput);
        }
        Pan::of(&symbols.expose()[..usize::from(public(length))])
    }
}

/// Symbols as nibbles: digits, D for the separator, F for all else.
fn symbols(text: &[u8]) -> Secret<[u8; PLACES + 1]> {
    let mut symbols = Secret::new([0xF; PLACES + 1]);
    for (symbol, character) in symbols.expose_mut().iter_mut().zip(text) {
        let digit = character.wrapping_sub(b'0');
        *symbol = select(*symbol, digit, digit.ct_lt(&10));
        *symbol = select(*symbol, SEPARATOR, character.ct_eq(&b'='));
    }
    symbols
}

/// Digits before the separator; too many if there is none, or something else before it.
fn length(symbols: &Secret<[u8; PLACES + 1]>) -> u8 {
    let mut length = u8::MAX;
    let mut inside = Choice::from(1);
    for (place, symbol) in (0_u8..).zip(symbols.expose()) {
        length = select(length, place, inside & symbol.ct_eq(&SEPARATOR));
        inside &= !above_nine(*symbol);
    }
    length
}

/// Whether the last of the first `length` digits is their check digit.
fn is_luhn(symbols: &Secret<[u8; PLACES + 1]>, length: u8) -> Choice {
    let mut sums = [0_u8; 2];
    for (place, symbol) in (0_u8..).zip(symbols.expose()) {
        let inside = place.ct_lt(&length) & !above_nine(*symbol);
        let digit = select(0, *symbol, inside);
        for (parity, sum) in (0_u8..).zip(&mut sums) {
            let value = if place % 2 == parity { doubled(digit) } else { digit };
            *sum = sum.wrapping_add(value);
        }
    }
    // Of an even number of digits those at even places count double, counted from the left.
    let [even, odd] = sums;
    let sum = select(even, odd, Choice::from(length & 1));
    (sum % 10).ct_eq(&0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(track: Track, data: &[u8]) -> Option<Vec<u8>> {
        let pan = track.pan(&Secret::new(data.to_vec())).ok()?;
        Some(pan.ascii().expose().clone())
    }

    #[test]
    fn pans_of_every_length_are_found() {
        let pans = [
            "123456789015",
            "4012345678909",
            "378282246310005",
            "4111111111111111",
            "411111111111111118",
            "6212345678901232894",
        ];
        for text in pans {
            let ascii = format!(";{text}=25122010000000000000?");
            assert_eq!(found(Track::Ascii, ascii.as_bytes()).as_deref(), Some(text.as_bytes()));
            let mut packed = format!("{text}D25122010000000000");
            packed.push_str(if packed.len() % 2 == 0 { "FF" } else { "F" });
            let packed = const_hex::decode(packed).unwrap();
            assert_eq!(found(Track::Packed, &packed).as_deref(), Some(text.as_bytes()));
        }
    }

    #[test]
    fn what_is_no_track_has_no_pan() {
        for text in [
            "",
            ";",
            ";4111111111111112=2512",
            "4111111111111111=2512",
            ";41111111111=2512",
            ";4111111111111111",
            ";41111111x1111111=2512",
            ";411111111111111111111111=2512",
            ";=",
            "%B4111111111111111^",
            ";0000000000000000000000=",
        ] {
            assert_eq!(found(Track::Ascii, text.as_bytes()), None, "{text}");
            assert_eq!(found(Track::Packed, text.as_bytes()), None, "{text}");
        }
    }
}

//! Decimal digits that stay secret: PANs, PINs, and what is compared with them.

use arrayvec::ArrayVec;
use subtle::{Choice, ConstantTimeEq, ConstantTimeLess};
use typex_core::Secret;

use super::Error;
use super::limits::{DIGITS_MAX, PAN_DIGITS, PAN_DIGITS_ANY, PIN_DIGITS};
use super::outcome::public;

/// Digits that a PIN has room for.
pub(super) const PIN_PLACES: usize = 12;

/// Random bytes that drawing a PIN takes: of 64, fewer than twelve are below 250 never.
pub const PIN_RANDOM_BYTES: usize = 64;

/// A primary account number. It has no `Debug`.
#[derive(Clone)]
pub struct Pan(Secret<ArrayVec<u8, 19>>);

/// A PIN. It has no `Debug`; no function shows its digits.
#[derive(Clone)]
pub struct Pin {
    /// From the left; those beyond the length are zero.
    digits: Secret<[u8; PIN_PLACES]>,
    length: Secret<u8>,
}

/// Up to 16 digits that are computed from a key and compared with what a caller has: an offset, a
/// PVV, a card verification value. They have no `Debug`.
#[derive(Clone)]
pub struct Digits(Secret<ArrayVec<u8, DIGITS_MAX>>);

impl Pan {
    /// A PAN of 12 to 19 digits in ASCII. Its check digit is not looked at.
    ///
    /// # Errors
    /// [`Error::InvalidInput`].
    pub fn parse(text: &[u8]) -> Result<Self, Error> {
        Some(Self::read(text)?)
            .filter(|pan| PAN_DIGITS.contains(&pan.length()))
            .ok_or(Error::InvalidInput)
    }

    /// A PAN of 1 to 19 digits, as ISO 9564-1 allows where the public interface does not.
    ///
    /// # Errors
    /// [`Error::InvalidInput`].
    pub fn parse_any_length(text: &[u8]) -> Result<Self, Error> {
        Self::read(text)
    }

    /// Number of digits.
    pub fn length(&self) -> usize {
        self.0.expose().len()
    }

    /// The digits in ASCII, for what stores or tokenizes them.
    pub fn ascii(&self) -> Secret<Vec<u8>> {
        Secret::new(self.digits().iter().map(|digit| digit.wrapping_add(b'0')).collect())
    }

    /// Whether the last digit is the check digit of the others.
    pub fn is_luhn(&self) -> bool {
        let from_right = self.digits().iter().rev().enumerate();
        let sum: u8 =
            from_right.map(|(at, digit)| if at % 2 == 0 { *digit } else { doubled(*digit) }).sum();
        sum.is_multiple_of(10)
    }

    /// Whether both are the same number, in time that depends on the lengths only.
    pub fn ct_eq(&self, other: &Self) -> Choice {
        self.digits().ct_eq(other.digits())
    }

    /// Of digits that are in range already.
    pub(crate) fn of(digits: &[u8]) -> Result<Self, Error> {
        let digits = ArrayVec::try_from(digits).map_err(|_| Error::InvalidInput)?;
        Ok(Self(Secret::new(digits)))
    }

    pub(crate) fn digits(&self) -> &[u8] {
        self.0.expose()
    }

    /// The 11 or 12 digits left of the check digit, counted from it; fewer of a shorter PAN.
    pub(super) fn before_check(&self, count: usize) -> &[u8] {
        let digits = self.digits();
        let end = digits.len().saturating_sub(1);
        &digits[end.saturating_sub(count)..end]
    }

    fn read(text: &[u8]) -> Result<Self, Error> {
        let sound = PAN_DIGITS_ANY.contains(&text.len()) && bool::from(public(are_digits(text)));
        if !sound {
            return Err(Error::InvalidInput);
        }
        Ok(Self(Secret::new(text.iter().map(|digit| digit.wrapping_sub(b'0')).collect())))
    }
}

impl Pin {
    /// A PIN of 4 to 12 digits in ASCII.
    ///
    /// # Errors
    /// [`Error::InvalidInput`].
    pub fn parse(text: &[u8]) -> Result<Self, Error> {
        let length = u8::try_from(text.len()).map_err(|_| Error::InvalidInput)?;
        if !PIN_DIGITS.contains(&length) || !bool::from(public(are_digits(text))) {
            return Err(Error::InvalidInput);
        }
        let mut digits = Secret::new([0; PIN_PLACES]);
        for (digit, character) in digits.expose_mut().iter_mut().zip(text) {
            *digit = character.wrapping_sub(b'0');
        }
        Ok(Self { digits, length: Secret::new(length) })
    }

    /// A PIN of `length` digits, each drawn uniformly from random bytes by rejection.
    ///
    /// # Errors
    /// [`Error::InvalidInput`] for a length outside 4 to 12, [`Error::Internal`] if the bytes are
    /// too far from random.
    pub fn draw(length: u8, random: &Secret<[u8; PIN_RANDOM_BYTES]>) -> Result<Self, Error> {
        if !PIN_DIGITS.contains(&length) {
            return Err(Error::InvalidInput);
        }
        let candidates = random.expose().iter().map(|byte| (byte.ct_lt(&250), byte % 10));
        let (digits, enough) = pick(candidates);
        if !bool::from(public(enough)) {
            return Err(Error::Internal);
        }
        Ok(Self::of(digits, length, Choice::from(1)))
    }

    /// Number of digits.
    pub fn length(&self) -> u8 {
        *self.length.expose()
    }

    /// Whether both are the same PIN, in constant time.
    pub fn ct_eq(&self, other: &Self) -> Choice {
        self.digits.ct_eq(other.digits.expose()) & self.length.expose().ct_eq(other.length.expose())
    }

    /// A PIN of digits of which those beyond `length` are not looked at; four zeros unless
    /// `sound`, so that what follows computes with something.
    pub(super) fn of(mut digits: Secret<[u8; PIN_PLACES]>, mut length: u8, sound: Choice) -> Self {
        for (place, digit) in (0_u8..).zip(digits.expose_mut()) {
            *digit = select(0, *digit, sound & place.ct_lt(&length));
        }
        length = select(*PIN_DIGITS.start(), length, sound);
        Self { digits, length: Secret::new(length) }
    }

    pub(super) fn digits(&self) -> &[u8; PIN_PLACES] {
        self.digits.expose()
    }

    /// Whether the PIN has a digit at `place`, counted from zero.
    pub(super) fn has(&self, place: u8) -> Choice {
        place.ct_lt(self.length.expose())
    }
}

impl Digits {
    /// Digits in ASCII, at most 16.
    ///
    /// # Errors
    /// [`Error::InvalidInput`].
    pub fn parse(text: &[u8]) -> Result<Self, Error> {
        let sound = (1..=DIGITS_MAX).contains(&text.len()) && bool::from(public(are_digits(text)));
        if !sound {
            return Err(Error::InvalidInput);
        }
        Ok(Self(Secret::new(text.iter().map(|digit| digit.wrapping_sub(b'0')).collect())))
    }

    /// The digits in ASCII, for the answer to a caller who asked for them.
    pub fn ascii(&self) -> Secret<Vec<u8>> {
        Secret::new(self.values().iter().map(|digit| digit.wrapping_add(b'0')).collect())
    }

    /// Number of digits.
    pub fn length(&self) -> usize {
        self.0.expose().len()
    }

    /// Whether both are the same digits, in time that depends on the lengths only.
    pub fn ct_eq(&self, other: &Self) -> Choice {
        self.values().ct_eq(other.values())
    }

    /// Of values 0 to 9; at most 16 of them are taken.
    pub(super) fn of(values: &[u8]) -> Self {
        Self(Secret::new(values.iter().take(DIGITS_MAX).copied().collect()))
    }

    pub(super) fn values(&self) -> &[u8] {
        self.0.expose()
    }
}

/// Whether all characters are digits, each looked at.
pub(super) fn are_digits(text: &[u8]) -> Choice {
    let are = |all, character: &u8| all & character.wrapping_sub(b'0').ct_lt(&10);
    text.iter().fold(Choice::from(1), are)
}

/// A digit doubled, digits of the result added.
pub(crate) fn doubled(digit: u8) -> u8 {
    let twice = digit.wrapping_mul(2);
    select(twice, twice.wrapping_sub(9), above_nine(twice))
}

/// Whether a nibble or a small sum is no digit.
pub(super) fn above_nine(value: u8) -> Choice {
    9_u8.ct_lt(&value)
}

/// One of two values. That of `subtle` negates the choice, which takes a branch where overflow is
/// checked: one that is never taken, but that hides others from whoever looks for them.
pub(crate) fn select(no: u8, yes: u8, choice: Choice) -> u8 {
    no ^ (0_u8.wrapping_sub(choice.unwrap_u8()) & (no ^ yes))
}

/// The first `N` values that are chosen, in the order they come, and whether there were as many.
/// The time depends on the number of candidates only, which is below 256.
pub(crate) fn pick<const N: usize>(
    candidates: impl Iterator<Item = (Choice, u8)>,
) -> (Secret<[u8; N]>, Choice) {
    let mut picked = Secret::new([0; N]);
    let mut count = 0_u8;
    for (chosen, value) in candidates {
        for (place, slot) in (0_u8..).zip(picked.expose_mut()) {
            *slot = select(*slot, value, chosen & count.ct_eq(&place));
        }
        count = count.wrapping_add(chosen.unwrap_u8());
    }
    let enough = (0_u8..).take(N).last().map_or(Choice::from(1), |last| last.ct_lt(&count));
    (picked, enough)
}

/// The first `N` digits of nibbles: those that are digits from the left, then from the left again
/// the others less ten.
pub(super) fn decimalise<const N: usize>(nibbles: &[u8]) -> Secret<[u8; N]> {
    let digits = nibbles.iter().map(|nibble| (!above_nine(*nibble), *nibble));
    let letters = nibbles.iter().map(|nibble| (above_nine(*nibble), nibble.wrapping_sub(10)));
    pick(digits.chain(letters)).0
}

/// Bytes of nibbles, two in each; missing ones are zero.
pub(super) fn packed<const N: usize>(nibbles: &[u8]) -> Secret<[u8; N]> {
    let mut bytes = Secret::new([0; N]);
    for (byte, pair) in bytes.expose_mut().iter_mut().zip(nibbles.chunks(2)) {
        *byte = pair[0] << 4 | pair.get(1).copied().unwrap_or_default();
    }
    bytes
}

/// Nibbles of bytes; missing ones are zero.
pub(super) fn unpacked<const N: usize>(bytes: &[u8]) -> Secret<[u8; N]> {
    let mut nibbles = Secret::new([0; N]);
    for (pair, byte) in nibbles.expose_mut().chunks_mut(2).zip(bytes) {
        pair[0] = byte >> 4;
        if let Some(low) = pair.get_mut(1) {
            *low = byte & 0xf;
        }
    }
    nibbles
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_count_only_when_digits_run_out() {
        let nibbles = unpacked::<16>(&[0xBC, 0xCB, 0xCD, 0xC8, 0xBA, 0x7B, 0xDC, 0xF9]);
        assert_eq!(*decimalise::<4>(nibbles.expose()).expose(), [8, 7, 9, 1]);
        assert_eq!(*decimalise::<3>(&[0xA; 3]).expose(), [0; 3]);
        assert_eq!(*decimalise::<3>(&[1, 2, 3, 4]).expose(), [1, 2, 3]);
    }

    #[test]
    fn too_few_candidates_are_noticed() {
        let chosen =
            |count: usize| pick::<3>((0..5).map(|n| (Choice::from(u8::from(n < count)), 7))).1;
        assert!(!bool::from(chosen(2)));
        assert!(bool::from(chosen(3)) && bool::from(chosen(5)));
    }

    #[test]
    fn drawn_pins_have_their_length_and_only_digits() {
        let random = Secret::new(std::array::from_fn(|at| (at * 37 + 200) as u8));
        for length in 4..=12 {
            let pin = Pin::draw(length, &random).unwrap();
            assert_eq!(pin.length(), length);
            assert!(pin.digits().iter().all(|digit| *digit < 10));
        }
        for length in [0, 3, 13, 255] {
            assert_eq!(Pin::draw(length, &random).err(), Some(Error::InvalidInput));
        }
        assert_eq!(Pin::draw(4, &Secret::new([255; 64])).err(), Some(Error::Internal));
    }

    #[test]
    fn check_digits_are_those_of_luhn() {
        let is_luhn = |text: &[u8]| Pan::parse(text).unwrap().is_luhn();
        assert!(is_luhn(b"4111111111111111") && is_luhn(b"378282246310005"));
        assert!(!is_luhn(b"4111111111111112") && !is_luhn(b"4111111111111161"));
    }
}

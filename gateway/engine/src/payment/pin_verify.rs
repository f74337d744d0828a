//! PINs generated and verified: IBM 3624 with offset, VISA PVV.
//!
//! No branch and no index depends on a PIN, a key or what comes of them: a PIN of a block that
//! does not decode is verified like any other, and the outcome is decided at the end.

use subtle::{Choice, ConstantTimeEq, ConstantTimeLess};
use typex_core::Secret;
use typex_core::key::payment;

use super::digits::{PIN_PLACES, are_digits, decimalise, packed, select, unpacked};
use super::lanes::Lanes;
use super::limits::{PIN_DIGITS, VALIDATION_DIGITS};
use super::outcome::public;
use super::pin_block::{EncryptedPin, Opened};
use super::{Digits, Error, Key, Pan, Pin};

/// Digits in place of the 16 nibbles, of many different values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DecimalisationTable(payment::DecimalisationTable);

/// Verification as IBM 3624 has it.
pub struct Ibm3624<'a> {
    /// Triple DES.
    pub key: &'a Key,
    /// In place of nibbles.
    pub table: &'a DecimalisationTable,
    /// What names the card.
    pub validation: &'a ValidationData,
}

/// Up to 16 digits of a card, by convention a part of the PAN, padded to a block.
pub struct ValidationData(Secret<[u8; 8]>);

/// Verification as VISA has it.
pub struct VisaPvv<'a> {
    /// Triple DES.
    pub key: &'a Key,
    /// The account; 11 of its digits count.
    pub pan: &'a Pan,
    /// Which of the issuer's keys it is, 0 to 6.
    pub key_index: u8,
}

impl DecimalisationTable {
    /// A table of 16 digits in ASCII, which [`payment::DecimalisationTable`] takes.
    ///
    /// # Errors
    /// [`Error::InvalidInput`].
    pub fn parse(text: &[u8]) -> Result<Self, Error> {
        let text: [u8; 16] = text.try_into().map_err(|_| Error::InvalidInput)?;
        // What is below '0' becomes more than 9.
        let table = payment::DecimalisationTable::new(text.map(|digit| digit.wrapping_sub(b'0')));
        table.map(Self).ok_or(Error::InvalidInput)
    }

    /// What stands for a nibble, found by looking at every place.
    fn digit(&self, nibble: u8) -> u8 {
        let mut digit = 0;
        for (place, value) in (0_u8..).zip(self.0.digits()) {
            digit = select(digit, value, place.ct_eq(&nibble));
        }
        digit
    }
}

impl ValidationData {
    /// 4 to 16 digits in ASCII, followed by the pad, a nibble in hexadecimal ASCII.
    ///
    /// # Errors
    /// [`Error::InvalidInput`].
    pub fn parse(digits: &[u8], pad: u8) -> Result<Self, Error> {
        let sound = VALIDATION_DIGITS.contains(&digits.len()) && public(are_digits(digits)).into();
        let pad = char::from(pad).to_digit(16).filter(|_| sound).ok_or(Error::InvalidInput)?;
        let mut nibbles = Secret::new([pad as u8; 16]);
        let places = nibbles.expose_mut().iter_mut().zip(digits);
        places.for_each(|(nibble, digit)| *nibble = digit.wrapping_sub(b'0'));
        Ok(Self(packed(nibbles.expose())))
    }
}

impl Ibm3624<'_> {
    /// The PIN of `length` digits that belongs to the card without an offset.
    ///
    /// # Errors
    /// [`Error::InvalidInput`] for a length outside 4 to 12, [`Error::KeyUsage`] unless the key is
    /// of triple DES.
    pub async fn natural_pin(&self, lanes: &Lanes, length: u8) -> Result<Pin, Error> {
        if !PIN_DIGITS.contains(&length) {
            return Err(Error::InvalidInput);
        }
        Ok(Pin::of(self.natural(lanes).await?, length, Choice::from(1)))
    }

    /// The PIN that belongs to an offset of 4 to 12 digits.
    ///
    /// # Errors
    /// As of [`natural_pin`](Self::natural_pin).
    pub async fn pin_of(&self, lanes: &Lanes, offset: &Digits) -> Result<Pin, Error> {
        let length = pin_length(offset)?;
        let mut digits = self.natural(lanes).await?;
        for (digit, offset) in digits.expose_mut().iter_mut().zip(offset.values()) {
            *digit = less_ten(digit.wrapping_add(*offset));
        }
        Ok(Pin::of(digits, length, Choice::from(1)))
    }

    /// The offset of a PIN, as long as it.
    ///
    /// # Errors
    /// [`Error::KeyUsage`] unless the key is of triple DES.
    pub async fn offset_of(&self, lanes: &Lanes, pin: &Pin) -> Result<Digits, Error> {
        let offsets = self.offsets(lanes, pin).await?;
        let length = usize::from(public(pin.length()));
        Ok(Digits::of(&offsets.expose()[..length]))
    }

    /// The offset of the PIN in a block, as long as it.
    ///
    /// # Errors
    /// [`Error::InvalidPin`] if the block does not decode; what opening it can give;
    /// [`Error::KeyUsage`].
    pub async fn offset(&self, lanes: &Lanes, pin: &EncryptedPin<'_>) -> Result<Digits, Error> {
        let Opened { pin, sound } = pin.open(lanes).await?;
        let offset = self.offset_of(lanes, &pin).await?;
        if public(sound).into() { Ok(offset) } else { Err(Error::InvalidPin) }
    }

    /// Verifies the PIN in a block against an offset of 4 to 12 digits, which says how long the
    /// PIN is.
    ///
    /// # Errors
    /// [`Error::InvalidPin`] if the block does not decode or the PIN is another, after the same
    /// work; what opening it can give; [`Error::InvalidInput`] for another length,
    /// [`Error::KeyUsage`].
    pub async fn verify(
        &self,
        lanes: &Lanes,
        pin: &EncryptedPin<'_>,
        offset: &Digits,
    ) -> Result<(), Error> {
        let length = pin_length(offset)?;
        let Opened { pin, sound } = pin.open(lanes).await?;
        let offsets = self.offsets(lanes, &pin).await?;
        let same = offsets.expose()[..usize::from(length)].ct_eq(offset.values());
        decided(sound & same & pin.length().ct_eq(&length))
    }

    async fn offsets(&self, lanes: &Lanes, pin: &Pin) -> Result<Secret<[u8; PIN_PLACES]>, Error> {
        let mut offsets = self.natural(lanes).await?;
        for (offset, digit) in offsets.expose_mut().iter_mut().zip(pin.digits()) {
            *offset = less_ten(digit.wrapping_add(10).wrapping_sub(*offset));
        }
        Ok(offsets)
    }

    /// The digits of the longest natural PIN.
    async fn natural(&self, lanes: &Lanes) -> Result<Secret<[u8; PIN_PLACES]>, Error> {
        let block = lanes.tdes_block(self.key, self.validation.0.expose()).await?;
        let mut digits = unpacked::<PIN_PLACES>(block.expose());
        for digit in digits.expose_mut() {
            *digit = self.table.digit(*digit);
        }
        Ok(digits)
    }
}

impl VisaPvv<'_> {
    /// The PVV of a PIN, four digits. Of the PIN the first four count.
    ///
    /// # Errors
    /// [`Error::InvalidInput`] for a PAN under 12 digits or a key index over 6,
    /// [`Error::KeyUsage`] unless the key is of triple DES.
    pub async fn value_of(&self, lanes: &Lanes, pin: &Pin) -> Result<Digits, Error> {
        let block = lanes.tdes_block(self.key, self.laid_out(pin)?.expose()).await?;
        Ok(Digits::of(decimalise::<4>(unpacked::<16>(block.expose()).expose()).expose()))
    }

    /// The PVV of the PIN in a block.
    ///
    /// # Errors
    /// [`Error::InvalidPin`] if it does not decode; what opening it can give; as of
    /// [`value_of`](Self::value_of).
    pub async fn value(&self, lanes: &Lanes, pin: &EncryptedPin<'_>) -> Result<Digits, Error> {
        let Opened { pin, sound } = pin.open(lanes).await?;
        let value = self.value_of(lanes, &pin).await?;
        if public(sound).into() { Ok(value) } else { Err(Error::InvalidPin) }
    }

    /// Verifies the PIN in a block against a PVV of four digits.
    ///
    /// # Errors
    /// [`Error::InvalidPin`] if the block does not decode or the PVV is another, after the same
    /// work; [`Error::InvalidInput`] for another number of digits; as of
    /// [`value`](Self::value).
    pub async fn verify(
        &self,
        lanes: &Lanes,
        pin: &EncryptedPin<'_>,
        value: &Digits,
    ) -> Result<(), Error> {
        if value.length() != 4 {
            return Err(Error::InvalidInput);
        }
        let Opened { pin, sound } = pin.open(lanes).await?;
        decided(sound & self.value_of(lanes, &pin).await?.ct_eq(value))
    }

    /// Digits of the PAN, the key index, the first four of the PIN.
    fn laid_out(&self, pin: &Pin) -> Result<Secret<[u8; 8]>, Error> {
        let digits = self.pan.before_check(11);
        if digits.len() < 11 || self.key_index > 6 {
            return Err(Error::InvalidInput);
        }
        let mut nibbles = Secret::new([0; 16]);
        let (account, rest) = nibbles.expose_mut().split_at_mut(11);
        account.copy_from_slice(digits);
        rest[0] = self.key_index;
        rest[1..].copy_from_slice(&pin.digits()[..4]);
        Ok(packed(nibbles.expose()))
    }
}

fn pin_length(offset: &Digits) -> Result<u8, Error> {
    let length = u8::try_from(offset.length()).map_err(|_| Error::InvalidInput)?;
    if PIN_DIGITS.contains(&length) { Ok(length) } else { Err(Error::InvalidInput) }
}

/// A sum of two digits modulo ten.
fn less_ten(sum: u8) -> u8 {
    select(sum.wrapping_sub(10), sum, sum.ct_lt(&10))
}

fn decided(right: Choice) -> Result<(), Error> {
    if public(right).into() { Ok(()) } else { Err(Error::InvalidPin) }
}

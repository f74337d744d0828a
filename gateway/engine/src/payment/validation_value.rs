//! Card verification values: CVV, CVC, iCVV, CVV2, CVC2, CVC3.
//!
//! They differ in what is given for expiry date and service code: on the stripe those of the
//! stripe; 999 for the chip; 000 for the value that is printed, whose issuers disagree on the
//! order of month and year.

use subtle::Choice;
use typex_core::Secret;

use super::digits::{decimalise, packed, unpacked};
use super::lanes::Lanes;
use super::limits::{CARD_VALUE_DIGITS, TRACK_TEMPLATE_BYTES_MAX};
use super::mac::Padding;
use super::outcome::public;
use super::{Digits, Error, Key, Pan};

/// What a static card verification value is computed from.
pub struct Card<'a> {
    /// The account.
    pub pan: &'a Pan,
    /// Four digits in ASCII, in the order that the issuer has.
    pub expiry: &'a [u8; 4],
    /// Three digits in ASCII.
    pub service_code: &'a [u8; 3],
}

/// What a CVC3 is computed from.
pub struct DynamicCard<'a> {
    /// The track as the card has it, dynamic fields filled with zeros.
    pub track_template: &'a [u8],
    /// Of the terminal.
    pub unpredictable_number: [u8; 4],
    /// Application transaction counter.
    pub atc: u16,
}

/// A value of three to five digits under a triple DES key of 16 bytes.
///
/// # Errors
/// [`Error::InvalidInput`] for another number of digits, or what are none; [`Error::KeyUsage`]
/// for another key.
pub async fn card_value(
    lanes: &Lanes,
    key: &Key,
    card: &Card<'_>,
    digits: usize,
) -> Result<Digits, Error> {
    if !CARD_VALUE_DIGITS.contains(&digits) {
        return Err(Error::InvalidInput);
    }
    let block = lanes.retail_mac(key, card.laid_out()?.expose(), Padding::Zeros).await?;
    let value = decimalise::<5>(unpacked::<16>(block.expose()).expose());
    Ok(Digits::of(&value.expose()[..digits]))
}

/// Compares `value` with that of the card, in constant time.
///
/// # Errors
/// [`Error::InvalidValidationData`] if they differ; as of [`card_value`].
pub async fn verify_card_value(
    lanes: &Lanes,
    key: &Key,
    card: &Card<'_>,
    value: &Digits,
) -> Result<(), Error> {
    let expected = card_value(lanes, key, card, value.length()).await?;
    decided(expected.ct_eq(value))
}

/// The five digits of a CVC3, under the card's own key; a track has room for the last ones.
///
/// # Errors
/// [`Error::InvalidInput`] for a template over [`TRACK_TEMPLATE_BYTES_MAX`], [`Error::KeyUsage`]
/// unless the key is of 16 bytes and triple DES.
pub async fn cvc3(lanes: &Lanes, key: &Key, card: &DynamicCard<'_>) -> Result<Digits, Error> {
    let iv = cvc3_iv(lanes, key, card.track_template).await?;
    let mut block = [0; 8];
    block[..2].copy_from_slice(&iv);
    block[2..6].copy_from_slice(&card.unpredictable_number);
    block[6..].copy_from_slice(&card.atc.to_be_bytes());
    let block = lanes.tdes_block(key, &block).await?;
    let [.., high, low] = block.expose()[..] else { return Err(Error::Internal) };
    let mut rest = u16::from_be_bytes([high, low]);
    let mut digits = Secret::new([0; 5]);
    for digit in digits.expose_mut().iter_mut().rev() {
        *digit = (rest % 10) as u8;
        rest /= 10;
    }
    Ok(Digits::of(digits.expose()))
}

/// Compares `value`, up to five digits of which are the last, in constant time.
///
/// # Errors
/// [`Error::InvalidValidationData`] if they differ, [`Error::InvalidInput`] for less than three
/// digits or more than five; as of [`cvc3`].
pub async fn verify_cvc3(
    lanes: &Lanes,
    key: &Key,
    card: &DynamicCard<'_>,
    value: &Digits,
) -> Result<(), Error> {
    if !CARD_VALUE_DIGITS.contains(&value.length()) {
        return Err(Error::InvalidInput);
    }
    let expected = cvc3(lanes, key, card).await?;
    let last = &expected.values()[5 - value.length()..];
    decided(Digits::of(last).ct_eq(value))
}

/// The part of a CVC3 that depends on the track alone.
///
/// # Errors
/// As of [`cvc3`].
pub async fn cvc3_iv(lanes: &Lanes, key: &Key, track_template: &[u8]) -> Result<[u8; 2], Error> {
    if track_template.len() > TRACK_TEMPLATE_BYTES_MAX {
        return Err(Error::InvalidInput);
    }
    let mac = lanes.retail_mac(key, track_template, Padding::Bit).await?;
    let [.., high, low] = mac.expose()[..] else { return Err(Error::Internal) };
    Ok([high, low])
}

impl Card<'_> {
    /// PAN, expiry and service code, then zeros, in two blocks.
    fn laid_out(&self) -> Result<Secret<[u8; 16]>, Error> {
        let tail = self.expiry.iter().chain(self.service_code);
        if !tail.clone().all(u8::is_ascii_digit) {
            return Err(Error::InvalidInput);
        }
        let digits = self.pan.digits().iter().copied().chain(tail.map(|digit| digit - b'0'));
        let mut nibbles = Secret::new([0; 32]);
        nibbles.expose_mut().iter_mut().zip(digits).for_each(|(nibble, digit)| *nibble = digit);
        Ok(packed(nibbles.expose()))
    }
}

fn decided(same: Choice) -> Result<(), Error> {
    if public(same).into() { Ok(()) } else { Err(Error::InvalidValidationData) }
}

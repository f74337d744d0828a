//! The key of a card from the issuer's.

use typex_core::Secret;

use crate::payment::digits::{decimalise, packed, unpacked};
use crate::payment::key::{set_odd_parity, sha1, xor};
use crate::payment::lanes::Lanes;
use crate::payment::{Error, Key, Pan};

/// How the digits of a card become a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DerivationOption {
    /// The last 16 of PAN and sequence number.
    A,
    /// The same up to 16 digits of PAN, above them 16 digits of a hash.
    B,
}

/// The sequence number of cards of one PAN, 00 to 99.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct PanSequence(u8);

impl PanSequence {
    /// Of a number.
    ///
    /// # Errors
    /// [`Error::InvalidInput`] above 99.
    pub fn new(number: u8) -> Result<Self, Error> {
        if number <= 99 { Ok(Self(number)) } else { Err(Error::InvalidInput) }
    }

    fn digits(self) -> [u8; 2] {
        [self.0 / 10, self.0 % 10]
    }
}

/// The key of a card, of odd parity, from the issuer's. A card without sequence number has 00.
///
/// # Errors
/// [`Error::KeyUsage`] unless the issuer's key is of 16 bytes and triple DES.
pub async fn master_key(
    lanes: &Lanes,
    issuer: &Key,
    pan: &Pan,
    sequence: PanSequence,
    option: DerivationOption,
) -> Result<Key, Error> {
    issuer.halves()?;
    let digits = Secret::new([pan.digits(), &sequence.digits()].concat());
    let block = match option {
        DerivationOption::B if pan.length() > 16 => hashed(digits.expose()),
        DerivationOption::A | DerivationOption::B => last_16(digits.expose()),
    };
    let inverted = xor(block.expose(), &[0xFF; 8]);
    card_key(lanes, issuer, block.expose(), &inverted).await
}

/// Two blocks under a key, as a key of odd parity.
pub(super) async fn card_key(
    lanes: &Lanes,
    key: &Key,
    left: &[u8; 8],
    right: &[u8; 8],
) -> Result<Key, Error> {
    let mut bytes = lanes.encrypt(key, Secret::new([*left, *right].concat())).await?;
    set_odd_parity(bytes.expose_mut());
    Key::tdes(bytes.expose())
}

/// The last 16 digits, zeros in front.
fn last_16(digits: &[u8]) -> Secret<[u8; 8]> {
    let last = &digits[digits.len().saturating_sub(16)..];
    let mut nibbles = Secret::new([0; 16]);
    nibbles.expose_mut()[16 - last.len()..].copy_from_slice(last);
    packed(nibbles.expose())
}

/// 16 digits of the hash of all, which begin with a zero if their number is odd.
fn hashed(digits: &[u8]) -> Secret<[u8; 8]> {
    let mut even = Secret::new(vec![0; digits.len() % 2]);
    even.expose_mut().extend_from_slice(digits);
    let bytes = packed::<11>(even.expose());
    let hash = sha1(&bytes.expose()[..even.expose().len() / 2]);
    let nibbles = unpacked::<40>(hash.expose());
    packed(decimalise::<16>(nibbles.expose()).expose())
}

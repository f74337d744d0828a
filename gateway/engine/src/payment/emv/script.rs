//! Commands of the issuer to a card: confidential under one key, authentic under another.

use subtle::Choice;
use typex_core::Secret;

use crate::payment::cipher::{Mode, ZERO_IV, add, encrypt_any};
use crate::payment::digits::{packed, select};
use crate::payment::lanes::Lanes;
use crate::payment::limits::{MAC_BYTES_MIN, MAC_MESSAGE_BYTES_MAX, SCRIPT_DATA_BYTES_MAX};
use crate::payment::mac::Padding;
use crate::payment::outcome::public;
use crate::payment::pin_block::{EncryptedPin, Opened};
use crate::payment::{Error, Key, Pin};

/// How the data of a command is filled up and encrypted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ScriptStyle {
    /// EMV: 80 and zeros always, CBC with a zero IV.
    Emv,
    /// 80 and zeros unless there are whole blocks, CBC with a zero IV.
    Mastercard,
    /// A byte with the length in front, 80 and zeros always, each block alone.
    Visa,
}

/// How a new PIN is laid out for a card.
#[derive(Clone, Copy)]
pub enum PinLayout<'a> {
    /// ISO 9564-1 format 2.
    Format2,
    /// Bound to the card's key of application cryptograms and, if given, the PIN that it replaces.
    Visa {
        /// What [`master_key`](super::master_key) gave.
        card: &'a Key,
        /// The PIN that the card has.
        current: Option<&'a EncryptedPin<'a>>,
    },
}

/// A new PIN for a card.
pub struct PinChange<'a> {
    /// The PIN, as it comes.
    pub pin: &'a EncryptedPin<'a>,
    /// How the card gets it.
    pub layout: PinLayout<'a>,
    /// Session key of confidentiality.
    pub confidentiality: &'a Key,
    /// Session key of integrity; another one.
    pub integrity: &'a Key,
    /// How the block is encrypted.
    pub style: ScriptStyle,
    /// What the MAC is over besides the encrypted block, which comes last.
    pub message: &'a [u8],
}

/// What a card gets with a command that changes its PIN.
#[derive(Debug, PartialEq, Eq)]
pub struct ChangedPin {
    /// The encrypted block.
    pub block: Vec<u8>,
    /// MAC over message and block.
    pub mac: [u8; 8],
}

/// The MAC of a command, its first 4 to 8 bytes.
///
/// # Errors
/// [`Error::InvalidInput`] for another length or a message over [`MAC_MESSAGE_BYTES_MAX`],
/// [`Error::KeyUsage`] unless the key is of 16 bytes and triple DES.
pub async fn script_mac(
    lanes: &Lanes,
    integrity: &Key,
    message: &[u8],
    bytes: usize,
) -> Result<Vec<u8>, Error> {
    if !(MAC_BYTES_MIN..=8).contains(&bytes) || message.len() > MAC_MESSAGE_BYTES_MAX {
        return Err(Error::InvalidInput);
    }
    let mac = lanes.retail_mac(integrity, message, Padding::Bit).await?;
    Ok(mac.expose()[..bytes].to_vec())
}

/// The data of a command encrypted.
///
/// # Errors
/// [`Error::InvalidInput`] for no data or more than [`SCRIPT_DATA_BYTES_MAX`];
/// [`Error::KeyUsage`] unless the key is of 16 bytes and triple DES.
pub async fn encrypt_script(
    lanes: &Lanes,
    key: &Key,
    style: ScriptStyle,
    data: &[u8],
) -> Result<Vec<u8>, Error> {
    key.halves()?;
    let length = u8::try_from(data.len()).map_err(|_| Error::InvalidInput)?;
    if data.is_empty() || data.len() > SCRIPT_DATA_BYTES_MAX {
        return Err(Error::InvalidInput);
    }
    let mut buffer = Secret::new(Vec::with_capacity(data.len() + 16));
    let filled = buffer.expose_mut();
    if style == ScriptStyle::Visa {
        filled.push(length);
    }
    filled.extend_from_slice(data);
    if style != ScriptStyle::Mastercard || !filled.len().is_multiple_of(8) {
        filled.push(0x80);
    }
    filled.resize(filled.len().next_multiple_of(8), 0);
    let mode = if style == ScriptStyle::Visa { Mode::Ecb } else { Mode::Cbc(&ZERO_IV[..8]) };
    let mut encrypted = encrypt_any(lanes, key, &mode, buffer).await?;
    Ok(std::mem::take(encrypted.expose_mut()))
}

/// A new PIN laid out and encrypted for a card, with its MAC.
///
/// # Errors
/// [`Error::InvalidPin`] if a PIN block does not decode, after the same work; what opening it can
/// give; [`Error::KeyUsage`] for one key for both, or keys that are not of 16 bytes and triple
/// DES; [`Error::InvalidInput`] for a message that with the block is over
/// [`MAC_MESSAGE_BYTES_MAX`].
pub async fn pin_change(lanes: &Lanes, change: &PinChange<'_>) -> Result<ChangedPin, Error> {
    let PinChange { pin, layout, confidentiality, integrity, style, message } = change;
    if public(confidentiality.ct_eq(integrity)).into() {
        return Err(Error::KeyUsage);
    }
    let Opened { pin, sound } = pin.open(lanes).await?;
    let (clear, current_sound) = layout.block(lanes, &pin).await?;
    let block = encrypt_script(lanes, confidentiality, *style, clear.expose()).await?;
    let whole = [message, block.as_slice()].concat();
    if whole.len() > MAC_MESSAGE_BYTES_MAX {
        return Err(Error::InvalidInput);
    }
    let mac = lanes.retail_mac(integrity, &whole, Padding::Bit).await?;
    let mac = mac.expose().as_slice().try_into().map_err(|_| Error::Internal)?;
    if public(sound & current_sound).into() {
        Ok(ChangedPin { block, mac })
    } else {
        Err(Error::InvalidPin)
    }
}

impl PinLayout<'_> {
    /// The clear block, and whether the PIN to be replaced is one.
    async fn block(&self, lanes: &Lanes, pin: &Pin) -> Result<(Secret<[u8; 8]>, Choice), Error> {
        match self {
            Self::Format2 => Ok((field(2, pin), Choice::from(1))),
            Self::Visa { card, current } => {
                let (left, _) = card.halves()?;
                let mut block = field(0, pin);
                add(&mut block.expose_mut()[4..], &left[4..]);
                let Some(current) = current else { return Ok((block, Choice::from(1))) };
                let Opened { pin, sound } = current.open(lanes).await?;
                add(block.expose_mut(), packed::<6>(pin.digits()).expose());
                Ok((block, sound))
            }
        }
    }
}

/// A control nibble, the length, the digits, F to the end.
fn field(control: u8, pin: &Pin) -> Secret<[u8; 8]> {
    let mut nibbles = Secret::new([0xF; 16]);
    let [first, length, places @ ..] = nibbles.expose_mut();
    (*first, *length) = (control, pin.length());
    for ((place, nibble), digit) in (0_u8..).zip(places).zip(pin.digits()) {
        *nibble = select(*nibble, *digit, pin.has(place));
    }
    packed(nibbles.expose())
}

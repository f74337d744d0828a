//! PIN blocks of ISO 9564-1, formats 0, 1, 3 and 4.
//!
//! Clear fields as nibbles: the format, the number of digits, the digits, a fill up to 16; format
//! 4 has 16 random ones behind. Formats 0, 3 and 4 are bound to the PAN. Format 2 is for the chip
//! and never comes to or from a host. A field is decoded without branches: every rule is checked,
//! and the results are put together at the end.

use subtle::{Choice, ConstantTimeEq, ConstantTimeLess};
use typex_core::Secret;

use super::cipher::add;
use super::digits::{PIN_PLACES, above_nine, packed, pick, select, unpacked};
use super::lanes::{Bytes, Lanes};
use super::limits::PIN_DIGITS;
use super::outcome::public;
use super::{Algorithm, Error, Key, Pan, Pin};

/// Random bytes that a fill is drawn from: of 32, fewer than ten are below 252 never.
pub const FILL_RANDOM_BYTES: usize = 32;

/// Nibbles between format and end that digits and fill share.
const PLACES: u8 = 14;

/// A format of ISO 9564-1 that hosts exchange.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Format {
    /// 8 bytes, filled with F, bound to the PAN.
    Iso0,
    /// 8 bytes, filled at random, not bound to a PAN.
    Iso1,
    /// 8 bytes, filled at random with A to F, bound to the PAN.
    Iso3,
    /// 16 bytes, with 8 random ones, bound to the PAN; under AES only.
    Iso4,
}

/// The random part of a PIN block.
pub struct Fill(Secret<[u8; 16]>);

/// An encrypted PIN block and what opens it.
pub struct EncryptedPin<'a> {
    /// Triple DES for formats 0, 1, 3; AES for format 4.
    pub key: &'a Key,
    /// How the PIN is laid out.
    pub format: Format,
    /// Not looked at in format 1, needed in the others.
    pub pan: Option<&'a Pan>,
    /// As long as the format says.
    pub block: &'a [u8],
}

/// What a block decoded to: a PIN, or another if it is not sound.
pub(crate) struct Opened {
    pub(crate) pin: Pin,
    pub(crate) sound: Choice,
}

impl Format {
    /// Every format, in the order of their numbers.
    pub const ALL: [Self; 4] = [Self::Iso0, Self::Iso1, Self::Iso3, Self::Iso4];

    /// The format of this number.
    ///
    /// # Errors
    /// [`Error::InvalidInput`] for 2, which hosts do not exchange, and all above 4.
    pub fn from_number(number: u8) -> Result<Self, Error> {
        Self::ALL.into_iter().find(|one| one.number() == number).ok_or(Error::InvalidInput)
    }

    /// Its number.
    pub fn number(self) -> u8 {
        match self {
            Self::Iso0 => 0,
            Self::Iso1 => 1,
            Self::Iso3 => 3,
            Self::Iso4 => 4,
        }
    }

    /// Bytes of a block.
    pub fn block_bytes(self) -> usize {
        if self == Self::Iso4 { 16 } else { 8 }
    }

    /// Whether a block is bound to a PAN.
    pub fn needs_pan(self) -> bool {
        self != Self::Iso1
    }

    /// What encrypts it.
    pub fn algorithm(self) -> Algorithm {
        if self == Self::Iso4 { Algorithm::Aes } else { Algorithm::Tdes }
    }

    /// Whether a nibble may stand behind the digits.
    fn is_filler(self, nibble: u8) -> Choice {
        match self {
            Self::Iso0 => nibble.ct_eq(&0xf),
            Self::Iso1 => Choice::from(1),
            Self::Iso3 => above_nine(nibble),
            Self::Iso4 => nibble.ct_eq(&0xa),
        }
    }
}

impl Fill {
    /// The fill of a format from random bytes: nibbles of the whole range, or of A to F, by
    /// rejection.
    ///
    /// # Errors
    /// [`Error::Internal`] if the bytes are too far from random.
    pub fn draw(format: Format, random: &Secret<[u8; FILL_RANDOM_BYTES]>) -> Result<Self, Error> {
        if format != Format::Iso3 {
            return Ok(Self(unpacked(random.expose())));
        }
        let letters = random.expose().iter().map(|byte| (byte.ct_lt(&252), 10 + byte % 6));
        let (fill, enough) = pick::<10>(letters);
        let mut nibbles = Secret::new([0; 16]);
        nibbles.expose_mut()[..10].copy_from_slice(fill.expose());
        if public(enough).into() { Ok(Self(nibbles)) } else { Err(Error::Internal) }
    }

    /// A fill that is given, for known answers: of formats 1 and 3 the nibbles of the places
    /// behind the fourth digit, of which a longer PIN takes the first; of format 4 all.
    pub fn given(nibbles: [u8; 16]) -> Self {
        Self(Secret::new(nibbles))
    }

    /// The nibble of a place behind the fourth digit.
    fn nibble(&self, format: Format, place: u8) -> u8 {
        match format {
            Format::Iso0 => 0xf,
            Format::Iso4 => 0xa,
            Format::Iso1 | Format::Iso3 => {
                let at = usize::from(place.saturating_sub(*PIN_DIGITS.start()));
                self.0.expose()[at] & 0xf
            }
        }
    }
}

/// The clear block of format 0, 1 or 3. It stays inside the core.
///
/// # Errors
/// [`Error::InvalidInput`] for a missing PAN, format 4, and in format 3 a fill outside A to F.
pub fn clear_block(
    format: Format,
    pin: &Pin,
    pan: Option<&Pan>,
    fill: &Fill,
) -> Result<Secret<[u8; 8]>, Error> {
    let mut block = packed::<8>(nibbles(format, pin, fill)?.expose());
    add(block.expose_mut(), pan_field8(format, pan)?.expose());
    Ok(block)
}

/// The clear PIN field of format 4. It stays inside the core.
///
/// # Errors
/// None that a PIN can cause.
pub fn pin_field(pin: &Pin, fill: &Fill) -> Result<Secret<[u8; 16]>, Error> {
    let mut all = Secret::new([0; 32]);
    all.expose_mut()[..16].copy_from_slice(nibbles(Format::Iso4, pin, fill)?.expose());
    all.expose_mut()[16..].copy_from_slice(fill.0.expose());
    Ok(packed(all.expose()))
}

/// The PAN field of format 4: how many digits there are over twelve, the whole PAN, zeros.
pub fn pan_field(pan: &Pan) -> Secret<[u8; 16]> {
    let digits = pan.digits();
    let missing = 12_usize.saturating_sub(digits.len());
    let mut nibbles = Secret::new([0; 32]);
    nibbles.expose_mut()[0] = digits.len().saturating_sub(12) as u8;
    let places = nibbles.expose_mut().iter_mut().skip(1 + missing);
    places.zip(digits).for_each(|(nibble, digit)| *nibble = *digit);
    packed(nibbles.expose())
}

/// Encrypts a PIN.
///
/// # Errors
/// [`Error::KeyUsage`] for a key of another algorithm than the format has,
/// [`Error::InvalidInput`] for a missing PAN or a fill of another format.
pub async fn encrypt(
    lanes: &Lanes,
    key: &Key,
    format: Format,
    pin: &Pin,
    pan: Option<&Pan>,
    fill: &Fill,
) -> Result<Vec<u8>, Error> {
    permits(key, format)?;
    if format != Format::Iso4 {
        let block = bytes(clear_block(format, pin, pan, fill)?.expose());
        return Ok(take(lanes.encrypt(key, block).await?));
    }
    let pan = pan_field(pan.ok_or(Error::InvalidInput)?);
    let mut block = lanes.encrypt(key, bytes(pin_field(pin, fill)?.expose())).await?;
    add(block.expose_mut(), pan.expose());
    Ok(take(lanes.encrypt(key, block).await?))
}

/// Decrypts a PIN. That it decodes does not show that the PAN is right.
///
/// # Errors
/// [`Error::InvalidPin`] if it does not decode, whatever the reason; [`Error::KeyUsage`],
/// [`Error::InvalidInput`] as of [`encrypt`] and for a block of another length.
pub async fn decrypt(lanes: &Lanes, pin: &EncryptedPin<'_>) -> Result<Pin, Error> {
    let opened = pin.open(lanes).await?;
    if public(opened.sound).into() { Ok(opened.pin) } else { Err(Error::InvalidPin) }
}

/// Decodes a clear block of format 0, 1 or 3.
///
/// # Errors
/// [`Error::InvalidPin`], whatever the reason; [`Error::InvalidInput`] for a missing PAN and
/// format 4.
pub fn decode(format: Format, pan: Option<&Pan>, block: &Secret<[u8; 8]>) -> Result<Pin, Error> {
    let opened = decoded8(format, pan, block)?;
    if public(opened.sound).into() { Ok(opened.pin) } else { Err(Error::InvalidPin) }
}

impl EncryptedPin<'_> {
    /// Decrypts and decodes; fails only for what the caller knows already.
    pub(crate) async fn open(&self, lanes: &Lanes) -> Result<Opened, Error> {
        permits(self.key, self.format)?;
        if self.format != Format::Iso4 {
            let block = lanes.decrypt(self.key, self.sent()?).await?;
            return decoded8(self.format, self.pan, &fixed(&block)?);
        }
        let pan = pan_field(self.pan.ok_or(Error::InvalidInput)?);
        let mut block = lanes.decrypt(self.key, self.sent()?).await?;
        add(block.expose_mut(), pan.expose());
        let block = lanes.decrypt(self.key, block).await?;
        Ok(decoded(self.format, &unpacked(&block.expose()[..8])))
    }

    fn sent(&self) -> Result<Bytes, Error> {
        let whole = self.block.len() == self.format.block_bytes();
        if whole { Ok(bytes(self.block)) } else { Err(Error::InvalidInput) }
    }
}

fn bytes(block: &[u8]) -> Bytes {
    Secret::new(block.to_vec())
}

/// What is no secret any more.
fn take(mut block: Bytes) -> Vec<u8> {
    std::mem::take(block.expose_mut())
}

fn fixed(block: &Bytes) -> Result<Secret<[u8; 8]>, Error> {
    block.expose().as_slice().try_into().map(Secret::new).map_err(|_| Error::InvalidInput)
}

fn permits(key: &Key, format: Format) -> Result<(), Error> {
    if key.algorithm() == format.algorithm() { Ok(()) } else { Err(Error::KeyUsage) }
}

/// The first 16 nibbles of the field.
fn nibbles(format: Format, pin: &Pin, fill: &Fill) -> Result<Secret<[u8; 16]>, Error> {
    let mut nibbles = Secret::new([0; 16]);
    let mut sound = Choice::from(1);
    let [control, length, places @ ..] = nibbles.expose_mut();
    (*control, *length) = (format.number(), pin.length());
    let digits = pin.digits().iter().copied().chain([0; 2]);
    for ((place, nibble), digit) in (0..PLACES).zip(places).zip(digits) {
        let filler = fill.nibble(format, place);
        *nibble = select(filler, digit, pin.has(place));
        sound &= pin.has(place) | format.is_filler(filler);
    }
    if public(sound).into() { Ok(nibbles) } else { Err(Error::InvalidInput) }
}

fn decoded8(format: Format, pan: Option<&Pan>, block: &Secret<[u8; 8]>) -> Result<Opened, Error> {
    let mut field = block.clone();
    add(field.expose_mut(), pan_field8(format, pan)?.expose());
    Ok(decoded(format, &unpacked(field.expose())))
}

/// The PAN field of the formats of 8 bytes: the twelve digits left of the check digit.
fn pan_field8(format: Format, pan: Option<&Pan>) -> Result<Secret<[u8; 8]>, Error> {
    match format {
        Format::Iso1 => Ok(Secret::new([0; 8])),
        Format::Iso4 => Err(Error::InvalidInput),
        Format::Iso0 | Format::Iso3 => {
            let digits = pan.ok_or(Error::InvalidInput)?.before_check(12);
            let mut nibbles = Secret::new([0; 16]);
            nibbles.expose_mut()[16 - digits.len()..].copy_from_slice(digits);
            Ok(packed(nibbles.expose()))
        }
    }
}

/// Checks all rules of a field and takes the PIN out.
fn decoded(format: Format, nibbles: &Secret<[u8; 16]>) -> Opened {
    let [control, length, places @ ..] = nibbles.expose();
    let in_range = !length.ct_lt(PIN_DIGITS.start()) & !PIN_DIGITS.end().ct_lt(length);
    let mut sound = control.ct_eq(&format.number()) & in_range;
    for (place, nibble) in (0..PLACES).zip(places) {
        let is_digit = place.ct_lt(length);
        sound &= (is_digit & !above_nine(*nibble)) | (!is_digit & format.is_filler(*nibble));
    }
    let mut digits = Secret::new([0; PIN_PLACES]);
    digits.expose_mut().copy_from_slice(&places[..PIN_PLACES]);
    Opened { pin: Pin::of(digits, *length, sound), sound }
}

//! Cards, chips and sessions with them.
// spec: stream 8.2

use typex_core::ErrorKind;
use typex_core::op::payment::{
    Card, ChipCard, ChipSession, Cipher, Cryptogram, DerivationOption, DynamicCard, Part, Response,
    SessionKey, Task,
};
use typex_wire::{operation, tag};

use super::field::{Fields, VALUE, array, secret};
use super::key::Data;
use super::record::UNKNOWN;

const OPTIONS: [DerivationOption; 2] = [DerivationOption::A, DerivationOption::B];

/// Bytes of a card status update.
const STATUS_BYTES: usize = 4;

/// The parameters of a card that come in front of those of an operation.
pub(super) struct CardFields<'a> {
    pan: Option<&'a [u8]>,
    sequence: Option<&'a [u8]>,
}

impl<'a> CardFields<'a> {
    pub(super) fn read(fields: &mut Fields<'a>) -> Self {
        Self { pan: fields.optional(tag::PAN), sequence: fields.optional(tag::SEQUENCE) }
    }

    pub(super) fn is_some(&self) -> bool {
        self.pan.is_some() || self.sequence.is_some()
    }

    /// The card, whose way of derivation comes next.
    fn chip(&self, fields: &mut Fields<'_>) -> Result<ChipCard, ErrorKind> {
        let (pan, sequence) = self.pan.zip(self.sequence).ok_or(VALUE)?;
        let option = fields.word(tag::DERIVATION, &OPTIONS)?;
        Ok(ChipCard { option, pan: secret(pan), sequence: secret(sequence) })
    }

    /// The session of a MAC.
    pub(super) fn session_of_mac(self, fields: &mut Fields<'_>) -> Result<ChipSession, ErrorKind> {
        let (card, key) = (self.chip(fields)?, session_key(fields)?);
        match key {
            SessionKey::Card | SessionKey::Mastercard(..) => Err(VALUE),
            key => Ok(ChipSession { card, key }),
        }
    }

    /// The session of a cryptogram.
    fn session_of_cryptogram(self, fields: &mut Fields<'_>) -> Result<ChipSession, ErrorKind> {
        let (card, key) = (self.chip(fields)?, session_key(fields)?);
        match key {
            SessionKey::OfCryptogram(_) | SessionKey::Visa(_) => Err(VALUE),
            key => Ok(ChipSession { card, key }),
        }
    }
}

/// One byte says which; behind it is what it needs.
fn session_key(fields: &mut Fields<'_>) -> Result<SessionKey, ErrorKind> {
    let (kind, value) = fields.required(tag::SESSION)?.split_first().ok_or(VALUE)?;
    Ok(match kind {
        0 => array::<0>(value).map(|_| SessionKey::Card)?,
        1 => SessionKey::Common(array(value)?),
        2 => SessionKey::OfCryptogram(array(value)?),
        3 => {
            let (counter, number) = value.split_at_checked(2).ok_or(VALUE)?;
            SessionKey::Mastercard(array(counter)?, array(number)?)
        }
        4 => SessionKey::Emv2000(array(value)?),
        5 => SessionKey::Visa(array(value)?),
        _ => return Err(VALUE),
    })
}

/// A cipher; of a chip with the card that comes behind the parameters of its key.
pub(super) fn cipher(data: Data, fields: &mut Fields<'_>) -> Result<Cipher, ErrorKind> {
    let (mode, iv) = match data {
        Data::Plain(cipher) => return Ok(cipher),
        Data::Chip(mode, iv) => (mode, iv),
    };
    let card = CardFields::read(fields).chip(fields)?;
    match session_key(fields)? {
        SessionKey::OfCryptogram(derivation) => Ok(Cipher::Chip { card, derivation, mode, iv }),
        _ => Err(VALUE),
    }
}

/// Reads what is asked of a key of cards, and its part.
pub(super) fn task(
    operation: u16,
    fields: &mut Fields<'_>,
    data: &[u8],
) -> Result<(Part, Task), ErrorKind> {
    let part = match operation {
        operation::GENERATE_CRYPTOGRAM | operation::VERIFY_CRYPTOGRAM => Part::Cryptogram,
        _ => Part::Card,
    };
    let task = match operation {
        operation::GENERATE_CARD_VALUE | operation::VERIFY_CARD_VALUE if !data.is_empty() => {
            return Err(VALUE);
        }
        operation::GENERATE_CARD_VALUE => {
            Task::GenerateCardValue { card: card(fields)?, length: fields.byte(tag::LENGTH)? }
        }
        operation::VERIFY_CARD_VALUE => {
            Task::VerifyCardValue { card: card(fields)?, claimed: fields.secret(tag::VALUE)? }
        }
        operation::GENERATE_DYNAMIC_VALUE => {
            let (card, length) = (CardFields::read(fields), fields.byte(tag::LENGTH)?);
            Task::GenerateDynamicValue { card: dynamic_card(card, fields, data)?, length }
        }
        operation::VERIFY_DYNAMIC_VALUE => {
            let (card, claimed) = (CardFields::read(fields), fields.secret(tag::VALUE)?);
            Task::VerifyDynamicValue { card: dynamic_card(card, fields, data)?, claimed }
        }
        operation::GENERATE_CRYPTOGRAM => generate_cryptogram(fields, data)?,
        operation::VERIFY_CRYPTOGRAM => verify_cryptogram(fields, data)?,
        _ => return Err(UNKNOWN),
    };
    Ok((part, task))
}

fn generate_cryptogram(fields: &mut Fields<'_>, data: &[u8]) -> Result<Task, ErrorKind> {
    let session = CardFields::read(fields).session_of_cryptogram(fields)?;
    Ok(Task::GenerateCryptogram(Cryptogram { session, data: secret(data) }))
}

fn card(fields: &mut Fields<'_>) -> Result<Card, ErrorKind> {
    let pan = fields.secret(tag::PAN)?;
    let expiry = fields.secret(tag::EXPIRY)?;
    Ok(Card { pan, expiry, service_code: fields.secret(tag::SERVICE_CODE)? })
}

/// The track is the data.
fn dynamic_card(
    card: CardFields<'_>,
    fields: &mut Fields<'_>,
    track: &[u8],
) -> Result<DynamicCard, ErrorKind> {
    let (pan, sequence) = card.pan.zip(card.sequence).ok_or(VALUE)?;
    let unpredictable = fields.bytes(tag::UNPREDICTABLE)?;
    let atc = fields.bytes(tag::COUNTER)?;
    let [pan, sequence, track] = [pan, sequence, track].map(secret);
    Ok(DynamicCard { pan, sequence, track, unpredictable, atc })
}

fn verify_cryptogram(fields: &mut Fields<'_>, data: &[u8]) -> Result<Task, ErrorKind> {
    let card = CardFields::read(fields);
    let claimed = fields.array(tag::VALUE)?;
    let session = card.session_of_cryptogram(fields)?;
    let response = match fields.optional_array(tag::RESPONSE_CODE)? {
        Some(code) => Some(Response::Code(code)),
        None => fields.optional(tag::RESPONSE_STATUS).map(response).transpose()?,
    };
    let cryptogram = Cryptogram { session, data: secret(data) };
    Ok(Task::VerifyCryptogram { cryptogram, claimed, response })
}

fn response(status: &[u8]) -> Result<Response, ErrorKind> {
    let (status, added) = status.split_at_checked(STATUS_BYTES).ok_or(VALUE)?;
    Ok(Response::Status(array(status)?, added.to_vec()))
}

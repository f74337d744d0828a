//! Chips: their cryptograms, the answers to them, their scripts.

use typex_core::op::payment::{self as call, ChipCard, ChipSession, Done, Part, Response, Task};
use typex_core::secret::Secret;

use super::key::Keys;
use super::pin::Coming;
use crate::payment::emv::{
    Cryptogram, DerivationOption, MacKey, PanSequence, PinChange, PinLayout, ScriptStyle,
    SessionKey, master_key, pin_change, session_key,
};
use crate::payment::lanes::Lanes;
use crate::payment::mac::Padding;
use crate::payment::{Error, Key, Pan};

pub(super) async fn perform(lanes: &Lanes, task: &Task, keys: &Keys<'_>) -> Result<Done, Error> {
    match task {
        Task::GenerateCryptogram(asked) => {
            let issuer = keys.find(Part::Cryptogram)?.cipher()?;
            let key = session(lanes, issuer, &asked.session).await?;
            let mac = mac_key(&key, &asked.session);
            let cryptogram = mac.cryptogram(lanes, asked.data.expose()).await?;
            Ok(Done::Mac(cryptogram.0.to_vec()))
        }
        Task::VerifyCryptogram { cryptogram, claimed, response } => {
            let issuer = keys.find(Part::Cryptogram)?.cipher()?;
            let key = session(lanes, issuer, &cryptogram.session).await?;
            let mac = mac_key(&key, &cryptogram.session);
            let data = cryptogram.data.expose();
            let verified = mac.verify(lanes, data, Cryptogram(*claimed)).await?;
            Ok(Done::Verified(match response {
                None => None,
                Some(Response::Code(code)) => Some(verified.respond(lanes, *code).await?.to_vec()),
                Some(Response::Status(status, own)) => {
                    Some(verified.respond_with_status(lanes, *status, own).await?.to_vec())
                }
            }))
        }
        Task::ChangeChipPin { pin, message, scheme } => {
            let coming = Coming::new(lanes, keys, Part::PinIn, pin).await?;
            change_pin(lanes, keys, &coming, message.expose(), scheme).await
        }
        _ => Err(Error::Internal),
    }
}

async fn change_pin(
    lanes: &Lanes,
    keys: &Keys<'_>,
    coming: &Coming<'_>,
    message: &[u8],
    scheme: &call::ChipScheme,
) -> Result<Done, Error> {
    let confidentiality = script_key(lanes, keys, Part::Confidentiality, scheme).await?;
    let integrity = script_key(lanes, keys, Part::Integrity, scheme).await?;
    let current = match &scheme.current {
        Some(block) => Some(Coming::new(lanes, keys, Part::PinIn, block).await?),
        None => None,
    };
    let current = current.as_ref().map(Coming::pin);
    let card;
    let layout = if scheme.is_visa {
        let issuer = keys.find(Part::Cryptogram)?.cipher()?;
        card = own_key(lanes, issuer, &scheme.card).await?;
        PinLayout::Visa { card: &card, current: current.as_ref() }
    } else {
        PinLayout::Format2
    };
    let changed = PinChange {
        pin: &coming.pin(),
        layout,
        confidentiality: &confidentiality,
        integrity: &integrity,
        style: style(scheme.style),
        message,
    };
    let changed = pin_change(lanes, &changed).await?;
    Ok(Done::Script { block: changed.block, mac: changed.mac.to_vec() })
}

/// The session key of a script.
async fn script_key(
    lanes: &Lanes,
    keys: &Keys<'_>,
    part: Part,
    scheme: &call::ChipScheme,
) -> Result<Key, Error> {
    let card = own_key(lanes, keys.find(part)?.cipher()?, &scheme.card).await?;
    session_key(lanes, &card, derivation(&scheme.key)).await
}

/// The session key for data of a chip.
pub(super) async fn data_key(
    lanes: &Lanes,
    issuer: &Key,
    card: &ChipCard,
    diversifier: [u8; 8],
) -> Result<Key, Error> {
    let card = own_key(lanes, issuer, card).await?;
    session_key(lanes, &card, SessionKey::OfCryptogram { cryptogram: diversifier }).await
}

/// The key of a session.
pub(super) async fn session(
    lanes: &Lanes,
    issuer: &Key,
    session: &ChipSession,
) -> Result<Key, Error> {
    let card = own_key(lanes, issuer, &session.card).await?;
    session_key(lanes, &card, derivation(&session.key)).await
}

/// Two digits; none are 00.
pub(super) fn sequence(digits: &Secret<Vec<u8>>) -> Result<PanSequence, Error> {
    let digits = digits.expose();
    let number = digits.iter().try_fold(0_u8, |number, digit| {
        let digit = digit.is_ascii_digit().then(|| digit - b'0')?;
        number.checked_mul(10)?.checked_add(digit)
    });
    PanSequence::new(number.ok_or(Error::InvalidInput)?)
}

async fn own_key(lanes: &Lanes, issuer: &Key, card: &ChipCard) -> Result<Key, Error> {
    let pan = Pan::parse(card.pan.expose())?;
    let option = match card.option {
        call::DerivationOption::A => DerivationOption::A,
        call::DerivationOption::B => DerivationOption::B,
    };
    master_key(lanes, issuer, &pan, sequence(&card.sequence)?, option).await
}

/// Under the card's own key data is filled up with zeros.
// spec: payments 8
fn mac_key<'a>(key: &'a Key, session: &ChipSession) -> MacKey<'a> {
    let padding = match session.key {
        call::SessionKey::Card => Padding::Zeros,
        _ => Padding::Bit,
    };
    MacKey { key, padding }
}

fn derivation(key: &call::SessionKey) -> SessionKey {
    match *key {
        call::SessionKey::Card => SessionKey::Master,
        call::SessionKey::Common(atc) => SessionKey::Common { atc: u16::from_be_bytes(atc) },
        call::SessionKey::OfCryptogram(cryptogram) => SessionKey::OfCryptogram { cryptogram },
        call::SessionKey::Mastercard(atc, unpredictable_number) => {
            SessionKey::Mastercard { atc: u16::from_be_bytes(atc), unpredictable_number }
        }
        call::SessionKey::Emv2000(atc) => SessionKey::Emv2000 { atc: u16::from_be_bytes(atc) },
        call::SessionKey::Visa(atc) => SessionKey::VisaScript { atc: u16::from_be_bytes(atc) },
    }
}

fn style(style: call::ScriptStyle) -> ScriptStyle {
    match style {
        call::ScriptStyle::Emv => ScriptStyle::Emv,
        call::ScriptStyle::Mastercard => ScriptStyle::Mastercard,
        call::ScriptStyle::Visa => ScriptStyle::Visa,
    }
}

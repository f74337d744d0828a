//! Values of cards made and checked.

use typex_core::op::payment::{self as call, Done, Part, Task};
use typex_core::secret::Secret;

use super::chip::sequence;
use super::key::Keys;
use crate::payment::emv::{DerivationOption, master_key};
use crate::payment::lanes::Lanes;
use crate::payment::limits::CARD_VALUE_DIGITS;
use crate::payment::validation_value::{
    Card, DynamicCard, card_value, cvc3, verify_card_value, verify_cvc3,
};
use crate::payment::{Digits, Error, Key, Pan};

pub(super) async fn perform(lanes: &Lanes, task: &Task, keys: &Keys<'_>) -> Result<Done, Error> {
    let key = keys.find(Part::Card)?.cipher()?;
    match task {
        Task::GenerateCardValue { card, length } => {
            let pan = Pan::parse(card.pan.expose())?;
            let card = laid_out(card, &pan)?;
            let value = card_value(lanes, key, &card, usize::from(*length)).await?;
            Ok(Done::CardValue(value.ascii()))
        }
        Task::VerifyCardValue { card, claimed } => {
            let pan = Pan::parse(card.pan.expose())?;
            let claimed = Digits::parse(claimed.expose())?;
            verify_card_value(lanes, key, &laid_out(card, &pan)?, &claimed).await?;
            Ok(Done::Verified(None))
        }
        Task::GenerateDynamicValue { card, length } => {
            let length = usize::from(*length);
            if !CARD_VALUE_DIGITS.contains(&length) {
                return Err(Error::InvalidInput);
            }
            let own = own_key(lanes, key, card).await?;
            let digits = cvc3(lanes, &own, &transaction(card)?).await?.ascii();
            let first = digits.expose().len().saturating_sub(length);
            Ok(Done::CardValue(Secret::new(digits.expose()[first..].to_vec())))
        }
        Task::VerifyDynamicValue { card, claimed } => {
            let claimed = Digits::parse(claimed.expose())?;
            let own = own_key(lanes, key, card).await?;
            verify_cvc3(lanes, &own, &transaction(card)?, &claimed).await?;
            Ok(Done::Verified(None))
        }
        _ => Err(Error::Internal),
    }
}

fn laid_out<'a>(card: &'a call::Card, pan: &'a Pan) -> Result<Card<'a>, Error> {
    let expiry = card.expiry.expose().as_slice().try_into().map_err(|_| Error::InvalidInput)?;
    let service_code = card.service_code.expose().as_slice().try_into();
    Ok(Card { pan, expiry, service_code: service_code.map_err(|_| Error::InvalidInput)? })
}

/// The card's own key.
async fn own_key(lanes: &Lanes, issuer: &Key, card: &call::DynamicCard) -> Result<Key, Error> {
    let pan = Pan::parse(card.pan.expose())?;
    let sequence = sequence(&card.sequence)?;
    master_key(lanes, issuer, &pan, sequence, DerivationOption::A).await
}

fn transaction(card: &call::DynamicCard) -> Result<DynamicCard<'_>, Error> {
    Ok(DynamicCard {
        track_template: card.track.expose(),
        unpredictable_number: number(&card.unpredictable)?,
        atc: u16::from_be_bytes(number(&card.atc)?),
    })
}

/// A number of up to `N` bytes, zeros in front.
fn number<const N: usize>(bytes: &[u8]) -> Result<[u8; N], Error> {
    let first = N.checked_sub(bytes.len()).ok_or(Error::InvalidInput)?;
    let mut number = [0; N];
    number[first..].copy_from_slice(bytes);
    Ok(number)
}

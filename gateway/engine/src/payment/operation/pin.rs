//! PINs translated, verified, made.

use typex_core::key::payment::PinRuleInput;
use typex_core::op::payment::{
    Bytes, ClaimedRule, Done, Operation, Part, Pin3624, PinBlock, PinForm, Task,
};
use typex_core::policy::payment::pin_rule;
use typex_core::secret::Secret;

use super::job::JobKey;
use super::key::{Keys, Working};
use super::random::Random;
use crate::payment::lanes::Lanes;
use crate::payment::pin_block::{self, EncryptedPin, Format};
use crate::payment::pin_translate::{Outgoing, translate};
use crate::payment::pin_verify::{DecimalisationTable, Ibm3624, ValidationData, VisaPvv};
use crate::payment::{Digits, Error, Key, Pan, Pin};
use crate::token::{self, Token};

pub(super) async fn perform(
    lanes: &Lanes,
    task: &Task,
    keys: &Keys<'_>,
    random: Random<'_>,
) -> Result<Done, Error> {
    match task {
        Task::TranslatePin { incoming, outgoing } => {
            translated(lanes, keys, random, (incoming, outgoing)).await
        }
        Task::VerifyPin3624 { .. } => verify_3624(lanes, task, keys).await,
        Task::VerifyPinVisa { .. } => verify_visa(lanes, task, keys).await,
        Task::GeneratePin3624 { which, rule, form, length } => {
            let rule = Rule::new(keys, Part::Generation, rule, form)?;
            let going = Going::new(lanes, keys, Part::PinOut, form).await?;
            let (pin, offset) = made(lanes, &rule.ibm(), which, *length, random).await?;
            going.done(lanes, &pin, &offset, random).await
        }
        Task::GenerateOffset3624 { pin, rule } => {
            let rule = Rule::new(keys, Part::Generation, rule, &pin.form)?;
            let coming = Coming::new(lanes, keys, Part::PinIn, pin).await?;
            let offset = rule.ibm().offset(lanes, &coming.pin()).await?;
            Ok(Done::Pin { block: pin.block.clone(), value: Some(offset.ascii()) })
        }
        task => generated_visa(lanes, task, keys, random).await,
    }
}

async fn translated(
    lanes: &Lanes,
    keys: &Keys<'_>,
    random: Random<'_>,
    (incoming, outgoing): (&PinBlock, &PinForm),
) -> Result<Done, Error> {
    let from = Coming::new(lanes, keys, Part::Incoming, incoming).await?;
    let to = Going::new(lanes, keys, Part::Outgoing, outgoing).await?;
    let fill = random.fill(to.format)?;
    let Going { key, format, pan } = &to;
    let to = Outgoing { key, format: *format, pan: pan.as_ref(), fill: &fill };
    translate(lanes, &from.pin(), &to).await.map(Done::PinBlock)
}

/// A PIN block that comes bound to a token.
pub(crate) struct TokenWay<'a> {
    pub(crate) keys: &'a [JobKey],
    pub(crate) token: &'a Token,
    /// Format in which it comes.
    pub(crate) format: u8,
    pub(crate) block: &'a [u8],
    /// Format in which it goes.
    pub(crate) outgoing: u8,
}

/// The block bound to the card number that `resolved` finds, and whether it did.
pub(crate) async fn translated_by_token(
    lanes: &Lanes,
    way: TokenWay<'_>,
    seed: Option<&Secret<[u8; 32]>>,
    resolved: impl Future<Output = Result<(Pan, bool), Error>>,
) -> Result<Vec<u8>, Error> {
    let TokenWay { keys, token, format, block, outgoing } = way;
    let keys = Keys::open(lanes, Operation::TranslatePin, keys).await?;
    let from = keys.find(Part::Incoming)?.pin_key(lanes).await?;
    let to = keys.find(Part::Outgoing)?.pin_key(lanes).await?;
    let (format, outgoing) = (Format::from_number(format)?, Format::from_number(outgoing)?);
    let fill = Random::new(seed).fill(outgoing)?;
    let incoming = token::Bound { key: &from, format, token, block };
    let outgoing = Outgoing { key: &to, format: outgoing, pan: None, fill: &fill };
    token::translate_bound(lanes, &incoming, &outgoing, resolved).await
}

async fn verify_3624(lanes: &Lanes, task: &Task, keys: &Keys<'_>) -> Result<Done, Error> {
    let Task::VerifyPin3624 { pin, rule, offset, length } = task else {
        return Err(Error::Internal);
    };
    let coming = Coming::new(lanes, keys, Part::PinIn, pin).await?;
    let rule = Rule::new(keys, Part::Verification, rule, &pin.form)?;
    let offset = Digits::parse(offset.expose())?;
    if length.is_some_and(|length| usize::from(length) != offset.length()) {
        return Err(Error::InvalidInput);
    }
    rule.ibm().verify(lanes, &coming.pin(), &offset).await?;
    Ok(Done::Verified(None))
}

async fn generated_visa(
    lanes: &Lanes,
    task: &Task,
    keys: &Keys<'_>,
    random: Random<'_>,
) -> Result<Done, Error> {
    match task {
        Task::GeneratePinVisa { pan, index, form, length } => {
            let pan = Pan::parse(pan.expose())?;
            let key = keys.find(Part::Generation)?.cipher()?;
            let going = Going::new(lanes, keys, Part::PinOut, form).await?;
            let pin = random.pin(*length)?;
            let visa = VisaPvv { key, pan: &pan, key_index: *index };
            let value = visa.value_of(lanes, &pin).await?;
            going.done(lanes, &pin, &value, random).await
        }
        Task::GenerateValueVisa { pin, pan, index } => {
            let pan = Pan::parse(pan.expose())?;
            let key = keys.find(Part::Generation)?.cipher()?;
            let coming = Coming::new(lanes, keys, Part::PinIn, pin).await?;
            let visa = VisaPvv { key, pan: &pan, key_index: *index };
            let value = visa.value(lanes, &coming.pin()).await?;
            Ok(Done::Pin { block: pin.block.clone(), value: Some(value.ascii()) })
        }
        _ => Err(Error::Internal),
    }
}

/// A PIN that comes in a block.
pub(super) struct Coming<'a> {
    key: Working<'a>,
    format: Format,
    pan: Option<Pan>,
    block: &'a [u8],
}

/// How a PIN goes out in one.
struct Going<'a> {
    key: Working<'a>,
    format: Format,
    pan: Option<Pan>,
}

/// What a key computes PINs with.
struct Rule<'a> {
    key: &'a Key,
    table: DecimalisationTable,
    validation: ValidationData,
}

impl<'a> Coming<'a> {
    pub(super) async fn new(
        lanes: &Lanes,
        keys: &'a Keys<'_>,
        part: Part,
        pin: &'a PinBlock,
    ) -> Result<Self, Error> {
        let format = Format::from_number(pin.form.format)?;
        let pan = pan_of(&pin.form)?;
        let key = keys.find(part)?.pin_key(lanes).await?;
        Ok(Self { key, format, pan, block: &pin.block })
    }

    pub(super) fn pin(&self) -> EncryptedPin<'_> {
        let Self { key, format, pan, block } = self;
        EncryptedPin { key, format: *format, pan: pan.as_ref(), block }
    }
}

impl<'a> Going<'a> {
    async fn new(
        lanes: &Lanes,
        keys: &'a Keys<'_>,
        part: Part,
        form: &PinForm,
    ) -> Result<Self, Error> {
        let format = Format::from_number(form.format)?;
        let pan = pan_of(form)?;
        let key = keys.find(part)?.pin_key(lanes).await?;
        Ok(Self { key, format, pan })
    }

    async fn done(
        &self,
        lanes: &Lanes,
        pin: &Pin,
        value: &Digits,
        random: Random<'_>,
    ) -> Result<Done, Error> {
        let fill = random.fill(self.format)?;
        let Self { key, format, pan } = self;
        let block = pin_block::encrypt(lanes, key, *format, pin, pan.as_ref(), &fill).await?;
        Ok(Done::Pin { block, value: Some(value.ascii()) })
    }
}

impl<'a> Rule<'a> {
    /// The caller's, which has to be the key's own.
    // spec: payments 2.1
    fn new(
        keys: &'a Keys<'_>,
        part: Part,
        claimed: &ClaimedRule,
        form: &PinForm,
    ) -> Result<Self, Error> {
        let open = keys.find(part)?;
        let own = pin_rule(open.stored()?.attributes()).map_err(|_| Error::KeyUsage)?;
        let given = PinRuleInput {
            table: claimed.table.expose(),
            validation: claimed.validation.expose(),
            pad: HEX[usize::from(claimed.pad & 15)],
            pan: form.pan.as_ref().map_or(&[], |pan| pan.expose()),
        };
        own.check(given).map_err(|_| Error::InvalidInput)?;
        let table = DecimalisationTable::parse(given.table)?;
        let validation = ValidationData::parse(given.validation, given.pad)?;
        Ok(Self { key: open.cipher()?, table, validation })
    }

    fn ibm(&self) -> Ibm3624<'_> {
        Ibm3624 { key: self.key, table: &self.table, validation: &self.validation }
    }
}

const HEX: [u8; 16] = *b"0123456789ABCDEF";

/// A PIN and its offset.
async fn made(
    lanes: &Lanes,
    ibm: &Ibm3624<'_>,
    which: &Pin3624,
    length: u8,
    random: Random<'_>,
) -> Result<(Pin, Digits), Error> {
    match which {
        Pin3624::Natural => {
            let pin = ibm.natural_pin(lanes, length).await?;
            Ok((pin, Digits::of(&[0; 12][..usize::from(length).min(12)])))
        }
        Pin3624::Random => {
            let pin = random.pin(length)?;
            let offset = ibm.offset_of(lanes, &pin).await?;
            Ok((pin, offset))
        }
        Pin3624::OfOffset(offset) => {
            let offset = Digits::parse(offset.expose())?;
            if offset.length() != usize::from(length) {
                return Err(Error::InvalidInput);
            }
            let pin = ibm.pin_of(lanes, &offset).await?;
            Ok((pin, offset))
        }
    }
}

/// A PIN of another length than it must have is a wrong one, found out after the same work.
async fn verify_visa(lanes: &Lanes, task: &Task, keys: &Keys<'_>) -> Result<Done, Error> {
    let Task::VerifyPinVisa { pin, pan, index, value, length } = task else {
        return Err(Error::Internal);
    };
    let coming = Coming::new(lanes, keys, Part::PinIn, pin).await?;
    let pan: Pan = Pan::parse(Bytes::expose(pan))?;
    let key = keys.find(Part::Verification)?.cipher()?;
    let visa = VisaPvv { key, pan: &pan, key_index: *index };
    let value = Digits::parse(value.expose())?;
    let verified = visa.verify(lanes, &coming.pin(), &value).await;
    let Some(length) = length else { return verified.map(|()| Done::Verified(None)) };
    let pin = pin_block::decrypt(lanes, &coming.pin()).await;
    verified?;
    if pin?.length() == *length { Ok(Done::Verified(None)) } else { Err(Error::InvalidPin) }
}

fn pan_of(form: &PinForm) -> Result<Option<Pan>, Error> {
    form.pan.as_ref().map(|pan| Pan::parse(pan.expose())).transpose()
}

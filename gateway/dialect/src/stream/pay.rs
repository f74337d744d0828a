//! Payment operations: keys of handles, a task of parameters and data.
// spec: stream 8.2

use bytes::{Buf, BytesMut};
use typex_core::ErrorKind;
use typex_core::key::payment::MacHash;
use typex_core::op::payment::{
    Call, ClaimedRule, Mac, MacMethod, MacPadding, NamedKey, Part, Pin3624, PinBlock, Task,
    TrackForm,
};
use typex_wire::{cipher, operation, tag};

use super::chip::{self, CardFields};
use super::field::{Fields, VALUE, secret};
use super::key::{KeyFields, Way};
use super::record::{Reading, UNKNOWN};

pub(super) const TRACKS: [TrackForm; 2] = [TrackForm::Ascii, TrackForm::Packed];
const METHODS: [MacMethod; 6] = [
    MacMethod::Iso16609,
    MacMethod::Iso1,
    MacMethod::Iso3,
    MacMethod::Cmac,
    MacMethod::Hmac,
    MacMethod::Emv,
];
const HASHES: [MacHash; 4] = [MacHash::Sha224, MacHash::Sha256, MacHash::Sha384, MacHash::Sha512];
const PADDINGS: [MacPadding; 2] = [MacPadding::Zeros, MacPadding::Bit];

/// Which of the PINs that IBM 3624 gives.
#[derive(Clone, Copy)]
enum Which {
    Natural,
    Random,
    OfOffset,
}

const PINS: [Which; 3] = [Which::Natural, Which::Random, Which::OfOffset];

/// Reads a payment operation.
pub(super) fn call<'a>(
    reading: &mut Reading<'_>,
    (operation, handle): (u16, u32),
    fields: &mut Fields<'a>,
    data: &'a [u8],
) -> Result<Call, ErrorKind> {
    let mut record = Record { reading, handle, fields, data };
    match operation {
        operation::ENCRYPT => record.encrypt(),
        operation::DECRYPT => record.decrypt(),
        operation::REENCRYPT => record.reencrypt(),
        operation::TRANSLATE_PIN => record.translate_pin(),
        operation::VERIFY_PIN_3624 => record.verify_pin_3624(),
        operation::VERIFY_PIN_VISA => record.verify_pin_visa(),
        operation::GENERATE_PIN_3624 => record.generate_pin_3624(),
        operation::GENERATE_PIN_VISA => record.generate_pin_visa(),
        operation::GENERATE_OFFSET_3624 => record.generate_offset(),
        operation::GENERATE_VALUE_VISA => record.generate_value(),
        operation::GENERATE_MAC => record.generate_mac(),
        operation::VERIFY_MAC => record.verify_mac(),
        operation::GENERATE_CARD_VALUE..=operation::VERIFY_CRYPTOGRAM => {
            let key = record.own(Part::Card)?;
            let (part, task) = chip::task(operation, record.fields, data)?;
            Ok(Call { keys: vec![NamedKey { part, ..key }], task })
        }
        _ => Err(UNKNOWN),
    }
}

/// The parameter that says GCM.
const GCM: [u8; 4] = [tag::CIPHER, 0, 1, cipher::GCM];
/// Bytes in front of associated data: their tag and length.
const AAD_HEAD_BYTES: usize = 3;

/// The associated data of a record that says GCM and nothing of its key, cut from its parameters,
/// which are else left as they are.
pub(super) fn gcm_alone(parameters: &mut BytesMut) -> Option<Option<BytesMut>> {
    let rest = parameters.strip_prefix(&GCM)?;
    if rest.is_empty() {
        return Some(None);
    }
    let (&[tag, high, low], aad) = rest.split_first_chunk::<AAD_HEAD_BYTES>()?;
    let is_all = tag == tag::AAD && aad.len() == usize::from(u16::from_be_bytes([high, low]));
    is_all.then(|| {
        parameters.advance(GCM.len() + AAD_HEAD_BYTES);
        Some(std::mem::take(parameters))
    })
}

struct Record<'r, 'n, 'f, 'a> {
    reading: &'r mut Reading<'n>,
    handle: u32,
    fields: &'f mut Fields<'a>,
    data: &'a [u8],
}

impl<'a> Record<'_, '_, '_, 'a> {
    fn of(&mut self, added: u8) -> KeyFields<'_, 'a> {
        KeyFields { fields: self.fields, added }
    }

    /// The key of the record's handle.
    fn own(&mut self, part: Part) -> Result<NamedKey, ErrorKind> {
        let mut fields = KeyFields { fields: self.fields, added: 0 };
        fields.key(self.reading, (self.handle, part))
    }

    /// The handle of a second key, which comes in front of its other parameters.
    fn second(&mut self) -> Result<u32, ErrorKind> {
        self.reading.other(tag::SECOND + tag::HANDLE, self.fields)
    }

    /// A second key.
    fn other(&mut self, handle: u32, part: Part) -> Result<NamedKey, ErrorKind> {
        let mut fields = KeyFields { fields: self.fields, added: tag::SECOND };
        fields.key(self.reading, (handle, part))
    }

    fn encrypt(&mut self) -> Result<Call, ErrorKind> {
        let cipher = self.of(0).cipher(Way::Out)?;
        let key = self.own(Part::Data)?;
        let cipher = chip::cipher(cipher, self.fields)?;
        Ok(Call { keys: vec![key], task: Task::Encrypt { cipher, plaintext: secret(self.data) } })
    }

    fn decrypt(&mut self) -> Result<Call, ErrorKind> {
        let cipher = self.of(0).cipher(Way::In)?;
        let key = self.own(Part::Data)?;
        let cipher = chip::cipher(cipher, self.fields)?;
        Ok(Call { keys: vec![key], task: Task::Decrypt { cipher, ciphertext: self.data.to_vec() } })
    }

    fn reencrypt(&mut self) -> Result<Call, ErrorKind> {
        let incoming = self.of(0).cipher(Way::In)?.plain()?;
        let key = self.own(Part::Incoming)?;
        let track = self.fields.optional_word(tag::TRACK, &TRACKS)?;
        let handle = self.second()?;
        let outgoing = self.of(tag::SECOND).cipher(Way::Out)?.plain()?;
        let other = self.other(handle, Part::Outgoing)?;
        let ciphertext = self.data.to_vec();
        let task = Task::ReEncrypt { incoming, outgoing, ciphertext, track };
        Ok(Call { keys: vec![key, other], task })
    }

    fn translate_pin(&mut self) -> Result<Call, ErrorKind> {
        let (key, incoming) = self.pin(Part::Incoming)?;
        let handle = self.second()?;
        let other = self.other(handle, Part::Outgoing)?;
        let outgoing = self.of(tag::SECOND).pin_form()?;
        Ok(Call { keys: vec![key, other], task: Task::TranslatePin { incoming, outgoing } })
    }

    /// The PIN block that comes as data, and its key.
    fn pin(&mut self, part: Part) -> Result<(NamedKey, PinBlock), ErrorKind> {
        let key = self.own(part)?;
        let form = self.of(0).pin_form()?;
        Ok((key, PinBlock { form, block: self.data.to_vec() }))
    }

    /// The key by which PINs are made or verified.
    fn pins_by(&mut self, part: Part) -> Result<NamedKey, ErrorKind> {
        let handle = self.second()?;
        self.other(handle, part)
    }

    fn verify_pin_3624(&mut self) -> Result<Call, ErrorKind> {
        let (key, pin) = self.pin(Part::PinIn)?;
        let length = self.fields.optional_byte(tag::LENGTH)?;
        let rule = self.rule()?;
        let offset = self.fields.secret(tag::OFFSET)?;
        let other = self.pins_by(Part::Verification)?;
        let task = Task::VerifyPin3624 { pin, rule, offset, length };
        Ok(Call { keys: vec![key, other], task })
    }

    fn verify_pin_visa(&mut self) -> Result<Call, ErrorKind> {
        let (key, pin) = self.pin(Part::PinIn)?;
        let pan = self.fields.secret(tag::PAN)?;
        let length = self.fields.optional_byte(tag::LENGTH)?;
        let value = self.fields.secret(tag::VALUE)?;
        let index = self.fields.byte(tag::INDEX)?;
        let other = self.pins_by(Part::Verification)?;
        let task = Task::VerifyPinVisa { pin, pan, index, value, length };
        Ok(Call { keys: vec![key, other], task })
    }

    fn generate_pin_3624(&mut self) -> Result<Call, ErrorKind> {
        let key = self.own(Part::PinOut)?;
        let form = self.of(0).pin_form()?;
        let length = self.fields.byte(tag::LENGTH)?;
        let rule = self.rule()?;
        let offset = self.fields.optional(tag::OFFSET).map(secret);
        let which = match (self.fields.word(tag::METHOD, &PINS)?, offset) {
            (Which::Natural, None) => Pin3624::Natural,
            (Which::Random, None) => Pin3624::Random,
            (Which::OfOffset, Some(offset)) => Pin3624::OfOffset(offset),
            _ => return Err(VALUE),
        };
        let other = self.pins_by(Part::Generation)?;
        let task = Task::GeneratePin3624 { which, rule, form, length };
        self.without_data(Call { keys: vec![key, other], task })
    }

    fn generate_pin_visa(&mut self) -> Result<Call, ErrorKind> {
        let key = self.own(Part::PinOut)?;
        let form = self.of(0).pin_form()?;
        let pan = self.fields.secret(tag::PAN)?;
        let length = self.fields.byte(tag::LENGTH)?;
        let index = self.fields.byte(tag::INDEX)?;
        let other = self.pins_by(Part::Generation)?;
        let task = Task::GeneratePinVisa { pan, index, form, length };
        self.without_data(Call { keys: vec![key, other], task })
    }

    fn generate_offset(&mut self) -> Result<Call, ErrorKind> {
        let (key, pin) = self.pin(Part::PinIn)?;
        let rule = self.rule()?;
        let other = self.pins_by(Part::Generation)?;
        Ok(Call { keys: vec![key, other], task: Task::GenerateOffset3624 { pin, rule } })
    }

    fn generate_value(&mut self) -> Result<Call, ErrorKind> {
        let (key, pin) = self.pin(Part::PinIn)?;
        let pan = self.fields.secret(tag::PAN)?;
        let index = self.fields.byte(tag::INDEX)?;
        let other = self.pins_by(Part::Generation)?;
        Ok(Call { keys: vec![key, other], task: Task::GenerateValueVisa { pin, pan, index } })
    }

    /// A PIN that is made comes from no data.
    fn without_data(&self, call: Call) -> Result<Call, ErrorKind> {
        self.data.is_empty().then_some(call).ok_or(VALUE)
    }

    fn rule(&mut self) -> Result<ClaimedRule, ErrorKind> {
        let table = self.fields.secret(tag::TABLE)?;
        let validation = self.fields.secret(tag::VALIDATION)?;
        Ok(ClaimedRule { table, validation, pad: self.fields.byte(tag::PAD)? })
    }

    fn generate_mac(&mut self) -> Result<Call, ErrorKind> {
        let key = self.own(Part::Mac)?;
        let card = CardFields::read(self.fields);
        let length = self.fields.optional_byte(tag::LENGTH)?;
        let mac = self.mac(&key, card)?;
        Ok(Call { keys: vec![key], task: Task::GenerateMac { mac, length } })
    }

    fn verify_mac(&mut self) -> Result<Call, ErrorKind> {
        let key = self.own(Part::Mac)?;
        let card = CardFields::read(self.fields);
        let claimed = self.fields.bytes(tag::VALUE)?;
        let mac = self.mac(&key, card)?;
        Ok(Call { keys: vec![key], task: Task::VerifyMac { mac, claimed } })
    }

    fn mac(&mut self, key: &NamedKey, card: CardFields<'_>) -> Result<Mac, ErrorKind> {
        let method = self.fields.word(tag::METHOD, &METHODS)?;
        let hash = self.fields.optional_word(tag::HASH, &HASHES)?;
        let padding = self.fields.optional_word(tag::PADDING, &PADDINGS)?.unwrap_or_default();
        let (method, chip) = match (method, key.dukpt.is_some()) {
            (MacMethod::Emv, false) => (method, Some(card.session_of_mac(self.fields)?)),
            _ if card.is_some() => return Err(VALUE),
            (method, false) => (method, None),
            (method, true) => (under_dukpt(method).ok_or(VALUE)?, None),
        };
        let hash_fits = hash.is_none() || method == MacMethod::Hmac;
        let message = secret(self.data);
        hash_fits.then_some(Mac { method, hash, padding, message, chip }).ok_or(VALUE)
    }
}

/// The same under a key of a transaction.
fn under_dukpt(method: MacMethod) -> Option<MacMethod> {
    match method {
        MacMethod::Iso1 => Some(MacMethod::DukptIso1),
        MacMethod::Iso3 => Some(MacMethod::DukptIso3),
        MacMethod::Cmac => Some(MacMethod::DukptCmac),
        MacMethod::Hmac => Some(MacMethod::DukptHmac),
        _ => None,
    }
}

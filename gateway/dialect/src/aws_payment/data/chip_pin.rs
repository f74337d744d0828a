//! GenerateMacEmvPinChange.
// spec: aws-payment 5.9

use typex_core::op::payment::{
    Answered, Call, ChipScheme, Done, Part, PinBlock, PinForm, ScriptStyle, SessionKey, Task,
};

use super::chip::card;
use super::key::stored;
use super::shapes::{
    AMEX_SESSION, EMV_MODE, HEX_4, HEX_16, KEY, MAJOR_KEY, NOT_SERVED, PAN, TEXT, TWO_DIGITS,
};
use super::{ERRORS, Function, pin, with_key};
use crate::aws_payment::input::Input;
use crate::aws_payment::operation::Operation;
use crate::aws_payment::refusal::Parsed;
use crate::aws_payment::render::View;
use crate::aws_payment::shape::{Member, Shape};
use crate::json::{Object, Value};

const MESSAGE: Shape = Shape::bytes(16, 1024);
const FORMAT: Shape = Shape::choice(&["ISO_FORMAT_0", "ISO_FORMAT_1", "ISO_FORMAT_3"]);
const PADDING: Shape = Shape::choice(&["NO_PADDING", "ISO_IEC_7816_4"]);
const POSITION: Shape = Shape::choice(&["NONE", "FRONT_OF_PIN_BLOCK"]);
const CARD: [Member; 3] = [
    Member::new("MajorKeyDerivationMode", &MAJOR_KEY),
    Member::new("PrimaryAccountNumber", &PAN),
    Member::new("PanSequenceNumber", &TWO_DIGITS),
];
const COUNTER: Member = Member::new("ApplicationTransactionCounter", &HEX_4);
const CRYPTOGRAM: Member = Member::new("ApplicationCryptogram", &HEX_16);
const COMMON: Shape = Shape::Structure(&[
    CARD[0],
    CARD[1],
    CARD[2],
    CRYPTOGRAM,
    Member::new("Mode", &EMV_MODE),
    Member::new("PinBlockPaddingType", &PADDING),
    Member::new("PinBlockLengthPosition", &POSITION),
]);
const CURRENT: Shape = Shape::Structure(&[
    Member::new("CurrentPinPekIdentifier", &KEY),
    Member::new("CurrentEncryptedPinBlock", &HEX_16),
]);
const VISA: Shape = Shape::Structure(&[
    CARD[0],
    CARD[1],
    CARD[2],
    COUNTER,
    Member::new("AuthorizationRequestKeyIdentifier", &KEY),
    Member::optional("CurrentPinAttributes", &CURRENT),
]);
const EMV2000: Shape = Shape::Structure(&[CARD[0], CARD[1], CARD[2], COUNTER]);
const MASTERCARD: Shape = Shape::Structure(&[CARD[0], CARD[1], CARD[2], CRYPTOGRAM]);
const DERIVATION: Shape = Shape::Union(&[
    Member::optional("EmvCommon", &COMMON),
    Member::refused("Amex", &VISA, AMEX_SESSION),
    Member::optional("Visa", &VISA),
    Member::optional("Emv2000", &EMV2000),
    Member::optional("Mastercard", &MASTERCARD),
]);

const PIN_KEY: (&str, &str) = ("NewPinPekArn", "NewPinPekKeyCheckValue");
const INTEGRITY_KEY: (&str, &str) =
    ("SecureMessagingIntegrityKeyArn", "SecureMessagingIntegrityKeyCheckValue");
const CONFIDENTIALITY_KEY: (&str, &str) =
    ("SecureMessagingConfidentialityKeyArn", "SecureMessagingConfidentialityKeyCheckValue");
const CRYPTOGRAM_KEY: (&str, &str) =
    ("AuthorizationRequestKeyArn", "AuthorizationRequestKeyCheckValue");

pub(super) const FUNCTIONS: &[Function] = &[Function {
    operation: Operation::new(
        "GenerateMacEmvPinChange",
        &[
            Member::new("NewPinPekIdentifier", &KEY),
            Member::new("NewEncryptedPinBlock", &HEX_16),
            Member::new("PinBlockFormat", &FORMAT),
            Member::new("SecureMessagingIntegrityKeyIdentifier", &KEY),
            Member::new("SecureMessagingConfidentialityKeyIdentifier", &KEY),
            Member::new("MessageData", &MESSAGE),
            Member::new("DerivationMethodAttributes", &DERIVATION),
        ],
        &[
            Member::new("NewPinPekArn", &TEXT),
            Member::new("SecureMessagingIntegrityKeyArn", &TEXT),
            Member::new("SecureMessagingConfidentialityKeyArn", &TEXT),
            Member::new("Mac", &TEXT),
            Member::new("EncryptedPinBlock", &TEXT),
            Member::new("NewPinPekKeyCheckValue", &TEXT),
            Member::new("SecureMessagingIntegrityKeyCheckValue", &TEXT),
            Member::new("SecureMessagingConfidentialityKeyCheckValue", &TEXT),
            Member::optional(
                "VisaAmexDerivationOutputs",
                &Shape::Structure(&[
                    Member::new("AuthorizationRequestKeyArn", &TEXT),
                    Member::new("AuthorizationRequestKeyCheckValue", &TEXT),
                    Member::optional("CurrentPinPekArn", &TEXT),
                    Member::optional("CurrentPinPekKeyCheckValue", &TEXT),
                ]),
            ),
        ],
        ERRORS,
    ),
    path: "/macemvpinchange/generate",
    read: change,
    write: changed,
}];

fn change(input: &Input<'_>) -> Parsed<Call> {
    let attributes = input.required("DerivationMethodAttributes")?;
    let name = attributes.chosen()?;
    let within = attributes.required(name)?;
    let mut keys = vec![
        stored(input, "NewPinPekIdentifier", Part::PinIn)?,
        stored(input, "SecureMessagingIntegrityKeyIdentifier", Part::Integrity)?,
        stored(input, "SecureMessagingConfidentialityKeyIdentifier", Part::Confidentiality)?,
    ];
    let is_visa = name == "Visa";
    if is_visa {
        keys.push(stored(&within, "AuthorizationRequestKeyIdentifier", Part::Cryptogram)?);
    }
    let block = input.required_bytes("NewEncryptedPinBlock")?;
    let pin = PinBlock { form: form(input, &within)?, block };
    let (key, style) = session(name, &within)?;
    let current = current(input, &within)?;
    let scheme = Box::new(ChipScheme { card: card(&within)?, key, style, current, is_visa });
    let message = input.secret_bytes("MessageData")?;
    Ok(Call { keys, task: Task::ChangeChipPin { pin, message, scheme } })
}

fn form(input: &Input<'_>, within: &Input<'_>) -> Parsed<PinForm> {
    let format = pin::format(input)?;
    let pan = within.chars("PrimaryAccountNumber").filter(|_| format != 1);
    Ok(PinForm { format, pan })
}

fn session(name: &str, within: &Input<'_>) -> Parsed<(SessionKey, ScriptStyle)> {
    let of_cryptogram = || within.array("ApplicationCryptogram").map(SessionKey::OfCryptogram);
    let counter = || within.array("ApplicationTransactionCounter");
    Ok(match name {
        "EmvCommon" => (of_cryptogram()?, style(within)?),
        "Mastercard" => (of_cryptogram()?, ScriptStyle::Mastercard),
        "Emv2000" => (SessionKey::Emv2000(counter()?), ScriptStyle::Emv),
        "Visa" => (SessionKey::Visa(counter()?), ScriptStyle::Visa),
        _ => return Err(within.unfit(NOT_SERVED)),
    })
}

/// How the block of a PIN is filled up and enciphered. Without padding it is one block, for which
/// both modes are the same.
fn style(within: &Input<'_>) -> Parsed<ScriptStyle> {
    let is_chained = within.required_word("Mode", &[("CBC", true), ("ECB", false)])?;
    let is_padded = within
        .required_word("PinBlockPaddingType", &[("ISO_IEC_7816_4", true), ("NO_PADDING", false)])?;
    let has_length = within.required_word(
        "PinBlockLengthPosition",
        &[("FRONT_OF_PIN_BLOCK", true), ("NONE", false)],
    )?;
    match (is_chained, is_padded, has_length) {
        (true, true, false) => Ok(ScriptStyle::Emv),
        (_, false, false) => Ok(ScriptStyle::Mastercard),
        (false, true, true) => Ok(ScriptStyle::Visa),
        _ => Err(within.unfit(
            "must be CBC with ISO_IEC_7816_4 and NONE, ECB with ISO_IEC_7816_4 and \
             FRONT_OF_PIN_BLOCK, or NO_PADDING with NONE",
        )),
    }
}

/// The PIN that the card has, under the key of the new one.
fn current(input: &Input<'_>, within: &Input<'_>) -> Parsed<Option<PinBlock>> {
    let Some(current) = within.object("CurrentPinAttributes") else { return Ok(None) };
    if current.key("CurrentPinPekIdentifier")? != input.key("NewPinPekIdentifier")? {
        return Err(current
            .fault("CurrentPinPekIdentifier", "must be the same name as NewPinPekIdentifier"));
    }
    let block = current.required_bytes("CurrentEncryptedPinBlock")?;
    Ok(Some(PinBlock { form: form(input, within)?, block }))
}

fn changed<'a>(view: &View, answered: &'a Answered) -> Option<Object<'a>> {
    let Done::Script { block, mac } = &answered.done else { return None };
    let object = Object::default();
    let object = with_key(object, PIN_KEY, view, answered, Part::PinIn);
    let object = with_key(object, INTEGRITY_KEY, view, answered, Part::Integrity);
    let object = with_key(object, CONFIDENTIALITY_KEY, view, answered, Part::Confidentiality);
    let object = object.hex("Mac", mac).hex("EncryptedPinBlock", block);
    let is_visa = answered.keys.iter().any(|seen| seen.part == Part::Cryptogram);
    let visa = with_key(Object::default(), CRYPTOGRAM_KEY, view, answered, Part::Cryptogram);
    Some(object.maybe("VisaAmexDerivationOutputs", is_visa.then_some(Value::Object(visa))))
}

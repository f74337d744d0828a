//! VerifyPinData, GeneratePinData.
// spec: aws-payment 5.5

use typex_core::op::payment::{
    Answered, Call, ClaimedRule, Done, Operation as Kind, Part, Pin3624, PinBlock, PinForm, Task,
};

use super::key::{of_transaction, stored, wrapped};
use super::shapes::{DUKPT_TYPE, KEY, KSN, NOT_SERVED, PAN, PIN_BLOCK, TEXT, WRAPPED};
use super::{ERRORS, ERRORS_OF_VERIFYING, Function, dukpt, with_key};
use crate::aws_payment::input::Input;
use crate::aws_payment::operation::Operation;
use crate::aws_payment::refusal::Parsed;
use crate::aws_payment::render::View;
use crate::aws_payment::shape::{Alphabet, Member, Shape};
use crate::json::{Object, Value};

const TABLE: Shape = Shape::digits(16, 16);
const VALIDATION: Shape = Shape::digits(4, 16);
const PAD: Shape = Shape::text(1, 1, Alphabet::UpperHex);
const OFFSET: Shape = Shape::digits(4, 12);
const VALUE: Shape = Shape::digits(4, 12);
const INDEX: Shape = Shape::Number(0, 6);
const LENGTH: Shape = Shape::Number(4, 12);
const FORMAT: Shape =
    Shape::choice(&["ISO_FORMAT_0", "ISO_FORMAT_1", "ISO_FORMAT_3", "ISO_FORMAT_4"]);

const FORMATS: [(&str, u8); 4] =
    [("ISO_FORMAT_0", 0), ("ISO_FORMAT_1", 1), ("ISO_FORMAT_3", 3), ("ISO_FORMAT_4", 4)];

const RULE: [Member; 3] = [
    Member::new("DecimalizationTable", &TABLE),
    Member::new("PinValidationDataPadCharacter", &PAD),
    Member::new("PinValidationData", &VALIDATION),
];
const WITH_OFFSET: Shape =
    Shape::Structure(&[RULE[0], RULE[1], RULE[2], Member::new("PinOffset", &OFFSET)]);
const OF_RULE: Shape = Shape::Structure(&RULE);
const OF_BLOCK: Shape =
    Shape::Structure(&[Member::new("EncryptedPinBlock", &PIN_BLOCK), RULE[0], RULE[1], RULE[2]]);
const VISA: Shape = Shape::Structure(&[Member::new("PinVerificationKeyIndex", &INDEX)]);
const VISA_OF_BLOCK: Shape = Shape::Structure(&[
    Member::new("EncryptedPinBlock", &PIN_BLOCK),
    Member::new("PinVerificationKeyIndex", &INDEX),
]);
const VISA_VALUE: Shape = Shape::Structure(&[
    Member::new("PinVerificationKeyIndex", &INDEX),
    Member::new("VerificationValue", &VALUE),
]);
const VERIFICATION: Shape = Shape::Union(&[
    Member::optional("VisaPin", &VISA_VALUE),
    Member::optional("Ibm3624Pin", &WITH_OFFSET),
]);
const GENERATION: Shape = Shape::Union(&[
    Member::optional("VisaPin", &VISA),
    Member::optional("VisaPinVerificationValue", &VISA_OF_BLOCK),
    Member::optional("Ibm3624PinOffset", &OF_BLOCK),
    Member::optional("Ibm3624NaturalPin", &OF_RULE),
    Member::optional("Ibm3624RandomPin", &OF_RULE),
    Member::optional("Ibm3624PinFromOffset", &WITH_OFFSET),
]);
const TRANSACTION: Shape = Shape::Structure(&[
    Member::new("KeySerialNumber", &KSN),
    Member::new("DukptDerivationType", &DUKPT_TYPE),
]);

const VERIFICATION_KEY: (&str, &str) = ("VerificationKeyArn", "VerificationKeyCheckValue");
const GENERATION_KEY: (&str, &str) = ("GenerationKeyArn", "GenerationKeyCheckValue");
const ENCRYPTION_KEY: (&str, &str) = ("EncryptionKeyArn", "EncryptionKeyCheckValue");

pub(super) const FUNCTIONS: &[Function] = &[
    Function {
        operation: Operation::new(
            "VerifyPinData",
            &[
                Member::new("VerificationKeyIdentifier", &KEY),
                Member::new("EncryptionKeyIdentifier", &KEY),
                Member::new("VerificationAttributes", &VERIFICATION),
                Member::new("EncryptedPinBlock", &PIN_BLOCK),
                Member::optional("PrimaryAccountNumber", &PAN),
                Member::new("PinBlockFormat", &FORMAT),
                Member::optional("PinDataLength", &LENGTH),
                Member::optional("DukptAttributes", &TRANSACTION),
                Member::optional("EncryptionWrappedKey", &WRAPPED),
            ],
            &[
                Member::new("VerificationKeyArn", &TEXT),
                Member::new("VerificationKeyCheckValue", &TEXT),
                Member::new("EncryptionKeyArn", &TEXT),
                Member::new("EncryptionKeyCheckValue", &TEXT),
            ],
            ERRORS_OF_VERIFYING,
        ),
        path: "/pindata/verify",
        read: verify,
        write: verified,
    },
    Function {
        operation: Operation::new(
            "GeneratePinData",
            &[
                Member::new("GenerationKeyIdentifier", &KEY),
                Member::new("EncryptionKeyIdentifier", &KEY),
                Member::new("GenerationAttributes", &GENERATION),
                Member::optional("PinDataLength", &LENGTH),
                Member::optional("PrimaryAccountNumber", &PAN),
                Member::new("PinBlockFormat", &FORMAT),
                Member::optional("EncryptionWrappedKey", &WRAPPED),
            ],
            &[
                Member::new("GenerationKeyArn", &TEXT),
                Member::new("GenerationKeyCheckValue", &TEXT),
                Member::new("EncryptionKeyArn", &TEXT),
                Member::new("EncryptionKeyCheckValue", &TEXT),
                Member::new("EncryptedPinBlock", &TEXT),
                Member::new(
                    "PinData",
                    &Shape::Union(&[
                        Member::optional("PinOffset", &TEXT),
                        Member::optional("VerificationValue", &TEXT),
                    ]),
                ),
            ],
            ERRORS,
        ),
        path: "/pindata/generate",
        read: generate,
        write: generated,
    },
];

fn verify(input: &Input<'_>) -> Parsed<Call> {
    let attributes = input.required("VerificationAttributes")?;
    let length = input.small("PinDataLength");
    let pin = block(input, input)?;
    let name = attributes.chosen()?;
    let within = attributes.required(name)?;
    let task = match name {
        "VisaPin" => {
            let (pan, index) = (pan(input)?, index(&within)?);
            let value = within.required_chars("VerificationValue")?;
            Task::VerifyPinVisa { pin, pan, index, value, length }
        }
        "Ibm3624Pin" => {
            let (rule, offset) = (rule(&within)?, within.required_chars("PinOffset")?);
            Task::VerifyPin3624 { pin, rule, offset, length }
        }
        other => return Err(attributes.fault(other, NOT_SERVED)),
    };
    let key = wrapped(input, "EncryptionKeyIdentifier", "EncryptionWrappedKey", Part::PinIn)?;
    let transaction = dukpt::within(input, "DukptAttributes", "DukptDerivationType")?;
    let other = stored(input, "VerificationKeyIdentifier", Part::Verification)?;
    Ok(Call { keys: vec![of_transaction(key, transaction), other], task })
}

/// PINs are made in a block, or what belongs to the PIN of one that comes along.
fn generate(input: &Input<'_>) -> Parsed<Call> {
    let attributes = input.required("GenerationAttributes")?;
    let name = attributes.chosen()?;
    let within = attributes.required(name)?;
    let offset = within.text("PinOffset").and_then(|offset| u8::try_from(offset.len()).ok());
    let length = input.small("PinDataLength").or(offset).unwrap_or(4);
    let task = match name {
        "VisaPin" => {
            let (pan, index) = (pan(input)?, index(&within)?);
            Task::GeneratePinVisa { pan, index, form: form(input)?, length }
        }
        "VisaPinVerificationValue" => {
            let (pan, index) = (pan(input)?, index(&within)?);
            Task::GenerateValueVisa { pin: block(input, &within)?, pan, index }
        }
        "Ibm3624PinOffset" => {
            Task::GenerateOffset3624 { pin: block(input, &within)?, rule: rule(&within)? }
        }
        "Ibm3624NaturalPin" | "Ibm3624RandomPin" | "Ibm3624PinFromOffset" => {
            let (which, rule) = (which(name, &within)?, rule(&within)?);
            Task::GeneratePin3624 { which, rule, form: form(input)?, length }
        }
        other => return Err(attributes.fault(other, NOT_SERVED)),
    };
    let comes = matches!(task, Task::GenerateValueVisa { .. } | Task::GenerateOffset3624 { .. });
    let part = if comes { Part::PinIn } else { Part::PinOut };
    let key = wrapped(input, "EncryptionKeyIdentifier", "EncryptionWrappedKey", part)?;
    Ok(Call { keys: vec![key, stored(input, "GenerationKeyIdentifier", Part::Generation)?], task })
}

fn which(name: &str, within: &Input<'_>) -> Parsed<Pin3624> {
    Ok(match name {
        "Ibm3624NaturalPin" => Pin3624::Natural,
        "Ibm3624RandomPin" => Pin3624::Random,
        "Ibm3624PinFromOffset" => Pin3624::OfOffset(within.required_chars("PinOffset")?),
        _ => return Err(within.unfit(NOT_SERVED)),
    })
}

/// The block that is a member of `within`.
fn block(input: &Input<'_>, within: &Input<'_>) -> Parsed<PinBlock> {
    Ok(PinBlock { form: form(input)?, block: within.required_bytes("EncryptedPinBlock")? })
}

fn form(input: &Input<'_>) -> Parsed<PinForm> {
    let format = format(input)?;
    let pan = if format == 1 { None } else { Some(pan(input)?) };
    Ok(PinForm { format, pan })
}

/// The format of a member that all operations name alike.
pub(super) fn format(input: &Input<'_>) -> Parsed<u8> {
    input.required_word("PinBlockFormat", &FORMATS)
}

fn pan(input: &Input<'_>) -> Parsed<typex_core::op::payment::Bytes> {
    let missing = "must be there for this format or verification value";
    let pan = input.chars("PrimaryAccountNumber");
    pan.ok_or_else(|| input.fault("PrimaryAccountNumber", missing))
}

fn index(visa: &Input<'_>) -> Parsed<u8> {
    let missing = || visa.fault("PinVerificationKeyIndex", "must not be null");
    visa.small("PinVerificationKeyIndex").ok_or_else(missing)
}

fn rule(ibm: &Input<'_>) -> Parsed<ClaimedRule> {
    let table = ibm.required_chars("DecimalizationTable")?;
    let validation = ibm.required_chars("PinValidationData")?;
    let [pad] = ibm.array("PinValidationDataPadCharacter")?;
    Ok(ClaimedRule { table, validation, pad })
}

fn verified<'a>(view: &View, answered: &'a Answered) -> Option<Object<'a>> {
    let Done::Verified(_) = answered.done else { return None };
    let object = Object::default();
    let object = with_key(object, VERIFICATION_KEY, view, answered, Part::Verification);
    Some(with_key(object, ENCRYPTION_KEY, view, answered, Part::PinIn))
}

fn generated<'a>(view: &View, answered: &'a Answered) -> Option<Object<'a>> {
    let Done::Pin { block, value } = &answered.done else { return None };
    let object = with_key(Object::default(), GENERATION_KEY, view, answered, Part::Generation);
    let object = with_key(object, ENCRYPTION_KEY, view, answered, Part::PinIn);
    let object = with_key(object, ENCRYPTION_KEY, view, answered, Part::PinOut);
    let is_visa = matches!(view.operation(), Some(Kind::GeneratePinVisa | Kind::GenerateValueVisa));
    let name = if is_visa { "VerificationValue" } else { "PinOffset" };
    let digits = value.as_ref().and_then(|digits| str::from_utf8(digits.expose()).ok());
    let data = digits.map(|digits| Value::Object(Object::default().with(name, digits)));
    Some(object.hex("EncryptedPinBlock", block).maybe("PinData", data))
}

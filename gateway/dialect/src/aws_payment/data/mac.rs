//! GenerateMac, VerifyMac.
// spec: aws-payment 5.6

use typex_core::key::payment::MacHash;
use typex_core::op::payment::{
    Answered, Call, ChipSession, Done, Dukpt, Mac, MacMethod, MacPadding, Part, SessionKey, Task,
};

use super::key::{of_transaction, stored};
use super::shapes::{
    AMEX_SESSION, AS2805, DUKPT_TYPE, DUKPT_VARIANT, HEX_4, HEX_16, KEY, KSN, MAJOR_KEY,
    NOT_SERVED, PAN, TEXT, TOLD_KEY, TWO_DIGITS, UNION_PAY,
};
use super::{ERRORS, ERRORS_OF_VERIFYING, Function, chip, dukpt, with_key};
use crate::aws_payment::input::Input;
use crate::aws_payment::operation::Operation;
use crate::aws_payment::refusal::Parsed;
use crate::aws_payment::render::View;
use crate::aws_payment::shape::{Choices, Member, Shape};
use crate::json::Object;

const MESSAGE: Shape = Shape::bytes(2, 8192);
const MAC: Shape = Shape::bytes(4, 128);
const LENGTH: Shape = Shape::Number(4, 32);
const PADDING: Shape = Shape::choice(&["METHOD_1", "METHOD_2"]);
const ALGORITHM: Shape = Shape::Choice(Choices {
    words: &[
        "ISO9797_ALGORITHM1",
        "ISO9797_ALGORITHM3",
        "CMAC",
        "HMAC",
        "HMAC_SHA224",
        "HMAC_SHA256",
        "HMAC_SHA384",
        "HMAC_SHA512",
    ],
    refused: &[("AS2805_4_1", AS2805)],
    ours: &["ISO16609"],
});
const OF_DUKPT: Shape = Shape::Structure(&[
    Member::new("KeySerialNumber", &KSN),
    Member::new("DukptKeyVariant", &DUKPT_VARIANT),
    Member::optional("DukptDerivationType", &DUKPT_TYPE),
]);
const SESSION: Shape = Shape::Choice(Choices {
    words: &["EMV_COMMON_SESSION_KEY", "EMV2000", "MASTERCARD_SESSION_KEY", "VISA"],
    refused: &[("AMEX", AMEX_SESSION), ("UNION_PAY", UNION_PAY)],
    ours: &[],
});
const DIVERSIFIER: Shape = Shape::Union(&[
    Member::optional("ApplicationCryptogram", &HEX_16),
    Member::optional("ApplicationTransactionCounter", &HEX_4),
]);
const OF_CHIP: Shape = Shape::Structure(&[
    Member::new("MajorKeyDerivationMode", &MAJOR_KEY),
    Member::new("PrimaryAccountNumber", &PAN),
    Member::new("PanSequenceNumber", &TWO_DIGITS),
    Member::new("SessionKeyDerivationMode", &SESSION),
    Member::new("SessionKeyDerivationValue", &DIVERSIFIER),
]);
const ATTRIBUTES: Shape = Shape::Union(&[
    Member::optional("Algorithm", &ALGORITHM),
    Member::optional("EmvMac", &OF_CHIP),
    Member::optional("DukptIso9797Algorithm1", &OF_DUKPT),
    Member::optional("DukptIso9797Algorithm3", &OF_DUKPT),
    Member::optional("DukptCmac", &OF_DUKPT),
    Member::ours("DukptHmac", &OF_DUKPT),
]);

pub(super) const FUNCTIONS: &[Function] = &[
    Function {
        operation: Operation::new(
            "GenerateMac",
            &[
                Member::new("KeyIdentifier", &KEY),
                Member::new("MessageData", &MESSAGE),
                Member::new("GenerationAttributes", &ATTRIBUTES),
                Member::optional("MacLength", &LENGTH),
                Member::ours("PaddingMethod", &PADDING),
            ],
            &[TOLD_KEY[0], TOLD_KEY[1], Member::new("Mac", &TEXT)],
            ERRORS,
        ),
        path: "/mac/generate",
        read: generate,
        write: generated,
    },
    Function {
        operation: Operation::new(
            "VerifyMac",
            &[
                Member::new("KeyIdentifier", &KEY),
                Member::new("MessageData", &MESSAGE),
                Member::new("Mac", &MAC),
                Member::new("VerificationAttributes", &ATTRIBUTES),
                Member::optional("MacLength", &LENGTH),
                Member::ours("PaddingMethod", &PADDING),
            ],
            &TOLD_KEY,
            ERRORS_OF_VERIFYING,
        ),
        path: "/mac/verify",
        read: verify,
        write: verified,
    },
];

fn generate(input: &Input<'_>) -> Parsed<Call> {
    let (mac, dukpt) = mac(input, "GenerationAttributes")?;
    let key = stored(input, "KeyIdentifier", Part::Mac)?;
    let task = Task::GenerateMac { mac, length: input.small("MacLength") };
    Ok(Call { keys: vec![of_transaction(key, dukpt)], task })
}

fn verify(input: &Input<'_>) -> Parsed<Call> {
    let (mac, dukpt) = mac(input, "VerificationAttributes")?;
    let key = stored(input, "KeyIdentifier", Part::Mac)?;
    let claimed = input.required_bytes("Mac")?;
    if input.number("MacLength").is_some_and(|length| length != claimed.len() as u64) {
        return Err(input.fault("MacLength", "must be the number of bytes of Mac"));
    }
    let task = Task::VerifyMac { mac, claimed };
    Ok(Call { keys: vec![of_transaction(key, dukpt)], task })
}

fn mac(input: &Input<'_>, name: &'static str) -> Parsed<(Mac, Option<Dukpt>)> {
    let attributes = input.required(name)?;
    let form = attributes.chosen()?;
    let (method, hash) = match form {
        "EmvMac" => (MacMethod::Emv, None),
        "DukptIso9797Algorithm1" => (MacMethod::DukptIso1, None),
        "DukptIso9797Algorithm3" => (MacMethod::DukptIso3, None),
        "DukptCmac" => (MacMethod::DukptCmac, None),
        "DukptHmac" => (MacMethod::DukptHmac, None),
        "Algorithm" => attributes.required_word("Algorithm", &ALGORITHMS)?,
        other => return Err(attributes.fault(other, NOT_SERVED)),
    };
    let within = attributes.object(form).filter(|_| form != "Algorithm");
    let (chip, dukpt) = match within {
        Some(within) if method == MacMethod::Emv => (Some(session(&within)?), None),
        Some(within) => (None, Some(dukpt::read(&within, "DukptDerivationType")?)),
        None => (None, None),
    };
    let padding = input.word("PaddingMethod", &PADDINGS)?.unwrap_or(MacPadding::Zeros);
    let message = input.secret_bytes("MessageData")?;
    Ok((Mac { method, hash, padding, message, chip }, dukpt))
}

const PADDINGS: [(&str, MacPadding); 2] =
    [("METHOD_1", MacPadding::Zeros), ("METHOD_2", MacPadding::Bit)];
const ALGORITHMS: [(&str, (MacMethod, Option<MacHash>)); 9] = [
    ("ISO9797_ALGORITHM1", (MacMethod::Iso1, None)),
    ("ISO9797_ALGORITHM3", (MacMethod::Iso3, None)),
    ("ISO16609", (MacMethod::Iso16609, None)),
    ("CMAC", (MacMethod::Cmac, None)),
    ("HMAC", (MacMethod::Hmac, None)),
    ("HMAC_SHA224", (MacMethod::Hmac, Some(MacHash::Sha224))),
    ("HMAC_SHA256", (MacMethod::Hmac, Some(MacHash::Sha256))),
    ("HMAC_SHA384", (MacMethod::Hmac, Some(MacHash::Sha384))),
    ("HMAC_SHA512", (MacMethod::Hmac, Some(MacHash::Sha512))),
];

fn session(attributes: &Input<'_>) -> Parsed<ChipSession> {
    let value = attributes.required("SessionKeyDerivationValue")?;
    let is_counter = value.chosen()? == "ApplicationTransactionCounter";
    let mode = attributes.required_text("SessionKeyDerivationMode")?;
    let key = match (mode, is_counter) {
        ("EMV_COMMON_SESSION_KEY", true) => {
            SessionKey::Common(value.array("ApplicationTransactionCounter")?)
        }
        ("EMV2000", true) => SessionKey::Emv2000(value.array("ApplicationTransactionCounter")?),
        ("VISA", true) => SessionKey::Visa(value.array("ApplicationTransactionCounter")?),
        ("EMV_COMMON_SESSION_KEY" | "MASTERCARD_SESSION_KEY", false) => {
            SessionKey::OfCryptogram(value.array("ApplicationCryptogram")?)
        }
        ("MASTERCARD_SESSION_KEY", true) => {
            let wanted = "must have ApplicationCryptogram for this mode";
            return Err(attributes.fault("SessionKeyDerivationValue", wanted));
        }
        ("EMV2000" | "VISA", false) => {
            let wanted = "must have ApplicationTransactionCounter for this mode";
            return Err(attributes.fault("SessionKeyDerivationValue", wanted));
        }
        _ => return Err(attributes.fault("SessionKeyDerivationMode", NOT_SERVED)),
    };
    Ok(ChipSession { card: chip::card(attributes)?, key })
}

fn generated<'a>(view: &View, answered: &'a Answered) -> Option<Object<'a>> {
    let Done::Mac(mac) = &answered.done else { return None };
    let object = with_key(Object::default(), super::KEY, view, answered, Part::Mac);
    Some(object.hex("Mac", mac))
}

fn verified<'a>(view: &View, answered: &'a Answered) -> Option<Object<'a>> {
    let Done::Verified(_) = answered.done else { return None };
    Some(with_key(Object::default(), super::KEY, view, answered, Part::Mac))
}

//! GenerateAuthRequestCryptogram, VerifyAuthRequestCryptogram.
// spec: aws-payment 5.8

use typex_core::op::payment::{
    Answered, Call, ChipCard, ChipSession, Cryptogram, DerivationOption, Done, Part, Response,
    SessionKey, Task,
};

use super::key::stored;
use super::shapes::{
    HEX_4, HEX_8, HEX_16, KEY, MAJOR_KEY, NOT_SERVED, PAN, TEXT, TOLD_KEY, TWO_DIGITS, UNION_PAY,
};
use super::{ERRORS, ERRORS_OF_VERIFYING, Function, with_key};
use crate::aws_payment::input::Input;
use crate::aws_payment::operation::Operation;
use crate::aws_payment::refusal::Parsed;
use crate::aws_payment::render::View;
use crate::aws_payment::shape::{Member, Shape};
use crate::json::{Object, Value};

const DATA: Shape = Shape::bytes(2, 1024);
const PROPRIETARY: Shape = Shape::bytes(2, 16);
const CARD: [Member; 2] =
    [Member::new("PrimaryAccountNumber", &PAN), Member::new("PanSequenceNumber", &TWO_DIGITS)];
const COUNTER: Member = Member::new("ApplicationTransactionCounter", &HEX_4);
const OF_CARD: Shape = Shape::Structure(&CARD);
const OF_COUNTER: Shape = Shape::Structure(&[CARD[0], CARD[1], COUNTER]);
const OF_MASTERCARD: Shape =
    Shape::Structure(&[CARD[0], CARD[1], COUNTER, Member::new("UnpredictableNumber", &HEX_8)]);
const SESSION: Shape = Shape::Union(&[
    Member::optional("EmvCommon", &OF_COUNTER),
    Member::optional("Mastercard", &OF_MASTERCARD),
    Member::optional("Emv2000", &OF_COUNTER),
    Member::optional("Amex", &OF_CARD),
    Member::optional("Visa", &OF_CARD),
    Member::refused("UnionPay", &OF_COUNTER, UNION_PAY),
]);
const METHOD_1: Shape = Shape::Structure(&[Member::new("AuthResponseCode", &HEX_4)]);
const METHOD_2: Shape = Shape::Structure(&[
    Member::new("CardStatusUpdate", &HEX_8),
    Member::optional("ProprietaryAuthenticationData", &PROPRIETARY),
]);
const RESPONSE: Shape = Shape::Union(&[
    Member::optional("ArpcMethod1", &METHOD_1),
    Member::optional("ArpcMethod2", &METHOD_2),
]);

pub(super) const FUNCTIONS: &[Function] = &[
    Function {
        operation: Operation::new(
            "GenerateAuthRequestCryptogram",
            &[
                Member::new("KeyIdentifier", &KEY),
                Member::new("TransactionData", &DATA),
                Member::new("MajorKeyDerivationMode", &MAJOR_KEY),
                Member::new("SessionKeyDerivationAttributes", &SESSION),
            ],
            &[TOLD_KEY[0], TOLD_KEY[1], Member::new("AuthRequestCryptogram", &TEXT)],
            ERRORS,
        ),
        path: "/cryptogram/generate",
        read: generate,
        write: generated,
    },
    Function {
        operation: Operation::new(
            "VerifyAuthRequestCryptogram",
            &[
                Member::new("KeyIdentifier", &KEY),
                Member::new("TransactionData", &DATA),
                Member::new("AuthRequestCryptogram", &HEX_16),
                Member::new("MajorKeyDerivationMode", &MAJOR_KEY),
                Member::new("SessionKeyDerivationAttributes", &SESSION),
                Member::optional("AuthResponseAttributes", &RESPONSE),
            ],
            &[TOLD_KEY[0], TOLD_KEY[1], Member::optional("AuthResponseValue", &TEXT)],
            ERRORS_OF_VERIFYING,
        ),
        path: "/cryptogram/verify",
        read: verify,
        write: verified,
    },
];

/// The card that attributes name.
pub(super) fn card(attributes: &Input<'_>) -> Parsed<ChipCard> {
    card_by(option(attributes)?, attributes)
}

fn card_by(option: DerivationOption, attributes: &Input<'_>) -> Parsed<ChipCard> {
    let pan = attributes.required_chars("PrimaryAccountNumber")?;
    let sequence = attributes.required_chars("PanSequenceNumber")?;
    Ok(ChipCard { option, pan, sequence })
}

const OPTIONS: [(&str, DerivationOption); 2] =
    [("EMV_OPTION_A", DerivationOption::A), ("EMV_OPTION_B", DerivationOption::B)];

fn option(input: &Input<'_>) -> Parsed<DerivationOption> {
    input.required_word("MajorKeyDerivationMode", &OPTIONS)
}

fn generate(input: &Input<'_>) -> Parsed<Call> {
    let task = Task::GenerateCryptogram(cryptogram(input)?);
    Ok(Call { keys: vec![stored(input, "KeyIdentifier", Part::Cryptogram)?], task })
}

fn verify(input: &Input<'_>) -> Parsed<Call> {
    let cryptogram = cryptogram(input)?;
    let claimed = input.array("AuthRequestCryptogram")?;
    let response = input.object("AuthResponseAttributes").map(|how| response(&how)).transpose()?;
    let task = Task::VerifyCryptogram { cryptogram, claimed, response };
    Ok(Call { keys: vec![stored(input, "KeyIdentifier", Part::Cryptogram)?], task })
}

fn cryptogram(input: &Input<'_>) -> Parsed<Cryptogram> {
    let attributes = input.required("SessionKeyDerivationAttributes")?;
    let name = attributes.chosen()?;
    let within = attributes.required(name)?;
    let counter = || within.array("ApplicationTransactionCounter");
    let key = match name {
        "EmvCommon" => SessionKey::Common(counter()?),
        "Mastercard" => SessionKey::Mastercard(counter()?, within.array("UnpredictableNumber")?),
        "Emv2000" => SessionKey::Emv2000(counter()?),
        // These networks' cryptograms without a session key.
        "Amex" | "Visa" => SessionKey::Card,
        other => return Err(attributes.fault(other, NOT_SERVED)),
    };
    let card = card_by(option(input)?, &within)?;
    let data = input.secret_bytes("TransactionData")?;
    Ok(Cryptogram { session: ChipSession { card, key }, data })
}

fn response(how: &Input<'_>) -> Parsed<Response> {
    if how.chosen()? == "ArpcMethod1" {
        return Ok(Response::Code(how.required("ArpcMethod1")?.array("AuthResponseCode")?));
    }
    let within = how.required("ArpcMethod2")?;
    let data = within.bytes("ProprietaryAuthenticationData")?.unwrap_or_default();
    Ok(Response::Status(within.array("CardStatusUpdate")?, data))
}

fn generated<'a>(view: &View, answered: &'a Answered) -> Option<Object<'a>> {
    let Done::Mac(cryptogram) = &answered.done else { return None };
    let object = with_key(Object::default(), super::KEY, view, answered, Part::Cryptogram);
    Some(object.hex("AuthRequestCryptogram", cryptogram))
}

fn verified<'a>(view: &View, answered: &'a Answered) -> Option<Object<'a>> {
    let Done::Verified(response) = &answered.done else { return None };
    let object = with_key(Object::default(), super::KEY, view, answered, Part::Cryptogram);
    Some(object.maybe("AuthResponseValue", response.as_deref().map(Value::Hex)))
}

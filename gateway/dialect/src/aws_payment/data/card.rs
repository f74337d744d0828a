//! GenerateCardValidationData, VerifyCardValidationData.
// spec: aws-payment 5.7

use typex_core::Secret;
use typex_core::op::payment::{Answered, Call, Card, Done, DynamicCard, Part, Task};

use super::key::stored;
use super::shapes::{
    EXPIRY, HEX_2_TO_4, HEX_2_TO_8, KEY, NOT_SERVED, PAN, SERVICE_CODE, TEXT, TOLD_KEY, TWO_DIGITS,
};
use super::{ERRORS, ERRORS_OF_VERIFYING, Function, with_key};
use crate::aws_payment::input::Input;
use crate::aws_payment::operation::Operation;
use crate::aws_payment::refusal::Parsed;
use crate::aws_payment::render::View;
use crate::aws_payment::shape::{Member, Shape};
use crate::json::Object;

const NETWORK: &str = "is not served: the algorithm is its network's and not public";

const DATA: Shape = Shape::digits(3, 5);
const LENGTH: Shape = Shape::Number(3, 5);
const TRACK: Shape = Shape::bytes(2, 160);
const OF_EXPIRY: Shape = Shape::Structure(&[Member::new("CardExpiryDate", &EXPIRY)]);
const OF_SERVICE: Shape = Shape::Structure(&[
    Member::new("CardExpiryDate", &EXPIRY),
    Member::new("ServiceCode", &SERVICE_CODE),
]);
const COUNTER: Member = Member::new("ApplicationTransactionCounter", &HEX_2_TO_4);
const UNPREDICTABLE: Member = Member::new("UnpredictableNumber", &HEX_2_TO_8);
const SEQUENCE: Member = Member::new("PanSequenceNumber", &TWO_DIGITS);
const HOLDER: Shape = Shape::Structure(&[UNPREDICTABLE, SEQUENCE, COUNTER]);
const DYNAMIC_CODE: Shape =
    Shape::Structure(&[UNPREDICTABLE, SEQUENCE, COUNTER, Member::new("TrackData", &TRACK)]);
const DYNAMIC_VALUE: Shape = Shape::Structure(&[
    SEQUENCE,
    Member::new("CardExpiryDate", &EXPIRY),
    Member::new("ServiceCode", &SERVICE_CODE),
    COUNTER,
]);
const DISCOVER: Shape =
    Shape::Structure(&[Member::new("CardExpiryDate", &EXPIRY), UNPREDICTABLE, COUNTER]);

const VALUES: [Member; 7] = [
    Member::refused("AmexCardSecurityCodeVersion1", &OF_EXPIRY, NETWORK),
    Member::refused("AmexCardSecurityCodeVersion2", &OF_SERVICE, NETWORK),
    Member::optional("CardVerificationValue1", &OF_SERVICE),
    Member::optional("CardVerificationValue2", &OF_EXPIRY),
    Member::refused("CardHolderVerificationValue", &HOLDER, NETWORK),
    Member::optional("DynamicCardVerificationCode", &DYNAMIC_CODE),
    Member::refused("DynamicCardVerificationValue", &DYNAMIC_VALUE, NETWORK),
];
const GENERATION: Shape = Shape::Union(&VALUES);
const VERIFICATION: Shape = Shape::Union(&[
    VALUES[0],
    VALUES[1],
    VALUES[2],
    VALUES[3],
    VALUES[4],
    VALUES[5],
    VALUES[6],
    Member::refused("DiscoverDynamicCardVerificationCode", &DISCOVER, NETWORK),
]);

pub(super) const FUNCTIONS: &[Function] = &[
    Function {
        operation: Operation::new(
            "GenerateCardValidationData",
            &[
                Member::new("KeyIdentifier", &KEY),
                Member::new("PrimaryAccountNumber", &PAN),
                Member::new("GenerationAttributes", &GENERATION),
                Member::optional("ValidationDataLength", &LENGTH),
            ],
            &[TOLD_KEY[0], TOLD_KEY[1], Member::new("ValidationData", &TEXT)],
            ERRORS,
        ),
        path: "/cardvalidationdata/generate",
        read: generate,
        write: generated,
    },
    Function {
        operation: Operation::new(
            "VerifyCardValidationData",
            &[
                Member::new("KeyIdentifier", &KEY),
                Member::new("PrimaryAccountNumber", &PAN),
                Member::new("VerificationAttributes", &VERIFICATION),
                Member::new("ValidationData", &DATA),
            ],
            &TOLD_KEY,
            ERRORS_OF_VERIFYING,
        ),
        path: "/cardvalidationdata/verify",
        read: verify,
        write: verified,
    },
];

/// What a value is computed from.
enum Subject {
    Card(Card),
    Dynamic(DynamicCard),
}

fn generate(input: &Input<'_>) -> Parsed<Call> {
    let length = input.small("ValidationDataLength").unwrap_or(3);
    let task = match subject(input, "GenerationAttributes")? {
        Subject::Card(card) => Task::GenerateCardValue { card, length },
        Subject::Dynamic(card) => Task::GenerateDynamicValue { card, length },
    };
    Ok(Call { keys: vec![stored(input, "KeyIdentifier", Part::Card)?], task })
}

fn verify(input: &Input<'_>) -> Parsed<Call> {
    let claimed = input.required_chars("ValidationData")?;
    let task = match subject(input, "VerificationAttributes")? {
        Subject::Card(card) => Task::VerifyCardValue { card, claimed },
        Subject::Dynamic(card) => Task::VerifyDynamicValue { card, claimed },
    };
    Ok(Call { keys: vec![stored(input, "KeyIdentifier", Part::Card)?], task })
}

fn subject(input: &Input<'_>, name: &'static str) -> Parsed<Subject> {
    let attributes = input.required(name)?;
    let form = attributes.chosen()?;
    let within = attributes.required(form)?;
    let pan = input.required_chars("PrimaryAccountNumber")?;
    if form == "DynamicCardVerificationCode" {
        let atc: [u8; 2] = within.array("ApplicationTransactionCounter")?;
        let unpredictable: [u8; 4] = within.array("UnpredictableNumber")?;
        return Ok(Subject::Dynamic(DynamicCard {
            pan,
            sequence: within.required_chars("PanSequenceNumber")?,
            track: within.secret_bytes("TrackData")?,
            unpredictable: unpredictable.to_vec(),
            atc: atc.to_vec(),
        }));
    }
    let service_code = match form {
        "CardVerificationValue1" => within.required_chars("ServiceCode")?,
        // That of the first with a service code of zeros.
        "CardVerificationValue2" => Secret::new(b"000".to_vec()),
        other => return Err(attributes.fault(other, NOT_SERVED)),
    };
    let expiry = within.required_chars("CardExpiryDate")?;
    Ok(Subject::Card(Card { pan, expiry, service_code }))
}

fn generated<'a>(view: &View, answered: &'a Answered) -> Option<Object<'a>> {
    let Done::CardValue(digits) = &answered.done else { return None };
    let object = with_key(Object::default(), super::KEY, view, answered, Part::Card);
    Some(object.with("ValidationData", str::from_utf8(digits.expose()).ok()?))
}

fn verified<'a>(view: &View, answered: &'a Answered) -> Option<Object<'a>> {
    let Done::Verified(_) = answered.done else { return None };
    Some(with_key(Object::default(), super::KEY, view, answered, Part::Card))
}

//! TranslatePinData.
// spec: aws-payment 5.4

use typex_core::op::payment::{Answered, Call, Done, Part, PinBlock, PinForm, Task};

use super::key::{of_transaction, wrapped};
use super::shapes::{AS2805, DUKPT_TYPE, DUKPT_VARIANT, KEY, KSN, PAN, PIN_BLOCK, TEXT, WRAPPED};
use super::{ERRORS, Function, dukpt, with_key};
use crate::aws_payment::input::Input;
use crate::aws_payment::operation::Operation;
use crate::aws_payment::refusal::Parsed;
use crate::aws_payment::render::View;
use crate::aws_payment::shape::{Member, Shape};
use crate::json::Object;

const WITH_PAN: Shape = Shape::Structure(&[Member::new("PrimaryAccountNumber", &PAN)]);
const FORMAT: Shape = Shape::Union(&[
    Member::optional("IsoFormat0", &WITH_PAN),
    Member::optional("IsoFormat1", &Shape::Structure(&[])),
    Member::optional("IsoFormat3", &WITH_PAN),
    Member::optional("IsoFormat4", &WITH_PAN),
    Member::refused("As2805Format0", &WITH_PAN, AS2805),
]);
const DERIVATION: Shape = Shape::Structure(&[
    Member::new("KeySerialNumber", &KSN),
    Member::optional("DukptKeyDerivationType", &DUKPT_TYPE),
    Member::optional("DukptKeyVariant", &DUKPT_VARIANT),
]);
const AS2805_KEY: Shape = Shape::Structure(&[
    Member::new("SystemTraceAuditNumber", &Shape::digits(6, 6)),
    Member::new("TransactionAmount", &Shape::digits(12, 12)),
]);

pub(super) const FUNCTIONS: &[Function] = &[Function {
    operation: Operation::new(
        "TranslatePinData",
        &[
            Member::new("IncomingKeyIdentifier", &KEY),
            Member::new("OutgoingKeyIdentifier", &KEY),
            Member::new("IncomingTranslationAttributes", &FORMAT),
            Member::new("OutgoingTranslationAttributes", &FORMAT),
            Member::new("EncryptedPinBlock", &PIN_BLOCK),
            Member::optional("IncomingDukptAttributes", &DERIVATION),
            Member::optional("OutgoingDukptAttributes", &DERIVATION),
            Member::optional("IncomingWrappedKey", &WRAPPED),
            Member::optional("OutgoingWrappedKey", &WRAPPED),
            Member::refused("IncomingAs2805Attributes", &AS2805_KEY, AS2805),
        ],
        &[
            Member::new("PinBlock", &TEXT),
            Member::new("KeyArn", &TEXT),
            Member::new("KeyCheckValue", &TEXT),
        ],
        ERRORS,
    ),
    path: "/pindata/translate",
    read: translate,
    write: translated,
}];

fn translate(input: &Input<'_>) -> Parsed<Call> {
    let key = wrapped(input, "IncomingKeyIdentifier", "IncomingWrappedKey", Part::Incoming)?;
    let from = dukpt::within(input, "IncomingDukptAttributes", "DukptKeyDerivationType")?;
    let other = wrapped(input, "OutgoingKeyIdentifier", "OutgoingWrappedKey", Part::Outgoing)?;
    let to = dukpt::within(input, "OutgoingDukptAttributes", "DukptKeyDerivationType")?;
    let form = form(&input.required("IncomingTranslationAttributes")?)?;
    let block = input.required_bytes("EncryptedPinBlock")?;
    let incoming = PinBlock { form, block };
    let outgoing = self::form(&input.required("OutgoingTranslationAttributes")?)?;
    let task = Task::TranslatePin { incoming, outgoing };
    Ok(Call { keys: vec![of_transaction(key, from), of_transaction(other, to)], task })
}

fn form(attributes: &Input<'_>) -> Parsed<PinForm> {
    let name = attributes.chosen()?;
    let format = match name {
        "IsoFormat0" => 0,
        "IsoFormat1" => 1,
        "IsoFormat3" => 3,
        "IsoFormat4" => 4,
        other => return Err(attributes.fault(other, AS2805)),
    };
    Ok(PinForm { format, pan: attributes.required(name)?.chars("PrimaryAccountNumber") })
}

fn translated<'a>(view: &View, answered: &'a Answered) -> Option<Object<'a>> {
    let Done::PinBlock(block) = &answered.done else { return None };
    let object = Object::default().hex("PinBlock", block);
    Some(with_key(object, super::KEY, view, answered, Part::Outgoing))
}

//! CreateKey, GetKey, ListKeys, DeleteKey, RestoreKey, StartKeyUsage, StopKeyUsage.
// spec: aws-payment 7.2

use typex_core::key::payment::{Algorithm, Attributes, Exportability, ModeOfUse};
use typex_core::limits::DELETION_DAYS_DEFAULT;
use typex_core::op::payment::is_served;
use typex_core::op::payment::keys::{Answer, New, Request};
use typex_core::op::{Op, Output};

use super::shapes::{
    AGREED, CHECK, COUNT, ERRORS, ERRORS_OF_ADDING, ERRORS_OF_LOOKING, FLAG, KEY, KEY_ATTRIBUTES,
    NEXT, ONE_KEY, REGION_LIST, REGIONS, SUMMARY, TAGS, USAGE,
};
use super::{Function, asked, done, label, page, word};
use crate::aws_payment::input::Input;
use crate::aws_payment::operation::Operation;
use crate::aws_payment::refusal::{Parsed, Refusal};
use crate::aws_payment::render::View;
use crate::aws_payment::shape::{Member, Shape};
use crate::json::{Object, Value};

const DAYS: Shape = Shape::Number(3, 180);
const STATE: Shape =
    Shape::choice(&["CREATE_IN_PROGRESS", "CREATE_COMPLETE", "DELETE_PENDING", "DELETE_COMPLETE"]);
const OF_KEY: Member = Member::new("KeyIdentifier", &KEY);
const ONE: &[Member] = &[OF_KEY];

pub(super) const FUNCTIONS: &[Function] = &[
    Function {
        operation: Operation::new(
            "CreateKey",
            &[
                Member::new("KeyAttributes", &KEY_ATTRIBUTES),
                Member::optional("KeyCheckValueAlgorithm", &CHECK),
                Member::new("Exportable", &FLAG),
                Member::optional("Enabled", &FLAG),
                Member::optional("Tags", &TAGS),
                Member::refused("DeriveKeyUsage", &USAGE, AGREED),
                Member::refused("ReplicationRegions", &REGION_LIST, REGIONS),
            ],
            ONE_KEY,
            ERRORS_OF_ADDING,
        ),
        read: create,
        write: shown,
    },
    Function {
        operation: Operation::new("GetKey", ONE, ONE_KEY, ERRORS_OF_LOOKING),
        read: |input| Ok(asked(Request::Get(input.key("KeyIdentifier")?))),
        write: shown,
    },
    Function {
        operation: Operation::new(
            "ListKeys",
            &[
                Member::optional("KeyState", &STATE),
                Member::optional("NextToken", &NEXT),
                Member::optional("MaxResults", &COUNT),
            ],
            &[
                Member::new("Keys", &Shape::List(&SUMMARY, 100)),
                Member::optional("NextToken", &NEXT),
            ],
            ERRORS_OF_LOOKING,
        ),
        read: list,
        write: listed,
    },
    Function {
        operation: Operation::new(
            "DeleteKey",
            &[OF_KEY, Member::optional("DeleteKeyInDays", &DAYS)],
            ONE_KEY,
            ERRORS,
        ),
        read: delete,
        write: shown,
    },
    Function {
        operation: Operation::new("RestoreKey", ONE, ONE_KEY, ERRORS_OF_ADDING),
        read: |input| Ok(asked(Request::Restore(input.key("KeyIdentifier")?))),
        write: shown,
    },
    Function {
        operation: Operation::new("StartKeyUsage", ONE, ONE_KEY, ERRORS_OF_ADDING),
        read: |input| Ok(asked(Request::Start(input.key("KeyIdentifier")?))),
        write: shown,
    },
    Function {
        operation: Operation::new("StopKeyUsage", ONE, ONE_KEY, ERRORS_OF_ADDING),
        read: |input| Ok(asked(Request::Stop(input.key("KeyIdentifier")?))),
        write: shown,
    },
];

/// The attributes of a key of which the request says whether it may leave.
pub(super) fn with_exportability(input: &Input<'_>) -> Parsed<Attributes> {
    let leaves = input.flag("Exportable") == Some(true);
    let exportability = if leaves { Exportability::Trusted } else { Exportability::Never };
    Ok(Attributes { exportability, ..word::attributes(input)? })
}

/// The answer with one key.
pub(super) fn shown<'a>(view: &View, output: &'a Output) -> Option<Object<'a>> {
    match done(output)? {
        Answer::Key(key) => {
            Some(Object::default().with("Key", Value::Object(word::key(view, key))))
        }
        _ => None,
    }
}

fn create(input: &Input<'_>) -> Parsed<Op> {
    Ok(asked(Request::Create(New {
        attributes: served(with_exportability(input)?)?,
        is_enabled: input.flag("Enabled").unwrap_or(true),
        check: word::check(input)?,
        tags: label::tags(input)?,
    })))
}

/// A key that no operation takes is not made. Attributes that do not go together, and pairs that
/// are not made at all, are core's to refuse.
fn served(attributes: Attributes) -> Parsed<Attributes> {
    let is_judged = attributes.algorithm.is_pair() || attributes.check().is_err();
    if is_judged || is_served(&attributes) {
        return Ok(attributes);
    }
    let with_other = |algorithm| is_served(&Attributes { algorithm, ..attributes });
    let in_other = |mode| is_served(&Attributes { mode, ..attributes });
    let member = if Algorithm::ALL.into_iter().any(with_other) {
        "KeyAttributes.KeyAlgorithm"
    } else if ModeOfUse::ALL.into_iter().any(in_other) {
        "KeyAttributes.KeyModesOfUse"
    } else {
        "KeyAttributes.KeyUsage"
    };
    Err(Refusal::field(member, "must be one that an operation takes"))
}

fn list(input: &Input<'_>) -> Parsed<Op> {
    let state = input.word("KeyState", &word::STATES)?;
    Ok(asked(Request::List { state, page: page::read(input)? }))
}

fn listed<'a>(view: &View, output: &'a Output) -> Option<Object<'a>> {
    match done(output)? {
        Answer::Keys(next) => Some(page::write("Keys", next, |key| word::summary(view, key))),
        _ => None,
    }
}

fn delete(input: &Input<'_>) -> Parsed<Op> {
    let days = input.number("DeleteKeyInDays").and_then(|days| u16::try_from(days).ok());
    let days = days.unwrap_or(DELETION_DAYS_DEFAULT);
    Ok(asked(Request::Delete { key: input.key("KeyIdentifier")?, days }))
}

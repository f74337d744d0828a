//! The data plane: operations with keys.
// spec: aws-payment 5

pub(super) mod batch;
mod card;
mod chip;
mod chip_pin;
mod cipher;
mod dukpt;
mod key;
mod mac;
mod pin;
mod pin_translate;
mod refused;
mod shapes;

use percent_encoding::percent_decode_str;
use typex_core::op::payment::{Answered, Call, Part};

use super::input::Input;
use super::operation::Operation;
use super::refusal::Parsed;
use super::render::View;
use crate::json::Object;

/// An operation of this plane.
pub(super) struct Function {
    pub(super) operation: Operation,
    /// Its path; a segment in braces is a member.
    pub(super) path: &'static str,
    /// From a request to what is asked for.
    pub(super) read: fn(&Input<'_>) -> Parsed<Call>,
    /// From a result to the answer's members; `None` for a result that is another operation's.
    pub(super) write: for<'a> fn(&View, &'a Answered) -> Option<Object<'a>>,
}

const TABLES: [&[Function]; 8] = [
    cipher::FUNCTIONS,
    pin_translate::FUNCTIONS,
    pin::FUNCTIONS,
    mac::FUNCTIONS,
    card::FUNCTIONS,
    chip::FUNCTIONS,
    chip_pin::FUNCTIONS,
    refused::FUNCTIONS,
];

/// Errors of every operation.
const ERRORS: &[&str] = &[
    "ValidationException",
    "AccessDeniedException",
    "ResourceNotFoundException",
    "ThrottlingException",
    "InternalServerException",
];

/// Errors of those that verify.
const ERRORS_OF_VERIFYING: &[&str] = &[
    "ValidationException",
    "VerificationFailedException",
    "AccessDeniedException",
    "ResourceNotFoundException",
    "ThrottlingException",
    "InternalServerException",
];

/// Every operation.
pub(super) fn all() -> impl Iterator<Item = &'static Function> {
    TABLES.into_iter().flatten()
}

/// The operation of that name.
pub(super) fn find(name: &str) -> Option<&'static Function> {
    all().find(|function| function.operation.name == name)
}

/// The operation of a path as it is on the wire, with the member that stands in it, decoded.
pub(super) fn route(path: &str) -> Option<(&'static Function, Option<(&'static str, String)>)> {
    all().find_map(|function| Some((function, member(function.path, path)?)))
}

fn member(pattern: &'static str, path: &str) -> Option<Option<(&'static str, String)>> {
    let Some((before, rest)) = pattern.split_once('{') else {
        return (pattern == path).then_some(None);
    };
    let (name, after) = rest.split_once('}')?;
    let text = path.strip_prefix(before)?.strip_suffix(after)?;
    let is_segment = !text.is_empty() && !text.contains('/');
    let text = percent_decode_str(text).decode_utf8_lossy().into_owned();
    is_segment.then_some(Some((name, text)))
}

impl Function {
    /// Whether a failure of what it verifies is an error of its own.
    pub(super) fn verifies(&self) -> bool {
        self.operation.errors.contains(&"VerificationFailedException")
    }
}

/// Adds full name and check value of the key in that part, where it took part.
fn with_key<'a>(
    object: Object<'a>,
    names: (&'static str, &'static str),
    view: &View,
    answered: &'a Answered,
    part: Part,
) -> Object<'a> {
    match answered.keys.iter().find(|seen| seen.part == part) {
        Some(seen) => object
            .with(names.0, view.key(answered.account, seen.key))
            .hex(names.1, &seen.check_value),
        None => object,
    }
}

/// The names of the only key that most answers tell.
const KEY: (&str, &str) = ("KeyArn", "KeyCheckValue");

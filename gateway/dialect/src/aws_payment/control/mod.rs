//! The control plane: keys, their aliases and tags.
// spec: aws-payment 7

mod exchange;
mod exchange_shapes;
mod key;
mod label;
mod page;
mod refused;
mod shapes;
mod word;

use typex_core::op::payment::keys::{Answer, Request};
use typex_core::op::{Op, Output};

use super::input::Input;
use super::operation::Operation;
use super::refusal::Parsed;
use super::render::View;
use crate::json::Object;

/// An operation of this plane.
pub(super) struct Function {
    pub(super) operation: Operation,
    /// From a request to what is asked for.
    pub(super) read: fn(&Input<'_>) -> Parsed<Op>,
    /// From a result to the answer's members; `None` for a result that is another operation's.
    pub(super) write: for<'a> fn(&View, &'a Output) -> Option<Object<'a>>,
}

const TABLES: [&[Function]; 4] =
    [key::FUNCTIONS, label::FUNCTIONS, exchange::FUNCTIONS, refused::FUNCTIONS];

/// Every operation.
pub(super) fn all() -> impl Iterator<Item = &'static Function> {
    TABLES.into_iter().flatten()
}

/// The operation of that name.
pub(super) fn find(name: &str) -> Option<&'static Function> {
    all().find(|function| function.operation.name == name)
}

fn asked(request: Request) -> Op {
    Op::PaymentKeys(Box::new(request))
}

fn done(output: &Output) -> Option<&Answer> {
    match output {
        Output::PaymentKeys(answer) => Some(answer),
        _ => None,
    }
}

/// An answer without members.
fn nothing<'a>(_: &View, output: &'a Output) -> Option<Object<'a>> {
    matches!(done(output)?, Answer::Done).then(Object::default)
}

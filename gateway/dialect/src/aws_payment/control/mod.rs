//! The control plane: keys, their aliases and tags.
// spec: aws-payment 7

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

const TABLES: [&[Function]; 0] = [];

/// Every operation.
pub(super) fn all() -> impl Iterator<Item = &'static Function> {
    TABLES.into_iter().flatten()
}

/// The operation of that name.
pub(super) fn find(name: &str) -> Option<&'static Function> {
    all().find(|function| function.operation.name == name)
}

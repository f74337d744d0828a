//! What is known of an operation of either plane.
// spec: aws-payment 3

use super::shape::Member;

/// An operation as clients see it.
pub(super) struct Operation {
    pub(super) name: &'static str,
    /// Members of its request.
    pub(super) input: &'static [Member],
    /// Members of its answer.
    pub(super) output: &'static [Member],
    /// Types of errors that it may answer, beside those that every request may.
    pub(super) errors: &'static [&'static str],
    /// Why nobody gets anything from it, if so.
    pub(super) refused: Option<&'static str>,
}

impl Operation {
    /// One that is served.
    pub(super) const fn new(
        name: &'static str,
        input: &'static [Member],
        output: &'static [Member],
        errors: &'static [&'static str],
    ) -> Self {
        Self { name, input, output, errors, refused: None }
    }

    /// One that is known, and never served.
    pub(super) const fn refused(self, reason: &'static str) -> Self {
        Self { refused: Some(reason), ..self }
    }
}

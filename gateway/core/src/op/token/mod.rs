//! Operations on tokens, in values of no dialect.
//!
//! Nothing is checked here but what the types say: lengths and alphabets are the engine's to judge,
//! so that every dialect is judged alike.

mod answer;
pub mod manage;
mod purpose;
mod task;

pub use answer::{About, Answer, Done};
pub use purpose::{Purpose, PurposeError};
pub use task::{Mask, Task};

use crate::error::Error;
use crate::token::DomainName;

/// A request.
pub enum Request {
    /// One operation.
    One(Box<Call>),
    /// Several of one kind, each answered in its place; one that could not be read fails alone. At
    /// most [`TOKEN_BATCH_MAX`](crate::limits::TOKEN_BATCH_MAX), which the dialect sees to.
    Batch {
        /// Of which kind.
        operation: Operation,
        /// The operations.
        calls: Vec<Result<Call, Error>>,
    },
}

/// One operation and its domain.
pub struct Call {
    /// In which domain the token is, or shall be.
    pub domain: DomainName,
    /// What to do.
    pub task: Task,
}

/// Which operation, for policy, metrics and the audit log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Operation {
    /// A token for a value.
    Tokenize,
    /// The value of a token.
    Detokenize,
    /// The token of another domain for the value of a token.
    Retokenize,
    /// A token for a value that comes enciphered.
    TokenizeTransport,
    /// A PIN block with the card number of a token in place of the token.
    TranslatePin,
    /// Whether a text can be a token.
    Validate,
    /// What stands beside a token.
    Lookup,
    /// Has a token mean nothing any more.
    Delete,
}

impl Operation {
    /// Every operation, in the order of their audit codes.
    pub const ALL: [Self; 8] = [
        Self::Tokenize,
        Self::Detokenize,
        Self::Retokenize,
        Self::TokenizeTransport,
        Self::TranslatePin,
        Self::Validate,
        Self::Lookup,
        Self::Delete,
    ];

    /// Name in metrics and the audit log.
    pub fn name(self) -> &'static str {
        match self {
            Self::Tokenize => "tokenize",
            Self::Detokenize => "detokenize",
            Self::Retokenize => "retokenize",
            Self::TokenizeTransport => "tokenize_transport",
            Self::TranslatePin => "token_translate_pin",
            Self::Validate => "token_validate",
            Self::Lookup => "token_lookup",
            Self::Delete => "token_delete",
        }
    }

    /// Whether it tells something of how values and tokens belong together, or which tokens there
    /// are, so that different ones are counted. What is told of values themselves has a rate.
    // spec: payments 10.4
    pub fn has_distinct_quota(self) -> bool {
        self != Self::Detokenize
    }

    /// Whether it makes a token in the domain of the call.
    pub fn makes_token(self) -> bool {
        matches!(self, Self::Tokenize | Self::TokenizeTransport)
    }

    /// Whether it changes nothing but what the store holds.
    pub fn is_control(self) -> bool {
        self == Self::Delete
    }
}

impl Request {
    /// Which operation it is.
    pub fn operation(&self) -> Operation {
        match self {
            Self::One(call) => call.task.operation(),
            Self::Batch { operation, .. } => *operation,
        }
    }
}

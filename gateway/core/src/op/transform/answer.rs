//! What comes of a request.

use super::{Alphabet, CallerView, Mount, Role, TemplateRule, Transformation};
use crate::error::Error;
use crate::op::payment::Bytes;
use crate::op::token::About;
use crate::time::UnixMs;

/// What comes of a request.
pub enum Answer {
    /// A role.
    Role(Role),
    /// A transformation.
    Transformation(Box<Transformation>),
    /// A template.
    Template(TemplateRule),
    /// An alphabet.
    Alphabet(Alphabet),
    /// Names, in their order.
    Names(Vec<String>),
    /// It was made or changed.
    Kept {
        /// Whether codes are made by encryption.
        is_encryption: bool,
    },
    /// It is gone.
    Deleted,
    /// Of one value.
    One(Box<Used>),
    /// Of several, each in its place.
    Batch(Vec<Result<Used, Error>>),
    /// Who asks.
    Caller(Box<CallerView>),
    /// Engines.
    Mounts(Vec<Mount>),
    /// Whether the gateway serves.
    Health(Health),
}

/// What came of one value.
pub struct Used {
    /// The value.
    pub value: UsedValue,
    /// Whether it was encrypted.
    pub is_encryption: bool,
}

/// What came of one value.
pub enum UsedValue {
    /// A code, or a value.
    Text(Bytes),
    /// Whether the text is a code.
    Valid(bool),
    /// What stands beside a code.
    About(Box<About>),
}

/// Whether the gateway serves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Health {
    /// Whether every function is served.
    pub is_ready: bool,
    /// By the gateway's clock.
    pub now: UnixMs,
}

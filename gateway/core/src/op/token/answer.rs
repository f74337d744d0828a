//! What comes of a request.

use crate::error::Error;
use crate::op::payment::{Bytes, SeenKey};
use crate::time::UnixMs;
use crate::token::{Metadata, TokenVersion};

/// What comes of a request.
pub enum Answer {
    /// Of [`Request::One`](super::Request::One).
    One(Box<Done>),
    /// Of [`Request::Batch`](super::Request::Batch), each in its place.
    Batch(Vec<Result<Done, Error>>),
}

/// What comes of one operation.
pub enum Done {
    /// A token.
    Token {
        /// The token.
        token: Vec<u8>,
        /// Until when, where it has an end.
        expiry: Option<UnixMs>,
    },
    /// A value, as far as the caller may see it.
    Value(Bytes),
    /// A PIN block, and the keys that took part.
    PinBlock {
        /// The block.
        block: Vec<u8>,
        /// The keys.
        keys: Vec<SeenKey>,
    },
    /// The text can be a token; without a vault nobody knows more.
    Valid {
        /// The version that it says.
        version: Option<TokenVersion>,
    },
    /// What stands beside a token.
    About(Box<About>),
    /// The token means nothing any more.
    Deleted,
}

/// What stands beside a token in a vault.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct About {
    /// When it was made.
    pub created: UnixMs,
    /// Until when, where it has an end.
    pub expiry: Option<UnixMs>,
    /// What its maker wanted to find again.
    pub metadata: Metadata,
}

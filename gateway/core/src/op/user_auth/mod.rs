//! User authentication: one-time passwords and password hashes of a client's own users.
//!
//! The client keeps each user's context, sealed by the gateway, and presents it with every
//! request. Because an old context can be presented again, what it says of counters and tries is
//! shown but never believed: the store's [`Account`] is.
//!
//! A request passes [`Message::parse`] and [`Message::attempt`] (both inside the crypto core,
//! which opens the context between them), [`decide`] (inside one store transaction), and
//! [`Answer`] (again inside the crypto core, which seals the new context).
// spec: enigma-bridge 4.4, 8

mod account;
mod answer;
mod context;
mod decide;
pub mod fuzzing;
mod hotp;
mod keys;
mod request;

pub use account::{Account, AccountId, ContextEntry, Tally};
pub use answer::Answer;
pub use context::Context;
pub use decide::{Change, Decision, FRESH_BYTES, Fresh, Stored, decide};
pub use keys::{ContextDigest, ContextKeys, DigestKey, RequestDigest};
pub use request::{Attempt, Message};

use crate::error::{ErrorKind, UserAuth};

/// Names a user among those of one client; chosen by the client.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct UserId(pub [u8; 8]);

/// What a context can hold or an update can name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Method {
    /// One-time passwords by counter, RFC 4226.
    Hotp,
    /// A password hash.
    Password,
    /// The tries of all methods together. Only updates name it.
    Tries,
}

impl Method {
    fn tag(self) -> u8 {
        match self {
            Self::Hotp => 0x3f,
            Self::Password => 0x40,
            Self::Tries => 0x3e,
        }
    }

    fn from_tag(tag: u8) -> Result<Self, ErrorKind> {
        [Self::Hotp, Self::Password, Self::Tries]
            .into_iter()
            .find(|method| method.tag() == tag)
            .ok_or(ErrorKind::UserAuth(UserAuth::UnknownMethod))
    }
}

/// The status inside an answer: whether the user proved who it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum InnerStatus {
    /// Proved, made or changed.
    Success,
    /// The tries of all methods together are used up.
    TriesUsedUp,
    /// The tries of the one-time password are used up.
    HotpTriesUsedUp,
    /// The tries of the password are used up.
    PasswordTriesUsedUp,
    /// Wrong or old one-time password.
    WrongCode,
    /// Wrong password hash.
    WrongHash,
    /// A password hash of another length.
    WrongHashLength,
    /// The counter is at its end; the secret must be replaced.
    CounterOverflow,
}

impl InnerStatus {
    /// Every status.
    pub const ALL: [Self; 8] = [
        Self::Success,
        Self::TriesUsedUp,
        Self::HotpTriesUsedUp,
        Self::PasswordTriesUsedUp,
        Self::WrongCode,
        Self::WrongHash,
        Self::WrongHashLength,
        Self::CounterOverflow,
    ];

    /// The code on the wire.
    // spec: enigma-bridge 4.4
    pub fn code(self) -> u16 {
        match self {
            Self::Success => 0x9000,
            Self::TriesUsedUp => 0xa0b1,
            Self::HotpTriesUsedUp => 0xa066,
            Self::PasswordTriesUsedUp => 0xa063,
            Self::WrongCode => 0xa0b0,
            Self::WrongHash => 0xa065,
            Self::WrongHashLength => 0xa064,
            Self::CounterOverflow => 0xa0b3,
        }
    }

    /// Name in the audit log.
    pub fn name(self) -> &'static str {
        match self {
            Self::Success => "success",
            Self::TriesUsedUp => "tries_used_up",
            Self::HotpTriesUsedUp => "hotp_tries_used_up",
            Self::PasswordTriesUsedUp => "password_tries_used_up",
            Self::WrongCode => "wrong_code",
            Self::WrongHash => "wrong_hash",
            Self::WrongHashLength => "wrong_hash_length",
            Self::CounterOverflow => "counter_overflow",
        }
    }

    fn from_code(code: u16) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.code() == code)
    }
}

#[cfg(test)]
mod tests;

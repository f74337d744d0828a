//! The closed set of errors that payment operations answer with.
// spec: payments 0.1

use crate::error::{ErrorKind, Payment};

/// A payment error, as documents and clients name it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Code {
    /// Length, alphabet, range, a missing or contradicting field.
    InvalidInput,
    /// The key serial number.
    InvalidKsn,
    /// Unknown, or another tenant's: one answer.
    KeyNotFound,
    /// Disabled, before its start, after its stop, about to be deleted.
    KeyState,
    /// Usage, mode, algorithm or exportability do not allow it.
    KeyUsage,
    /// Policy does not allow this caller or this pair of keys.
    AccessDenied,
    /// Any defect of a key block.
    KeyBlockInvalid,
    /// A PIN block does not decode or a PIN does not verify: one answer.
    InvalidPin,
    /// A MAC does not verify.
    InvalidMac,
    /// A card's value does not verify.
    InvalidValidationData,
    /// A chip's cryptogram does not verify.
    InvalidAuthRequestCryptogram,
    /// A tag of authenticated encryption does not verify.
    AuthenticationFailed,
    /// Too few values for format-preserving encryption.
    DomainTooSmall,
    /// Unknown token, or another tenant's: one answer.
    NotFoundToken,
    /// Over a rate or a number of failures, or no room now.
    Throttled,
    /// Anything else.
    Internal,
}

impl Code {
    /// The code of a failure.
    pub fn of(kind: ErrorKind) -> Self {
        match kind {
            ErrorKind::Malformed(_)
            | ErrorKind::Unsupported
            | ErrorKind::TooLarge
            | ErrorKind::KeyExists
            | ErrorKind::InvalidData(_)
            | ErrorKind::UserAuth(_) => Self::InvalidInput,
            ErrorKind::KeyImport(_) => Self::KeyBlockInvalid,
            ErrorKind::Unauthenticated(_)
            | ErrorKind::Forbidden
            | ErrorKind::OriginRefused
            | ErrorKind::TlsRequired
            | ErrorKind::ApprovalRequired => Self::AccessDenied,
            ErrorKind::KeyNotFound => Self::KeyNotFound,
            ErrorKind::KeyState | ErrorKind::WrongState => Self::KeyState,
            ErrorKind::KeyUsage => Self::KeyUsage,
            ErrorKind::VerifyFailed => Self::AuthenticationFailed,
            ErrorKind::Payment(what) => Self::of_payment(what),
            ErrorKind::Quota | ErrorKind::Busy => Self::Throttled,
            ErrorKind::Timeout
            | ErrorKind::ShuttingDown
            | ErrorKind::DeviceFault
            | ErrorKind::Storage
            | ErrorKind::Internal => Self::Internal,
        }
    }

    fn of_payment(what: Payment) -> Self {
        match what {
            Payment::Ksn => Self::InvalidKsn,
            Payment::KeyBlock => Self::KeyBlockInvalid,
            Payment::Pin => Self::InvalidPin,
            Payment::Mac => Self::InvalidMac,
            Payment::ValidationData => Self::InvalidValidationData,
            Payment::Cryptogram => Self::InvalidAuthRequestCryptogram,
            Payment::Domain => Self::DomainTooSmall,
            Payment::Token => Self::NotFoundToken,
        }
    }

    /// Its name. A refusal by policy has that of a refusal by the key; a dialect tells them apart
    /// by its status.
    pub fn name(self) -> &'static str {
        match self {
            Self::InvalidInput => "INVALID_INPUT",
            Self::InvalidKsn => "INVALID_KSN",
            Self::KeyNotFound => "KEY_NOT_FOUND",
            Self::KeyState => "KEY_STATE",
            Self::KeyUsage | Self::AccessDenied => "KEY_USAGE",
            Self::KeyBlockInvalid => "KEY_BLOCK_INVALID",
            Self::InvalidPin => "INVALID_PIN",
            Self::InvalidMac => "INVALID_MAC",
            Self::InvalidValidationData => "INVALID_VALIDATION_DATA",
            Self::InvalidAuthRequestCryptogram => "INVALID_AUTH_REQUEST_CRYPTOGRAM",
            Self::AuthenticationFailed => "AUTHENTICATION_FAILED",
            Self::DomainTooSmall => "DOMAIN_TOO_SMALL",
            Self::NotFoundToken => "NOT_FOUND_TOKEN",
            Self::Throttled => "THROTTLED",
            Self::Internal => "INTERNAL",
        }
    }
}

//! What can go wrong.

use typex_core::error::{ErrorKind, InvalidData, Payment};

use crate::rsa;

/// Every way a payment operation can fail. The set is closed, and the core itself gives only a
/// part of it: what a caller may know of keys, tokens and rates is decided above. A failed decode
/// never says why.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
pub enum Error {
    /// A length, an alphabet, a range, a missing or a contradicting field.
    #[error("input not valid")]
    InvalidInput,
    /// The key serial number has a length that does not fit its base key, or a counter that no
    /// device uses.
    #[error("key serial number not valid")]
    InvalidKsn,
    /// The key is unknown or belongs to somebody else: one answer.
    #[error("key not found")]
    KeyNotFound,
    /// The key is disabled, not yet or no longer in use, or about to be deleted.
    #[error("key not usable in its state")]
    KeyState,
    /// Usage, mode, algorithm or exportability of the key do not allow this.
    #[error("operation not permitted by the key")]
    KeyUsage,
    /// Any defect of a key block.
    #[error("key block not valid")]
    KeyBlockInvalid,
    /// A PIN block does not decode, or a PIN does not verify: one code, one time.
    #[error("PIN not valid")]
    InvalidPin,
    /// A MAC does not verify.
    #[error("MAC not valid")]
    InvalidMac,
    /// A card verification value does not verify.
    #[error("validation data not valid")]
    InvalidValidationData,
    /// A cryptogram of a chip does not verify.
    #[error("cryptogram not valid")]
    InvalidAuthRequestCryptogram,
    /// The tag of authenticated encryption does not verify.
    #[error("authentication failed")]
    AuthenticationFailed,
    /// Too few values for format-preserving encryption.
    #[error("domain too small")]
    DomainTooSmall,
    /// The token is unknown or belongs to somebody else: one answer.
    #[error("token not found")]
    NotFoundToken,
    /// Over a rate or a number of failures.
    #[error("limit reached")]
    Throttled,
    /// Anything else; no detail.
    #[error("processing error")]
    Internal,
}

impl Error {
    /// Every error, in the order of the specification.
    pub const ALL: [Self; 15] = [
        Self::InvalidInput,
        Self::InvalidKsn,
        Self::KeyNotFound,
        Self::KeyState,
        Self::KeyUsage,
        Self::KeyBlockInvalid,
        Self::InvalidPin,
        Self::InvalidMac,
        Self::InvalidValidationData,
        Self::InvalidAuthRequestCryptogram,
        Self::AuthenticationFailed,
        Self::DomainTooSmall,
        Self::NotFoundToken,
        Self::Throttled,
        Self::Internal,
    ];
}

impl From<rsa::Error> for Error {
    fn from(error: rsa::Error) -> Self {
        match error {
            rsa::Error::Length | rsa::Error::Verify => Self::InvalidInput,
            rsa::Error::Random | rsa::Error::Fault => Self::Internal,
        }
    }
}

impl From<Error> for ErrorKind {
    fn from(error: Error) -> Self {
        match error {
            Error::InvalidInput => Self::InvalidData(InvalidData::Parameter),
            Error::InvalidKsn => Self::Payment(Payment::Ksn),
            Error::KeyNotFound => Self::KeyNotFound,
            Error::KeyState => Self::KeyState,
            Error::KeyUsage => Self::KeyUsage,
            Error::KeyBlockInvalid => Self::Payment(Payment::KeyBlock),
            Error::InvalidPin => Self::Payment(Payment::Pin),
            Error::InvalidMac => Self::Payment(Payment::Mac),
            Error::InvalidValidationData => Self::Payment(Payment::ValidationData),
            Error::InvalidAuthRequestCryptogram => Self::Payment(Payment::Cryptogram),
            Error::AuthenticationFailed => Self::VerifyFailed,
            Error::DomainTooSmall => Self::Payment(Payment::Domain),
            Error::NotFoundToken => Self::Payment(Payment::Token),
            Error::Throttled => Self::Quota,
            Error::Internal => Self::Internal,
        }
    }
}

impl From<Error> for typex_core::Error {
    fn from(error: Error) -> Self {
        Self::from(ErrorKind::from(error)).with_source(error)
    }
}

//! What can go wrong.

use typex_core::error::{ErrorKind, InvalidData, KeyImport};

/// Why an algorithm gives no result.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The algorithm does not do that.
    #[error("not an operation of this algorithm")]
    Unsupported,
    /// The secret part has the wrong length or is out of range.
    #[error("private key not valid")]
    Private,
    /// The public half has the wrong length, is no point of the curve, of low order, or not
    /// reduced.
    #[error("public key not valid")]
    Public,
    /// The data is not of whole blocks or otherwise of a length that cannot be.
    #[error("length not valid")]
    Length,
    /// The secret or key is shorter than what is to come of it.
    #[error("secret too short")]
    TooShort,
    /// The context is over 255 bytes, or empty where there must be one.
    #[error("context not valid")]
    Context,
    /// A signature, MAC, tag, padding or wrapping does not verify.
    #[error("does not verify")]
    Verify,
    /// The random generator failed a test, now or before.
    #[error("random generator failed")]
    Random,
    /// The implementation gives a wrong answer.
    #[error("known answer not reproduced")]
    Broken,
}

impl From<Error> for ErrorKind {
    fn from(error: Error) -> Self {
        match error {
            Error::Unsupported => Self::KeyUsage,
            Error::Private | Error::Public => Self::KeyImport(KeyImport::Material),
            Error::Length => Self::InvalidData(InvalidData::Raw),
            Error::TooShort => Self::InvalidData(InvalidData::Parameter),
            Error::Context => Self::InvalidData(InvalidData::TooLong),
            Error::Verify => Self::VerifyFailed,
            Error::Random | Error::Broken => Self::Internal,
        }
    }
}

impl From<Error> for typex_core::Error {
    fn from(error: Error) -> Self {
        Self::from(ErrorKind::from(error)).with_source(error)
    }
}

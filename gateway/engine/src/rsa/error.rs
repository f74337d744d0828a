//! What can go wrong.

use typex_core::error::{ErrorKind, InvalidData};

/// Why an operation of RSA gives no result.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
pub enum Error {
    /// A message, a digest or a salt has a length that padding and modulus do not take.
    #[error("length not valid")]
    Length,
    /// A ciphertext or a signature is not right, in whatever way.
    #[error("does not verify")]
    Verify,
    /// There is no randomness.
    #[error("no randomness")]
    Random,
    /// The result was not confirmed and is destroyed.
    #[error("the operation failed")]
    Fault,
}

impl From<Error> for ErrorKind {
    fn from(error: Error) -> Self {
        match error {
            Error::Length => Self::InvalidData(InvalidData::Parameter),
            Error::Verify => Self::VerifyFailed,
            Error::Random => Self::Internal,
            Error::Fault => Self::DeviceFault,
        }
    }
}

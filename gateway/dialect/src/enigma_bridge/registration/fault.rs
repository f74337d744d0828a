//! What is wrong with a request, said so that its sender can mend it.

use typex_core::error::{Malformed, Unauthenticated, UserAuth};
use typex_core::{Error, ErrorKind};

/// A member that must be there is not.
pub(super) fn missing(member: &str) -> Error {
    Error::new(ErrorKind::Malformed(Malformed::Member), format!("member {member} missing"))
}

/// A member is of another type than it must be.
pub(super) fn mistyped(member: &str) -> Error {
    let text = format!("member {member} of the wrong type");
    Error::new(ErrorKind::Malformed(Malformed::Member), text)
}

/// A member's content is not what it must be.
pub(super) fn invalid(member: &str, must: &str) -> Error {
    Error::new(ErrorKind::Malformed(Malformed::Value), format!("{member} must be {must}"))
}

/// A member is over its limit.
pub(super) fn too_long(member: &str, limit: usize, unit: &str) -> Error {
    Error::new(ErrorKind::TooLarge, format!("{member} may have at most {limit} {unit}"))
}

/// No API key has this form.
pub(super) fn api_key() -> Error {
    ErrorKind::Unauthenticated(Unauthenticated::ApiKey).into()
}

/// No such way to prove oneself.
pub(super) fn unknown_method(member: &str) -> Error {
    let text = format!("{member} names no authentication method");
    Error::new(ErrorKind::UserAuth(UserAuth::UnknownMethod), text)
}

/// A way to prove oneself that does not serve here.
pub(super) fn method(member: &str, must: &str) -> Error {
    Error::new(ErrorKind::UserAuth(UserAuth::Method), format!("{member} must be {must}"))
}

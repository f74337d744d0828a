//! HTTP statuses: one for each kind of error.
// spec: vault 1.4

use std::borrow::Cow;

use http::StatusCode;
use typex_core::error::Malformed;
use typex_core::{Error, ErrorKind};

/// What a client is told whom nobody knows, and one that may not.
const DENIED: &str = "permission denied";
/// When to ask again where nothing else says so, in seconds.
const SOON_S: u64 = 1;

/// The status of a kind of error.
pub(super) fn of(kind: ErrorKind) -> StatusCode {
    match kind {
        ErrorKind::Malformed(Malformed::Function) | ErrorKind::KeyNotFound => StatusCode::NOT_FOUND,
        ErrorKind::Malformed(_)
        | ErrorKind::Unsupported
        | ErrorKind::WrongState
        | ErrorKind::ApprovalRequired
        | ErrorKind::KeyExists
        | ErrorKind::KeyState
        | ErrorKind::KeyUsage
        | ErrorKind::KeyImport(_)
        | ErrorKind::InvalidData(_)
        | ErrorKind::VerifyFailed
        | ErrorKind::Payment(_)
        | ErrorKind::UserAuth(_) => StatusCode::BAD_REQUEST,
        ErrorKind::Unauthenticated(_)
        | ErrorKind::Forbidden
        | ErrorKind::OriginRefused
        | ErrorKind::TlsRequired => StatusCode::FORBIDDEN,
        ErrorKind::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
        ErrorKind::Quota => StatusCode::TOO_MANY_REQUESTS,
        ErrorKind::Busy | ErrorKind::Timeout | ErrorKind::ShuttingDown | ErrorKind::DeviceFault => {
            StatusCode::SERVICE_UNAVAILABLE
        }
        ErrorKind::Storage | ErrorKind::Internal => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

/// What a client is told of an error.
pub(super) fn text(error: &Error) -> Cow<'static, str> {
    match error.kind {
        ErrorKind::Unauthenticated(_) | ErrorKind::Forbidden => {
            let says_more = error.public != error.kind.text();
            if says_more { format!("{DENIED}: {}", error.public).into() } else { DENIED.into() }
        }
        _ => error.public.clone(),
    }
}

/// When the client may ask again, in seconds, where it makes sense to.
pub(super) fn retry_after_s(error: &Error) -> Option<u64> {
    let waits = error.kind == ErrorKind::Quota || error.kind.is_retryable();
    error.retry_after_s.or(waits.then_some(SOON_S))
}

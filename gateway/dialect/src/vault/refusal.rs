//! What a client is told instead of an answer.
// spec: vault 1.4

use std::borrow::Cow;

use http::StatusCode;
use typex_core::{Error, ErrorKind};

use super::status;

/// A refusal.
#[derive(Debug)]
pub(super) struct Refusal {
    pub(super) status: StatusCode,
    /// None where there is nothing to tell but that something is not there.
    pub(super) text: Option<Cow<'static, str>>,
    pub(super) retry_after_s: Option<u64>,
}

/// What reading yields.
pub(super) type Parsed<T> = Result<T, Refusal>;

impl Refusal {
    /// Of an error.
    pub(super) fn of(error: &Error) -> Self {
        let status = status::of(error.kind);
        let text = Some(status::text(error));
        Self { status, text, retry_after_s: status::retry_after_s(error) }
    }

    /// The request is at fault.
    pub(super) fn bad(text: impl Into<Cow<'static, str>>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, Some(text.into()))
    }

    /// There is no such path.
    pub(super) fn no_route() -> Self {
        let text = "no handler for this path: docs/dialects/vault.md lists those that are served";
        Self::new(StatusCode::NOT_FOUND, Some(text.into()))
    }

    /// What is asked for is not there.
    pub(super) fn not_there() -> Self {
        Self::new(StatusCode::NOT_FOUND, None)
    }

    /// The path is not asked like this.
    pub(super) fn method() -> Self {
        Self::new(StatusCode::METHOD_NOT_ALLOWED, Some("unsupported operation".into()))
    }

    /// Nobody says who asks.
    pub(super) fn no_token() -> Self {
        Self::of(&ErrorKind::Unauthenticated(typex_core::error::Unauthenticated::ApiKey).into())
    }

    fn new(status: StatusCode, text: Option<Cow<'static, str>>) -> Self {
        Self { status, text, retry_after_s: None }
    }
}

impl From<Refusal> for Error {
    /// For one value of several, which is told its text alone.
    fn from(refusal: Refusal) -> Self {
        let kind = ErrorKind::Malformed(typex_core::error::Malformed::Value);
        Self::new(kind, refusal.text.unwrap_or_else(|| kind.text().into()))
    }
}

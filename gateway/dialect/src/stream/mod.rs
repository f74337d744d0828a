//! The stream protocol `typex/1`: batches of records in frames, over QUIC and as bodies of HTTP.
//!
//! The frames are `typex-wire`'s. Here is what their records ask for and how errors are told.
//! `docs/dialects/stream.md` is the specification; comments cite its clauses.

mod answer;
mod chip;
mod field;
pub mod fuzzing;
mod instance;
mod key;
mod pay;
mod record;
mod rsa;
mod status;
mod target;
mod tokens;

pub use answer::Told;
pub use record::{Asked, Seal, Targets, Work, asked};
pub use status::of as status;
pub use target::{Name, Target};

use bytes::Bytes;
use http::header::{ALLOW, CONTENT_TYPE, RETRY_AFTER};
use http::request::Parts;
use http::{HeaderMap, HeaderValue, Method, Response, StatusCode};
use typex_core::limits::PAYMENT_BATCH_BODY_BYTES;
use typex_core::op::Output;
use typex_core::{Error, ErrorKind};

use crate::{Call, Dialect, Kind, Listener, Reply};

/// The dialect.
pub struct Stream;

/// What frames in a body are called.
// spec: stream 1
pub const MEDIA_TYPE: &str = "application/vnd.typex.batch";

const PATH: &str = "/typex/1";

// spec: stream 1
static LISTENERS: [Listener; 1] = [Listener::new("frames", 8600, Kind::Frames)];

impl Dialect for Stream {
    fn name(&self) -> &'static str {
        "stream"
    }

    fn listeners(&self) -> &'static [Listener] {
        &LISTENERS
    }

    fn has_frames(&self, _listener: &'static Listener, parts: &Parts) -> bool {
        refusal(parts).is_none()
    }

    fn parse(
        &self,
        _listener: &'static Listener,
        parts: &Parts,
        _body: &Bytes,
    ) -> Result<Call, Response<Bytes>> {
        Err(refusal(parts).unwrap_or_else(|| refused(ErrorKind::Internal)))
    }

    fn parse_line(&self, _listener: &'static Listener, _line: &Bytes) -> Result<Call, Bytes> {
        Err(Bytes::new())
    }

    fn render_into(
        &self,
        _spare: HeaderMap,
        _reply: &Reply,
        result: Result<Output, Error>,
    ) -> Response<Bytes> {
        refused(result.err().map_or(ErrorKind::Internal, |error| error.kind))
    }

    fn render_line(&self, _reply: &Reply, _result: Result<Output, Error>) -> Bytes {
        Bytes::new()
    }

    fn body_bytes(&self, listener: &'static Listener, parts: &Parts) -> Option<usize> {
        self.has_frames(listener, parts).then_some(PAYMENT_BATCH_BODY_BYTES)
    }

    fn refuse(
        &self,
        _listener: &'static Listener,
        _parts: Option<&Parts>,
        kind: ErrorKind,
    ) -> Response<Bytes> {
        refused(kind)
    }

    fn refuse_line(&self, _listener: &'static Listener, _kind: ErrorKind) -> Bytes {
        Bytes::new()
    }
}

/// The answer that holds frames.
pub fn response(frames: Bytes) -> Response<Bytes> {
    let mut response = Response::new(frames);
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(MEDIA_TYPE));
    response
}

/// Why a request cannot hold frames.
fn refusal(parts: &Parts) -> Option<Response<Bytes>> {
    if parts.uri.path() != PATH {
        return Some(text(StatusCode::NOT_FOUND, "frames are taken at /typex/1"));
    }
    if parts.method != Method::POST {
        let mut response = text(StatusCode::METHOD_NOT_ALLOWED, "frames come in a POST");
        response.headers_mut().insert(ALLOW, HeaderValue::from_static("POST"));
        return Some(response);
    }
    let is_batch = parts.headers.get(CONTENT_TYPE).is_some_and(|value| value == MEDIA_TYPE);
    let wanted = "the content type must be application/vnd.typex.batch";
    (!is_batch).then(|| text(StatusCode::UNSUPPORTED_MEDIA_TYPE, wanted))
}

/// The answer to a request that is not looked at.
pub fn refused(kind: ErrorKind) -> Response<Bytes> {
    let code = match kind {
        ErrorKind::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
        ErrorKind::TlsRequired => StatusCode::FORBIDDEN,
        ErrorKind::Malformed(_) => StatusCode::BAD_REQUEST,
        ErrorKind::Timeout => StatusCode::REQUEST_TIMEOUT,
        ErrorKind::Busy | ErrorKind::ShuttingDown => StatusCode::SERVICE_UNAVAILABLE,
        _ => StatusCode::INTERNAL_SERVER_ERROR,
    };
    let mut response = text(code, kind.text());
    if code == StatusCode::SERVICE_UNAVAILABLE {
        response.headers_mut().insert(RETRY_AFTER, HeaderValue::from_static("1"));
    }
    response
}

fn text(code: StatusCode, text: &'static str) -> Response<Bytes> {
    let mut response = Response::new(Bytes::from_static(text.as_bytes()));
    *response.status_mut() = code;
    let plain = HeaderValue::from_static("text/plain; charset=utf-8");
    response.headers_mut().insert(CONTENT_TYPE, plain);
    response
}

//! From a result to an HTTP answer.

use bytes::Bytes;
use http::header::{
    ACCESS_CONTROL_ALLOW_CREDENTIALS, ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS,
    ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_MAX_AGE, CONNECTION, CONTENT_LENGTH,
    CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, ORIGIN,
    STRICT_TRANSPORT_SECURITY, VARY, X_CONTENT_TYPE_OPTIONS,
};
use http::request::Parts;
use http::{Response, StatusCode, Version};
use typex_core::op::Output;
use typex_core::op::instance::Answer;
use typex_core::{Error, ErrorKind};

use super::answer::{Content, content};
use super::route::Route;
use super::status;

const JSON: &str = "application/json";

/// What the answer to a preflight adds.
// spec: encedo-hem 1.6
const PREFLIGHT: [(HeaderName, &str); 4] = [
    (ACCESS_CONTROL_ALLOW_METHODS, "GET, POST, DELETE, OPTIONS"),
    (
        ACCESS_CONTROL_ALLOW_HEADERS,
        "Content-Type, Cache-Control, Pragma, Expires, Authorization, Content-Disposition",
    ),
    (ACCESS_CONTROL_MAX_AGE, "86400"),
    (ACCESS_CONTROL_ALLOW_CREDENTIALS, "true"),
];

/// A year.
const HSTS: HeaderValue = HeaderValue::from_static("max-age=31536000");

/// What the pages of the dialect itself may do: nothing but ask this API.
const PAGE_POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; connect-src 'self'; script-src 'unsafe-inline'; \
     style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
);

/// What the answer to a call depends on.
pub(crate) struct Reply {
    route: Option<&'static Route>,
    origin: Option<HeaderValue>,
    origin_permitted: bool,
    tls_from_now_on: bool,
}

impl Reply {
    pub(super) fn new(parts: &Parts, route: Option<&'static Route>) -> Self {
        let origin = parts.headers.get(ORIGIN).cloned();
        Self { route, origin, origin_permitted: false, tls_from_now_on: false }
    }

    /// Tells that the page that the request came from may read the answer.
    pub(crate) fn permit_origin(&mut self) {
        self.origin_permitted = true;
    }

    /// Tells that browsers shall use TLS from now on.
    pub(crate) fn demand_tls(&mut self) {
        self.tls_from_now_on = true;
    }
}

/// Writes the answer; the memory of `headers` is used again.
pub(super) fn answer(
    mut headers: HeaderMap,
    reply: &Reply,
    result: Result<Output, Error>,
) -> Response<Bytes> {
    headers.clear();
    let response = match result {
        Ok(Output::Instance(answer)) => success(headers, reply, &answer),
        Ok(_) => failure(headers, reply, ErrorKind::Internal),
        Err(error) => failure(headers, reply, error.kind),
    };
    with_permissions(response, reply)
}

/// The answer to a request that never becomes a call. After what is too long nothing else on the
/// connection is read.
// spec: encedo-hem 1.2
pub(super) fn refusal(parts: Option<&Parts>, status: StatusCode) -> Response<Bytes> {
    let mut response = response(HeaderMap::new(), status, JSON, Bytes::new());
    let is_one_by_one = parts.is_none_or(|parts| parts.version < Version::HTTP_2);
    if status == StatusCode::PAYLOAD_TOO_LARGE && is_one_by_one {
        response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
    }
    response
}

fn success(headers: HeaderMap, reply: &Reply, answer: &Answer) -> Response<Bytes> {
    if matches!(answer, Answer::Preflight) {
        return preflight(headers);
    }
    let (media, body) = match content(reply.route, answer) {
        Content::Nothing => (JSON, Bytes::new()),
        Content::Json(object) => (JSON, object.to_body()),
        Content::Text(text) => ("text/plain", text.clone()),
        Content::Page(media, body) => return page(response(headers, StatusCode::OK, media, body)),
    };
    response(headers, StatusCode::OK, media, body)
}

// spec: encedo-hem 1.3, 4.5
fn failure(headers: HeaderMap, reply: &Reply, kind: ErrorKind) -> Response<Bytes> {
    let status = status::of(kind);
    let body = match reply.route {
        Some(route) if status == StatusCode::BAD_REQUEST => route.malformed,
        _ => "",
    };
    response(headers, status, JSON, Bytes::from_static(body.as_bytes()))
}

// Clients read a body only where its length is told.
// spec: encedo-hem 1.3
fn response(
    mut headers: HeaderMap,
    status: StatusCode,
    media: &'static str,
    body: Bytes,
) -> Response<Bytes> {
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(media));
    headers.insert(CONTENT_LENGTH, HeaderValue::from(body.len()));
    let mut response = Response::new(body);
    *response.status_mut() = status;
    *response.headers_mut() = headers;
    response
}

fn preflight(mut headers: HeaderMap) -> Response<Bytes> {
    for (name, value) in PREFLIGHT {
        headers.insert(name, HeaderValue::from_static(value));
    }
    let mut response = Response::new(Bytes::new());
    *response.status_mut() = StatusCode::NO_CONTENT;
    *response.headers_mut() = headers;
    response
}

fn page(mut response: Response<Bytes>) -> Response<Bytes> {
    let headers = response.headers_mut();
    headers.insert(CONTENT_SECURITY_POLICY, PAGE_POLICY);
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response
}

/// The origin is repeated, because `*` permits no credentials.
// spec: encedo-hem 1.6
fn with_permissions(mut response: Response<Bytes>, reply: &Reply) -> Response<Bytes> {
    let headers = response.headers_mut();
    if let Some(origin) = reply.origin.as_ref().filter(|_| reply.origin_permitted) {
        headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone());
        headers.insert(ACCESS_CONTROL_ALLOW_CREDENTIALS, HeaderValue::from_static("true"));
        headers.insert(VARY, HeaderValue::from_static("Origin"));
    }
    if reply.tls_from_now_on {
        headers.insert(STRICT_TRANSPORT_SECURITY, HSTS);
    }
    response
}

//! From an HTTP request to a request to an instance.

pub(super) mod auth;
mod body;
pub(super) mod crypto;
pub(super) mod keymgmt;
pub(super) mod logger;
pub(super) mod system;

pub(super) use body::Body;

use arrayvec::ArrayVec;
use bytes::Bytes;
use http::header::{AUTHORIZATION, CONTENT_LENGTH, HOST, HeaderMap, HeaderName, ORIGIN};
use http::request::Parts;
use http::{Method, StatusCode, Version};
use typex_core::Secret;
use typex_core::op::Op;
use typex_core::op::instance::{Call, Parsed, Request};
use typex_core::principal::Credential;

use super::limits::JSON_BYTES_MAX;
use super::render::Reply;
use super::route::{self, Route};
use crate::{Candidate, Candidates, Form};

/// What a route reads from.
pub(super) struct Input<'a> {
    /// What stands in the path for its placeholders.
    pub(super) arguments: ArrayVec<&'a str, 2>,
    /// The body; an empty object where none is looked at.
    pub(super) body: Parsed<Body<'a>>,
}

/// Reads a request.
///
/// # Errors
/// The status, where nothing of the instance matters to it.
// spec: encedo-hem 1.5
pub(super) fn request(parts: &Parts, body: &Bytes) -> Result<crate::Call, StatusCode> {
    let found = route::find(&parts.method, parts.uri.path());
    check_length(parts, body, found.as_ref().is_none_or(|(route, _)| route.takes_json()))?;
    let reply = Reply::new(parts, found.as_ref().map(|(route, _)| *route));
    let call = match found {
        _ if parts.method == Method::OPTIONS => Call::Preflight,
        None => Call::Unknown,
        Some((route, arguments)) => (route.read)(&input(parts, body, route, arguments)),
    };
    let host = host(parts);
    let (origin, bearer) = (origin(&parts.headers), bearer(&parts.headers));
    Ok(crate::Call {
        op: Op::Instance(Box::new(Request { host, origin, bearer, call })),
        candidates: Candidates::one(Candidate { credential: Credential::None, key: None }),
        reply: crate::Reply(Form::Instance(reply)),
    })
}

fn input<'a>(
    parts: &Parts,
    body: &'a Bytes,
    route: &Route,
    arguments: ArrayVec<&'a str, 2>,
) -> Input<'a> {
    let body = if route.takes_json() { Body::read(parts, body) } else { Ok(Body::default()) };
    Input { arguments, body }
}

impl<'a> Input<'a> {
    /// Reads the body, if it is one.
    fn body<T>(&self, read: impl FnOnce(&Body<'a>) -> Parsed<T>) -> Parsed<T> {
        self.body.as_ref().map_err(|kind| *kind).and_then(read)
    }

    /// The placeholder of that place; empty where there is none.
    fn argument(&self, at: usize) -> &'a str {
        self.arguments.get(at).copied().unwrap_or_default()
    }
}

/// A POST says how long it is. HTTP/2 and HTTP/3 frame bodies, so there the body itself says it.
// spec: encedo-hem 1.2
fn check_length(parts: &Parts, body: &Bytes, is_json: bool) -> Result<(), StatusCode> {
    if parts.method != Method::POST {
        return Ok(());
    }
    let is_framed = parts.version >= Version::HTTP_2;
    if body.is_empty() || (!is_framed && !parts.headers.contains_key(CONTENT_LENGTH)) {
        return Err(StatusCode::LENGTH_REQUIRED);
    }
    if is_json && body.len() > JSON_BYTES_MAX {
        return Err(StatusCode::PAYLOAD_TOO_LARGE);
    }
    Ok(())
}

/// The name of the host that the client called, without port.
fn host(parts: &Parts) -> Option<String> {
    let authority = match parts.uri.authority() {
        Some(authority) => authority.as_str(),
        None => parts.headers.get(HOST)?.to_str().ok()?,
    };
    let name = match authority.rsplit_once(':') {
        // An address of IPv6 has colons within its brackets.
        Some((name, port)) if !port.contains(']') => name,
        _ => authority,
    };
    Some(name.to_ascii_lowercase())
}

fn origin(headers: &HeaderMap) -> Option<String> {
    text(headers, &ORIGIN)
}

/// What is presented in another scheme is a token that cannot be valid.
// spec: encedo-hem 1.5
fn bearer(headers: &HeaderMap) -> Option<Secret<String>> {
    const SCHEME: &str = "bearer ";
    let value = Secret::new(text(headers, &AUTHORIZATION)?);
    match value.expose().split_at_checked(SCHEME.len()) {
        Some((scheme, token)) if scheme.eq_ignore_ascii_case(SCHEME) => {
            Some(Secret::new(token.trim().to_owned()))
        }
        _ => Some(value),
    }
}

/// A field whose bytes are no text becomes one that is nothing else either.
fn text(headers: &HeaderMap, name: &HeaderName) -> Option<String> {
    let value = headers.get(name)?;
    Some(String::from_utf8_lossy(value.as_bytes()).into_owned())
}

//! Entries for fuzz targets. Each panics when an invariant breaks, and a plain test replays their
//! corpora.

use bytes::Bytes;
use http::header::{
    ACCESS_CONTROL_ALLOW_ORIGIN, AUTHORIZATION, CONTENT_LENGTH, CONTENT_TYPE, HOST, ORIGIN,
};
use http::{HeaderValue, Method, Request, Response};
use typex_core::limits::{DESCRIPTION_BYTES_MAX, PAGE_KEYS_MAX};
use typex_core::op::Op;
use typex_core::op::instance::Call;
use typex_core::op::manage::{Attributes, Manage, NewKey};
use typex_core::{ErrorKind, error::Malformed};

use super::{EncedoHem, LISTENERS, route};
use crate::Dialect;

/// A fuzz target: takes any bytes.
pub type Entry = fn(&[u8]);

/// Every target with the name of its corpus.
pub static TARGETS: [(&str, Entry); 3] =
    [("encedo_hem_body", body), ("encedo_hem_field", field), ("encedo_hem_url", url)];

/// Bodies at every endpoint.
pub fn body(input: &[u8]) {
    for route in route::all() {
        let request = Request::builder().method(route.verb.method()).uri(route.path);
        exchange(request.header(CONTENT_TYPE, "application/json"), input);
    }
}

/// Request targets, as they follow the method.
pub fn url(input: &[u8]) {
    for method in [Method::GET, Method::POST, Method::DELETE, Method::OPTIONS, Method::PUT] {
        exchange(Request::builder().method(method).uri(input), b"{}");
    }
}

/// Header fields that are looked at.
pub fn field(input: &[u8]) {
    let Ok(value) = HeaderValue::from_bytes(input) else { return };
    for name in [HOST, ORIGIN, AUTHORIZATION, CONTENT_TYPE] {
        let request = Request::post("/api/auth/token").header(name, value.clone());
        exchange(request, br#"{"auth":"a.b.c"}"#);
    }
}

fn exchange(request: http::request::Builder, body: &[u8]) {
    let Ok(request) = request.header(CONTENT_LENGTH, body.len()).body(()) else { return };
    let (parts, ()) = request.into_parts();
    let body = Bytes::copy_from_slice(body);
    match EncedoHem.parse(&LISTENERS[0], &parts, &body) {
        Err(answer) => check(&answer, &[411, 413]),
        Ok(mut call) => {
            check_call(&call.op);
            let error = ErrorKind::Malformed(Malformed::Value);
            check(&EncedoHem.render(&call.reply, Err(error.into())), &[400]);
            call.reply.permit_origin();
            let answer = EncedoHem.render(&call.reply, Err(ErrorKind::Forbidden.into()));
            let origin = answer.headers().get(ACCESS_CONTROL_ALLOW_ORIGIN);
            assert_eq!(origin, parts.headers.get(ORIGIN));
        }
    }
}

/// An answer without permission for a page.
// spec: encedo-hem 1.3
fn check(answer: &Response<Bytes>, statuses: &[u16]) {
    assert!(statuses.contains(&answer.status().as_u16()));
    let headers = answer.headers();
    assert_eq!(headers[CONTENT_TYPE], "application/json");
    assert_eq!(headers[CONTENT_LENGTH], answer.body().len().to_string().as_str());
    assert!(!headers.contains_key(ACCESS_CONTROL_ALLOW_ORIGIN));
    let is_object = |body: &[u8]| {
        serde_json::from_slice::<serde_json::Value>(body).is_ok_and(|value| value.is_object())
    };
    assert!(answer.body().is_empty() || is_object(answer.body()));
}

/// What comes out of here is within the bounds that the rest of the gateway counts on.
fn check_call(op: &Op) {
    let Op::Instance(request) = op else { panic!("another operation") };
    match &request.call {
        Call::Manage(kind, Ok(manage)) => {
            assert!(manage.kind() == *kind);
            check_manage(manage);
        }
        Call::Crypto { kind, key: Ok(key), crypto: Ok(crypto) } => {
            assert!(crypto.call.kind() == *kind && crypto.key == *key);
        }
        Call::Crypto { key: Err(_), crypto, .. } => assert!(crypto.is_err()),
        _ => {}
    }
}

fn check_manage(manage: &Manage) {
    match manage {
        Manage::Create(new) | Manage::Import { new, .. } | Manage::Derive { new, .. } => {
            check_new(new);
        }
        Manage::Update { attributes, .. } => check_attributes(attributes),
        Manage::List(page) => assert!(page.count <= PAGE_KEYS_MAX),
        Manage::Search { needle, page } => {
            assert!(page.count <= PAGE_KEYS_MAX && needle.bytes.len() <= DESCRIPTION_BYTES_MAX);
        }
        Manage::Get(_) | Manage::Delete(_) => {}
    }
}

fn check_new(new: &NewKey) {
    assert!(new.algorithm.is_ecdsa() || new.purposes == new.algorithm.default_purposes());
    check_attributes(&new.attributes);
}

fn check_attributes(attributes: &Attributes) {
    assert!(attributes.check().is_ok());
}

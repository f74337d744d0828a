//! Entries for fuzz targets. Each panics when an invariant breaks, and a plain test replays their
//! corpora.

use bytes::Bytes;
use http::{HeaderValue, Method, Request, Response};
use typex_core::ErrorKind;
use typex_core::limits::TOKEN_BATCH_MAX;
use typex_core::op::Op;
use typex_core::op::transform::{Items, Task};
use typex_core::token::{Characters, Template};

use super::{LISTENERS, Vault, duration};
use crate::Dialect;

/// A fuzz target: takes any bytes.
pub type Entry = fn(&[u8]);

/// Every target with the name of its corpus.
pub static TARGETS: [(&str, Entry); 4] = [
    ("vault_body", body),
    ("vault_field", field),
    ("vault_template", template),
    ("vault_url", url),
];

const PATHS: [&str; 11] = [
    "encode/r",
    "decode/r",
    "validate/r",
    "metadata/r",
    "role/r",
    "transformation/t",
    "transformations/fpe/t",
    "transformations/masking/t",
    "transformations/tokenization/t",
    "template/t",
    "alphabet/a",
];

/// Bodies at every path that takes one.
pub fn body(input: &[u8]) {
    for path in PATHS {
        exchange(Request::post(format!("/v1/transform/{path}")), input);
    }
}

/// Request targets, as they follow each method.
pub fn url(input: &[u8]) {
    let Ok(text) = str::from_utf8(input) else { return };
    for method in ["GET", "LIST", "POST", "DELETE", "OPTIONS"] {
        let method = Method::from_bytes(method.as_bytes()).expect("a method");
        exchange(Request::builder().method(method).uri(text), b"{}");
    }
}

/// Values of fields that are looked at.
pub fn field(input: &[u8]) {
    let Ok(value) = HeaderValue::from_bytes(input) else { return };
    for name in ["x-vault-token", "authorization", "x-vault-namespace", "x-vault-wrap-ttl"] {
        exchange(Request::get("/v1/transform/role/r").header(name, value.clone()), b"");
    }
}

/// Patterns with a value behind a line break, and spans of time.
pub fn template(input: &[u8]) {
    let Ok(text) = str::from_utf8(input) else { return };
    let (pattern, value) = text.split_once('\n').unwrap_or((text, ""));
    duration::milliseconds(pattern);
    let digits = Characters::parse("0123456789").expect("an alphabet");
    let Ok(template) = Template::parse(pattern, &digits) else { return };
    if let Some(bare) = template.bare(value.as_bytes()) {
        let again = template.dress(value.as_bytes(), bare.expose());
        assert!(again.is_some_and(|again| again.expose() == value.as_bytes()));
    }
}

fn exchange(request: http::request::Builder, body: &[u8]) {
    let request = match request.headers_ref().is_some_and(|map| map.is_empty()) {
        true => request.header("x-vault-token", "t"),
        false => request,
    };
    let Ok(request) = request.body(()) else { return };
    let (parts, ()) = request.into_parts();
    match Vault.parse(&LISTENERS[0], &parts, &Bytes::copy_from_slice(body)) {
        Err(refusal) => check(&refusal),
        Ok(call) => {
            let Op::Transform(request) = &call.op else { panic!("an operation of this dialect") };
            if let Task::Use(used) = &request.task
                && let Items::Batch(items) = &used.items
            {
                assert!((1..=TOKEN_BATCH_MAX).contains(&items.len()));
            }
            check(&Vault.render(&call.reply, Err(ErrorKind::Quota.into())));
        }
    }
}

/// What is no success says why, in JSON.
fn check(answer: &Response<Bytes>) {
    assert!(answer.status().is_client_error() || answer.status().is_server_error());
    let body: serde_json::Value = serde_json::from_slice(answer.body()).expect("JSON");
    assert!(body["errors"].is_array());
}

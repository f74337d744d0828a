//! The payment dialect from outside.

mod batches;
mod calls;
mod control;
mod goldens;
mod model;
mod requests;
mod samples;
mod signatures;
mod tasks;

use std::fmt::Write as _;

use bytes::Bytes;
use http::request::Parts;
use http::{HeaderValue, Response};
use serde_json::Value;
use typex_dialect::aws_payment::AwsPayment;
use typex_dialect::{Call, Dialect, Listener};

use crate::message;

const DATE: &str = "20260115T120000Z";
const SCOPE: &str = "AKIDEXAMPLE/20260115/us-east-1/payment-cryptography/aws4_request";

fn listener() -> &'static Listener {
    &AwsPayment.listeners()[0]
}

/// A request as in a golden, with the fields of a signature that nobody made.
fn signed(text: &str) -> (Parts, Bytes) {
    let (mut parts, body) = message::http(text);
    for (name, value) in [("host", "127.0.0.1:8443"), ("x-amz-date", DATE)] {
        parts.headers.entry(name).or_insert(HeaderValue::from_static(value));
    }
    let names = parts.headers.keys().map(http::HeaderName::as_str);
    let is_signed =
        |name: &&str| name.starts_with("x-amz-") || matches!(*name, "host" | "content-type");
    let mut names: Vec<_> = names.filter(is_signed).collect();
    names.sort_unstable();
    let mut field = format!("AWS4-HMAC-SHA256 Credential={SCOPE}, ");
    let names = names.join(";");
    write!(field, "SignedHeaders={names}, Signature={}", "5a".repeat(32)).unwrap();
    parts.headers.insert("authorization", field.parse().unwrap());
    (parts, body)
}

#[expect(clippy::result_large_err, reason = "as the function it calls")]
fn parse(text: &str) -> Result<Call, Response<Bytes>> {
    let (parts, body) = signed(text);
    AwsPayment.parse(listener(), &parts, &body)
}

/// A request to the data plane with that body.
#[expect(clippy::result_large_err, reason = "as the function it calls")]
fn post(path: &str, body: &Value) -> Result<Call, Response<Bytes>> {
    parse(&format!("POST {path} HTTP/1.1\ncontent-type: application/json\n\n{body}"))
}

/// Type of error and body of an answer of the data plane.
fn refusal(answer: &Response<Bytes>) -> (&str, Value) {
    let error = answer.headers().get("x-amzn-errortype").expect("a type of error");
    (error.to_str().unwrap(), serde_json::from_slice(answer.body()).expect("an answer is JSON"))
}

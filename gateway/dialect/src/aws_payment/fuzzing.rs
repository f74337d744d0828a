//! Entries for fuzz targets. Each panics when an invariant breaks, and a plain test replays their
//! corpora.

use bytes::Bytes;
use http::header::{AUTHORIZATION, CONTENT_LENGTH, CONTENT_TYPE};
use http::{HeaderValue, Request, Response};
use typex_core::ErrorKind;
use typex_core::op::Op;
use typex_core::op::payment::{Account, Call, RefName, Request as Payments};
use typex_core::principal::Credential;

use super::limits::{ACCESS_KEY_CHARS_MAX, RECORDS_MAX, REGION_CHARS_MAX};
use super::{AwsPayment, LISTENERS, control, data, name};
use crate::Dialect;

/// A fuzz target: takes any bytes.
pub type Entry = fn(&[u8]);

/// Every target with the name of its corpus.
pub static TARGETS: [(&str, Entry); 4] = [
    ("aws_payment_body", body),
    ("aws_payment_field", field),
    ("aws_payment_name", key_name),
    ("aws_payment_url", url),
];

const SIGNATURE: &str = "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20260115/us-east-1/\
    payment-cryptography/aws4_request, SignedHeaders=content-type;host;x-amz-date, Signature=\
    28712ac18a4312339d254eac9e98e1ed2a714f53f84e1a9c21bf174dc1af2a6f";
const OF_CONTROL: &str = "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20260115/us-east-1/\
    payment-cryptography/aws4_request, SignedHeaders=content-type;host;x-amz-date;x-amz-target, \
    Signature=28712ac18a4312339d254eac9e98e1ed2a714f53f84e1a9c21bf174dc1af2a6f";

/// Bodies at every endpoint of either plane, with and without extensions.
pub fn body(input: &[u8]) {
    for function in data::all() {
        let path = function.path.replace("{KeyIdentifier}", "alias%2Fa");
        let path = path.replace("{IncomingKeyIdentifier}", "alias%2Fa");
        exchange(request(&path), input);
        exchange(request(&format!("/typex{path}")), input);
    }
    exchange(request("/typex/batch"), input);
    for function in control::all() {
        let target = format!("PaymentCryptographyControlPlane.{}", function.operation.name);
        let request = Request::post("/").header("host", "a").header("x-amz-target", target);
        let request = request.header("x-amz-date", "20260115T120000Z");
        let request = request.header(CONTENT_TYPE, "application/x-amz-json-1.0");
        exchange(request.header(AUTHORIZATION, OF_CONTROL), input);
    }
}

/// Request targets, as they follow the method.
pub fn url(input: &[u8]) {
    let Ok(text) = str::from_utf8(input) else { return };
    exchange(request(text), b"{}");
}

/// Values of fields that decide about a signature.
pub fn field(input: &[u8]) {
    let Ok(value) = HeaderValue::from_bytes(input) else { return };
    for name in ["authorization", "x-amz-date", "host", "x-amz-target", "x-amz-content-sha256"] {
        let Ok(mut request) = request("/mac/verify").body(()) else { continue };
        request.headers_mut().insert(name, value.clone());
        check_exchange(request, b"{}");
    }
}

/// Names of keys: what is read is what is written.
pub fn key_name(input: &[u8]) {
    let Ok(text) = str::from_utf8(input) else { return };
    let Ok(key) = name::parse(text) else { return };
    assert!(name::is_name(text));
    let again = match &key.name {
        RefName::Id(id) => name::key("eu-central-1", key.account.unwrap_or(Account(7)), *id),
        RefName::Alias(alias) => format!("alias/{alias}"),
    };
    assert!(name::parse(&again).is_ok_and(|again| again.name == key.name));
}

fn request(path: &str) -> http::request::Builder {
    let request = Request::post(path).header("host", "a").header("x-amz-date", "20260115T120000Z");
    request.header(CONTENT_TYPE, "application/json").header(AUTHORIZATION, SIGNATURE)
}

fn exchange(request: http::request::Builder, body: &[u8]) {
    let Ok(request) = request.body(()) else { return };
    check_exchange(request, body);
}

fn check_exchange(request: Request<()>, body: &[u8]) {
    let (parts, ()) = request.into_parts();
    match AwsPayment.parse(&LISTENERS[0], &parts, &Bytes::copy_from_slice(body)) {
        Err(answer) => check_refusal(&answer, &[400, 403, 404]),
        Ok(call) => {
            check_credential(&call);
            if let Op::Payment(request) = &call.op {
                check_payments(request);
            }
            let answer = AwsPayment.render(&call.reply, Err(ErrorKind::Forbidden.into()));
            check_refusal(&answer, &[403]);
        }
    }
}

// spec: aws-payment 1.4
fn check_refusal(answer: &Response<Bytes>, statuses: &[u16]) {
    assert!(statuses.contains(&answer.status().as_u16()));
    let headers = answer.headers();
    assert_eq!(headers[CONTENT_LENGTH], answer.body().len().to_string().as_str());
    let body: serde_json::Value = serde_json::from_slice(answer.body()).expect("JSON");
    assert!(headers.contains_key("x-amzn-errortype") != body["__type"].is_string());
}

fn check_credential(call: &crate::Call) {
    let [candidate] = call.candidates.as_slice() else { panic!("one reading") };
    let Credential::Signature(signed) = &candidate.credential else { panic!("unsigned") };
    assert!(signed.access_key.len() <= ACCESS_KEY_CHARS_MAX);
    assert!(signed.scope[1].len() <= REGION_CHARS_MAX);
}

/// What comes out of here is within the bounds that the rest of the gateway counts on.
fn check_payments(request: &Payments) {
    match request {
        Payments::One(call) => check_call(call),
        Payments::Batch { operation, calls } => {
            assert!(calls.len() <= RECORDS_MAX && calls.iter().any(Result::is_ok));
            for call in calls.iter().flatten() {
                assert!(call.task.operation() == *operation);
                check_call(call);
            }
        }
    }
}

fn check_call(call: &Call) {
    let operation = call.task.operation();
    for part in operation.parts() {
        assert_eq!(call.keys.iter().filter(|key| key.part == *part).count(), 1);
    }
    let may_be =
        |part| operation.parts().contains(&part) || operation.optional_part() == Some(part);
    assert!(call.keys.iter().all(|key| may_be(key.part)));
}

//! What is signed, from outside; the vectors are beside the code.

use std::collections::BTreeSet;

use bytes::Bytes;
use http::Response;
use serde_json::json;
use typex_core::ErrorKind;
use typex_core::principal::Credential;
use typex_dialect::Dialect;
use typex_dialect::aws_payment::AwsPayment;

use super::{listener, post, refusal, signed};

const REQUEST: &str = "POST /mac/generate HTTP/1.1\ncontent-type: application/json\n\n\
    {\"KeyIdentifier\":\"alias/a\",\"MessageData\":\"ab\",\
    \"GenerationAttributes\":{\"Algorithm\":\"CMAC\"}}";

fn to_sign(parts: &http::request::Parts, body: &Bytes) -> Vec<u8> {
    let Ok(call) = AwsPayment.parse(listener(), parts, body) else { panic!("it is one") };
    let Credential::Signature(signed) = &call.candidates.as_slice()[0].credential else {
        panic!("unsigned")
    };
    signed.to_sign.clone()
}

/// Whatever decides about a request changes what is signed.
// spec: aws-payment 2.3
#[test]
fn everything_that_matters_is_signed() {
    let (parts, body) = signed(REQUEST);
    let first = to_sign(&parts, &body);
    assert_eq!(first, to_sign(&parts, &body));
    let mut changed = vec![to_sign(&parts, &[&body[..], b" "].concat().into())];
    for (name, value) in [
        ("host", "other.example"),
        ("content-type", "application/json; charset=utf-8"),
        ("x-amz-date", "20260115T120001Z"),
    ] {
        let mut parts = parts.clone();
        parts.headers.insert(name, value.parse().unwrap());
        changed.push(to_sign(&parts, &body));
    }
    let mut other = parts.clone();
    other.uri = "/mac/generate?a=1".parse().unwrap();
    changed.push(to_sign(&other, &body));
    other.uri = "/typex/mac/generate".parse().unwrap();
    changed.push(to_sign(&other, &body));
    changed.push(first);
    let count = changed.len();
    changed.sort();
    changed.dedup();
    assert_eq!(changed.len(), count);
}

/// A field that nobody signed must not decide anything.
#[test]
fn a_new_field_of_the_service_must_be_signed() {
    let (mut parts, body) = signed(REQUEST);
    parts.headers.insert("x-amzn-trace-id", "Root=1".parse().unwrap());
    assert!(AwsPayment.parse(listener(), &parts, &body).is_ok());
    parts.headers.insert("x-amz-other", "1".parse().unwrap());
    let answer = AwsPayment.parse(listener(), &parts, &body).err().unwrap();
    assert_eq!(refusal(&answer).0, "IncompleteSignatureException");
}

#[test]
fn a_hash_of_the_body_may_be_told() {
    let empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    let text =
        |hash: &str| format!("POST /mac/generate HTTP/1.1\nx-amz-content-sha256: {hash}\n\n");
    let (parts, body) = signed(&text(empty));
    let answer = AwsPayment.parse(listener(), &parts, &body).err().unwrap();
    assert_eq!(refusal(&answer).0, "ValidationException");
    for wrong in [&empty.to_uppercase(), "UNSIGNED-PAYLOAD", ""] {
        let (parts, body) = signed(&text(wrong));
        let answer = AwsPayment.parse(listener(), &parts, &body).err().unwrap();
        assert_eq!(refusal(&answer).0, "InvalidSignatureException", "{wrong}");
    }
}

/// The form of the signature is judged before the body, and the operation before both.
#[test]
fn order_of_checks() {
    let (mut parts, _) = signed(REQUEST);
    parts.headers.remove("authorization");
    let no_body = Bytes::from_static(b"not JSON");
    let answer = AwsPayment.parse(listener(), &parts, &no_body).err().unwrap();
    assert_eq!(refusal(&answer).0, "MissingAuthenticationTokenException");
    parts.uri = "/other".parse().unwrap();
    let answer = AwsPayment.parse(listener(), &parts, &no_body).err().unwrap();
    assert_eq!(refusal(&answer).0, "UnknownOperationException");
}

/// What the transport refuses has the form of the plane that was asked.
#[test]
fn refusals_of_the_transport() {
    let (mut parts, _) = signed(REQUEST);
    let answer = AwsPayment.refuse(listener(), Some(&parts), ErrorKind::TooLarge);
    assert_eq!(
        (answer.status().as_u16(), refusal(&answer).0),
        (413, "RequestEntityTooLargeException")
    );
    let answer = AwsPayment.refuse(listener(), None, ErrorKind::ShuttingDown);
    assert_eq!(
        (answer.status().as_u16(), refusal(&answer).0),
        (503, "ServiceUnavailableException")
    );
    let target = "PaymentCryptographyControlPlane.ListKeys";
    parts.headers.insert("x-amz-target", target.parse().unwrap());
    let answer = AwsPayment.refuse(listener(), Some(&parts), ErrorKind::Busy);
    let told: serde_json::Value = serde_json::from_slice(answer.body()).unwrap();
    assert_eq!(
        told,
        json!({ "__type": "ServiceUnavailableException", "Message": "queues full, try again" })
    );
    assert_eq!(answer.headers()["content-type"], "application/x-amz-json-1.0");
}

/// Also the same request sent twice, and what never becomes a request.
// spec: aws-payment 1.4
#[test]
fn every_answer_names_its_request_anew() {
    let body = json!({
        "KeyIdentifier": "alias/a",
        "MessageData": "ab",
        "GenerationAttributes": { "Algorithm": "CMAC" },
    });
    let done = || {
        let Ok(call) = post("/mac/generate", &body) else { panic!("it is one") };
        AwsPayment.render(&call.reply, Err(ErrorKind::Busy.into()))
    };
    let (mut unsigned, none) = signed(REQUEST);
    unsigned.headers.remove("authorization");
    let drawn = std::thread::spawn(move || AwsPayment.refuse(listener(), None, ErrorKind::Busy));
    let answers = [
        done(),
        done(),
        post("/other", &body).err().unwrap(),
        post("/mac/generate", &json!({})).err().unwrap(),
        AwsPayment.parse(listener(), &unsigned, &none).err().unwrap(),
        AwsPayment.refuse(listener(), None, ErrorKind::Busy),
        drawn.join().unwrap(),
    ];
    let name = |answer: &Response<Bytes>| {
        let text = answer.headers()["x-amzn-requestid"].to_str().unwrap().to_owned();
        let parts: Vec<_> = text.split('-').map(str::len).collect();
        assert_eq!(parts, [8, 4, 4, 4, 12], "{text}");
        assert_eq!((&text[14..15], "89ab".contains(&text[19..20])), ("4", true), "{text}");
        text
    };
    let names: BTreeSet<_> = answers.iter().map(name).collect();
    assert_eq!(names.len(), answers.len());
}

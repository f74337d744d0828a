//! Batches, and what callers are told who have to wait.
// spec: aws-payment 6.2

use http::header::RETRY_AFTER;
use serde_json::json;
use typex_core::ErrorKind;
use typex_core::op::Output;
use typex_core::op::payment::Answer;
use typex_core::policy::abuse::{Kind, Wait};

use super::*;

const KEY: &str = "arn:aws:payment-cryptography:eu-central-1:123456789012:key/";

/// A record that re-encrypts so many bytes, with everything that one usually names.
fn reencryption(bytes: usize) -> Value {
    json!({
        "IncomingKeyIdentifier": format!("{KEY}{}", "ab".repeat(16)),
        "OutgoingKeyIdentifier": format!("{KEY}{}", "cd".repeat(16)),
        "CipherText": "5A".repeat(bytes),
        "IncomingEncryptionAttributes": {
            "Symmetric": { "Mode": "CBC", "InitializationVector": "00".repeat(16) }
        },
        "OutgoingEncryptionAttributes": {
            "Symmetric": { "Mode": "CBC", "InitializationVector": "00".repeat(16) }
        },
    })
}

fn batch(records: Vec<Value>) -> Value {
    json!({ "Operation": "ReEncryptData", "Records": records })
}

fn body_bytes(path: &str) -> Option<usize> {
    let (parts, _) = signed(&format!("POST {path} HTTP/1.1\n\n{{}}"));
    AwsPayment.body_bytes(listener(), &parts)
}

#[test]
fn as_many_records_as_there_may_be_fit() {
    let whole = batch(vec![reencryption(512); 1024]);
    let limit = body_bytes("/typex/batch").expect("a bound of its own");
    let length = serde_json::to_vec_pretty(&whole).unwrap().len();
    assert!(length < limit, "{length} of {limit}");
    assert!(post("/typex/batch", &whole).is_ok());
    assert_eq!(body_bytes("/pindata/translate"), None);
    assert_eq!(body_bytes("/typex/pindata/translate"), None);
}

#[test]
fn a_batch_that_is_too_long_is_told_both_numbers() {
    let head = "POST /typex/batch HTTP/1.1\ncontent-length: 3000000\n\n";
    let (parts, _) = signed(head);
    let answer = AwsPayment.refuse(listener(), Some(&parts), ErrorKind::TooLarge);
    assert_eq!(answer.status(), 413);
    let (name, body) = refusal(&answer);
    assert_eq!(name, "RequestEntityTooLargeException");
    let text = body["Message"].as_str().expect("a text");
    for number in ["1024 records", "2097152 bytes", "3000000 bytes"] {
        assert!(text.contains(number), "{text}");
    }
}

#[test]
fn why_none_of_the_records_can_be_read_is_told_of_each() {
    let mut records = vec![reencryption(16); 3];
    records[0]["CipherText"] = json!("xyz");
    records[1]["IncomingEncryptionAttributes"] = json!({});
    records[2]["IncomingKeyIdentifier"] = json!("?");
    let answer = post("/typex/batch", &batch(records)).err().expect("a refusal");
    let (name, body) = refusal(&answer);
    assert_eq!((answer.status().as_u16(), name), (400, "ValidationException"));
    let results = body["Results"].as_array().expect("a list");
    assert_eq!(results.len(), 3);
    let wrong = ["CipherText", "IncomingEncryptionAttributes", "IncomingKeyIdentifier"];
    for (at, result) in results.iter().enumerate() {
        // The same as of a record among others.
        let error = &result["Error"];
        assert_eq!(error["__type"], "ValidationException");
        let path = error["fieldList"][0]["path"].as_str().expect("a path");
        assert!(path.starts_with(&format!("Records[{at}].{}", wrong[at])), "{path}");
        assert!(error["message"].as_str().is_some_and(|told| !told.is_empty()));
    }
    let answer = post("/typex/batch", &batch(Vec::new())).err().expect("a refusal");
    assert_eq!(refusal(&answer).1["fieldList"][0]["path"], "Records");
}

// spec: aws-payment 4.1
#[test]
fn who_waits_is_told_who_and_how_long() {
    let wait = || Wait { kind: Kind::Pan, wait_ms: 59_001, is_open: false }.into();
    let text = "Too many failures of this card, it waits 60 s";
    let alone = json!({
        "CipherText": "00",
        "IncomingEncryptionAttributes": { "Symmetric": { "Mode": "CBC" } },
        "OutgoingEncryptionAttributes": { "Symmetric": { "Mode": "CBC" } },
        "OutgoingKeyIdentifier": "ab".repeat(16),
    });
    let Ok(call) = post(&format!("/keys/{}/reencrypt", "ab".repeat(16)), &alone) else {
        panic!("it can be read")
    };
    let answer = AwsPayment.render(&call.reply, Err(wait()));
    assert_eq!(answer.status(), 429);
    assert_eq!(answer.headers()[RETRY_AFTER], "60");
    let (name, body) = refusal(&answer);
    assert_eq!((name, &body), ("ThrottlingException", &json!({ "Message": text })));

    let Ok(call) = post("/typex/batch", &batch(vec![reencryption(16)])) else {
        panic!("it can be read")
    };
    let answer = Output::Payment(Answer::Batch(vec![Err(wait())]));
    let answer = AwsPayment.render(&call.reply, Ok(answer));
    assert_eq!(answer.status(), 200);
    let error = json!({
        "__type": "ThrottlingException", "Message": text, "RetryAfterSeconds": 60,
    });
    let body: Value = serde_json::from_slice(answer.body()).expect("JSON");
    assert_eq!(body, json!({ "Results": [{ "Error": error }] }));
}

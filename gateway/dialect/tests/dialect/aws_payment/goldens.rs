//! Replays `tests/dialect/aws_payment/*.http`, where a `result` is the name of a sample. Fields of
//! a signature are put in unless the request line says `unsigned`.

// spec: aws-payment 9

use bytes::Bytes;
use http::Response;
use typex_dialect::Dialect;
use typex_dialect::aws_payment::AwsPayment;

use super::{calls, listener, samples, signed};
use crate::golden::{Golden, Replayed, are_met, goldens, have_every_kind_of_error};
use crate::message;

const DIALECT: &str = "aws_payment";

#[test]
fn every_file_is_met() {
    are_met(DIALECT, 100, replay);
}

#[test]
fn every_kind_of_error_has_a_golden_answer() {
    have_every_kind_of_error(DIALECT);
}

fn replay(golden: &Golden) -> Replayed {
    let (parts, body) = match golden.mark.as_str() {
        "api unsigned" => message::http(&golden.request),
        _ => signed(&golden.request),
    };
    let call = match AwsPayment.parse(listener(), &parts, &body) {
        Ok(call) => call,
        Err(refusal) => return (None, written(&refusal)),
    };
    let described = calls::describe(&call);
    let answer = AwsPayment.render(&call.reply, samples::result(golden.of_call(), &call.op));
    (Some(described), written(&answer))
}

/// An answer as text, without the name of its request, which is another each time.
fn written(answer: &Response<Bytes>) -> String {
    let name = answer.headers()["x-amzn-requestid"].to_str().unwrap();
    message::write(answer).replacen(name, "*", 1)
}

/// The requests that are calls.
pub(super) fn understood() -> Vec<String> {
    let calls = goldens(DIALECT).into_iter().filter(|golden| golden.call.is_some());
    calls.map(|golden| golden.request).collect()
}

/// Every operation of the data plane that is served has a golden with an answer of its own.
#[test]
fn every_operation_has_a_golden() {
    let answers: String =
        goldens(DIALECT).into_iter().map(|golden| golden.request + "\n").collect();
    for path in [
        "/encrypt",
        "/decrypt",
        "/reencrypt",
        "/pindata/translate",
        "/pindata/verify",
        "/pindata/generate",
        "/mac/generate",
        "/mac/verify",
        "/cardvalidationdata/generate",
        "/cardvalidationdata/verify",
        "/cryptogram/generate",
        "/cryptogram/verify",
        "/macemvpinchange/generate",
        "/as2805kekvalidation/generate",
        "/keymaterial/translate",
        "/typex/batch",
    ] {
        assert!(answers.contains(&format!("{path} HTTP/1.1")), "{path}");
    }
}

/// Every operation of the control plane has one as well, refused ones too.
#[test]
fn every_operation_with_keys_themselves_has_a_golden() {
    let requests: String =
        goldens(DIALECT).into_iter().map(|golden| golden.request + "\n").collect();
    let model = typex_dialect::aws_payment::model();
    let operations = model["payment-cryptography"].as_object().unwrap();
    assert_eq!(operations.len(), 32);
    for operation in operations.keys() {
        let target = format!("x-amz-target: PaymentCryptographyControlPlane.{operation}\n");
        assert!(requests.contains(&target), "{operation}");
    }
}

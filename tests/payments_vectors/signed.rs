//! Requests that are signed, as the dialect reads them off the wire.

use http::Request;
use http::request::Parts;
use typex_core::op::payment::access::{AccessSecret, check_signature};
use typex_core::time::UnixMs;
use typex_dialect::aws_payment::signed;

use crate::harness::{Fields, Vector};

/// 2026-01-15T12:00:00Z, when all of them were signed.
const AT: UnixMs = UnixMs(1_768_478_400_000);

/// Checks that the gateway finds the signature of a request true, and that what was signed is its
/// canonical form; and that it finds it false of any other path, field or body.
pub(crate) fn run(vector: &Vector) -> bool {
    if vector.op != "http.sigv4" {
        return false;
    }
    let (input, output) = (&vector.input, &vector.output);
    let secret = AccessSecret::parse(input.text("secret_key")).expect("40 characters");
    let holds = |parts: &Parts, body: &str| {
        let signed = signed(parts, body.as_bytes()).expect("the form of a signature");
        check_signature(&signed, Some(&secret), None, AT).is_ok()
    };
    let (request, body) = (request(input, output), input.text("body_ascii"));
    let read = signed(&request, body.as_bytes()).expect("the form of a signature");
    assert_eq!((read.access_key.as_str(), read.at), (input.text("access_key"), AT));
    let to_sign = str::from_utf8(&read.to_sign).expect("a text");
    assert!(to_sign.ends_with(output.text("canonical_request_sha256")), "{to_sign}");
    assert!(holds(&request, body));
    assert!(!holds(&request, "{\"changed\":1}"));
    let mut other = request.clone();
    other.uri = "/keys/alias%2Fa/b/reencrypt".parse().expect("a path");
    assert!(!holds(&other, body));
    let mut other = request;
    other.headers.insert("host", "127.0.0.1:8444".parse().expect("a value"));
    assert!(!holds(&other, body));
    true
}

/// The request as it comes off the wire, its path as the client wrote it.
fn request(input: &Fields, output: &Fields) -> Parts {
    let field = format!(
        "AWS4-HMAC-SHA256 Credential={}/20260115/{}/{}/aws4_request, SignedHeaders={}, \
         Signature={}",
        input.text("access_key"),
        input.text("region"),
        input.text("service"),
        output.text("signed_headers"),
        output.text("signature"),
    );
    let request = Request::builder().method(input.text("method"));
    let request = request.uri(input.text("path_on_the_wire")).header("authorization", field);
    let headers = input.inner("headers");
    let add = |request: http::request::Builder, (name, value): &(&str, &str)| {
        request.header(*name, *value)
    };
    let request = headers.pairs().iter().fold(request, add).body(()).expect("a request");
    request.into_parts().0
}

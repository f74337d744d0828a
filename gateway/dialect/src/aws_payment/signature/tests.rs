//! Requests as a public client signs them.

use bytes::Bytes;
use http::{Request, request::Parts};
use serde_json::Value;
use sha2::{Digest, Sha256};
use typex_core::UnixMs;
use typex_core::op::payment::access::{AccessSecret, check_signature};

use super::{canonical, date, read};
use crate::aws_payment::status::{INCOMPLETE_SIGNATURE, INVALID_SIGNATURE};

const VECTORS: &str = include_str!("../../../../engine/tests/payment/vectors.json");
/// 2026-01-15T12:00:00Z
const AT: UnixMs = UnixMs(1_768_478_400_000);

fn vector(id: &str) -> Value {
    let vectors: Value = serde_json::from_str(VECTORS).expect("vectors are JSON");
    let found = vectors["vectors"].as_array().expect("a list").iter().find(|one| one["id"] == id);
    found.unwrap_or_else(|| panic!("no vector {id}")).clone()
}

fn text<'v>(value: &'v Value, name: &str) -> &'v str {
    value[name].as_str().unwrap_or_else(|| panic!("no {name}"))
}

fn request(vector: &Value) -> (Parts, Bytes) {
    let (given, made) = (&vector["in"], &vector["out"]);
    let mut request = Request::post(text(given, "path_on_the_wire"));
    for (name, value) in given["headers"].as_object().expect("an object") {
        request = request.header(name, value.as_str().expect("a text"));
    }
    let field = format!(
        "AWS4-HMAC-SHA256 Credential={}/20260115/{}/{}/aws4_request, SignedHeaders={}, \
         Signature={}",
        text(given, "access_key"),
        text(given, "region"),
        text(given, "service"),
        text(made, "signed_headers"),
        text(made, "signature")
    );
    let (parts, ()) =
        request.header("authorization", field).body(()).expect("a request").into_parts();
    (parts, Bytes::copy_from_slice(text(given, "body_ascii").as_bytes()))
}

/// The whole way of a signature: what the client made is what the gateway finds true.
fn holds(id: &str) {
    let vector = vector(id);
    let (parts, body) = request(&vector);
    assert_eq!(canonical::path(&parts), text(&vector["out"], "canonical_path"));
    let names: Vec<_> = text(&vector["out"], "signed_headers").split(';').collect();
    let hash = const_hex::encode(Sha256::digest(&body));
    let canonical = canonical::request(&parts, &names, &hash).expect("every field is there");
    let hash = const_hex::encode(Sha256::digest(&canonical));
    assert_eq!(hash, text(&vector["out"], "canonical_request_sha256"));
    let signed = read(&parts, &body).expect("a signature");
    assert_eq!((signed.access_key.as_str(), signed.at), ("AKIDEXAMPLE", AT));
    let secret = AccessSecret::parse(text(&vector["in"], "secret_key")).expect("40 characters");
    assert!(check_signature(&signed, Some(&secret), None, AT).is_ok());
    let other = read(&parts, b"{\"changed\":1}").expect("a signature");
    assert!(check_signature(&other, Some(&secret), None, AT).is_err());
}

// spec: aws-payment 2.3
#[test]
fn sigv4_0() {
    holds("sigv4-0");
}

#[test]
fn sigv4_1() {
    holds("sigv4-1");
}

#[test]
fn sigv4_2() {
    holds("sigv4-2");
}

#[test]
fn queries_are_sorted_and_encoded_once() {
    let (parts, ()) = Request::post("/?b=%7e+%2F&a=x&b=1&a").body(()).expect("a URL").into_parts();
    let canonical = canonical::request(&parts, &[], "").expect("no field is asked for");
    assert_eq!(canonical, b"POST\n/\na=&a=x&b=1&b=~%2B%2F\n\n\n");
}

#[test]
fn values_are_joined_without_needless_blanks() {
    let request = Request::post("http://host.example:1/").header("a", "  x   y ");
    let (parts, ()) = request.header("a", "z").body(()).expect("a request").into_parts();
    let canonical = canonical::request(&parts, &["a", "host"], "h").expect("both are there");
    assert_eq!(canonical, b"POST\n/\n\na:x y,z\nhost:host.example:1\n\na;host\nh");
}

#[test]
fn dates() {
    assert_eq!(date::parse("20260115T120000Z"), Some(AT));
    assert_eq!(date::parse("19700101T000000Z"), Some(UnixMs(0)));
    assert_eq!(date::parse("20000229T235959Z"), Some(UnixMs(951_868_799_000)));
    assert_eq!(date::parse("21000301T000000Z"), Some(UnixMs(4_107_542_400_000)));
    for wrong in [
        "",
        "20260115T120000",
        "20260115t120000Z",
        "20260015T120000Z",
        "20261315T120000Z",
        "20260132T120000Z",
        "20260100T120000Z",
        "21000229T120000Z",
        "20260115T240000Z",
        "20260115T126000Z",
        "20260115T120060Z",
        "19691231T235959Z",
        "2026011+T120000Z",
        "2026-01-15T12:00",
        "é260115T120000Z",
    ] {
        assert_eq!(date::parse(wrong), None, "{wrong}");
    }
}

/// Parts of the field, and what they cannot be.
const CHANGES: [(&str, &str); 18] = [
    ("AWS4-HMAC-SHA256", "AWS4-HMAC-SHA512"),
    ("Credential=AKIDEXAMPLE", "Credential="),
    ("Credential=AKIDEXAMPLE", "Credential=A-B"),
    ("Credential=", "Credentials="),
    ("/20260115/", "/2026011/"),
    ("/us-east-1/", "/us east/"),
    ("/aws4_request", "/aws4_request/x"),
    ("/aws4_request", ""),
    ("SignedHeaders=", "signedheaders="),
    ("content-type;host", "host;content-type"),
    ("content-type;host", "Content-Type;host"),
    ("content-type;host", "content-type;;host"),
    ("content-type;host", "content-type;host;host"),
    ("content-type;", ""),
    (";x-amz-date", ""),
    ("Signature=", "Signature=0"),
    ("Signature=28", "Signature=0x"),
    (", Signature", ", Signature=00, Signature"),
];

#[test]
fn fields_that_cannot_be() {
    let vector = vector("sigv4-1");
    let (parts, body) = request(&vector);
    let field = parts.headers["authorization"].to_str().expect("a text");
    for (from, to) in CHANGES {
        assert!(field.contains(from), "{from}");
        let mut parts = parts.clone();
        parts.headers.insert("authorization", field.replace(from, to).parse().expect("a value"));
        let refusal = read(&parts, &body).expect_err(to);
        assert_eq!(refusal.error, INCOMPLETE_SIGNATURE, "{from} to {to}");
    }
    let mut parts = parts.clone();
    let other = field.replace("payment-cryptography/", "kms/");
    parts.headers.insert("authorization", other.parse().expect("a value"));
    assert_eq!(read(&parts, &body).expect_err("a service").error, INVALID_SIGNATURE);
}

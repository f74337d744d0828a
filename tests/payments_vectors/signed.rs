//! Requests that are signed.

use sha2::{Digest, Sha256};
use typex_core::op::payment::access::{AccessSecret, check_signature};
use typex_core::principal::Signed;
use typex_core::time::UnixMs;

use crate::harness::{Fields, Vector};

/// 2026-01-15T12:00:00Z, when all of them were signed.
const AT: UnixMs = UnixMs(1_768_478_400_000);

/// Checks the signature of a request, and that its canonical form is the one that was signed.
pub(crate) fn run(vector: &Vector) -> bool {
    if vector.op != "http.sigv4" {
        return false;
    }
    let (input, output) = (&vector.input, &vector.output);
    let digest = canonical(input, output);
    assert_eq!(digest, output.text("canonical_request_sha256"));
    let scope = ["20260115", input.text("region"), input.text("service")].map(str::to_owned);
    let date = input.inner("headers").text("x-amz-date").to_owned();
    let text = format!("AWS4-HMAC-SHA256\n{date}\n{}/aws4_request\n{digest}", scope.join("/"));
    let signed = Signed {
        access_key: input.text("access_key").to_owned(),
        scope,
        at: AT,
        to_sign: text.into_bytes(),
        signature: output.array("signature"),
    };
    let secret = AccessSecret::parse(input.text("secret_key")).expect("40 characters");
    assert_eq!(check_signature(&signed, Some(&secret), AT), Ok(()));
    let mut changed = signed.clone();
    changed.signature[31] ^= 1;
    assert!(check_signature(&changed, Some(&secret), AT).is_err());
    true
}

/// The hash of what is signed: method, path encoded twice, headers, the body's hash.
fn canonical(input: &Fields, output: &Fields) -> String {
    let path = input.text("path_on_the_wire").replace('%', "%25");
    assert_eq!(path, output.text("canonical_path"));
    let headers = input.inner("headers");
    let mut lines: Vec<_> =
        headers.pairs().iter().map(|(name, value)| format!("{name}:{value}\n")).collect();
    lines.sort();
    let (method, names) = (input.text("method"), output.text("signed_headers"));
    let body = const_hex::encode(Sha256::digest(input.text("body_ascii")));
    let text = format!("{method}\n{path}\n\n{}\n{names}\n{body}", lines.concat());
    const_hex::encode(Sha256::digest(text))
}

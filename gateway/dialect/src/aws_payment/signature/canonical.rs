//! The form of a request that is signed.
// spec: aws-payment 2.3

use http::header::HOST;
use http::request::Parts;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

use super::incomplete;
use crate::aws_payment::refusal::Parsed;

/// Everything but unreserved characters.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');
/// The same but for slashes.
const OF_PATHS: &AsciiSet = &RESERVED.remove(b'/');

/// The text that is hashed, with these fields and this hash of the body.
///
/// # Errors
/// A field is not there.
pub(super) fn request(parts: &Parts, fields: &[&str], body_hash: &str) -> Parsed<Vec<u8>> {
    let mut text = format!("{}\n{}\n{}\n", parts.method, path(parts), query(parts)).into_bytes();
    for name in fields {
        text.extend_from_slice(name.as_bytes());
        text.push(b':');
        field(parts, name, &mut text)?;
        text.push(b'\n');
    }
    text.extend_from_slice(format!("\n{}\n{body_hash}", fields.join(";")).as_bytes());
    Ok(text)
}

/// The path of the wire, encoded once more.
pub(super) fn path(parts: &Parts) -> String {
    utf8_percent_encode(parts.uri.path(), OF_PATHS).to_string()
}

fn query(parts: &Parts) -> String {
    let encode = |text: &str| {
        let bytes: Vec<u8> = percent_decode_str(text).collect();
        percent_encoding::percent_encode(&bytes, RESERVED).to_string()
    };
    let pairs = parts.uri.query().unwrap_or_default().split('&').filter(|pair| !pair.is_empty());
    let mut pairs: Vec<_> = pairs
        .map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            (encode(name), encode(value))
        })
        .collect();
    pairs.sort();
    let pairs: Vec<_> = pairs.iter().map(|(name, value)| format!("{name}={value}")).collect();
    pairs.join("&")
}

/// Writes the values of a field, commas between, without needless blanks. HTTP/2 and HTTP/3 tell
/// the host outside the fields.
fn field(parts: &Parts, name: &str, text: &mut Vec<u8>) -> Parsed<()> {
    let mut values: Vec<_> =
        parts.headers.get_all(name).iter().map(http::HeaderValue::as_bytes).collect();
    let authority = parts.uri.authority().filter(|_| name == HOST.as_str() && values.is_empty());
    values.extend(authority.map(|authority| authority.as_str().as_bytes()));
    if values.is_empty() {
        return Err(incomplete(format!("SignedHeaders has {name}, the request has not")));
    }
    for (index, value) in values.into_iter().enumerate() {
        let words = value.split(|byte| *byte == b' ').filter(|word| !word.is_empty());
        let trimmed = words.collect::<Vec<_>>().join(&b' ');
        text.extend_from_slice(if index > 0 { b"," } else { b"" });
        text.extend_from_slice(&trimmed);
    }
    Ok(())
}

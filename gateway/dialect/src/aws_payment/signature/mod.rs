//! Signed requests: what was presented, and what was signed. Whether it is true, the server says.
// spec: aws-payment 2

mod canonical;
mod date;
mod field;
#[cfg(test)]
mod tests;

use http::HeaderMap;
use http::header::AUTHORIZATION;
use http::request::Parts;
use sha2::{Digest, Sha256};
use typex_core::principal::Signed;

use super::name::is_region;
use super::refusal::{Parsed, Refusal};
use super::status::{INCOMPLETE_SIGNATURE, INVALID_SIGNATURE, MISSING_TOKEN, UNRECOGNIZED_CLIENT};
use field::Authorization;

const SERVICE: &str = "payment-cryptography";
const DATE: &str = "x-amz-date";
const BODY_HASH: &str = "x-amz-content-sha256";
const SESSION: &str = "x-amz-security-token";

/// Reads the signature of a request.
///
/// # Errors
/// The refusal, where what is presented cannot be one of this service.
pub(super) fn read(parts: &Parts, body: &[u8]) -> Parsed<Signed> {
    let authorization = authorization(&parts.headers)?;
    if parts.headers.contains_key(SESSION) {
        let fix = "Session tokens are not served: sign with an access key of this gateway alone";
        return Err(Refusal::new(UNRECOGNIZED_CLIENT, fix));
    }
    check_scope(&authorization)?;
    check_signed_fields(&parts.headers, &authorization)?;
    let text = single(&parts.headers, DATE)?;
    let at = date::parse(text)
        .ok_or_else(|| incomplete("x-amz-date must be a date like 20260115T120000Z"))?;
    if !text.starts_with(authorization.day) {
        let fix = "The day of the credential's scope is not that of x-amz-date";
        return Err(Refusal::new(INVALID_SIGNATURE, fix));
    }
    let hash = const_hex::encode(Sha256::digest(body));
    check_body_hash(&parts.headers, &hash)?;
    let canonical = canonical::request(parts, &authorization.signed_fields, &hash)?;
    let Authorization { access_key, day, region, service, signature, .. } = authorization;
    let scope = [day, region, service].map(str::to_owned);
    let to_sign = to_sign(text, &scope, &canonical);
    Ok(Signed { access_key: access_key.to_owned(), scope, at, to_sign, signature })
}

fn to_sign(date: &str, [day, region, service]: &[String; 3], canonical: &[u8]) -> Vec<u8> {
    let hash = const_hex::encode(Sha256::digest(canonical));
    let scope = format!("{day}/{region}/{service}/{}", field::TERMINATOR);
    format!("{}\n{date}\n{scope}\n{hash}", field::ALGORITHM).into_bytes()
}

fn authorization(headers: &HeaderMap) -> Parsed<Authorization<'_>> {
    if !headers.contains_key(AUTHORIZATION) {
        let fix = "Missing authentication token: the request must have a field Authorization";
        return Err(Refusal::new(MISSING_TOKEN, fix));
    }
    Authorization::read(single(headers, AUTHORIZATION.as_str())?).map_err(incomplete)
}

/// The one field of that name.
fn single<'h>(headers: &'h HeaderMap, name: &'static str) -> Parsed<&'h str> {
    let mut values = headers.get_all(name).iter();
    let value = values.next().filter(|_| values.next().is_none());
    let text = value.and_then(|value| value.to_str().ok());
    text.ok_or_else(|| incomplete(format!("{name} must be there once")))
}

fn check_scope(authorization: &Authorization<'_>) -> Parsed<()> {
    if authorization.service != SERVICE {
        let fix = "The credential's scope must name the service payment-cryptography";
        return Err(Refusal::new(INVALID_SIGNATURE, fix));
    }
    if !is_region(authorization.region) {
        return Err(incomplete("The credential's scope must name a region"));
    }
    Ok(())
}

/// What decides about the request must be signed.
// spec: aws-payment 2.2
fn check_signed_fields(headers: &HeaderMap, authorization: &Authorization<'_>) -> Parsed<()> {
    let is_signed = |name: &str| authorization.signed_fields.contains(&name);
    let decides = |name: &&str| name.starts_with("x-amz-") || *name == "content-type";
    let names = headers.keys().map(http::HeaderName::as_str).filter(decides);
    match names.chain(["host"]).find(|name| !is_signed(name)) {
        Some(name) => Err(incomplete(format!("SignedHeaders must have {name}"))),
        None => Ok(()),
    }
}

/// A client may say what it takes the hash of the body to be.
// spec: aws-payment 2.3
fn check_body_hash(headers: &HeaderMap, hash: &str) -> Parsed<()> {
    if !headers.contains_key(BODY_HASH) || single(headers, BODY_HASH)? == hash {
        return Ok(());
    }
    let fix = "x-amz-content-sha256 must be the SHA-256 of the body";
    Err(Refusal::new(INVALID_SIGNATURE, fix))
}

fn incomplete(fix: impl Into<std::borrow::Cow<'static, str>>) -> Refusal {
    Refusal::new(INCOMPLETE_SIGNATURE, fix)
}

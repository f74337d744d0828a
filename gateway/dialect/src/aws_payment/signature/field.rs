//! The field Authorization.
// spec: aws-payment 2.1

use crate::aws_payment::limits::ACCESS_KEY_CHARS_MAX;

/// The only algorithm.
pub(super) const ALGORITHM: &str = "AWS4-HMAC-SHA256";

/// Last part of a scope.
pub(super) const TERMINATOR: &str = "aws4_request";

/// What the field says.
pub(super) struct Authorization<'a> {
    pub(super) access_key: &'a str,
    pub(super) day: &'a str,
    pub(super) region: &'a str,
    pub(super) service: &'a str,
    /// Ascending, in lower case.
    pub(super) signed_fields: Vec<&'a str>,
    pub(super) signature: [u8; 32],
}

impl<'a> Authorization<'a> {
    /// Reads it.
    ///
    /// # Errors
    /// What has to be mended.
    pub(super) fn read(field: &'a str) -> Result<Self, &'static str> {
        let (algorithm, rest) = field.trim().split_once(' ').unwrap_or((field, ""));
        if algorithm != ALGORITHM {
            return Err("Authorization must begin with AWS4-HMAC-SHA256");
        }
        let credential = part(rest, "Credential").ok_or("Authorization lacks Credential")?;
        let names = part(rest, "SignedHeaders").ok_or("Authorization lacks SignedHeaders")?;
        let signature = part(rest, "Signature").ok_or("Authorization lacks Signature")?;
        let (access_key, [day, region, service]) = scope(credential)
            .ok_or("Credential must be access key/day/region/service/aws4_request")?;
        let signed_fields: Vec<_> = names.split(';').collect();
        let is_name =
            |name: &&str| !name.is_empty() && !name.bytes().any(|b| b.is_ascii_uppercase());
        if !signed_fields.iter().all(is_name) || !signed_fields.is_sorted_by(|a, b| a < b) {
            return Err("SignedHeaders must be names in lower case, ascending, with ; between");
        }
        let signature = digits(signature).ok_or("Signature must be 64 hexadecimal digits")?;
        Ok(Self { access_key, day, region, service, signed_fields, signature })
    }
}

/// The only part of that name.
fn part<'a>(parts: &'a str, name: &str) -> Option<&'a str> {
    let value = |part: &'a str| part.trim().strip_prefix(name)?.strip_prefix('=');
    let mut found = parts.split(',').filter_map(value);
    found.next().filter(|_| found.next().is_none())
}

fn scope(credential: &str) -> Option<(&str, [&str; 3])> {
    let mut parts = credential.split('/');
    let access_key = parts.next().filter(|key| is_access_key(key))?;
    let [day, region, service, terminator] = std::array::from_fn(|_| parts.next());
    let is_whole = terminator == Some(TERMINATOR) && parts.next().is_none();
    let day = day.filter(|day| day.len() == 8 && day.bytes().all(|byte| byte.is_ascii_digit()))?;
    is_whole.then_some((access_key, [day, region?, service?]))
}

fn is_access_key(text: &str) -> bool {
    let is_char = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    (1..=ACCESS_KEY_CHARS_MAX).contains(&text.len()) && text.bytes().all(is_char)
}

fn digits(text: &str) -> Option<[u8; 32]> {
    let mut bytes = [0; 32];
    // The library would also take a prefix `0x`.
    let has_length = text.len() == 2 * bytes.len();
    (has_length && const_hex::decode_to_slice(text, &mut bytes).is_ok()).then_some(bytes)
}

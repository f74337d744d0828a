//! Names of keys: full ones, identities, aliases.
// spec: aws-payment 1.3

use typex_core::id::KeyId;
use typex_core::op::payment::{Account, KeyRef, RefName};

use super::refusal::{Parsed, Refusal};

/// What a name has to be, for a client.
pub(super) const WANTED: &str =
    "must be the full name of a key or alias, the identity of a key, or alias/ and a name";

/// What an alias has to be, for a client.
pub(super) const WANTED_ALIAS: &str = "must be alias/ and letters, digits, /, _ or -";

const PREFIX: &str = "arn:aws:payment-cryptography:";
const ALIAS: &str = "alias/";
const CHARS: std::ops::RangeInclusive<usize> = 7..=322;
const ID_CHARS: std::ops::RangeInclusive<usize> = 16..=64;

/// A name, taken apart.
struct Parts<'a> {
    account: Option<Account>,
    resource: Resource<'a>,
}

enum Resource<'a> {
    Id(&'a str),
    Alias(&'a str),
}

/// Whether a text has the form of a name.
pub(super) fn is_name(text: &str) -> bool {
    split(text).is_some()
}

/// Whether a text has the form of an alias, with `alias/`.
pub(super) fn is_alias(text: &str) -> bool {
    text.len() <= *CHARS.end() && text.strip_prefix(ALIAS).is_some_and(is_alias_text)
}

/// The key that a text names.
///
/// # Errors
/// Identities of this gateway have 32 hexadecimal digits: no key has another.
pub(super) fn parse(text: &str) -> Parsed<KeyRef> {
    let Parts { account, resource } = split(text).ok_or_else(|| Refusal::validation(WANTED))?;
    let name = match resource {
        Resource::Alias(alias) => RefName::Alias(alias.to_owned()),
        Resource::Id(id) => RefName::Id(id.parse().map_err(|_| Refusal::not_found(text))?),
    };
    Ok(KeyRef { account, name })
}

/// The full name of a key.
pub(super) fn key(region: &str, account: Account, key: KeyId) -> String {
    format!("{PREFIX}{region}:{:012}:key/{key}", account.0)
}

fn split(text: &str) -> Option<Parts<'_>> {
    if !CHARS.contains(&text.len()) {
        return None;
    }
    let Some(rest) = text.strip_prefix(PREFIX) else {
        let resource = match text.strip_prefix(ALIAS) {
            Some(alias) => alias_of(alias)?,
            None => id_of(text)?,
        };
        return Some(Parts { account: None, resource });
    };
    let (region, rest) = rest.split_once(':')?;
    let (account, resource) = rest.split_once(':')?;
    let is_digits = account.len() == 12 && account.bytes().all(|byte| byte.is_ascii_digit());
    if !is_region(region) || !is_digits {
        return None;
    }
    let resource = match resource.strip_prefix("key/") {
        Some(id) => id_of(id)?,
        None => alias_of(resource.strip_prefix(ALIAS)?)?,
    };
    Some(Parts { account: Some(Account(account.parse().ok()?)), resource })
}

fn id_of(text: &str) -> Option<Resource<'_>> {
    let is_id = ID_CHARS.contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric());
    is_id.then_some(Resource::Id(text))
}

fn alias_of(text: &str) -> Option<Resource<'_>> {
    is_alias_text(text).then_some(Resource::Alias(text))
}

fn is_alias_text(text: &str) -> bool {
    let is_char = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'/' | b'_' | b'-');
    !text.is_empty() && text.bytes().all(is_char)
}

/// Whether a text can be the name of a region.
pub(super) fn is_region(text: &str) -> bool {
    let is_char = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    (1..=super::limits::REGION_CHARS_MAX).contains(&text.len()) && text.bytes().all(is_char)
}

//! Members that many functions share, checked against their limits.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::value::RawValue;
use typex_core::error::Malformed;
use typex_core::limits::{PROPERTIES_MAX, TEXT_CHARS_MAX};
use typex_core::op::registration::{AuthName, Environment, Properties};
use typex_core::principal::ApiKeyText;
use typex_core::{Error, ErrorKind, Secret};

use super::fault;
use super::wire::{self, Body, SecretText};

/// The nonce to repeat.
pub(super) fn nonce(body: &Body<'_>) -> Result<String, Error> {
    let nonce = wire::optional::<String>(body.nonce, "nonce")?.unwrap_or_default();
    if nonce.is_empty() {
        return Err(ErrorKind::Malformed(Malformed::Nonce).into());
    }
    within(nonce, "nonce")
}

/// Refuses every version but 1.
pub(super) fn check_version(body: &Body<'_>) -> Result<(), Error> {
    match body.version.map(RawValue::get) {
        None | Some("1" | "1.0" | "\"1\"" | "\"1.0\"") => Ok(()),
        Some(_) => Err(Error::new(ErrorKind::Malformed(Malformed::Version), "version must be 1")),
    }
}

/// The environment; `dev` where it is not given.
pub(super) fn environment(body: &Body<'_>) -> Result<Environment, Error> {
    let text = wire::optional::<String>(body.environment, "environment")?;
    text.map_or(Ok(Environment::default()), |text| {
        text.parse().map_err(|_| fault::invalid("environment", "dev, test or prod"))
    })
}

/// A text within its limit.
pub(super) fn within(text: String, name: &str) -> Result<String, Error> {
    check_length(&text, name).map(|()| text)
}

fn check_length(text: &str, name: &str) -> Result<(), Error> {
    if text.chars().count() <= TEXT_CHARS_MAX {
        Ok(())
    } else {
        Err(fault::too_long(name, TEXT_CHARS_MAX, "characters"))
    }
}

/// A text that must be there and hold something.
pub(super) fn required(text: Option<String>, name: &str) -> Result<String, Error> {
    let text = text.filter(|text| !text.is_empty()).ok_or_else(|| fault::missing(name))?;
    within(text, name)
}

/// A text that may be absent; an empty one is.
pub(super) fn optional(text: Option<String>, name: &str) -> Result<Option<String>, Error> {
    text.filter(|text| !text.is_empty()).map(|text| within(text, name)).transpose()
}

/// A secret that may be absent.
pub(super) fn secret(
    text: Option<SecretText>,
    name: &str,
) -> Result<Option<Secret<String>>, Error> {
    let text = text.map(|text| text.0).filter(|text| !text.expose().is_empty());
    text.map(|text| check_length(text.expose(), name).map(|()| text)).transpose()
}

/// A secret that must be there.
pub(super) fn required_secret(
    text: Option<SecretText>,
    name: &str,
) -> Result<Secret<String>, Error> {
    secret(text, name)?.ok_or_else(|| fault::missing(name))
}

/// An API key; one that no key can be is answered like an unknown one.
pub(super) fn api_key(text: Option<SecretText>, name: &str) -> Result<Secret<ApiKeyText>, Error> {
    let text = text.map(|text| text.0).filter(|text| !text.expose().is_empty());
    let text = text.ok_or_else(|| fault::missing(name))?;
    ApiKeyText::from(text.expose()).map(Secret::new).map_err(|_| fault::api_key())
}

/// An authentication method.
pub(super) fn auth_name(text: &str, name: &str) -> Result<AuthName, Error> {
    text.parse().map_err(|_| fault::unknown_method(name))
}

/// Base64, which may be broken into lines.
pub(super) fn base64(text: &str, bytes_max: usize, name: &str) -> Result<Vec<u8>, Error> {
    let mut compact = Secret::new(String::with_capacity(text.len()));
    compact.expose_mut().extend(text.split_ascii_whitespace());
    let compact = compact.expose();
    if compact.len() / 4 * 3 > bytes_max + 2 {
        return Err(fault::too_long(name, bytes_max, "bytes"));
    }
    STANDARD.decode(compact).map_err(|_| fault::invalid(name, "base64"))
}

/// The members of an object as named texts; those that are no text keep their JSON form. `only`
/// are the names that count; all do where it is empty.
pub(super) fn properties(
    value: Option<&RawValue>,
    name: &str,
    only: &[&str],
) -> Result<Properties, Error> {
    let object = wire::optional::<serde_json::Map<_, _>>(value, name)?.unwrap_or_default();
    let counts = |(key, value): &(String, serde_json::Value)| {
        !value.is_null() && (only.is_empty() || only.contains(&key.as_str()))
    };
    let kept: Vec<_> = object.into_iter().filter(counts).collect();
    if kept.len() > PROPERTIES_MAX {
        return Err(fault::too_long(name, PROPERTIES_MAX, "members"));
    }
    kept.into_iter().map(|(key, value)| property(key, value, name)).collect()
}

fn property(key: String, value: serde_json::Value, name: &str) -> Result<(String, String), Error> {
    let value = match value {
        serde_json::Value::String(text) => text,
        other => other.to_string(),
    };
    Ok((within(key, name)?, within(value, name)?))
}

/// A value as people read it: the content of a text, the JSON form of all else.
pub(super) fn readable(value: &RawValue) -> String {
    serde_json::from_str(value.get()).unwrap_or_else(|_| value.get().to_owned())
}

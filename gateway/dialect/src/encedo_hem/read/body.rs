//! The JSON object of a request, member by member. A member that is `null` counts as absent.
// spec: encedo-hem 1.2

use std::borrow::Cow;
use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_PAD_INDIFFERENT, URL_SAFE_PAD_INDIFFERENT};
use http::header::CONTENT_TYPE;
use http::request::Parts;
use serde::Deserialize;
use serde_json::value::RawValue;
use typex_core::error::Malformed;
use typex_core::id::KeyId;
use typex_core::op::instance::Parsed;
use typex_core::{ErrorKind, Secret};

/// A member is missing or of the wrong type.
pub(super) const MEMBER: ErrorKind = ErrorKind::Malformed(Malformed::Member);
/// A member's content is not of its form.
pub(super) const VALUE: ErrorKind = ErrorKind::Malformed(Malformed::Value);

/// A JSON object. Members that nobody asks for do not matter; of two with one name the last holds.
#[derive(Default, Deserialize)]
pub(in crate::encedo_hem) struct Body<'a>(#[serde(borrow)] BTreeMap<Cow<'a, str>, &'a RawValue>);

impl<'a> Body<'a> {
    /// Reads the body of a POST.
    pub(in crate::encedo_hem) fn read(parts: &Parts, json: &'a [u8]) -> Parsed<Self> {
        if !is_json(parts) {
            return Err(ErrorKind::Malformed(Malformed::Syntax));
        }
        serde_json::from_slice(json).map_err(|_| ErrorKind::Malformed(Malformed::Syntax))
    }

    /// A number, text or truth value.
    fn scalar<T: Deserialize<'a>>(&self, name: &str) -> Parsed<Option<T>> {
        let Some(member) = self.member(name) else { return Ok(None) };
        serde_json::from_str(member).map(Some).map_err(|_| MEMBER)
    }

    fn member(&self, name: &str) -> Option<&'a str> {
        self.0.get(name).map(|raw| raw.get()).filter(|text| *text != "null")
    }

    /// `true` or `false`.
    pub(super) fn flag(&self, name: &str) -> Parsed<Option<bool>> {
        self.scalar(name)
    }

    /// A whole number.
    pub(super) fn number(&self, name: &str) -> Parsed<Option<u64>> {
        self.scalar(name)
    }

    /// A text, borrowed unless it holds escapes.
    pub(super) fn text(&self, name: &str) -> Parsed<Option<Cow<'a, str>>> {
        #[derive(Deserialize)]
        struct Text<'a>(#[serde(borrow)] Cow<'a, str>);
        Ok(self.scalar::<Text<'a>>(name)?.map(|Text(text)| text))
    }

    /// A text that must be there.
    pub(super) fn required_text(&self, name: &str) -> Parsed<String> {
        self.text(name)?.map(Cow::into_owned).ok_or(MEMBER)
    }

    /// Bytes in base64.
    pub(super) fn bytes(&self, name: &str) -> Parsed<Option<Vec<u8>>> {
        match self.text(name)? {
            None => Ok(None),
            Some(Cow::Borrowed(text)) => base64(text).map(Some),
            // It may be a secret: wiped, like every copy that is made here.
            Some(Cow::Owned(text)) => base64(Secret::new(text).expose()).map(Some),
        }
    }

    /// Bytes that must be there.
    pub(super) fn required_bytes(&self, name: &str) -> Parsed<Vec<u8>> {
        self.bytes(name)?.ok_or(MEMBER)
    }

    /// A fixed number of bytes, where there are any.
    pub(super) fn array<const N: usize>(&self, name: &str) -> Parsed<Option<[u8; N]>> {
        let Some(bytes) = self.bytes(name)? else { return Ok(None) };
        bytes.try_into().map(Some).map_err(|_| VALUE)
    }

    /// The same, and they must be there.
    pub(super) fn required_array<const N: usize>(&self, name: &str) -> Parsed<[u8; N]> {
        self.array(name)?.ok_or(MEMBER)
    }

    /// The name of a key.
    pub(super) fn key(&self, name: &str) -> Parsed<Option<KeyId>> {
        let Some(text) = self.text(name)? else { return Ok(None) };
        text.parse().map(Some).map_err(|_| VALUE)
    }

    /// The name of a key, which must be there.
    pub(super) fn required_key(&self, name: &str) -> Parsed<KeyId> {
        self.key(name)?.ok_or(MEMBER)
    }

    /// An object within.
    pub(super) fn object(&self, name: &str) -> Parsed<Option<Self>> {
        self.scalar(name)
    }
}

/// Reads base64 in either alphabet, padded or not.
pub(super) fn base64(text: &str) -> Parsed<Vec<u8>> {
    let engine = if text.contains(['-', '_']) {
        &URL_SAFE_PAD_INDIFFERENT
    } else {
        &STANDARD_PAD_INDIFFERENT
    };
    engine.decode(text).map_err(|_| VALUE)
}

fn is_json(parts: &Parts) -> bool {
    let value = parts.headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let media = value.and_then(|value| value.split(';').next());
    media.is_some_and(|media| media.trim().eq_ignore_ascii_case("application/json"))
}

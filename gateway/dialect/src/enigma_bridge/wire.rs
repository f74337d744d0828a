//! The JSON that requests carry.
// spec: enigma-bridge 1.5, 1.7, 5.2, 5.3

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::Number;
use serde_json::error::Category;
use serde_json::value::RawValue;
use typex_core::error::Malformed;

/// A body whose `data` is a text. Everything beside it is ignored, a nonce included.
#[derive(Default, Deserialize)]
pub(super) struct TextBody<'a> {
    /// Empty if absent.
    #[serde(borrow, default)]
    pub(super) data: Cow<'a, str>,
}

/// A body whose `data` is an object.
#[derive(Deserialize)]
pub(super) struct ObjectBody<'a> {
    #[serde(borrow, default)]
    pub(super) data: Option<&'a RawValue>,
}

/// A whole request, as it comes on a plain connection. Each member is read on its own, so that
/// a bad one still leaves the others to answer with.
#[derive(Deserialize)]
pub(super) struct Line<'a> {
    #[serde(borrow, default)]
    pub(super) version: Option<&'a RawValue>,
    #[serde(borrow, default)]
    pub(super) objectid: Option<&'a RawValue>,
    #[serde(borrow, default)]
    pub(super) function: Option<&'a RawValue>,
    #[serde(borrow, default)]
    pub(super) nonce: Option<&'a RawValue>,
    #[serde(borrow, default)]
    pub(super) data: Option<&'a RawValue>,
}

/// A template request. Members about scheduling, billing and generation are ignored: flags in the
/// filled template decide.
#[derive(Deserialize)]
pub(super) struct TemplateData<'a> {
    /// 1 if absent.
    pub(super) format: Option<Number>,
    /// 1 if absent.
    pub(super) protocol: Option<Number>,
    /// Hex without a prefix.
    #[serde(rename = "type", borrow, default)]
    pub(super) object_type: Cow<'a, str>,
}

/// An import request; a missing member is empty.
#[derive(Deserialize)]
pub(super) struct ImportData<'a> {
    #[serde(borrow, default)]
    pub(super) objectid: Cow<'a, str>,
    #[serde(borrow, default)]
    pub(super) importkey: Cow<'a, str>,
    #[serde(borrow, default)]
    pub(super) object: Cow<'a, str>,
}

/// Reads a JSON object; members unknown to `T` are ignored.
///
/// # Errors
/// `Syntax` if it does not parse, `wrong` if it is no object or a member has the wrong type.
pub(super) fn object<'a, T: Deserialize<'a>>(
    json: &'a [u8],
    wrong: Malformed,
) -> Result<T, Malformed> {
    // A struct would also be read from an array, by position.
    if json.trim_ascii_start().starts_with(b"[") {
        return Err(wrong);
    }
    serde_json::from_slice(json).map_err(|error| match error.classify() {
        Category::Data => wrong,
        Category::Io | Category::Syntax | Category::Eof => Malformed::Syntax,
    })
}

/// The text of a member; `None` if it is absent or no text.
pub(super) fn text<'a>(member: Option<&'a RawValue>) -> Option<Cow<'a, str>> {
    #[derive(Deserialize)]
    struct Text<'a>(#[serde(borrow)] Cow<'a, str>);
    serde_json::from_str(member?.get()).ok().map(|Text(text)| text)
}

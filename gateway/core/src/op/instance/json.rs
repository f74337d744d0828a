//! JSON of tokens: written in a given order, read without trust.

use serde_json::{Map, Value};

use super::text::{base64, from_base64_array};

/// An object under construction; members stay in the order in which they came.
pub(super) struct Writer(String);

impl Writer {
    pub(super) fn new() -> Self {
        Self("{".to_owned())
    }

    pub(super) fn text(self, name: &str, value: &str) -> Self {
        self.raw(name, &Value::from(value).to_string())
    }

    pub(super) fn number(self, name: &str, value: u64) -> Self {
        self.raw(name, &value.to_string())
    }

    pub(super) fn bytes(self, name: &str, value: &[u8]) -> Self {
        self.text(name, &base64(value))
    }

    pub(super) fn some_text(self, name: &str, value: Option<&str>) -> Self {
        match value {
            Some(value) => self.text(name, value),
            None => self,
        }
    }

    /// A member whose value is JSON already.
    pub(super) fn raw(mut self, name: &str, value: &str) -> Self {
        if self.0.len() > 1 {
            self.0.push(',');
        }
        self.0.push_str(&Value::from(name).to_string());
        self.0.push(':');
        self.0.push_str(value);
        self
    }

    pub(super) fn finish(mut self) -> String {
        self.0.push('}');
        self.0
    }
}

/// A received object.
#[derive(Clone)]
pub(super) struct Object(Map<String, Value>);

/// A member is there, but not of its type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct WrongType;

impl Object {
    pub(super) fn parse(text: &[u8]) -> Option<Self> {
        serde_json::from_slice(text).ok().map(Self)
    }

    /// `Ok(None)` where it is absent.
    pub(super) fn text(&self, name: &str) -> Result<Option<&str>, WrongType> {
        self.0.get(name).map(|value| value.as_str().ok_or(WrongType)).transpose()
    }

    /// A text that must be there.
    pub(super) fn need_text(&self, name: &str) -> Result<&str, WrongType> {
        self.text(name)?.ok_or(WrongType)
    }

    /// A number of whole seconds or the like; a negative one is 0.
    pub(super) fn number(&self, name: &str) -> Result<Option<u64>, WrongType> {
        self.0.get(name).map(|value| whole(value).ok_or(WrongType)).transpose()
    }

    pub(super) fn flag(&self, name: &str) -> Result<Option<bool>, WrongType> {
        self.0.get(name).map(|value| value.as_bool().ok_or(WrongType)).transpose()
    }

    /// A flag that must be there.
    pub(super) fn need_flag(&self, name: &str) -> Result<bool, WrongType> {
        self.flag(name)?.ok_or(WrongType)
    }

    /// Base64 of exactly `N` bytes that must be there.
    pub(super) fn array<const N: usize>(&self, name: &str) -> Result<[u8; N], WrongType> {
        from_base64_array(self.need_text(name)?).ok_or(WrongType)
    }

    pub(super) fn object(&self, name: &str) -> Option<Self> {
        self.0.get(name)?.as_object().cloned().map(Self)
    }
}

fn whole(value: &Value) -> Option<u64> {
    const EXACT: f64 = 9_007_199_254_740_992.0;
    if value.as_i64().is_some_and(i64::is_negative) {
        return Some(0);
    }
    let float = || value.as_f64().filter(|float| float.fract() == 0.0 && float.abs() < EXACT);
    value.as_u64().or_else(|| float().map(|float| float.max(0.0) as u64))
}

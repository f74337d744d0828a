//! JSON objects whose members keep their order, written into one buffer that is wiped: answers
//! hold decrypted data and tokens.
// spec: encedo-hem 1.2, 1.3; aws-payment 1.4; vault 1.3

use std::borrow::Cow;
use std::fmt;
use std::io::{self, Write};

use base64::display::Base64Display;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use serde::ser::{Serialize, Serializer};
use typex_core::Secret;

/// A member's value.
pub(crate) enum Value<'a> {
    Text(&'a str),
    Made(String),
    /// Written in base64.
    Bytes(&'a [u8]),
    /// Written in hexadecimal, upper case.
    Hex(&'a [u8]),
    Number(u64),
    Signed(i64),
    Flag(bool),
    Null,
    List(Vec<Value<'a>>),
    Object(Object<'a>),
}

/// Members in the order in which they are written.
#[derive(Default)]
pub(crate) struct Object<'a>(Vec<(Cow<'a, str>, Value<'a>)>);

impl<'a> Object<'a> {
    /// Adds a member.
    pub(crate) fn with(self, name: &'static str, value: impl Into<Value<'a>>) -> Self {
        self.named(Cow::Borrowed(name), value)
    }

    /// Adds a member whose name is no word of the dialect.
    pub(crate) fn named(mut self, name: Cow<'a, str>, value: impl Into<Value<'a>>) -> Self {
        self.0.push((name, value.into()));
        self
    }

    /// Adds a member, where it has a value.
    pub(crate) fn maybe(self, name: &'static str, value: Option<impl Into<Value<'a>>>) -> Self {
        match value {
            Some(value) => self.with(name, value),
            None => self,
        }
    }

    /// Adds bytes.
    pub(crate) fn bytes(self, name: &'static str, value: &'a [u8]) -> Self {
        self.with(name, Value::Bytes(value))
    }

    /// Adds bytes, in hexadecimal.
    pub(crate) fn hex(self, name: &'static str, value: &'a [u8]) -> Self {
        self.with(name, Value::Hex(value))
    }

    /// The JSON text.
    pub(crate) fn to_body(&self) -> Bytes {
        let mut body = Secret::new(Vec::with_capacity(self.bytes_max()));
        serde_json::to_writer(body.expose_mut(), self).expect("texts and numbers are always JSON");
        Bytes::from_owner(Wiped(body))
    }

    /// Bytes of its text at most: quotes, colon and comma of every member.
    fn bytes_max(&self) -> usize {
        let member = |(name, value): &(Cow<'_, str>, Value<'_>)| {
            text_bytes_max(name) + value.bytes_max() + 2
        };
        2 + self.0.iter().map(member).sum::<usize>()
    }
}

/// The JSON text of a value, in one buffer of its size: one that grew would leave copies behind.
pub(crate) fn body(value: &impl Serialize) -> Result<Bytes, serde_json::Error> {
    let mut length = Length(0);
    serde_json::to_writer(&mut length, value)?;
    let mut body = Secret::new(Vec::with_capacity(length.0));
    serde_json::to_writer(body.expose_mut(), value)?;
    Ok(Bytes::from_owner(Wiped(body)))
}

/// A text with its quotes; every byte of one that is not plain may take six.
fn text_bytes_max(text: &str) -> usize {
    let is_plain = |byte: u8| byte >= b' ' && byte != b'"' && byte != b'\\';
    let are_plain = text.bytes().fold(true, |all, byte| all & is_plain(byte));
    2 + text.len() * if are_plain { 1 } else { 6 }
}

impl Value<'_> {
    /// Bytes of its text at most.
    fn bytes_max(&self) -> usize {
        match self {
            Self::Text(text) => text_bytes_max(text),
            Self::Made(text) => text_bytes_max(text),
            Self::Bytes(bytes) => 2 + bytes.len().div_ceil(3) * 4,
            Self::Hex(bytes) => 2 + bytes.len() * 2,
            // The longest number has 20 characters.
            Self::Number(_) | Self::Signed(_) => 20,
            Self::Flag(_) | Self::Null => 5,
            Self::List(values) => 2 + values.iter().map(|one| one.bytes_max() + 1).sum::<usize>(),
            Self::Object(object) => object.bytes_max(),
        }
    }
}

impl Serialize for Object<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(name, value)| (name, value)))
    }
}

impl Serialize for Value<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Text(text) => serializer.serialize_str(text),
            Self::Made(text) => serializer.serialize_str(text),
            Self::Bytes(bytes) => serializer.collect_str(&Base64Display::new(bytes, &STANDARD)),
            Self::Hex(bytes) => serializer.collect_str(&UpperHex(bytes)),
            Self::Number(number) => serializer.serialize_u64(*number),
            Self::Signed(number) => serializer.serialize_i64(*number),
            Self::Flag(flag) => serializer.serialize_bool(*flag),
            Self::Null => serializer.serialize_unit(),
            Self::List(values) => serializer.collect_seq(values),
            Self::Object(object) => object.serialize(serializer),
        }
    }
}

impl<'a> From<&'a str> for Value<'a> {
    fn from(text: &'a str) -> Self {
        Self::Text(text)
    }
}

impl<'a> From<&'a String> for Value<'a> {
    fn from(text: &'a String) -> Self {
        Self::Text(text)
    }
}

impl From<String> for Value<'_> {
    fn from(text: String) -> Self {
        Self::Made(text)
    }
}

impl<'a, const N: usize> From<&'a [u8; N]> for Value<'a> {
    fn from(bytes: &'a [u8; N]) -> Self {
        Self::Bytes(bytes)
    }
}

impl<'a> From<Object<'a>> for Value<'a> {
    fn from(object: Object<'a>) -> Self {
        Self::Object(object)
    }
}

impl From<u64> for Value<'_> {
    fn from(number: u64) -> Self {
        Self::Number(number)
    }
}

impl From<usize> for Value<'_> {
    fn from(number: usize) -> Self {
        Self::Number(number as u64)
    }
}

impl From<u8> for Value<'_> {
    fn from(number: u8) -> Self {
        Self::Number(number.into())
    }
}

impl From<bool> for Value<'_> {
    fn from(flag: bool) -> Self {
        Self::Flag(flag)
    }
}

/// Bytes as hexadecimal digits.
struct UpperHex<'a>(&'a [u8]);

impl fmt::Display for UpperHex<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut digits = Secret::new([0; 128]);
        for part in self.0.chunks(64) {
            let digits = &mut digits.expose_mut()[..2 * part.len()];
            const_hex::encode_to_slice_upper(part, digits).map_err(|_| fmt::Error)?;
            f.write_str(str::from_utf8(digits).map_err(|_| fmt::Error)?)?;
        }
        Ok(())
    }
}

/// A body that is wiped once it was sent.
struct Wiped(Secret<Vec<u8>>);

impl AsRef<[u8]> for Wiped {
    fn as_ref(&self) -> &[u8] {
        self.0.expose()
    }
}

/// Counts what is written.
struct Length(usize);

impl Write for Length {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 += bytes.len();
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

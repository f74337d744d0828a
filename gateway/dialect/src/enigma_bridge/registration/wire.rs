//! The members of requests. Extra members are ignored; `null` is the same as absent.
// spec: enigma-bridge 6

use std::borrow::Cow;

use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;
use typex_core::error::Malformed;
use typex_core::{Error, ErrorKind, Secret};

use super::fault;

/// The outer object. Its members stay text until the function is known, so that a wrong one
/// inside still lets function and nonce be repeated.
#[derive(Deserialize)]
pub(super) struct Body<'a> {
    #[serde(borrow)]
    pub(super) nonce: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(super) version: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(super) function: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(super) environment: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(super) client: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(super) apidata: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(super) endpoint: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(super) operations: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(super) statusdata: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(super) effort: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(super) log: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(super) signature: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(super) request: Option<&'a RawValue>,
}

/// A text that goes from the body into its `Secret` at once, so that it is wiped whatever becomes
/// of the request.
pub(super) struct SecretText(pub(super) Secret<String>);

impl<'de> Deserialize<'de> for SecretText {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        String::deserialize(input).map(|text| Self(Secret::new(text)))
    }
}

impl PartialEq for SecretText {
    fn eq(&self, other: &Self) -> bool {
        self.0.ct_eq(other.0.expose().as_bytes()).into()
    }
}

#[derive(Deserialize)]
pub(super) struct Client<'a> {
    #[serde(rename = "type")]
    pub(super) client_type: Option<String>,
    pub(super) name: Option<String>,
    pub(super) authentication: Option<String>,
    pub(super) method: Option<String>,
    pub(super) token: Option<SecretText>,
    pub(super) clientid: Option<String>,
    pub(super) email: Option<String>,
    pub(super) mobile: Option<String>,
    pub(super) rsa: Option<String>,
    pub(super) username: Option<String>,
    pub(super) password: Option<SecretText>,
    #[serde(borrow)]
    pub(super) ami: Option<&'a RawValue>,
}

#[derive(PartialEq, Deserialize)]
pub(super) struct ApiData {
    pub(super) username: Option<String>,
    pub(super) apikey: Option<SecretText>,
    pub(super) certificate: Option<String>,
    pub(super) ipv4: Option<String>,
    pub(super) ipv6: Option<String>,
    pub(super) private: Option<bool>,
    pub(super) dnsdata: Option<Vec<DnsData>>,
    pub(super) authentication: Option<String>,
    pub(super) response: Option<SecretText>,
}

#[derive(PartialEq, Deserialize)]
pub(super) struct DnsData {
    #[serde(rename = "type")]
    pub(super) kind: Option<String>,
    pub(super) name: Option<String>,
    pub(super) domain: Option<String>,
    pub(super) value: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct Signature {
    pub(super) payload: Option<SecretText>,
    pub(super) value: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct StatusData<'a> {
    pub(super) password: Option<SecretText>,
    #[serde(borrow)]
    pub(super) status: Option<&'a RawValue>,
    pub(super) error: Option<String>,
    pub(super) duration: Option<f64>,
    #[serde(borrow)]
    pub(super) detail: Option<&'a RawValue>,
    pub(super) key: Option<SecretText>,
    pub(super) email: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct EffortData {
    pub(super) preimage: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct ApprovalData<'a> {
    pub(super) apikey: Option<SecretText>,
    pub(super) objecttype: Option<u32>,
    #[serde(borrow)]
    pub(super) objectpolicy: Option<&'a RawValue>,
}

/// Reads the outer object.
pub(super) fn body(bytes: &[u8]) -> Result<Body<'_>, Error> {
    serde_json::from_slice(bytes).map_err(|error| {
        if error.is_data() {
            Error::new(
                ErrorKind::Malformed(Malformed::Member),
                "request must be an object that names each member once",
            )
        } else {
            ErrorKind::Malformed(Malformed::Syntax).into()
        }
    })
}

/// Reads a member that is an object or the like.
pub(super) fn member<'a, T: Deserialize<'a>>(
    value: Option<&'a RawValue>,
    name: &str,
) -> Result<T, Error> {
    optional(value, name)?.ok_or_else(|| fault::missing(name))
}

/// The same for a member that may be absent.
pub(super) fn optional<'a, T: Deserialize<'a>>(
    value: Option<&'a RawValue>,
    name: &str,
) -> Result<Option<T>, Error> {
    let Some(value) = value else { return Ok(None) };
    serde_json::from_str(value.get()).map_err(|_| fault::mistyped(name))
}

impl Body<'_> {
    /// The function's name, if it is a text.
    pub(super) fn function(&self) -> Option<Cow<'_, str>> {
        serde_json::from_str(self.function?.get()).ok()
    }
}

//! Access tokens.
// spec: encedo-hem 2.2

use super::json::{Object, Writer};
use super::keys::{mac, verify_mac};
use super::nonce::Nonce;
use super::role::Role;
use super::text::{base64_url, from_base64_url};
use crate::limits::INSTANCE_TOKEN_CHARS_MAX;
use crate::secret::Secret;

/// The one header there is; the public samples have its members in this order.
const HEADER: &str = r#"{"typ":"JWT","alg":"HS256"}"#;

/// What an access token says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claims {
    /// What it opens.
    pub scope: String,
    /// Who holds it.
    pub role: Role,
    /// When it was made, seconds.
    pub iat: u64,
    /// From when on it opens nothing, seconds.
    pub exp: u64,
    /// Its name.
    pub jti: Nonce,
    /// What the client wanted to have in it.
    pub ctx: Option<String>,
}

/// The token is not one of ours, or too old. One answer for all of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("token not valid")]
pub struct TokenError;

/// The three segments of a token. What was signed stays as it came.
pub(super) struct Segments<'a> {
    pub(super) header: &'a str,
    pub(super) claims: &'a str,
    pub(super) signed: &'a str,
    pub(super) tag: Vec<u8>,
}

/// A token of `claims`.
pub fn issue(key: &Secret<[u8; 32]>, claims: &Claims) -> String {
    sign(key, HEADER, &claims.to_json())
}

/// What `text` says, if it was made with `key` and has not expired.
///
/// # Errors
/// [`TokenError`] otherwise.
pub fn verify(key: &Secret<[u8; 32]>, text: &str, now_s: u64) -> Result<Claims, TokenError> {
    let parts = Segments::split(text).ok_or(TokenError)?;
    if !parts.is_signed_by(key) || parts.header != base64_url(HEADER.as_bytes()) {
        return Err(TokenError);
    }
    let claims = Claims::from_json(&parts).ok_or(TokenError)?;
    if claims.exp > now_s { Ok(claims) } else { Err(TokenError) }
}

/// A signed token of any header and claims.
pub(super) fn sign(key: &Secret<[u8; 32]>, header: &str, claims: &str) -> String {
    let signed = format!("{}.{}", base64_url(header.as_bytes()), base64_url(claims.as_bytes()));
    let tag = mac(key.expose(), &[signed.as_bytes()]);
    format!("{signed}.{}", base64_url(&tag))
}

impl<'a> Segments<'a> {
    pub(super) fn split(text: &'a str) -> Option<Self> {
        if text.len() > INSTANCE_TOKEN_CHARS_MAX {
            return None;
        }
        let (signed, tag) = text.rsplit_once('.')?;
        let (header, claims) = signed.split_once('.')?;
        // A fourth segment would leave a dot in the claims, which their alphabet does not have.
        Some(Self { header, claims, signed, tag: from_base64_url(tag)? })
    }

    pub(super) fn is_signed_by(&self, key: &Secret<[u8; 32]>) -> bool {
        verify_mac(key.expose(), &[self.signed.as_bytes()], &self.tag)
    }

    pub(super) fn header_object(&self) -> Option<Object> {
        Object::parse(&from_base64_url(self.header)?)
    }

    pub(super) fn claims_object(&self) -> Option<Object> {
        Object::parse(&from_base64_url(self.claims)?)
    }
}

impl Claims {
    fn to_json(&self) -> String {
        Writer::new()
            .text("scope", &self.scope)
            .text("sub", &self.role.subject())
            .number("iat", self.iat)
            .number("exp", self.exp)
            .bytes("jti", &self.jti)
            .some_text("ctx", self.ctx.as_deref())
            .finish()
    }

    fn from_json(parts: &Segments<'_>) -> Option<Self> {
        let claims = parts.claims_object()?;
        Some(Self {
            scope: claims.need_text("scope").ok()?.to_owned(),
            role: Role::from_subject(claims.need_text("sub").ok()?)?,
            iat: claims.number("iat").ok()??,
            exp: claims.number("exp").ok()??,
            jti: claims.array("jti").ok()?,
            ctx: claims.text("ctx").ok()?.map(str::to_owned),
        })
    }
}

//! Tokens between two holders of X25519 keys: the MAC key is what they agree upon.
// spec: encedo-hem 2.2

use super::json::Object;
use super::keys::AgreementKey;
use super::token::{Segments, TokenError, sign};

/// As the public samples have it.
const HEADER: &str = r#"{"ecdh":"x25519","typ":"JWT","alg":"HS256"}"#;

/// A received token, unchecked.
pub(super) struct Ejwt<'a> {
    segments: Segments<'a>,
    claims: Object,
}

/// A token of `ours` for the owner of `theirs`; `None` for a public key that agrees on zero.
pub(super) fn issue(ours: &AgreementKey, theirs: &[u8; 32], claims: &str) -> Option<String> {
    Some(sign(&ours.agree(theirs)?, HEADER, claims))
}

impl<'a> Ejwt<'a> {
    /// Reads a token. Its header may be in any order, but must name both algorithms.
    ///
    /// # Errors
    /// [`TokenError`] for what is not such a token.
    pub(super) fn parse(text: &'a str) -> Result<Self, TokenError> {
        let segments = Segments::split(text).ok_or(TokenError)?;
        let header = segments.header_object().ok_or(TokenError)?;
        let named = header.text("alg") == Ok(Some("HS256"))
            && header.text("ecdh") == Ok(Some("x25519"))
            && matches!(header.text("typ"), Ok(None | Some("JWT")));
        let claims = segments.claims_object().ok_or(TokenError)?;
        if named { Ok(Self { segments, claims }) } else { Err(TokenError) }
    }

    /// What it says, before it is known who says so.
    pub(super) fn claims(&self) -> &Object {
        &self.claims
    }

    /// Who claims to have issued it.
    pub(super) fn issuer(&self) -> Result<[u8; 32], TokenError> {
        self.claims.array("iss").map_err(|_| TokenError)
    }

    /// Whether it is for the holder of this public key.
    pub(super) fn is_for(&self, public: &[u8; 32]) -> bool {
        self.claims.array("aud") == Ok(*public)
    }

    /// Its nonce.
    pub(super) fn nonce(&self) -> Result<[u8; 32], TokenError> {
        self.claims.array("jti").map_err(|_| TokenError)
    }

    /// Checks that its issuer made it for the holder of `ours`.
    ///
    /// # Errors
    /// [`TokenError`] otherwise.
    pub(super) fn verify(&self, ours: &AgreementKey) -> Result<(), TokenError> {
        let key = ours.agree(&self.issuer()?).ok_or(TokenError)?;
        if self.segments.is_signed_by(&key) { Ok(()) } else { Err(TokenError) }
    }
}

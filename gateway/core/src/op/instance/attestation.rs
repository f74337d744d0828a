//! Statements that an instance is genuine. The key that signs them is made by the gateway, so
//! they prove no more than that the same gateway answers.
// spec: encedo-hem 4.6

use super::session::seconds;
use super::text::{base64, from_base64, from_base64_array};
use crate::time::UnixMs;

/// What is to be signed: the time, in decimal. ECDSA on P-256 with SHA-256, DER.
pub fn statement(now: UnixMs) -> String {
    seconds(now).to_string()
}

/// The whole: identity of the key, statement, signature.
pub fn genuine(key_id: &[u8; 20], statement: &str, signature: &[u8]) -> String {
    format!("{}.{}.{}", base64(key_id), base64(statement.as_bytes()), base64(signature))
}

/// A statement taken apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Genuine {
    /// Identity of the key.
    pub key_id: [u8; 20],
    /// What was signed.
    pub statement: String,
    /// The signature, DER.
    pub signature: Vec<u8>,
}

/// Takes a statement apart; `None` for a text that is none.
pub fn parse_genuine(text: &str) -> Option<Genuine> {
    let mut parts = text.split('.');
    let mut next = || parts.next();
    let (key_id, statement, signature) = (next()?, next()?, next()?);
    if next().is_some() {
        return None;
    }
    let statement = String::from_utf8(from_base64(statement)?).ok()?;
    let decimal = !statement.is_empty() && statement.bytes().all(|byte| byte.is_ascii_digit());
    let (key_id, signature) = (from_base64_array(key_id)?, from_base64(signature)?);
    decimal.then_some(Genuine { key_id, statement, signature })
}

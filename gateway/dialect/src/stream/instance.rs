//! Use of keys of Encedo HEM instances.
// spec: stream 8.4

use typex_core::error::Malformed;
use typex_core::key::Hash;
use typex_core::op::crypto::{Crypto, CryptoCall, Scheme};
use typex_core::{ErrorKind, Secret};
use typex_wire::{operation, scheme, tag};

use super::field::{Fields, VALUE, secret};
use super::record::{Reading, UNKNOWN};
use super::rsa;
use crate::encedo_hem::limits::{MESSAGE_BYTES_MAX, SIGNATURE_CONTEXT_BYTES_MAX};

const SCHEMES: [(u8, Scheme); 9] = [
    (scheme::ECDSA_SHA256, Scheme::Ecdsa(Hash::Sha256)),
    (scheme::ECDSA_SHA384, Scheme::Ecdsa(Hash::Sha384)),
    (scheme::ECDSA_SHA512, Scheme::Ecdsa(Hash::Sha512)),
    (scheme::ED25519, Scheme::Ed25519),
    (scheme::ED25519_PH, Scheme::Ed25519Ph),
    (scheme::ED25519_CTX, Scheme::Ed25519Ctx),
    (scheme::ED448, Scheme::Ed448),
    (scheme::ED448_PH, Scheme::Ed448Ph),
    (scheme::ML_DSA, Scheme::MlDsa),
];

/// Reads an operation with a key of an instance.
pub(super) fn crypto(
    reading: &Reading<'_>,
    (operation, handle): (u16, u32),
    fields: &mut Fields<'_>,
    data: &[u8],
) -> Result<Crypto, ErrorKind> {
    let key = reading.instance_key(handle)?;
    let call = match operation {
        operation::SIGN => {
            let (scheme, context) = way(fields)?;
            CryptoCall::Sign { scheme, message: message(data)?, context }
        }
        operation::VERIFY => {
            let signature = fields.bytes(tag::VALUE)?;
            let (scheme, context) = way(fields)?;
            CryptoCall::Verify { scheme, message: message(data)?, context, signature }
        }
        operation::ENCRYPT_RSA | operation::DECRYPT_RSA => rsa::call(operation, fields, data)?,
        operation::HMAC => CryptoCall::Mac { hash: None, message: message(data)? },
        operation::VERIFY_HMAC => {
            let mac = fields.bytes(tag::VALUE)?;
            CryptoCall::VerifyMac { hash: None, message: message(data)?, mac }
        }
        _ => return Err(UNKNOWN),
    };
    Ok(Crypto { key, peer: None, call })
}

/// A scheme, and a context where it has one: one that has none leaves it unread.
fn way(fields: &mut Fields<'_>) -> Result<(Scheme, Vec<u8>), ErrorKind> {
    let code = fields.byte(tag::SCHEME)?;
    if let Some(scheme) = rsa::scheme(code, fields)? {
        return Ok((scheme, Vec::new()));
    }
    let found = SCHEMES.iter().find(|(word, _)| *word == code);
    let scheme = found.map(|(_, scheme)| *scheme).ok_or(VALUE)?;
    if matches!(scheme, Scheme::Ecdsa(_) | Scheme::Ed25519) {
        return Ok((scheme, Vec::new()));
    }
    let context = fields.optional(tag::CONTEXT).unwrap_or_default();
    let fits = context.len() <= SIGNATURE_CONTEXT_BYTES_MAX;
    fits.then(|| (scheme, context.to_vec())).ok_or(VALUE)
}

/// What is signed: as long as the other dialect takes it.
fn message(data: &[u8]) -> Result<Secret<Vec<u8>>, ErrorKind> {
    match data.len() {
        0 => Err(ErrorKind::Malformed(Malformed::Length)),
        length if length > MESSAGE_BYTES_MAX => Err(ErrorKind::TooLarge),
        _ => Ok(secret(data)),
    }
}

//! Keys of RSA.
// spec: stream 8.4

use typex_core::ErrorKind;
use typex_core::op::crypto::{CryptoCall, Scheme};
use typex_core::op::rsa::{Oaep, Pss, RsaEncryption, RsaHash, RsaSignature, Salt};
use typex_wire::{SALT_ANY, cipher, operation, scheme, tag};

use super::field::{Fields, VALUE, secret};
use crate::encedo_hem::limits::MESSAGE_BYTES_MAX;

const CIPHERS: [(u8, Option<RsaHash>); 5] = [
    (cipher::PKCS1, None),
    (cipher::OAEP_SHA1, Some(RsaHash::Sha1)),
    (cipher::OAEP_SHA256, Some(RsaHash::Sha256)),
    (cipher::OAEP_SHA384, Some(RsaHash::Sha384)),
    (cipher::OAEP_SHA512, Some(RsaHash::Sha512)),
];

const PKCS1: [u8; 4] =
    [scheme::PKCS1_SHA1, scheme::PKCS1_SHA256, scheme::PKCS1_SHA384, scheme::PKCS1_SHA512];
const PSS: [u8; 4] = [scheme::PSS_SHA1, scheme::PSS_SHA256, scheme::PSS_SHA384, scheme::PSS_SHA512];

/// Encryption or decryption. A message may be empty.
pub(super) fn call(
    operation: u16,
    fields: &mut Fields<'_>,
    data: &[u8],
) -> Result<CryptoCall, ErrorKind> {
    let padding = padding(fields)?;
    if data.len() > MESSAGE_BYTES_MAX {
        return Err(ErrorKind::TooLarge);
    }
    Ok(match operation {
        operation::ENCRYPT_RSA => CryptoCall::EncryptRsa { padding, message: secret(data) },
        _ => CryptoCall::DecryptRsa { padding, message: data.to_vec() },
    })
}

/// A way to sign, if it is one of RSA.
pub(super) fn scheme(code: u8, fields: &mut Fields<'_>) -> Result<Option<Scheme>, ErrorKind> {
    let among = |codes: [u8; 4]| {
        codes.into_iter().zip(RsaHash::ALL).find(|(one, _)| *one == code).map(|(_, hash)| hash)
    };
    let padding = match (among(PKCS1), among(PSS)) {
        (Some(hash), _) => RsaSignature::Pkcs1(hash),
        (_, Some(hash)) => {
            let mask = mask(hash, fields)?;
            let salt = match fields.optional_array(tag::SALT)?.map(u16::from_be_bytes) {
                None => Salt::Hash,
                Some(SALT_ANY) => Salt::Any,
                Some(bytes) => Salt::Bytes(bytes),
            };
            RsaSignature::Pss(Pss { hash, mask, salt })
        }
        _ => return Ok(None),
    };
    let is_digest = fields.optional_word(tag::DIGEST, &[false, true])?.unwrap_or_default();
    Ok(Some(Scheme::Rsa { padding, is_digest }))
}

fn padding(fields: &mut Fields<'_>) -> Result<RsaEncryption, ErrorKind> {
    let code = fields.byte(tag::CIPHER)?;
    let (_, hash) = CIPHERS.into_iter().find(|(one, _)| *one == code).ok_or(VALUE)?;
    let Some(hash) = hash else { return Ok(RsaEncryption::Pkcs1) };
    let mask = mask(hash, fields)?;
    let label = fields.optional(tag::LABEL).unwrap_or_default().to_vec();
    Ok(RsaEncryption::Oaep(Oaep { hash, mask, label }))
}

/// The hash of the mask; without a parameter the other hash.
fn mask(hash: RsaHash, fields: &mut Fields<'_>) -> Result<RsaHash, ErrorKind> {
    Ok(fields.optional_word(tag::MASK_HASH, &RsaHash::ALL)?.unwrap_or(hash))
}

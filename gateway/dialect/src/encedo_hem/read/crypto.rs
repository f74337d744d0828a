//! Use of a key.
// spec: encedo-hem 6

use typex_core::error::{InvalidData, Malformed};
use typex_core::key::{AesBits, Hash};
use typex_core::op::crypto::{AesMode, Crypto, CryptoCall, CryptoKind, Party, Scheme};
use typex_core::op::instance::{Call, Parsed};
use typex_core::{ErrorKind, Secret};

use super::body::{MEMBER, VALUE};
use super::keymgmt::party;
use super::{Body, Input};
use crate::encedo_hem::limits::{
    AAD_BYTES_MAX, CIPHER_CONTEXT_BYTES_MAX, CIPHERTEXT_BYTES_MAX, MESSAGE_BYTES_MAX,
    SIGNATURE_CONTEXT_BYTES_MAX, WRAPPED_BYTES_MAX,
};
use crate::encedo_hem::names;

/// A length that fits no block: the form of the request is wrong.
const LENGTH: ErrorKind = ErrorKind::Malformed(Malformed::Length);
/// A length or value that the operation does not take.
const REFUSED: ErrorKind = ErrorKind::InvalidData(InvalidData::Parameter);

/// HMAC.
pub(in crate::encedo_hem) fn mac(input: &Input<'_>) -> Call {
    call(input, CryptoKind::Mac, |body| {
        let message = message(body)?;
        let (peer, hash) = mac_key(body)?;
        Ok((peer, CryptoCall::Mac { hash, message }))
    })
}

/// Its check.
pub(in crate::encedo_hem) fn verify_mac(input: &Input<'_>) -> Call {
    call(input, CryptoKind::VerifyMac, |body| {
        let message = message(body)?;
        let mac = body.required_bytes("mac")?;
        let (peer, hash) = mac_key(body)?;
        Ok((peer, CryptoCall::VerifyMac { hash, message, mac }))
    })
}

/// ECDSA and EdDSA.
pub(in crate::encedo_hem) fn sign(input: &Input<'_>) -> Call {
    call(input, CryptoKind::Sign, |body| {
        let (scheme, message) = (scheme(body)?, message(body)?);
        let context = signature_context(body, scheme)?;
        Ok((None, CryptoCall::Sign { scheme, message, context }))
    })
}

/// Its check.
pub(in crate::encedo_hem) fn verify(input: &Input<'_>) -> Call {
    call(input, CryptoKind::Verify, |body| {
        let (scheme, message) = (scheme(body)?, message(body)?);
        let context = signature_context(body, scheme)?;
        let signature = body.required_bytes("sign")?;
        Ok((None, CryptoCall::Verify { scheme, message, context, signature }))
    })
}

/// AES. An IV that is sent is not read: each answer has a new one.
pub(in crate::encedo_hem) fn encrypt(input: &Input<'_>) -> Call {
    call(input, CryptoKind::Encrypt, |body| {
        let cipher = names::aes_cipher(&body.text("alg")?.ok_or(MEMBER)?).ok_or(VALUE)?;
        let message = message(body)?;
        check_blocks(cipher.mode, message.expose())?;
        let (aad, context) = (up_to(body, "aad", AAD_BYTES_MAX)?, cipher_context(body)?);
        Ok((party(body)?, CryptoCall::Encrypt { cipher, message, aad, context }))
    })
}

/// The inverse.
pub(in crate::encedo_hem) fn decrypt(input: &Input<'_>) -> Call {
    call(input, CryptoKind::Decrypt, |body| {
        let cipher = names::aes_cipher(&body.text("alg")?.ok_or(MEMBER)?).ok_or(VALUE)?;
        let message = sealed(body, CIPHERTEXT_BYTES_MAX)?;
        check_blocks(cipher.mode, &message)?;
        let (aad, context) = (up_to(body, "aad", AAD_BYTES_MAX)?, cipher_context(body)?);
        let has_iv = cipher.mode != AesMode::Ecb;
        let iv = has_iv.then(|| body.required_array("iv")).transpose()?;
        let has_tag = cipher.mode == AesMode::Gcm;
        let tag = has_tag.then(|| body.required_array("tag")).transpose()?;
        Ok((party(body)?, CryptoCall::Decrypt { cipher, message, aad, context, iv, tag }))
    })
}

/// RFC 3394.
pub(in crate::encedo_hem) fn wrap(input: &Input<'_>) -> Call {
    call(input, CryptoKind::Wrap, |body| {
        let message = message(body)?;
        let (bits, context, iv) = wrapping(body)?;
        let len = message.expose().len();
        if len < 16 || !len.is_multiple_of(8) {
            return Err(REFUSED);
        }
        Ok((party(body)?, CryptoCall::Wrap { bits, message, context, iv }))
    })
}

/// The inverse.
pub(in crate::encedo_hem) fn unwrap(input: &Input<'_>) -> Call {
    call(input, CryptoKind::Unwrap, |body| {
        let message = sealed(body, WRAPPED_BYTES_MAX)?;
        if !message.len().is_multiple_of(8) {
            return Err(LENGTH);
        }
        let (bits, context, iv) = wrapping(body)?;
        Ok((party(body)?, CryptoCall::Unwrap { bits, message, context, iv }))
    })
}

/// ECDH.
pub(in crate::encedo_hem) fn agree(input: &Input<'_>) -> Call {
    call(input, CryptoKind::Agree, |body| {
        let (peer, hash) = (party(body)?, hash(body)?);
        Ok((Some(peer.ok_or(REFUSED)?), CryptoCall::Agree { hash }))
    })
}

/// ML-KEM.
pub(in crate::encedo_hem) fn encapsulate(input: &Input<'_>) -> Call {
    call(input, CryptoKind::Encapsulate, |_| Ok((None, CryptoCall::Encapsulate)))
}

/// The inverse.
pub(in crate::encedo_hem) fn decapsulate(input: &Input<'_>) -> Call {
    call(input, CryptoKind::Decapsulate, |body| {
        let ciphertext = body.required_bytes("ct")?;
        Ok((None, CryptoCall::Decapsulate { ciphertext }))
    })
}

/// ML-DSA.
pub(in crate::encedo_hem) fn ml_dsa_sign(input: &Input<'_>) -> Call {
    call(input, CryptoKind::Sign, |body| {
        let scheme = Scheme::MlDsa;
        let message = message(body)?;
        let context = signature_context(body, scheme)?;
        Ok((None, CryptoCall::Sign { scheme, message, context }))
    })
}

/// Its check.
pub(in crate::encedo_hem) fn ml_dsa_verify(input: &Input<'_>) -> Call {
    call(input, CryptoKind::Verify, |body| {
        let scheme = Scheme::MlDsa;
        let message = message(body)?;
        let context = signature_context(body, scheme)?;
        let signature = body.required_bytes("sign")?;
        Ok((None, CryptoCall::Verify { scheme, message, context, signature }))
    })
}

/// The key is read first and apart from the rest: its scope is judged in between.
// spec: encedo-hem 1.5
fn call(
    input: &Input<'_>,
    kind: CryptoKind,
    read: impl FnOnce(&Body<'_>) -> Parsed<(Option<Party>, CryptoCall)>,
) -> Call {
    let key = input.body(|body| body.required_key("kid"));
    let crypto = key.and_then(|key| {
        let (peer, call) = input.body(read)?;
        Ok(Box::new(Crypto { key, peer, call }))
    });
    Call::Crypto { kind, key, crypto }
}

fn message(body: &Body<'_>) -> Parsed<Secret<Vec<u8>>> {
    let message = Secret::new(body.required_bytes("msg")?);
    check_length(message.expose(), MESSAGE_BYTES_MAX)?;
    Ok(message)
}

/// A message that is no secret.
fn sealed(body: &Body<'_>, most: usize) -> Parsed<Vec<u8>> {
    let message = body.required_bytes("msg")?;
    check_length(&message, most)?;
    Ok(message)
}

fn check_length(message: &[u8], most: usize) -> Parsed<()> {
    if (1..=most).contains(&message.len()) { Ok(()) } else { Err(VALUE) }
}

fn up_to(body: &Body<'_>, name: &str, most: usize) -> Parsed<Vec<u8>> {
    let bytes = body.bytes(name)?.unwrap_or_default();
    if bytes.len() <= most { Ok(bytes) } else { Err(VALUE) }
}

/// A stored key says its hash itself, and then none is read; an agreed one needs it.
fn mac_key(body: &Body<'_>) -> Parsed<(Option<Party>, Option<Hash>)> {
    match party(body)? {
        None => Ok((None, None)),
        peer => Ok((peer, Some(hash(body)?.ok_or(REFUSED)?))),
    }
}

fn hash(body: &Body<'_>) -> Parsed<Option<Hash>> {
    let Some(name) = body.text("alg")? else { return Ok(None) };
    names::hash(&name).map(Some).ok_or(VALUE)
}

fn scheme(body: &Body<'_>) -> Parsed<Scheme> {
    names::scheme(&body.text("alg")?.ok_or(MEMBER)?).ok_or(VALUE)
}

/// Schemes without a context do not see the one that was sent.
fn signature_context(body: &Body<'_>, scheme: Scheme) -> Parsed<Vec<u8>> {
    let context = up_to(body, "ctx", SIGNATURE_CONTEXT_BYTES_MAX)?;
    let is_used = !matches!(scheme, Scheme::Ecdsa(_) | Scheme::Ed25519);
    Ok(if is_used { context } else { Vec::new() })
}

fn cipher_context(body: &Body<'_>) -> Parsed<Vec<u8>> {
    up_to(body, "ctx", CIPHER_CONTEXT_BYTES_MAX)
}

/// ECB pads nothing.
fn check_blocks(mode: AesMode, message: &[u8]) -> Parsed<()> {
    let whole = message.len().is_multiple_of(16);
    if whole || mode != AesMode::Ecb { Ok(()) } else { Err(LENGTH) }
}

fn wrapping(body: &Body<'_>) -> Parsed<(AesBits, Vec<u8>, Option<[u8; 8]>)> {
    let bits = match body.text("alg")? {
        None => AesBits::Aes256,
        Some(name) => names::bits(&name).ok_or(VALUE)?,
    };
    let context = cipher_context(body)?;
    let iv = body.bytes("iv")?;
    let iv = iv.map(|iv| iv.try_into().map_err(|_| REFUSED)).transpose()?;
    Ok((bits, context, iv))
}

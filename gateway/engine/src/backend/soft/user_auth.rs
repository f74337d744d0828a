//! User authentication: opens requests and contexts, seals contexts and answers. What is decided
//! in between lies in `typex_core::op::user_auth`.
// spec: enigma-bridge 4.4

use bytes::BytesMut;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use subtle::ConstantTimeEq;
use typex_core::error::ErrorKind;
use typex_core::op::process_data::TAG_BYTES;
use typex_core::op::user_auth::Message;
use typex_core::secret::Secret;
use zeroize::Zeroize;

use super::{channel, cipher};
use crate::job::{Opened, UserAuthAnswer};
use crate::key::{ContextSeal, LoadedKey, Operation};
use crate::padding::{is_padded, pad, padded_len};

/// Opens a request and the context in it. The buffer is wiped.
pub(super) fn open(key: &LoadedKey, mut sealed: BytesMut) -> Result<Opened, ErrorKind> {
    let opened = open_in_place(key, &mut sealed);
    sealed.zeroize();
    opened
}

fn open_in_place(key: &LoadedKey, sealed: &mut BytesMut) -> Result<Opened, ErrorKind> {
    let envelope = channel::decrypt(key, sealed)?;
    if !bool::from(envelope.intact) {
        return Err(ErrorKind::VerifyFailed);
    }
    let data = channel::data(sealed, &envelope)?;
    let seal = context_seal(key)?;
    let message = Message::parse(key.record().usage, data)?;
    let clear = message.protected().and_then(|protected| unprotect(seal, protected));
    let clear = clear.as_ref().map(|clear| clear.expose().as_slice());
    let attempt = message.attempt(&seal.keys, clear)?;
    Ok(Opened { nonce: envelope.nonce, attempt })
}

/// Seals an answer and the context in it.
pub(super) fn seal(key: &LoadedKey, answer: &UserAuthAnswer) -> Result<BytesMut, ErrorKind> {
    let protected = protect(context_seal(key)?, answer.answer.clear_context().expose())?;
    channel::seal(key, answer.nonce, &answer.answer.result(&protected))
}

fn context_seal(key: &LoadedKey) -> Result<&ContextSeal, ErrorKind> {
    match key.operation() {
        Operation::Context(seal) => Ok(seal),
        _ => Err(ErrorKind::Internal),
    }
}

/// `AES-256-CBC(enc, iv = tag, PKCS#7(clear)) | tag`, the tag a keyed digest of the padded context,
/// so that the time of checking it depends on the length alone. Equal contexts have equal bytes, so
/// a resend is answered alike, and different ones share no prefix. As long as what clients leave
/// room for.
fn protect(seal: &ContextSeal, clear: &[u8]) -> Result<Vec<u8>, ErrorKind> {
    let body = padded_len(clear.len());
    let mut protected = Vec::with_capacity(body + TAG_BYTES);
    protected.extend_from_slice(clear);
    protected.resize(body, 0);
    pad(&mut protected, clear.len());
    let tag = context_tag(seal, &protected);
    cipher::cbc_encrypt_from(&seal.enc, &tag, &mut protected)?;
    protected.extend_from_slice(&tag);
    Ok(protected)
}

/// The clear context, or `None` for anything that [`protect`] did not make.
fn unprotect(seal: &ContextSeal, protected: &[u8]) -> Option<Secret<Vec<u8>>> {
    let (body, tag) = protected.split_last_chunk::<TAG_BYTES>()?;
    if body.is_empty() || !body.len().is_multiple_of(16) {
        return None;
    }
    let mut clear = Secret::new(body.to_vec());
    cipher::cbc_decrypt_from(&seal.enc, tag, clear.expose_mut()).ok()?;
    let genuine = context_tag(seal, clear.expose()).ct_eq(tag) & is_padded(clear.expose());
    let pad = clear.expose().last().copied().map(usize::from)?;
    let len = body.len().saturating_sub(pad);
    clear.expose_mut()[len..].zeroize();
    clear.expose_mut().truncate(len);
    bool::from(genuine).then_some(clear)
}

fn context_tag(seal: &ContextSeal, clear: &[u8]) -> [u8; TAG_BYTES] {
    let mut mac = Hmac::<Sha256>::new_from_slice(seal.keys.mac.expose())
        .expect("HMAC takes keys of every length");
    mac.update(clear);
    let digest: [u8; 32] = mac.finalize().into_bytes().into();
    let mut tag = [0; TAG_BYTES];
    tag.copy_from_slice(&digest[..TAG_BYTES]);
    tag
}

#[cfg(test)]
mod tests {
    use super::*;
    use typex_core::op::user_auth::ContextKeys;
    use typex_kernels::RoundKeys;

    fn context_seal(root: u8) -> ContextSeal {
        let keys = ContextKeys::derive(&Secret::new([root; 32]));
        let enc = RoundKeys::boxed(keys.enc.expose()).unwrap();
        ContextSeal { keys, enc }
    }

    #[test]
    fn contexts_round_trip_at_the_length_clients_expect() {
        let seal = context_seal(1);
        for len in 0..=229_usize {
            let clear: Vec<u8> = (0..len).map(|at| at as u8).collect();
            let protected = protect(&seal, &clear).unwrap();
            assert_eq!(protected.len(), len / 16 * 16 + 32);
            assert!(unprotect(&seal, &protected).is_some_and(|out| *out.expose() == clear));
            assert_eq!(protected, protect(&seal, &clear).unwrap());
        }
    }

    #[test]
    fn no_changed_context_opens() {
        let (seal, other) = (context_seal(1), context_seal(2));
        let protected = protect(&seal, &[5; 85]).unwrap();
        assert_eq!(protected.len(), 112);
        assert!(unprotect(&other, &protected).is_none());
        for at in 0..protected.len() {
            let mut changed = protected.clone();
            changed[at] ^= 1;
            assert!(unprotect(&seal, &changed).is_none(), "{at}");
            assert!(unprotect(&seal, &protected[..at]).is_none(), "{at}");
        }
    }

    #[test]
    fn contexts_with_equal_beginnings_differ_from_the_first_block() {
        let seal = context_seal(1);
        let (mut one, mut two) = ([7; 85], [7; 85]);
        (one[84], two[84]) = (1, 2);
        let (one, two) = (protect(&seal, &one).unwrap(), protect(&seal, &two).unwrap());
        assert_ne!(one[..16], two[..16]);
    }
}

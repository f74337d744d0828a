//! Questions that go there and back.

use typex_core::Secret;
use typex_core::key::{Algorithm, Hash};
use typex_core::op::crypto::{AesCipher, Scheme};

use super::super::{Bytes, Error, Random, kem, mldsa};
use super::super::{decapsulate, decrypt, digest, encrypt, public_of, sign, unwrap, verify, wrap};

/// What is signed, and how.
pub(super) struct Signed<'a> {
    pub(super) scheme: Scheme,
    pub(super) message: &'a [u8],
    pub(super) context: &'a [u8],
}

impl Signed<'_> {
    /// The fresh signature, which must verify; of a random scheme the known one, which must too.
    pub(super) fn check(
        &self,
        algorithm: Algorithm,
        private: &Bytes,
        known: &[u8],
    ) -> Result<Vec<u8>, Error> {
        let public = public_of(algorithm, private)?;
        let (scheme, context) = (self.scheme, self.context);
        let fresh = sign(algorithm, scheme, private, self.message, context, &Random::start()?)?;
        verify(algorithm, scheme, &public, self.message, context, &fresh)?;
        if matches!(scheme, Scheme::Ecdsa(_)) {
            verify(algorithm, scheme, &public, self.message, context, known)?;
            return Ok(known.to_vec());
        }
        Ok(fresh)
    }
}

pub(super) fn sealed(
    cipher: AesCipher,
    key: &[u8],
    iv: &[u8],
    aad: &[u8],
    message: &[u8],
) -> Result<Vec<u8>, Error> {
    let iv = iv.try_into().map_err(|_| Error::Broken)?;
    let sealed = encrypt(cipher, key, iv, aad, message)?;
    let opened = decrypt(cipher, key, iv, aad, sealed.tag.as_ref(), &sealed.ciphertext)?;
    same(&opened, message)?;
    Ok([sealed.ciphertext.as_slice(), sealed.tag.as_ref().map_or(&[], |tag| tag)].concat())
}

pub(super) fn wrapped(algorithm: Algorithm, key: &[u8], message: &[u8]) -> Result<Vec<u8>, Error> {
    let Algorithm::Aes(bits) = algorithm else { return Err(Error::Unsupported) };
    let wrapped = wrap(bits, key, None, message)?;
    same(&unwrap(bits, key, None, &wrapped)?, message)?;
    Ok(wrapped)
}

pub(super) fn encapsulated(
    algorithm: Algorithm,
    seed: &Bytes,
    message: &[u8],
) -> Result<Vec<u8>, Error> {
    let Algorithm::MlKem(set) = algorithm else { return Err(Error::Unsupported) };
    let public = public_of(algorithm, seed)?;
    let message = Secret::new(message.try_into().map_err(|_| Error::Broken)?);
    let (shared, ciphertext) = kem::encapsulate_with(set, &public, &message)?;
    same(&decapsulate(set, seed, &ciphertext)?, shared.expose())?;
    Ok(digest(Hash::Sha256, &[&public, &ciphertext, shared.expose().as_slice()].concat()))
}

pub(super) fn signed(
    algorithm: Algorithm,
    seed: &Bytes,
    message: &[u8],
    context: &[u8],
) -> Result<Vec<u8>, Error> {
    let Algorithm::MlDsa(set) = algorithm else { return Err(Error::Unsupported) };
    let public = public_of(algorithm, seed)?;
    let signature = mldsa::sign(set, seed.expose(), message, context, &[0; 32])?;
    verify(algorithm, Scheme::MlDsa, &public, message, context, &signature)?;
    Ok(digest(Hash::Sha256, &[public, signature].concat()))
}

fn same(found: &Bytes, expected: &[u8]) -> Result<(), Error> {
    if bool::from(found.ct_eq(expected)) { Ok(()) } else { Err(Error::Broken) }
}

//! Ed25519 and its variants with a context. RFC 8032 section 5.1.

use aws_lc_rs::signature::{ED25519, Ed25519KeyPair, KeyPair, UnparsedPublicKey};
use curve25519_dalek::scalar::clamp_integer;
use curve25519_dalek::{EdwardsPoint, Scalar, edwards::CompressedEdwardsY};
use sha2::{Digest, Sha512};
use zeroize::Zeroizing;

use super::Error;

/// The domain separation of the variants, before the flag.
const DOMAIN: &[u8] = b"SigEd25519 no Ed25519 collisions";

/// A variant with a context.
#[derive(Clone, Copy)]
pub(super) enum Variant<'a> {
    /// Ed25519ctx
    Context(&'a [u8]),
    /// Ed25519ph
    Prehashed(&'a [u8]),
}

pub(super) fn public_of(seed: &[u8]) -> Result<Vec<u8>, Error> {
    Ok(pair(seed)?.public_key().as_ref().to_vec())
}

/// On the curve, encoded in the one canonical way, and not of low order.
pub(super) fn check_public(public: &[u8]) -> Result<(), Error> {
    let encoded = CompressedEdwardsY::from_slice(public).map_err(|_| Error::Public)?;
    let point = encoded.decompress().ok_or(Error::Public)?;
    let canonical = point.compress() == encoded;
    if canonical && !point.is_small_order() { Ok(()) } else { Err(Error::Public) }
}

pub(super) fn sign(seed: &[u8], message: &[u8]) -> Result<Vec<u8>, Error> {
    Ok(pair(seed)?.sign(message).as_ref().to_vec())
}

pub(super) fn verify(public: &[u8], message: &[u8], signature: &[u8]) -> Result<(), Error> {
    UnparsedPublicKey::new(&ED25519, public).verify(message, signature).map_err(|_| Error::Verify)
}

/// Section 5.1.6.
pub(super) fn sign_variant(
    seed: &[u8],
    message: &[u8],
    variant: Variant<'_>,
) -> Result<Vec<u8>, Error> {
    let public = public_of(seed)?;
    let expanded: Zeroizing<[u8; 64]> = Zeroizing::new(Sha512::digest(seed).into());
    let (scalar, prefix) = expanded.split_first_chunk::<32>().ok_or(Error::Private)?;
    let scalar = Zeroizing::new(Scalar::from_bytes_mod_order(clamp_integer(*scalar)));
    let nonce = Zeroizing::new(variant.hash(&[prefix], message));
    let commitment = EdwardsPoint::mul_base(&nonce).compress();
    let challenge = variant.hash(&[commitment.as_bytes(), &public], message);
    let response = challenge * *scalar + *nonce;
    Ok([commitment.as_bytes().as_slice(), response.as_bytes()].concat())
}

/// Section 5.1.7, without the cofactor, as the library checks the variant without context.
pub(super) fn verify_variant(
    public: &[u8],
    message: &[u8],
    variant: Variant<'_>,
    signature: &[u8],
) -> Result<(), Error> {
    let key = CompressedEdwardsY::from_slice(public).map_err(|_| Error::Public)?;
    let key = key.decompress().ok_or(Error::Public)?;
    let (commitment, response) = signature.split_first_chunk::<32>().ok_or(Error::Verify)?;
    let response = response.try_into().map_err(|_| Error::Verify)?;
    let response: Option<Scalar> = Scalar::from_canonical_bytes(response).into();
    let challenge = variant.hash(&[commitment, public], message);
    let expected = EdwardsPoint::vartime_double_scalar_mul_basepoint(
        &challenge,
        &-key,
        &response.ok_or(Error::Verify)?,
    );
    if expected.compress().as_bytes() == commitment { Ok(()) } else { Err(Error::Verify) }
}

impl Variant<'_> {
    /// Hashes the domain, `parts` and the message or its hash to a scalar.
    fn hash(self, parts: &[&[u8]], message: &[u8]) -> Scalar {
        let (flag, context) = match self {
            Self::Context(context) => (0, context),
            Self::Prehashed(context) => (1, context),
        };
        // Contexts over 255 bytes were refused before.
        let length = u8::try_from(context.len()).unwrap_or(u8::MAX);
        let mut state = Sha512::new().chain_update(DOMAIN).chain_update([flag, length]);
        state.update(context);
        parts.iter().for_each(|part| state.update(part));
        match self {
            Self::Context(_) => state.update(message),
            Self::Prehashed(_) => state.update(Sha512::digest(message)),
        }
        let wide: Zeroizing<[u8; 64]> = Zeroizing::new(state.finalize().into());
        Scalar::from_bytes_mod_order_wide(&wide)
    }
}

fn pair(seed: &[u8]) -> Result<Ed25519KeyPair, Error> {
    Ed25519KeyPair::from_seed_unchecked(seed).map_err(|_| Error::Private)
}

//! Ed448, its variant over a hash, and X448. RFC 8032 section 5.2, RFC 7748 section 5.

use ed448_goldilocks::shake::{Shake256, digest::Update};
use ed448_goldilocks::{CompressedEdwardsY, PreHasherXof, Signature, SigningKey, VerifyingKey};
use typex_core::Secret;
use zeroize::Zeroizing;

use super::{Bytes, Error};

type Prehash = PreHasherXof<Shake256>;

pub(super) fn public_of(seed: &[u8]) -> Result<Vec<u8>, Error> {
    Ok(signing_key(seed)?.verifying_key().to_bytes().to_vec())
}

/// On the curve, encoded in the one canonical way, and not of low order.
pub(super) fn check_public(public: &[u8]) -> Result<(), Error> {
    verifying_key(public).map(|_| ())
}

/// Signs with a context, or over the hash with one.
pub(super) fn sign(
    seed: &[u8],
    message: &[u8],
    context: &[u8],
    prehashed: bool,
) -> Result<Vec<u8>, Error> {
    let key = signing_key(seed)?;
    let signature = if prehashed {
        key.sign_prehashed::<Prehash>(Some(context), prehash(message))
    } else {
        key.sign_ctx(context, message)
    };
    signature.map(|signature| signature.to_bytes().to_vec()).map_err(|_| Error::Context)
}

pub(super) fn verify(
    public: &[u8],
    message: &[u8],
    context: &[u8],
    prehashed: bool,
    signature: &[u8],
) -> Result<(), Error> {
    let key = verifying_key(public)?;
    check_encoding(signature).map_err(|_| Error::Verify)?;
    let signature = Signature::try_from(signature).map_err(|_| Error::Verify)?;
    let verified = if prehashed {
        key.verify_prehashed::<Prehash>(&signature, Some(context), prehash(message))
    } else {
        key.verify_ctx(&signature, context, message)
    };
    verified.map_err(|_| Error::Verify)
}

/// The public half of an X448 key.
pub(super) fn x448_public(private: &[u8]) -> Result<Vec<u8>, Error> {
    let shared = x448(private, &x448::X448_BASEPOINT_BYTES)?;
    Ok(shared.expose().clone())
}

/// X448. Peers of low order, whose secret would be zero, are refused.
pub(super) fn x448(private: &[u8], peer: &[u8]) -> Result<Bytes, Error> {
    let private = Zeroizing::new(private.try_into().map_err(|_| Error::Private)?);
    let peer = peer.try_into().map_err(|_| Error::Public)?;
    let shared = x448::x448(*private, peer).map(Zeroizing::new).ok_or(Error::Public)?;
    let shared = Secret::new(shared.to_vec());
    if bool::from(shared.ct_eq(&[0; 56])) { Err(Error::Public) } else { Ok(shared) }
}

fn prehash(message: &[u8]) -> Prehash {
    Shake256::default().chain(message).into()
}

fn signing_key(seed: &[u8]) -> Result<SigningKey, Error> {
    SigningKey::try_from(seed).map_err(|_| Error::Private)
}

fn verifying_key(public: &[u8]) -> Result<VerifyingKey, Error> {
    check_encoding(public)?;
    let bytes: [u8; 57] = public.try_into().map_err(|_| Error::Public)?;
    VerifyingKey::from_bytes(&bytes).map_err(|_| Error::Public)
}

/// The point at the start of `bytes` is encoded in the one canonical way. The library does not
/// look at the unused bits of the last byte, so that a changed signature would verify.
fn check_encoding(bytes: &[u8]) -> Result<(), Error> {
    let encoded = bytes.first_chunk::<57>().ok_or(Error::Public)?;
    let point = CompressedEdwardsY(*encoded).decompress().into_option();
    let again = point.ok_or(Error::Public)?.compress();
    if again.as_bytes() == encoded { Ok(()) } else { Err(Error::Public) }
}

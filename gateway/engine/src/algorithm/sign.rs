//! Signatures by scheme; those of RSA are in [`crate::rsa`].

use typex_core::key::Algorithm;
use typex_core::op::crypto::Scheme;
use zeroize::Zeroizing;

use super::ed25519::Variant;
use super::{Bytes, Error, Random, ecdsa, ed448, ed25519, mldsa};
use crate::limits::CONTEXT_BYTES_MAX;

/// Signs `message`, which is hashed here where the scheme says so. ECDSA and Ed25519 do not look
/// at `context`.
///
/// # Errors
/// [`Error::Unsupported`] if the scheme is not the algorithm's, [`Error::Context`],
/// [`Error::Private`], [`Error::Random`].
pub fn sign(
    algorithm: Algorithm,
    scheme: Scheme,
    private: &Bytes,
    message: &[u8],
    context: &[u8],
    random: &Random,
) -> Result<Vec<u8>, Error> {
    check_context(scheme, context)?;
    let key = private.expose();
    match (algorithm, scheme) {
        (curve, Scheme::Ecdsa(hash)) => ecdsa::sign(curve, hash, key, message),
        (Algorithm::Ed25519, Scheme::Ed25519) => ed25519::sign(key, message),
        (Algorithm::Ed25519, _) => ed25519::sign_variant(key, message, variant(scheme, context)?),
        (Algorithm::Ed448, _) => ed448::sign(key, message, context, is_prehashed(scheme)?),
        (Algorithm::MlDsa(set), Scheme::MlDsa) => {
            let mut blind = Zeroizing::new([0; 32]);
            random.fill(&mut *blind)?;
            mldsa::sign(set, key, message, context, &blind)
        }
        _ => Err(Error::Unsupported),
    }
}

/// Checks a signature.
///
/// # Errors
/// [`Error::Verify`]; others as [`sign`].
pub fn verify(
    algorithm: Algorithm,
    scheme: Scheme,
    public: &[u8],
    message: &[u8],
    context: &[u8],
    signature: &[u8],
) -> Result<(), Error> {
    check_context(scheme, context)?;
    if algorithm.public_bytes() != Some(public.len()) {
        return Err(Error::Public);
    }
    match (algorithm, scheme) {
        (curve, Scheme::Ecdsa(hash)) => ecdsa::verify(curve, hash, public, message, signature),
        (Algorithm::Ed25519, Scheme::Ed25519) => ed25519::verify(public, message, signature),
        (Algorithm::Ed25519, _) => {
            ed25519::verify_variant(public, message, variant(scheme, context)?, signature)
        }
        (Algorithm::Ed448, _) => {
            ed448::verify(public, message, context, is_prehashed(scheme)?, signature)
        }
        (Algorithm::MlDsa(set), Scheme::MlDsa) => {
            mldsa::verify(set, public, message, context, signature)
        }
        _ => Err(Error::Unsupported),
    }
}

/// RFC 8032 section 8.3: Ed25519ctx without a context is not to be used.
fn check_context(scheme: Scheme, context: &[u8]) -> Result<(), Error> {
    let least = usize::from(scheme == Scheme::Ed25519Ctx);
    let ignored = matches!(scheme, Scheme::Ecdsa(_) | Scheme::Ed25519 | Scheme::Rsa { .. });
    let fits = ignored || (least..=CONTEXT_BYTES_MAX).contains(&context.len());
    if fits { Ok(()) } else { Err(Error::Context) }
}

fn variant(scheme: Scheme, context: &[u8]) -> Result<Variant<'_>, Error> {
    match scheme {
        Scheme::Ed25519Ph => Ok(Variant::Prehashed(context)),
        Scheme::Ed25519Ctx => Ok(Variant::Context(context)),
        _ => Err(Error::Unsupported),
    }
}

fn is_prehashed(scheme: Scheme) -> Result<bool, Error> {
    match scheme {
        Scheme::Ed448 => Ok(false),
        Scheme::Ed448Ph => Ok(true),
        _ => Err(Error::Unsupported),
    }
}

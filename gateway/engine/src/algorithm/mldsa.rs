//! ML-DSA, pure. FIPS 204.

use ml_dsa::{EncodedVerifyingKey, MlDsa44, MlDsa65, MlDsa87, MlDsaParams};
use ml_dsa::{Signature, SigningKey, VerifyingKey};
use typex_core::key::MlDsa;

use super::Error;

pub(super) fn public_of(set: MlDsa, seed: &[u8]) -> Result<Vec<u8>, Error> {
    match set {
        MlDsa::MlDsa44 => encoded::<MlDsa44>(seed),
        MlDsa::MlDsa65 => encoded::<MlDsa65>(seed),
        MlDsa::MlDsa87 => encoded::<MlDsa87>(seed),
    }
}

/// Signs with `blind` as the random input of algorithm 2; zeros make it deterministic.
pub(super) fn sign(
    set: MlDsa,
    seed: &[u8],
    message: &[u8],
    context: &[u8],
    blind: &[u8; 32],
) -> Result<Vec<u8>, Error> {
    match set {
        MlDsa::MlDsa44 => sign_in::<MlDsa44>(seed, message, context, blind),
        MlDsa::MlDsa65 => sign_in::<MlDsa65>(seed, message, context, blind),
        MlDsa::MlDsa87 => sign_in::<MlDsa87>(seed, message, context, blind),
    }
}

pub(super) fn verify(
    set: MlDsa,
    public: &[u8],
    message: &[u8],
    context: &[u8],
    signature: &[u8],
) -> Result<(), Error> {
    match set {
        MlDsa::MlDsa44 => verify_in::<MlDsa44>(public, message, context, signature),
        MlDsa::MlDsa65 => verify_in::<MlDsa65>(public, message, context, signature),
        MlDsa::MlDsa87 => verify_in::<MlDsa87>(public, message, context, signature),
    }
}

fn key<P: MlDsaParams>(seed: &[u8]) -> Result<SigningKey<P>, Error> {
    let seed: &[u8; 32] = seed.try_into().map_err(|_| Error::Private)?;
    Ok(SigningKey::from_seed(seed.into()))
}

fn encoded<P: MlDsaParams>(seed: &[u8]) -> Result<Vec<u8>, Error> {
    let key = key::<P>(seed)?;
    Ok(key.expanded_key().verifying_key().encode().to_vec())
}

fn sign_in<P: MlDsaParams>(
    seed: &[u8],
    message: &[u8],
    context: &[u8],
    blind: &[u8; 32],
) -> Result<Vec<u8>, Error> {
    let key = key::<P>(seed)?;
    // Algorithm 2: a zero for pure, the context with its length, the message.
    let length = u8::try_from(context.len()).map_err(|_| Error::Context)?;
    let parts = [&[0, length], context, message];
    Ok(key.expanded_key().sign_internal(&parts, blind.into()).encode().to_vec())
}

fn verify_in<P: MlDsaParams>(
    public: &[u8],
    message: &[u8],
    context: &[u8],
    signature: &[u8],
) -> Result<(), Error> {
    let public = EncodedVerifyingKey::<P>::try_from(public).map_err(|_| Error::Public)?;
    let signature = Signature::<P>::try_from(signature).map_err(|_| Error::Verify)?;
    let key = VerifyingKey::<P>::decode(&public);
    if key.verify_with_context(message, context, &signature) { Ok(()) } else { Err(Error::Verify) }
}

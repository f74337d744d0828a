//! ECDSA over any hash on any of the curves.
//!
//! The library pairs each curve with one hash. A digest of another length is given to it as one
//! of that hash's length that stands for the same integer: the leftmost bytes of a longer digest
//! where the curve takes no more (FIPS 186-5 section 6.4), zeros before a shorter one.

use aws_lc_rs::digest::{Algorithm as DigestAlgorithm, Digest, SHA256, SHA384, SHA512};
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_ASN1, ECDSA_P256_SHA256_ASN1_SIGNING, ECDSA_P256K1_SHA256_ASN1,
    ECDSA_P256K1_SHA256_ASN1_SIGNING, ECDSA_P384_SHA384_ASN1, ECDSA_P384_SHA384_ASN1_SIGNING,
    ECDSA_P521_SHA512_ASN1, ECDSA_P521_SHA512_ASN1_SIGNING, EcdsaKeyPair, EcdsaSigningAlgorithm,
    EcdsaVerificationAlgorithm, UnparsedPublicKey,
};
use typex_core::key::{Algorithm, Hash};

use super::ecc::Curve;
use super::{Error, mac};

/// What the library calls a curve's signatures.
struct Suite {
    curve: Curve,
    sign: &'static EcdsaSigningAlgorithm,
    verify: &'static EcdsaVerificationAlgorithm,
    digest: &'static DigestAlgorithm,
}

/// A signature in DER. Its nonce is the library's: random, and bound to key and digest.
pub(super) fn sign(
    algorithm: Algorithm,
    hash: Hash,
    private: &[u8],
    message: &[u8],
) -> Result<Vec<u8>, Error> {
    let suite = Suite::of(algorithm)?;
    let public = suite.curve.compressed(private)?;
    let pair = EcdsaKeyPair::from_private_key_and_public_key(suite.sign, private, &public)
        .map_err(|_| Error::Private)?;
    let signature = pair.sign_digest(&suite.representative(hash, message)?);
    signature.map(|signature| signature.as_ref().to_vec()).map_err(|_| Error::Broken)
}

/// Checks a signature in DER. Of the two values of S both are accepted.
pub(super) fn verify(
    algorithm: Algorithm,
    hash: Hash,
    public: &[u8],
    message: &[u8],
    signature: &[u8],
) -> Result<(), Error> {
    let suite = Suite::of(algorithm)?;
    suite.curve.check_point(public)?;
    UnparsedPublicKey::new(suite.verify, public)
        .verify_digest(&suite.representative(hash, message)?, signature)
        .map_err(|_| Error::Verify)
}

impl Suite {
    fn of(algorithm: Algorithm) -> Result<Self, Error> {
        let curve = Curve::of(algorithm).ok_or(Error::Unsupported)?;
        let (sign, verify, digest) = match algorithm {
            Algorithm::P384 => (&ECDSA_P384_SHA384_ASN1_SIGNING, &ECDSA_P384_SHA384_ASN1, &SHA384),
            Algorithm::P521 => (&ECDSA_P521_SHA512_ASN1_SIGNING, &ECDSA_P521_SHA512_ASN1, &SHA512),
            Algorithm::Secp256k1 => {
                (&ECDSA_P256K1_SHA256_ASN1_SIGNING, &ECDSA_P256K1_SHA256_ASN1, &SHA256)
            }
            _ => (&ECDSA_P256_SHA256_ASN1_SIGNING, &ECDSA_P256_SHA256_ASN1, &SHA256),
        };
        Ok(Self { curve, sign, verify, digest })
    }

    /// The integer that is signed, as a digest of the suite's length.
    fn representative(&self, hash: Hash, message: &[u8]) -> Result<Digest, Error> {
        let digest = mac::digest(hash, message);
        let room = self.digest.output_len();
        let mut fitted = vec![0; room.saturating_sub(digest.len())];
        fitted.extend(digest.iter().take(room));
        Digest::import_less_safe(&fitted, self.digest).map_err(|_| Error::Broken)
    }
}

//! Keys: made, checked, and their public halves.

use aws_lc_rs::agreement::{PrivateKey, X25519};
use typex_core::Secret;
use typex_core::key::Algorithm;

use super::ecc::Curve;
use super::{Bytes, Error, Random, agree, ed448, ed25519, kem, mldsa};
use crate::limits::SCALAR_DRAWS_MAX;
use crate::rsa;

/// A fresh secret part: a scalar, a seed or a symmetric key; of RSA a private key, whose primes
/// the library draws and which takes from tens of milliseconds to seconds.
///
/// # Errors
/// [`Error::Random`]; [`Error::Broken`] of RSA.
pub fn generate(algorithm: Algorithm, random: &Random) -> Result<Bytes, Error> {
    if let Algorithm::Rsa(bits) = algorithm {
        return rsa::generate(bits, None).map_err(|_| Error::Broken);
    }
    let mut secret = Secret::new(vec![0; algorithm.secret_bytes()]);
    for _ in 0..SCALAR_DRAWS_MAX {
        random.fill(secret.expose_mut())?;
        clear_spare_bits(algorithm, &mut secret);
        if check_private(algorithm, &secret).is_ok() {
            return Ok(secret);
        }
    }
    Err(Error::Random)
}

/// The public half, as it is exchanged.
///
/// # Errors
/// [`Error::Unsupported`] for symmetric keys, [`Error::Private`] for a wrong length or range.
pub fn public_of(algorithm: Algorithm, private: &Bytes) -> Result<Vec<u8>, Error> {
    let bytes = private.expose();
    match algorithm {
        Algorithm::P256 | Algorithm::P384 | Algorithm::P521 | Algorithm::Secp256k1 => {
            Curve::of(algorithm).ok_or(Error::Unsupported)?.compressed(bytes)
        }
        Algorithm::X25519 => {
            let private = PrivateKey::from_private_key(&X25519, bytes);
            let public = private.map_err(|_| Error::Private)?.compute_public_key();
            public.map(|public| public.as_ref().to_vec()).map_err(|_| Error::Private)
        }
        Algorithm::X448 => ed448::x448_public(bytes),
        Algorithm::Ed25519 => ed25519::public_of(bytes),
        Algorithm::Ed448 => ed448::public_of(bytes),
        Algorithm::MlKem(set) => kem::public_of(set, private),
        Algorithm::MlDsa(set) => mldsa::public_of(set, bytes),
        Algorithm::Rsa(_) => rsa::public_of(private).map_err(|_| Error::Private),
        Algorithm::Hmac(_) | Algorithm::Aes(_) => Err(Error::Unsupported),
    }
}

/// Checks a public half that comes from elsewhere: its length, that a point is of the curve,
/// compressed and not at infinity, that an Edwards or Montgomery point is not of low order, that a
/// Montgomery coordinate is below the field's order, and that an ML-KEM key is reduced. Every
/// ML-DSA key of the right length is one. An RSA key has its length, an odd modulus and exponent,
/// and one encoding. [`agree`] itself reduces a coordinate, as RFC 7748 wants.
///
/// # Errors
/// [`Error::Public`]; [`Error::Unsupported`] for symmetric keys.
pub fn check_public(algorithm: Algorithm, public: &[u8]) -> Result<(), Error> {
    if let Algorithm::Rsa(bits) = algorithm {
        return rsa::decode_public(bits, public).map(drop).ok_or(Error::Public);
    }
    if public.len() != algorithm.public_bytes().ok_or(Error::Unsupported)? {
        return Err(Error::Public);
    }
    match algorithm {
        Algorithm::P256 | Algorithm::P384 | Algorithm::P521 | Algorithm::Secp256k1 => {
            Curve::of(algorithm).ok_or(Error::Unsupported)?.check_point(public)
        }
        // Only with a point of low order any scalar gives zero.
        Algorithm::X25519 | Algorithm::X448 => {
            if !is_reduced(algorithm, public) {
                return Err(Error::Public);
            }
            let any = Secret::new(vec![1; algorithm.secret_bytes()]);
            agree(algorithm, &any, public).map(|_| ())
        }
        Algorithm::Ed25519 => ed25519::check_public(public),
        Algorithm::Ed448 => ed448::check_public(public),
        Algorithm::MlKem(set) => kem::check_public(set, public),
        Algorithm::MlDsa(_) | Algorithm::Rsa(_) => Ok(()),
        Algorithm::Hmac(_) | Algorithm::Aes(_) => Err(Error::Unsupported),
    }
}

/// Checks the length of a secret part and, of a scalar, that it is in 1..order; of an RSA key that
/// it is one, in PKCS#1.
///
/// # Errors
/// [`Error::Private`].
pub fn check_private(algorithm: Algorithm, private: &Bytes) -> Result<(), Error> {
    if let Algorithm::Rsa(bits) = algorithm {
        let kept = rsa::import(bits, private.expose()).map_err(|_| Error::Private)?;
        let is_kept = kept.expose() == private.expose();
        return is_kept.then_some(()).ok_or(Error::Private);
    }
    if private.expose().len() != algorithm.secret_bytes() {
        return Err(Error::Private);
    }
    match Curve::of(algorithm) {
        Some(curve) => curve.check_scalar(private.expose()),
        None => Ok(()),
    }
}

/// Whether a Montgomery coordinate, least byte first, is below p: 2^255 - 19 or
/// 2^448 - 2^224 - 1.
fn is_reduced(algorithm: Algorithm, public: &[u8]) -> bool {
    let mut order = vec![0xff; public.len()];
    match algorithm {
        Algorithm::X25519 => (order[0], order[31]) = (0xed, 0x7f),
        _ => order[28] = 0xfe,
    }
    public.iter().rev().lt(order.iter().rev())
}

/// Clears the bits of a scalar above the curve's: seven on P-521, none elsewhere.
pub(super) fn clear_spare_bits(algorithm: Algorithm, secret: &mut Bytes) {
    if let (Algorithm::P521, Some(top)) = (algorithm, secret.expose_mut().first_mut()) {
        *top &= 1;
    }
}

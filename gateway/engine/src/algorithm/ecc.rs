//! Points and scalars of the curves of SEC 2.

use aws_lc_rs::agreement::{self, ECDH_P256, ECDH_P384, ECDH_P521, UnparsedPublicKey};
use aws_lc_rs::encoding::{AsBigEndian, EcPublicKeyCompressedBin};
use k256::elliptic_curve::sec1::ToSec1Point;
use typex_core::Secret;
use typex_core::key::Algorithm;

use super::{Bytes, Error};

/// Where the arithmetic of a curve comes from.
#[derive(Clone, Copy)]
pub(super) enum Curve {
    Nist(&'static agreement::Algorithm),
    Secp256k1,
}

impl Curve {
    pub(super) fn of(algorithm: Algorithm) -> Option<Self> {
        Some(match algorithm {
            Algorithm::P256 => Self::Nist(&ECDH_P256),
            Algorithm::P384 => Self::Nist(&ECDH_P384),
            Algorithm::P521 => Self::Nist(&ECDH_P521),
            Algorithm::Secp256k1 => Self::Secp256k1,
            _ => return None,
        })
    }

    /// The public point, compressed. The scalar must be in 1..order.
    pub(super) fn compressed(self, private: &[u8]) -> Result<Vec<u8>, Error> {
        match self {
            Self::Nist(curve) => {
                let public = nist_scalar(curve, private)?.compute_public_key();
                let point: EcPublicKeyCompressedBin<'_> =
                    public.and_then(|public| public.as_be_bytes()).map_err(|_| Error::Private)?;
                Ok(point.as_ref().to_vec())
            }
            Self::Secp256k1 => {
                Ok(k256_scalar(private)?.public_key().to_sec1_point(true).as_bytes().to_vec())
            }
        }
    }

    /// The X coordinate of the private scalar times the peer's point, in compressed form.
    pub(super) fn agree(self, private: &[u8], peer: &[u8]) -> Result<Bytes, Error> {
        match self {
            Self::Nist(curve) => {
                let private = nist_scalar(curve, private)?;
                let peer = UnparsedPublicKey::new(curve, compressed(peer)?);
                agreement::agree(&private, peer, Error::Public, |x| Ok(Secret::new(x.to_vec())))
            }
            Self::Secp256k1 => {
                let shared = k256_scalar(private)?.diffie_hellman(&k256_point(peer)?);
                Ok(Secret::new(shared.raw_secret_bytes().to_vec()))
            }
        }
    }

    pub(super) fn check_scalar(self, private: &[u8]) -> Result<(), Error> {
        match self {
            Self::Nist(curve) => nist_scalar(curve, private).map(|_| ()),
            Self::Secp256k1 => k256_scalar(private).map(|_| ()),
        }
    }

    pub(super) fn check_point(self, public: &[u8]) -> Result<(), Error> {
        match self {
            Self::Nist(curve) => {
                let public = UnparsedPublicKey::new(curve, compressed(public)?);
                agreement::ParsedPublicKey::try_from(&public).map(|_| ()).map_err(|_| Error::Public)
            }
            Self::Secp256k1 => k256_point(public).map(|_| ()),
        }
    }
}

/// The library reads other forms of a point as well; we exchange one.
fn compressed(public: &[u8]) -> Result<&[u8], Error> {
    if matches!(public, [2 | 3, ..]) { Ok(public) } else { Err(Error::Public) }
}

fn nist_scalar(
    curve: &'static agreement::Algorithm,
    private: &[u8],
) -> Result<agreement::PrivateKey, Error> {
    agreement::PrivateKey::from_private_key(curve, private).map_err(|_| Error::Private)
}

fn k256_scalar(private: &[u8]) -> Result<k256::SecretKey, Error> {
    let bytes: &[u8; 32] = private.try_into().map_err(|_| Error::Private)?;
    k256::SecretKey::from_bytes(bytes.into()).map_err(|_| Error::Private)
}

fn k256_point(public: &[u8]) -> Result<k256::PublicKey, Error> {
    k256::PublicKey::from_sec1_bytes(compressed(public)?).map_err(|_| Error::Public)
}

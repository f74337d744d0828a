//! Key agreement, and keys derived from what was agreed.
// spec: encedo-hem 5.5, 6

use aws_lc_rs::agreement::{self, PrivateKey, UnparsedPublicKey, X25519};
use hkdf::Hkdf;
use sha2::Sha256;
use typex_core::Secret;
use typex_core::key::{AesBits, Algorithm};

use super::ecc::Curve;
use super::{Bytes, Error, ed448, key};

/// The raw secret shared with the owner of `peer`: the X coordinate in big endian, as long as the
/// curve's field, or the result of X25519 or X448.
///
/// # Errors
/// [`Error::Unsupported`] for an algorithm without agreement, [`Error::Private`],
/// [`Error::Public`] also for a peer that would make the secret zero.
pub fn agree(algorithm: Algorithm, private: &Bytes, peer: &[u8]) -> Result<Bytes, Error> {
    match algorithm {
        Algorithm::X25519 => x25519(private.expose(), peer),
        Algorithm::X448 => ed448::x448(private.expose(), peer),
        _ => Curve::of(algorithm).ok_or(Error::Unsupported)?.agree(private.expose(), peer),
    }
}

/// The secret part of a key of `target`: HKDF-SHA256 of an agreed secret without salt. The same
/// secret and `info` give the same key.
///
/// # Errors
/// [`Error::TooShort`] for a secret shorter than the key, [`Error::Private`] if the result is out
/// of the curve's range, [`Error::Unsupported`] for the post-quantum algorithms and RSA.
pub fn derive(target: Algorithm, secret: &Bytes, info: &[u8]) -> Result<Bytes, Error> {
    if matches!(target, Algorithm::MlKem(_) | Algorithm::MlDsa(_) | Algorithm::Rsa(_)) {
        return Err(Error::Unsupported);
    }
    if secret.expose().len() < target.secret_bytes() {
        return Err(Error::TooShort);
    }
    let mut derived = expand(secret, &[info], target.secret_bytes());
    key::clear_spare_bits(target, &mut derived);
    key::check_private(target, &derived)?;
    Ok(derived)
}

/// An AES key of an agreed secret: HKDF-SHA256 without salt, over `label` and `context`.
pub fn agreed_key(bits: AesBits, secret: &Bytes, label: &[u8], context: &[u8]) -> Bytes {
    expand(secret, &[label, context], bits.bytes())
}

fn x25519(private: &[u8], peer: &[u8]) -> Result<Bytes, Error> {
    let peer: &[u8; 32] = peer.try_into().map_err(|_| Error::Public)?;
    let private = PrivateKey::from_private_key(&X25519, private).map_err(|_| Error::Private)?;
    let peer = UnparsedPublicKey::new(&X25519, peer);
    // The library refuses a zero result itself.
    agreement::agree(&private, peer, Error::Public, |u| Ok(Secret::new(u.to_vec())))
}

fn expand(secret: &Bytes, info: &[&[u8]], bytes: usize) -> Bytes {
    let mut out = Secret::new(vec![0; bytes]);
    Hkdf::<Sha256>::new(None, secret.expose())
        .expand_multi_info(info, out.expose_mut())
        .expect("no key is longer than 255 hashes");
    out
}

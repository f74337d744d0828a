//! Hashes and HMAC.

use hmac::{Hmac, KeyInit, Mac, SimpleHmac};
use sha2::{Digest, Sha256, Sha384, Sha512};
use sha3::{Sha3_256, Sha3_384, Sha3_512};
use subtle::ConstantTimeEq;
use typex_core::key::Hash;

use super::Error;

/// The hash of `data`.
pub fn digest(hash: Hash, data: &[u8]) -> Vec<u8> {
    match hash {
        Hash::Sha256 => Sha256::digest(data).to_vec(),
        Hash::Sha384 => Sha384::digest(data).to_vec(),
        Hash::Sha512 => Sha512::digest(data).to_vec(),
        Hash::Sha3_256 => Sha3_256::digest(data).to_vec(),
        Hash::Sha3_384 => Sha3_384::digest(data).to_vec(),
        Hash::Sha3_512 => Sha3_512::digest(data).to_vec(),
    }
}

/// HMAC of `message`. Any length of key.
pub fn mac(hash: Hash, key: &[u8], message: &[u8]) -> Vec<u8> {
    match hash {
        Hash::Sha256 => hmac::<Hmac<Sha256>>(key, message),
        Hash::Sha384 => hmac::<Hmac<Sha384>>(key, message),
        Hash::Sha512 => hmac::<Hmac<Sha512>>(key, message),
        Hash::Sha3_256 => hmac::<SimpleHmac<Sha3_256>>(key, message),
        Hash::Sha3_384 => hmac::<SimpleHmac<Sha3_384>>(key, message),
        Hash::Sha3_512 => hmac::<SimpleHmac<Sha3_512>>(key, message),
    }
}

/// Compares with `mac`, which must be whole, in constant time.
///
/// # Errors
/// [`Error::Verify`] if they differ.
pub fn verify_mac(hash: Hash, key: &[u8], message: &[u8], mac: &[u8]) -> Result<(), Error> {
    let expected = self::mac(hash, key, message);
    if bool::from(expected.as_slice().ct_eq(mac)) { Ok(()) } else { Err(Error::Verify) }
}

fn hmac<M: Mac + KeyInit>(key: &[u8], message: &[u8]) -> Vec<u8> {
    let mut state = <M as KeyInit>::new_from_slice(key).expect("HMAC takes any key");
    state.update(message);
    state.finalize().into_bytes().to_vec()
}

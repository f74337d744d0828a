//! RSA with padding (RFC 8017): OAEP and PKCS#1 v1.5 encryption, PSS and PKCS#1 v1.5 signatures.
//!
//! An operation with a private key is a [`PrivateJob`]: prepared, raised to the private exponent,
//! finished. The middle of many goes side by side in the lanes of the kernels. Padding is taken
//! off without a branch or an index by what it is, and every defect of it is [`Error::Verify`],
//! decided once at the end. Of PKCS#1 v1.5 even that much is an oracle for whoever does not see
//! messages, so there is a way without it: [`Rejection::Implicit`].
//!
//! What is random comes from the caller, so that a job that runs again gives the same bytes.
//!
//! ```
//! use typex_core::op::rsa::{Oaep, RsaEncryption, RsaHash, RsaSignature};
//! use typex_engine::RsaPrivate;
//! use typex_engine::rsa::{Error, PrivateJob, Rejection, Signed, encrypt, verify};
//!
//! let key = RsaPrivate::generate(2048).expect("a size that is taken");
//! let draw = |out: &mut [u8]| aws_lc_rs::rand::fill(out).map_err(|_| Error::Random);
//!
//! let padding = RsaSignature::Pkcs1(RsaHash::Sha256);
//! let signature = PrivateJob::sign(&key, padding, Signed::Message(b"data"), draw)?.run()?;
//! verify(key.public(), padding, Signed::Message(b"data"), signature.expose())?;
//!
//! let padding = RsaEncryption::Oaep(Oaep::plain(RsaHash::Sha256));
//! let text = encrypt(key.public(), &padding, b"data", draw)?;
//! let clear = PrivateJob::decrypt(&key, &padding, &text, Rejection::Told)?.run()?;
//! assert_eq!(clear.expose(), b"data");
//! # Ok::<(), Error>(())
//! ```

mod answer;
mod error;
mod key;
mod mgf1;
mod oaep;
mod pkcs1;
mod private;
mod pss;
mod substitute;
mod unpad;

pub(crate) use answer::answered;
pub use error::Error;
pub(crate) use key::{RsaKey, decode_public, generate, import, modulus_bits, public_of};
pub use private::{PrivateJob, Rejection};
pub use substitute::Substitutes;

use aws_lc_rs::digest::{self, Algorithm};
use typex_core::op::rsa::{RsaEncryption, RsaHash, RsaSignature};
use typex_core::secret::Secret;
use typex_kernels::rsa::RsaPublic;

type Bytes = Secret<Vec<u8>>;

/// What is signed.
#[derive(Clone, Copy)]
pub enum Signed<'a> {
    /// A message, which is hashed here.
    Message(&'a [u8]),
    /// Its hash.
    Digest(&'a [u8]),
}

impl Signed<'_> {
    fn digest(self, hash: RsaHash) -> Result<Vec<u8>, Error> {
        let algorithm = algorithm(hash);
        match self {
            Self::Message(message) => Ok(digest::digest(algorithm, message).as_ref().to_vec()),
            Self::Digest(digest) if digest.len() == algorithm.output_len() => Ok(digest.to_vec()),
            Self::Digest(_) => Err(Error::Length),
        }
    }
}

/// Encrypts a message for the owner of the private key. `draw` is asked once.
///
/// # Errors
/// [`Error::Length`] for a message that does not fit, or a key that is too short for the hash;
/// what `draw` gives; [`Error::Fault`].
pub fn encrypt(
    key: &RsaPublic,
    padding: &RsaEncryption,
    message: &[u8],
    draw: impl FnOnce(&mut [u8]) -> Result<(), Error>,
) -> Result<Vec<u8>, Error> {
    let block = match padding {
        RsaEncryption::Pkcs1 => pkcs1::encryption_block(message, key.modulus_len(), draw)?,
        RsaEncryption::Oaep(oaep) => oaep::block(oaep, message, key.modulus_len(), draw)?,
    };
    let mut output = vec![0; key.modulus_len()];
    key.public_raw(block.expose(), &mut output).map_err(|_| Error::Fault)?;
    Ok(output)
}

/// Checks a signature.
///
/// # Errors
/// [`Error::Verify`] for whatever is wrong with it; [`Error::Length`] for a digest of another
/// length, or a key that is too short for hash and salt.
pub fn verify(
    key: &RsaPublic,
    padding: RsaSignature,
    signed: Signed<'_>,
    signature: &[u8],
) -> Result<(), Error> {
    let digest = signed.digest(padding.hash())?;
    let mut block = vec![0; key.modulus_len()];
    let raised = key.public_raw(signature, &mut block).map_err(|_| Error::Verify);
    match padding {
        RsaSignature::Pkcs1(hash) => {
            let expected = pkcs1::signature_block(hash, &digest, key.modulus_len())?;
            raised?;
            if block == expected { Ok(()) } else { Err(Error::Verify) }
        }
        RsaSignature::Pss(pss) => {
            pss::check_fits(pss, key.modulus_len())?;
            raised?;
            pss::verify(pss, &digest, &mut block)
        }
    }
}

fn algorithm(hash: RsaHash) -> &'static Algorithm {
    match hash {
        RsaHash::Sha1 => &digest::SHA1_FOR_LEGACY_USE_ONLY,
        RsaHash::Sha256 => &digest::SHA256,
        RsaHash::Sha384 => &digest::SHA384,
        RsaHash::Sha512 => &digest::SHA512,
    }
}

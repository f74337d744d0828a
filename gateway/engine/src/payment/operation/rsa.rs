//! Data under RSA, with the paddings of payments.
//!
//! Whoever decrypts is shown the message, and is told of wrong padding. Re-encryption with PKCS#1
//! v1.5 does not fail: it would be an oracle for whoever is not shown messages.

use typex_core::op::payment::RsaPadding;
use typex_core::op::rsa::{Oaep, RsaEncryption, RsaHash};
use typex_core::secret::Secret;
use typex_kernels::rsa::{RsaPrivate, RsaPublic};

use super::random::Random;
use crate::payment::Error;
use crate::rsa::{self, PrivateJob, Rejection, Substitutes};

type Bytes = Secret<Vec<u8>>;

pub(super) fn encrypt(
    key: &RsaPublic,
    padding: RsaPadding,
    message: &[u8],
    random: Random<'_>,
) -> Result<Vec<u8>, Error> {
    let draw = |out: &mut [u8]| {
        let drawn = random.bytes(out.len()).map_err(|_| rsa::Error::Random)?;
        out.copy_from_slice(drawn.expose());
        Ok(())
    };
    Ok(rsa::encrypt(key, &encryption(padding), message, draw)?)
}

pub(super) fn decrypt(
    key: &RsaPrivate,
    padding: RsaPadding,
    ciphertext: &[u8],
) -> Result<Bytes, Error> {
    Ok(PrivateJob::decrypt(key, &encryption(padding), ciphertext, Rejection::Told)?.run()?)
}

/// The message of a ciphertext, for an operation that does not show it. With PKCS#1 v1.5 there
/// always is one.
pub(super) fn decrypt_unseen(
    (key, substitutes): (&RsaPrivate, &Substitutes),
    padding: RsaPadding,
    ciphertext: &[u8],
) -> Result<Bytes, Error> {
    let rejection = Rejection::Implicit(substitutes);
    Ok(PrivateJob::decrypt(key, &encryption(padding), ciphertext, rejection)?.run()?)
}

/// The hash of OAEP is also that of its mask.
fn encryption(padding: RsaPadding) -> RsaEncryption {
    let hash = match padding {
        RsaPadding::Pkcs1 => return RsaEncryption::Pkcs1,
        RsaPadding::OaepSha1 => RsaHash::Sha1,
        RsaPadding::OaepSha256 => RsaHash::Sha256,
        RsaPadding::OaepSha512 => RsaHash::Sha512,
    };
    RsaEncryption::Oaep(Oaep::plain(hash))
}

//! RSA keys, and keys that came under their public halves.

use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
use aws_lc_rs::rsa::{
    KeyPair, OAEP_SHA256_MGF1SHA256, OAEP_SHA512_MGF1SHA512, OaepPrivateDecryptingKey,
    PrivateDecryptingKey,
};
use typex_core::Secret;
use typex_core::error::{ErrorKind, KeyImport};
use typex_core::key::Material;
use typex_core::key::payment::{Algorithm, Attributes, ModeOfUse, RsaBits, Usage};
use typex_core::op::payment::keys::{CheckKind, OaepHash};

use super::{CHECK_VALUE_BYTES, KeyDone, MadeKey, sha1};
use crate::reserve::{self, Reserve};

pub(super) fn generate(bits: RsaBits, reserve: Option<&Reserve>) -> Result<KeyDone, ErrorKind> {
    let size = match bits {
        RsaBits::Rsa2048 => 2048,
        RsaBits::Rsa3072 => 3072,
        RsaBits::Rsa4096 => 4096,
    };
    let loaded = reserve::key(reserve, size).map_err(|_| ErrorKind::DeviceFault)?;
    let der = loaded.to_der().map_err(|_| ErrorKind::DeviceFault)?;
    let pair = KeyPair::from_der(&der).map_err(|_| ErrorKind::DeviceFault)?;
    let der: Pkcs8V1Der<'_> = pair.as_der().map_err(|_| ErrorKind::DeviceFault)?;
    let der = Secret::new(der.as_ref().to_vec());
    let hash = sha1(loaded.public().modulus());
    let check = hash.expose().iter().copied().take(CHECK_VALUE_BYTES).collect();
    // Whoever stores the key says what it may do.
    let attributes = Attributes::new(Usage::DATA_PAIR, Algorithm::Rsa(bits), ModeOfUse::Decrypt);
    let material = Material::RsaPrivate(der);
    Ok(KeyDone::Made(Box::new(MadeKey { attributes, material, check: (CheckKind::Sha1, check) })))
}

/// The key in a cryptogram. One error for whatever is wrong with it.
pub(super) fn unseal(
    private: &Secret<Vec<u8>>,
    hash: OaepHash,
    cryptogram: &[u8],
) -> Result<Secret<Vec<u8>>, ErrorKind> {
    let algorithm = match hash {
        OaepHash::Sha256 => &OAEP_SHA256_MGF1SHA256,
        OaepHash::Sha512 => &OAEP_SHA512_MGF1SHA512,
    };
    let key =
        PrivateDecryptingKey::from_pkcs8(private.expose()).map_err(|_| ErrorKind::Internal)?;
    let key = OaepPrivateDecryptingKey::new(key).map_err(|_| ErrorKind::Internal)?;
    let refused = ErrorKind::KeyImport(KeyImport::Material);
    if cryptogram.len() != key.key_size_bytes() {
        return Err(refused);
    }
    let mut plain = Secret::new(vec![0; key.min_output_size()]);
    let opened = key.decrypt(algorithm, cryptogram, plain.expose_mut(), None);
    opened.map(|key| Secret::new(key.to_vec())).map_err(|_| refused)
}

//! What algorithms are called on the wire.
// spec: encedo-hem 5.1, 6

use typex_core::key::{AesBits, Algorithm, Hash, Purposes};
use typex_core::op::crypto::{AesCipher, AesMode, Scheme};

const HASHES: [Hash; 6] =
    [Hash::Sha256, Hash::Sha384, Hash::Sha512, Hash::Sha3_256, Hash::Sha3_384, Hash::Sha3_512];

const BITS: [AesBits; 3] = [AesBits::Aes128, AesBits::Aes192, AesBits::Aes256];

const MODES: [(&str, Purposes); 4] = [
    ("ECDH", Purposes::Agree),
    ("ExDSA", Purposes::Sign),
    ("ECDH,ExDSA", Purposes::AgreeAndSign),
    ("RSAES", Purposes::Decrypt),
];

const SCHEMES: [(&str, Scheme); 8] = [
    ("SHA256WithECDSA", Scheme::Ecdsa(Hash::Sha256)),
    ("SHA384WithECDSA", Scheme::Ecdsa(Hash::Sha384)),
    ("SHA512WithECDSA", Scheme::Ecdsa(Hash::Sha512)),
    ("Ed25519", Scheme::Ed25519),
    ("Ed25519ph", Scheme::Ed25519Ph),
    ("Ed25519ctx", Scheme::Ed25519Ctx),
    ("Ed448", Scheme::Ed448),
    ("Ed448ph", Scheme::Ed448Ph),
];

const CIPHERS: [(&str, AesCipher); 9] = [
    ("AES128-ECB", cipher(AesBits::Aes128, AesMode::Ecb)),
    ("AES128-CBC", cipher(AesBits::Aes128, AesMode::Cbc)),
    ("AES128-GCM", cipher(AesBits::Aes128, AesMode::Gcm)),
    ("AES192-ECB", cipher(AesBits::Aes192, AesMode::Ecb)),
    ("AES192-CBC", cipher(AesBits::Aes192, AesMode::Cbc)),
    ("AES192-GCM", cipher(AesBits::Aes192, AesMode::Gcm)),
    ("AES256-ECB", cipher(AesBits::Aes256, AesMode::Ecb)),
    ("AES256-CBC", cipher(AesBits::Aes256, AesMode::Cbc)),
    ("AES256-GCM", cipher(AesBits::Aes256, AesMode::Gcm)),
];

const fn cipher(bits: AesBits, mode: AesMode) -> AesCipher {
    AesCipher { bits, mode }
}

/// The name of what a key may do; also its part of the type in lists.
pub(super) fn of_purposes(purposes: Purposes) -> &'static str {
    let named = MODES.iter().find(|(_, mode)| *mode == purposes);
    named.map_or("", |(name, _)| name)
}

/// What a key may do.
pub(super) fn purposes(name: &str) -> Option<Purposes> {
    find(&MODES, name)
}

/// A hash function.
pub(super) fn hash(name: &str) -> Option<Hash> {
    HASHES.into_iter().find(|one| one.name() == name)
}

/// A way to sign.
pub(super) fn scheme(name: &str) -> Option<Scheme> {
    find(&SCHEMES, name)
}

/// A cipher.
pub(super) fn aes_cipher(name: &str) -> Option<AesCipher> {
    find(&CIPHERS, name)
}

/// The length of a key that wraps.
pub(super) fn bits(name: &str) -> Option<AesBits> {
    BITS.into_iter().find(|one| one.name() == name)
}

fn find<T: Copy>(names: &[(&str, T)], name: &str) -> Option<T> {
    names.iter().find(|(known, _)| *known == name).map(|(_, value)| *value)
}

/// Every key type.
pub(super) fn key_types() -> Vec<&'static str> {
    Algorithm::every().map(Algorithm::name).collect()
}

/// Every key type with a public half.
pub(super) fn pair_types() -> Vec<&'static str> {
    Algorithm::every().filter(|one| one.is_pair()).map(Algorithm::name).collect()
}

/// Every key type that a derived key may have.
pub(super) fn derived_types() -> Vec<&'static str> {
    let is_derived = |one: &Algorithm| !matches!(one, Algorithm::MlKem(_) | Algorithm::MlDsa(_));
    Algorithm::ALL.into_iter().filter(is_derived).map(Algorithm::name).collect()
}

/// Every key type of key encapsulation.
pub(super) fn kem_types() -> Vec<&'static str> {
    let is_kem = |one: &Algorithm| matches!(one, Algorithm::MlKem(_));
    Algorithm::ALL.into_iter().filter(is_kem).map(Algorithm::name).collect()
}

/// Every key type of post-quantum signatures.
pub(super) fn ml_dsa_types() -> Vec<&'static str> {
    let is_ml_dsa = |one: &Algorithm| matches!(one, Algorithm::MlDsa(_));
    Algorithm::ALL.into_iter().filter(is_ml_dsa).map(Algorithm::name).collect()
}

/// Every hash function.
pub(super) fn hashes() -> Vec<&'static str> {
    HASHES.map(Hash::name).to_vec()
}

/// Every way to sign.
pub(super) fn schemes() -> Vec<&'static str> {
    SCHEMES.map(|(name, _)| name).to_vec()
}

/// Every cipher.
pub(super) fn ciphers() -> Vec<&'static str> {
    CIPHERS.map(|(name, _)| name).to_vec()
}

/// Every length of a key that wraps.
pub(super) fn all_bits() -> Vec<&'static str> {
    BITS.map(AesBits::name).to_vec()
}

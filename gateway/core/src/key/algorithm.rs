//! Algorithms of keys that serve more than one operation, and what their keys look like.

use super::payment::RsaBits;
use crate::limits::KEY_SECRET_BYTES_MAX;

/// What a key computes with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Algorithm {
    /// NIST P-256.
    P256,
    /// NIST P-384.
    P384,
    /// NIST P-521.
    P521,
    /// secp256k1.
    Secp256k1,
    /// X25519.
    X25519,
    /// X448.
    X448,
    /// Ed25519.
    Ed25519,
    /// Ed448.
    Ed448,
    /// HMAC over a hash; the key is as long as its output.
    Hmac(Hash),
    /// AES; key bytes 16, 24 or 32.
    Aes(AesBits),
    /// ML-KEM-512, -768, -1024.
    MlKem(MlKem),
    /// ML-DSA-44, -65, -87.
    MlDsa(MlDsa),
    /// RSA with padding.
    Rsa(RsaBits),
}

/// A hash function.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Hash {
    /// SHA-256.
    Sha256,
    /// SHA-384.
    Sha384,
    /// SHA-512.
    Sha512,
    /// SHA3-256.
    Sha3_256,
    /// SHA3-384.
    Sha3_384,
    /// SHA3-512.
    Sha3_512,
}

/// Length of an AES key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AesBits {
    /// 16 bytes.
    Aes128,
    /// 24 bytes.
    Aes192,
    /// 32 bytes.
    Aes256,
}

/// Parameter set of FIPS 203.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum MlKem {
    /// ML-KEM-512
    MlKem512,
    /// ML-KEM-768
    MlKem768,
    /// ML-KEM-1024
    MlKem1024,
}

/// Parameter set of FIPS 204.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum MlDsa {
    /// ML-DSA-44
    MlDsa44,
    /// ML-DSA-65
    MlDsa65,
    /// ML-DSA-87
    MlDsa87,
}

/// What the private half of a key pair may do. Symmetric and post-quantum keys have what their
/// algorithm has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Purposes {
    /// Key agreement.
    Agree,
    /// Signatures.
    Sign,
    /// Both; only on the curves of ECDSA.
    AgreeAndSign,
    /// Decryption; only of RSA, and then nothing else.
    Decrypt,
}

impl Purposes {
    /// Their name, as people read it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Agree => "agree",
            Self::Sign => "sign",
            Self::AgreeAndSign => "agree_and_sign",
            Self::Decrypt => "decrypt",
        }
    }
}

impl Algorithm {
    /// Every algorithm of a device of the vendor Encedo. The store numbers them by their place
    /// here, and those of [`Algorithm::RSA`] behind them.
    pub const ALL: [Self; 23] = [
        Self::P256,
        Self::P384,
        Self::P521,
        Self::Secp256k1,
        Self::X25519,
        Self::X448,
        Self::Ed25519,
        Self::Ed448,
        Self::Hmac(Hash::Sha256),
        Self::Hmac(Hash::Sha384),
        Self::Hmac(Hash::Sha512),
        Self::Hmac(Hash::Sha3_256),
        Self::Hmac(Hash::Sha3_384),
        Self::Hmac(Hash::Sha3_512),
        Self::Aes(AesBits::Aes128),
        Self::Aes(AesBits::Aes192),
        Self::Aes(AesBits::Aes256),
        Self::MlKem(MlKem::MlKem512),
        Self::MlKem(MlKem::MlKem768),
        Self::MlKem(MlKem::MlKem1024),
        Self::MlDsa(MlDsa::MlDsa44),
        Self::MlDsa(MlDsa::MlDsa65),
        Self::MlDsa(MlDsa::MlDsa87),
    ];

    /// RSA, in every length.
    pub const RSA: [Self; 3] =
        [Self::Rsa(RsaBits::Rsa2048), Self::Rsa(RsaBits::Rsa3072), Self::Rsa(RsaBits::Rsa4096)];

    /// Every algorithm.
    pub fn every() -> impl Iterator<Item = Self> {
        Self::ALL.into_iter().chain(Self::RSA)
    }

    /// Its name, as lists and derivations have it.
    // spec: encedo-hem 5.1
    pub fn name(self) -> &'static str {
        match self {
            Self::P256 => "SECP256R1",
            Self::P384 => "SECP384R1",
            Self::P521 => "SECP521R1",
            Self::Secp256k1 => "SECP256K1",
            Self::X25519 => "CURVE25519",
            Self::X448 => "CURVE448",
            Self::Ed25519 => "ED25519",
            Self::Ed448 => "ED448",
            Self::Hmac(hash) => hash.name(),
            Self::Aes(bits) => bits.name(),
            Self::MlKem(MlKem::MlKem512) => "MLKEM512",
            Self::MlKem(MlKem::MlKem768) => "MLKEM768",
            Self::MlKem(MlKem::MlKem1024) => "MLKEM1024",
            Self::MlDsa(MlDsa::MlDsa44) => "MLDSA44",
            Self::MlDsa(MlDsa::MlDsa65) => "MLDSA65",
            Self::MlDsa(MlDsa::MlDsa87) => "MLDSA87",
            Self::Rsa(RsaBits::Rsa2048) => "RSA2048",
            Self::Rsa(RsaBits::Rsa3072) => "RSA3072",
            Self::Rsa(RsaBits::Rsa4096) => "RSA4096",
        }
    }

    /// The algorithm of this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::every().find(|algorithm| algorithm.name() == name)
    }

    /// Whether keys are pairs of a private and a public half.
    pub fn is_pair(self) -> bool {
        !matches!(self, Self::Hmac(_) | Self::Aes(_))
    }

    /// Whether ECDSA may be done on it.
    pub fn is_ecdsa(self) -> bool {
        matches!(self, Self::P256 | Self::P384 | Self::P521 | Self::Secp256k1)
    }

    /// What a key made without further words may do; `None` where the algorithm alone says it.
    pub fn default_purposes(self) -> Option<Purposes> {
        match self {
            Self::P256 | Self::P384 | Self::P521 | Self::Secp256k1 => Some(Purposes::Agree),
            Self::X25519 | Self::X448 => Some(Purposes::Agree),
            Self::Ed25519 | Self::Ed448 | Self::Rsa(_) => Some(Purposes::Sign),
            _ => None,
        }
    }

    /// What a key may do of which `wanted` was asked: only the curves of ECDSA and RSA leave a
    /// choice.
    pub fn purposes(self, wanted: Option<Purposes>) -> Option<Purposes> {
        wanted.filter(|wanted| self.leaves(*wanted)).or(self.default_purposes())
    }

    fn leaves(self, wanted: Purposes) -> bool {
        match self {
            Self::Rsa(_) => matches!(wanted, Purposes::Sign | Purposes::Decrypt),
            _ => self.is_ecdsa() && wanted != Purposes::Decrypt,
        }
    }

    /// Bytes of a public half as it is exchanged: compressed points, raw keys. Of RSA, whose halves
    /// are SubjectPublicKeyInfo, the most that one has.
    pub fn public_bytes(self) -> Option<usize> {
        Some(match self {
            Self::P256 | Self::Secp256k1 => 33,
            Self::P384 => 49,
            Self::P521 => 67,
            Self::X25519 | Self::Ed25519 => 32,
            Self::X448 => 56,
            Self::Ed448 => 57,
            Self::MlKem(MlKem::MlKem512) => 800,
            Self::MlKem(MlKem::MlKem768) => 1184,
            Self::MlKem(MlKem::MlKem1024) => 1568,
            Self::MlDsa(MlDsa::MlDsa44) => 1312,
            Self::MlDsa(MlDsa::MlDsa65) => 1952,
            Self::MlDsa(MlDsa::MlDsa87) => 2592,
            // With the longest exponent, of five bytes.
            Self::Rsa(RsaBits::Rsa2048) => 296,
            Self::Rsa(RsaBits::Rsa3072) => 424,
            Self::Rsa(RsaBits::Rsa4096) => 552,
            Self::Hmac(_) | Self::Aes(_) => return None,
        })
    }

    /// Bytes of the secret part as it is kept: scalars, seeds (ML-KEM 64, ML-DSA 32), symmetric
    /// keys. Of RSA, whose keys are PKCS#1, the most that one has.
    pub fn secret_bytes(self) -> usize {
        match self {
            Self::P256 | Self::Secp256k1 | Self::X25519 | Self::Ed25519 | Self::MlDsa(_) => 32,
            Self::P384 => 48,
            Self::P521 => 66,
            Self::X448 => 56,
            Self::Ed448 => 57,
            Self::MlKem(_) => 64,
            Self::Hmac(hash) => hash.bytes(),
            Self::Aes(bits) => bits.bytes(),
            Self::Rsa(RsaBits::Rsa2048) => 1200,
            Self::Rsa(RsaBits::Rsa3072) => 1776,
            Self::Rsa(RsaBits::Rsa4096) => KEY_SECRET_BYTES_MAX,
        }
    }
}

impl Hash {
    /// Its name.
    // spec: encedo-hem 5.1
    pub fn name(self) -> &'static str {
        match self {
            Self::Sha256 => "SHA2-256",
            Self::Sha384 => "SHA2-384",
            Self::Sha512 => "SHA2-512",
            Self::Sha3_256 => "SHA3-256",
            Self::Sha3_384 => "SHA3-384",
            Self::Sha3_512 => "SHA3-512",
        }
    }

    /// Bytes of its output.
    pub fn bytes(self) -> usize {
        match self {
            Self::Sha256 | Self::Sha3_256 => 32,
            Self::Sha384 | Self::Sha3_384 => 48,
            Self::Sha512 | Self::Sha3_512 => 64,
        }
    }
}

impl AesBits {
    /// Its name.
    // spec: encedo-hem 5.1
    pub fn name(self) -> &'static str {
        match self {
            Self::Aes128 => "AES128",
            Self::Aes192 => "AES192",
            Self::Aes256 => "AES256",
        }
    }

    /// Bytes of the key.
    pub fn bytes(self) -> usize {
        match self {
            Self::Aes128 => 16,
            Self::Aes192 => 24,
            Self::Aes256 => 32,
        }
    }
}

impl Purposes {
    /// Whether key agreement is among them.
    pub fn agree(self) -> bool {
        matches!(self, Self::Agree | Self::AgreeAndSign)
    }

    /// Whether signing is among them.
    pub fn sign(self) -> bool {
        matches!(self, Self::Sign | Self::AgreeAndSign)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique_and_lead_back() {
        for algorithm in Algorithm::every() {
            assert_eq!(Algorithm::from_name(algorithm.name()), Some(algorithm));
        }
        assert_eq!(Algorithm::from_name("secp256r1"), None);
    }

    #[test]
    fn only_the_curves_of_ecdsa_and_rsa_leave_a_choice() {
        use Purposes::{Agree, AgreeAndSign, Decrypt, Sign};
        for algorithm in Algorithm::every() {
            let choice: &[_] = match algorithm {
                Algorithm::Rsa(_) => &[Sign, Decrypt],
                _ if algorithm.is_ecdsa() => &[Agree, Sign, AgreeAndSign],
                _ => &[],
            };
            for wanted in [Agree, Sign, AgreeAndSign, Decrypt] {
                let taken = Some(wanted).filter(|wanted| choice.contains(wanted));
                let expected = taken.or(algorithm.default_purposes());
                assert_eq!(algorithm.purposes(Some(wanted)), expected);
            }
            assert_eq!(algorithm.purposes(None), algorithm.default_purposes());
        }
    }
}

//! Operations with a key that may do more than one: MAC, sign, encrypt, wrap, agree, encapsulate.

use crate::id::KeyId;
use crate::key::{AesBits, Algorithm, General, Hash};
use crate::op::rsa::{RsaEncryption, RsaSignature};
use crate::secret::Secret;

/// One operation.
pub struct Crypto {
    /// The key; of the caller's partition.
    pub key: KeyId,
    /// The other party, where the operation's key is agreed upon instead of being `key` itself.
    pub peer: Option<Party>,
    /// What to do.
    pub call: CryptoCall,
}

/// The other party of a key agreement: its public half.
pub enum Party {
    /// Of a key in the caller's partition; of the same algorithm.
    Stored(KeyId),
    /// As sent.
    Public(Vec<u8>),
}

/// What to do with the key.
pub enum CryptoCall {
    /// HMAC. With a party, of the raw agreed secret, and then `hash` must be given; without one
    /// the key says which hash, and `hash` is not looked at.
    Mac {
        /// The hash.
        hash: Option<Hash>,
        /// What to authenticate.
        message: Secret<Vec<u8>>,
    },
    /// The same, compared in constant time.
    VerifyMac {
        /// The hash.
        hash: Option<Hash>,
        /// What was authenticated.
        message: Secret<Vec<u8>>,
        /// What it came with.
        mac: Vec<u8>,
    },
    /// A signature.
    Sign {
        /// How.
        scheme: Scheme,
        /// What to sign; hashed here, unless the scheme says that it is a hash.
        message: Secret<Vec<u8>>,
        /// Context of RFC 8032 and FIPS 204; at most 255 bytes.
        context: Vec<u8>,
    },
    /// Its check.
    Verify {
        /// How.
        scheme: Scheme,
        /// What was signed.
        message: Secret<Vec<u8>>,
        /// As in signing.
        context: Vec<u8>,
        /// What it came with.
        signature: Vec<u8>,
    },
    /// AES. The IV is random and comes back.
    Encrypt {
        /// Key length and mode.
        cipher: AesCipher,
        /// What to encrypt.
        message: Secret<Vec<u8>>,
        /// GCM only.
        aad: Vec<u8>,
        /// Enters the derivation of an agreed key.
        context: Vec<u8>,
    },
    /// The inverse.
    Decrypt {
        /// Key length and mode.
        cipher: AesCipher,
        /// What to decrypt.
        message: Vec<u8>,
        /// As in encryption.
        aad: Vec<u8>,
        /// As in encryption.
        context: Vec<u8>,
        /// 16 bytes, but for ECB, where there is none.
        iv: Option<[u8; 16]>,
        /// GCM only.
        tag: Option<[u8; 16]>,
    },
    /// RSA under the public half.
    EncryptRsa {
        /// How.
        padding: RsaEncryption,
        /// What to encrypt.
        message: Secret<Vec<u8>>,
    },
    /// The inverse. With PKCS#1 v1.5 there always is a message: another one where the padding is
    /// wrong.
    DecryptRsa {
        /// As in encryption.
        padding: RsaEncryption,
        /// The ciphertext.
        message: Vec<u8>,
    },
    /// AES key wrap, RFC 3394.
    Wrap {
        /// Key length.
        bits: AesBits,
        /// What to wrap.
        message: Secret<Vec<u8>>,
        /// Enters the derivation of an agreed key.
        context: Vec<u8>,
        /// Instead of the standard's initial value.
        iv: Option<[u8; 8]>,
    },
    /// The inverse.
    Unwrap {
        /// Key length.
        bits: AesBits,
        /// What to unwrap.
        message: Vec<u8>,
        /// As in wrapping.
        context: Vec<u8>,
        /// As in wrapping.
        iv: Option<[u8; 8]>,
    },
    /// Key agreement: a hash of the secret, or its first 32 bytes.
    Agree {
        /// The hash.
        hash: Option<Hash>,
    },
    /// A shared secret and its ciphertext, under the public half.
    Encapsulate,
    /// The shared secret of a ciphertext.
    Decapsulate {
        /// The ciphertext.
        ciphertext: Vec<u8>,
    },
}

/// A way to sign.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Scheme {
    /// ECDSA over a hash; signatures in DER. Any hash with any curve.
    Ecdsa(Hash),
    /// PureEdDSA on edwards25519; no context.
    Ed25519,
    /// HashEdDSA on edwards25519.
    Ed25519Ph,
    /// edwards25519 with a context.
    Ed25519Ctx,
    /// PureEdDSA on edwards448.
    Ed448,
    /// HashEdDSA on edwards448.
    Ed448Ph,
    /// ML-DSA, pure.
    MlDsa,
    /// RSA; no context.
    Rsa {
        /// How.
        padding: RsaSignature,
        /// Whether the message is its hash.
        is_digest: bool,
    },
}

/// AES with a key length and a mode.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct AesCipher {
    /// Key length; a longer key is cut to its first bytes.
    pub bits: AesBits,
    /// Mode.
    pub mode: AesMode,
}

/// A mode of AES.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum AesMode {
    /// Blocks alone; no padding.
    Ecb,
    /// With PKCS#7 padding.
    Cbc,
    /// With an IV of 16 bytes and a tag of 16.
    Gcm,
}

/// What comes of it.
pub enum CryptoAnswer {
    /// A MAC, a signature, wrapped data: nothing secret.
    Public(Vec<u8>),
    /// It verifies.
    Verified,
    /// Of [`CryptoCall::Encrypt`].
    Encrypted {
        /// As long as the mode makes it; without the tag.
        ciphertext: Vec<u8>,
        /// CBC and GCM.
        iv: Option<[u8; 16]>,
        /// GCM.
        tag: Option<[u8; 16]>,
    },
    /// Decrypted or unwrapped data, an agreed secret.
    Secret(Secret<Vec<u8>>),
    /// Of [`CryptoCall::Encapsulate`].
    Encapsulated {
        /// The shared secret.
        secret: Secret<Vec<u8>>,
        /// What carries it.
        ciphertext: Vec<u8>,
    },
}

/// The kind of a [`CryptoCall`], for policy, metrics and the audit log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CryptoKind {
    /// [`CryptoCall::Mac`]
    Mac,
    /// [`CryptoCall::VerifyMac`]
    VerifyMac,
    /// [`CryptoCall::Sign`]
    Sign,
    /// [`CryptoCall::Verify`]
    Verify,
    /// [`CryptoCall::Encrypt`] and [`CryptoCall::EncryptRsa`]
    Encrypt,
    /// [`CryptoCall::Decrypt`] and [`CryptoCall::DecryptRsa`]
    Decrypt,
    /// [`CryptoCall::Wrap`]
    Wrap,
    /// [`CryptoCall::Unwrap`]
    Unwrap,
    /// [`CryptoCall::Agree`]
    Agree,
    /// [`CryptoCall::Encapsulate`]
    Encapsulate,
    /// [`CryptoCall::Decapsulate`]
    Decapsulate,
}

impl CryptoCall {
    /// Its kind.
    pub fn kind(&self) -> CryptoKind {
        match self {
            Self::Mac { .. } => CryptoKind::Mac,
            Self::VerifyMac { .. } => CryptoKind::VerifyMac,
            Self::Sign { .. } => CryptoKind::Sign,
            Self::Verify { .. } => CryptoKind::Verify,
            Self::Encrypt { .. } | Self::EncryptRsa { .. } => CryptoKind::Encrypt,
            Self::Decrypt { .. } | Self::DecryptRsa { .. } => CryptoKind::Decrypt,
            Self::Wrap { .. } => CryptoKind::Wrap,
            Self::Unwrap { .. } => CryptoKind::Unwrap,
            Self::Agree { .. } => CryptoKind::Agree,
            Self::Encapsulate => CryptoKind::Encapsulate,
            Self::Decapsulate { .. } => CryptoKind::Decapsulate,
        }
    }
}

impl CryptoKind {
    /// Every kind, in the order of their audit codes.
    pub const ALL: [Self; 11] = [
        Self::Mac,
        Self::VerifyMac,
        Self::Sign,
        Self::Verify,
        Self::Encrypt,
        Self::Decrypt,
        Self::Wrap,
        Self::Unwrap,
        Self::Agree,
        Self::Encapsulate,
        Self::Decapsulate,
    ];

    /// Whether `key` itself may do it.
    // spec: encedo-hem 6
    pub fn fits(self, key: General) -> bool {
        match self {
            Self::Mac | Self::VerifyMac => matches!(key.algorithm, Algorithm::Hmac(_)),
            Self::Sign => key.is_for_signatures() && key.has_secret,
            Self::Verify => key.is_for_signatures(),
            Self::Encrypt => key.is_for_encryption() || matches!(key.algorithm, Algorithm::Aes(_)),
            Self::Decrypt => {
                let of_rsa = key.is_for_encryption() && key.has_secret;
                of_rsa || matches!(key.algorithm, Algorithm::Aes(_))
            }
            Self::Wrap | Self::Unwrap => matches!(key.algorithm, Algorithm::Aes(_)),
            Self::Agree => key.agrees(),
            // Clients are used to a private half being asked for on both sides.
            Self::Encapsulate | Self::Decapsulate => {
                matches!(key.algorithm, Algorithm::MlKem(_)) && key.has_secret
            }
        }
    }

    /// Whether it may be done under a key that `key` agrees upon with another party.
    // spec: encedo-hem 6
    pub fn fits_agreed(self, key: General) -> bool {
        match self {
            Self::Mac
            | Self::VerifyMac
            | Self::Encrypt
            | Self::Decrypt
            | Self::Wrap
            | Self::Unwrap
            | Self::Agree => key.agrees(),
            Self::Sign | Self::Verify | Self::Encapsulate | Self::Decapsulate => false,
        }
    }

    /// Name in metrics and the audit log.
    pub fn name(self) -> &'static str {
        match self {
            Self::Mac => "mac",
            Self::VerifyMac => "verify_mac",
            Self::Sign => "sign",
            Self::Verify => "verify",
            Self::Encrypt => "encrypt",
            Self::Decrypt => "decrypt",
            Self::Wrap => "wrap",
            Self::Unwrap => "unwrap",
            Self::Agree => "agree",
            Self::Encapsulate => "encapsulate",
            Self::Decapsulate => "decapsulate",
        }
    }
}

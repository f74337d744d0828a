//! The secret part of a key.

use crate::secret::Secret;

/// Two independent AES-256 keys that protect the requests and answers of one key.
#[derive(Clone)]
pub struct Channel {
    /// Encrypts.
    pub enc: Secret<[u8; 32]>,
    /// Authenticates.
    pub mac: Secret<[u8; 32]>,
}

impl Channel {
    /// Whether the pair may be used: neither key all zero, the two not equal.
    pub fn is_sound(&self) -> bool {
        let zero = [0; 32];
        let unsound =
            self.enc.ct_eq(&zero) | self.mac.ct_eq(&zero) | self.enc.ct_eq(self.mac.expose());
        !bool::from(unsound)
    }
}

/// What the operation of a key computes with.
#[derive(Clone)]
pub enum Material {
    /// No application key: the operation needs none.
    None,
    /// AES-128.
    Aes128(Secret<[u8; 16]>),
    /// An RSA private key, PKCS#8 DER.
    RsaPrivate(Secret<Vec<u8>>),
    /// An RSA public key: modulus and exponent, big-endian without leading zeros.
    RsaPublic {
        /// n
        modulus: Vec<u8>,
        /// e
        exponent: Vec<u8>,
    },
    /// The root from which the two keys that protect user contexts are derived. Keys with the
    /// same root accept each other's contexts.
    ContextRoot(Secret<[u8; 32]>),
    /// A key of a symmetric algorithm, of [`Algorithm::secret_bytes`](super::Algorithm::secret_bytes).
    Symmetric(Secret<Vec<u8>>),
    /// A key pair.
    Pair {
        /// Of [`Algorithm::secret_bytes`](super::Algorithm::secret_bytes).
        private: Secret<Vec<u8>>,
        /// Of [`Algorithm::public_bytes`](super::Algorithm::public_bytes).
        public: Vec<u8>,
    },
    /// The public half of a pair whose private half is elsewhere.
    Public(Vec<u8>),
    /// All that an object holds whose layout is ours: [`Contents`](super::object::Contents).
    Object(Secret<Vec<u8>>),
}

impl Material {
    /// The public half, of a key pair that has one here.
    pub fn public(&self) -> Option<&[u8]> {
        match self {
            Self::Pair { public, .. } | Self::Public(public) => Some(public),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn channel(enc: u8, mac: u8) -> Channel {
        Channel { enc: Secret::new([enc; 32]), mac: Secret::new([mac; 32]) }
    }

    #[test]
    fn zero_and_equal_channel_keys_are_unsound() {
        assert!(channel(1, 2).is_sound());
        for (enc, mac) in [(0, 1), (1, 0), (0, 0), (7, 7)] {
            assert!(!channel(enc, mac).is_sound(), "{enc} {mac}");
        }
    }
}

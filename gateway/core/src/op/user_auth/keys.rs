//! Keys derived from a context root, and the digests they make.
//!
//! A password hash may have few possible values, so no plain digest of one is ever stored: every
//! digest is keyed.

use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};

use crate::id::KeyId;
use crate::secret::Secret;

/// The keys of all AUTH keys that share one [`ContextRoot`](crate::key::Material::ContextRoot).
pub struct ContextKeys {
    /// Encrypts contexts, AES-256.
    pub enc: Secret<[u8; 32]>,
    /// Authenticates contexts, AES-256.
    pub mac: Secret<[u8; 32]>,
    /// Makes the digests by which the store knows contexts.
    pub digests: DigestKey,
}

impl ContextKeys {
    /// Derives them. Equal roots give equal keys.
    pub fn derive(root: &Secret<[u8; 32]>) -> Self {
        let root = DigestKey(root.clone());
        let key = |label| Secret::new(root.digest(label, &[]));
        Self {
            enc: key("typex user context encryption"),
            mac: key("typex user context authentication"),
            digests: DigestKey(key("typex user context digests")),
        }
    }
}

/// Key of the digests over users' secrets.
#[derive(Clone)]
pub struct DigestKey(Secret<[u8; 32]>);

impl DigestKey {
    /// HMAC-SHA-256 over the label and the parts, each behind its length.
    pub(super) fn digest(&self, label: &str, parts: &[&[u8]]) -> [u8; 32] {
        let mut mac = Hmac::<Sha256>::new_from_slice(self.0.expose())
            .expect("HMAC takes keys of every length");
        for part in [label.as_bytes()].iter().chain(parts) {
            mac.update(&(part.len() as u64).to_be_bytes());
            mac.update(part);
        }
        mac.finalize().into_bytes().into()
    }
}

/// Names a context in the store: keyed digest of its user, its label and all its secrets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ContextDigest(pub [u8; 32]);

/// Names a request, so that a byte-identical resend is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct RequestDigest(pub [u8; 32]);

impl RequestDigest {
    /// SHA-256 over the key and the sealed message, MAC included, as it came.
    pub fn of(key: KeyId, sealed: &[u8]) -> Self {
        Self(Sha256::new().chain_update(key.0).chain_update(sealed).finalize().into())
    }
}

//! Key pairs and MACs of an instance.
// spec: encedo-hem 2

use ed25519_dalek::{Signature, Signer, SigningKey, VerifyingKey};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use x25519_dalek::{PublicKey, StaticSecret};

use crate::secret::Secret;

/// An X25519 pair.
#[derive(Clone)]
pub struct AgreementKey {
    private: Secret<[u8; 32]>,
    public: [u8; 32],
}

impl AgreementKey {
    /// The pair of a private half: 32 random bytes.
    pub fn new(private: Secret<[u8; 32]>) -> Self {
        let public = PublicKey::from(&StaticSecret::from(*private.expose())).to_bytes();
        Self { private, public }
    }

    /// The public half.
    pub fn public(&self) -> [u8; 32] {
        self.public
    }

    /// The private half, for storage.
    pub(super) fn private(&self) -> &Secret<[u8; 32]> {
        &self.private
    }

    /// The secret shared with the owner of `public`; `None` for public keys of small order, with
    /// which everyone would agree on zero.
    // spec: encedo-hem 2.2
    pub fn agree(&self, public: &[u8; 32]) -> Option<Secret<[u8; 32]>> {
        let private = StaticSecret::from(*self.private.expose());
        let shared = private.diffie_hellman(&PublicKey::from(*public));
        shared.was_contributory().then(|| Secret::new(shared.to_bytes()))
    }
}

/// An Ed25519 pair.
#[derive(Clone)]
pub struct SignatureKey {
    seed: Secret<[u8; 32]>,
}

impl SignatureKey {
    /// The pair of a seed: 32 random bytes.
    pub fn new(seed: Secret<[u8; 32]>) -> Self {
        Self { seed }
    }

    /// The public half.
    pub fn public(&self) -> [u8; 32] {
        self.pair().verifying_key().to_bytes()
    }

    /// Signs.
    pub fn sign(&self, message: &[u8]) -> [u8; 64] {
        self.pair().sign(message).to_bytes()
    }

    /// The seed, for storage.
    pub(super) fn seed(&self) -> &Secret<[u8; 32]> {
        &self.seed
    }

    fn pair(&self) -> SigningKey {
        SigningKey::from_bytes(self.seed.expose())
    }
}

/// Whether `signature` is the one of the owner of `public` over `message`.
pub fn verify_signature(public: &[u8; 32], message: &[u8], signature: &[u8; 64]) -> bool {
    VerifyingKey::from_bytes(public)
        .is_ok_and(|key| key.verify_strict(message, &Signature::from_bytes(signature)).is_ok())
}

/// HMAC-SHA256 of the joined `parts`.
pub fn mac(key: &[u8; 32], parts: &[&[u8]]) -> [u8; 32] {
    start(key, parts).finalize().into_bytes().into()
}

/// Whether `tag` is the HMAC-SHA256 of the joined `parts`; in constant time.
pub fn verify_mac(key: &[u8; 32], parts: &[&[u8]], tag: &[u8]) -> bool {
    start(key, parts).verify_slice(tag).is_ok()
}

fn start(key: &[u8; 32], parts: &[&[u8]]) -> Hmac<Sha256> {
    let mut mac = Hmac::new_from_slice(key).expect("HMAC takes keys of any length");
    for part in parts {
        Mac::update(&mut mac, part);
    }
    mac
}

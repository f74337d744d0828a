//! An instance as stored.
// spec: encedo-hem 2

use super::config::Config;
use super::keys::{AgreementKey, SignatureKey};
use crate::error::ErrorKind;
use crate::id::{KeyId, PartitionId};
use crate::limits::INSTANCE_PEERS_MAX;
use crate::secret::Secret;

/// An instance as stored. Sealed: it holds the instance's keys.
#[derive(Clone)]
pub struct InstanceRecord {
    /// Names under which an operator put it, lower case, without port; the first is its own.
    pub names: Vec<String>,
    /// The partition that holds its keys.
    pub partition: PartitionId,
    /// What it is known by; new after everything was erased.
    pub identity: Identity,
    /// What it is made of; stays for good.
    pub device: Device,
    /// Its owner, once there is one.
    pub owner: Option<Owner>,
}

/// What an instance is known by.
#[derive(Clone)]
pub struct Identity {
    /// Names it, agrees with authenticators.
    pub eid: AgreementKey,
    /// Signs log keys.
    pub sign: SignatureKey,
    /// Names it in texts.
    pub uuid: [u8; 16],
}

/// What an instance is made of.
#[derive(Clone)]
pub struct Device {
    /// Serial number.
    pub devid: [u8; 8],
    /// Serial number of what keeps the attestation key.
    pub genuine_id: [u8; 9],
    /// P-256 private key, PKCS#8 DER.
    pub attestation_key: Secret<Vec<u8>>,
    /// SubjectKeyIdentifier of its certificate.
    pub attestation_id: [u8; 20],
    /// Its certificate, DER.
    pub certificate: Vec<u8>,
    /// Whether the certificate was brought in from outside.
    pub provisioned: bool,
}

/// Whose an instance is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Owner {
    /// X25519 public key of the local user.
    pub user_key: [u8; 32],
    /// X25519 public key of the administrator.
    pub master_key: [u8; 32],
    /// What was configured.
    pub config: Config,
    /// When it was made, seconds.
    pub iat: u64,
    /// When it was changed last, seconds; grows with every change.
    pub uts: u64,
    /// Authenticators.
    pub peers: Vec<Peer>,
}

/// A paired authenticator. Its public key is an ordinary key besides; removing that key ends the
/// pairing, but bringing in a key with the same description makes none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Peer {
    /// Its key.
    pub key: KeyId,
    /// X25519.
    pub public: [u8; 32],
    /// Name of the pairing.
    pub pid: [u8; 32],
    /// When it was paired, seconds. Tokens that an earlier pairing gave open nothing.
    pub paired_s: u64,
}

/// Random bytes of an identity.
pub type IdentitySeed = Secret<[u8; 80]>;

impl Identity {
    /// A new one.
    pub fn new(seed: &IdentitySeed) -> Self {
        Self {
            eid: AgreementKey::new(Secret::new(part(seed, 0))),
            sign: SignatureKey::new(Secret::new(part(seed, 32))),
            uuid: part(seed, 64),
        }
    }

    /// Its name: lower-case hex in five groups.
    pub fn uuid_text(&self) -> String {
        let hex = const_hex::encode(self.uuid);
        let groups = [&hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]];
        groups.join("-")
    }
}

impl InstanceRecord {
    /// Whether a client that calls `host` means this one.
    pub fn answers_to(&self, host: &str) -> bool {
        self.names.iter().any(|name| name == host)
            || self.owner.as_ref().is_some_and(|owner| owner.config.hostname == host)
    }

    /// The instance after everything was erased. Its keys are the store's to remove.
    pub fn wiped(&self, seed: &IdentitySeed) -> Self {
        Self { identity: Identity::new(seed), owner: None, ..self.clone() }
    }

    /// The instance with a certificate from outside and its SubjectKeyIdentifier.
    pub fn with_certificate(&self, certificate: Vec<u8>, attestation_id: [u8; 20]) -> Self {
        let mut record = self.clone();
        record.device.certificate = certificate;
        record.device.attestation_id = attestation_id;
        record.device.provisioned = true;
        record
    }

    /// Whether `key` is the key of an authenticator.
    pub fn is_peer(&self, key: KeyId) -> bool {
        self.peers().iter().any(|peer| peer.key == key)
    }

    /// Whether a token of the authenticator with this key, made at `iat_s`, is of its pairing.
    pub(super) fn is_peer_since(&self, key: KeyId, iat_s: u64) -> bool {
        self.peers().iter().any(|peer| peer.key == key && iat_s >= peer.paired_s)
    }

    /// The instance with one more authenticator.
    ///
    /// # Errors
    /// [`ErrorKind::KeyExists`] and [`ErrorKind::Quota`] where it or eight are paired,
    /// [`ErrorKind::WrongState`] without an owner.
    pub fn with_peer(&self, peer: &Peer) -> Result<Self, ErrorKind> {
        let mut record = self.clone();
        let owner = record.owner.as_mut().ok_or(ErrorKind::WrongState)?;
        if self.is_peer(peer.key) {
            return Err(ErrorKind::KeyExists);
        }
        if owner.peers.len() >= INSTANCE_PEERS_MAX {
            return Err(ErrorKind::Quota);
        }
        owner.peers.push(peer.clone());
        Ok(record)
    }

    /// The instance after the authenticator with this key is gone.
    pub fn without_peer(&self, key: KeyId) -> Self {
        let mut record = self.clone();
        if let Some(owner) = &mut record.owner {
            owner.peers.retain(|peer| peer.key != key);
        }
        record
    }

    /// The authenticators.
    pub(super) fn peers(&self) -> &[Peer] {
        self.owner.as_ref().map_or(&[], |owner| &owner.peers)
    }
}

fn part<const N: usize>(seed: &IdentitySeed, at: usize) -> [u8; N] {
    seed.expose()[at..at + N].try_into().expect("the parts fill the seed")
}

//! Names of what is counted: keyed hashes, so that nobody who sees them learns values.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::id::PartitionId;
use crate::secret::Secret;
use crate::token::{self, DomainName};

/// What a caller asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Asked {
    /// Tokens, or whether there are some.
    Tokens,
    /// Values.
    Values,
}

/// A caller, in one domain, asking for one thing; the first half is its tenant's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OwnerId(pub [u8; 16]);

/// A pattern of kept characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PatternId(pub [u8; 16]);

/// A value, among those of one pattern.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ValueTag(pub u64);

/// Hashes what is counted.
pub struct QuotaKey(Secret<[u8; 32]>);

/// The tenant of a caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct TenantId([u8; 8]);

impl OwnerId {
    /// All of its tenant for which there was no room.
    pub(super) fn shared(self) -> Self {
        let mut shared = [0; 16];
        shared[..8].copy_from_slice(&self.tenant().0);
        Self(shared)
    }

    /// Its first half.
    pub(super) fn tenant(self) -> TenantId {
        TenantId(std::array::from_fn(|at| self.0[at]))
    }
}

impl PatternId {
    /// All of an owner for which there was no room.
    pub const SHARED: Self = Self([0; 16]);

    /// The only one, where nothing tells them apart.
    pub const ONLY: Self = Self([1; 16]);
}

impl QuotaKey {
    /// Hashes under a root that only this purpose uses.
    pub fn new(root: Secret<[u8; 32]>) -> Self {
        Self(root)
    }

    /// A caller, by its API key or access key, in a domain.
    pub fn owner(
        &self,
        asked: Asked,
        partition: PartitionId,
        caller: [u8; 16],
        domain: &DomainName,
    ) -> OwnerId {
        let label: &[u8] = match asked {
            Asked::Tokens => b"tokens",
            Asked::Values => b"values",
        };
        let tenant = self.hash(b"tenant", &[&partition.0]);
        let mut owner = self.hash(label, &[&partition.0, &caller, domain.as_str().as_bytes()]);
        owner[..8].copy_from_slice(&tenant[..8]);
        OwnerId(owner)
    }

    /// A pattern.
    pub fn pattern(&self, pattern: &token::Pattern) -> PatternId {
        let length = pattern.length().to_be_bytes();
        PatternId(self.hash(b"pattern", &[&length, pattern.kept()]))
    }

    /// A value that is tokenized, or a token that is asked about: whether they are the same is
    /// what nobody is to learn, so they count as different.
    pub fn value(&self, is_token: bool, value: &[u8]) -> ValueTag {
        let label: &[u8] = if is_token { b"token" } else { b"value" };
        let hash = self.hash(label, &[value]);
        ValueTag(u64::from_be_bytes(std::array::from_fn(|at| hash[at])))
    }

    fn hash(&self, label: &[u8], parts: &[&[u8]]) -> [u8; 16] {
        let mut mac = Hmac::<Sha256>::new_from_slice(self.0.expose())
            .expect("HMAC takes keys of every length");
        mac.update(label);
        for part in parts {
            mac.update(&[0]);
            mac.update(part);
        }
        let tag: [u8; 32] = mac.finalize().into_bytes().into();
        std::array::from_fn(|at| tag[at])
    }
}

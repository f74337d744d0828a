//! Keys: what they are called, what they may do, in which state they are.

mod algorithm;
mod encoding;
mod general;
mod material;
pub mod object;
pub mod payment;
mod state;
mod usage;

pub use algorithm::{AesBits, Algorithm, Hash, MlDsa, MlKem, Purposes};
pub use general::General;
pub use material::{Channel, Material};
pub use object::ObjectUse;
pub use state::{KeyState, TransitionError};
pub use usage::{DataLengths, TokenUse, Usage};

use crate::id::{KeyId, PartitionId};
use crate::op::manage::Attributes;
use crate::time::UnixMs;

/// How a caller names a key. The partition comes from the caller's identity, never from the name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum KeyName {
    /// A 32-bit object number within the partition.
    Object(u32),
    /// The gateway's own identity.
    Id(KeyId),
}

/// Who made a key's bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Origin {
    /// Brought in by a client.
    Client,
    /// Made by the gateway's random generator.
    Service,
}

impl Origin {
    /// Its name, as people read it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Client => "client",
            Self::Service => "service",
        }
    }
}

/// Where a key can be used in the clear.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Residency {
    /// The host can unseal it: the gateway process is part of the crypto core.
    Any,
    /// Wrapped under a key that only the card holds.
    Card,
}

impl Residency {
    /// Its name, as people read it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Any => "any",
            Self::Card => "card",
        }
    }
}

/// All that is public about one version of a key. Authenticated together with its material.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyRecord {
    /// The key.
    pub id: KeyId,
    /// The tenant that owns it.
    pub partition: PartitionId,
    /// Its object number in the partition, where a dialect numbers its keys.
    pub object: Option<u32>,
    /// Counts from 1.
    pub version: u32,
    /// The operations it allows.
    pub usage: Usage,
    /// Which request lengths it accepts.
    pub lengths: DataLengths,
    /// Its place in the life cycle.
    pub state: KeyState,
    /// Counts state changes, so that an older state cannot be revived.
    pub state_generation: u64,
    /// Where it may be used.
    pub residency: Residency,
    /// Who made the application key.
    pub origin: Origin,
    /// Whether its jobs never share a batch with another partition's.
    pub isolate: bool,
    /// The type number a dialect shows for it; no decision reads it.
    pub foreign_type: u32,
    /// SHA-256 of the import message that made it, so that a repeat finds it again.
    pub import_digest: Option<[u8; 32]>,
    /// When it was made.
    pub created: UnixMs,
    /// When it was made or its attributes were changed; larger with every change.
    pub updated: UnixMs,
    /// What its owner says about it.
    pub attributes: Attributes,
    /// Not usable before.
    pub not_before: Option<UnixMs>,
    /// Not usable from here on.
    pub not_after: Option<UnixMs>,
}

impl KeyRecord {
    /// The first version of a client's key as most begin: active, for every backend, without
    /// number and dates, lengths as its usage has them.
    pub fn first(id: KeyId, partition: PartitionId, usage: Usage, created: UnixMs) -> Self {
        Self {
            id,
            partition,
            object: None,
            version: 1,
            usage,
            lengths: DataLengths::default_for(usage),
            state: KeyState::Active,
            state_generation: 0,
            residency: Residency::Any,
            origin: Origin::Client,
            isolate: false,
            foreign_type: 0,
            import_digest: None,
            created,
            updated: created,
            attributes: Attributes::default(),
            not_before: None,
            not_after: None,
        }
    }

    /// Whether state and dates permit use at `now`.
    pub fn is_usable(&self, now: UnixMs) -> bool {
        self.state == KeyState::Active
            && self.not_before.is_none_or(|start| now >= start)
            && self.not_after.is_none_or(|end| now < end)
    }
}

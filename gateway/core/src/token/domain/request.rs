//! What a new domain shall be.

use super::DomainLimits;
use crate::token::{DomainName, Layout};

/// A domain to be made; its keys are the gateway's to make.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewDomain {
    /// Its name.
    pub name: DomainName,
    /// The form of its tokens.
    pub layout: Layout,
    /// How they are made.
    pub scheme: NewScheme,
    /// How fast.
    pub limits: DomainLimits,
}

/// How tokens shall be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NewScheme {
    /// Encrypted.
    Vaultless,
    /// Random, and kept.
    Vaulted {
        /// Whether a value has one token.
        deterministic: bool,
        /// How long tokens live if their maker does not say.
        ttl_ms: Option<u64>,
    },
}

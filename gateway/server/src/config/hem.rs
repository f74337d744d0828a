//! Options of virtual security modules.

use serde::{Deserialize, Serialize};
use typex_core::op::instance::{Clock, from_base64_array};

/// Virtual security modules.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Hem {
    /// The instance that answers to every name that is no other's; empty: none.
    pub default: String,
    /// X25519 public keys, in base64, of check-in services that are trusted.
    pub backends: Vec<String>,
    /// Serve plain HTTP on this machine no more than from elsewhere.
    pub strict_tls: bool,
    /// Where the time comes from.
    pub clock: HemClock,
}

/// Where an instance has the time from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum HemClock {
    /// The system, at every boot.
    #[default]
    System,
    /// The system as well, but only once a check-in service has said the same since the boot.
    CheckIn,
}

impl Default for Hem {
    fn default() -> Self {
        Self {
            default: crate::hem::FIRST.to_owned(),
            backends: Vec::new(),
            strict_tls: false,
            clock: HemClock::System,
        }
    }
}

impl Hem {
    /// The keys of the check-in services; `None` if one is no key.
    pub fn backend_keys(&self) -> Option<Vec<[u8; 32]>> {
        self.backends.iter().map(|text| from_base64_array(text)).collect()
    }
}

impl From<HemClock> for Clock {
    fn from(clock: HemClock) -> Self {
        match clock {
            HemClock::System => Self::Set,
            HemClock::CheckIn => Self::Unset,
        }
    }
}

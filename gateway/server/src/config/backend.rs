//! Which backend computes: a line of the engine's own table.

use serde::{Deserialize, Serialize};
use typex_engine::backend::{self, BACKENDS, BackendEntry};

/// A backend that exists, named in the configuration.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[serde(try_from = "String", into = "&'static str")]
pub struct Backend(&'static BackendEntry);

/// There is no backend of that name.
#[derive(Debug, thiserror::Error)]
#[error("backend {0:?} does not exist: must be one of {names}", names = names().join(", "))]
pub struct UnknownBackend(String);

impl Backend {
    /// Its line in the engine's table.
    pub fn entry(self) -> &'static BackendEntry {
        self.0
    }

    /// Whether it drives a card.
    pub fn needs_card(self) -> bool {
        self.0.needs_card
    }
}

/// Names of all backends.
pub fn names() -> Vec<&'static str> {
    BACKENDS.iter().map(|entry| entry.name).collect()
}

impl Default for Backend {
    /// The first of the table.
    fn default() -> Self {
        Self(&BACKENDS[0])
    }
}

impl PartialEq for Backend {
    fn eq(&self, other: &Self) -> bool {
        self.0.name == other.0.name
    }
}

impl TryFrom<String> for Backend {
    type Error = UnknownBackend;

    fn try_from(name: String) -> Result<Self, UnknownBackend> {
        backend::find(&name).map(Self).ok_or(UnknownBackend(name))
    }
}

impl From<Backend> for &'static str {
    fn from(backend: Backend) -> Self {
        backend.0.name
    }
}

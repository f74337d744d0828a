//! What a caller may ask for, after parsing and before authorization.

pub mod enrol;
mod output;
pub mod process_data;

pub use output::{ImportPublicKey, Output, RsaPublicKey};

use crate::key::Usage;
use enrol::{ImportKey, NewTemplate};
use process_data::ProcessData;

/// One request, freed from its dialect.
pub enum Op {
    /// Apply the one operation of a key to sealed data.
    ProcessData(ProcessData),
    /// List the public keys under which clients bring keys in.
    ImportKeys,
    /// Open a template for a new key.
    NewTemplate(NewTemplate),
    /// Bring in the key of an open template.
    ImportKey(ImportKey),
}

impl Op {
    /// The kind of request, for policy, metrics and the audit log.
    pub fn action(&self) -> Action {
        match self {
            Self::ProcessData(_) => Action::ProcessData,
            Self::ImportKeys => Action::ImportKeys,
            Self::NewTemplate(_) => Action::NewTemplate,
            Self::ImportKey(_) => Action::ImportKey,
        }
    }
}

/// The kind of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Action {
    /// [`Op::ProcessData`]
    ProcessData,
    /// [`Op::ImportKeys`]
    ImportKeys,
    /// [`Op::NewTemplate`]
    NewTemplate,
    /// [`Op::ImportKey`]
    ImportKey,
}

impl Action {
    /// Every action, in the order of their audit codes.
    pub const ALL: [Self; 4] =
        [Self::ProcessData, Self::ImportKeys, Self::NewTemplate, Self::ImportKey];

    /// Data operations use keys; control operations change what the store holds.
    pub fn is_control(self) -> bool {
        matches!(self, Self::NewTemplate | Self::ImportKey)
    }

    /// Whether a key must be named.
    pub fn needs_key(self) -> bool {
        self == Self::ProcessData
    }

    /// Whether a key of `usage` may serve it.
    pub fn fits(self, usage: Usage) -> bool {
        self == Self::ProcessData && usage.serves_process_data()
    }

    /// Name in metrics and the audit log.
    pub fn name(self) -> &'static str {
        match self {
            Self::ProcessData => "process_data",
            Self::ImportKeys => "import_keys",
            Self::NewTemplate => "new_template",
            Self::ImportKey => "import_key",
        }
    }
}

//! Who holds a token.
// spec: encedo-hem 2.4

use super::text::{base64, base64_url, from_base64_array};
use crate::id::KeyId;

/// Who holds a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// The local user.
    User,
    /// The administrator.
    Master,
    /// Whoever approved with this paired authenticator.
    Peer(KeyId),
}

/// Who may do something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Roles {
    All,
    User,
    UserAndMaster,
    UserAndPeers,
}

impl Role {
    /// As a token names it.
    pub(super) fn subject(self) -> String {
        match self {
            Self::User => "U".to_owned(),
            Self::Master => "M".to_owned(),
            Self::Peer(key) => base64(&key.0),
        }
    }

    /// Its inverse.
    pub(super) fn from_subject(text: &str) -> Option<Self> {
        match text {
            "U" => Some(Self::User),
            "M" => Some(Self::Master),
            peer => from_base64_array(peer).map(KeyId).map(Self::Peer),
        }
    }

    /// As a log line names it.
    // spec: encedo-hem 7.2
    pub(super) fn log_subject(self) -> String {
        match self {
            Self::Peer(key) => base64_url(&key.0),
            owner => owner.subject(),
        }
    }
}

impl Roles {
    pub(super) fn include(self, role: Role) -> bool {
        match self {
            Self::All => true,
            Self::User => role == Role::User,
            Self::UserAndMaster => !matches!(role, Role::Peer(_)),
            Self::UserAndPeers => role != Role::Master,
        }
    }
}

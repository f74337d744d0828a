//! What a token opens.
// spec: encedo-hem 2.5

use crate::id::KeyId;

/// What every token for the use of one key begins with.
const USE: &str = "keymgmt:use:";

/// One way in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scope {
    /// The token's scope begins with this.
    Prefix(&'static str),
    /// The token is for the use of the key that the request names.
    UseOfKey,
}

impl Scope {
    pub(super) fn matches(self, held: &str, key: Option<KeyId>) -> bool {
        match self {
            Self::Prefix(prefix) => held.starts_with(prefix),
            Self::UseOfKey => key.is_some() && key_of(held) == key,
        }
    }
}

/// The key for whose use a scope is, and for nothing else. Clients write it in either case.
pub(super) fn key_of(scope: &str) -> Option<KeyId> {
    scope.strip_prefix(USE)?.parse().ok()
}

/// A scope without what clients append for people to read.
// spec: encedo-hem 3.3
pub(super) fn without_note(scope: &str) -> &str {
    scope.split_once('#').map_or(scope, |(scope, _)| scope)
}

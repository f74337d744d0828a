//! Proof that policy allowed one operation.

use crate::id::{KeyId, PartitionId};
use crate::key::KeyRecord;
use crate::op::Action;
use crate::principal::Principal;

/// Made only by [`authorize`](super::authorize), not copyable, consumed by whatever carries the
/// operation out: code that skips authorization does not compile.
///
/// ```compile_fail
/// fn twice(grant: typex_core::policy::Grant) {
///     drop(grant);
///     drop(grant);
/// }
/// ```
#[derive(Debug)]
pub struct Grant {
    principal: Principal,
    action: Action,
    key: Option<(KeyId, u32)>,
    isolate: bool,
    agreed: bool,
}

impl Grant {
    pub(super) fn new(principal: &Principal, action: Action, key: Option<&KeyRecord>) -> Self {
        Self {
            principal: principal.clone(),
            action,
            key: key.map(|key| (key.id, key.version)),
            isolate: key.is_some_and(|key| key.isolate),
            agreed: false,
        }
    }

    pub(super) fn for_agreed_key(self) -> Self {
        Self { agreed: true, ..self }
    }

    /// Who may do it.
    pub fn principal(&self) -> &Principal {
        &self.principal
    }

    /// The tenant in whose name.
    pub fn partition(&self) -> PartitionId {
        self.principal.partition
    }

    /// What.
    pub fn action(&self) -> Action {
        self.action
    }

    /// With which version of which key.
    pub fn key(&self) -> Option<(KeyId, u32)> {
        self.key
    }

    /// Whether under a key that this one agrees upon with another party, instead of itself.
    pub fn is_agreed(&self) -> bool {
        self.agreed
    }

    /// Whether the work must not share a batch with another partition's.
    pub fn isolate(&self) -> bool {
        self.isolate
    }
}

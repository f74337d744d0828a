//! What the audit log says of an operation.

use typex_core::audit::{Detail, Entry, PanHash, TokenDetail};
use typex_core::op::Action;
use typex_core::op::token::{Call, Operation, Purpose, Task};
use typex_core::policy::quota::Row;
use typex_core::token::DomainName;
use typex_core::{ErrorKind, KeyId};

use crate::gateway::caller::Asker;
use crate::gateway::record;

/// What the audit log says of an operation beside how it ended.
pub(super) struct Note {
    pub(super) operation: Operation,
    pub(super) key: Option<(KeyId, u32)>,
    domain: Option<DomainName>,
    purpose: Option<Purpose>,
    pub(super) pan: Option<PanHash>,
    /// What was reserved of quotas once its value was known.
    pub(super) rows: Vec<Row>,
}

impl Note {
    /// Of a record that could not be read: nothing is recorded of it.
    pub(super) fn unread(operation: Operation) -> Self {
        Self { operation, key: None, domain: None, purpose: None, pan: None, rows: vec![] }
    }

    /// Of a call, before anything is known but what it says.
    pub(super) fn of(operation: Operation, call: &Call) -> Self {
        let purpose = match &call.task {
            Task::Detokenize { purpose, .. } => Some(*purpose),
            _ => None,
        };
        let domain = Some(call.domain.clone());
        Self { domain, purpose, ..Self::unread(operation) }
    }

    /// Nothing is recorded of what never became an operation.
    pub(super) fn entry(&self, from: Asker<'_>, result: Result<(), ErrorKind>) -> Option<Entry> {
        let Self { operation, key, domain, purpose, pan, .. } = self;
        let action = Action::Token(*operation);
        let entry = record::entry(from.peer, &from.caller.principal, action, *key, result);
        let (domain, pan, purpose) = (domain.clone()?, *pan, *purpose);
        Some(Entry {
            detail: Detail::Token(Box::new(TokenDetail { domain, pan, purpose })),
            ..entry
        })
    }
}

//! Proof that policy allowed one operation.

use crate::id::{KeyId, PartitionId};
use crate::key::KeyRecord;
use crate::op::Action;
use crate::op::payment::Part;
use crate::op::token::Mask;
use crate::principal::Principal;
use crate::token::DomainName;

/// Made only by [`authorize`](super::authorize) and its kin, not copyable, consumed by whatever
/// carries the operation out: code that skips authorization does not compile.
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
    /// In a box of their number: the empty places of an array in place would carry bytes of the
    /// stack into every table that keeps grants.
    parts: Box<[PartKey]>,
    token: Option<Box<TokenGrant>>,
}

/// What of a grant is about tokens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenGrant {
    /// The domain of the call; `None` where it is about all.
    pub domain: Option<DomainName>,
    /// The one in which a value gets another token.
    pub to: Option<DomainName>,
    /// How much of a value is told.
    pub mask: Mask,
}

/// A key of a payment operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PartKey {
    /// What it does.
    pub part: Part,
    /// The stored key, or the one that unwraps it.
    pub key: KeyId,
    /// Its version.
    pub version: u32,
    /// Whether it came wrapped in the request.
    pub is_wrapped: bool,
}

impl Grant {
    pub(super) fn new(principal: &Principal, action: Action, key: Option<&KeyRecord>) -> Self {
        Self {
            principal: principal.clone(),
            action,
            key: key.map(|key| (key.id, key.version)),
            isolate: key.is_some_and(|key| key.isolate),
            agreed: false,
            parts: Box::default(),
            token: None,
        }
    }

    pub(super) fn for_parts(
        principal: &Principal,
        action: Action,
        parts: Box<[PartKey]>,
        isolate: bool,
    ) -> Self {
        let key = parts.first().map(|one| (one.key, one.version));
        Self { key, parts, isolate, ..Self::new(principal, action, None) }
    }

    pub(super) fn for_token(self, token: TokenGrant) -> Self {
        Self { token: Some(Box::new(token)), ..self }
    }

    /// With a key of a domain in place of a payment key.
    pub(super) fn for_keys(self, key: Option<&KeyRecord>, isolate: bool) -> Self {
        let key = key.map(|key| (key.id, key.version)).or(self.key);
        Self { key, isolate: isolate || self.isolate, ..self }
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

    /// The keys of a payment operation, in the order in which they were presented.
    pub fn parts(&self) -> &[PartKey] {
        &self.parts
    }

    /// What of it is about tokens; `None` for other operations.
    pub fn token(&self) -> Option<&TokenGrant> {
        self.token.as_deref()
    }

    /// With which version of which key; the first of a payment operation, and of a domain's.
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

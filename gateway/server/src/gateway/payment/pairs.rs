//! Grants for pairs of keys; every core keeps those of the partitions that it served lately.

use std::sync::Arc;

use typex_core::key::payment::{Attributes, Own, Usage};
use typex_core::op::payment::{Operation, Part, fits};
use typex_core::policy::pair::{End, Pair, PairGrant, PairGrants, Passage};
use typex_core::policy::payment::{Holder, Use};
use typex_core::{Error, ErrorKind, PartitionId};

use crate::admin::payments::passage_name;
use crate::gateway::cache::Cache;
use crate::gateway::core::Inner;

/// Partitions whose grants one core keeps: some have a few grants, the largest 4096 of some 200
/// bytes, so most of them together take a few MiB.
const PARTITIONS_MAX: usize = 256;

/// The grants that one core keeps.
pub(in crate::gateway) struct Pairs(Cache<PartitionId, Known>);

/// Grants as they were when the revocation count stood at `seen`.
#[derive(Clone)]
struct Known {
    grants: Arc<PairGrants>,
    seen: u64,
}

impl Pairs {
    pub(in crate::gateway) fn new() -> Self {
        Self(Cache::new(PARTITIONS_MAX))
    }

    /// Forgets what was read before the last revocation.
    pub(in crate::gateway) fn forget_before(&mut self, revocations: u64) {
        self.0.retain(|known| known.seen == revocations);
    }
}

/// What a caller is told who may use both keys and not as a pair: what an operator has to do.
/// Whoever may not use one of them is refused before grants are looked at.
pub(crate) fn lacking(kind: ErrorKind, pair: &Pair) -> Error {
    let end = |name: &str, end: End| {
        let wrapped = if end.is_wrapped { format!(" --{name}-wrapped") } else { String::new() };
        format!("--{name} {}{wrapped}", end.key)
    };
    let (incoming, outgoing) = (end("incoming", pair.incoming), end("outgoing", pair.outgoing));
    let passage = passage_name(pair.passage);
    match kind {
        ErrorKind::Forbidden => Error::new(
            kind,
            format!(
                "the pair of keys has no grant: an operator grants it by `typex payments pair \
                 grant {incoming} {outgoing} --passage {passage}`"
            ),
        ),
        ErrorKind::ApprovalRequired => Error::new(
            kind,
            "the grant of the pair of keys waits for two custodians: `typex payments pair list` \
             has its name, `typex payments pair approve NAME --custodian WHO` approves it",
        ),
        kind => kind.into(),
    }
}

/// What a caller is told whose key for scripts changes PINs.
const FOR_PINS_ALONE: &str = "operation not permitted by the key: one of usage E1 changes PINs of \
                              chips, unless an operator gives it to EncryptData alone, by `typex \
                              payments key set --key KEY --client-data`";

/// A refusal by policy, with what is missing if it is a pair or what an operator gives.
pub(in crate::gateway) fn told(error: Error, operation: Operation, uses: &[Use<'_>]) -> Error {
    if error.kind == ErrorKind::KeyUsage && is_script_for_pins(operation, uses) {
        return Error::new(error.kind, FOR_PINS_ALONE);
    }
    match (error.kind, needed(operation, uses)) {
        (kind @ (ErrorKind::Forbidden | ErrorKind::ApprovalRequired), Some(pair)) => {
            lacking(kind, &pair)
        }
        _ => error,
    }
}

/// Whether data is to be enciphered under a key for scripts that is not for that.
fn is_script_for_pins(operation: Operation, uses: &[Use<'_>]) -> bool {
    let is_for_pins = |key: &Attributes| {
        let fits = fits(operation, Part::Data, key);
        fits && key.usage == Usage::CONFIDENTIALITY && key.own != Own::ClientData
    };
    let of_key = |holder: Holder<'_>| match holder {
        Holder::Stored(key) => key.usage.payment().is_some_and(is_for_pins),
        Holder::Wrapped { .. } => false,
    };
    uses.iter().any(|one| of_key(one.holder))
}

/// The pair that an operation needs.
fn needed(operation: Operation, uses: &[Use<'_>]) -> Option<Pair> {
    let (passage, (from, to)) = Passage::of(operation).zip(operation.passage())?;
    let end = |part: Part| {
        let holder = uses.iter().find(|one| one.part == part)?.holder;
        Some(match holder {
            Holder::Stored(key) => End { key: key.id, is_wrapped: false },
            Holder::Wrapped { under, .. } => End { key: under.id, is_wrapped: true },
        })
    };
    Some(Pair { passage, incoming: end(from)?, outgoing: end(to)? })
}

impl Inner {
    /// The grants of a partition. Whoever changes one raises the count of revocations.
    pub(crate) async fn pairs(&self, partition: PartitionId) -> Result<Arc<PairGrants>, Error> {
        let seen = self.gateway.revocations.count();
        let known = self.pairs.borrow_mut().0.find(&partition, |known| known.seen == seen);
        if let Some(known) = known {
            return Ok(known.grants);
        }
        let load = self.gateway.store.read(move |tx| {
            let mut grants = PairGrants::default();
            for grant in tx.all::<PairGrant>(Some(partition))? {
                grants.insert(grant)?;
            }
            Ok(grants)
        });
        let grants = Arc::new(load.await?);
        let known = Known { grants: Arc::clone(&grants), seen };
        self.pairs.borrow_mut().0.insert(partition, known);
        Ok(grants)
    }

    /// None for an operation that needs none.
    pub(in crate::gateway) async fn pairs_if(
        &self,
        are_needed: bool,
        partition: PartitionId,
    ) -> Result<Arc<PairGrants>, Error> {
        if are_needed { self.pairs(partition).await } else { Ok(Arc::default()) }
    }
}

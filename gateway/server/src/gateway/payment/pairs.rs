//! Grants for pairs of keys; every core keeps those of the partitions that it served lately.

use std::sync::Arc;

use typex_core::policy::pair::{PairGrant, PairGrants};
use typex_core::{Error, PartitionId};

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
}

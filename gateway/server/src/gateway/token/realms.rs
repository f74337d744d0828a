//! Domains with their keys expanded, and rights; every core keeps those that it used lately.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use typex_core::id::ApiKeyId;
use typex_core::key::KeyName;
use typex_core::op::token::Call;
use typex_core::policy::token::{RightsRecord, TokenRights};
use typex_core::principal::Principal;
use typex_core::token::DomainName;
use typex_core::{Error, ErrorKind, PartitionId, UnixMs};
use typex_engine::LoadedKey;
use typex_engine::token::{Realm, price_ns};

use crate::gateway::Revocations;
use crate::gateway::cache::Cache;
use crate::gateway::core::Inner;

/// Domains that one core keeps: one takes some 3 KiB for each key.
const REALMS_MAX: usize = 1024;

/// Callers whose rights one core keeps; one takes up to 6 KiB, most 200 bytes.
const CALLERS_MAX: usize = 4096;

/// What one core keeps.
pub(in crate::gateway) struct Realms {
    realms: Cache<(PartitionId, DomainName), Known>,
    rights: Cache<(PartitionId, ApiKeyId), (Arc<TokenRights>, u64)>,
}

/// A domain as it was when the partition's revocation count stood at `seen`.
#[derive(Clone)]
struct Known {
    realm: Arc<Realm>,
    /// Its keys that may not be used now.
    idle: Arc<[Arc<LoadedKey>]>,
    seen: u64,
}

impl Known {
    fn is_current(&self, revocations: u64, now: UnixMs) -> bool {
        let changed = |key: &Arc<LoadedKey>| {
            key.revoked().load(Ordering::Acquire) || key.record().is_usable(now)
        };
        self.seen == revocations
            && !self.realm.is_revoked()
            && self.realm.keys().all(|key| key.is_usable(now))
            && !self.idle.iter().any(changed)
    }
}

impl Realms {
    pub(in crate::gateway) fn new() -> Self {
        Self { realms: Cache::new(REALMS_MAX), rights: Cache::new(CALLERS_MAX) }
    }

    /// Forgets what was read before the last revocation.
    pub(in crate::gateway) fn forget_before(&mut self, revocations: &Revocations) {
        self.realms.retain(|known| {
            let partition = known.realm.record().partition;
            known.seen == revocations.count_in(partition) && !known.realm.is_revoked()
        });
        self.rights.retain(|(_, seen)| *seen == revocations.count());
    }
}

impl Inner {
    /// What the caller may do with tokens. Whoever changes it raises the count of revocations.
    pub(in crate::gateway) async fn token_rights(
        &self,
        principal: &Principal,
    ) -> Result<Arc<TokenRights>, Error> {
        let Some(holder) = principal.api_key else { return Ok(Arc::default()) };
        let (partition, seen) = (principal.partition, self.gateway.revocations.count());
        let id = (partition, holder);
        let known = self.realms.borrow_mut().rights.find(&id, |(_, known)| *known == seen);
        if let Some((rights, _)) = known {
            return Ok(rights);
        }
        let found = self.gateway.store.read(move |tx| tx.get(partition, &holder.0));
        let found: Option<RightsRecord> = found.await?;
        let rights = Arc::new(found.map(|found| found.rights).unwrap_or_default());
        self.realms.borrow_mut().rights.insert(id, (Arc::clone(&rights), seen));
        Ok(rights)
    }

    /// A domain of the partition. Whoever changes one raises the partition's count of revocations.
    pub(super) async fn realm(
        &self,
        partition: PartitionId,
        name: &DomainName,
        now: UnixMs,
    ) -> Result<Arc<Realm>, Error> {
        let seen = self.gateway.revocations.count_in(partition);
        let id = (partition, name.clone());
        let known = self.realms.borrow_mut().realms.find(&id, |known| known.is_current(seen, now));
        if let Some(known) = known {
            return Ok(known.realm);
        }
        let known = self.loaded_realm(partition, name, (seen, now)).await?;
        let realm = Arc::clone(&known.realm);
        self.realms.borrow_mut().realms.insert(id, known);
        Ok(realm)
    }

    /// Estimated work of a call; that a domain has a vault is known once it was used on this core.
    pub(in crate::gateway) fn token_price_ns(&self, partition: PartitionId, call: &Call) -> u64 {
        let id = (partition, call.domain.clone());
        let known = self.realms.borrow_mut().realms.find(&id, |_| true);
        price_ns(call.task.operation(), known.is_some_and(|known| known.realm.has_vault()))
    }

    async fn loaded_realm(
        &self,
        partition: PartitionId,
        name: &DomainName,
        (seen, now): (u64, UnixMs),
    ) -> Result<Known, Error> {
        let own = name.clone();
        let record = self.gateway.store.read(move |tx| tx.token_domain(partition, &own)).await?;
        let (mut keys, mut idle) = (Vec::new(), Vec::new());
        for (id, _, _) in record.keys() {
            match self.resolve(partition, KeyName::Id(id)).await {
                Ok(key) if key.record().is_usable(now) => keys.push(key),
                Ok(key) => idle.push(key),
                // What is missing of it is decided with the domain.
                Err(error)
                    if matches!(error.kind, ErrorKind::KeyState | ErrorKind::KeyNotFound) => {}
                Err(error) => return Err(error),
            }
        }
        let realm = Arc::new(Realm::new(record, keys)?);
        Ok(Known { realm, idle: idle.into(), seen })
    }
}

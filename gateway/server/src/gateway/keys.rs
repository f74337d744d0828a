//! Resolves the name of a key to its expanded form; every core keeps what it used lately.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use typex_core::key::{KeyName, KeyState};
use typex_core::{Error, ErrorKind, KeyId, PartitionId};
use typex_engine::LoadedKey;

use super::cache::Cache;
use super::core::Inner;

/// Expanded keys that one core keeps: one takes about 2 KiB, so at most 32 MiB.
const KEYS_MAX: usize = 16_384;

/// The expanded keys of one core.
pub(super) struct Keys(Cache<(PartitionId, KeyName), Arc<LoadedKey>>);

impl Keys {
    pub(super) fn new() -> Self {
        Self(Cache::new(KEYS_MAX))
    }

    /// Drops revoked keys, so that their material does not stay in memory.
    pub(super) fn forget_revoked(&mut self) {
        self.0.retain(|key| !key.revoked().load(Ordering::Acquire));
    }

    /// A key whose state changed is not current: the store raises its flag before it answers.
    pub(super) fn find(&mut self, partition: PartitionId, name: KeyName) -> Option<Arc<LoadedKey>> {
        self.0.find(&(partition, name), |key| !key.revoked().load(Ordering::Acquire))
    }
}

/// Why a name leads to no key that can be used; with id and version if there is a key.
pub(super) struct Unresolved {
    pub(super) key: Option<(KeyId, u32)>,
    pub(super) error: Error,
}

impl From<Error> for Unresolved {
    fn from(error: Error) -> Self {
        Self { key: None, error }
    }
}

impl Inner {
    /// The key of that name in `partition`. A destroyed one has no material to load.
    pub(super) async fn resolve(
        &self,
        partition: PartitionId,
        name: KeyName,
    ) -> Result<Arc<LoadedKey>, Error> {
        self.find_key(partition, name).await.map_err(|unresolved| unresolved.error)
    }

    /// The same for who records refusals: that of a key that is there names the key.
    pub(super) async fn find_key(
        &self,
        partition: PartitionId,
        name: KeyName,
    ) -> Result<Arc<LoadedKey>, Unresolved> {
        if let Some(key) = self.keys.borrow_mut().find(partition, name) {
            return Ok(key);
        }
        let stored = self.gateway.store.read(move |tx| tx.key_by_name(partition, name)).await?;
        let version = (stored.record.id, stored.record.version);
        let refused = |error: Error| Unresolved { key: Some(version), error };
        if stored.record.state == KeyState::Destroyed {
            return Err(refused(ErrorKind::KeyState.into()));
        }
        let key = LoadedKey::new(stored.record, stored.channel, stored.material, stored.revoked);
        let key = Arc::new(key.map_err(refused)?);
        self.keys.borrow_mut().0.insert((partition, name), Arc::clone(&key));
        Ok(key)
    }
}

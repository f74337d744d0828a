//! What payment operations of all cores share.

use std::sync::MutexGuard;
use std::sync::atomic::{AtomicU16, Ordering};

use typex_core::audit::{PanHash, PanKey};
use typex_core::policy::abuse::{Abuse, AbuseRules};
use typex_core::{Error, ErrorKind, PartitionId, Secret};
use typex_engine::payment::cipher::{Nonce, Nonces};
use typex_store::{Purpose, Store};

use super::counts::Counts;
use super::nonces;
use super::seals::Seals;

/// Failures that are remembered, and where nonces come from.
pub struct Payments {
    counts: Counts,
    pan_root: Secret<[u8; 32]>,
    process: [u8; 6],
    seals: Seals,
    cores: AtomicU16,
}

/// The nonces of one core.
pub(in crate::gateway) struct CoreNonces(Option<Nonces>);

impl Payments {
    /// Reads back what failed before. Blocks on the store.
    ///
    /// # Errors
    /// Those of the store.
    pub fn open(store: &Store, rules: AbuseRules) -> Result<Self, Error> {
        Ok(Self {
            counts: Counts::open(store, rules)?,
            pan_root: Secret::new(store.lookup_digest(Purpose::Pan, b"payments")),
            process: nonces::register(store)?,
            seals: Seals::new(),
            cores: AtomicU16::new(0),
        })
    }

    /// The failures, in memory and in the store.
    pub(crate) fn counts(&self) -> &Counts {
        &self.counts
    }

    /// The failures in memory.
    pub(super) fn abuse(&self) -> MutexGuard<'_, Abuse> {
        self.counts.lock()
    }

    /// Messages that GCM may still seal without asking the store.
    pub(super) fn seals(&self) -> &Seals {
        &self.seals
    }

    /// What a card is called in the audit log and in counts of failures.
    pub(in crate::gateway) fn pan_hash(&self, partition: PartitionId, digits: &[u8]) -> PanHash {
        PanKey::derive(&self.pan_root, partition).hash(digits)
    }

    /// Nonces for another core; the 257th and later ones get none.
    pub(in crate::gateway) fn nonces(&self) -> CoreNonces {
        let core = self.cores.fetch_add(1, Ordering::Relaxed);
        let shard = u8::try_from(core).ok();
        CoreNonces(shard.map(|shard| Nonces::new(self.process, shard)))
    }

    /// Forgets failures that are over. To be called about once a minute.
    ///
    /// # Errors
    /// Those of the store.
    pub(in crate::gateway) async fn sweep(&self, store: &Store) -> Result<(), Error> {
        self.counts.sweep(store).await
    }
}

impl CoreNonces {
    pub(in crate::gateway) fn draw(&mut self) -> Result<Nonce, ErrorKind> {
        let nonces = self.0.as_mut().ok_or(ErrorKind::Internal)?;
        nonces.draw().map_err(ErrorKind::from)
    }
}

//! Failures that are remembered, in memory and in the store.

use std::sync::{Mutex, MutexGuard, PoisonError};

use typex_core::audit::Entry;
use typex_core::policy::abuse::{Abuse, AbuseRules, Row, Standing, SubjectId, Swept};
use typex_core::{Error, PartitionId, UnixMs};
use typex_store::records::abuse_key;
use typex_store::{Reply, Store, Tx, system_clock};

/// Subjects that are looked at with the failures locked, and rows of one write: some tens of
/// microseconds in which no core counts.
const STEP: usize = 512;

/// The failures of a gateway. Whatever is written of them is on its way to the store before anybody
/// else counts or writes, so that what is on disk never goes back.
pub struct Counts(Mutex<Abuse>);

impl Counts {
    /// Reads back what failed before. Blocks on the store.
    ///
    /// # Errors
    /// Those of the store.
    pub(crate) fn open(store: &Store, rules: AbuseRules) -> Result<Self, Error> {
        let rows = store.read(|tx| tx.all::<Row>(None));
        let mut abuse = Abuse::new(rules);
        rows.wait()?.iter().for_each(|row| abuse.restore(row));
        Ok(Self(Mutex::new(abuse)))
    }

    /// The failures.
    pub(crate) fn lock(&self) -> MutexGuard<'_, Abuse> {
        // Counts stay counts, whatever panicked beside them.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Writes what is counted of these subjects now.
    pub(crate) fn keep<'a>(
        &self,
        store: &Store,
        subjects: impl IntoIterator<Item = &'a SubjectId>,
    ) -> Reply<()> {
        let abuse = self.lock();
        let rows = subjects.into_iter().filter_map(|id| abuse.row(*id));
        let rows: Vec<_> = rows.collect();
        store.write(move |tx| rows.iter().try_for_each(|row| tx.put(row)))
    }

    /// Forgets failures that are over. To be called about once a minute.
    ///
    /// # Errors
    /// Those of the store.
    pub(super) async fn sweep(&self, store: &Store) -> Result<(), Error> {
        let (now, mut after) = (system_clock(), None);
        loop {
            let last = self.sweep_some(store, after, now).await?;
            if last.is_none() {
                return Ok(());
            }
            after = last;
            tokio::task::yield_now().await;
        }
    }

    /// Looks at the next few; the last of them, if there are more.
    async fn sweep_some(
        &self,
        store: &Store,
        after: Option<SubjectId>,
        now: UnixMs,
    ) -> Result<Option<SubjectId>, Error> {
        let (write, last) = {
            let mut abuse = self.lock();
            let Swept { over, last } = abuse.sweep(after, STEP, now);
            if over.is_empty() {
                return Ok(last);
            }
            (store.write(move |tx| over.iter().try_for_each(|id| forget(tx, id))), last)
        };
        write.await.map(|()| last)
    }

    /// Everybody whose failures are remembered.
    pub(crate) fn standing(&self) -> Vec<Standing> {
        let (now, mut all): (_, Vec<Standing>) = (system_clock(), Vec::new());
        loop {
            let (before, after) = (all.len(), all.last().map(|one| one.id));
            all.extend(self.lock().standing(after, now).take(STEP));
            if all.len() < before + STEP {
                return all;
            }
        }
    }

    /// Forgets the failures of one subject, in memory and on disk, with an entry of the audit log.
    pub(crate) fn lift(&self, store: &Store, id: SubjectId, entry: Entry) -> Reply<()> {
        let mut abuse = self.lock();
        abuse.lift(id);
        store.write(move |tx| {
            tx.record(entry);
            forget(tx, &id)
        })
    }
}

fn forget(tx: &mut Tx<'_>, id: &SubjectId) -> Result<(), Error> {
    tx.delete::<Row>(PartitionId::SERVICE, &abuse_key(id)).map(drop)
}

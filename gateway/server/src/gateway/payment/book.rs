//! What has to be durable before an answer.

#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use typex_core::Error;
use typex_core::audit::Entry;
use typex_core::policy::abuse::SubjectId;
use typex_store::Store;
use typex_store::limits::ENTRIES_PER_REQUEST_MAX;

use super::counts::Counts;

/// Who failed, and entries of the audit log.
#[derive(Default)]
pub(in crate::gateway) struct Book {
    counted: BTreeSet<SubjectId>,
    entries: Vec<Entry>,
}

impl Book {
    pub(super) fn count(&mut self, counted: impl IntoIterator<Item = SubjectId>) {
        self.counted.extend(counted);
    }

    pub(in crate::gateway) fn record(&mut self, entry: Entry) {
        self.entries.push(entry);
    }

    /// Ready once all of it is durable.
    pub(in crate::gateway) async fn close(
        self,
        store: &Store,
        counts: &Counts,
    ) -> Result<(), Error> {
        let Self { counted, entries } = self;
        let kept = (!counted.is_empty()).then(|| counts.keep(store, &counted));
        // A request of the store takes this many; all are on their way before the first is awaited.
        let mut entries = entries.into_iter();
        let mut records = Vec::new();
        while entries.len() > 0 {
            let some: Vec<_> = entries.by_ref().take(ENTRIES_PER_REQUEST_MAX).collect();
            records.push(store.write(move |tx| {
                some.into_iter().for_each(|entry| tx.record(entry));
                Ok(())
            }));
        }
        for write in kept.into_iter().chain(records) {
            write.await?;
        }
        Ok(())
    }
}

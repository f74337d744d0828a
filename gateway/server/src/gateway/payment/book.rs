//! What has to be durable before an answer.

use typex_core::Error;
use typex_core::audit::Entry;
use typex_core::policy::abuse::Row;
use typex_store::Store;
use typex_store::limits::ENTRIES_PER_REQUEST_MAX;

/// Counts of failures and entries of the audit log.
#[derive(Default)]
pub(super) struct Book {
    rows: Vec<Row>,
    entries: Vec<Entry>,
}

impl Book {
    pub(super) fn count(&mut self, rows: impl IntoIterator<Item = Row>) {
        self.rows.extend(rows);
    }

    pub(super) fn record(&mut self, entry: Entry) {
        self.entries.push(entry);
    }

    /// Ready once all of it is durable.
    pub(super) async fn close(self, store: &Store) -> Result<(), Error> {
        let Self { rows, entries } = self;
        let counts = (!rows.is_empty())
            .then(|| store.write(move |tx| rows.iter().try_for_each(|row| tx.put(row))));
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
        for write in counts.into_iter().chain(records) {
            write.await?;
        }
        Ok(())
    }
}

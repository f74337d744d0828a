//! What has to be durable before an answer.

use typex_core::Error;
use typex_core::audit::Entry;
use typex_core::policy::abuse::Row;
use typex_store::Store;

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
        if rows.is_empty() && entries.is_empty() {
            return Ok(());
        }
        let write = store.write(move |tx| {
            entries.into_iter().for_each(|entry| tx.record(entry));
            rows.iter().try_for_each(|row| tx.put(row))
        });
        write.await
    }
}

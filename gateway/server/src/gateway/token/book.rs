//! What has to be durable before an answer.

use std::collections::BTreeMap;

use typex_core::Error;
use typex_core::audit::Entry;
use typex_core::policy::quota::{Row, RowId};

use crate::gateway::{Gateway, payment};

/// Entries of the audit log, and what was reserved of quotas.
#[derive(Default)]
pub(super) struct Book {
    entries: payment::Book,
    rows: BTreeMap<RowId, Row>,
}

impl Book {
    pub(super) fn record(&mut self, entry: Entry) {
        self.entries.record(entry);
    }

    pub(super) fn reserve(&mut self, row: Row) {
        self.rows.entry(row.id).and_modify(|one| one.merge(&row)).or_insert(row);
    }

    /// Ready once all of it is durable.
    pub(super) async fn close(self, gateway: &Gateway) -> Result<(), Error> {
        let Self { entries, rows } = self;
        let store = &gateway.store;
        let reserved = (!rows.is_empty()).then(|| {
            store.write(move |tx| {
                rows.values().try_for_each(|row| tx.reserve_quota(row))?;
                Ok(rows)
            })
        });
        entries.close(store, gateway.payments.counts()).await?;
        if let Some(reserved) = reserved {
            gateway.tokens.are_durable(reserved.await?.values());
        }
        Ok(())
    }
}

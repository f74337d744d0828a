//! The view a closure has of the store: typed records, as of the last commit and its own changes.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::ops::ControlFlow;

use redb::ReadableTable;
use typex_core::audit::Entry;
use typex_core::codec::Record;
use typex_core::{Error, PartitionId, Secret};

use crate::error::{StoreError, Tampered};
use crate::keyring::{Keyring, Place, Purpose, fill_random};
use crate::limits::{
    CHANGES_PER_REQUEST_MAX, ENTRIES_PER_REQUEST_MAX, ID_BYTES_MAX, RECORD_BYTES_MAX,
};
use crate::memory::{KeyName, Memory};
use crate::record::StoredRecord;
use crate::row::{NAME_BYTES, Row, RowName};
use crate::templates::TemplateChange;

/// A transaction. What a closure changes through it is kept only if the closure returns `Ok`.
pub struct Tx<'t> {
    keyring: &'t Keyring,
    rows: &'t dyn Rows,
    memory: &'t RefCell<Memory>,
    /// In which commit the changes would be.
    epoch: u64,
    pub(crate) changes: Changes,
}

/// What a closure asked to change.
#[derive(Default)]
pub(crate) struct Changes {
    /// New rows; `None` removes.
    pub(crate) rows: BTreeMap<RowName, Option<Vec<u8>>>,
    pub(crate) templates: Vec<TemplateChange>,
    /// For the audit log, kept whether the closure succeeds or not.
    pub(crate) entries: Vec<Entry>,
    /// Whether there were more of them than a request may have.
    pub(crate) entries_lost: bool,
    /// Keys whose cached copies must go.
    pub(crate) revoked: Vec<KeyName>,
}

/// Sees a row; says whether to go on.
pub(crate) type Visit<'v> = dyn FnMut(RowName, &[u8]) -> Result<ControlFlow<()>, StoreError> + 'v;

/// The committed rows, whichever kind of database transaction shows them.
pub(crate) trait Rows {
    fn row(&self, name: &RowName) -> Result<Option<Vec<u8>>, StoreError>;

    /// Visits the rows from `first` to `last`.
    fn range(
        &self,
        first: &RowName,
        last: &RowName,
        visit: &mut Visit<'_>,
    ) -> Result<(), StoreError>;
}

impl<T: ReadableTable<&'static [u8; NAME_BYTES], &'static [u8]>> Rows for T {
    fn row(&self, name: &RowName) -> Result<Option<Vec<u8>>, StoreError> {
        Ok(self.get(name.as_bytes())?.map(|row| row.value().to_vec()))
    }

    fn range(
        &self,
        first: &RowName,
        last: &RowName,
        visit: &mut Visit<'_>,
    ) -> Result<(), StoreError> {
        let names = first.as_bytes()..=last.as_bytes();
        for entry in ReadableTable::range::<&[u8; NAME_BYTES]>(self, names)? {
            let (name, row) = entry?;
            if visit(RowName::from_bytes(*name.value()), row.value())?.is_break() {
                break;
            }
        }
        Ok(())
    }
}

impl<'t> Tx<'t> {
    pub(crate) fn new(
        keyring: &'t Keyring,
        rows: &'t dyn Rows,
        memory: &'t RefCell<Memory>,
        epoch: u64,
    ) -> Self {
        Self { keyring, rows, memory, epoch, changes: Changes::default() }
    }

    pub(crate) fn into_changes(self) -> Changes {
        self.changes
    }

    /// The record of this identity, if there is one.
    ///
    /// # Errors
    /// `Storage` if the row does not unseal or decode, or cannot be read; so in every method.
    pub fn get<R: StoredRecord>(
        &self,
        partition: PartitionId,
        key: &[u8],
    ) -> Result<Option<R>, Error> {
        let place = Place { table: R::TABLE, partition, id: key, binding: &[] };
        let bytes = self.load(&place)?;
        bytes.map(|bytes| decode(bytes.expose())).transpose().map_err(Error::from)
    }

    /// Inserts a record, or replaces the one of the same identity.
    ///
    /// # Errors
    /// `TooLarge` over a limit of size or of changes at once.
    pub fn put<R: StoredRecord>(&mut self, record: &R) -> Result<(), Error> {
        self.put_bound(record, &[])
    }

    /// Removes a record; says whether there was one.
    ///
    /// # Errors
    /// `TooLarge` over a limit of changes at once.
    pub fn delete<R: StoredRecord>(
        &mut self,
        partition: PartitionId,
        key: &[u8],
    ) -> Result<bool, Error> {
        let name = self.keyring.row_name(R::TABLE, partition, key);
        let there = self.row(&name)?.is_some();
        if there {
            self.change(name, None)?;
        }
        Ok(there)
    }

    /// Visits the records of a partition, in no order that means anything, until `visit` breaks.
    ///
    /// # Errors
    /// The first that `visit` returns.
    pub fn scan<R: StoredRecord>(
        &self,
        partition: PartitionId,
        visit: impl FnMut(R) -> Result<ControlFlow<()>, Error>,
    ) -> Result<(), Error> {
        let tag = self.keyring.partition_tag(R::TABLE, partition);
        self.scan_between(RowName::bounds(R::TABLE, Some(tag)), visit)
    }

    /// Visits the records of all partitions.
    ///
    /// # Errors
    /// The first that `visit` returns.
    pub fn scan_all<R: StoredRecord>(
        &self,
        visit: impl FnMut(R) -> Result<ControlFlow<()>, Error>,
    ) -> Result<(), Error> {
        self.scan_between(RowName::bounds(R::TABLE, None), visit)
    }

    /// What `choose` makes of the records of a partition, or of all partitions, in no order that
    /// means anything; at most `limit` of it.
    ///
    /// # Errors
    /// `Storage` only.
    pub fn select<R: StoredRecord, T>(
        &self,
        partition: Option<PartitionId>,
        limit: usize,
        mut choose: impl FnMut(R) -> Option<T>,
    ) -> Result<Vec<T>, Error> {
        let mut chosen = Vec::new();
        let take = |record: R| {
            if chosen.len() == limit {
                return Ok(ControlFlow::Break(()));
            }
            chosen.extend(choose(record));
            Ok(ControlFlow::Continue(()))
        };
        match partition {
            Some(partition) => self.scan(partition, take)?,
            None => self.scan_all(take)?,
        }
        Ok(chosen)
    }

    /// Every record of a partition, or of all partitions. For tables whose rows are bounded by
    /// what made them.
    ///
    /// # Errors
    /// `Storage` only.
    pub fn all<R: StoredRecord>(&self, partition: Option<PartitionId>) -> Result<Vec<R>, Error> {
        self.select(partition, usize::MAX, Some)
    }

    /// The keyed digest under which a name is kept that must not be stored itself.
    pub fn lookup_digest(&self, purpose: Purpose, name: &[u8]) -> [u8; 32] {
        self.keyring.lookup(purpose, name)
    }

    /// Random bytes from the system.
    ///
    /// # Errors
    /// `Storage` if the system has none.
    pub fn random<const N: usize>(&self) -> Result<[u8; N], Error> {
        let mut bytes = [0; N];
        fill_random(&mut bytes)?;
        Ok(bytes)
    }

    /// Puts an entry into the audit log, whether the closure then succeeds or not.
    ///
    /// An entry in the phase `Intent` is completed here: if the closure succeeds, the intent is
    /// durable before the changes and its outcome before the answer; if it fails or changes
    /// nothing, a single entry with the result is durable before the answer. Any other phase is
    /// written as it is.
    ///
    /// A request with more than [`ENTRIES_PER_REQUEST_MAX`] fails with `TooLarge`, and nothing of
    /// it is kept but its first entries.
    pub fn record(&mut self, entry: Entry) {
        if self.changes.entries.len() < ENTRIES_PER_REQUEST_MAX {
            self.changes.entries.push(entry);
        } else {
            self.changes.entries_lost = true;
        }
    }

    /// Whether every entry found room.
    pub(crate) fn check_entries(&self) -> Result<(), StoreError> {
        let error = StoreError::TooManyEntries { limit: ENTRIES_PER_REQUEST_MAX };
        if self.changes.entries_lost { Err(error) } else { Ok(()) }
    }

    /// What the store thread keeps in memory besides the database.
    pub(crate) fn memory(&self) -> &RefCell<Memory> {
        self.memory
    }

    /// As [`put`](Self::put), bound to further bytes that a reader must know.
    pub(crate) fn put_bound<R: StoredRecord>(
        &mut self,
        record: &R,
        binding: &[u8],
    ) -> Result<(), Error> {
        let (partition, id) = (record.partition(), record.key());
        if id.len() > ID_BYTES_MAX {
            return Err(StoreError::TooLarge { limit: ID_BYTES_MAX }.into());
        }
        let bytes = record.to_bytes();
        if bytes.expose().len() > RECORD_BYTES_MAX {
            return Err(StoreError::TooLarge { limit: RECORD_BYTES_MAX }.into());
        }
        let place = Place { table: R::TABLE, partition, id: &id, binding };
        let row = self.keyring.seal(&place, self.epoch, bytes.expose())?;
        let name = self.keyring.row_name(R::TABLE, partition, &id);
        self.change(name, Some(row))
    }

    /// The bytes of the record at `place`.
    pub(crate) fn load(&self, place: &Place<'_>) -> Result<Option<Secret<Vec<u8>>>, StoreError> {
        let name = self.keyring.row_name(place.table, place.partition, place.id);
        let Some(bytes) = self.row(&name)? else { return Ok(None) };
        let row = Row::parse(&bytes)?;
        self.keyring.unseal(place, &row).map(Some)
    }

    fn row(&self, name: &RowName) -> Result<Option<Vec<u8>>, StoreError> {
        match self.changes.rows.get(name) {
            Some(changed) => Ok(changed.clone()),
            None => self.rows.row(name),
        }
    }

    fn change(&mut self, name: RowName, row: Option<Vec<u8>>) -> Result<(), Error> {
        self.changes.rows.insert(name, row);
        if self.changes.rows.len() > CHANGES_PER_REQUEST_MAX {
            return Err(StoreError::TooManyChanges { limit: CHANGES_PER_REQUEST_MAX }.into());
        }
        Ok(())
    }

    fn scan_between<R: StoredRecord>(
        &self,
        (first, last): (RowName, RowName),
        mut visit: impl FnMut(R) -> Result<ControlFlow<()>, Error>,
    ) -> Result<(), Error> {
        let mut failed = None;
        let mut step = |name: RowName, row: &[u8]| -> Result<ControlFlow<()>, StoreError> {
            let record = unseal_row(self.keyring, &name, row)?;
            Ok(visit(record).unwrap_or_else(|error| {
                failed = Some(error);
                ControlFlow::Break(())
            }))
        };
        let mut stopped = false;
        self.rows.range(&first, &last, &mut |name, row| {
            if self.changes.rows.contains_key(&name) {
                return Ok(ControlFlow::Continue(()));
            }
            let flow = step(name, row)?;
            stopped = flow.is_break();
            Ok(flow)
        })?;
        for (name, row) in self.changes.rows.range(first..=last) {
            let Some(row) = row else { continue };
            if stopped {
                break;
            }
            stopped = step(*name, row)?.is_break();
        }
        failed.map_or(Ok(()), Err)
    }
}

/// The record of a row met while scanning: its name is sealed with it.
fn unseal_row<R: StoredRecord>(
    keyring: &Keyring,
    row_name: &RowName,
    bytes: &[u8],
) -> Result<R, StoreError> {
    let row = Row::parse(bytes)?;
    let name = keyring.unseal_name(row_name, &row)?;
    let place = Place { table: R::TABLE, partition: name.partition, id: &name.id, binding: &[] };
    decode(keyring.unseal(&place, &row)?.expose())
}

pub(crate) fn decode<R: Record>(bytes: &[u8]) -> Result<R, StoreError> {
    R::from_bytes(bytes).map_err(|_| Tampered::Record.into())
}

//! Making a batch durable: run the closures, put their intents into the log, commit the records,
//! put the outcomes into the log.

use std::cell::RefCell;
use std::sync::Arc;

use redb::{Database, ReadableDatabase, Table};
use typex_core::ErrorKind;
use typex_core::audit::{Entry, Phase};
use typex_core::codec::Record;

use crate::database::{ROWS, write_root};
use crate::error::StoreError;
use crate::journal::Journal;
use crate::keyring::Keyring;
use crate::memory::{KeyName, Memory};
use crate::root::Root;
use crate::row::NAME_BYTES;
use crate::task::{ReadTask, WriteTask};
use crate::tx::{Changes, Tx};

type RowTable<'t> = Table<'t, &'static [u8; NAME_BYTES], &'static [u8]>;

/// Records, root, log, and what is remembered besides.
pub(crate) struct Ledger {
    pub(crate) database: Database,
    pub(crate) keyring: Arc<Keyring>,
    pub(crate) root: Root,
    pub(crate) memory: RefCell<Memory>,
    pub(crate) journal: Journal,
}

/// What the closures of one batch left to do.
#[derive(Default)]
struct Outcome {
    changed: bool,
    revoked: Vec<KeyName>,
    /// Intents in the log whose outcomes follow the commit.
    intents: Vec<(u64, Entry)>,
}

impl Ledger {
    /// Runs closures that look, against the last commit.
    pub(crate) fn look(&self, reads: &mut Vec<Box<dyn ReadTask>>) -> Result<(), StoreError> {
        if reads.is_empty() {
            return Ok(());
        }
        let table = self.database.begin_read()?.open_table(ROWS)?;
        for read in reads.drain(..) {
            read.run(&Tx::new(&self.keyring, &table, &self.memory, self.root.epoch));
        }
        Ok(())
    }

    /// Runs closures that change. When this returns, what they did is durable, and so are the
    /// entries given with them; or it failed, and nothing may be answered.
    pub(crate) fn commit(
        &mut self,
        writes: &mut [Box<dyn WriteTask>],
        entries: &[Entry],
    ) -> Result<(), StoreError> {
        for entry in entries {
            self.journal.append(entry)?;
        }
        if writes.is_empty() {
            return self.journal.sync_appended();
        }
        let mut root = self.root.clone();
        root.epoch += 1;
        let txn = self.database.begin_write()?;
        let outcome = {
            let mut table = txn.open_table(ROWS)?;
            self.run(writes, &mut table, &mut root)?
        };
        self.journal.sync_appended()?;
        if !outcome.changed {
            return Ok(txn.abort()?);
        }
        root.set_head(&self.journal.head());
        write_root(&txn, &self.keyring, &root)?;
        txn.commit()?;
        self.root = root;
        let memory = self.memory.get_mut();
        outcome.revoked.into_iter().for_each(|key| memory.revoke(key));
        self.conclude(outcome.intents)
    }

    /// Whether the root says how far the log now reaches.
    pub(crate) fn is_head_sealed(&self) -> bool {
        self.root.log_head == *self.journal.head().to_bytes().expose()
    }

    /// Seals into the root how far the log reaches, if that has changed.
    pub(crate) fn seal_head(&mut self) -> Result<(), StoreError> {
        if self.is_head_sealed() {
            return Ok(());
        }
        let mut root = self.root.clone();
        root.set_head(&self.journal.head());
        root.epoch += 1;
        let txn = self.database.begin_write()?;
        write_root(&txn, &self.keyring, &root)?;
        txn.commit()?;
        self.root = root;
        Ok(())
    }

    /// Closes the log and seals how far it reached.
    pub(crate) fn close(self) -> Result<(), StoreError> {
        let mut root = self.root;
        root.set_head(&self.journal.close()?);
        root.epoch += 1;
        let txn = self.database.begin_write()?;
        write_root(&txn, &self.keyring, &root)?;
        Ok(txn.commit()?)
    }

    fn run(
        &mut self,
        writes: &mut [Box<dyn WriteTask>],
        table: &mut RowTable<'_>,
        root: &mut Root,
    ) -> Result<Outcome, StoreError> {
        let mut outcome = Outcome::default();
        for write in writes {
            let mut tx = Tx::new(&self.keyring, table, &self.memory, root.epoch);
            let result = write.run(&mut tx);
            let mut changes = tx.into_changes();
            let entries = std::mem::take(&mut changes.entries);
            let durable_change = result.is_ok() && !changes.rows.is_empty();
            self.note(entries, result, durable_change, &mut outcome.intents)?;
            if result.is_ok() {
                outcome.changed |= durable_change;
                outcome.revoked.extend_from_slice(&changes.revoked);
                apply(&self.keyring, table, root, changes, &self.memory)?;
            }
        }
        Ok(outcome)
    }

    /// Puts the entries of one closure into the log.
    fn note(
        &mut self,
        entries: Vec<Entry>,
        result: Result<(), ErrorKind>,
        outcome_follows: bool,
        intents: &mut Vec<(u64, Entry)>,
    ) -> Result<(), StoreError> {
        for mut entry in entries {
            let is_intent = entry.phase == Phase::Intent;
            if is_intent && !outcome_follows {
                entry.phase = Phase::Single { result };
            }
            let seq = self.journal.append(&entry)?;
            if is_intent && outcome_follows {
                intents.push((seq, entry));
            }
        }
        Ok(())
    }

    fn conclude(&mut self, intents: Vec<(u64, Entry)>) -> Result<(), StoreError> {
        for (intent, mut entry) in intents {
            entry.phase = Phase::Outcome { intent, result: Ok(()) };
            self.journal.append(&entry)?;
        }
        self.journal.sync_appended()
    }
}

/// Puts the changes of one closure into the open transaction, and into the root's account of it.
fn apply(
    keyring: &Keyring,
    table: &mut RowTable<'_>,
    root: &mut Root,
    changes: Changes,
    memory: &RefCell<Memory>,
) -> Result<(), StoreError> {
    for (name, row) in changes.rows {
        let bytes = name.as_bytes();
        let old = match &row {
            Some(row) => table.insert(bytes, row.as_slice())?,
            None => table.remove(bytes)?,
        };
        let old = old.map(|old| keyring.element(&name, old.value()));
        root.replace(old, row.map(|row| keyring.element(&name, &row)));
    }
    let mut memory = memory.borrow_mut();
    changes.templates.into_iter().for_each(|change| memory.templates.apply(change));
    Ok(())
}

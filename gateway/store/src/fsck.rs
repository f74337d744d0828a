//! An independent reading of a store: every row unseals where it stands, the rows are the set
//! that the root was sealed over, and no record refers to a missing one.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use redb::{Database, ReadableDatabase, ReadableTable};
use typex_core::codec::Record;
use typex_core::key::{KeyRecord, KeyState};
use typex_core::token::vault::{CountRecord, FillRecord, TombRecord, VaultRecord, space};
use typex_core::{KeyId, PartitionId, Secret};

use crate::database::{ROWS, builder, sealed_root};
use crate::directory::Directory;
use crate::error::{StoreError, Tampered};
use crate::header::Header;
use crate::key_list::{ListPart, Listed, is_listed};
use crate::keyring::{Keyring, Name, Place};
use crate::keys::{ObjectName, StoredMaterial, belongs};
use crate::limits::FINDINGS_MAX;
use crate::record::{StoredRecord, Table};
use crate::records::{examine, reference};
use crate::root::Root;
use crate::row::{Row, RowName};
use crate::scratch::Scratch;
use crate::set_digest::SetDigest;
use crate::tx::Rows;
use crate::unlock::Unlock;

/// What was found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// Commits in the life of the store; a restore raises it far.
    pub epoch: u64,
    /// Rows read.
    pub records: u64,
    /// Keys among them.
    pub keys: u64,
    /// What is wrong, up to [`FINDINGS_MAX`].
    pub findings: Vec<Finding>,
    /// How much is wrong.
    pub finding_count: u64,
}

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Finding {
    /// The database file does not open.
    #[error("the database file is damaged: {0}")]
    Database(String),
    /// The root is missing, damaged or of another store.
    #[error("the root does not unseal")]
    Root,
    /// Rows are missing, added or older than the root.
    #[error("the rows are not those that the root was sealed over: {expected} expected")]
    Set {
        /// How many the root counts.
        expected: u64,
    },
    /// A row is not what was written there.
    #[error("table {table}, row {row}: {what}")]
    Row {
        /// Its table.
        table: u16,
        /// Its name, in hex.
        row: String,
        /// What is wrong with it.
        what: Tampered,
    },
    /// A row claims a commit that has not happened.
    #[error("table {table}, row {row}: written in a later commit than the last")]
    LaterThanRoot {
        /// Its table.
        table: u16,
        /// Its name, in hex.
        row: String,
    },
    /// An object number refers to a key that is missing or has another number.
    #[error("object {object:08x} of partition {partition} refers to a missing key")]
    ObjectWithoutKey {
        /// Whose.
        partition: PartitionId,
        /// The number.
        object: u32,
    },
    /// A key's object number is not registered.
    #[error("key {key} has an object number that does not lead to it")]
    KeyWithoutObject {
        /// The key.
        key: KeyId,
    },
    /// A key that is not destroyed has no secret part.
    #[error("key {key} has no material")]
    KeyWithoutMaterial {
        /// The key.
        key: KeyId,
    },
    /// There is a secret part without its key, or of a destroyed one.
    #[error("material of key {key} should not be there")]
    MaterialWithoutKey {
        /// The key.
        key: KeyId,
    },
    /// A key is missing in the list of its partition, or stands there with another description.
    #[error("key {key} is not listed as it is")]
    KeyNotListed {
        /// The key.
        key: KeyId,
    },
    /// Tokens are not as many as a row of this table says.
    #[error("table {table}: tokens are not as many as it says, {count} times")]
    Count {
        /// The table.
        table: u16,
        /// How many of its rows, or patterns without one, are wrong.
        count: u64,
    },
    /// The list of a partition has a key that is not there, or has it twice.
    #[error("the list of partition {partition} has key {key}, which is not there or twice")]
    ListedWithoutKey {
        /// Whose.
        partition: PartitionId,
        /// The key.
        key: KeyId,
    },
}

impl Report {
    /// Whether nothing is wrong.
    pub fn is_clean(&self) -> bool {
        self.finding_count == 0
    }

    fn add(&mut self, finding: Finding) {
        self.finding_count += 1;
        if self.findings.len() < FINDINGS_MAX {
            self.findings.push(finding);
        }
    }
}

/// Examines a store that is not open, without changing it.
///
/// # Errors
/// `Missing`, `InUse`, `WrongUnlock` and the like: whatever keeps it from being read at all. What
/// is wrong with the records is in the report.
pub fn fsck(dir: &Path, unlock: &Unlock) -> Result<Report, StoreError> {
    let directory = Directory::open(dir)?;
    let header = Header::from_bytes(&directory.header()?)?;
    let keyring = Keyring::new(header.identity, &header.unwrap(&unlock.read()?)?);
    let scratch = Scratch::open(&directory.database())?;
    match builder().create_with_backend(scratch) {
        Ok(database) => examine_database(&database, &keyring),
        Err(error) => {
            let mut report = Report::default();
            report.add(Finding::Database(error.to_string()));
            Ok(report)
        }
    }
}

/// Examines an open database.
pub(crate) fn examine_database(
    database: &Database,
    keyring: &Keyring,
) -> Result<Report, StoreError> {
    let mut report = Report::default();
    let root = sealed_root(database).and_then(|sealed| Root::unseal(keyring, &sealed));
    let Ok(root) = root else {
        report.add(Finding::Root);
        return Ok(report);
    };
    report.epoch = root.epoch;
    let mut reading = Reading { keyring, root, report, seen: Seen::default() };
    reading.rows(database)?;
    reading.references();
    Ok(reading.report)
}

/// What refers to what, collected from the rows.
#[derive(Default)]
struct Seen {
    keys: BTreeMap<(PartitionId, KeyId), (u32, Option<u32>, KeyState)>,
    /// Keys that have to be listed, with their descriptions.
    unlisted: BTreeMap<(PartitionId, KeyId), Vec<u8>>,
    listed: Vec<(PartitionId, Listed)>,
    materials: BTreeSet<(PartitionId, KeyId, u32)>,
    objects: BTreeMap<(PartitionId, u32), KeyId>,
    /// Tokens less those that are counted, by the row that counts them.
    tokens: BTreeMap<(Table, PartitionId, Vec<u8>), i128>,
}

impl Seen {
    /// A token of a vault, with what counts it.
    fn token(&mut self, table: Table, clear: &[u8]) -> Result<(), StoreError> {
        let mut add = |table, partition, id: Vec<u8>, tokens: i128| {
            *self.tokens.entry((table, partition, id)).or_default() += tokens;
        };
        match table {
            VaultRecord::TABLE => {
                let token = VaultRecord::from_bytes(clear)?;
                let space = space(token.partition, &token.domain);
                add(CountRecord::TABLE, space, vec![], 1);
                add(CountRecord::TABLE, token.partition, vec![], 1);
                if token.counted {
                    add(FillRecord::TABLE, space, token.pattern.id(), 1);
                }
            }
            TombRecord::TABLE => {
                let tomb = TombRecord::from_bytes(clear)?;
                add(FillRecord::TABLE, tomb.partition(), tomb.pattern.id(), 1);
            }
            FillRecord::TABLE => {
                let fill = FillRecord::from_bytes(clear)?;
                add(FillRecord::TABLE, fill.partition(), fill.key(), -i128::from(fill.tokens));
            }
            CountRecord::TABLE => {
                let count = CountRecord::from_bytes(clear)?;
                add(CountRecord::TABLE, count.partition(), vec![], -i128::from(count.tokens));
            }
            _ => {}
        }
        Ok(())
    }

    /// How many rows of a table count wrongly.
    fn miscounted(&self, table: Table) -> u64 {
        let wrong = |((of, ..), tokens): &(&(Table, PartitionId, Vec<u8>), &i128)| {
            *of == table && **tokens != 0
        };
        self.tokens.iter().filter(wrong).count() as u64
    }
}

struct Reading<'a> {
    keyring: &'a Keyring,
    root: Root,
    report: Report,
    seen: Seen,
}

impl Reading<'_> {
    fn rows(&mut self, database: &Database) -> Result<(), StoreError> {
        let table = database.begin_read()?.open_table(ROWS)?;
        let mut digest = SetDigest::default();
        for entry in table.iter()? {
            let (name, row) = entry?;
            let (name, row) = (RowName::from_bytes(*name.value()), row.value());
            digest.add(&self.keyring.element(&name, row));
            self.report.records += 1;
            match self.row(&name, row, &table) {
                Err(StoreError::Tampered(what)) => self.report.add(Finding::Row {
                    table: name.table().number(),
                    row: const_hex::encode(name.as_bytes()),
                    what,
                }),
                other => other?,
            }
        }
        if digest != self.root.digest || self.report.records != self.root.rows {
            self.report.add(Finding::Set { expected: self.root.rows });
        }
        Ok(())
    }

    fn row(&mut self, row_name: &RowName, bytes: &[u8], rows: &dyn Rows) -> Result<(), StoreError> {
        let row = Row::parse(bytes)?;
        if row.epoch > self.root.epoch {
            let row = const_hex::encode(row_name.as_bytes());
            self.report.add(Finding::LaterThanRoot { table: row_name.table().number(), row });
        }
        let name = self.keyring.unseal_name(row_name, &row)?;
        let binding = self.binding(row_name, &name, rows)?;
        let table = row_name.table();
        let binding = binding.as_ref().map_or(&[][..], |bytes| bytes.expose());
        let place = Place { table, partition: name.partition, id: &name.id, binding };
        let clear = self.keyring.unseal(&place, &row)?;
        let examined = examine(table, clear.expose()).transpose()?;
        if examined.is_some_and(|found| found != (name.partition, name.id)) {
            return Err(Tampered::Name.into());
        }
        if let Some((table, partition, id)) = reference(table, clear.expose())? {
            let target = self.keyring.row_name(table, partition, &id);
            rows.row(&target)?.ok_or(Tampered::Dangling)?;
        }
        if table == StoredMaterial::TABLE {
            let material = StoredMaterial::from_bytes(clear.expose())?.material;
            belongs(&KeyRecord::from_bytes(binding)?, &material)?;
        }
        self.note(row_name, clear.expose())
    }

    /// Material is bound to the record of its key.
    fn binding(
        &self,
        row_name: &RowName,
        name: &Name,
        rows: &dyn Rows,
    ) -> Result<Option<Secret<Vec<u8>>>, StoreError> {
        if row_name.table() != StoredMaterial::TABLE {
            return Ok(None);
        }
        let id = name.id.get(..16).ok_or(Tampered::Name)?;
        let key_row = self.keyring.row_name(KeyRecord::TABLE, name.partition, id);
        let bytes = rows.row(&key_row)?.ok_or(Tampered::Dangling)?;
        let place = Place { table: KeyRecord::TABLE, partition: name.partition, id, binding: &[] };
        self.keyring.unseal(&place, &Row::parse(&bytes)?).map(Some)
    }

    fn note(&mut self, row_name: &RowName, clear: &[u8]) -> Result<(), StoreError> {
        match row_name.table() {
            KeyRecord::TABLE => {
                let key = KeyRecord::from_bytes(clear)?;
                self.report.keys += 1;
                let about = (key.version, key.object, key.state);
                self.seen.keys.insert((key.partition, key.id), about);
                if is_listed(key.usage) && key.state != KeyState::Destroyed {
                    let description = key.attributes.description;
                    self.seen.unlisted.insert((key.partition, key.id), description);
                }
            }
            StoredMaterial::TABLE => {
                let part = StoredMaterial::from_bytes(clear)?;
                self.seen.materials.insert((part.partition, part.key, part.version));
            }
            ObjectName::TABLE => {
                let name = ObjectName::from_bytes(clear)?;
                self.seen.objects.insert((name.partition, name.object), name.key);
            }
            ListPart::TABLE => {
                let ListPart { partition, keys, .. } = ListPart::from_bytes(clear)?;
                self.seen.listed.extend(keys.into_iter().map(|listed| (partition, listed)));
            }
            table => self.seen.token(table, clear)?,
        }
        Ok(())
    }

    fn references(&mut self) {
        let mut seen = std::mem::take(&mut self.seen);
        self.counts(&seen);
        self.lists(&mut seen);
        for ((partition, key), (version, object, state)) in &seen.keys {
            let (partition, key) = (*partition, *key);
            let numbered = |object| seen.objects.get(&(partition, object)) == Some(&key);
            if !object.is_none_or(numbered) {
                self.report.add(Finding::KeyWithoutObject { key });
            }
            let has_material = seen.materials.contains(&(partition, key, *version));
            if !has_material && *state != KeyState::Destroyed {
                self.report.add(Finding::KeyWithoutMaterial { key });
            }
        }
        for (partition, key, version) in seen.materials {
            let owner = seen.keys.get(&(partition, key));
            let expected = owner.is_some_and(|(current, _, state)| {
                *current == version && *state != KeyState::Destroyed
            });
            if !expected {
                self.report.add(Finding::MaterialWithoutKey { key });
            }
        }
        for ((partition, object), key) in seen.objects {
            let owner = seen.keys.get(&(partition, key));
            if owner.and_then(|(_, number, _)| *number) != Some(object) {
                self.report.add(Finding::ObjectWithoutKey { partition, object });
            }
        }
    }

    fn counts(&mut self, seen: &Seen) {
        for table in [FillRecord::TABLE, CountRecord::TABLE] {
            let count = seen.miscounted(table);
            if count > 0 {
                self.report.add(Finding::Count { table: table.number(), count });
            }
        }
    }

    /// Each key that has to be listed is, once, and nothing else.
    fn lists(&mut self, seen: &mut Seen) {
        for (partition, Listed { key, description }) in seen.listed.drain(..) {
            match seen.unlisted.remove(&(partition, key)) {
                None => self.report.add(Finding::ListedWithoutKey { partition, key }),
                Some(found) if found != description => {
                    self.report.add(Finding::KeyNotListed { key });
                }
                Some(_) => {}
            }
        }
        for (_, key) in seen.unlisted.keys() {
            self.report.add(Finding::KeyNotListed { key: *key });
        }
    }
}

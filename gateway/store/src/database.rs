//! The database file: two tables, one of sealed rows and one of the sealed root.

use redb::{
    Builder, Database, ReadTransaction, ReadableDatabase, ReadableTable, TableDefinition,
    WriteTransaction,
};

use crate::error::{StoreError, Tampered};
use crate::keyring::Keyring;
use crate::limits::CACHE_BYTES;
use crate::root::Root;
use crate::row::{NAME_BYTES, RowName};
use crate::set_digest::SetDigest;

/// Every sealed record under its row name.
pub(crate) const ROWS: TableDefinition<&[u8; NAME_BYTES], &[u8]> = TableDefinition::new("rows");
const ROOT: TableDefinition<(), &[u8]> = TableDefinition::new("root");

/// How the database is opened: every page is checked against its checksum first, so that damage
/// is an error and not a surprise later.
pub(crate) fn builder() -> Builder {
    let mut builder = Builder::new();
    builder.set_cache_size(CACHE_BYTES).set_check_integrity_on_open(true);
    builder
}

/// Writes the first root into an empty database.
pub(crate) fn initialize(
    database: &Database,
    keyring: &Keyring,
    root: &Root,
) -> Result<(), StoreError> {
    let txn = database.begin_write()?;
    txn.open_table(ROWS)?;
    write_root(&txn, keyring, root)?;
    Ok(txn.commit()?)
}

pub(crate) fn write_root(
    txn: &WriteTransaction,
    keyring: &Keyring,
    root: &Root,
) -> Result<(), StoreError> {
    let sealed = root.seal(keyring)?;
    txn.open_table(ROOT)?.insert((), sealed.as_slice())?;
    Ok(())
}

/// The root, after the rows were found to be the set it was sealed over.
pub(crate) fn verified_root(
    database: &impl ReadableDatabase,
    keyring: &Keyring,
) -> Result<Root, StoreError> {
    let root = Root::unseal(keyring, &sealed_root(database)?)?;
    let (mut digest, mut rows) = (SetDigest::default(), 0);
    for entry in database.begin_read()?.open_table(ROWS)?.iter()? {
        let (name, row) = entry?;
        digest.add(&keyring.element(&RowName::from_bytes(*name.value()), row.value()));
        rows += 1;
    }
    let same = digest == root.digest && rows == root.rows;
    if same { Ok(root) } else { Err(Tampered::Set.into()) }
}

/// The root as it stands in the file.
pub(crate) fn sealed_root(database: &impl ReadableDatabase) -> Result<Vec<u8>, StoreError> {
    read_root(&database.begin_read()?)
}

/// The root as one transaction sees it.
pub(crate) fn read_root(txn: &ReadTransaction) -> Result<Vec<u8>, StoreError> {
    let table = match txn.open_table(ROOT) {
        Err(redb::TableError::TableDoesNotExist(_)) => return Err(Tampered::Root.into()),
        table => table?,
    };
    Ok(table.get(())?.ok_or(Tampered::Root)?.value().to_vec())
}

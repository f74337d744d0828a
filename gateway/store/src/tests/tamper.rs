//! Someone with the file but not the key: every change of the sealed rows is found.

use redb::{Database, ReadableDatabase, ReadableTable};
use typex_core::key::{KeyName, KeyState};

use super::key_list::new_aes_key;
use super::keys::{OWNER, new_key};
use super::{NEW, Place, note, unlock};
use crate::database::ROWS;
use crate::row::NAME_BYTES;
use crate::{Finding, Options, Report, Store, StoreError, Tampered, fsck};

pub(super) type Rows = Vec<([u8; NAME_BYTES], Vec<u8>)>;

fn database(place: &Place) -> Database {
    Database::open(place.path().join("records.redb")).unwrap()
}

pub(super) fn rows(place: &Place) -> Rows {
    let database = database(place);
    let table = database.begin_read().unwrap().open_table(ROWS).unwrap();
    let entries = table.iter().unwrap().map(|entry| {
        let (name, row) = entry.unwrap();
        (*name.value(), row.value().to_vec())
    });
    entries.collect()
}

/// Makes the rows be `rows`, through the database's own means, so its checksums are right.
pub(super) fn set_rows(place: &Place, rows: &Rows) {
    let database = database(place);
    let txn = database.begin_write().unwrap();
    {
        let mut table = txn.open_table(ROWS).unwrap();
        table.retain(|_, _| false).unwrap();
        for (name, row) in rows {
            table.insert(name, row.as_slice()).unwrap();
        }
    }
    txn.commit().unwrap();
}

/// A store with two notes and two keys, of which one is listed, closed.
fn filled() -> Place {
    let place = Place::new();
    let fill = place.open().write(|tx| {
        tx.put(&note(1, "a", "first"))?;
        tx.put(&note(1, "b", "other"))?;
        tx.create_key(new_aes_key(OWNER, 2, b"kept"))?;
        tx.create_key(new_key(OWNER, 1, Some(5)))
    });
    fill.wait().unwrap();
    assert!(check(&place).is_clean());
    place
}

pub(super) fn check(place: &Place) -> Report {
    fsck(place.path(), &unlock()).unwrap()
}

/// The store does not open, and fsck says why.
pub(super) fn assert_found(place: &Place, what: &str) -> Vec<Finding> {
    let opened = Store::open(place.path(), &unlock(), Options::default());
    assert!(matches!(opened.err(), Some(StoreError::Tampered(_))), "{what}");
    let report = check(place);
    assert!(!report.is_clean(), "{what}");
    assert!(report.findings.iter().any(|found| matches!(found, Finding::Set { .. })), "{what}");
    report.findings
}

#[test]
fn every_flipped_byte_of_every_row_is_found() {
    let place = filled();
    let good = rows(&place);
    for (index, (name, row)) in good.iter().enumerate() {
        for at in 0..NAME_BYTES + row.len() {
            // Opening a database takes a millisecond; the middle of a ciphertext is all alike.
            if (60..row.len() - 20).contains(&at) && at % 17 != 0 {
                continue;
            }
            let (mut name, mut row) = (*name, row.clone());
            match at.checked_sub(NAME_BYTES) {
                None => name[at] ^= 1,
                Some(at) => row[at] ^= 1,
            }
            let mut changed = good.clone();
            changed[index] = (name, row);
            set_rows(&place, &changed);
            let report = check(&place);
            let in_row = |found: &Finding| {
                matches!(found, Finding::Row { .. } | Finding::LaterThanRoot { .. })
            };
            assert!(report.findings.iter().any(in_row), "row {index} byte {at}: {report:?}");
        }
    }
}

/// Of any two rows that exchange what is sealed in them, both are found.
pub(super) fn assert_swaps_found(place: &Place) {
    let good = rows(place);
    for left in 0..good.len() {
        for right in 0..left {
            let mut changed = good.clone();
            changed[left].1 = good[right].1.clone();
            changed[right].1 = good[left].1.clone();
            set_rows(place, &changed);
            let findings = assert_found(place, "swapped");
            let unsealed = findings
                .iter()
                .filter(|found| matches!(found, Finding::Row { what: Tampered::Seal, .. }));
            assert!(unsealed.count() >= 2, "{findings:?}");
        }
    }
}

/// Any row that is taken away is missed.
pub(super) fn assert_losses_found(place: &Place) {
    let good = rows(place);
    for index in 0..good.len() {
        let mut changed = good.clone();
        changed.remove(index);
        set_rows(place, &changed);
        assert_found(place, "deleted");
    }
    set_rows(place, &good);
}

#[test]
fn swapped_rows_do_not_unseal() {
    assert_swaps_found(&filled());
}

#[test]
fn a_deleted_row_is_missed() {
    let place = filled();
    let good = rows(&place);
    assert_losses_found(&place);
    set_rows(&place, &vec![]);
    assert_found(&place, "all deleted");
    set_rows(&place, &good);
    assert!(check(&place).is_clean());
}

#[test]
fn an_old_row_is_not_accepted_again() {
    let place = filled();
    let old = rows(&place);
    let change = place.open().write(|tx| {
        tx.put(&note(1, "a", "second"))?;
        tx.change_state(OWNER, KeyName::Object(5), KeyState::Suspended)
    });
    change.wait().unwrap();
    let new = rows(&place);
    let replaced: Vec<usize> = (0..new.len()).filter(|at| old[*at] != new[*at]).collect();
    assert_eq!(replaced.len(), 3, "a note, a key record and its material");
    for at in replaced {
        let mut changed = new.clone();
        changed[at] = old[at].clone();
        set_rows(&place, &changed);
        assert_found(&place, "revived");
    }
    set_rows(&place, &old);
    assert_found(&place, "all revived");
}

#[test]
fn a_destroyed_key_cannot_be_put_back() {
    let place = filled();
    let old = rows(&place);
    let destroy =
        place.open().write(|tx| tx.change_state(OWNER, KeyName::Object(5), KeyState::Destroyed));
    destroy.wait().unwrap();
    let mut changed = rows(&place);
    let gone = old.iter().find(|(name, _)| changed.iter().all(|(other, _)| other != name));
    changed.push(gone.unwrap().clone());
    set_rows(&place, &changed);
    let findings = assert_found(&place, "material put back");
    let seal = |found: &Finding| matches!(found, Finding::Row { what: Tampered::Seal, .. });
    assert!(findings.iter().any(seal), "it is bound to the record as it was: {findings:?}");
}

#[test]
fn rows_and_root_of_another_store_do_not_unseal() {
    let (place, other) = (filled(), filled());
    set_rows(&place, &rows(&other));
    let findings = assert_found(&place, "rows of another store");
    let rows = findings.iter().filter(|found| matches!(found, Finding::Row { .. }));
    assert_eq!(rows.count(), 2 + 3 + 3, "notes, and each key with material and number or list");
    std::fs::copy(other.path().join("records.redb"), place.path().join("records.redb")).unwrap();
    let opened = Store::open(place.path(), &unlock(), Options::default());
    assert!(matches!(opened.err(), Some(StoreError::Tampered(Tampered::Root))));
    assert_eq!(check(&place).findings, [Finding::Root]);
}

#[test]
fn the_mark_is_in_every_record() {
    let place = filled();
    let key = place.path().with_extension("key");
    crate::create_key_file(&key).unwrap();
    let unlock = crate::Unlock::KeyFile(key);
    let clean = place.path().with_extension("clean");
    let new = crate::NewStore { mark: crate::Mark::Production, ..NEW };
    Store::create(&clean, &unlock, &new).unwrap();
    std::fs::copy(place.path().join("records.redb"), clean.join("records.redb")).unwrap();
    let signing = clean.with_extension("signing");
    crate::create_signing_key(&signing).unwrap();
    let signing_key_file = Some(signing);
    let options = Options { production: true, signing_key_file, ..Options::default() };
    let opened = Store::open(&clean, &unlock, options);
    assert!(matches!(opened.err(), Some(StoreError::Tampered(Tampered::Root))));
}

#[test]
fn bytes_flipped_below_the_database_are_an_error_and_never_a_panic() {
    let place = filled();
    let path = place.path().join("records.redb");
    let good = std::fs::read(&path).unwrap();
    let used: Vec<usize> = (0..good.len()).filter(|at| good[*at] != 0).collect();
    println!("{} of {} bytes are not zero", used.len(), good.len());
    for at in used.iter().step_by(used.len() / 150 + 1) {
        let mut changed = good.clone();
        changed[*at] ^= 0x10;
        std::fs::write(&path, &changed).unwrap();
        let opened = Store::open(place.path(), &unlock(), Options::default());
        if let Ok(store) = opened {
            let text = store.read(|tx| {
                let owner = typex_core::PartitionId([1; 16]);
                Ok(tx.get::<super::Note>(owner, b"a")?.map(|note| note.text))
            });
            assert_eq!(text.wait().unwrap().as_deref(), Some("first"), "byte {at}");
        }
    }
}

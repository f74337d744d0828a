//! Backup and restore.

use std::path::Path;

use typex_core::key::KeyName;
use typex_core::{PartitionId, Secret};

use super::key_list::new_aes_key;
use super::keys::{OWNER, new_key};
use super::{Note, Place, note, unlock};
use crate::{Options, Store, StoreError, Unlock, fsck, restore, verify_audit};

const LISTS: PartitionId = PartitionId([0x1c; 16]);

fn filled() -> (Place, Store) {
    let place = Place::new();
    let store = place.open();
    let fill = store.write(|tx| {
        for number in 0..100u8 {
            tx.put(&note(number % 3, &number.to_string(), "kept"))?;
            tx.create_key(new_key(OWNER, number, Some(number.into())))?;
            tx.create_key(new_aes_key(LISTS, number, &[number]))?;
        }
        Ok(())
    });
    fill.wait().unwrap();
    (place, store)
}

fn backup_file(place: &Place) -> std::path::PathBuf {
    place.path().with_extension("backup")
}

#[test]
fn a_backup_made_while_writing_restores_to_one_moment() {
    let (place, store) = filled();
    let writer = std::thread::spawn({
        let store = store.clone();
        move || {
            for number in 0..50u32 {
                let pair = store.write(move |tx| {
                    tx.put(&note(9, "left", &number.to_string()))?;
                    tx.put(&note(9, "right", &number.to_string()))
                });
                pair.wait().unwrap();
            }
        }
    });
    let file = backup_file(&place);
    let made = store.backup(&file).unwrap();
    writer.join().unwrap();
    let last = store.backup(&file.with_extension("second")).unwrap();
    assert!(last.epoch > made.epoch);

    let dir = place.path().with_extension("restored");
    let restored = restore(&file, &dir, &unlock()).unwrap();
    assert_eq!((restored.records, restored.digest), (made.records, made.digest));
    assert!(restored.epoch > last.epoch, "past what the original reached after the backup");
    let report = fsck(&dir, &unlock()).unwrap();
    assert!(report.is_clean(), "{report:?}");
    assert_eq!((report.epoch, report.records), (restored.epoch, made.records));
    let store = Store::open(&dir, &unlock(), Options::default()).unwrap();
    let read = store.read(|tx| {
        let key = tx.key_by_name(OWNER, KeyName::Object(77))?;
        let text = |name: &[u8]| tx.get::<Note>(PartitionId([9; 16]), name);
        Ok((key.record.id.0[0], text(b"left")?, text(b"right")?))
    });
    let (id, left, right) = read.wait().unwrap();
    assert_eq!(id, 77);
    assert_eq!(left.map(|note| note.text), right.map(|note| note.text));
}

#[test]
fn a_restored_log_verifies_before_the_store_is_opened() {
    let (place, store) = filled();
    let file = backup_file(&place);
    store.backup(&file).unwrap();
    let dir = place.path().with_extension("restored");
    restore(&file, &dir, &unlock()).unwrap();
    let report = verify_audit(&dir, &unlock(), None).unwrap();
    assert!(report.is_clean(), "{:?}", report.findings);
}

#[test]
fn a_damaged_backup_restores_nothing() {
    let (place, store) = filled();
    let file = backup_file(&place);
    store.backup(&file).unwrap();
    assert!(matches!(store.backup(&file), Err(StoreError::Io(_))), "never over another file");
    let good = std::fs::read(&file).unwrap();
    let dir = place.path().with_extension("restored");
    let attempt = |bytes: &[u8], unlock: &Unlock| {
        std::fs::write(&file, bytes).unwrap();
        let result = restore(&file, &dir, unlock);
        assert!(result.is_err());
        assert!(!Path::new(&dir).exists(), "nothing is made before the backup is verified");
    };
    for at in (0..good.len()).step_by(97).chain(good.len() - 70..good.len()) {
        let mut changed = good.clone();
        changed[at] ^= 1;
        attempt(&changed, &unlock());
    }
    for len in [0, 9, 10, 100, 182, 200, good.len() / 2, good.len() - 1] {
        attempt(&good[..len], &unlock());
    }
    attempt(&[good.as_slice(), b"x"].concat(), &unlock());
    attempt(&good, &Unlock::Passphrase(Secret::new("another one".to_owned())));
    std::fs::write(&file, &good).unwrap();
    store.close().unwrap();
    assert!(matches!(restore(&file, place.path(), &unlock()), Err(StoreError::NotEmpty)));
    restore(&file, &dir, &unlock()).unwrap();
}

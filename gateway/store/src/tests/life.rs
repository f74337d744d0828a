//! Opening, closing, refusing, and many callers at once.

use std::sync::Arc;
use std::sync::mpsc::channel;

use typex_core::{ErrorKind, PartitionId, Secret};

use super::{NEW, Note, Place, note, unlock};
use crate::{
    KdfCost, Mark, NewStore, Options, Purpose, Store, StoreError, Unlock, change_unlock,
    create_key_file, create_signing_key,
};

#[test]
fn only_the_right_secret_opens_and_it_can_be_changed() {
    let place = Place::new();
    let wrong = Unlock::Passphrase(Secret::new("correct hors3".to_owned()));
    let open = |unlock: &Unlock| Store::open(place.path(), unlock, Options::default());
    assert!(matches!(open(&wrong).err(), Some(StoreError::WrongUnlock)));
    place.open().write(|tx| tx.put(&note(1, "a", "kept"))).wait().unwrap();

    let file = place.path().with_extension("key");
    create_key_file(&file).unwrap();
    let file = Unlock::KeyFile(file);
    assert!(matches!(open(&file).err(), Some(StoreError::UnlockKind(_))));
    change_unlock(place.path(), &unlock(), &file, KdfCost::TEST).unwrap();
    assert!(matches!(open(&unlock()).err(), Some(StoreError::UnlockKind(_))));
    let kept = open(&file).unwrap().read(|tx| tx.get::<Note>(PartitionId([1; 16]), b"a")).wait();
    assert_eq!(kept.unwrap().unwrap().text, "kept");
}

#[test]
fn production_refuses_what_was_made_otherwise() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("key");
    create_key_file(&file).unwrap();
    let unlock = Unlock::KeyFile(file);
    let signing = dir.path().join("signing");
    create_signing_key(&signing).unwrap();
    for mark in [Mark::Production, Mark::Development, Mark::Test] {
        let path = dir.path().join(format!("{mark:?}"));
        Store::create(&path, &unlock, &NewStore { mark, ..NEW }).unwrap();
        let mut options = Options { production: true, ..Options::default() };
        options.signing_key_file = Some(signing.clone());
        match Store::open(&path, &unlock, options) {
            Ok(store) => assert_eq!((mark, store.mark()), (Mark::Production, mark)),
            Err(StoreError::Development) => assert_ne!(mark, Mark::Production),
            Err(other) => panic!("{mark:?}: {other}"),
        }
        let cheap = Unlock::Passphrase(Secret::new("correct horse".to_owned()));
        let path = dir.path().join(format!("{mark:?} cheap"));
        let made = Store::create(&path, &cheap, &NewStore { mark, ..NEW });
        assert_eq!(made.is_ok(), mark == Mark::Test);
    }
}

#[test]
fn a_store_is_open_once_and_made_once() {
    let place = Place::new();
    let store = place.open();
    let again = Store::open(place.path(), &unlock(), Options::default());
    assert!(matches!(again.err(), Some(StoreError::InUse)));
    store.close().unwrap();
    assert!(matches!(Store::create(place.path(), &unlock(), &NEW), Err(StoreError::NotEmpty)));
    let nowhere = place.path().join("nowhere");
    let missing = Store::open(&nowhere, &unlock(), Options::default());
    assert!(matches!(missing.err(), Some(StoreError::Missing)));
}

#[test]
fn a_full_queue_is_busy_at_once_and_closing_finishes_what_was_taken() {
    let place = Place::new();
    let options = Options { queue: 2, ..Options::default() };
    let store = Store::open(place.path(), &unlock(), options).unwrap();
    let (started, wait_started) = channel();
    let (release, wait_release) = channel::<()>();
    let first = store.write(move |tx| {
        started.send(()).unwrap();
        wait_release.recv().unwrap();
        tx.put(&note(1, "first", ""))
    });
    wait_started.recv().unwrap();
    let queued: Vec<_> =
        ["a", "b"].map(|name| store.write(move |tx| tx.put(&note(1, name, "")))).into();
    let refused = store.write(|tx| tx.put(&note(1, "c", ""))).wait();
    assert_eq!(refused.unwrap_err().kind, ErrorKind::Busy);
    let closer = std::thread::spawn({
        let store = store.clone();
        move || store.close()
    });
    release.send(()).unwrap();
    closer.join().unwrap().unwrap();
    first.wait().unwrap();
    queued.into_iter().for_each(|reply| reply.wait().unwrap());
    let late = store.write(|tx| tx.put(&note(1, "d", ""))).wait();
    assert_eq!(late.unwrap_err().kind, ErrorKind::ShuttingDown);
    let names = place.open().read(|tx| {
        let found = ["first", "a", "b", "c", "d"]
            .map(|name| tx.get::<Note>(PartitionId([1; 16]), name.as_bytes()).unwrap().is_some());
        Ok(found)
    });
    assert_eq!(names.wait().unwrap(), [true, true, true, false, false]);
}

#[test]
fn a_panic_in_a_closure_is_its_own() {
    let place = Place::new();
    let store = place.open();
    let failed = store.write(|tx| -> Result<(), _> {
        tx.put(&note(1, "half", ""))?;
        panic!("a defect of the caller");
    });
    assert_eq!(failed.wait().unwrap_err().kind, ErrorKind::Internal);
    let half = store.read(|tx| tx.get::<Note>(PartitionId([1; 16]), b"half"));
    assert_eq!(half.wait().unwrap(), None);
    assert!(store.is_healthy());
}

#[test]
fn writers_on_many_threads_lose_nothing() {
    let place = Place::new();
    let store = Arc::new(place.open());
    let threads: Vec<_> = (0..8)
        .map(|_| {
            let store = store.clone();
            std::thread::spawn(move || (0..40).for_each(|_| increment(&store)))
        })
        .collect();
    threads.into_iter().for_each(|thread| thread.join().unwrap());
    let count = store.read(|tx| tx.get::<Note>(PartitionId([7; 16]), b"count"));
    assert_eq!(count.wait().unwrap().unwrap().text, "320");
}

fn increment(store: &Store) {
    let done = store.write(|tx| {
        let old: Option<Note> = tx.get(PartitionId([7; 16]), b"count")?;
        let count: u32 = old.map_or(0, |note| note.text.parse().unwrap());
        tx.put(&note(7, "count", &(count + 1).to_string()))
    });
    done.wait().unwrap();
}

#[test]
fn names_looked_up_are_keyed_and_apart_by_purpose() {
    let (one, other) = (Place::new().open(), Place::new().open());
    let digest = one.lookup_digest(Purpose::ApiKey, b"TEST_API");
    assert_eq!(digest, one.lookup_digest(Purpose::ApiKey, b"TEST_API"));
    assert_ne!(digest, one.lookup_digest(Purpose::ClientName, b"TEST_API"));
    assert_ne!(digest, other.lookup_digest(Purpose::ApiKey, b"TEST_API"));
}

#[test]
fn records_over_a_limit_are_refused() {
    let place = Place::new();
    let store = place.open();
    let text = "x".repeat(crate::limits::RECORD_BYTES_MAX);
    let large = store.write(move |tx| tx.put(&note(1, "a", &text))).wait();
    assert_eq!(large.unwrap_err().kind, ErrorKind::TooLarge);
    let many = store.write(|tx| {
        (0..=crate::limits::CHANGES_PER_REQUEST_MAX)
            .try_for_each(|number| tx.put(&note(1, &number.to_string(), "")))
    });
    assert_eq!(many.wait().unwrap_err().kind, ErrorKind::TooLarge);
}

#[test]
fn nothing_stored_shows_in_the_files() {
    let place = Place::new();
    let store = place.open();
    store.write(|tx| tx.put(&note(0x77, "visible name", "visible text"))).wait().unwrap();
    store.close().unwrap();
    for entry in std::fs::read_dir(place.path()).unwrap() {
        let path = entry.unwrap().path();
        if path.is_file() {
            let bytes = std::fs::read(&path).unwrap();
            for needle in [&b"visible"[..], &[0x77; 16]] {
                let found = bytes.windows(needle.len()).any(|window| window == needle);
                assert!(!found, "{}", path.display());
            }
        }
    }
}

#[test]
fn production_signs_with_a_key_outside_its_data() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("key");
    create_key_file(&file).unwrap();
    let unlock = Unlock::KeyFile(file);
    let path = dir.path().join("data");
    Store::create(&path, &unlock, &NewStore { mark: Mark::Production, ..NEW }).unwrap();
    let inside = path.join("signing");
    create_signing_key(&inside).unwrap();
    for signing_key_file in [None, Some(inside)] {
        let options = Options { signing_key_file, ..Options::default() };
        let opened = Store::open(&path, &unlock, options);
        assert!(matches!(opened.err(), Some(StoreError::SigningKey(_))));
    }
}

#[test]
fn the_last_handle_may_go_with_a_closure() {
    let place = Place::new();
    let store = place.open();
    let held = store.clone();
    let reply = store.write(move |tx| {
        drop(held);
        tx.put(&note(1, "a", "kept"))
    });
    drop(store);
    reply.wait().unwrap();
    // The thread ends on its own, after its answer.
    let reopened = (0..u32::MAX).find_map(|_| {
        std::thread::yield_now();
        Store::open(place.path(), &unlock(), Options::default()).ok()
    });
    let kept = reopened.unwrap().read(|tx| tx.get::<Note>(PartitionId([1; 16]), b"a")).wait();
    assert_eq!(kept.unwrap().unwrap().text, "kept");
}

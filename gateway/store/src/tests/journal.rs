//! The audit log beside the records.

use std::sync::mpsc::channel;

use typex_core::audit::{Detail, Entry, Operator, Phase, Verb};
use typex_core::op::Action;
use typex_core::principal::{Principal, Proof};
use typex_core::{Error, ErrorKind, PartitionId, UnixMs};

use super::{Note, Place, note, unlock};
use crate::limits::{DATA_LOG_ENTRIES, ENTRIES_PER_REQUEST_MAX};
use crate::log::{Filter, Reader};
use crate::{Options, Store, StoreError, restore, verify_audit};

fn entry(phase: Phase) -> Entry {
    let partition = PartitionId([3; 16]);
    Entry {
        time: UnixMs(5),
        principal: Principal { partition, client: None, api_key: None, proof: Proof::ApiKey },
        peer: None,
        verb: Verb::Request(Action::ImportKey),
        key: None,
        path: None,
        phase,
        detail: Detail::None,
    }
}

const DONE: Phase = Phase::Single { result: Ok(()) };

/// Number and phase of each entry that is not about the gateway's own machine.
fn phases(place: &Place) -> Vec<(u64, Phase)> {
    let reader = Reader::open(&place.path().join("audit"), Filter::default()).unwrap();
    let logged = reader.map(Result::unwrap);
    let requests = logged.filter(|logged| matches!(logged.logged.entry.verb, Verb::Request(_)));
    requests.map(|logged| (logged.logged.seq, logged.logged.entry.phase)).collect()
}

fn operators(place: &Place) -> Vec<Operator> {
    let reader = Reader::open(&place.path().join("audit"), Filter::default()).unwrap();
    let verb = |logged: crate::log::Shown| match logged.logged.entry.verb {
        Verb::Operator(what) => Some(what),
        _ => None,
    };
    reader.map(Result::unwrap).filter_map(verb).collect()
}

#[test]
fn a_request_with_too_many_entries_fails_and_changes_nothing() {
    let place = Place::new();
    let store = place.open();
    let ask = |entries: usize| {
        store.write(move |tx| {
            (0..entries).for_each(|_| tx.record(entry(Phase::Intent)));
            tx.put(&note(1, "a", ""))
        })
    };
    let refused = ask(ENTRIES_PER_REQUEST_MAX + 1).wait().unwrap_err();
    assert_eq!(refused.kind, ErrorKind::TooLarge);
    let source = refused.source.as_ref().and_then(|source| source.downcast_ref::<StoreError>());
    assert!(
        matches!(source, Some(StoreError::TooManyEntries { limit: ENTRIES_PER_REQUEST_MAX })),
        "{source:?}"
    );
    let there = store.read(|tx| Ok(tx.get::<Note>(PartitionId([1; 16]), b"a")?.is_some()));
    assert!(!there.wait().unwrap());
    let failed = Phase::Single { result: Err(ErrorKind::TooLarge) };
    assert!(phases(&place).iter().all(|(_, phase)| *phase == failed));
    ask(ENTRIES_PER_REQUEST_MAX).wait().unwrap();
}

#[test]
fn what_a_request_did_is_in_the_log_before_its_answer() {
    let place = Place::new();
    let store = place.open();
    let changed = store.write(|tx| {
        tx.record(entry(Phase::Intent));
        tx.put(&note(1, "a", ""))
    });
    changed.wait().unwrap();
    let [(intent, Phase::Intent), (_, outcome)] = phases(&place)[..] else {
        panic!("an intent and its outcome: {:?}", phases(&place));
    };
    assert_eq!(outcome, Phase::Outcome { intent, result: Ok(()) });

    let refused = store.write(|tx| -> Result<(), Error> {
        tx.record(entry(Phase::Intent));
        tx.put(&note(1, "b", ""))?;
        Err(ErrorKind::Quota.into())
    });
    assert!(refused.wait().is_err());
    assert_eq!(phases(&place)[2].1, Phase::Single { result: Err(ErrorKind::Quota) });
    let looked = store.write(|tx| {
        tx.record(entry(Phase::Intent));
        Ok(())
    });
    looked.wait().unwrap();
    assert_eq!(phases(&place)[3].1, DONE);
    store.record(entry(Phase::Single { result: Err(ErrorKind::Forbidden) })).wait().unwrap();
    assert_eq!(phases(&place)[4].1, Phase::Single { result: Err(ErrorKind::Forbidden) });
}

#[test]
fn data_entries_are_in_the_log_when_anything_after_them_is() {
    let place = Place::new();
    let store = place.open();
    let mut log = store.data_log().unwrap();
    let mut other = store.data_log().unwrap();
    for _ in 0..100 {
        log.push(entry(DONE)).unwrap();
        other.push(entry(DONE)).unwrap();
    }
    store.record(entry(Phase::Single { result: Err(ErrorKind::Busy) })).wait().unwrap();
    assert_eq!(phases(&place).len(), 201);
    log.push(entry(DONE)).unwrap();
    drop(log);
    store.close().unwrap();
    assert_eq!(phases(&place).len(), 202, "closing writes what waits");
}

#[test]
fn a_data_entry_that_does_not_fit_is_refused() {
    let place = Place::new();
    let store = place.open();
    let mut log = store.data_log().unwrap();
    let (started, wait_started) = channel();
    let (release, wait_release) = channel::<()>();
    let held = store.write(move |_| {
        started.send(()).unwrap();
        wait_release.recv().unwrap();
        Ok(())
    });
    wait_started.recv().unwrap();
    (0..DATA_LOG_ENTRIES).for_each(|_| log.push(entry(DONE)).unwrap());
    assert_eq!(log.room(), 0);
    assert!(log.push(entry(DONE)).is_err());
    release.send(()).unwrap();
    held.wait().unwrap();
    store.close().unwrap();
    assert_eq!(phases(&place).len(), DATA_LOG_ENTRIES);
    assert!(verify_audit(place.path(), &unlock(), None).unwrap().is_clean());
}

#[test]
fn the_log_verifies_while_open_and_after() {
    let place = Place::new();
    let store = place.open();
    store.record(entry(DONE)).wait().unwrap();
    let open = verify_audit(place.path(), &unlock(), None).unwrap();
    assert!(open.is_clean(), "{:?}", open.findings);
    store.close().unwrap();
    let checkpoint = std::fs::read_to_string(place.path().join("audit/checkpoint")).unwrap();
    place.open().record(entry(DONE)).wait().unwrap();
    let later = verify_audit(place.path(), &unlock(), Some(&checkpoint)).unwrap();
    assert!(later.is_clean() && later.entries == open.entries + 2, "{later:?}");
    assert!(verify_audit(place.path(), &unlock(), Some("no checkpoint")).is_err());
}

#[test]
fn a_log_that_was_cut_or_taken_away_is_refused() {
    let place = Place::new();
    let store = place.open();
    (0..20).for_each(|_| store.record(entry(DONE)).wait().unwrap());
    store.close().unwrap();
    let audit = place.path().join("audit");
    let kept = place.path().with_extension("kept");
    std::fs::rename(&audit, &kept).unwrap();
    let open = || Store::open(place.path(), &unlock(), Options::default()).map(drop);
    assert!(matches!(open(), Err(StoreError::Log(_))), "taken away");
    let _made = std::fs::remove_dir_all(&audit);
    std::fs::rename(&kept, &audit).unwrap();
    let segment = audit.join("00000000000000000000.log");
    let good = std::fs::read(&segment).unwrap();
    std::fs::write(&segment, &good[..good.len() / 2]).unwrap();
    assert!(matches!(open(), Err(StoreError::Log(_))), "cut");
    std::fs::write(&segment, &good).unwrap();
    open().unwrap();
}

#[test]
fn a_backup_carries_the_log_and_the_restored_log_says_so() {
    let place = Place::new();
    let store = place.open();
    (0..20).for_each(|_| store.record(entry(DONE)).wait().unwrap());
    let file = place.path().with_extension("backup");
    store.backup(&file).unwrap();
    store.record(entry(DONE)).wait().unwrap();
    let restored = Place { path: place.path().with_extension("restored"), ..Place::new() };
    restore(&file, restored.path(), &unlock()).unwrap();
    assert_eq!(phases(&restored).len(), 20);
    restored.open().close().unwrap();
    assert_eq!(operators(&restored), [Operator::Open, Operator::Restore, Operator::Open]);
    let report = verify_audit(restored.path(), &unlock(), None).unwrap();
    assert!(report.is_clean(), "{:?}", report.findings);
}

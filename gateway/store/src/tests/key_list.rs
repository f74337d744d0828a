//! Keys that serve more than one operation: their list, search, changes and end.

use std::sync::atomic::Ordering;

use typex_core::error::{KeyImport, Malformed};
use typex_core::key::{AesBits, Algorithm, General, KeyName, KeyRecord, KeyState, Material, Usage};
use typex_core::limits::{PAGE_KEYS_MAX, PARTITION_KEYS_MAX};
use typex_core::op::manage::{Attributes, Needle, Page};
use typex_core::{Error, ErrorKind, KeyId, PartitionId, Secret, UnixMs};

use super::keys::{OWNER, new_key};
use super::{Place, unlock};
use crate::key_list::{ListPart, Listed};
use crate::limits::LIST_PART_KEYS;
use crate::log::testing::Rng;
use crate::{Finding, NewKey, Store, Tampered, Tx, fsck};

const OTHER: PartitionId = PartitionId([0x0b; 16]);
const NOW: UnixMs = UnixMs(1_000_000);
const AES: Algorithm = Algorithm::Aes(AesBits::Aes256);

pub(crate) fn attributes(description: &[u8]) -> Attributes {
    Attributes { label: "a key".into(), description: description.to_vec() }
}

/// An AES-256 key whose id and material repeat one byte.
pub(crate) fn new_aes_key(partition: PartitionId, id: u8, description: &[u8]) -> NewKey {
    numbered_key(partition, KeyId([id; 16]), description)
}

fn numbered_key(partition: PartitionId, id: KeyId, description: &[u8]) -> NewKey {
    let usage = Usage::General(General::new(AES, None));
    let record = KeyRecord {
        attributes: attributes(description),
        ..KeyRecord::first(id, partition, usage, NOW)
    };
    let material = Material::Symmetric(Secret::new(vec![id.0[0]; 32]));
    NewKey { record, channel: None, material }
}

fn create(store: &Store, key: NewKey) -> Result<KeyRecord, ErrorKind> {
    store.write(move |tx| tx.create_key(key)).wait().map_err(|error| error.kind)
}

fn remove(store: &Store, partition: PartitionId, id: u8) -> Result<KeyRecord, ErrorKind> {
    let removed = store.write(move |tx| tx.remove_key(partition, KeyId([id; 16])));
    removed.wait().map_err(|error| error.kind)
}

/// First bytes of the ids on a page, and how many there are in all.
fn page(store: &Store, partition: PartitionId, offset: usize, count: usize) -> (Vec<u8>, usize) {
    let page = store.read(move |tx| tx.key_page(partition, Page { offset, count }));
    let page = page.wait().unwrap();
    assert_eq!(page.offset, offset);
    (page.keys.iter().map(|key| key.id.0[0]).collect(), page.total)
}

fn found(store: &Store, bytes: &[u8], at_start: bool, at_end: bool) -> Vec<u8> {
    let needle = Needle { bytes: bytes.to_vec(), at_start, at_end };
    let page = Page { offset: 0, count: 9 };
    let page = store.read(move |tx| tx.search_keys(OWNER, &needle, page)).wait().unwrap();
    assert_eq!(page.total, page.keys.len());
    page.keys.iter().map(|key| key.id.0[0]).collect()
}

fn assert_clean(place: &Place) {
    let report = fsck(place.path(), &unlock()).unwrap();
    assert!(report.is_clean(), "{report:?}");
}

#[test]
fn a_list_has_the_order_of_creation_and_pages() {
    let place = Place::new();
    let store = place.open();
    // Neither ascending ids nor the order of keyed row names.
    let ids: Vec<u8> = (0..20u8).map(|at| at.wrapping_mul(73).wrapping_add(5)).collect();
    for id in &ids {
        create(&store, new_aes_key(OWNER, *id, b"")).unwrap();
    }
    create(&store, new_aes_key(OTHER, 1, b"")).unwrap();
    create(&store, new_key(OWNER, 0xee, Some(7))).unwrap();
    assert_eq!(page(&store, OWNER, 0, 15), (ids[..15].to_vec(), 20));
    assert_eq!(page(&store, OWNER, 0, 64).0.len(), PAGE_KEYS_MAX);
    assert_eq!(page(&store, OWNER, 15, 15), (ids[15..].to_vec(), 20));
    assert_eq!(page(&store, OWNER, 3, 1), (vec![ids[3]], 20));
    assert_eq!(page(&store, OWNER, 20, 15), (vec![], 20));
    assert_eq!(page(&store, OWNER, usize::MAX, 15), (vec![], 20));
    assert_eq!(page(&store, OTHER, 0, 15), (vec![1], 1));
    assert_eq!(page(&store, PartitionId([9; 16]), 0, 15), (vec![], 0));
    store.close().unwrap();
    assert_clean(&place);
    let store = place.open();
    assert_eq!(page(&store, OWNER, 0, 15), (ids[..15].to_vec(), 20));
    let all = store.read(|tx| tx.list_keys(Some(OWNER), 100)).wait().unwrap();
    assert_eq!(all.len(), 21, "with the key of one operation");
}

#[test]
fn a_removed_key_is_gone_and_may_come_back() {
    let place = Place::new();
    let store = place.open();
    create(&store, new_aes_key(OWNER, 1, b"")).unwrap();
    create(&store, new_aes_key(OTHER, 1, b"")).unwrap();
    assert_eq!(create(&store, new_aes_key(OWNER, 1, b"x")), Err(ErrorKind::KeyExists));
    let load = |partition| {
        let loaded = store.read(move |tx| tx.listed_key(partition, KeyId([1; 16])));
        loaded.wait().map_err(|error| error.kind)
    };
    let (held, other) = (load(OWNER).unwrap().revoked, load(OTHER).unwrap().revoked);
    assert_eq!(remove(&store, OWNER, 1).unwrap().id, KeyId([1; 16]));
    assert!(held.load(Ordering::Acquire));
    assert!(!other.load(Ordering::Acquire), "the same identity in another partition");
    assert_eq!(load(OWNER).err(), Some(ErrorKind::KeyNotFound));
    assert_eq!(remove(&store, OWNER, 1), Err(ErrorKind::KeyNotFound));
    assert_eq!(page(&store, OWNER, 0, 9), (vec![], 0));
    create(&store, new_aes_key(OWNER, 1, b"again")).unwrap();
    let back = load(OWNER).unwrap();
    assert!(matches!(&back.material, Material::Symmetric(key) if *key.expose() == [1; 32]));
    assert!(!back.revoked.load(Ordering::Acquire));
    store.close().unwrap();
    assert_clean(&place);
}

#[test]
fn a_failed_removal_changes_nothing() {
    let place = Place::new();
    let store = place.open();
    create(&store, new_aes_key(OWNER, 1, b"")).unwrap();
    let held = store.read(|tx| tx.listed_key(OWNER, KeyId([1; 16]))).wait().unwrap();
    let failed = store.write(|tx| -> Result<(), Error> {
        tx.remove_key(OWNER, KeyId([1; 16]))?;
        assert_eq!(tx.key_count(OWNER)?, 0);
        Err(ErrorKind::Forbidden.into())
    });
    assert!(failed.wait().is_err());
    assert!(!held.revoked.load(Ordering::Acquire));
    assert_eq!(page(&store, OWNER, 0, 9), (vec![1], 1));
}

#[test]
fn descriptions_are_searched_by_part_prefix_and_suffix() {
    let place = Place::new();
    let store = place.open();
    for (id, description) in [(1, &b"EXTAID one"[..]), (2, b"one EXTAID"), (3, b""), (4, b"EXT")] {
        create(&store, new_aes_key(OWNER, id, description)).unwrap();
    }
    create(&store, new_aes_key(OTHER, 9, b"EXTAID")).unwrap();
    assert_eq!(found(&store, b"EXTAID", false, false), [1, 2]);
    assert_eq!(found(&store, b"EXT", true, false), [1, 4]);
    assert_eq!(found(&store, b"EXTAID", false, true), [2]);
    assert_eq!(found(&store, b"EXT", true, true), [4]);
    assert_eq!(found(&store, b"", false, false), [1, 2, 4]);
    assert!(found(&store, b"none", false, false).is_empty());
    let needle = Needle { bytes: b"EXT".to_vec(), at_start: false, at_end: false };
    let second = Page { offset: 1, count: 1 };
    let second = store.read(move |tx| tx.search_keys(OWNER, &needle, second)).wait().unwrap();
    assert_eq!((second.total, second.keys[0].id.0[0]), (3, 2));
}

#[test]
fn a_change_of_attributes_shows_even_in_the_same_tick() {
    let place = Place::new();
    let store = place.open();
    create(&store, new_aes_key(OWNER, 1, b"old")).unwrap();
    create(&store, new_aes_key(OWNER, 2, b"other")).unwrap();
    let held = store.read(|tx| tx.listed_key(OWNER, KeyId([1; 16]))).wait().unwrap();
    let update = |description: &'static [u8], now| {
        let change = store.write(move |tx| {
            tx.update_attributes(OWNER, KeyId([1; 16]), attributes(description), now)
        });
        change.wait().unwrap().updated
    };
    let times = [update(b"new", NOW), update(b"", NOW), update(b"new", UnixMs(0))];
    let later = update(b"new", UnixMs(9_000_000));
    assert_eq!(later, UnixMs(9_000_000));
    let seconds = [NOW, times[0], times[1], times[2], later].map(|time| time.0 / 1000);
    assert!(seconds.is_sorted_by(|one, next| one < next), "{seconds:?}");
    assert!(!held.revoked.load(Ordering::Acquire), "nothing decides by attributes");
    assert_eq!(
        (found(&store, b"old", false, false), found(&store, b"new", true, true)),
        (vec![], vec![1])
    );
    assert_eq!(page(&store, OWNER, 0, 9), (vec![1, 2], 2));
    store.close().unwrap();
    assert_clean(&place);
    let key = place.open().read(|tx| tx.listed_key(OWNER, KeyId([1; 16]))).wait().unwrap();
    assert_eq!((key.record.attributes, key.record.created), (attributes(b"new"), NOW));
    assert!(matches!(&key.material, Material::Symmetric(key) if *key.expose() == [1; 32]));
}

#[test]
fn what_is_over_a_bound_is_refused() {
    let place = Place::new();
    let store = place.open();
    let value = Err(ErrorKind::Malformed(Malformed::Value));
    for (label, description) in [("", 0), ("\u{7f}", 0), ("a", 129)] {
        let mut key = new_aes_key(OWNER, 1, b"");
        let bad = Attributes { label: label.into(), description: vec![0; description] };
        key.record.attributes = bad.clone();
        assert_eq!(create(&store, key), value.clone());
        let update = store.write(move |tx| tx.update_attributes(OWNER, KeyId([1; 16]), bad, NOW));
        assert_eq!(update.wait().map_err(|error| error.kind), value);
    }
    let wrong = Err(ErrorKind::KeyImport(KeyImport::Material));
    let of_aes = [
        Material::None,
        Material::Symmetric(Secret::new(vec![1; 31])),
        Material::Public(vec![1; 32]),
        Material::Aes128(Secret::new([1; 16])),
    ];
    for material in of_aes {
        let key = NewKey { material, ..new_aes_key(OWNER, 1, b"") };
        assert_eq!(create(&store, key), wrong.clone());
    }
    assert_eq!(page(&store, OWNER, 0, 9), (vec![], 0));
}

#[test]
fn keys_of_one_operation_are_neither_listed_nor_removed() {
    let place = Place::new();
    let store = place.open();
    create(&store, new_key(OWNER, 1, Some(5))).unwrap();
    assert_eq!(remove(&store, OWNER, 1), Err(ErrorKind::KeyNotFound));
    let update = |tx: &mut Tx<'_>| {
        tx.update_attributes(OWNER, KeyId([1; 16]), attributes(b""), NOW).map(|_| ())
    };
    assert_eq!(store.write(update).wait().unwrap_err().kind, ErrorKind::KeyNotFound);
    let loaded = store.read(|tx| tx.listed_key(OWNER, KeyId([1; 16]))).wait();
    assert_eq!(loaded.err().unwrap().kind, ErrorKind::KeyNotFound);
    assert_eq!(page(&store, OWNER, 0, 9), (vec![], 0));
}

#[test]
fn what_an_operator_destroys_leaves_the_list_and_keeps_its_name() {
    let place = Place::new();
    let store = place.open();
    create(&store, new_aes_key(OWNER, 1, b"")).unwrap();
    let change = |to| {
        let name = KeyName::Id(KeyId([1; 16]));
        store.write(move |tx| tx.change_state(OWNER, name, to)).wait().unwrap().state
    };
    assert_eq!(change(KeyState::Suspended), KeyState::Suspended);
    assert_eq!(page(&store, OWNER, 0, 9), (vec![1], 1));
    assert_eq!(change(KeyState::Destroyed), KeyState::Destroyed);
    assert_eq!(page(&store, OWNER, 0, 9), (vec![], 0));
    assert_eq!(remove(&store, OWNER, 1), Err(ErrorKind::KeyNotFound));
    assert_eq!(create(&store, new_aes_key(OWNER, 1, b"")), Err(ErrorKind::KeyExists));
    store.close().unwrap();
    assert_clean(&place);
}

fn long_id(number: usize) -> KeyId {
    let mut id = [0; 16];
    id[..8].copy_from_slice(&number.to_be_bytes());
    KeyId(id)
}

#[test]
fn a_partition_is_full_at_its_limit() {
    let place = Place::new();
    let store = place.open();
    let fill = store.write(|tx| {
        let all: Vec<usize> = (0..PARTITION_KEYS_MAX - 1).collect();
        for (number, keys) in (0..).zip(all.chunks(LIST_PART_KEYS)) {
            let listed = |at: &usize| Listed { key: long_id(*at), description: vec![7; 128] };
            let keys = keys.iter().map(listed).collect();
            tx.put(&ListPart { partition: OWNER, number, keys })?;
        }
        Ok(())
    });
    fill.wait().unwrap();
    create(&store, new_aes_key(OWNER, 0xfe, b"last")).unwrap();
    assert_eq!(create(&store, new_aes_key(OWNER, 0xff, b"")), Err(ErrorKind::Quota));
    assert_eq!(found(&store, b"last", true, true), [0xfe]);
    create(&store, new_aes_key(OTHER, 0xff, b"")).unwrap();
    remove(&store, OWNER, 0xfe).unwrap();
    create(&store, new_aes_key(OWNER, 0xff, b"")).unwrap();
}

/// The list, part by part.
fn parts(tx: &Tx<'_>) -> Vec<(u32, Vec<KeyId>)> {
    let mut parts = Vec::new();
    tx.scan(OWNER, |part: ListPart| {
        parts.push((part.number, part.keys.iter().map(|listed| listed.key).collect()));
        Ok(std::ops::ControlFlow::Continue(()))
    })
    .unwrap();
    parts.sort();
    parts
}

#[test]
fn a_list_stays_in_order_and_dense_whatever_is_removed() {
    let place = Place::new();
    let store = place.open();
    let (mut rng, mut model, mut next) = (Rng(7), Vec::new(), 0);
    for round in 0..12 {
        let made: Vec<KeyId> = (next..next + 90).map(long_id).collect();
        next += made.len();
        model.extend_from_slice(&made);
        let going = if round < 6 { 20 } else { 150.min(model.len() as u64) };
        let removed: Vec<KeyId> =
            (0..going).map(|_| model.remove(rng.below(model.len() as u64) as usize)).collect();
        let change = store.write(move |tx| {
            for id in made {
                tx.create_key(numbered_key(OWNER, id, b""))?;
            }
            for id in removed {
                tx.remove_key(OWNER, id)?;
            }
            Ok(parts(tx))
        });
        let parts = change.wait().unwrap();
        let listed: Vec<KeyId> = parts.iter().flat_map(|(_, keys)| keys.clone()).collect();
        assert_eq!(listed, model, "round {round}");
        let dense = parts.windows(2).all(|two| two[0].1.len() + two[1].1.len() > LIST_PART_KEYS);
        assert!(dense && parts.iter().all(|(_, keys)| keys.len() <= LIST_PART_KEYS));
    }
    assert!(model.len() < 200, "the last rounds removed more than they made");
    store.close().unwrap();
    assert_clean(&place);
}

#[test]
fn a_whole_partition_goes_in_several_requests() {
    let place = Place::new();
    let store = place.open();
    let fill = store.write(|tx| {
        for at in 0..300 {
            tx.create_key(numbered_key(OWNER, long_id(at), b""))?;
        }
        tx.create_key(new_aes_key(OTHER, 1, b""))?;
        tx.create_key(new_key(OWNER, 0xff, Some(1)))
    });
    fill.wait().unwrap();
    let held = store.read(|tx| tx.listed_key(OWNER, long_id(299))).wait().unwrap();
    let mut left = vec![];
    while left.last() != Some(&0) {
        left.push(store.write(|tx| tx.remove_keys(OWNER)).wait().unwrap());
    }
    assert_eq!(left, [300 - LIST_PART_KEYS, 300 - 2 * LIST_PART_KEYS, 0]);
    assert_eq!(store.write(|tx| tx.remove_keys(OWNER)).wait().unwrap(), 0);
    assert!(held.revoked.load(Ordering::Acquire));
    assert_eq!(page(&store, OTHER, 0, 9), (vec![1], 1));
    store.close().unwrap();
    let report = fsck(place.path(), &unlock()).unwrap();
    assert!(report.is_clean() && report.keys == 2, "{report:?}");
}

#[test]
fn destroyed_and_suspended_keys_go_with_their_partition() {
    let place = Place::new();
    let store = place.open();
    let fill = store.write(|tx| {
        for at in 0..=LIST_PART_KEYS {
            tx.create_key(numbered_key(OWNER, long_id(at), b""))?;
            tx.change_state(OWNER, KeyName::Id(long_id(at)), KeyState::Destroyed)?;
        }
        tx.create_key(new_aes_key(OWNER, 0xfe, b""))?;
        tx.change_state(OWNER, KeyName::Id(KeyId([0xfe; 16])), KeyState::Suspended)
    });
    fill.wait().unwrap();
    let mut rounds = 1;
    while store.write(|tx| tx.remove_keys(OWNER)).wait().unwrap() > 0 {
        rounds += 1;
    }
    assert_eq!(rounds, 2);
    assert!(store.read(|tx| tx.list_keys(Some(OWNER), 9)).wait().unwrap().is_empty());
    let again = store.write(|tx| tx.create_key(numbered_key(OWNER, long_id(0), b"")));
    again.wait().unwrap();
    store.close().unwrap();
    let report = fsck(place.path(), &unlock()).unwrap();
    assert!(report.is_clean() && report.keys == 1, "{report:?}");
}

#[test]
fn a_suspended_key_is_not_its_owners_to_remove() {
    let place = Place::new();
    let store = place.open();
    let (id, name) = (KeyId([1; 16]), KeyName::Id(KeyId([1; 16])));
    let made = store.write(move |tx| {
        tx.create_key(new_aes_key(OWNER, 1, b""))?;
        tx.change_state(OWNER, name, KeyState::Suspended)
    });
    made.wait().unwrap();
    let remove = || store.write(move |tx| tx.remove_key(OWNER, id)).wait().map_err(|e| e.kind);
    assert_eq!(remove().err(), Some(ErrorKind::KeyState));
    let resume = store.write(move |tx| tx.change_state(OWNER, name, KeyState::Active));
    resume.wait().unwrap();
    assert!(remove().is_ok());
}

#[test]
fn fsck_compares_lists_with_the_keys() {
    let place = Place::new();
    let store = place.open();
    let listed = |id, text: &[u8]| Listed { key: KeyId([id; 16]), description: text.to_vec() };
    let keys = vec![listed(1, b"right"), listed(2, b"wrong"), listed(1, b"right"), listed(9, b"")];
    let breaks = store.write(move |tx| {
        for id in 1..=4 {
            tx.create_key(new_aes_key(OWNER, id, b"right"))?;
        }
        tx.put(&ListPart { partition: OWNER, number: 0, keys })
    });
    breaks.wait().unwrap();
    store.close().unwrap();
    let report = fsck(place.path(), &unlock()).unwrap();
    let absent = |id| Finding::ListedWithoutKey { partition: OWNER, key: KeyId([id; 16]) };
    let unlisted = |id| Finding::KeyNotListed { key: KeyId([id; 16]) };
    for finding in [absent(1), absent(9), unlisted(2), unlisted(3), unlisted(4)] {
        assert!(report.findings.contains(&finding), "{finding}: {report:?}");
    }
    assert_eq!(report.finding_count, 5, "{report:?}");
}

#[test]
fn material_of_another_algorithm_than_the_record_says_is_found() {
    let place = Place::new();
    let store = place.open();
    let mistaken = store.write(|tx| {
        let NewKey { record, material, .. } = new_aes_key(OWNER, 5, b"");
        let usage = Usage::General(General::new(Algorithm::Aes(AesBits::Aes128), None));
        let record = KeyRecord { usage, ..record };
        tx.list_key(&record)?;
        tx.overwrite_key(&record, material)
    });
    mistaken.wait().unwrap();
    let loaded = store.read(|tx| tx.listed_key(OWNER, KeyId([5; 16]))).wait();
    assert_eq!(loaded.err().unwrap().kind, ErrorKind::Storage);
    store.close().unwrap();
    let report = fsck(place.path(), &unlock()).unwrap();
    let is_material =
        |found: &Finding| matches!(found, Finding::Row { table: 2, what: Tampered::Record, .. });
    assert!(report.findings.iter().any(is_material), "{report:?}");
    let missing = Finding::KeyWithoutMaterial { key: KeyId([5; 16]) };
    assert!(report.findings.contains(&missing) && report.finding_count == 2, "{report:?}");
}

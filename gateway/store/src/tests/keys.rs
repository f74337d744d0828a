//! Keys, their states and their templates.

use std::sync::atomic::Ordering;
use std::time::Duration;

use typex_core::error::KeyImport;
use typex_core::key::{Channel, KeyName, KeyRecord, KeyState, Material, Usage};
use typex_core::limits::{OPEN_TEMPLATES_MAX, TEMPLATE_OPEN_MS};
use typex_core::op::enrol::{KeyTemplate, NewTemplate};
use typex_core::op::user_auth::{AccountId, ContextDigest, ContextEntry};
use typex_core::{Error, ErrorKind, KeyId, PartitionId, Secret, UnixMs};

use super::{Place, unlock};
use crate::keys::ObjectName;
use crate::{Finding, NewKey, Store, StoredKey, Tampered, fsck};

pub(crate) const OWNER: PartitionId = PartitionId([0x0a; 16]);
const OTHER: PartitionId = PartitionId([0x0b; 16]);
const NOW: UnixMs = UnixMs(1_000_000);

pub(crate) fn new_key(partition: PartitionId, id: u8, object: Option<u32>) -> NewKey {
    let record = KeyRecord {
        object,
        foreign_type: 4,
        ..KeyRecord::first(KeyId([id; 16]), partition, Usage::EncryptBlocks, NOW)
    };
    let channel = Channel { enc: Secret::new([id; 32]), mac: Secret::new([!id; 32]) };
    NewKey { record, channel: Some(channel), material: Material::Aes128(Secret::new([id; 16])) }
}

fn create(store: &Store, partition: PartitionId, id: u8, object: u32) -> Result<(), ErrorKind> {
    let key = new_key(partition, id, Some(object));
    store.write(move |tx| tx.create_key(key)).wait().map(|_| ()).map_err(|error| error.kind)
}

fn load(store: &Store, name: KeyName) -> Result<StoredKey, Error> {
    store.read(move |tx| tx.key_by_name(OWNER, name)).wait()
}

fn change(store: &Store, object: u32, to: KeyState) -> Result<KeyRecord, ErrorKind> {
    let name = KeyName::Object(object);
    let changed = store.write(move |tx| tx.change_state(OWNER, name, to));
    changed.wait().map_err(|error| error.kind)
}

#[test]
fn a_key_is_found_by_number_and_id_in_its_own_partition_only() {
    let place = Place::new();
    let store = place.open();
    create(&store, OWNER, 1, 0xee01).unwrap();
    for name in [KeyName::Object(0xee01), KeyName::Id(KeyId([1; 16]))] {
        let key = load(&store, name).unwrap();
        assert_eq!(key.record, new_key(OWNER, 1, Some(0xee01)).record);
        assert!(matches!(&key.material, Material::Aes128(key) if *key.expose() == [1; 16]));
        assert_eq!(key.channel.unwrap().enc.expose(), &[1; 32]);
        let foreign = store.read(move |tx| tx.key_by_name(OTHER, name)).wait();
        assert_eq!(foreign.err().unwrap().kind, ErrorKind::KeyNotFound);
    }
    assert_eq!(load(&store, KeyName::Object(1)).err().unwrap().kind, ErrorKind::KeyNotFound);
}

#[test]
fn numbers_are_unique_within_a_partition_for_ever() {
    let place = Place::new();
    let store = place.open();
    create(&store, OWNER, 1, 5).unwrap();
    assert_eq!(create(&store, OWNER, 2, 5), Err(ErrorKind::KeyExists));
    assert_eq!(create(&store, OWNER, 1, 6), Err(ErrorKind::KeyExists));
    assert_eq!(create(&store, OTHER, 2, 5), Ok(()));
    change(&store, 5, KeyState::Destroyed).unwrap();
    assert_eq!(create(&store, OWNER, 3, 5), Err(ErrorKind::KeyExists));
    let listed = store.read(|tx| tx.list_keys(None, 10)).wait().unwrap();
    let ids: Vec<_> = listed.iter().map(|key| (key.partition, key.id.0[0], key.state)).collect();
    let expected =
        [(OWNER, 1, KeyState::Destroyed), (OTHER, 2, KeyState::Active)].map(|entry| entry);
    assert_eq!(ids, expected);
    let some = store.read(|tx| tx.list_keys(Some(OTHER), 10)).wait().unwrap();
    assert_eq!(some.len(), 1);
    assert_eq!(store.read(|tx| tx.list_keys(None, 1)).wait().unwrap().len(), 1);
}

#[test]
fn a_change_of_state_reaches_every_holder_and_survives() {
    let place = Place::new();
    let store = place.open();
    create(&store, OWNER, 1, 5).unwrap();
    let (first, second) = (load(&store, KeyName::Object(5)), load(&store, KeyName::Object(5)));
    let held = [first.unwrap().revoked, second.unwrap().revoked];
    assert!(held.iter().all(|flag| !flag.load(Ordering::Acquire)));
    let suspended = change(&store, 5, KeyState::Suspended).unwrap();
    assert_eq!((suspended.state, suspended.state_generation), (KeyState::Suspended, 1));
    assert!(held.iter().all(|flag| flag.load(Ordering::Acquire)));
    assert_eq!(change(&store, 5, KeyState::Suspended), Err(ErrorKind::KeyState));
    let again = load(&store, KeyName::Object(5)).unwrap();
    assert!(!again.revoked.load(Ordering::Acquire));
    assert!(matches!(again.material, Material::Aes128(_)));
    store.close().unwrap();

    let store = place.open();
    change(&store, 5, KeyState::Destroyed).unwrap();
    let gone = load(&store, KeyName::Object(5)).unwrap();
    assert_eq!(gone.record.state, KeyState::Destroyed);
    assert!(gone.channel.is_none() && matches!(gone.material, Material::None));
    assert_eq!(change(&store, 5, KeyState::Active), Err(ErrorKind::KeyState));
}

#[test]
fn a_failed_change_revokes_nothing() {
    let place = Place::new();
    let store = place.open();
    create(&store, OWNER, 1, 5).unwrap();
    let key = load(&store, KeyName::Object(5)).unwrap();
    let failed = store.write(|tx| -> Result<(), _> {
        tx.change_state(OWNER, KeyName::Object(5), KeyState::Destroyed)?;
        Err(ErrorKind::Forbidden.into())
    });
    assert!(failed.wait().is_err());
    assert!(!key.revoked.load(Ordering::Acquire));
    assert!(matches!(load(&store, KeyName::Object(5)).unwrap().material, Material::Aes128(_)));
}

fn new_template() -> NewTemplate {
    NewTemplate {
        usage: Usage::EncryptBlocks,
        foreign_type: 4,
        layout: |_, object| KeyTemplate {
            object,
            bytes: object.to_be_bytes().to_vec(),
            head_bytes: 4,
            flags_offset: 0,
            service_channel: 8,
            service_material: 16,
            fields: vec![],
        },
    }
}

#[test]
fn a_template_is_open_until_its_key_exists_or_it_expires() {
    let place = Place::new();
    let store = place.open();
    let open = || store.write(|tx| tx.open_template(OWNER, new_template(), NOW)).wait().unwrap();
    let (used, left) = (open().template.object, open().template.object);
    assert_ne!(used, left);
    let find = |partition, object, now| {
        let found = store.read(move |tx| tx.template(partition, object, now)).wait();
        found.map(|open| open.template.object).map_err(|error| error.kind)
    };
    let none = Err(ErrorKind::KeyImport(KeyImport::NoTemplate));
    assert_eq!(find(OWNER, used, NOW), Ok(used));
    assert_eq!(find(OTHER, used, NOW), none);
    create(&store, OWNER, 1, used).unwrap();
    assert_eq!(find(OWNER, used, NOW), none);
    let last = NOW.after(Duration::from_millis(TEMPLATE_OPEN_MS - 1));
    assert_eq!(find(OWNER, left, last), Ok(left));
    assert_eq!(find(OWNER, left, last.after(Duration::from_millis(1))), none);
}

#[test]
fn a_closure_that_fails_opens_and_closes_no_template() {
    let place = Place::new();
    let store = place.open();
    let open = store.write(|tx| tx.open_template(OWNER, new_template(), NOW)).wait().unwrap();
    let object = open.template.object;
    let failed = store.write(move |tx| -> Result<(), _> {
        tx.create_key(new_key(OWNER, 1, Some(object)))?;
        assert!(tx.template(OWNER, object, NOW).is_err());
        let second = tx.open_template(OWNER, new_template(), NOW)?.template.object;
        assert!(tx.template(OWNER, second, NOW).is_ok());
        Err(Error::new(ErrorKind::Internal, second.to_string()))
    });
    let second: u32 = failed.wait().unwrap_err().public.parse().unwrap();
    store.read(move |tx| tx.template(OWNER, object, NOW)).wait().unwrap();
    assert!(store.read(move |tx| tx.template(OWNER, second, NOW)).wait().is_err());
}

#[test]
fn open_templates_of_a_partition_are_bounded_and_make_room_when_they_expire() {
    let place = Place::new();
    let store = place.open();
    let open = |partition, now, count: usize| {
        let opened = store.write(move |tx| {
            for _ in 0..count {
                tx.open_template(partition, new_template(), now)?;
            }
            Ok(())
        });
        opened.wait().map_err(|error| error.kind)
    };
    open(OWNER, NOW, OPEN_TEMPLATES_MAX).unwrap();
    assert_eq!(open(OWNER, NOW, 1), Err(ErrorKind::Quota));
    assert_eq!(open(OTHER, NOW, 1), Ok(()));
    let later = NOW.after(Duration::from_millis(TEMPLATE_OPEN_MS));
    assert_eq!(open(OWNER, later, OPEN_TEMPLATES_MAX), Ok(()));
}

#[test]
fn fsck_follows_references() {
    let place = Place::new();
    let store = place.open();
    create(&store, OWNER, 1, 5).unwrap();
    create(&store, OWNER, 2, 6).unwrap();
    let (partition, account) = (OWNER, AccountId([1; 16]));
    let entry = ContextEntry { partition, digest: ContextDigest([2; 32]), account };
    let breaks = store.write(move |tx| {
        tx.delete::<KeyRecord>(OWNER, &[1; 16])?;
        tx.delete::<ObjectName>(OWNER, &6u32.to_be_bytes())?;
        tx.put(&entry)
    });
    breaks.wait().unwrap();
    store.close().unwrap();
    let report = fsck(place.path(), &unlock()).unwrap();
    let found = |finding: Finding| report.findings.contains(&finding);
    assert!(found(Finding::ObjectWithoutKey { partition: OWNER, object: 5 }), "{report:?}");
    assert!(found(Finding::KeyWithoutObject { key: KeyId([2; 16]) }), "{report:?}");
    let dangling = |table| {
        let in_table = |finding: &&Finding| match finding {
            Finding::Row { table: found, what: Tampered::Dangling, .. } => *found == table,
            _ => false,
        };
        report.findings.iter().filter(in_table).count()
    };
    assert_eq!((dangling(2), dangling(5)), (1, 1), "material without key, context without account");
    assert_eq!(report.finding_count, 4);
}

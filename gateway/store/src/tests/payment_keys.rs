//! Payment keys: how they stand, their list, names, tags, and what becomes of them.

use std::sync::atomic::Ordering;

use typex_core::key::payment::{Algorithm, Attributes, ModeOfUse, RsaBits, Usage};
use typex_core::key::{self, AesBits, KeyName, KeyRecord, KeyState, Material};
use typex_core::limits::{DELETED_KEY_DAYS, IMPORT_TOKENS_MAX};
use typex_core::op::payment::keys::{
    Alias, AliasName, CheckKind, ImportToken, Life, Page, Shown, Standing, Step, Tag, Tags, TokenId,
};
use typex_core::{Error, ErrorKind, KeyId, PartitionId, Secret, UnixMs};

use super::keys::OWNER;
use super::{Place, unlock};
use crate::{NewKey, PaymentKey, Store, Tx, fsck};

const OTHER: PartitionId = PartitionId([0x0b; 16]);
const NOW: UnixMs = UnixMs(1_000_000);
const DUE: UnixMs = UnixMs(2_000_000);
const DAY_MS: u64 = 24 * 60 * 60 * 1000;

fn new_key(partition: PartitionId, id: KeyId, bytes: usize) -> NewKey {
    let algorithm = Algorithm::Aes(AesBits::Aes128);
    let attributes = Attributes::new(Usage::DATA, algorithm, ModeOfUse::Both);
    let usage = key::Usage::Payment(attributes);
    let material = Material::Symmetric(Secret::new(vec![7; bytes]));
    NewKey { record: KeyRecord::first(id, partition, usage, NOW), channel: None, material }
}

fn create_in(tx: &mut Tx<'_>, partition: PartitionId, id: KeyId) -> Result<PaymentKey, Error> {
    let life = Life::new(partition, id, (CheckKind::Cmac, vec![1, 2, 3])).enabled(true, NOW);
    tx.create_payment_key(new_key(partition, id, 16), life, Tags::default())
}

fn write<T: Send + 'static>(
    store: &Store,
    act: impl FnOnce(&mut Tx<'_>) -> Result<T, Error> + Send + 'static,
) -> Result<T, ErrorKind> {
    store.write(act).wait().map_err(|error| error.kind)
}

fn create(store: &Store, id: u8) -> PaymentKey {
    write(store, move |tx| create_in(tx, OWNER, KeyId([id; 16]))).expect("a new key")
}

fn step(store: &Store, id: u8, step: Step) -> Result<Standing, ErrorKind> {
    let key = KeyId([id; 16]);
    write(store, move |tx| Ok(tx.step_payment_key(OWNER, key, step, NOW)?.standing))
}

fn list(store: &Store, shown: Option<Shown>, page: Page<u64>) -> (Vec<u8>, Option<u64>) {
    let next = write(store, move |tx| tx.payment_keys(OWNER, shown, &page)).expect("a list");
    (next.items.iter().map(|key| key.record.id.0[0]).collect(), next.after)
}

fn first<T>(count: usize) -> Page<T> {
    Page { after: None, count }
}

fn delete_due(store: &Store, now: UnixMs) -> usize {
    let done = write(store, move |tx| {
        let due = tx.due_deletions(now, 10)?;
        due.iter().try_for_each(|deletion| tx.delete_due(deletion, now).map(|_| ()))?;
        Ok(due.len())
    });
    done.expect("a healthy store")
}

fn assert_clean(place: &Place) {
    let report = fsck(place.path(), &unlock()).unwrap();
    assert!(report.is_clean(), "{report:?}");
}

#[test]
fn keys_are_listed_in_the_order_in_which_they_came() {
    let place = Place::new();
    let store = place.open();
    for id in [9, 3, 7, 1, 5] {
        create(&store, id);
    }
    write(&store, |tx| create_in(tx, OTHER, KeyId([2; 16]))).expect("another tenant's");
    let (ids, after) = list(&store, None, first(2));
    assert_eq!(ids, [9, 3]);
    let (ids, after) = list(&store, None, Page { after, count: 2 });
    assert_eq!(ids, [7, 1]);
    let (ids, after) = list(&store, None, Page { after, count: 2 });
    assert_eq!((ids, after), (vec![5], None));
    step(&store, 7, Step::Delete(DUE)).expect("an active key");
    assert_eq!(list(&store, Some(Shown::DeletePending), first(9)), (vec![7], None));
    assert_eq!(list(&store, Some(Shown::Complete), first(9)), (vec![9, 3, 1, 5], None));
    drop(store);
    assert_clean(&place);
}

#[test]
fn parts_of_the_list_go_on_from_each_other() {
    let place = Place::new();
    let store = place.open();
    let ids = |range: std::ops::Range<u16>| {
        range.map(|id| {
            let [high, low] = id.to_be_bytes();
            let mut bytes = [high; 16];
            bytes[1] = low;
            KeyId(bytes)
        })
    };
    for range in [0..300, 300..600] {
        let made = write(&store, move |tx| {
            ids(range).try_for_each(|id| create_in(tx, OWNER, id).map(|_| ()))
        });
        made.expect("600 keys");
    }
    let (mut seen, mut after) = (0, None);
    loop {
        let (ids, next) = list(&store, None, Page { after, count: 100 });
        seen += ids.len();
        if next.is_none() {
            break;
        }
        after = next;
    }
    assert_eq!(seen, 600);
    assert_eq!(list(&store, Some(Shown::DeletePending), first(9)), (vec![], Some(499)));
    drop(store);
    assert_clean(&place);
}

#[test]
fn what_is_stopped_or_to_be_deleted_is_revoked_at_once() {
    let place = Place::new();
    let store = place.open();
    create(&store, 1);
    let flag = || {
        let key = write(&store, |tx| tx.key_by_name(OWNER, KeyName::Id(KeyId([1; 16]))));
        key.expect("a key").revoked
    };
    let held = flag();
    assert_eq!(step(&store, 1, Step::Stop), Ok(Standing::Disabled));
    assert!(held.load(Ordering::Acquire));
    assert_eq!(step(&store, 1, Step::Start), Ok(Standing::Enabled));
    let held = flag();
    assert_eq!(step(&store, 1, Step::Delete(DUE)), Ok(Standing::Pending(DUE)));
    assert!(held.load(Ordering::Acquire));
    let key = write(&store, |tx| tx.key_record(OWNER, KeyName::Id(KeyId([1; 16])))).unwrap();
    assert!(!key.is_usable(NOW));
    assert_eq!(step(&store, 1, Step::Start), Err(ErrorKind::WrongState));
    let forced =
        write(&store, |tx| tx.change_state(OWNER, KeyName::Id(KeyId([1; 16])), KeyState::Active));
    assert_eq!(forced.err(), Some(ErrorKind::KeyState), "an operator does not revive it either");
    assert_eq!(step(&store, 1, Step::Restore), Ok(Standing::Disabled));
    assert_eq!(step(&store, 1, Step::Restore), Err(ErrorKind::WrongState));
    assert_eq!(delete_due(&store, UnixMs(u64::MAX)), 0);
}

#[test]
fn a_key_that_an_operator_stopped_is_not_the_owners_to_start() {
    let place = Place::new();
    let store = place.open();
    create(&store, 1);
    let change = |to| {
        write(&store, move |tx| tx.change_state(OWNER, KeyName::Id(KeyId([1; 16])), to)).unwrap()
    };
    change(KeyState::Suspended);
    for refused in [Step::Start, Step::Stop, Step::Delete(DUE), Step::Restore] {
        assert_eq!(step(&store, 1, refused), Err(ErrorKind::WrongState), "{refused:?}");
    }
    change(KeyState::Active);
    assert_eq!(step(&store, 1, Step::Stop), Ok(Standing::Disabled));
}

#[test]
fn a_deleted_key_is_erased_when_due_and_forgotten_later() {
    let place = Place::new();
    let store = place.open();
    (1..=3).for_each(|id| drop(create(&store, id)));
    let tags = || Tags::new(vec![Tag { name: "a".into(), value: "b".into() }]).unwrap();
    write(&store, move |tx| tx.put_tags(OWNER, KeyId([2; 16]), tags())).unwrap();
    step(&store, 2, Step::Delete(DUE)).unwrap();
    assert_eq!(delete_due(&store, UnixMs(DUE.0 - 1)), 0);
    assert_eq!(delete_due(&store, DUE), 1);
    assert_eq!(delete_due(&store, DUE), 0);
    let key = || write(&store, |tx| tx.payment_key(OWNER, KeyId([2; 16])));
    let erased = key().expect("still shown");
    assert_eq!((erased.standing, erased.life.deleted), (Standing::Erased, Some(DUE)));
    assert_eq!(step(&store, 2, Step::Restore), Err(ErrorKind::WrongState));
    let stored = write(&store, |tx| tx.key_by_name(OWNER, KeyName::Id(KeyId([2; 16])))).unwrap();
    assert!(matches!(stored.material, Material::None));
    let forgotten = UnixMs(DUE.0 + u64::from(DELETED_KEY_DAYS) * DAY_MS);
    assert_eq!(delete_due(&store, forgotten), 1);
    assert_eq!(key().err(), Some(ErrorKind::KeyNotFound));
    assert_eq!(list(&store, None, first(9)), (vec![1, 3], None));
    drop(store);
    assert_clean(&place);
}

#[test]
fn an_operator_may_destroy_a_key_that_is_to_be_deleted() {
    let place = Place::new();
    let store = place.open();
    create(&store, 1);
    step(&store, 1, Step::Delete(DUE)).unwrap();
    let name = KeyName::Id(KeyId([1; 16]));
    write(&store, move |tx| tx.change_state(OWNER, name, KeyState::Destroyed)).unwrap();
    assert_eq!(list(&store, Some(Shown::DeleteComplete), first(9)).0, [1]);
    assert_eq!(delete_due(&store, DUE), 1);
    drop(store);
    assert_clean(&place);
}

#[test]
fn material_is_of_the_algorithm() {
    let place = Place::new();
    let store = place.open();
    let refused = write(&store, |tx| {
        let id = KeyId([1; 16]);
        let life = Life::new(OWNER, id, (CheckKind::Cmac, vec![]));
        tx.create_payment_key(new_key(OWNER, id, 24), life, Tags::default())
    });
    assert!(matches!(refused.err(), Some(ErrorKind::KeyImport(_))));
}

fn alias(name: &str, key: Option<u8>) -> Alias {
    let name = AliasName::new(name).expect("a name");
    Alias { partition: OWNER, name, key: key.map(|id| KeyId([id; 16])) }
}

#[test]
fn names_mean_keys_of_their_partition() {
    let place = Place::new();
    let store = place.open();
    (1..=2).for_each(|id| drop(create(&store, id)));
    let add = |one: Alias| write(&store, move |tx| tx.create_alias(&one));
    let update = |one: Alias| write(&store, move |tx| tx.update_alias(&one));
    assert_eq!(add(alias("pin", Some(1))), Ok(()));
    assert_eq!(add(alias("pin", None)), Err(ErrorKind::KeyExists));
    assert_eq!(add(alias("none", Some(9))), Err(ErrorKind::KeyNotFound));
    assert_eq!(update(alias("new", Some(1))), Err(ErrorKind::KeyNotFound));
    assert_eq!(add(alias("cvv", None)), Ok(()));
    assert_eq!(update(alias("pin", Some(2))), Ok(()));
    assert_eq!(add(alias("mac", Some(2))), Ok(()));
    let names = |key: Option<u8>, page: Page<String>| {
        let key = key.map(|id| KeyId([id; 16]));
        let is_shown = move |one: &Alias| key.is_none() || one.key == key;
        let next = write(&store, move |tx| tx.aliases(OWNER, is_shown, &page)).unwrap();
        let names: Vec<_> = next.items.iter().map(|one| one.name.as_str().to_owned()).collect();
        (names.join(" "), next.after)
    };
    assert_eq!(names(None, first(2)), ("cvv mac".into(), Some("mac".into())));
    let rest = Page { after: Some("mac".to_owned()), count: 2 };
    assert_eq!(names(None, rest), ("pin".into(), None));
    assert_eq!(names(Some(2), first(9)), ("mac pin".into(), None));
    let elsewhere = write(&store, |tx| tx.alias(OTHER, &AliasName::new("pin").unwrap()));
    assert_eq!(elsewhere.err(), Some(ErrorKind::KeyNotFound));
    let delete = || write(&store, |tx| tx.delete_alias(OWNER, &AliasName::new("pin").unwrap()));
    assert_eq!((delete(), delete()), (Ok(()), Err(ErrorKind::KeyNotFound)));
}

fn token(id: u8, until: UnixMs) -> ImportToken {
    ImportToken {
        partition: OWNER,
        id: TokenId([id; 16]),
        bits: RsaBits::Rsa2048,
        private: Secret::new(vec![id; 3]),
        certificate: vec![],
        until,
    }
}

#[test]
fn import_tokens_are_few_and_end() {
    let place = Place::new();
    let store = place.open();
    let put = |id, now| write(&store, move |tx| tx.put_import_token(&token(id, DUE), now));
    let count = u8::try_from(IMPORT_TOKENS_MAX).unwrap();
    (0..count).for_each(|id| put(id, NOW).expect("room"));
    assert_eq!(put(count, NOW), Err(ErrorKind::Quota));
    let found = |partition, now| {
        let found = write(&store, move |tx| tx.import_token(partition, TokenId([1; 16]), now));
        found.map(|token| token.private.expose().clone())
    };
    assert_eq!(found(OWNER, NOW), Ok(vec![1; 3]));
    assert_eq!(found(OTHER, NOW), Err(ErrorKind::KeyNotFound));
    assert_eq!(found(OWNER, DUE), Err(ErrorKind::KeyNotFound));
    put(count, DUE).expect("the others are void");
    let left = write(&store, |tx| tx.import_tokens(OWNER)).unwrap();
    assert_eq!(left.len(), 1);
}

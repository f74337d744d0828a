//! What is refused, passed over and found out.

use typex_core::limits::{VAULT_TOKENS_MAX, VAULT_TOMB_MS};

use super::*;
use crate::tests::{Place, unlock};
use crate::{Finding, fsck};

const HOUR: u64 = 60 * 60 * 1000;

#[test]
fn a_domain_has_no_more_tokens_than_it_may() {
    let store = Place::new().open();
    let small = DomainRecord {
        limits: DomainLimits { tokens_max: 100, ..DomainLimits::default() },
        ..vault_domain("cards")
    };
    store.write(move |tx| tx.create_token_domain(&small)).wait().unwrap();
    let next = |number: u32| {
        // Of patterns of their own, and some with no count of their pattern.
        let values = if number.is_multiple_of(2) { 10_000 } else { u64::MAX };
        let new = new_token("cards", &pan(number * 10_000), &[number]);
        insert(&store, NewToken { values, index: None, ..new })
    };
    (0..100).for_each(|number| assert!(next(number).unwrap().is_new));
    assert_eq!(next(100).err(), Some(ErrorKind::Quota));
    assert!(insert(&store, new_token("others", &pan(1), &[1])).is_ok(), "another domain");
    assert!(delete(&store, "cards", token(&pan(10_000), 1), NOW));
    assert!(next(101).unwrap().is_new);
    assert_eq!(next(102).err(), Some(ErrorKind::Quota));
}

#[test]
fn a_partition_has_no_more_tokens_than_it_may() {
    let store = Place::new().open();
    insert(&store, new_token("cards", &pan(1), &[1])).unwrap();
    let full = CountRecord { partition: OWNER, domain: None, tokens: VAULT_TOKENS_MAX };
    store.write(move |tx| tx.put(&full)).wait().unwrap();
    let next = |name| insert(&store, new_token(name, &pan(2), &[2])).err();
    assert_eq!(next("cards"), Some(ErrorKind::Quota));
    assert_eq!(next("others"), Some(ErrorKind::Quota));
    assert!(delete(&store, "cards", token(&pan(1), 1), NOW));
    assert_eq!(next("others"), None);
}

/// Judged before its domain was deleted, or before another one got its name.
#[test]
fn nothing_gets_into_a_domain_that_is_gone() {
    let store = Place::new().open();
    store.write(|tx| make_domain(tx, "cards")).wait().unwrap();
    let late = new_token("cards", &pan(1), &[1]);
    let gone = store.write(|tx| tx.delete_token_domain(OWNER, &domain("cards")));
    let inserted = store.write(move |tx| tx.vault_insert_or_get(&late));
    gone.wait().unwrap();
    let kind = inserted.wait().err().map(|error| error.kind);
    assert_eq!(kind, Some(ErrorKind::KeyNotFound));
    let later = DomainRecord { created: UnixMs(NOW.0 + 1), ..vault_domain("cards") };
    store.write(move |tx| tx.create_token_domain(&later)).wait().unwrap();
    let of = |made, key| {
        let mut new = NewToken { made, ..new_token("cards", &pan(1), &[1]) };
        new.candidates.iter_mut().for_each(|one| one.sealed.key = KeyId([key; 16]));
        insert(&store, new).err()
    };
    assert_eq!(of(NOW, 7), Some(ErrorKind::KeyNotFound));
    assert_eq!(of(UnixMs(NOW.0 + 1), 8), Some(ErrorKind::KeyNotFound));
    assert_eq!(of(UnixMs(NOW.0 + 1), 7), None);
}

/// Whoever still has it must not come to another value.
#[test]
fn a_token_that_is_gone_is_not_given_out_again_soon() {
    let store = Place::new().open();
    let ends = NewToken { expiry: Some(NOW), ..new_token("cards", &pan(2), &[6]) };
    insert(&store, new_token("cards", &pan(1), &[5])).unwrap();
    insert(&store, ends).unwrap();
    assert!(delete(&store, "cards", token(&pan(1), 5), NOW));
    let sweep = |now: u64| {
        let mut removed = 0;
        loop {
            let swept = store.write(move |tx| tx.vault_sweep(UnixMs(now))).wait().unwrap();
            removed += swept.removed;
            if !swept.is_partial {
                return removed;
            }
        }
    };
    assert_eq!(sweep(NOW.0 + HOUR), 1);
    let other = insert(&store, new_token("cards", &pan(3), &[5, 6, 7])).unwrap();
    assert_eq!((other.collisions, other.record.token), (2, token(&pan(3), 7)));
    assert_eq!(sweep(NOW.0 + VAULT_TOMB_MS + 3 * HOUR), 0);
    let later = insert(&store, new_token("cards", &pan(4), &[5])).unwrap();
    assert_eq!(later.record.token, token(&pan(4), 5));
    let tombs: Vec<TombRecord> = store.read(all).wait().unwrap();
    assert!(tombs.is_empty());
    store.read(contents).wait().unwrap();
}

/// A defect of ours: a token is lost, its end is not.
#[test]
fn a_sweep_does_not_stop_at_an_end_without_its_token() {
    let place = Place::new();
    let store = place.open();
    for number in 1..4 {
        let new = new_token("cards", &pan(number), &[number]);
        insert(&store, NewToken { expiry: Some(NOW), ..new }).unwrap();
    }
    let lose = store.write(|tx| {
        tx.delete::<IndexRecord>(space(OWNER, &domain("cards")), &index(&pan(1)))?;
        tx.delete::<VaultRecord>(space(OWNER, &domain("cards")), &token(&pan(1), 1))
    });
    assert!(lose.wait().unwrap());
    let sweep = || store.write(|tx| tx.vault_sweep(UnixMs(NOW.0 + HOUR))).wait().unwrap();
    let swept = sweep();
    assert_eq!((swept.removed, swept.orphans, swept.is_partial), (2, 1, false));
    let swept = sweep();
    assert_eq!((swept.removed, swept.orphans), (0, 0));
    store.close().unwrap();
    let report = fsck(place.path(), &unlock()).unwrap();
    let counts = |finding: &&Finding| matches!(finding, Finding::Count { .. });
    assert_eq!(report.findings.iter().filter(counts).count(), 2, "{:?}", report.findings);
}

//! What tokens do.

use super::*;
use typex_core::limits::VAULT_TOMB_MS;

use crate::limits::SWEEP_TOKENS_MAX;
use crate::tests::Place;

const HOUR: u64 = 60 * 60 * 1000;

#[test]
fn a_value_has_one_token_and_keeps_it() {
    let place = Place::new();
    let store = place.open();
    let first = insert(&store, new_token("cards", &pan(1), &[5])).unwrap();
    assert!(first.is_new && first.record.token == token(&pan(1), 5));
    let again = insert(&store, new_token("cards", &pan(1), &[6])).unwrap();
    assert!(!again.is_new && again.record == first.record);
    let other = insert(&store, new_token("others", &pan(1), &[5])).unwrap();
    assert!(other.is_new, "domains share nothing");
    store.close().unwrap();
    let store = place.open();
    assert_eq!(resolve(&store, "cards", &token(&pan(1), 5), NOW), Some(pan(1)));
    assert_eq!(resolve(&store, "cards", &token(&pan(1), 6), NOW), None);
    assert_eq!(resolve(&store, "third", &token(&pan(1), 5), NOW), None);
}

#[test]
fn without_an_index_each_call_makes_a_token() {
    let store = Place::new().open();
    for draw in 0..5 {
        let new = NewToken { index: None, ..new_token("cards", &pan(1), &[draw]) };
        assert!(insert(&store, new).unwrap().is_new);
    }
    assert_eq!(store.read(contents).wait().unwrap().tokens.len(), 5);
}

#[test]
fn taken_candidates_are_passed_over_and_eight_are_the_end() {
    let store = Place::new().open();
    for number in 0..8 {
        insert(&store, new_token("cards", &pan(number), &[number])).unwrap();
    }
    let found = insert(&store, new_token("cards", &pan(100), &[3, 4, 77])).unwrap();
    assert_eq!((found.collisions, found.record.token), (2, token(&pan(100), 77)));
    let taken = new_token("cards", &pan(101), &[0, 1, 2, 3, 4, 5, 6, 7, 88]);
    assert_eq!(insert(&store, taken).err(), Some(ErrorKind::Internal));
    assert_eq!(resolve(&store, "cards", &token(&pan(3), 3), NOW), Some(pan(3)), "untouched");
    store.read(contents).wait().unwrap();
}

/// A tenth of 10 000 values, no more.
#[test]
fn a_pattern_is_full_at_a_tenth_and_told_from_a_twentieth() {
    let store = Place::new().open();
    let fill = store.write(|tx| {
        make_domain(tx, "cards")?;
        for number in 0..1000 {
            let new = new_token("cards", &pan(number), &[number]);
            let fill = tx.vault_insert_or_get(&new)?.fill.expect("counted");
            assert_eq!(fill.is_high, number >= 499, "{number}");
            let levels = tx.vault_levels(OWNER)?;
            let told = levels.first().map(|level| level.permille());
            let expected = (number >= 499).then_some(u64::from(number + 1) / 100 * 10);
            assert_eq!(told, expected, "{number}");
        }
        Ok(())
    });
    fill.wait().unwrap();
    let full = new_token("cards", &pan(1000), &[2000]);
    assert_eq!(insert(&store, full).err(), Some(ErrorKind::Quota));
    assert!(!insert(&store, new_token("cards", &pan(5), &[2000])).unwrap().is_new, "it has one");
    assert!(insert(&store, new_token("cards", &pan(10_000), &[1])).is_ok(), "another pattern");
    assert!(delete(&store, "cards", token(&pan(5), 5), NOW));
    let next = || insert(&store, new_token("cards", &pan(1000), &[2000]));
    assert_eq!(next().err(), Some(ErrorKind::Quota), "nor is its place given out again");
    let later = UnixMs(NOW.0 + VAULT_TOMB_MS + 2 * HOUR);
    while store.write(move |tx| tx.vault_sweep(later)).wait().unwrap().is_partial {}
    assert!(next().unwrap().is_new);
    store.read(contents).wait().unwrap();
}

#[test]
fn a_deleted_token_is_gone_with_everything() {
    let place = Place::new();
    let store = place.open();
    let new = NewToken { expiry: Some(UnixMs(NOW.0 + 1)), ..new_token("cards", &pan(1), &[5]) };
    insert(&store, new).unwrap();
    let delete = |store: &Store| {
        store.write(|tx| tx.vault_delete(OWNER, &domain("cards"), &token(&pan(1), 5), NOW))
    };
    assert!(delete(&store).wait().unwrap());
    assert!(!delete(&store).wait().unwrap());
    assert_eq!(resolve(&store, "cards", &token(&pan(1), 5), NOW), None);
    assert_eq!(store.read(contents).wait().unwrap(), Contents::default());
    let swept = store.write(|tx| tx.vault_sweep(UnixMs(NOW.0 + 100 * HOUR)));
    assert_eq!(swept.wait().unwrap().removed, 0, "nothing is left behind");
    let next = insert(&store, new_token("cards", &pan(1), &[6])).unwrap();
    assert!(next.is_new);
    store.close().unwrap();
    assert!(crate::fsck(place.path(), &crate::tests::unlock()).unwrap().is_clean());
}

/// Nobody waits for a sweep: a token is void at its end.
#[test]
fn tokens_end_and_their_values_get_new_ones() {
    let store = Place::new().open();
    let end = UnixMs(NOW.0 + 500);
    let with_end =
        |draw, now| NewToken { expiry: Some(end), now, ..new_token("cards", &pan(1), &[draw]) };
    insert(&store, with_end(5, NOW)).unwrap();
    assert_eq!(resolve(&store, "cards", &token(&pan(1), 5), UnixMs(end.0 - 1)), Some(pan(1)));
    assert_eq!(resolve(&store, "cards", &token(&pan(1), 5), end), None);
    let later = insert(&store, NewToken { expiry: None, ..with_end(6, end) }).unwrap();
    assert!(later.is_new && later.record.token == token(&pan(1), 6));
    assert_eq!(store.read(contents).wait().unwrap().tokens.len(), 1);
}

#[test]
fn sweeps_remove_what_is_over_a_bounded_part_at_a_time() {
    let place = Place::new();
    let store = place.open();
    let count = SWEEP_TOKENS_MAX as u32 + 100;
    let fill = store.write(move |tx| {
        make_domain(tx, "cards")?;
        for number in 0..count {
            // In two hours, and in two patterns.
            let expiry = Some(UnixMs(NOW.0 + u64::from(number % 2) * HOUR));
            let new = new_token("cards", &pan(number * 10), &[number]);
            tx.vault_insert_or_get(&NewToken { expiry, ..new })?;
        }
        let kept = NewToken {
            expiry: Some(UnixMs(NOW.0 + 50 * HOUR)),
            ..new_token("cards", &pan(1), &[9999])
        };
        tx.vault_insert_or_get(&kept).map(|_| ())
    });
    fill.wait().unwrap();
    let sweep = |hours: u64| {
        let swept = store.write(move |tx| tx.vault_sweep(UnixMs(NOW.0 + hours * HOUR)));
        let swept = swept.wait().unwrap();
        store.read(contents).wait().unwrap();
        (swept.removed, swept.is_partial)
    };
    assert_eq!(sweep(0), (0, false));
    assert_eq!(sweep(1), (count as usize / 2, false));
    assert_eq!(sweep(3), (count as usize / 2, false));
    assert_eq!(sweep(3), (0, false));
    assert_eq!(resolve(&store, "cards", &token(&pan(1), 9999), NOW), Some(pan(1)));
    assert!(sweep(5000).1, "too many hours for one");
    while sweep(5000).1 {}
    assert_eq!(store.read(contents).wait().unwrap(), Contents::default());
}

/// A clock that was set back may say that a token ended before it was made.
#[test]
fn an_end_before_the_beginning_is_swept_as_well() {
    let store = Place::new().open();
    let later = NewToken { expiry: Some(NOW), ..new_token("cards", &pan(1), &[5]) };
    insert(&store, later).unwrap();
    let now = UnixMs(NOW.0 + 20 * HOUR);
    let sweep = || store.write(move |tx| tx.vault_sweep(now)).wait().unwrap().removed;
    assert_eq!(sweep(), 1);
    assert_eq!(
        store.read(|tx| tx.vault_swept()).wait().unwrap(),
        Some(UnixMs(now.0 / HOUR * HOUR))
    );
    let new = NewToken { now, expiry: Some(NOW), ..new_token("cards", &pan(2), &[6]) };
    insert(&store, new).unwrap();
    assert_eq!(sweep(), 1);
    assert_eq!(store.read(contents).wait().unwrap(), Contents::default());
}

#[test]
fn one_sweep_removes_no_more_than_its_part() {
    let store = Place::new().open();
    let count = SWEEP_TOKENS_MAX as u32 + 100;
    let fill = store.write(move |tx| {
        make_domain(tx, "cards")?;
        for number in 0..count {
            let new = new_token("cards", &pan(number * 10), &[number]);
            tx.vault_insert_or_get(&NewToken { expiry: Some(NOW), ..new })?;
        }
        Ok(())
    });
    fill.wait().unwrap();
    let sweep = || {
        let swept = store.write(|tx| tx.vault_sweep(UnixMs(NOW.0 + HOUR))).wait().unwrap();
        (swept.removed, swept.is_partial)
    };
    assert_eq!(sweep(), (SWEEP_TOKENS_MAX, true));
    assert_eq!(sweep(), (100, false));
    assert_eq!(store.read(contents).wait().unwrap(), Contents::default());
}

/// A value is sealed anew only over the seal that was read.
#[test]
fn seals_are_replaced_only_if_nobody_was_faster() {
    let store = Place::new().open();
    let old = insert(&store, new_token("cards", &pan(1), &[5])).unwrap().record;
    let newer = |version| Sealed { version, ..old.sealed.clone() };
    let reseal = |from: &VaultRecord, to: Sealed| {
        let from = from.clone();
        store.write(move |tx| tx.vault_reseal(&from, to, NOW)).wait().unwrap()
    };
    assert!(reseal(&old, newer(2)));
    assert!(!reseal(&old, newer(3)), "somebody was");
    let found = store.read({
        let token = old.token.clone();
        move |tx| tx.vault_record(OWNER, &domain("cards"), &token, NOW)
    });
    let found = found.wait().unwrap().unwrap();
    assert_eq!(found.sealed.version, 2);
    assert!(found == VaultRecord { sealed: newer(2), ..old.clone() }, "nothing else changed");
    let gone = store.write(|tx| tx.vault_delete(OWNER, &domain("cards"), &token(&pan(1), 5), NOW));
    assert!(gone.wait().unwrap());
    assert!(!reseal(&found, newer(4)), "not revived");
    assert_eq!(store.read(contents).wait().unwrap(), Contents::default());
}

/// Many threads ask for tokens of the same few values at once.
#[test]
fn callers_with_one_value_get_one_token() {
    const VALUES: u32 = 40;
    let place = Place::new();
    let store = place.open();
    let threads: Vec<_> = (0..8_u32)
        .map(|thread| {
            let store = store.clone();
            std::thread::spawn(move || {
                store.write(|tx| make_domain(tx, "cards")).wait().unwrap();
                let ask = |number: u32| {
                    let value = (number * 7 + thread * 3) % VALUES;
                    let new = new_token("cards", &pan(value), &[thread * 1000 + number]);
                    (value, store.write(move |tx| tx.vault_insert_or_get(&new)))
                };
                let asked: Vec<_> = (0..VALUES).map(ask).collect();
                let answered = asked.into_iter().map(|(value, reply)| {
                    let inserted = reply.wait().unwrap();
                    (value, inserted.record.token, inserted.is_new)
                });
                answered.collect::<Vec<_>>()
            })
        })
        .collect();
    let answers: Vec<_> = threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect();
    assert_eq!(answers.len(), 8 * VALUES as usize);
    assert_eq!(answers.iter().filter(|(.., is_new)| *is_new).count(), VALUES as usize);
    for (value, token, _) in &answers {
        assert_eq!(resolve(&store, "cards", token, NOW), Some(pan(*value)));
    }
    let tokens: std::collections::BTreeSet<_> = answers.iter().map(|(_, token, _)| token).collect();
    assert_eq!(tokens.len(), VALUES as usize);
    store.close().unwrap();
    assert!(crate::fsck(place.path(), &crate::tests::unlock()).unwrap().is_clean());
}

#[test]
fn domains_are_added_once_and_dropped_when_they_are_empty() {
    let store = Place::new().open();
    let create = |name: &str| {
        let domain = vault_domain(name);
        store.write(move |tx| tx.create_token_domain(&domain)).wait().map_err(|error| error.kind)
    };
    let delete = |name: &str| {
        let name = domain(name);
        store
            .write(move |tx| tx.delete_token_domain(OWNER, &name))
            .wait()
            .map_err(|error| error.kind)
    };
    assert_eq!(create("cards"), Ok(()));
    assert_eq!(create("cards"), Err(ErrorKind::KeyExists));
    assert_eq!(create("accounts"), Ok(()));
    let names = store.read(|tx| tx.token_domains(OWNER)).wait().unwrap();
    let names: Vec<_> = names.iter().map(|domain| domain.name.as_str()).collect();
    assert_eq!(names, ["accounts", "cards"]);
    assert!(store.read(|tx| tx.token_domains(PartitionId([9; 16]))).wait().unwrap().is_empty());
    insert(&store, new_token("cards", &pan(1), &[5])).unwrap();
    assert_eq!(delete("cards"), Err(ErrorKind::WrongState));
    assert_eq!(delete("accounts"), Ok(()));
    assert_eq!(delete("accounts"), Err(ErrorKind::KeyNotFound));
    let gone = store.write(|tx| tx.vault_delete(OWNER, &domain("cards"), &token(&pan(1), 5), NOW));
    assert!(gone.wait().unwrap());
    assert_eq!(delete("cards"), Ok(()));
}

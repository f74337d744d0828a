//! Transactions against a `BTreeMap`.

use std::collections::BTreeMap;
use std::ops::ControlFlow;

use proptest::prelude::*;
use typex_core::{ErrorKind, PartitionId};

use super::{Note, Place, note};
use crate::{Store, Tx};

#[derive(Clone, Debug)]
enum Step {
    Put(u8, u8, String),
    Delete(u8, u8),
}

/// What one closure does, and whether it then succeeds.
type Request = (Vec<Step>, bool);
type Model = BTreeMap<(u8, u8), String>;

fn requests() -> impl Strategy<Value = Vec<Request>> {
    let step = prop_oneof![
        (0..3u8, 0..6u8, "[a-z]{0,40}")
            .prop_map(|(owner, name, text)| Step::Put(owner, name, text)),
        (0..3u8, 0..6u8).prop_map(|(owner, name)| Step::Delete(owner, name)),
    ];
    let request = (prop::collection::vec(step, 0..6), prop::bool::weighted(0.7));
    prop::collection::vec(request, 1..20)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 16, ..ProptestConfig::default() })]

    #[test]
    fn closures_change_all_or_nothing(requests in requests(), reopen_at in 0..20usize) {
        let place = Place::new();
        let mut store = place.open();
        let mut model = Model::new();
        for (at, (steps, keep)) in requests.into_iter().enumerate() {
            if at == reopen_at {
                store.close().unwrap();
                store = place.open();
            }
            let mut next = model.clone();
            steps.iter().for_each(|step| apply(&mut next, step));
            let expected = next.clone();
            let answer = store.write(move |tx| {
                for step in &steps {
                    run(tx, step);
                }
                assert_eq!(contents(tx), expected);
                if keep { Ok(()) } else { Err(ErrorKind::Forbidden.into()) }
            });
            prop_assert_eq!(answer.wait().is_ok(), keep);
            if keep {
                model = next;
            }
            prop_assert_eq!(&read(&store), &model);
        }
        store.close().unwrap();
        prop_assert_eq!(&read(&place.open()), &model);
    }
}

fn apply(model: &mut Model, step: &Step) {
    match step.clone() {
        Step::Put(owner, name, text) => model.insert((owner, name), text),
        Step::Delete(owner, name) => model.remove(&(owner, name)),
    };
}

fn run(tx: &mut Tx<'_>, step: &Step) {
    match step {
        Step::Put(owner, name, text) => tx.put(&note(*owner, &name.to_string(), text)).unwrap(),
        Step::Delete(owner, name) => {
            let owner = PartitionId([*owner; 16]);
            let there = tx.get::<Note>(owner, name.to_string().as_bytes()).unwrap().is_some();
            let deleted = tx.delete::<Note>(owner, name.to_string().as_bytes()).unwrap();
            assert_eq!(deleted, there);
        }
    }
}

fn read(store: &Store) -> Model {
    store.read(|tx| Ok(contents(tx))).wait().unwrap()
}

/// All notes, collected in three ways that must agree.
fn contents(tx: &Tx<'_>) -> Model {
    let mut all = Model::new();
    tx.scan_all(|note: Note| {
        all.insert((note.owner.0[0], note.name.parse().unwrap()), note.text);
        Ok(ControlFlow::Continue(()))
    })
    .unwrap();
    let mut by_partition = Model::new();
    for owner in 0..3 {
        tx.scan(PartitionId([owner; 16]), |note: Note| {
            assert_eq!(note.owner.0[0], owner);
            by_partition.insert((owner, note.name.parse().unwrap()), note.text);
            Ok(ControlFlow::Continue(()))
        })
        .unwrap();
        for name in 0..6u8 {
            let found: Option<Note> =
                tx.get(PartitionId([owner; 16]), name.to_string().as_bytes()).unwrap();
            assert_eq!(found.map(|note| note.text).as_ref(), all.get(&(owner, name)));
        }
    }
    assert_eq!(all, by_partition);
    all
}

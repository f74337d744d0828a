//! A vault against a map.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::*;
use crate::tests::Place;

#[derive(Clone, Debug)]
enum Step {
    Tokenize { domain: u8, value: u32, draws: Vec<u32>, ttl_ms: Option<u64> },
    Delete { domain: u8, value: u32, draw: u32 },
    Sweep,
    Wait(u64),
    Reopen,
}

/// Domain and token to value and end.
type Tokens = BTreeMap<(u8, Vec<u8>), (u32, Option<u64>)>;

#[derive(Clone, Default)]
struct Model {
    tokens: Tokens,
    /// Those that are gone: for longer than any run lasts.
    gone: BTreeSet<(u8, Vec<u8>)>,
}

impl Model {
    /// Removes what `goes`.
    fn remove(&mut self, goes: impl Fn(&(u8, Vec<u8>), u32, Option<u64>) -> bool) -> usize {
        let going = self.tokens.extract_if(.., |id, (value, end)| goes(id, *value, *end));
        let going: Vec<_> = going.map(|(id, _)| id).collect();
        let count = going.len();
        self.gone.extend(going);
        count
    }
}

fn step() -> impl Strategy<Value = Step> {
    let value = || 0..12_u32;
    // Few draws, so that many collide.
    let draws = || prop::collection::vec(0..40_u32, 1..4);
    let ttl = prop::option::of(0..5_000_000_u64);
    prop_oneof![
        8 => (0..2_u8, value(), draws(), ttl).prop_map(|(domain, value, draws, ttl_ms)| {
            Step::Tokenize { domain, value, draws, ttl_ms }
        }),
        3 => (0..2_u8, value(), 0..40_u32)
            .prop_map(|(domain, value, draw)| Step::Delete { domain, value, draw }),
        1 => Just(Step::Sweep),
        2 => (0..5_000_000_u64).prop_map(Step::Wait),
        1 => Just(Step::Reopen),
    ]
}

fn name(domain: u8) -> String {
    format!("domain-{domain}")
}

fn live(model: &Model, now: u64) -> impl Iterator<Item = (&(u8, Vec<u8>), u32)> {
    let is_live = move |end: &Option<u64>| end.is_none_or(|end| now < end);
    let tokens = model.tokens.iter().filter(move |(_, (_, end))| is_live(end));
    tokens.map(|(id, (value, _))| (id, *value))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn vaults_do_what_a_map_does(steps in prop::collection::vec(step(), 1..60)) {
        let place = Place::new();
        let (mut store, mut model, mut now) = (place.open(), Model::default(), NOW.0);
        for step in steps {
            match step {
                Step::Tokenize { domain, value, draws, ttl_ms } => {
                    tokenize(&store, &mut model, (domain, value, &draws), ttl_ms, now)?;
                }
                Step::Delete { domain, value, draw } => {
                    delete(&store, &mut model, (domain, token(&pan(value), draw)), now)?;
                }
                Step::Sweep => sweep(&store, &mut model, now)?,
                Step::Wait(ms) => now += ms,
                Step::Reopen => {
                    store.close().unwrap();
                    store = place.open();
                }
            }
            let found = store.read(contents).wait().unwrap().tokens;
            let expected = model.tokens.iter().map(|((domain, token), (value, _))| {
                (name(*domain), token.clone(), pan(*value))
            });
            prop_assert_eq!(found, expected.collect::<Vec<_>>());
        }
        for ((domain, token), (value, end)) in &model.tokens {
            let is_live = end.is_none_or(|end| now < end);
            let found = resolve(&store, &name(*domain), token, UnixMs(now));
            prop_assert_eq!(found, is_live.then(|| pan(*value)));
        }
    }
}

fn delete(
    store: &Store,
    model: &mut Model,
    id: (u8, Vec<u8>),
    now: u64,
) -> Result<(), TestCaseError> {
    let was_live = live(model, now).any(|(known, _)| *known == id);
    model.remove(|known, _, _| *known == id);
    let (name, token) = (domain(&name(id.0)), id.1);
    let gone = store.write(move |tx| tx.vault_delete(OWNER, &name, &token, UnixMs(now)));
    prop_assert_eq!(gone.wait().unwrap(), was_live);
    Ok(())
}

/// What ended in an hour before this one goes.
fn sweep(store: &Store, model: &mut Model, now: u64) -> Result<(), TestCaseError> {
    let hour = now / 3_600_000 * 3_600_000;
    let removed = model.remove(|_, _, end| end.is_some_and(|end| end < hour));
    let swept = store.write(move |tx| tx.vault_sweep(UnixMs(now))).wait().unwrap();
    prop_assert_eq!((swept.removed, swept.orphans), (removed, 0));
    Ok(())
}

fn tokenize(
    store: &Store,
    model: &mut Model,
    (domain, value, draws): (u8, u32, &[u32]),
    ttl_ms: Option<u64>,
    now: u64,
) -> Result<(), TestCaseError> {
    let end = ttl_ms.map(|ttl_ms| now + ttl_ms);
    let new = new_token(&name(domain), &pan(value), draws);
    let new = NewToken { now: UnixMs(now), expiry: end.map(UnixMs), ..new };
    let found = insert(store, new);
    let has = live(model, now).find(|((of, _), known)| *of == domain && *known == value);
    if let Some(((_, token), _)) = has {
        let found = found.map_err(|kind| TestCaseError::fail(format!("{kind:?}")))?;
        prop_assert!(!found.is_new && found.record.token == *token);
        return Ok(());
    }
    let mut next = model.clone();
    next.remove(|(of, _), known, _| *of == domain && known == value);
    let free = draws.iter().map(|draw| token(&pan(value), *draw));
    let is_free = |token: &Vec<u8>| {
        let id = (domain, token.clone());
        !next.tokens.contains_key(&id) && !next.gone.contains(&id)
    };
    match { free }.find(is_free) {
        None => prop_assert_eq!(found.err(), Some(ErrorKind::Internal)),
        Some(token) => {
            let found = found.map_err(|kind| TestCaseError::fail(format!("{kind:?}")))?;
            prop_assert!(found.is_new && found.record.token == token);
            next.tokens.insert((domain, token), (value, end));
            *model = next;
        }
    }
    Ok(())
}

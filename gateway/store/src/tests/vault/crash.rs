//! The power goes off while tokens are made, deleted and sealed anew.

use super::*;
use crate::log::testing::{Medium, Rng};
use crate::tests::crash::{Broken, entry, formatted, open_with};
use crate::tests::disk::{DATABASE, Sync};

const SEED: u64 = 0x70_6b65_6e73;
const WRITES: usize = 60;
const VALUES: u64 = 25;

/// What a request of the run asks for.
#[derive(Clone, Debug)]
enum Asked {
    Tokenize { domain: &'static str, value: u32, draws: Vec<u32>, ends: bool },
    Delete { domain: &'static str, value: u32, draw: u32 },
    Reseal { domain: &'static str, value: u32, draw: u32 },
    Sweep,
}

/// What was promised, and how much had happened on the medium by then.
struct Promise {
    events: usize,
    /// Requests answered so far.
    answered: usize,
}

struct History {
    medium: Medium,
    /// Contents after each request.
    states: Vec<Contents>,
    promises: Vec<Promise>,
}

/// Images to open: fewer than for the store as a whole, whose commits these are.
fn image_count() -> usize {
    let set = std::env::var("TYPEX_CRASH_IMAGES").ok().and_then(|text| text.parse().ok());
    set.unwrap_or(if cfg!(debug_assertions) { 200 } else { 2000 })
}

fn asked(rng: &mut Rng) -> Asked {
    let domain = if rng.once_in(2) { "cards" } else { "others" };
    let value = rng.below(VALUES) as u32;
    match rng.below(10) {
        0 => Asked::Sweep,
        1 => Asked::Delete { domain, value, draw: rng.below(60) as u32 },
        2 => Asked::Reseal { domain, value, draw: rng.below(60) as u32 },
        _ => {
            let draws = (0..4).map(|_| rng.below(60) as u32).collect();
            Asked::Tokenize { domain, value, draws, ends: rng.once_in(3) }
        }
    }
}

fn perform(tx: &mut Tx<'_>, asked: &Asked) -> Result<(), Error> {
    tx.record(entry());
    match asked {
        Asked::Tokenize { domain, value, draws, ends } => {
            make_domain(tx, domain)?;
            let new = new_token(domain, &pan(*value), draws);
            let new = NewToken { expiry: ends.then_some(UnixMs(NOW.0 + 1)), ..new };
            tx.vault_insert_or_get(&new).map(|_| ())
        }
        Asked::Delete { domain: name, value, draw } => {
            tx.vault_delete(OWNER, &domain(name), &token(&pan(*value), *draw), NOW).map(|_| ())
        }
        Asked::Reseal { domain: name, value, draw } => {
            let found = tx.vault_record(OWNER, &domain(name), &token(&pan(*value), *draw), NOW)?;
            let Some(found) = found else { return Ok(()) };
            let sealed = Sealed { version: found.sealed.version + 1, ..found.sealed.clone() };
            tx.vault_reseal(&found, sealed, NOW).map(|_| ())
        }
        Asked::Sweep => tx.vault_sweep(UnixMs(NOW.0 + 2 * 3_600_000)).map(|_| ()),
    }
}

fn run(start: &Medium, rng: &mut Rng) -> History {
    run_on(start, rng, Sync::Honest)
}

fn run_on(start: &Medium, rng: &mut Rng, database: Sync) -> History {
    let medium = Medium::with(start.files());
    let store = open_with(&medium, database, Sync::Honest).unwrap();
    let mut states = vec![Contents::default()];
    let mut promises = vec![Promise { events: 0, answered: 0 }];
    while states.len() <= WRITES {
        // Several at once share a commit.
        let replies: Vec<_> = (0..1 + rng.below(4))
            .map(|_| {
                let asked = asked(rng);
                store.write(move |tx| {
                    let done = perform(tx, &asked).map_err(|error| error.kind);
                    assert!(matches!(done, Ok(()) | Err(ErrorKind::Internal)), "{asked:?}");
                    contents(tx)
                })
            })
            .collect();
        for reply in replies {
            states.push(reply.wait().unwrap());
        }
        promises.push(Promise { events: medium.events(), answered: states.len() - 1 });
    }
    History { medium, states, promises }
}

impl History {
    /// Opens what a crash may leave: the contents fit together, and are those after a request that
    /// was answered, or after a later one.
    fn check(&self, events: usize, rng: &mut Rng) -> Result<(), Broken> {
        self.check_image(&self.medium.crash(events, rng), events)
    }

    fn check_image(&self, image: &Medium, events: usize) -> Result<(), Broken> {
        let promise = self.promises.iter().rev().find(|promise| promise.events <= events);
        let answered = promise.expect("nothing is promised at the start").answered;
        let store = open_with(image, Sync::Honest, Sync::Honest)?;
        let found = store.read(contents).wait().expect("reads");
        let Some(after) = self.states[answered..].iter().position(|state| *state == found) else {
            let found = found.tokens.len() as u32;
            return Err(Broken::Lost { acknowledged: answered as u32, found });
        };
        for (name, token, value) in &self.states[answered + after].tokens {
            let record = store.read({
                let (name, token) = (domain(name), token.clone());
                move |tx| tx.vault_record(OWNER, &name, &token, NOW)
            });
            assert_eq!(record.wait().unwrap().as_ref().map(opened).as_ref(), Some(value));
        }
        store.close().unwrap();
        Ok(())
    }
}

#[test]
fn every_acknowledged_token_resolves_after_a_crash_and_values_have_one() {
    let (start, images) = (formatted(), image_count());
    for run_number in 0..4 {
        let seed = SEED + run_number;
        let history = run(&start, &mut Rng(seed));
        let all = history.medium.events() + 1;
        println!("seed {seed:#x}: {} images over {all} events", images / 4);
        let mut rng = Rng(seed);
        // Every moment in turn, not only the first ones.
        for at in 0..images / 4 {
            assert_eq!(history.check(at * 7 % all, &mut rng), Ok(()), "seed {seed:#x}, image {at}");
        }
        let most = history.states.iter().map(|state| state.tokens.len()).max();
        assert!(most > Some(10), "the run did something");
    }
}

/// The checks above see what a disk loses that says it has written.
#[test]
fn tokens_that_a_disk_only_pretends_to_keep_are_missed() {
    let start = formatted();
    let history = run_on(&start, &mut Rng(SEED), Sync::Pretend);
    let mut files = history.medium.files();
    files.extend(start.files().into_iter().filter(|(name, _)| *name == DATABASE));
    let found = history.check_image(&Medium::with(files), history.medium.events());
    assert!(matches!(found, Err(Broken::Lost { found: 0, .. })), "{found:?}");
}

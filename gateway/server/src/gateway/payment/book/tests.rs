//! Counts on disk, whatever the order in which requests count and close.

use proptest::prelude::*;
use typex_core::policy::abuse::{AbuseRules, Kind, Rule, Subject, SubjectId};
use typex_core::{KeyId, PartitionId, UnixMs};
use typex_store::{Store, system_clock};

use super::Book;
use crate::gateway::payment::counts::Counts;
use crate::stand::Place;

/// Nobody waits, so that every try begins; nothing is over before the test is.
const RULE: Rule =
    Rule { free: 1 << 20, span_ms: 1 << 40, base_ms: 1, cap_ms: 1, counts_open: false };
const RULES: AbuseRules = AbuseRules { pan: RULE, caller: RULE, key: RULE };

/// A gateway's counts, and who stopped in between.
struct World {
    place: Place,
    running: Option<(Store, Counts)>,
    books: [Book; 3],
}

/// Failures of two cards, of the caller, of the key.
type Failures = [u32; 4];

fn subject(card: u8) -> Subject {
    let partition = PartitionId([1; 16]);
    Subject { partition, pan: Some([card; 16]), caller: [7; 16], key: KeyId([8; 16]) }
}

impl World {
    fn new() -> Self {
        let place = Place::new(UnixMs(1));
        let mut world = Self { place, running: None, books: Default::default() };
        world.start();
        world
    }

    fn start(&mut self) {
        let store = self.place.open();
        let counts = Counts::open(&store, RULES).expect("counts");
        self.running = Some((store, counts));
    }

    /// Ends without a word to those whose books are open, and starts again.
    fn restart(&mut self) {
        self.books = Default::default();
        let (store, _) = self.running.take().expect("it runs");
        store.close().expect("a healthy store");
        self.start();
    }

    fn fail(&mut self, book: usize, card: u8) {
        let (_, counts) = self.running.as_ref().expect("it runs");
        let mut abuse = counts.lock();
        let now = system_clock();
        let tried = abuse.begin(subject(card), now).expect("nobody waits");
        self.books[book].count(abuse.failed([tried], now).expect("nobody waits"));
    }

    fn close(&mut self, book: usize) {
        let (store, counts) = self.running.as_ref().expect("it runs");
        let book = std::mem::take(&mut self.books[book]);
        let close = book.close(store, counts);
        let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
        runtime.block_on(close).expect("durable");
    }

    /// What a gateway that started now would know.
    fn kept(&self) -> Failures {
        let (store, _) = self.running.as_ref().expect("it runs");
        let known = Counts::open(store, RULES).expect("counts");
        let mut counts = Failures::default();
        for one in known.standing() {
            counts[place(one.id)] = one.failures;
        }
        counts
    }
}

fn place(id: SubjectId) -> usize {
    match id.kind {
        Kind::Pan => usize::from(id.id[0]),
        Kind::Caller => 2,
        Kind::Key => 3,
    }
}

#[test]
fn a_long_batch_does_not_write_over_what_failed_meanwhile() {
    let mut world = World::new();
    world.fail(0, 0);
    for _ in 0..5 {
        world.fail(1, 0);
        world.close(1);
    }
    assert_eq!(world.kept(), [6, 0, 6, 6]);
    world.close(0);
    assert_eq!(world.kept(), [6, 0, 6, 6]);
    world.restart();
    assert_eq!(world.kept(), [6, 0, 6, 6]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(8))]

    /// Three requests count and close in any order, and the gateway ends at any time: what was
    /// counted before a close is never less again.
    #[test]
    fn what_is_on_disk_never_goes_back(
        steps in prop::collection::vec((0_usize..3, 0_u8..12), 1..24),
    ) {
        let mut world = World::new();
        let (mut counted, mut owed) = (Failures::default(), Failures::default());
        for (book, what) in steps {
            match what {
                0 => {
                    // What nobody was told may be lost.
                    world.restart();
                    counted = world.kept();
                }
                1..=3 => {
                    for id in &world.books[book].counted {
                        owed[place(*id)] = counted[place(*id)];
                    }
                    world.close(book);
                }
                _ => {
                    world.fail(book, what % 2);
                    for place in [usize::from(what % 2), 2, 3] {
                        counted[place] += 1;
                    }
                }
            }
            let kept = world.kept();
            let enough = kept.iter().zip(&owed).all(|(kept, owed)| kept >= owed);
            prop_assert!(enough, "{kept:?} of {owed:?}");
        }
    }
}

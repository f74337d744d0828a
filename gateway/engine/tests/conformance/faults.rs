//! Every fault of the link under load: each job is answered once and rightly, by card or software.

use std::sync::Arc;
use std::time::{Duration, Instant};

use pcie_sim::{Fault, FaultKind, Host};
use typex_abi::{CardKind, Link, register};
use typex_card::{Bench, Board, BoardOptions};
use typex_core::error::ErrorKind;
use typex_engine::backend::{self, Place, Start};
use typex_engine::{Card, CardOptions};

use crate::case::{Case, Random};
use crate::random::Source;
use crate::subject::Subject;

/// Seeds in all, over all kinds of faults.
const SEEDS: u64 = 1000;
/// Jobs of one core in one round.
const JOBS: usize = 40;
/// No answer takes longer, in wall time.
const DEADLINE: Duration = Duration::from_secs(20);

/// Time-outs short enough for a thousand faults.
fn options() -> CardOptions {
    CardOptions {
        ring_entries: 64,
        job_timeout: Duration::from_micros(500),
        stall_limit: Duration::from_millis(500),
        tick: Duration::from_millis(1),
        retry_max: Duration::from_millis(5),
        ..CardOptions::default()
    }
}

/// A card with two cores on it.
struct World {
    card: Arc<Card>,
    board: Board,
    cores: [Subject; 2],
}

impl World {
    fn new(name: &str, kind: CardKind) -> Self {
        let board = Board::new(kind, &BoardOptions::default()).unwrap();
        let card = Card::start(board.link(), options()).unwrap();
        let entry = backend::find(name).unwrap();
        let core = |core| {
            let start = Start {
                place: Place::Core(core),
                card: Some(Arc::clone(&card)),
                ..Start::default()
            };
            Subject::new(name, entry, (entry.start)(&start))
        };
        let cores = [core(0), core(1)];
        Self { card, board, cores }
    }

    /// Runs jobs on both cores at once; with the time that the slower took.
    fn run(&mut self, cases: [&[Case]; 2], check: fn(&mut Subject, &[Case])) -> Duration {
        let started = Instant::now();
        let [first, second] = &mut self.cores;
        std::thread::scope(|scope| {
            scope.spawn(|| check(second, cases[1]));
            check(first, cases[0]);
        });
        started.elapsed()
    }

    fn wait_until_ready(&self, what: &str) {
        let started = Instant::now();
        while !self.card.is_ready() {
            assert!(started.elapsed() < DEADLINE, "{what}: the card does not come back");
            std::thread::sleep(Duration::from_millis(1));
        }
    }
}

/// A fault that strikes within a round of jobs.
fn fault(random: &mut Random, kind: FaultKind, link: &mut dyn Link) -> Fault {
    let nth = |random: &mut Random, most| Fault::nth(kind, random.below(most) as u64);
    match kind {
        FaultKind::Hang(_) | FaultKind::Removal => nth(random, 3000),
        FaultKind::LoseInterrupt => nth(random, 2),
        FaultKind::LoseRegisterWrite | FaultKind::ResetInBurst => nth(random, 10),
        // A flipped bit of a payload is the link's to notice; of a completion it is the driver's.
        FaultKind::CorruptWrite => {
            let low = link.read(register::RING_CQ_BASE).unwrap();
            let high = link.read(register::RING_CQ_BASE + 4).unwrap();
            let base = u64::from(high) << 32 | u64::from(low);
            nth(random, 20).within(base..base + 64 * 32)
        }
        _ => nth(random, 60),
    }
}

/// One kind of fault again and again. Returns how often the card came back.
fn survive(kind: FaultKind, seeds: impl Iterator<Item = u64>) -> u64 {
    survive_on(CardKind::Model, kind, seeds)
}

fn survive_on(card: CardKind, kind: FaultKind, seeds: impl Iterator<Item = u64>) -> u64 {
    let mut world = World::new("failover", card);
    let host = world.board.host();
    for seed in seeds {
        strike(&mut world, &host, kind, seed);
    }
    compute_again(&mut world, kind);
    let snapshot = world.card.inspect();
    println!(
        "{kind:?}: {} recoveries, {} failovers, last recovery {} us of the link's clock, {:?}",
        snapshot.recoveries,
        snapshot.failovers,
        snapshot.recovery_last.as_micros(),
        snapshot.faults.iter().filter(|(_, count)| *count > 0).collect::<Vec<_>>(),
    );
    snapshot.recoveries
}

/// A round of jobs with one fault in it, until the card is ready again.
fn strike(world: &mut World, host: &Host, kind: FaultKind, seed: u64) {
    let what = format!("{kind:?}, seed {seed}");
    let mut random = Random::new(seed);
    let mut source = Source::new(Random::new(seed), 40);
    let [first, second] = [(); 2].map(|()| source.cases(JOBS));
    let fault = fault(&mut random, kind, &mut *world.board.link());
    host.inject(fault).unwrap();
    let took = world.run([&first, &second], Subject::check_together);
    assert!(took < DEADLINE, "{what}: {took:?}");
    if kind == FaultKind::Removal {
        plug(host);
    }
    world.wait_until_ready(&what);
}

/// After the faults the card itself computes.
fn compute_again(world: &mut World, kind: FaultKind) {
    // What is left of the last faults strikes nobody after this.
    let mut source = Source::new(Random::new(1), 40);
    let cases = source.cases(JOBS);
    let before = on_card(&world.card);
    for _ in 0..6 {
        world.run([&cases, &cases], Subject::check_together);
        world.wait_until_ready("afterwards");
    }
    assert!(on_card(&world.card) > before, "{kind:?}: the card computes no more");
}

fn plug(host: &Host) {
    host.plug().unwrap().wait().unwrap();
}

fn on_card(card: &Card) -> u64 {
    card.snapshot().jobs.iter().map(|(_, jobs)| jobs).sum()
}

fn seeds(of: usize) -> impl Iterator<Item = u64> {
    let kinds = FaultKind::ALL.len();
    let share = SEEDS.div_ceil(kinds as u64);
    let full = std::env::var("TEST_SCALE").is_ok_and(|scale| scale == "full");
    let share = if full { share * 10 } else { share };
    (0..share).map(move |seed| seed * kinds as u64 + of as u64)
}

macro_rules! kinds {
    ($($name:ident: $at:literal $(, $least:literal)?;)*) => {$(
        #[test]
        fn $name() {
            let _recoveries = survive(FaultKind::ALL[$at], seeds($at));
            $(assert!(_recoveries >= $least);)?
        }
    )*};
}

// The number of each kind, and how often the card has to come back at least.
kinds! {
    dropped_completions: 0;
    delayed_completions: 1;
    duplicated_completions: 2;
    reordered_completions: 3;
    truncated_completions: 4;
    poisoned_completions: 5;
    bad_addresses: 6;
    corrupt_writes: 7, 10;
    late_writes: 8;
    lost_interrupts: 9;
    lost_register_writes: 10;
    hangs: 11, 30;
    removals: 12, 30;
    resets_in_bursts: 13, 10;
}

/// Twenty seeds and more, over all kinds.
#[test]
fn every_fault_on_the_rtl() {
    if !typex_card::COSIM {
        println!("SKIPPED: faults of the RTL, which needs the feature `cosim` and Verilator");
        return;
    }
    for (at, kind) in FaultKind::ALL.into_iter().enumerate() {
        survive_on(CardKind::Rtl, kind, seeds(at).take(2));
    }
}

/// Writes held up beyond a reset: their jobs are computed again, and what lands afterwards hits
/// nobody. Stepped by hand: a simulation that runs leaps to the late write.
#[test]
fn writes_that_land_after_a_reset() {
    let bench = Arc::new(Bench::new(CardKind::Model, &BoardOptions::default()).unwrap());
    // A register read leaps, too, so the keeper makes none before there is a fault.
    let options = CardOptions { tick: DEADLINE, ..options() };
    let card = Card::start(bench.link(), options).unwrap();
    let entry = backend::find("failover").unwrap();
    let start = Start { place: Place::Core(0), card: Some(Arc::clone(&card)), ..Start::default() };
    let mut subject = Subject::new("by hand", entry, (entry.start)(&start));
    let stepped = Arc::clone(&bench);
    subject.idle = Box::new(move || stepped.with(|simulation| simulation.step_cycles(500)));
    let late = FaultKind::LateWrite(10_000_000_000);
    let (mut resets, mut came_late) = (0, 0);
    for seed in 0..40 {
        let cases = Source::new(Random::new(seed), 40).cases(JOBS);
        let before = card.snapshot().recoveries;
        let late_before = bench.with(|simulation| simulation.statistics().writes_late);
        bench.with(|simulation| simulation.inject(Fault::nth(late, seed)));
        subject.check_together(&cases);
        let started = Instant::now();
        while !card.is_ready() {
            assert!(started.elapsed() < DEADLINE, "seed {seed}: the card does not come back");
        }
        // A seed may hold up a write that no job waits for.
        resets += u32::from(card.snapshot().recoveries > before);
        subject.check_together(&cases);
        bench.with(|simulation| simulation.advance_to(simulation.now_ps() + 11_000_000_000));
        subject.check_together(&cases);
        let late = bench.with(|simulation| simulation.statistics().writes_late);
        came_late += u32::from(late > late_before);
    }
    assert!(resets >= 5 && came_late >= 5, "{resets} resets, late writes after {came_late}");
}

/// Without software behind it a faulted card's jobs fail, each once, and the rest is right.
#[test]
fn without_failover_jobs_fail_once() {
    let mut world = World::new("fpga", CardKind::Model);
    let host = world.board.host();
    for seed in 0..20 {
        let mut source = Source::new(Random::new(seed), 40);
        let [first, second] = [(); 2].map(|()| source.cases(JOBS));
        host.inject(Fault::nth(FaultKind::Hang(0), 500 * seed)).unwrap();
        world.run([&first, &second], |subject, cases| {
            for (case, result) in cases.iter().zip(subject.run(tasks(cases))) {
                let failed = result == Err(ErrorKind::DeviceFault);
                assert!(failed || result == case.expected, "{case}");
            }
        });
        world.wait_until_ready("a hang");
    }
    assert!(world.card.snapshot().recoveries > 0);
}

fn tasks(cases: &[Case]) -> Vec<typex_engine::Task> {
    cases.iter().map(Case::task).collect()
}

/// Self-tests and resets on request, in the middle of the work.
#[test]
fn orders_disturb_nobody() {
    let mut world = World::new("failover", CardKind::Model);
    let card = Arc::clone(&world.card);
    let orders = std::thread::spawn(move || {
        for _ in 0..10 {
            card.selftest().unwrap();
            assert!(card.reset().unwrap() > Duration::ZERO);
            assert!(!card.inspect().counters.is_empty());
        }
    });
    let mut source = Source::new(Random::new(2), 40);
    while !orders.is_finished() {
        let [first, second] = [(); 2].map(|()| source.cases(JOBS));
        world.run([&first, &second], Subject::check_together);
    }
    orders.join().unwrap();
    let snapshot = world.card.inspect();
    assert_eq!((snapshot.recoveries, snapshot.incarnation), (10, 11));
}

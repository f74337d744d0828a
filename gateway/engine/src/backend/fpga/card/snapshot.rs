//! What there is to show of a card.

use std::fmt;
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant, SystemTime};

use typex_abi::{
    COUNTERS, Capabilities, Configuration, Counter, ERRORS, Link, LinkError, register,
};

use super::{CardError, CardOptions, Phase, Seat, Session, Shared, lock};
use crate::backend::fpga::fault::FaultKind;
use crate::backend::fpga::message::{JobKind, Reason};

/// How a card is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CardState {
    /// It takes jobs.
    Up,
    /// It tests itself; jobs wait.
    Testing,
    /// It was taken out of use.
    Faulted,
    /// It is being brought back.
    Recovering,
    /// It does not come back; the keeper goes on trying.
    Gone,
}

/// How the last self-test ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SelfTest {
    /// It was not run.
    #[default]
    NotRun,
    /// Every test passed.
    Passed,
    /// The test of this number failed.
    Failed(u8),
}

/// A card at one moment. Nothing in it is secret.
#[derive(Clone, Debug)]
pub struct CardSnapshot {
    /// `model`, `rtl` or `hardware`.
    pub card: &'static str,
    /// First 32 bits of the SHA-256 of the RTL; 0 for the behavioural card.
    pub build: u32,
    /// Version of the ABI, major and minor.
    pub version: (u16, u16),
    /// Name of its configuration.
    pub configuration: &'static str,
    /// Sizes, by name.
    pub capabilities: Vec<(&'static str, u64)>,
    /// How it is doing.
    pub state: CardState,
    /// Its reset epoch, 7 bits.
    pub epoch: u8,
    /// Times it was attached.
    pub incarnation: u32,
    /// Names of the errors it has latched.
    pub errors: Vec<&'static str>,
    /// Its own counters, by their names in the ABI; those of lanes with the lane's number.
    pub counters: Vec<(&'static str, u64)>,
    /// The rings in use.
    pub rings: Vec<RingSnapshot>,
    /// Its key slots.
    pub slots: SlotSnapshot,
    /// Jobs that ran on it, by operation.
    pub jobs: Vec<(&'static str, u64)>,
    /// Jobs that ran in software, by reason.
    pub software: Vec<(&'static str, u64)>,
    /// Faults by kind.
    pub faults: Vec<(&'static str, u64)>,
    /// Jobs whose data the card could not read.
    pub unread: u64,
    /// Jobs given to the card that software answered.
    pub failovers: u64,
    /// Times it came back.
    pub recoveries: u64,
    /// How long that took the last time, by the link's clock, from the fault on.
    pub recovery_last: Duration,
    /// How long in all.
    pub recovery_total: Duration,
    /// The last fault.
    pub last_fault: Option<(&'static str, SystemTime)>,
    /// How the last self-test ended.
    pub selftest: SelfTest,
    /// Why the last attempt to bring it up failed; `None` while it is up.
    pub problem: Option<CardError>,
}

/// A ring at one moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RingSnapshot {
    /// Its number.
    pub index: usize,
    /// Entries.
    pub size: usize,
    /// Descriptors on the card.
    pub in_flight: usize,
    /// Descriptors since the start.
    pub submitted: u64,
    /// Completions since the start.
    pub completed: u64,
    /// Doorbells since the start.
    pub doorbells: u64,
    /// Interrupts since the start.
    pub interrupts: u64,
}

/// Key slots at one moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SlotSnapshot {
    /// Slots.
    pub capacity: usize,
    /// Slots with a key.
    pub resident: usize,
    /// Jobs whose keys were there.
    pub hits: u64,
    /// Keys that were loaded.
    pub misses: u64,
    /// Keys that gave way.
    pub evictions: u64,
    /// Keys that were revoked, destroyed or dropped, and that the card was told to forget.
    pub zeroised: u64,
}

/// Registers as they were last read.
#[derive(Default)]
pub(super) struct Registers {
    pub(super) capabilities: Option<Capabilities>,
    pub(super) selftest: SelfTest,
    pub(super) errors: u32,
    pub(super) counters: Vec<(&'static str, u64)>,
    pub(super) read: Option<Instant>,
    pub(super) wanted: bool,
}

impl CardState {
    /// A word for it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Up => "up",
            Self::Testing => "testing",
            Self::Faulted => "faulted",
            Self::Recovering => "recovering",
            Self::Gone => "gone",
        }
    }

    pub(super) fn of(code: u64) -> Self {
        let all = [Self::Up, Self::Testing, Self::Faulted, Self::Recovering];
        all.into_iter().find(|state| *state as u64 == code).unwrap_or(Self::Gone)
    }
}

impl fmt::Display for SelfTest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotRun => f.write_str("not run"),
            Self::Passed => f.write_str("passed"),
            Self::Failed(test) => write!(f, "test {test} failed"),
        }
    }
}

impl Registers {
    /// Rings that cores may use: each of them needs four key slots. The last is the keeper's.
    pub(super) fn rings(&self, options: &CardOptions) -> usize {
        let Some(capabilities) = &self.capabilities else { return 0 };
        let slots = usize::from(capabilities.key_slots).min(options.slots_max);
        usize::from(capabilities.rings).saturating_sub(1).min(options.rings_max).min(slots / 4)
    }

    /// Reads errors and counters.
    pub(super) fn refresh(link: &mut dyn Link, lanes: u32) -> Result<(u32, Read), LinkError> {
        let errors = link.read(register::ERROR)?;
        let mut counters = Vec::new();
        for (counter, of_lanes) in COUNTERS.iter().zip(LANE_NAMES.iter()) {
            let count = if counter.per_lane { lanes as usize } else { 1 };
            for (offset, name) in (0..).zip(of_lanes).take(count) {
                let low = link.read(counter.offset(offset))?;
                let high = link.read(counter.offset(offset) + 4)?;
                let name = if counter.per_lane { name } else { counter.name };
                counters.push((name, u64::from(high) << 32 | u64::from(low)));
            }
        }
        Ok((errors, counters))
    }
}

type Read = Vec<(&'static str, u64)>;

/// Names of the counters of lanes, in the order of [`COUNTERS`].
static LANE_NAMES: LazyLock<Vec<[String; LANES_MAX]>> = LazyLock::new(|| {
    let names = |counter: &Counter| std::array::from_fn(|lane| format!("{}_{lane}", counter.name));
    COUNTERS.iter().map(names).collect()
});

/// Lanes that the ABI has counters for.
const LANES_MAX: usize = 4;

impl Shared {
    pub(super) fn ask_for_registers(&self) {
        lock(&self.registers).wanted = true;
    }

    pub(super) fn snapshot(&self) -> CardSnapshot {
        let session = lock(&self.session).clone();
        let registers = lock(&self.registers);
        let capabilities = registers.capabilities.as_ref();
        let tally = &self.tally;
        CardSnapshot {
            card: self.kind.name(),
            build: capabilities.map_or(0, |card| card.build),
            version: capabilities.map_or((0, 0), |card| (card.major, card.minor)),
            configuration: capabilities
                .and_then(|card| Configuration::from_id(card.configuration))
                .map_or("unknown", |configuration| configuration.name),
            capabilities: capabilities.map(sizes).unwrap_or_default(),
            state: state(self.phase()),
            epoch: session.as_ref().map_or(0, |session| session.epoch),
            incarnation: session.as_ref().map_or(0, |session| session.incarnation),
            errors: names(registers.errors),
            counters: registers.counters.clone(),
            rings: self.rings(),
            slots: self.slots(session.as_deref()),
            jobs: tally.jobs.rows(|at| JobKind::ALL[at].name()),
            software: tally.software.rows(|at| Reason::ALL[at].name()),
            faults: tally.faults.rows(|at| FaultKind::ALL[at].name()),
            unread: load(&tally.unread),
            failovers: load(&tally.failovers),
            recoveries: load(&tally.recoveries),
            recovery_last: Duration::from_nanos(load(&tally.recovery_last_ns)),
            recovery_total: Duration::from_nanos(load(&tally.recovery_total_ns)),
            last_fault: lock(&tally.last_fault).map(|(kind, when, _)| (kind.name(), when)),
            selftest: registers.selftest,
            problem: *lock(&self.problem),
        }
    }

    fn slots(&self, session: Option<&Session>) -> SlotSnapshot {
        let tally = &self.tally;
        let slots = session.map(|session| {
            let slots = lock(&session.slots);
            (slots.capacity(), slots.resident())
        });
        let (capacity, resident) = slots.unwrap_or_default();
        let (hits, misses) = (load(&tally.hits), load(&tally.misses));
        let (evictions, zeroised) = (load(&tally.evictions), load(&tally.zeroised));
        SlotSnapshot { capacity, resident, hits, misses, evictions, zeroised }
    }

    fn rings(&self) -> Vec<RingSnapshot> {
        let size = self.options.ring_entries;
        let ring = |seat: &std::sync::Arc<Seat>| RingSnapshot {
            index: seat.ring.into(),
            size,
            in_flight: seat.in_flight.load(Ordering::Relaxed),
            submitted: seat.submitted.load(Ordering::Relaxed),
            completed: seat.completed.load(Ordering::Relaxed),
            doorbells: seat.doorbells.load(Ordering::Relaxed),
            interrupts: seat.interrupts.load(Ordering::Relaxed),
        };
        lock(&self.seats).iter().map(ring).collect()
    }
}

fn load(counter: &AtomicU64) -> u64 {
    counter.load(Ordering::Relaxed)
}

fn state(phase: Phase) -> CardState {
    match phase {
        Phase::Up(_) => CardState::Up,
        Phase::Draining(_) => CardState::Testing,
        Phase::Down(state) => state,
    }
}

fn names(errors: u32) -> Vec<&'static str> {
    let set = ERRORS.iter().filter(|(_, bit)| errors & bit != 0);
    set.map(|(name, _)| *name).collect()
}

fn sizes(card: &Capabilities) -> Vec<(&'static str, u64)> {
    vec![
        ("lanes", card.lanes.into()),
        ("rings", card.rings.into()),
        ("ring_entries_max", 1 << u64::from(card.ring_log2_size_max & 0x1f)),
        ("key_slots", card.key_slots.into()),
        ("contexts", card.contexts.into()),
        ("programs", card.programs.into()),
        ("input_bytes_max", card.input_bytes_max.into()),
        ("data_bytes_max", card.data_bytes_max.into()),
        ("pipeline_cycles", card.latency.into()),
        ("period_cycles", card.period.into()),
        ("regs_per_round", card.regs_per_round.into()),
        ("clock_khz", card.clock_khz.into()),
        ("read_tags", card.read_tags.into()),
        ("read_bytes_max", card.read_bytes_max.into()),
    ]
}

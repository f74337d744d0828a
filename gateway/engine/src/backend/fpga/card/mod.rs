//! The card as a process-wide object: attached, watched and brought back by a thread of its own.
//!
//! Cores never wait for it: they write registers (posted), read and write DMA memory, and look at
//! [`Shared::phase`]. Whatever reads registers or waits is done by the keeper.

mod bring_up;
mod keeper;
mod snapshot;

pub(super) use bring_up::open_ring;
pub(super) use keeper::set_vector;

pub use snapshot::{CardSnapshot, CardState, RingSnapshot, SelfTest, SlotSnapshot};

use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant, SystemTime};

use typex_abi::{CapabilityError, CardKind, DmaBuffer, Link, LinkError, Status};
use typex_core::error::ErrorKind;

use super::fault::{FaultKind, Tally};
use super::message::{JobKind, Reason};
use super::slots::SlotCache;
use super::wrap::TransportRoot;
use crate::backend::Wake;
use crate::limits;
use keeper::Desk;
use snapshot::Registers;

/// How a card is driven.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CardOptions {
    /// Entries of each ring: a power of two from 16 to 4096.
    pub ring_entries: usize,
    /// Longest that a job may take, by the link's clock.
    pub job_timeout: Duration,
    /// Longest that a ring with jobs may make no progress, by the wall clock.
    pub stall_limit: Duration,
    /// How often the keeper looks at rings with jobs.
    pub tick: Duration,
    /// Cycles for which completions may wait for company.
    pub completion_hold_cycles: u32,
    /// Completions before an armed interrupt fires.
    pub moderation_count: u8,
    /// Microseconds before an armed interrupt fires.
    pub moderation_us: u16,
    /// Cycles after which the card gives up a read.
    pub read_timeout_cycles: u32,
    /// Longest pause between two attempts to bring the card back.
    pub retry_max: Duration,
    /// Rings to use at most.
    pub rings_max: usize,
    /// Key slots to use at most.
    pub slots_max: usize,
}

impl Default for CardOptions {
    fn default() -> Self {
        Self {
            ring_entries: limits::CARD_RING_ENTRIES,
            job_timeout: limits::CARD_JOB_TIMEOUT,
            stall_limit: limits::CARD_STALL_LIMIT,
            tick: limits::CARD_TICK,
            completion_hold_cycles: limits::CARD_COMPLETION_HOLD_CYCLES,
            moderation_count: limits::CARD_MODERATION_COUNT,
            moderation_us: limits::CARD_MODERATION_US,
            read_timeout_cycles: limits::CARD_READ_TIMEOUT_CYCLES,
            retry_max: limits::CARD_RETRY_MAX,
            rings_max: usize::MAX,
            slots_max: usize::MAX,
        }
    }
}

/// Why a card cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CardError {
    /// The link failed.
    #[error(transparent)]
    Link(#[from] LinkError),
    /// What answers is no card, or one of another version.
    #[error(transparent)]
    Capabilities(#[from] CapabilityError),
    /// Too few rings or key slots to serve a core.
    #[error("{rings} rings and {slots} key slots are too few: a core needs a ring and four slots")]
    TooSmall {
        /// Rings.
        rings: usize,
        /// Key slots.
        slots: usize,
    },
    /// Ring entries that are no power of two, or out of range.
    #[error("{0} ring entries: a power of two from 16 to {1} is needed")]
    RingEntries(usize, usize),
    /// The card has not taken the transport key.
    #[error("the card has not taken the transport key")]
    Transport,
    /// The self-test failed.
    #[error("test {0} of the self-test failed")]
    SelfTest(u8),
    /// The self-test did not end.
    #[error("the self-test does not end")]
    SelfTestTime,
    /// A program was refused.
    #[error("the card refused program {program}: {}", status.name())]
    Program {
        /// Its number.
        program: u8,
        /// Why.
        status: Status,
    },
    /// A program's completion did not come, or was wrong.
    #[error("the card does not complete")]
    NoCompletion,
    /// No randomness for the transport key.
    #[error("no randomness for the transport key")]
    Random,
    /// The system refuses a thread.
    #[error("cannot start the card's thread")]
    Thread,
    /// Jobs on the card did not end.
    #[error("jobs on the card do not end")]
    Busy,
    /// The card is not up.
    #[error("the card is not up")]
    Down,
}

impl From<ErrorKind> for CardError {
    fn from(_: ErrorKind) -> Self {
        Self::Random
    }
}

/// A card in use. Dropped, it ends the thread that keeps it.
pub struct Card {
    shared: Arc<Shared>,
    keeper: Option<JoinHandle<()>>,
}

/// What keeper and queues share.
pub(super) struct Shared {
    pub(super) options: CardOptions,
    kind: CardKind,
    phase: AtomicU64,
    session: Mutex<Option<Arc<Session>>>,
    spare: Mutex<Box<dyn Link>>,
    seats: Mutex<Vec<Arc<Seat>>>,
    /// Memory of queues that ended with jobs on the card; freed once a reset is confirmed.
    quarantine: Mutex<Vec<Box<dyn DmaBuffer>>>,
    pub(super) tally: Counts,
    registers: Mutex<Registers>,
    desk: Mutex<Desk>,
    bell: Condvar,
}

/// From one reset of the card to the next.
pub(super) struct Session {
    pub(super) incarnation: u32,
    pub(super) epoch: u8,
    pub(super) root: TransportRoot,
    pub(super) slots: Mutex<SlotCache>,
}

/// One ring and who uses it.
pub(super) struct Seat {
    pub(super) ring: u8,
    pub(super) wake: Wake,
    /// Jobs on the card.
    pub(super) in_flight: AtomicUsize,
    /// The queue is about to submit.
    pub(super) busy: AtomicBool,
    /// An interrupt is armed.
    pub(super) armed: AtomicBool,
    pub(super) submitted: AtomicU64,
    pub(super) completed: AtomicU64,
    pub(super) doorbells: AtomicU64,
    pub(super) interrupts: AtomicU64,
    closed: AtomicBool,
}

/// Counters of the software side.
pub(super) struct Counts {
    pub(super) jobs: Tally<{ JobKind::ALL.len() }>,
    pub(super) software: Tally<{ Reason::ALL.len() }>,
    pub(super) faults: Tally<{ FaultKind::ALL.len() }>,
    failovers: AtomicU64,
    pub(super) unread: AtomicU64,
    pub(super) hits: AtomicU64,
    pub(super) misses: AtomicU64,
    pub(super) evictions: AtomicU64,
    recoveries: AtomicU64,
    recovery_last_ns: AtomicU64,
    recovery_total_ns: AtomicU64,
    last_fault: Mutex<Option<(FaultKind, SystemTime, Duration)>>,
}

/// Whether the card may be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Phase {
    /// In use, in this incarnation.
    Up(u32),
    /// What is on the card is finished and nothing is added.
    Draining(u32),
    /// Not to be used.
    Down(CardState),
}

impl Card {
    /// Attaches a card: resets it, gives it a transport key, has it test itself, loads the
    /// programs. Blocks meanwhile.
    ///
    /// # Errors
    /// Any [`CardError`].
    pub fn start(link: Box<dyn Link>, options: CardOptions) -> Result<Arc<Self>, CardError> {
        let mut link = link;
        let entries = options.ring_entries;
        if !entries.is_power_of_two() || !(16..=4096).contains(&entries) {
            return Err(CardError::RingEntries(entries, 4096));
        }
        let spare = Mutex::new(link.another()?);
        let shared = Arc::new(Shared::new(link.card(), spare, options));
        let session = bring_up::attach(&mut *link, &shared, 1)?;
        shared.open(session);
        let kept = Arc::clone(&shared);
        let keeper = std::thread::Builder::new()
            .name("card".into())
            .spawn(move || keeper::run(link, &kept))
            .map_err(|_| CardError::Thread)?;
        Ok(Arc::new(Self { shared, keeper: Some(keeper) }))
    }

    /// Whether the card takes jobs.
    pub fn is_ready(&self) -> bool {
        matches!(self.shared.phase(), Phase::Up(_))
    }

    /// Everything there is to know, registers as they were last read. Never blocks.
    pub fn snapshot(&self) -> CardSnapshot {
        self.shared.ask_for_registers();
        self.shared.snapshot()
    }

    /// The same with registers read now; blocks for some milliseconds.
    pub fn inspect(&self) -> CardSnapshot {
        let _ = self.shared.order(keeper::Order::Inspect);
        self.shared.snapshot()
    }

    /// Has the card test itself once its jobs are finished; others wait. Blocks meanwhile.
    ///
    /// # Errors
    /// [`CardError::SelfTest`], with the card faulted; [`CardError::Busy`], [`CardError::Down`].
    pub fn selftest(&self) -> Result<(), CardError> {
        self.shared.order(keeper::Order::SelfTest).map(|_| ())
    }

    /// Resets the card and brings it back, as after a fault. Blocks meanwhile. Returns the time
    /// that took by the link's clock.
    ///
    /// # Errors
    /// Why the card did not come back at the first attempt; the keeper goes on trying.
    pub fn reset(&self) -> Result<Duration, CardError> {
        self.shared.order(keeper::Order::Reset)
    }

    pub(super) fn shared(&self) -> &Arc<Shared> {
        &self.shared
    }
}

impl Drop for Card {
    fn drop(&mut self) {
        self.shared.stop();
        if let Some(keeper) = self.keeper.take() {
            let _ = keeper.join();
        }
    }
}

impl fmt::Debug for Card {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Card").field("kind", &self.shared.kind).finish_non_exhaustive()
    }
}

impl Shared {
    fn new(kind: CardKind, spare: Mutex<Box<dyn Link>>, options: CardOptions) -> Self {
        Self {
            options,
            kind,
            phase: AtomicU64::new(Phase::Down(CardState::Recovering).encode()),
            session: Mutex::default(),
            spare,
            seats: Mutex::default(),
            quarantine: Mutex::default(),
            tally: Counts::new(),
            registers: Mutex::default(),
            desk: Mutex::default(),
            bell: Condvar::new(),
        }
    }

    pub(super) fn phase(&self) -> Phase {
        Phase::decode(self.phase.load(Ordering::SeqCst))
    }

    fn set_phase(&self, phase: Phase) {
        self.phase.store(phase.encode(), Ordering::SeqCst);
    }

    /// Changes the phase, unless it has changed already.
    fn advance(&self, from: Phase, to: Phase) -> bool {
        let (from, to) = (from.encode(), to.encode());
        self.phase.compare_exchange(from, to, Ordering::SeqCst, Ordering::SeqCst).is_ok()
    }

    /// The session of this incarnation.
    pub(super) fn session(&self, incarnation: u32) -> Option<Arc<Session>> {
        lock(&self.session).clone().filter(|session| session.incarnation == incarnation)
    }

    fn open(&self, session: Session) {
        let incarnation = session.incarnation;
        *lock(&self.session) = Some(Arc::new(session));
        self.set_phase(Phase::Up(incarnation));
        self.wake_all();
    }

    /// Takes the card out of use. Who sees it first counts.
    pub(super) fn fault(&self, kind: FaultKind, incarnation: u32, now: Duration) {
        let down = Phase::Down(CardState::Faulted).encode();
        let takes = |phase: u64| {
            let named = match Phase::decode(phase) {
                Phase::Up(up) | Phase::Draining(up) => up == incarnation,
                Phase::Down(_) => false,
            };
            named.then_some(down)
        };
        if self.phase.fetch_update(Ordering::SeqCst, Ordering::SeqCst, takes).is_err() {
            return;
        }
        self.tally.faults.count(kind as usize);
        *lock(&self.tally.last_fault) = Some((kind, SystemTime::now(), now));
        self.wake_all();
        self.alarm();
    }

    /// A ring for a queue that wants one, with a link of its own.
    pub(super) fn seat(&self, wake: Wake) -> Option<(Arc<Seat>, Box<dyn Link>)> {
        let link = lock(&self.spare).another().ok()?;
        let rings = lock(&self.registers).rings(&self.options);
        let mut seats = lock(&self.seats);
        let taken = |ring: usize| seats.iter().any(|seat| usize::from(seat.ring) == ring);
        let ring = u8::try_from((0..rings).find(|ring| !taken(*ring))?).ok()?;
        let seat = Arc::new(Seat::new(ring, wake));
        seats.push(Arc::clone(&seat));
        Some((seat, link))
    }

    /// A queue ends. Memory that the card may still write to is kept until a reset.
    pub(super) fn leave(&self, seat: &Seat, memory: Vec<Box<dyn DmaBuffer>>) {
        seat.closed.store(true, Ordering::SeqCst);
        if seat.in_flight.swap(0, Ordering::SeqCst) > 0 {
            lock(&self.quarantine).extend(memory);
        } else {
            lock(&self.seats).retain(|other| other.ring != seat.ring);
        }
    }

    /// A reset is confirmed: nothing of the time before can be written any more.
    fn release_quarantine(&self) {
        lock(&self.quarantine).clear();
        lock(&self.seats).retain(|seat| !seat.closed.load(Ordering::SeqCst));
    }

    pub(super) fn wake_all(&self) {
        let seats = lock(&self.seats).clone();
        seats.iter().for_each(|seat| (seat.wake)());
    }

    /// Jobs on the card.
    fn in_flight(&self) -> usize {
        let of = |seat: &Arc<Seat>| seat.in_flight.load(Ordering::SeqCst);
        lock(&self.seats).iter().map(of).sum()
    }

    fn count_recovery(&self, took: Duration) {
        let ns = u64::try_from(took.as_nanos()).unwrap_or(u64::MAX);
        self.tally.recoveries.fetch_add(1, Ordering::Relaxed);
        self.tally.recovery_last_ns.store(ns, Ordering::Relaxed);
        self.tally.recovery_total_ns.fetch_add(ns, Ordering::Relaxed);
    }

    /// Waits for `done`, in wall time, as long as a ring may stall.
    fn wait_until(&self, mut done: impl FnMut() -> bool) -> bool {
        let until = Instant::now() + self.options.stall_limit;
        while !done() {
            if Instant::now() >= until {
                return false;
            }
            std::thread::sleep(Duration::from_micros(200));
        }
        true
    }
}

impl Seat {
    fn new(ring: u8, wake: Wake) -> Self {
        let zero = || AtomicU64::new(0);
        Self {
            ring,
            wake,
            in_flight: AtomicUsize::new(0),
            busy: AtomicBool::new(false),
            armed: AtomicBool::new(false),
            submitted: zero(),
            completed: zero(),
            doorbells: zero(),
            interrupts: zero(),
            closed: AtomicBool::new(false),
        }
    }

    /// Adds to a counter that only the queue writes.
    pub(super) fn add(counter: &AtomicU64, more: u64) {
        crate::counters::add(counter, more);
    }
}

impl Counts {
    /// Jobs given to the card are answered by software.
    pub(super) fn count_failovers(&self, jobs: usize) {
        self.failovers.fetch_add(jobs as u64, Ordering::Relaxed);
    }

    fn new() -> Self {
        let zero = || AtomicU64::new(0);
        Self {
            jobs: Tally::new(),
            software: Tally::new(),
            faults: Tally::new(),
            failovers: zero(),
            unread: zero(),
            hits: zero(),
            misses: zero(),
            evictions: zero(),
            recoveries: zero(),
            recovery_last_ns: zero(),
            recovery_total_ns: zero(),
            last_fault: Mutex::default(),
        }
    }
}

const UP: u64 = 0;
const DRAINING: u64 = 1;

impl Phase {
    fn encode(self) -> u64 {
        match self {
            Self::Up(incarnation) => u64::from(incarnation) << 8 | UP,
            Self::Draining(incarnation) => u64::from(incarnation) << 8 | DRAINING,
            Self::Down(state) => 2 + state as u64,
        }
    }

    fn decode(word: u64) -> Self {
        let incarnation = (word >> 8) as u32;
        match word & 0xff {
            UP => Self::Up(incarnation),
            DRAINING => Self::Draining(incarnation),
            other => Self::Down(CardState::of(other - 2)),
        }
    }
}

pub(super) fn lock<T: ?Sized>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

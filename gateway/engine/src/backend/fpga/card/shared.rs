//! What keeper and queues share: whether the card may be used, its rings, its counters.

use std::sync::atomic::{AtomicBool, AtomicU16, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use typex_abi::{CardKind, DmaBuffer, Link};

use super::keeper::Desk;
use super::snapshot::{CardState, Registers};
use super::{CardError, CardOptions};
use crate::backend::Wake;
use crate::backend::fpga::fault::{FaultKind, Tally};
use crate::backend::fpga::message::{JobKind, Reason};
use crate::backend::fpga::slots::SlotCache;
use crate::backend::fpga::wrap::TransportRoot;

/// What keeper and queues share.
pub(in crate::backend::fpga) struct Shared {
    pub(in crate::backend::fpga) options: CardOptions,
    pub(super) kind: CardKind,
    phase: AtomicU64,
    pub(super) session: Mutex<Option<Arc<Session>>>,
    /// The set of programs that the card took when it last came up.
    pub(super) programs: AtomicU16,
    spare: Mutex<Box<dyn Link>>,
    pub(super) seats: Mutex<Vec<Arc<Seat>>>,
    /// Memory of queues that ended with jobs on the card; freed once a reset is confirmed.
    quarantine: Mutex<Vec<Box<dyn DmaBuffer>>>,
    pub(in crate::backend::fpga) tally: Counts,
    pub(super) registers: Mutex<Registers>,
    /// Why the last attempt to bring the card up failed.
    pub(super) problem: Mutex<Option<CardError>>,
    pub(super) desk: Mutex<Desk>,
    pub(super) bell: Condvar,
}

/// From one reset of the card to the next.
pub(in crate::backend::fpga) struct Session {
    pub(in crate::backend::fpga) incarnation: u32,
    pub(in crate::backend::fpga) epoch: u8,
    pub(in crate::backend::fpga) root: TransportRoot,
    pub(in crate::backend::fpga) slots: Mutex<SlotCache>,
}

/// One ring and who uses it.
pub(in crate::backend::fpga) struct Seat {
    pub(in crate::backend::fpga) ring: u8,
    pub(in crate::backend::fpga) wake: Wake,
    /// Jobs on the card.
    pub(in crate::backend::fpga) in_flight: AtomicUsize,
    /// The queue may be writing registers.
    pub(in crate::backend::fpga) busy: AtomicBool,
    /// An interrupt is armed.
    pub(in crate::backend::fpga) armed: AtomicBool,
    pub(in crate::backend::fpga) submitted: AtomicU64,
    pub(in crate::backend::fpga) completed: AtomicU64,
    pub(in crate::backend::fpga) doorbells: AtomicU64,
    pub(in crate::backend::fpga) interrupts: AtomicU64,
    closed: AtomicBool,
}

/// Counters of the software side.
pub(in crate::backend::fpga) struct Counts {
    pub(in crate::backend::fpga) jobs: Tally<{ JobKind::ALL.len() }>,
    pub(in crate::backend::fpga) software: Tally<{ Reason::ALL.len() }>,
    pub(in crate::backend::fpga) faults: Tally<{ FaultKind::ALL.len() }>,
    pub(super) failovers: AtomicU64,
    pub(in crate::backend::fpga) unread: AtomicU64,
    pub(in crate::backend::fpga) hits: AtomicU64,
    pub(in crate::backend::fpga) misses: AtomicU64,
    pub(in crate::backend::fpga) evictions: AtomicU64,
    pub(super) zeroised: AtomicU64,
    pub(super) recoveries: AtomicU64,
    pub(super) recovery_last_ns: AtomicU64,
    pub(super) recovery_total_ns: AtomicU64,
    pub(super) last_fault: Mutex<Option<(FaultKind, SystemTime, Duration)>>,
}

/// Whether the card may be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::backend::fpga) enum Phase {
    /// In use, in this incarnation.
    Up(u32),
    /// What is on the card is finished and nothing is added.
    Draining(u32),
    /// Not to be used.
    Down(CardState),
}

impl Shared {
    pub(super) fn new(kind: CardKind, spare: Mutex<Box<dyn Link>>, options: CardOptions) -> Self {
        Self {
            options,
            kind,
            phase: AtomicU64::new(Phase::Down(CardState::Recovering).encode()),
            session: Mutex::default(),
            programs: AtomicU16::new(0),
            spare,
            seats: Mutex::default(),
            quarantine: Mutex::default(),
            tally: Counts::new(),
            registers: Mutex::default(),
            problem: Mutex::default(),
            desk: Mutex::default(),
            bell: Condvar::new(),
        }
    }

    pub(in crate::backend::fpga) fn phase(&self) -> Phase {
        Phase::decode(self.phase.load(Ordering::SeqCst))
    }

    pub(super) fn set_phase(&self, phase: Phase) {
        self.phase.store(phase.encode(), Ordering::SeqCst);
    }

    /// Changes the phase, unless it has changed already.
    pub(super) fn advance(&self, from: Phase, to: Phase) -> bool {
        let (from, to) = (from.encode(), to.encode());
        self.phase.compare_exchange(from, to, Ordering::SeqCst, Ordering::SeqCst).is_ok()
    }

    /// The set of programs on the card.
    pub(in crate::backend::fpga) fn programs(&self) -> u16 {
        self.programs.load(Ordering::Relaxed)
    }

    /// The session of this incarnation.
    pub(in crate::backend::fpga) fn session(&self, incarnation: u32) -> Option<Arc<Session>> {
        lock(&self.session).clone().filter(|session| session.incarnation == incarnation)
    }

    pub(super) fn open(&self, session: Session) {
        let incarnation = session.incarnation;
        *lock(&self.session) = Some(Arc::new(session));
        *lock(&self.problem) = None;
        self.set_phase(Phase::Up(incarnation));
        self.wake_all();
    }

    /// The card does not come up.
    pub(super) fn miss(&self, problem: CardError) {
        *lock(&self.problem) = Some(problem);
        self.set_phase(Phase::Down(CardState::Gone));
    }

    /// Takes the card out of use. Who sees it first counts.
    pub(in crate::backend::fpga) fn fault(&self, kind: FaultKind, incarnation: u32, now: Duration) {
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
    pub(in crate::backend::fpga) fn seat(&self, wake: Wake) -> Option<(Arc<Seat>, Box<dyn Link>)> {
        let link = lock(&self.spare).another().ok()?;
        let rings = lock(&self.registers).rings(&self.options);
        let mut seats = lock(&self.seats);
        let taken = |ring: usize| seats.iter().any(|seat| usize::from(seat.ring) == ring);
        let ring = u8::try_from((0..rings).find(|ring| !taken(*ring))?).ok()?;
        let seat = Arc::new(Seat::new(ring, wake));
        seats.push(Arc::clone(&seat));
        Some((seat, link))
    }

    /// A queue ends. Memory that the card may still write to, and the ring, are kept until a reset.
    pub(in crate::backend::fpga) fn leave(
        &self,
        seat: &Seat,
        memory: Vec<Box<dyn DmaBuffer>>,
        dirty: bool,
    ) {
        seat.closed.store(true, Ordering::SeqCst);
        seat.in_flight.store(0, Ordering::SeqCst);
        if dirty {
            lock(&self.quarantine).extend(memory);
        } else {
            lock(&self.seats).retain(|other| other.ring != seat.ring);
        }
    }

    /// A reset is confirmed: nothing of the time before can be written any more.
    pub(super) fn release_quarantine(&self) {
        lock(&self.quarantine).clear();
        lock(&self.seats).retain(|seat| !seat.closed.load(Ordering::SeqCst));
    }

    pub(in crate::backend::fpga) fn wake_all(&self) {
        let seats = lock(&self.seats).clone();
        seats.iter().for_each(|seat| (seat.wake)());
    }

    /// Jobs on the card.
    pub(super) fn in_flight(&self) -> usize {
        let of = |seat: &Arc<Seat>| seat.in_flight.load(Ordering::SeqCst);
        lock(&self.seats).iter().map(of).sum()
    }

    pub(super) fn count_recovery(&self, took: Duration) {
        let ns = u64::try_from(took.as_nanos()).unwrap_or(u64::MAX);
        self.tally.recoveries.fetch_add(1, Ordering::Relaxed);
        self.tally.recovery_last_ns.store(ns, Ordering::Relaxed);
        self.tally.recovery_total_ns.fetch_add(ns, Ordering::Relaxed);
    }

    /// Waits for `done`, in wall time, as long as a ring may stall.
    pub(super) fn wait_until(&self, mut done: impl FnMut() -> bool) -> bool {
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
    pub(in crate::backend::fpga) fn add(counter: &AtomicU64, more: u64) {
        crate::counters::add(counter, more);
    }
}

impl Counts {
    /// Jobs given to the card are answered by software.
    pub(in crate::backend::fpga) fn count_failovers(&self, jobs: usize) {
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
            zeroised: zero(),
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

pub(in crate::backend::fpga) fn lock<T: ?Sized>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

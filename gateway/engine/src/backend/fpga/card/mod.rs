//! The card as a process-wide object: attached, watched and brought back by a thread of its own.
//!
//! Cores never wait for it: they write registers (posted), read and write DMA memory, and look at
//! [`Shared::phase`]. Whatever reads registers or waits is done by the keeper.

mod bring_up;
mod errands;
mod keeper;
mod shared;
mod snapshot;
mod sweep;

pub(super) use bring_up::open_ring;
pub(super) use keeper::set_vector;
pub(super) use shared::{Phase, Seat, Session, Shared, lock};

pub use snapshot::{CardSnapshot, CardState, RingSnapshot, SelfTest, SlotSnapshot};

use std::fmt;
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

use typex_abi::{CapabilityError, Link, LinkError, Status};
use typex_core::error::ErrorKind;

use crate::limits;

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
    /// Too few rings or key slots: the keeper takes a ring, a core a ring and four slots.
    #[error("{rings} rings and {slots} key slots are too few: two rings and four slots are needed")]
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

impl Card {
    /// Attaches a card: resets it, gives it a transport key, has it test itself, loads the
    /// programs. Blocks meanwhile.
    ///
    /// # Errors
    /// Any [`CardError`].
    pub fn start(link: Box<dyn Link>, options: CardOptions) -> Result<Arc<Self>, CardError> {
        let mut link = link;
        let shared = prepare(&*link, options)?;
        let attached = bring_up::attach(&mut *link, &shared, 1)?;
        Self::keep(link, shared, Some(attached))
    }

    /// The same for a gateway that can do without: a card that does not come up is no error.
    /// [`CardSnapshot::problem`] says why, and its thread goes on trying, as after a fault.
    ///
    /// # Errors
    /// [`CardError::RingEntries`] and [`CardError::Thread`].
    pub fn start_patiently(
        link: Box<dyn Link>,
        options: CardOptions,
    ) -> Result<Arc<Self>, CardError> {
        let mut link = link;
        let shared = prepare(&*link, options)?;
        let attached = match bring_up::attach(&mut *link, &shared, 1) {
            Ok(attached) => Some(attached),
            Err(problem @ CardError::RingEntries(..)) => return Err(problem),
            Err(problem) => {
                shared.miss(problem);
                None
            }
        };
        Self::keep(link, shared, attached)
    }

    fn keep(
        link: Box<dyn Link>,
        shared: Arc<Shared>,
        attached: Option<(Session, errands::Errands)>,
    ) -> Result<Arc<Self>, CardError> {
        let errands = attached.map(|(session, errands)| {
            shared.open(session);
            errands
        });
        let kept = Arc::clone(&shared);
        let keeper = std::thread::Builder::new()
            .name("card".into())
            .spawn(move || keeper::run(link, &kept, errands))
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

fn prepare(link: &dyn Link, options: CardOptions) -> Result<Arc<Shared>, CardError> {
    let entries = options.ring_entries;
    if !entries.is_power_of_two() || !(16..=4096).contains(&entries) {
        return Err(CardError::RingEntries(entries, 4096));
    }
    let spare = Mutex::new(link.another()?);
    Ok(Arc::new(Shared::new(link.card(), spare, options)))
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

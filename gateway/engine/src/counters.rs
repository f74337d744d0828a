//! What one core counts. Only that core writes, so a plain load and store suffices.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use typex_core::error::ErrorKind;

use crate::cost::LaneClass;

/// The way a job took.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Route {
    /// Computed within `submit`.
    Inline,
    /// Computed in a batch on its own core.
    Lanes,
    /// Computed by a pool because of its cost.
    Pool,
    /// Computed by a pool because its core had too much to do.
    Spill,
    /// Given to a backend that keeps jobs.
    Card,
    /// Computed by a pool because of the cost of all that came with it.
    Together,
}

impl Route {
    /// Every route.
    pub const ALL: [Self; 6] =
        [Self::Inline, Self::Lanes, Self::Pool, Self::Spill, Self::Card, Self::Together];

    /// Name in metrics.
    pub fn name(self) -> &'static str {
        match self {
            Self::Inline => "inline",
            Self::Lanes => "lanes",
            Self::Pool => "pool",
            Self::Spill => "spill",
            Self::Card => "card",
            Self::Together => "together",
        }
    }
}

/// Why a job was refused at admission.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Refusal {
    /// Too much outstanding work, of the class or of the partition.
    Busy,
    /// Its deadline had passed already.
    Expired,
    /// The engine is closed.
    ShuttingDown,
    /// Its key was revoked.
    KeyState,
    /// Its length is not one that its key permits.
    Length,
    /// Its grant is for something else. A defect of the caller.
    Grant,
}

impl Refusal {
    /// Every cause.
    pub const ALL: [Self; 6] =
        [Self::Busy, Self::Expired, Self::ShuttingDown, Self::KeyState, Self::Length, Self::Grant];

    /// Name in metrics.
    pub fn name(self) -> &'static str {
        match self {
            Self::Busy => "busy",
            Self::Expired => "expired",
            Self::ShuttingDown => "shutting_down",
            Self::KeyState => "key_state",
            Self::Length => "length",
            Self::Grant => "grant",
        }
    }

    pub(crate) fn of(kind: ErrorKind) -> Self {
        match kind {
            ErrorKind::Busy => Self::Busy,
            ErrorKind::Timeout => Self::Expired,
            ErrorKind::ShuttingDown => Self::ShuttingDown,
            ErrorKind::KeyState => Self::KeyState,
            ErrorKind::InvalidData(_) => Self::Length,
            _ => Self::Grant,
        }
    }
}

/// Upper bounds of the buckets of [`Counters::batch_jobs`].
pub const BATCH_BOUNDS: [usize; 7] = [1, 2, 4, 8, 16, 32, 64];

/// Counters of one core since start. Times in nanoseconds.
#[derive(Default)]
pub struct Counters {
    /// Admitted jobs, by [`LaneClass::ALL`].
    pub admitted: [AtomicU64; 3],
    /// Jobs by [`Route::ALL`].
    pub routes: [AtomicU64; 6],
    /// Refused jobs by [`Refusal::ALL`].
    pub refused: [AtomicU64; 6],
    /// Jobs whose waiter went away before the result was there.
    pub cancelled: AtomicU64,
    /// Admitted jobs whose deadline passed before they were computed.
    pub expired: AtomicU64,
    /// Delivered results.
    pub delivered: AtomicU64,
    /// Delivered results that are errors.
    pub failed: AtomicU64,
    /// Batches run on the core, by size: at most [`BATCH_BOUNDS`].
    pub batch_jobs: [AtomicU64; BATCH_BOUNDS.len()],
    /// Jobs in the accumulator now.
    pub queue_jobs: AtomicU64,
    /// Sum over accumulated jobs of the time they waited.
    pub queue_wait_ns: AtomicU64,
    /// Longest of these waits.
    pub queue_wait_ns_max: AtomicU64,
    /// Parcels that came back from pools.
    pub parcels: AtomicU64,
    /// RSA operations that a pool computed beside others.
    pub beside: AtomicU64,
    /// Sum over parcels of the time from the admission of the oldest job to its computation.
    pub pool_wait_ns: AtomicU64,
    /// Longest of these.
    pub pool_wait_ns_max: AtomicU64,
    /// Results that named no job in flight. Not zero means a defect.
    pub stale: AtomicU64,
}

impl Counters {
    /// Admitted jobs of one class.
    pub fn admitted_of(&self, class: LaneClass) -> u64 {
        self.admitted[class as usize].load(Ordering::Relaxed)
    }

    /// Jobs of one route.
    pub fn routed(&self, route: Route) -> u64 {
        self.routes[route as usize].load(Ordering::Relaxed)
    }

    /// Jobs refused for one cause.
    pub fn refused_for(&self, refusal: Refusal) -> u64 {
        self.refused[refusal as usize].load(Ordering::Relaxed)
    }

    pub(crate) fn count_admitted(&self, class: LaneClass, route: Route) {
        add(&self.admitted[class as usize], 1);
        add(&self.routes[route as usize], 1);
    }

    pub(crate) fn count_refused(&self, kind: ErrorKind) {
        add(&self.refused[Refusal::of(kind) as usize], 1);
    }

    pub(crate) fn count_batch(&self, jobs: usize) {
        let bucket = BATCH_BOUNDS.iter().position(|bound| jobs <= *bound);
        add(&self.batch_jobs[bucket.unwrap_or(BATCH_BOUNDS.len() - 1)], 1);
    }

    pub(crate) fn count_wait(&self, wait: Duration) {
        record(&self.queue_wait_ns, &self.queue_wait_ns_max, wait);
    }

    pub(crate) fn count_parcel(&self, wait: Duration, beside: usize) {
        add(&self.parcels, 1);
        add(&self.beside, u64::from(beside > 1));
        record(&self.pool_wait_ns, &self.pool_wait_ns_max, wait);
    }

    pub(crate) fn count_delivered(&self, failed: bool) {
        add(&self.delivered, 1);
        add(&self.failed, u64::from(failed));
    }
}

pub(crate) fn add(counter: &AtomicU64, more: u64) {
    counter.store(counter.load(Ordering::Relaxed).wrapping_add(more), Ordering::Relaxed);
}

fn record(sum: &AtomicU64, longest: &AtomicU64, wait: Duration) {
    let ns = u64::try_from(wait.as_nanos()).unwrap_or(u64::MAX);
    add(sum, ns);
    longest.store(longest.load(Ordering::Relaxed).max(ns), Ordering::Relaxed);
}

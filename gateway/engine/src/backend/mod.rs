//! Executors of batches.

mod failover;
mod fpga;
mod null;
mod soft;

pub use fpga::{
    CARD_CAPABILITIES, Card, CardError, CardOptions, CardSnapshot, CardState, FaultKind,
    RingSnapshot, SelfTest, SlotSnapshot,
};

pub use soft::run_chains;

use std::sync::Arc;

use crate::batch::{Batch, Completions};
use crate::job::{Item, Outcome, Task};
use crate::reserve::Reserve;
use typex_core::error::ErrorKind;

/// Executes batches; one instance per core and per pool thread.
///
/// A burst interface: neither call blocks, a burst may be taken in part, and each task taken comes
/// back exactly once. The result is a function of the task alone, so any task may be run again
/// elsewhere.
pub trait Backend: Send {
    /// What it can do.
    fn capabilities(&self) -> &'static [Capability];

    /// Takes jobs from the front of `batch`; tells how many.
    fn submit(&mut self, batch: &mut Batch) -> usize;

    /// Adds the results that are there; tells how many.
    fn poll(&mut self, completions: &mut Completions) -> usize;

    /// Whether it gives jobs back later than in the call of [`poll`](Self::poll) that follows their
    /// [`submit`](Self::submit). On a core only; see [`Place::Pool`].
    fn keeps_jobs(&self) -> bool {
        false
    }

    /// Jobs taken and not given back. A backend that computes within its calls has none.
    fn in_flight(&self) -> usize {
        0
    }

    /// Whether [`poll`](Self::poll) would give something now. Cheap: it is the last look before a
    /// core sleeps.
    fn has_completions(&self) -> bool {
        false
    }

    /// Takes out the jobs that it has given up and will not complete, unchanged, for another
    /// backend to run; tells how many. Those left are failed at the next [`poll`](Self::poll).
    fn reclaim(&mut self, _items: &mut Vec<Item>) -> usize {
        0
    }

    /// Runs one task on the spot, where the backend can. `None`: the task is unchanged and has to
    /// go through [`submit`](Self::submit).
    fn run(&mut self, _task: &mut Task) -> Option<Result<Outcome, ErrorKind>> {
        None
    }
}

/// What a backend is started with.
#[derive(Clone, Default)]
pub struct Start {
    /// Where it will run.
    pub place: Place,
    /// To be called, from any thread, when a backend with jobs in flight may have results.
    pub wake: Option<Wake>,
    /// The card of the gateway.
    pub card: Option<Arc<Card>>,
    /// Keys that are ready; without it they are made when they are asked for.
    pub reserve: Option<Arc<Reserve>>,
}

/// Ends the sleep of a core.
pub type Wake = Arc<dyn Fn() + Send + Sync>;

/// Where a backend runs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Place {
    /// On the thread of this core. It may keep jobs and go on serving.
    Core(usize),
    /// On a thread of a pool, which gives back whole batches: nothing may be in flight after
    /// [`Backend::poll`].
    #[default]
    Pool,
}

/// One thing a backend can do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Capability {
    /// The operation.
    pub operation: &'static str,
    /// The algorithm and its sizes.
    pub algorithm: &'static str,
    /// Whether many jobs run side by side in lanes.
    pub lanes: bool,
}

/// One line of the backend table.
#[derive(Debug)]
pub struct BackendEntry {
    /// Its name in the configuration.
    pub name: &'static str,
    /// What it is for.
    pub purpose: &'static str,
    /// What it can do.
    pub capabilities: &'static [Capability],
    /// Whether its answers are real. One that only prices the framework is never for production.
    pub computes: bool,
    /// Whether the engine has to be given a card.
    pub needs_card: bool,
    /// Whether it computes in the card's place while there is none.
    pub replaces_card: bool,
    /// Makes one; each thread has its own.
    pub start: fn(&Start) -> Box<dyn Backend>,
}

/// Every backend.
pub static BACKENDS: &[BackendEntry] = &[soft::ENTRY, fpga::ENTRY, failover::ENTRY, null::ENTRY];

/// The backend of that name.
pub fn find(name: &str) -> Option<&'static BackendEntry> {
    BACKENDS.iter().find(|entry| entry.name == name)
}

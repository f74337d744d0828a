//! Executors of batches.

mod null;
mod soft;

use crate::batch::{Batch, Completions};
use crate::job::{Outcome, Task};
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

    /// Runs one task on the spot, where the backend can. `None`: the task is unchanged and has to
    /// go through [`submit`](Self::submit).
    fn run(&mut self, _task: &mut Task) -> Option<Result<Outcome, ErrorKind>> {
        None
    }
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
    /// Makes one; each thread has its own.
    pub start: fn() -> Box<dyn Backend>,
}

/// Every backend.
pub static BACKENDS: &[BackendEntry] = &[soft::ENTRY, null::ENTRY];

/// The backend of that name.
pub fn find(name: &str) -> Option<&'static BackendEntry> {
    BACKENDS.iter().find(|entry| entry.name == name)
}

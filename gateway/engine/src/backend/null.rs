//! Answers of the right form without computing anything: what remains is the framework's price.

use typex_core::error::ErrorKind;
use typex_core::op::process_data::{HEADER_BYTES, TAG_BYTES};

use super::{Backend, BackendEntry, Capability};
use crate::batch::{Batch, Completion, Completions};
use crate::job::{Computation, Outcome, Task, Work};
use crate::limits::BATCH_JOBS_MAX;

pub(super) const ENTRY: BackendEntry = BackendEntry {
    name: "null",
    purpose: "prices the framework; its answers are zeros",
    capabilities: CAPABILITIES,
    computes: false,
    needs_card: false,
    replaces_card: false,
    start: |_| Box::new(Null { done: Vec::with_capacity(BATCH_JOBS_MAX) }),
};

const CAPABILITIES: &[Capability] = &[
    Capability { operation: "ProcessData", algorithm: "none", lanes: false },
    Capability { operation: "payment", algorithm: "none", lanes: false },
    Capability { operation: "token", algorithm: "none, without a vault", lanes: false },
];

struct Null {
    done: Vec<Completion>,
}

impl Backend for Null {
    fn capabilities(&self) -> &'static [Capability] {
        CAPABILITIES
    }

    fn submit(&mut self, batch: &mut Batch) -> usize {
        let before = self.done.len();
        for mut item in batch.take(BATCH_JOBS_MAX) {
            let result = answer(&mut item.task);
            self.done.push(Completion { tag: item.tag, result });
        }
        self.done.len() - before
    }

    fn poll(&mut self, completions: &mut Completions) -> usize {
        completions.append(&mut self.done)
    }

    fn run(&mut self, task: &mut Task) -> Option<Result<Outcome, ErrorKind>> {
        Some(answer(task))
    }
}

/// The length of the answer is that of the request: true of every operation but random bytes.
fn answer(task: &mut Task) -> Result<Outcome, ErrorKind> {
    match &mut task.work {
        Computation::Client(Work::Process { sealed, .. }) => {
            if sealed.len() < HEADER_BYTES + TAG_BYTES {
                return Err(ErrorKind::VerifyFailed);
            }
            sealed.fill(0);
            Ok(Outcome::Sealed(std::mem::take(sealed)))
        }
        Computation::Client(Work::Seal(job)) => Ok(Outcome::Messages(job.nothing())),
        Computation::Client(Work::Payment(job)) => {
            let done = job.nothing().ok_or(ErrorKind::Unsupported)?;
            Ok(Outcome::Payment(Box::new(done)))
        }
        Computation::Client(Work::Token(job)) => {
            let done = job.nothing().ok_or(ErrorKind::Unsupported)?;
            Ok(Outcome::Token(Box::new(done)))
        }
        _ => Err(ErrorKind::Unsupported),
    }
}

//! A card with software behind it: what a faulted card had is computed in software.
//!
//! A backend is a pure function of its task, so a task that the card may have begun gives the same
//! bytes. Each is answered once: a backend hands a task out only when it will never complete it.

use typex_core::error::ErrorKind;

use super::{Backend, BackendEntry, Capability, Place, Start, fpga, soft};
use crate::batch::{Batch, Completions};
use crate::job::{Item, Outcome, Task};
use crate::limits::BATCH_JOBS_MAX;

pub(super) const ENTRY: BackendEntry = BackendEntry {
    name: "failover",
    purpose: "computes AES on a card, and everything in software while the card is faulted",
    capabilities: soft::CAPABILITIES,
    computes: true,
    needs_card: true,
    replaces_card: true,
    start,
};

fn start(start: &Start) -> Box<dyn Backend> {
    match start.place {
        Place::Core(_) => Box::new(Failover::new((fpga::ENTRY.start)(start), soft::start(start))),
        Place::Pool => soft::start(start),
    }
}

/// Two backends, the second for what the first gives up.
struct Failover {
    first: Box<dyn Backend>,
    second: Box<dyn Backend>,
    given_up: Vec<Item>,
    batch: Batch,
}

impl Failover {
    fn new(first: Box<dyn Backend>, second: Box<dyn Backend>) -> Self {
        Self { first, second, given_up: Vec::new(), batch: Batch::with_room() }
    }

    /// Computes what the first backend has given up.
    fn take_over(&mut self, completions: &mut Completions) -> usize {
        let mut count = 0;
        self.first.reclaim(&mut self.given_up);
        let mut given_up = self.given_up.drain(..).peekable();
        while given_up.peek().is_some() {
            given_up.by_ref().take(BATCH_JOBS_MAX).for_each(|item| self.batch.push(item));
            while !self.batch.is_empty() && self.second.submit(&mut self.batch) > 0 {
                count += self.second.poll(completions);
            }
            self.batch.reset();
        }
        count
    }
}

impl Backend for Failover {
    fn capabilities(&self) -> &'static [Capability] {
        soft::CAPABILITIES
    }

    fn keeps_jobs(&self) -> bool {
        self.first.keeps_jobs()
    }

    fn submit(&mut self, batch: &mut Batch) -> usize {
        self.first.submit(batch)
    }

    fn poll(&mut self, completions: &mut Completions) -> usize {
        // What a poll gives up is handed out before the next one, which would fail it.
        self.take_over(completions) + self.first.poll(completions) + self.take_over(completions)
    }

    fn in_flight(&self) -> usize {
        self.first.in_flight()
    }

    fn has_completions(&self) -> bool {
        self.first.has_completions()
    }

    fn run(&mut self, task: &mut Task) -> Option<Result<Outcome, ErrorKind>> {
        self.first.run(task)
    }
}

//! Batches: jobs that run together.

use std::time::Instant;

use typex_core::error::ErrorKind;
use typex_core::id::PartitionId;

use crate::handoff::Tag;
use crate::job::{Item, Outcome, Task};
use crate::limits::{BATCH_BYTES_MAX, BATCH_JOBS_MAX};

/// Jobs that a backend is given at once. Never more than [`BATCH_JOBS_MAX`].
#[derive(Default)]
pub struct Batch {
    items: Vec<Item>,
    bytes: usize,
    cost_ns: u64,
}

/// Results that a backend gives back.
#[derive(Default)]
pub struct Completions {
    list: Vec<Completion>,
}

/// The result of one job.
pub struct Completion {
    /// Which job.
    pub tag: Tag,
    /// What came of it.
    pub result: Result<Outcome, ErrorKind>,
}

impl Batch {
    /// Tasks for a backend without an engine, at most [`BATCH_JOBS_MAX`]; the rest is left out.
    /// The tag of each has its index.
    pub fn of(tasks: impl IntoIterator<Item = Task>) -> Self {
        let (mut batch, now) = (Self::with_room(), Instant::now());
        for (at, task) in tasks.into_iter().take(BATCH_JOBS_MAX).enumerate() {
            batch.push(Item::alone(Tag::of_index(at), task, now));
        }
        batch
    }

    /// An empty batch with room for a full one.
    pub(crate) fn with_room() -> Self {
        Self { items: Vec::with_capacity(BATCH_JOBS_MAX), bytes: 0, cost_ns: 0 }
    }

    /// Its jobs, oldest first.
    pub fn items(&self) -> &[Item] {
        &self.items
    }

    /// Takes the oldest `count` jobs out.
    pub fn take(&mut self, count: usize) -> impl Iterator<Item = Item> + '_ {
        let count = count.min(self.items.len());
        self.items.drain(..count)
    }

    /// Drops the oldest `count` jobs where they are.
    pub(crate) fn drop_oldest(&mut self, count: usize) {
        self.items.drain(..count.min(self.items.len()));
    }

    /// Whether it holds no job.
    pub fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    pub(crate) fn items_mut(&mut self) -> &mut Vec<Item> {
        &mut self.items
    }

    /// Whether it is to be closed: by count or by bytes.
    pub(crate) fn is_full(&self) -> bool {
        self.items.len() >= BATCH_JOBS_MAX || self.bytes >= BATCH_BYTES_MAX
    }

    pub(crate) fn cost_ns(&self) -> u64 {
        self.cost_ns
    }

    /// When its oldest job was admitted.
    pub(crate) fn oldest(&self) -> Option<Instant> {
        self.items.first().map(|item| item.admitted)
    }

    /// Whether a job of `partition` may join: a job that asks for isolation shares a batch with
    /// its own partition only.
    pub(crate) fn welcomes(&self, partition: PartitionId, isolate: bool) -> bool {
        self.items.iter().all(|item| item.partition == partition || !(isolate || item.isolate))
    }

    pub(crate) fn push(&mut self, item: Item) {
        self.bytes += item.task.sealed_bytes();
        self.cost_ns += item.cost_ns;
        self.items.push(item);
    }

    /// Counts again after some of its jobs were taken.
    pub(crate) fn recount(&mut self) {
        self.bytes = self.items.iter().map(|item| item.task.sealed_bytes()).sum();
        self.cost_ns = self.items.iter().map(|item| item.cost_ns).sum();
    }

    /// Forgets sizes after its jobs are gone.
    pub(crate) fn reset(&mut self) {
        self.items.clear();
        (self.bytes, self.cost_ns) = (0, 0);
    }
}

impl Completions {
    pub(crate) fn with_room() -> Self {
        Self { list: Vec::with_capacity(BATCH_JOBS_MAX) }
    }

    /// Adds a result.
    pub fn push(&mut self, tag: Tag, result: Result<Outcome, ErrorKind>) {
        self.list.push(Completion { tag, result });
    }

    pub(crate) fn len(&self) -> usize {
        self.list.len()
    }

    pub(crate) fn contains(&self, tag: Tag) -> bool {
        self.list.iter().any(|completion| completion.tag == tag)
    }

    pub(crate) fn append(&mut self, done: &mut Vec<Completion>) -> usize {
        let count = done.len();
        self.list.append(done);
        count
    }

    /// Takes all results out.
    pub fn drain(&mut self) -> impl Iterator<Item = Completion> + '_ {
        self.list.drain(..)
    }
}

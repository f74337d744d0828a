//! Read requests to the host, and the way of what comes back.
//!
//! Requests of jobs go before those for descriptors. A beat is registered, looked up by its tag,
//! and given out two cycles after it came.

use super::tags::{Beat, Tags};
use crate::front::errors::Errors;
use pcie_sim::{Completion, ReadRequest};
use std::collections::VecDeque;

/// Inputs of jobs that wait to be cut into reads.
const JOBS_MAX: usize = 4;
/// Largest read; reads do not cross a multiple of it.
pub(crate) const READ_BYTES: u64 = 512;

/// Whom a read is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Target {
    /// A group of the descriptor buffer.
    Descriptors(u8),
    /// Lane and context.
    Input(u8, u8),
}

/// One read request, and where its data go.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Read {
    pub(crate) address: u64,
    pub(crate) bytes: u16,
    pub(crate) target: Target,
    /// First line.
    pub(crate) line: u8,
}

/// A job's whole input.
#[derive(Clone, Copy, Debug)]
pub(crate) struct JobInput {
    pub(crate) address: u64,
    pub(crate) bytes: u16,
    pub(crate) lane: u8,
    pub(crate) ctx: u8,
}

/// What an engine counts in a cycle.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct ReadCounts {
    pub(crate) bytes: u16,
    pub(crate) waits_tag: bool,
    pub(crate) waits_link: bool,
}

/// What reaches the engine in a cycle.
pub(crate) struct ReadInputs<'a> {
    pub(crate) fetch: Option<Read>,
    pub(crate) job: Option<JobInput>,
    pub(crate) ready: bool,
    pub(crate) completion: Option<&'a Completion>,
    /// No new request.
    pub(crate) hold: bool,
    /// In cycles.
    pub(crate) timeout: u32,
}

/// The engine.
pub(crate) struct Reads {
    queue: VecDeque<JobInput>,
    split: Option<Read>,
    left: u16,
    pub(crate) request: Option<ReadRequest>,
    came: Option<Completion>,
    tags: Tags,
    pub(crate) counts: ReadCounts,
}

impl Reads {
    pub(crate) fn new(tags: usize) -> Self {
        Self {
            queue: VecDeque::new(),
            split: None,
            left: 0,
            request: None,
            came: None,
            tags: Tags::new(tags),
            counts: ReadCounts::default(),
        }
    }

    /// Room for a job's input.
    pub(crate) fn has_room(&self) -> bool {
        self.queue.len() < JOBS_MAX
    }

    /// The core falls into reset: what is under way will be thrown away.
    pub(crate) fn reset(&mut self) {
        self.queue.clear();
        (self.split, self.request) = (None, None);
        self.tags.reset();
    }

    /// A cycle in reset.
    pub(crate) fn cycle_in_reset(&mut self, completion: Option<&Completion>) {
        let came = self.came.take();
        self.came = completion.cloned();
        self.tags.drop_one(came);
    }

    /// The beat that is given out in this cycle.
    pub(crate) fn beat(&mut self) -> Option<Beat> {
        self.tags.beat()
    }

    pub(crate) fn is_busy(&self) -> bool {
        !self.is_still() || self.tags.is_waiting()
    }

    /// Nothing changes without an input, apart from time.
    fn is_still(&self) -> bool {
        self.queue.is_empty()
            && self.split.is_none()
            && self.request.is_none()
            && self.came.is_none()
            && self.tags.is_still()
    }

    /// One cycle; true: the fetch was taken.
    pub(crate) fn cycle(&mut self, inputs: ReadInputs<'_>, errors: &mut Errors) -> bool {
        self.counts = ReadCounts::default();
        let came = self.came.take();
        self.came = inputs.completion.cloned();
        let room = (self.request.is_none() || inputs.ready) && !inputs.hold;
        let wants = self.split.is_some() || inputs.fetch.is_some();
        let tag = self.tags.free();
        self.counts.waits_tag = room && wants && tag.is_none();
        self.account(inputs.ready);
        let head = self.next_read();
        let read = head.or(inputs.fetch).filter(|_| room);
        let taken = tag.and_then(|tag| read.map(|read| (tag, read)));
        if inputs.ready {
            self.request = None;
        }
        if let Some((tag, read)) = taken {
            self.request = Some(ReadRequest { address: read.address, bytes: read.bytes, tag });
        }
        self.split_on(taken.is_some() && head.is_some());
        self.queue.extend(inputs.job);
        self.tags.cycle(taken.map(|(_, read)| read), came, inputs.timeout, errors);
        taken.is_some() && head.is_none()
    }

    fn account(&mut self, ready: bool) {
        if let Some(request) = self.request {
            self.counts.bytes = if ready { request.bytes } else { 0 };
            self.counts.waits_link = !ready;
        }
    }

    /// The next read of the input that is being cut.
    fn next_read(&self) -> Option<Read> {
        let split = self.split?;
        let room = READ_BYTES - split.address % READ_BYTES;
        Some(Read { bytes: self.left.min(room as u16), ..split })
    }

    fn split_on(&mut self, taken: bool) {
        let read = self.next_read();
        let last = read.is_none_or(|read| taken && read.bytes == self.left);
        if last {
            let next = self.queue.pop_front();
            self.left = next.map_or(0, |input| input.bytes);
            self.split = next.map(|input| Read {
                address: input.address,
                bytes: 0,
                target: Target::Input(input.lane, input.ctx),
                line: 0,
            });
        } else if let (Some(split), Some(read), true) = (&mut self.split, read, taken) {
            split.address += u64::from(read.bytes);
            split.line += (read.bytes / 64) as u8;
            self.left -= read.bytes;
        }
    }
}

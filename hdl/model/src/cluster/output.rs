//! Results on their way out: lines, ends of jobs, keys that were loaded.

use super::context::Contexts;
use super::job::{Done, Job, LoadedKey};
use pcie_sim::WriteBeat;
use std::collections::VecDeque;
use typex_abi::Status;

/// Lines that wait to be written.
const EXIT_LINES: usize = 8;
/// Keys that wait for the key unit.
const EXIT_KEYS: usize = 4;
const LINE: u16 = 64;
const KEY: u16 = 32;

/// An entry of the finish queue.
#[derive(Clone, Copy)]
pub(crate) struct Finish {
    pub(crate) ctx: u8,
    /// The input could not be read: no output.
    pub(crate) error: bool,
}

/// A line on its way out, or the end of a job without one.
#[derive(Clone, Copy)]
pub(crate) struct Line {
    ctx: u8,
    error: bool,
    /// The job's last.
    done: bool,
    key_load: bool,
    /// To be written to the host.
    beat: bool,
    /// Ends a packet.
    last: bool,
    bytes: u8,
    address: u64,
    data: [u8; 64],
}

impl Line {
    /// The beat that it is at the link.
    pub(crate) fn beat(&self) -> WriteBeat {
        WriteBeat { address: self.address, data: self.data, bytes: self.bytes, last: self.last }
    }
}

/// What the front takes from a cluster in a cycle.
#[derive(Clone, Copy, Default)]
pub(crate) struct Taken {
    pub(crate) line: bool,
    pub(crate) done: bool,
    pub(crate) key: bool,
}

/// The job whose lines are read.
#[derive(Clone, Copy)]
struct Current {
    ctx: u8,
    error: bool,
    beats: bool,
    key_load: bool,
    address: u64,
    left: u16,
    at: usize,
}

/// Queue of finished jobs, the reading of their lines, and what waits to leave.
#[derive(Default)]
pub(crate) struct Output {
    queue: VecDeque<Finish>,
    current: Option<Current>,
    read: Option<Line>,
    gated: Option<Line>,
    lines: VecDeque<Line>,
    reserved: usize,
    done: Option<(u8, Done)>,
    keys: VecDeque<(u8, LoadedKey)>,
    key_gone: Option<u8>,
}

impl Output {
    pub(crate) fn push(&mut self, finish: Finish) {
        self.queue.push_back(finish);
    }

    /// The line that may be written.
    pub(crate) fn line(&self) -> Option<&Line> {
        self.lines.front().filter(|line| line.beat && (!line.done || self.has_exit(line)))
    }

    /// The end of a job that may be taken.
    pub(crate) fn done(&self) -> Option<&Done> {
        self.done.as_ref().map(|(_, done)| done)
    }

    /// The key that may be taken.
    pub(crate) fn key(&self) -> Option<&LoadedKey> {
        self.keys.front().filter(|_| self.key_gone.is_none()).map(|(_, key)| key)
    }

    /// One cycle; gives the context that is free.
    pub(crate) fn cycle(&mut self, taken: Taken, contexts: &Contexts, cycle: u32) -> Option<u8> {
        let room = self.reserved != EXIT_LINES;
        let leaving = self.leaving(taken.line);
        let free = self.free(taken);
        if leaving {
            self.leave(contexts, cycle);
        }
        self.lines.extend(self.gated.take());
        self.gated = self.read.take();
        self.fetch(room, contexts);
        free
    }

    /// Whether the head of the lines leaves.
    fn leaving(&self, taken: bool) -> bool {
        match self.lines.front() {
            Some(head) if head.beat => taken,
            Some(head) => self.has_exit(head),
            None => false,
        }
    }

    fn has_exit(&self, line: &Line) -> bool {
        if line.key_load { self.keys.len() != EXIT_KEYS } else { self.done.is_none() }
    }

    /// Contexts of jobs go before those of keys.
    fn free(&mut self, taken: Taken) -> Option<u8> {
        let done = if taken.done { self.done.take() } else { None };
        let gone = self.key_gone;
        if taken.key {
            self.key_gone = self.keys.pop_front().map(|(ctx, _)| ctx);
        } else if done.is_none() {
            self.key_gone = None;
        }
        done.map(|(ctx, _)| ctx).or(gone)
    }

    fn leave(&mut self, contexts: &Contexts, cycle: u32) {
        let Some(line) = self.lines.pop_front() else { return };
        self.reserved -= 1;
        if !line.done {
            return;
        }
        let context = contexts.at(line.ctx);
        let status = context.status(line.error);
        if line.key_load {
            let mut key = [0; 32];
            key.copy_from_slice(&line.data[..32]);
            let loaded = LoadedKey { job: context.job, status, header: context.header(), key };
            self.keys.push_back((line.ctx, loaded));
        } else {
            self.done = Some((line.ctx, done(&context.job, status, &line, cycle)));
        }
    }

    fn fetch(&mut self, room: bool, contexts: &Contexts) {
        let mut free = self.current.is_none();
        if let Some(current) = self.current.as_mut().filter(|_| room) {
            let last = current.left <= LINE || !current.beats;
            self.read = Some(current.line(last, contexts));
            self.reserved += 1;
            current.address += u64::from(LINE);
            current.left = current.left.saturating_sub(LINE);
            current.at += usize::from(LINE);
            free = last;
        }
        if free {
            self.current = self.queue.pop_front().map(|finish| Current::new(finish, contexts));
        }
    }
}

impl Current {
    fn new(finish: Finish, contexts: &Contexts) -> Self {
        let job = &contexts.at(finish.ctx).job;
        let bytes = if job.key_load { KEY } else { job.output_bytes };
        Self {
            ctx: finish.ctx,
            error: finish.error,
            beats: !finish.error && !job.inline_output && !job.key_load && bytes != 0,
            key_load: job.key_load,
            address: job.output & !63,
            left: if finish.error { 0 } else { bytes },
            at: 0,
        }
    }

    fn line(&self, last: bool, contexts: &Contexts) -> Line {
        let bytes = usize::from(self.left.min(LINE));
        let mut data = [0; 64];
        data[..bytes].copy_from_slice(&contexts.at(self.ctx).output[self.at..self.at + bytes]);
        Line {
            ctx: self.ctx,
            error: self.error,
            done: last,
            key_load: self.key_load,
            beat: self.beats,
            last: last || self.address >> 6 & 3 == 3,
            bytes: bytes as u8,
            address: self.address,
            data,
        }
    }
}

fn done(job: &Job, status: Status, line: &Line, cycle: u32) -> Done {
    let mut inline = [0; 16];
    if job.inline_output {
        inline.copy_from_slice(&line.data[..16]);
    }
    Done {
        id: job.id,
        status,
        output_bytes: if line.error { 0 } else { job.output_bytes },
        cycles: cycle.wrapping_add(1).wrapping_sub(job.start_cycle),
        inline,
        interrupt: job.interrupt,
        slots: job.slots,
        keys_used: job.keys_used,
    }
}

//! Gathers completions per ring. One per cycle is taken; a cycle later it has its place in the
//! ring, its CRC and phase, and lies in a memory that mirrors 512 bytes of the ring.

use super::ring::{Ring, RingConfig};
use crate::cluster::{Done, JobId};
use typex_abi::{Completion, Status};

/// Ring in the id of the self-test's jobs.
pub(crate) const TEST_RING: u8 = 15;
/// Entries that may wait.
const SHORT_MAX: u16 = 27;
const LONG_MAX: u16 = 13;
const MEMORY: usize = 512;

/// A completion before it has a place in its ring.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Entry {
    pub(crate) id: JobId,
    pub(crate) status: Status,
    pub(crate) output_bytes: u16,
    pub(crate) cycles: u32,
    pub(crate) inline: [u8; 16],
    pub(crate) interrupt: bool,
}

impl From<&Done> for Entry {
    fn from(done: &Done) -> Self {
        Self {
            id: done.id,
            status: done.status,
            output_bytes: done.output_bytes,
            cycles: done.cycles,
            inline: done.inline,
            interrupt: done.interrupt,
        }
    }
}

/// Completions of a ring that are not written yet.
#[derive(Clone)]
pub(crate) struct Gathered {
    /// Count of those that lie in memory.
    pub(crate) put: u16,
    /// One of them is to interrupt.
    pub(crate) urgent: bool,
    memory: [u8; MEMORY],
}

/// Choice of the source, and the memories.
pub(crate) struct Gather {
    last: usize,
    entry: Option<Entry>,
    pub(crate) rings: Vec<Gathered>,
    sources: usize,
}

impl Gather {
    pub(crate) fn new(lanes: usize, rings: usize) -> Self {
        let gathered = Gathered { put: 0, urgent: false, memory: [0; MEMORY] };
        Self { last: 0, entry: None, rings: vec![gathered; rings], sources: lanes + 2 }
    }

    /// The answer to the self-test's job; for one cycle.
    pub(crate) fn test(&self) -> Option<&Entry> {
        self.entry.as_ref().filter(|entry| entry.id.ring == TEST_RING)
    }

    pub(crate) fn is_busy(&self) -> bool {
        self.entry.is_some()
    }

    /// The source whose completion is taken: `waits` says for which ring each has one.
    pub(crate) fn choose(&self, waits: &[Option<u8>], rings: &[Ring]) -> Option<usize> {
        let eligible = |source: &usize| {
            waits[*source].is_some_and(|ring| ring == TEST_RING || !self.is_full(ring, rings))
        };
        (self.last + 1..self.sources).chain(0..self.sources).find(eligible)
    }

    fn is_full(&self, ring: u8, rings: &[Ring]) -> bool {
        let ring = usize::from(ring);
        let limit = if rings[ring].config.wide { LONG_MAX } else { SHORT_MAX };
        self.rings[ring].put.wrapping_sub(rings[ring].cq_tail) >= limit
    }

    /// One cycle: what was taken before gets its place. True: it was refused.
    pub(crate) fn cycle(
        &mut self,
        taken: Option<(usize, Entry)>,
        rings: &[Ring],
        epoch: u8,
    ) -> bool {
        let entry = self.entry.take().filter(|entry| entry.id.ring != TEST_RING);
        if let Some(entry) = &entry {
            self.put(entry, rings, epoch);
        }
        if let Some((source, entry)) = taken {
            self.last = source;
            self.entry = Some(entry);
        }
        entry.is_some_and(|entry| entry.status != Status::Ok)
    }

    fn put(&mut self, entry: &Entry, rings: &[Ring], epoch: u8) {
        let at = usize::from(entry.id.ring);
        let (ring, gathered) = (&rings[at], &mut self.rings[at]);
        let completion = Completion {
            tag: entry.id.tag,
            sq_head: ring.sq_head,
            status: entry.status,
            phase: ring.config.phase(gathered.put),
            epoch,
            output_bytes: entry.output_bytes,
            cycles: entry.cycles,
            inline: entry.inline,
        };
        let place = place(&ring.config, gathered.put);
        if ring.config.wide {
            let bytes = completion.encode_long();
            gathered.memory[place..place + bytes.len()].copy_from_slice(&bytes);
        } else {
            let bytes = completion.encode_short();
            gathered.memory[place..place + bytes.len()].copy_from_slice(&bytes);
        }
        gathered.put = gathered.put.wrapping_add(1);
        gathered.urgent |= entry.interrupt;
    }
}

impl Gathered {
    /// What the memory holds from a place to the end of its line.
    pub(crate) fn line(&self, place: usize) -> [u8; 64] {
        let at = place % MEMORY;
        let mut line = [0; 64];
        let rest = 64 - at % 64;
        line[..rest].copy_from_slice(&self.memory[at..at + rest]);
        line
    }
}

/// Bytes of an entry.
pub(crate) fn entry_bytes(config: &RingConfig) -> u16 {
    if config.wide { 32 } else { 16 }
}

/// Place of an entry in the memory.
pub(crate) fn place(config: &RingConfig, count: u16) -> usize {
    (config.cq_base as usize + usize::from(count) * usize::from(entry_bytes(config))) % MEMORY
}

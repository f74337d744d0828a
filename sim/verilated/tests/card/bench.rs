//! A host with one ring: jobs in, outcomes out, each exactly once.

use std::collections::HashMap;

use pcie_sim::{Config, Device, Generation, Link, Region, Simulation, Width};
use typex_abi::{Completion, CompletionError, Descriptor, Status, flag, limits, register};
use typex_card::host::{Ring, RingError, RingShape, Root, start};

use crate::jobs::{Job, Key};

const SHAPE: RingShape = RingShape { index: 0, log2_entries: 8, long: true, vector: 0 };
/// The memory begins with the rings.
const BUFFERS_AT: usize = SHAPE.bytes();
/// Room of one job: input, guard, output, guard.
const BUFFER: usize = 2 * limits::INPUT_BYTES_MAX + 4 * GUARD;
/// Bytes around each output that nobody may write.
const GUARD: usize = 64;
const GUARD_BYTE: u8 = 0xa5;
/// Virtual time within which a burst of jobs ends, ps.
const BURST_MAX_PS: u64 = 2_000_000_000;

/// What came of a job.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Outcome {
    pub(crate) status: Status,
    pub(crate) output: Vec<u8>,
    pub(crate) cycles: u32,
    /// Place among the completions of its burst.
    pub(crate) place: usize,
}

/// What a host must never see.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Damage {
    /// No completion for a job.
    Missing(usize),
    /// Two for one.
    Twice(u16),
    /// One for no job.
    OfNobody(u16),
    /// One that is damaged.
    Completion(CompletionError),
    /// More output than there was room for.
    Length(usize),
    /// A write beside a job's output.
    Beside(usize),
}

impl From<RingError> for Damage {
    fn from(error: RingError) -> Self {
        match error {
            RingError::Completion { source, .. } => Self::Completion(source),
            error => panic!("the ring's memory: {error}"),
        }
    }
}

/// The host.
pub(crate) struct Bench {
    pub(crate) simulation: Simulation,
    memory: Region,
    ring: Ring,
    root: Root,
}

impl Bench {
    /// A card that has passed its self-test and takes jobs.
    pub(crate) fn new(device: Box<dyn Device>, seed: u64) -> Self {
        let config = Config::new(Link::new(Generation::Gen3, Width::X16), seed);
        let mut simulation = Simulation::new(config, device);
        let host = simulation.host();
        let memory = host.allocate(BUFFERS_AT + SHAPE.entries() * BUFFER).expect("memory");
        let root = Root::new(std::array::from_fn(|at| at as u8 ^ 0x5a));
        simulation.reset().expect("reset");
        start(&mut simulation, &root).expect("the card starts");
        simulation.write(register::COMPLETION_HOLD, 64).expect("a register");
        let mut ring = Ring::new(&host, &memory, SHAPE);
        ring.enable(memory.bus()..memory.bus() + memory.len() as u64).expect("a ring");
        let state = simulation.read(register::RING_STATE).expect("a register");
        assert_eq!(state & 3, 1, "the ring runs");
        Self { simulation, memory, ring, root }
    }

    /// Loads `key` into its slot.
    pub(crate) fn load(&mut self, key: &Key) {
        let outcome = self.run(&[self.load_job(key)]).remove(0);
        assert_eq!(outcome.status, Status::Ok, "key load into slot {}", key.slot.slot);
    }

    /// The job that loads `key`.
    pub(crate) fn load_job(&self, key: &Key) -> Job {
        let iv = std::array::from_fn(|at| (19 * at as u8) ^ key.slot.slot as u8);
        let wrapped = self.root.wrap(iv, &key.header.encode(), key.cipher.bytes());
        Job::new(wrapped.load(key.slot), wrapped.bytes.to_vec(), 0)
    }

    /// Runs `jobs`, in bursts that fit the ring; the outcomes are in the order of the jobs.
    pub(crate) fn run(&mut self, jobs: &[Job]) -> Vec<Outcome> {
        jobs.chunks(SHAPE.entries() / 2).flat_map(|burst| self.burst(burst)).collect()
    }

    fn burst(&mut self, jobs: &[Job]) -> Vec<Outcome> {
        self.submit(jobs);
        assert!(self.simulation.run_until_idle(BURST_MAX_PS), "the burst ends");
        self.collect(jobs).unwrap_or_else(|damage| panic!("{damage:?}"))
    }

    /// Writes the descriptors and rings the doorbell.
    pub(crate) fn submit(&mut self, jobs: &[Job]) {
        for (at, job) in jobs.iter().enumerate() {
            let descriptor = self.descriptor(at, job);
            self.ring.submit(descriptor).expect("in the ring");
        }
        self.ring.tell().expect("a register");
    }

    fn descriptor(&mut self, at: usize, job: &Job) -> Descriptor {
        let mut descriptor = job.descriptor;
        descriptor.tag = at as u16;
        descriptor.input_bytes = job.input_bytes;
        let input_at = BUFFERS_AT + at * BUFFER;
        let guard = vec![GUARD_BYTE; BUFFER];
        self.memory.store(input_at, &guard).expect("a buffer");
        if !descriptor.has(flag::INLINE_INPUT) && !job.input.is_empty() {
            self.memory.store(input_at, &job.input).expect("a buffer");
            descriptor.input = self.memory.bus() + input_at as u64;
        }
        if !descriptor.has(flag::INLINE_OUTPUT) && job.output_bytes > 0 {
            descriptor.output = self.memory.bus() + output_at(at) as u64;
        }
        descriptor
    }

    /// The completions that have come since the last call, by tag.
    pub(crate) fn completions(&mut self) -> Result<HashMap<u16, (usize, Completion)>, Damage> {
        let mut found = HashMap::new();
        while let Some(completion) = self.ring.take()? {
            let place = found.len();
            if found.insert(completion.tag, (place, completion)).is_some() {
                return Err(Damage::Twice(completion.tag));
            }
            self.ring.release()?;
        }
        Ok(found)
    }

    /// The outcomes of `jobs`, which were submitted together.
    pub(crate) fn collect(&mut self, jobs: &[Job]) -> Result<Vec<Outcome>, Damage> {
        let mut found = self.completions()?;
        let mut outcomes = Vec::new();
        for (at, job) in jobs.iter().enumerate() {
            let (place, completion) = found.remove(&(at as u16)).ok_or(Damage::Missing(at))?;
            let output = self.output(at, job, &completion)?;
            let (status, cycles) = (completion.status, completion.cycles);
            outcomes.push(Outcome { status, output, cycles, place });
        }
        match found.keys().next() {
            None => Ok(outcomes),
            Some(tag) => Err(Damage::OfNobody(*tag)),
        }
    }

    /// The output, after a look at what lies around it.
    fn output(&self, at: usize, job: &Job, completion: &Completion) -> Result<Vec<u8>, Damage> {
        let bytes = usize::from(completion.output_bytes);
        if job.descriptor.has(flag::INLINE_OUTPUT) {
            return Ok(completion.inline[..bytes.min(16)].to_vec());
        }
        let start = output_at(at);
        let mut around = vec![0; BUFFERS_AT + (at + 1) * BUFFER - start + GUARD];
        self.memory.load(start - GUARD, &mut around).expect("a buffer");
        let (before, rest) = around.split_at(GUARD);
        // A beat ends with a line at most; what the card writes is padded to blocks.
        let (output, behind) = rest.split_at(bytes.next_multiple_of(16).min(rest.len()));
        let untouched = |bytes: &[u8]| bytes.iter().all(|byte| *byte == GUARD_BYTE);
        if !untouched(before) || !untouched(behind) {
            return Err(Damage::Beside(at));
        }
        output.get(..bytes).map(<[u8]>::to_vec).ok_or(Damage::Length(at))
    }
}

/// Where the output of job `at` begins.
fn output_at(at: usize) -> usize {
    BUFFERS_AT + at * BUFFER + limits::INPUT_BYTES_MAX + 2 * GUARD
}

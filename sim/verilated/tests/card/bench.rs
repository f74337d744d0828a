//! A host with one ring: jobs in, outcomes out, each exactly once.

use std::collections::HashMap;

use pcie_sim::{Config, Device, Generation, Link, Region, Simulation, Width};
use typex_abi::{
    Completion, CompletionError, Descriptor, Opcode, Root, Status, ctrl, flag, limits, register,
    state,
};

use crate::jobs::{Job, Key};
use crate::reference;

/// Entries of both rings, as a power of two.
const LOG2_ENTRIES: u32 = 8;
const ENTRIES: usize = 1 << LOG2_ENTRIES;
const SQ_AT: usize = 0;
const CQ_AT: usize = SQ_AT + 64 * ENTRIES;
const BUFFERS_AT: usize = CQ_AT + Completion::LONG_BYTES * ENTRIES;
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

impl From<CompletionError> for Damage {
    fn from(error: CompletionError) -> Self {
        Self::Completion(error)
    }
}

/// The host.
pub(crate) struct Bench {
    pub(crate) simulation: Simulation,
    memory: Region,
    transport: [u8; 32],
    tail: u16,
    head: u16,
}

impl Bench {
    /// A card that has passed its self-test and takes jobs.
    pub(crate) fn new(device: Box<dyn Device>, seed: u64) -> Self {
        let config = Config::new(Link::new(Generation::Gen3, Width::X16), seed);
        let mut simulation = Simulation::new(config, device);
        let memory = simulation.host().allocate(BUFFERS_AT + ENTRIES * BUFFER).expect("memory");
        let transport = std::array::from_fn(|at| at as u8 ^ 0x5a);
        simulation.reset().expect("reset");
        let mut bench = Self { simulation, memory, transport, tail: 0, head: 0 };
        bench.attach();
        bench.enable_ring();
        bench
    }

    fn attach(&mut self) {
        let transport = self.transport;
        for (at, word) in (0..).zip(transport.chunks_exact(4)) {
            let word = u32::from_be_bytes(word.try_into().expect("four bytes"));
            self.write(register::TRANSPORT_KEY + 4 * at, word);
        }
        self.write(register::TRANSPORT_LOCK, 1);
        // After a reset the card wipes its slots first.
        assert!(self.simulation.run_until_idle(BURST_MAX_PS), "the reset ends");
        self.write(register::SELFTEST, 1);
        assert!(self.simulation.run_until_idle(BURST_MAX_PS), "the self-test ends");
        let passed = self.read(register::STATE) & state::SELFTEST_PASSED != 0;
        assert!(passed, "self-test {}", self.read(register::SELFTEST));
        self.write(register::COMPLETION_HOLD, 64);
        self.write(register::CTRL, ctrl::ENABLE);
        self.write(register::CTRL, ctrl::ENABLE);
    }

    fn enable_ring(&mut self) {
        let bus = self.memory.bus();
        let limit = bus + self.memory.len() as u64;
        for (at, address) in [
            (register::RING_SQ_BASE, bus + SQ_AT as u64),
            (register::RING_CQ_BASE, bus + CQ_AT as u64),
            (register::RING_WINDOW_BASE, bus),
            (register::RING_WINDOW_LIMIT, limit),
        ] {
            self.write(at, address as u32);
            self.write(at + 4, (address >> 32) as u32);
        }
        self.write(register::RING_SIZE, LOG2_ENTRIES);
        self.write(register::RING_CONFIG, 1);
        self.write(register::RING_ENABLE, 1);
        assert_eq!(self.read(register::RING_STATE) & 3, 1, "the ring runs");
    }

    pub(crate) fn write(&mut self, offset: u32, value: u32) {
        self.simulation.write(offset, value).expect("a register");
    }

    pub(crate) fn read(&mut self, offset: u32) -> u32 {
        self.simulation.read(offset).expect("a register")
    }

    /// Loads `key` into its slot.
    pub(crate) fn load(&mut self, key: &Key) {
        let outcome = self.run(&[self.load_job(key)]).remove(0);
        assert_eq!(outcome.status, Status::Ok, "key load into slot {}", key.slot.slot);
    }

    /// The job that loads `key`.
    pub(crate) fn load_job(&self, key: &Key) -> Job {
        let mut plain = key.bytes.clone();
        plain.resize(32, 0);
        let header = key.header.encode();
        let iv: [u8; 12] = std::array::from_fn(|at| (19 * at as u8) ^ key.slot.slot as u8);
        let root = reference::Key::new(&self.transport);
        let (ciphertext, tag) = reference::gcm(&root, &iv, &header, &plain, false);
        let mut descriptor = Descriptor::new(Opcode::KeyLoad);
        (descriptor.slot, descriptor.generation) = (key.slot.slot, key.slot.generation);
        descriptor.iv[..12].copy_from_slice(&iv);
        descriptor.set_root(Root::Transport);
        descriptor.inline = tag;
        Job::new(descriptor, [&header[..], &ciphertext].concat(), 0)
    }

    /// Runs `jobs`, in bursts that fit the ring; the outcomes are in the order of the jobs.
    pub(crate) fn run(&mut self, jobs: &[Job]) -> Vec<Outcome> {
        jobs.chunks(ENTRIES / 2).flat_map(|burst| self.burst(burst)).collect()
    }

    fn burst(&mut self, jobs: &[Job]) -> Vec<Outcome> {
        self.submit(jobs);
        assert!(self.simulation.run_until_idle(BURST_MAX_PS), "the burst ends");
        self.collect(jobs).unwrap_or_else(|damage| panic!("{damage:?}"))
    }

    /// Writes the descriptors and rings the doorbell.
    pub(crate) fn submit(&mut self, jobs: &[Job]) {
        for (at, job) in jobs.iter().enumerate() {
            let entry = usize::from(self.tail) % ENTRIES;
            let bytes = self.descriptor(at, job).encode();
            self.memory.store(SQ_AT + 64 * entry, &bytes).expect("in the ring");
            self.tail = self.tail.wrapping_add(1);
        }
        self.write(register::RING_SQ_TAIL, u32::from(self.tail));
    }

    fn descriptor(&mut self, at: usize, job: &Job) -> Descriptor {
        let mut descriptor = job.descriptor;
        descriptor.tag = at as u16;
        if first_phase(self.tail) {
            descriptor.flags |= flag::PHASE;
        }
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
        loop {
            let at = CQ_AT + Completion::LONG_BYTES * (usize::from(self.head) % ENTRIES);
            let mut bytes = [0; Completion::LONG_BYTES];
            self.memory.load(at, &mut bytes).expect("in the ring");
            let phase = Completion::phase_of(bytes[typex_abi::completion_at::FLAGS]);
            if phase != first_phase(self.head) || bytes == [0; 32] {
                return Ok(found);
            }
            let completion = Completion::decode_long(&bytes)?;
            let place = found.len();
            if found.insert(completion.tag, (place, completion)).is_some() {
                return Err(Damage::Twice(completion.tag));
            }
            self.head = self.head.wrapping_add(1);
            self.write(register::RING_CQ_HEAD, u32::from(self.head));
        }
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

/// Whether entries at this count have the phase of the first lap.
fn first_phase(count: u16) -> bool {
    (usize::from(count) / ENTRIES).is_multiple_of(2)
}

/// Where the output of job `at` begins.
fn output_at(at: usize) -> usize {
    BUFFERS_AT + at * BUFFER + limits::INPUT_BYTES_MAX + 2 * GUARD
}

//! The smallest host that a card needs: one ring, memory, and patience.

use pcie_sim::{Host, Region};
use std::ops::Range;
use typex_abi::{
    Algorithm, CardKind, Completion, Descriptor, Header, KeyRef, Link, Program, Status,
};
use typex_card::host::{self, Ring, RingShape, Root, Wrapped};
use typex_card::{Bench, BoardOptions};

/// The key under which the tests wrap keys.
pub(crate) const TRANSPORT: [u8; 32] = *b"the root under which keys travel";
/// Long enough for anything a test does, in picoseconds.
pub(crate) const LIMIT_PS: u64 = 100_000_000_000;
const MEMORY: usize = 2 << 20;
/// Where outputs begin, and the pairs of [`Driver::lend`].
const OUTPUTS: usize = MEMORY / 4;
const PAIRS: usize = MEMORY / 2;
/// The largest input, the largest output and what stands behind it.
const PAIR_INPUT: usize = 4352 + 128;
const PAIR_OUTPUT: usize = 4096 + 128;
/// Pairs of buffers.
pub(crate) const PAIR_COUNT: usize = (MEMORY - PAIRS) / (PAIR_INPUT + PAIR_OUTPUT);

/// A card and its host.
pub(crate) struct Driver {
    pub(crate) bench: Bench,
    pub(crate) link: Box<dyn Link>,
    host: Host,
    rings: Vec<Ring>,
    /// The ring that is used.
    at: usize,
    memory: Region,
    input_at: usize,
    output_at: usize,
}

const SHAPE: RingShape = RingShape { index: 0, log2_entries: 6, long: true, vector: 0 };

impl Driver {
    /// A card that is ready for work.
    pub(crate) fn new() -> Self {
        Self::on(Bench::new(CardKind::Model, &BoardOptions::default()).unwrap())
    }

    /// The same on any device.
    pub(crate) fn on(bench: Bench) -> Self {
        let mut driver = Self::started(bench);
        driver.enable_ring();
        driver
    }

    /// A card whose ring is off.
    pub(crate) fn started(bench: Bench) -> Self {
        let mut driver = Self::raw(bench);
        driver.start();
        driver
    }

    /// A card out of reset.
    pub(crate) fn raw(bench: Bench) -> Self {
        let (link, host) = (bench.link(), bench.with(|simulation| simulation.host()));
        let memory = host.allocate(MEMORY).unwrap();
        let (rings, at, input_at, output_at) = (Vec::new(), 0, 0, OUTPUTS);
        let mut driver = Self { bench, link, host, rings, at, memory, input_at, output_at };
        driver.add_ring(SHAPE);
        driver
    }

    /// One more ring, which is used from now on; not enabled yet.
    pub(crate) fn add_ring(&mut self, shape: RingShape) {
        let memory = self.host.allocate(shape.bytes()).unwrap();
        self.at = self.rings.len();
        self.rings.push(Ring::new(&self.host, &memory, shape));
    }

    pub(crate) fn ring_count(&self) -> usize {
        self.rings.len()
    }

    /// The ring that is used from now on.
    pub(crate) fn select(&mut self, ring: usize) {
        self.at = ring;
    }

    /// The ring that is used.
    pub(crate) fn ring(&mut self) -> &mut Ring {
        &mut self.rings[self.at]
    }

    /// Completions taken.
    pub(crate) fn head(&mut self) -> u16 {
        self.ring().taken() as u16
    }

    pub(crate) fn write(&mut self, offset: u32, value: u32) {
        self.link.write(offset, value).unwrap();
    }

    pub(crate) fn read(&mut self, offset: u32) -> u32 {
        self.link.read(offset).unwrap()
    }

    pub(crate) fn control(&mut self, value: u32) {
        host::control(&self.host, value).unwrap();
    }

    pub(crate) fn settle(&self) {
        assert!(self.bench.settle(LIMIT_PS), "the card does not come to rest");
    }

    /// Transport key, self-test, enable.
    pub(crate) fn start(&mut self) {
        self.bench.with(|simulation| host::start(simulation, &Root::new(TRANSPORT))).unwrap();
    }

    pub(crate) fn enable_ring(&mut self) {
        let window = self.window();
        self.ring().enable(window).unwrap();
        self.settle();
    }

    /// The addresses that jobs may use.
    pub(crate) fn window(&self) -> Range<u64> {
        self.memory.bus()..self.memory.bus() + MEMORY as u64
    }

    /// Puts bytes where the card can read them.
    pub(crate) fn input(&mut self, bytes: &[u8]) -> u64 {
        let room = bytes.len().next_multiple_of(64).max(64);
        self.input_at = if self.input_at + room > OUTPUTS { 0 } else { self.input_at };
        let at = self.input_at;
        self.memory.store(at, bytes).unwrap();
        self.input_at += room;
        self.memory.bus() + at as u64
    }

    /// A place for output, filled with a pattern.
    pub(crate) fn output(&mut self, bytes: usize) -> u64 {
        let room = (bytes + 64).next_multiple_of(64);
        self.output_at = if self.output_at + room > PAIRS { OUTPUTS } else { self.output_at };
        let at = self.output_at;
        self.memory.store(at, &vec![0xa5; room]).unwrap();
        self.output_at += room;
        self.memory.bus() + at as u64
    }

    /// Fills a pair of buffers: input, and an output with the pattern.
    pub(crate) fn lend(&mut self, pair: usize, input: &[u8]) -> (u64, u64) {
        let at = PAIRS + pair * (PAIR_INPUT + PAIR_OUTPUT);
        self.memory.store(at, input).unwrap();
        self.memory.store(at + PAIR_INPUT, &[0xa5; PAIR_OUTPUT]).unwrap();
        (self.memory.bus() + at as u64, self.memory.bus() + (at + PAIR_INPUT) as u64)
    }

    /// What lies at a bus address; what lies behind it must be the pattern still.
    pub(crate) fn fetch(&self, bus: u64, bytes: usize) -> Vec<u8> {
        let at = (bus - self.memory.bus()) as usize;
        let mut data = vec![0; (bytes + 64).next_multiple_of(64)];
        self.memory.load(at, &mut data).unwrap();
        let behind = data.split_off(bytes);
        assert!(
            behind.iter().all(|byte| *byte == 0xa5),
            "written behind {bytes} bytes: {behind:x?}"
        );
        data
    }

    /// Writes 64 bytes into the next place of the ring, whatever they are.
    pub(crate) fn place(&mut self, bytes: &[u8; 64]) {
        self.ring().place(bytes).unwrap();
    }

    pub(crate) fn submit(&mut self, descriptor: Descriptor) {
        self.ring().submit(descriptor).unwrap();
    }

    pub(crate) fn doorbell(&mut self) {
        self.ring().tell().unwrap();
    }

    /// Completions that came, in their order.
    pub(crate) fn collect(&mut self) -> Vec<Completion> {
        let ring = self.ring();
        let found = std::iter::from_fn(|| ring.take().unwrap()).collect();
        ring.release().unwrap();
        found
    }

    /// One descriptor, on its own.
    pub(crate) fn run(&mut self, descriptor: Descriptor) -> Completion {
        self.submit(descriptor);
        self.doorbell();
        self.settle();
        let found = self.collect();
        assert_eq!(found.len(), 1, "{:?} completed {} times", descriptor.opcode, found.len());
        assert_eq!(found[0].tag, descriptor.tag);
        found[0]
    }

    /// One job with buffers: its status and output.
    pub(crate) fn job(
        &mut self,
        mut descriptor: Descriptor,
        input: &[u8],
        output: usize,
    ) -> (Status, Vec<u8>) {
        descriptor.input_bytes = input.len() as u16;
        descriptor.input = if input.is_empty() { 0 } else { self.input(input) };
        descriptor.output = self.output(output);
        let done = self.run(descriptor);
        let bytes = if done.status == Status::Ok { done.output_bytes.into() } else { output };
        (done.status, self.fetch(descriptor.output, bytes))
    }

    /// Loads a key into a slot.
    pub(crate) fn load(&mut self, key: KeyRef, header: &Header, bytes: &[u8]) -> Status {
        let descriptor = self.key_load(key, header, bytes);
        self.run(descriptor).status
    }

    /// The descriptor of a key_load, its input in place.
    pub(crate) fn key_load(&mut self, key: KeyRef, header: &Header, bytes: &[u8]) -> Descriptor {
        let wrapped = wrap(&header.encode(), bytes);
        Descriptor { input: self.input(&wrapped.bytes), ..wrapped.load(key) }
    }

    /// Loads a program.
    pub(crate) fn load_program(&mut self, number: u8, program: &Program) -> Status {
        self.run(Descriptor::program_load(number, program)).status
    }
}

/// A key under the transport key.
pub(crate) fn wrap(header: &[u8; 64], key: &[u8]) -> Wrapped {
    Root::new(TRANSPORT).wrap(*b"twelve bytes", header, key)
}

/// A key that may do everything on its own.
pub(crate) fn free_key(bytes: usize) -> Header {
    Header {
        algorithm: Algorithm::from_key_bytes(bytes).unwrap(),
        usage: 0x1ff,
        roles: 0xffe,
        partition: 7,
        word: 0x0102_0304,
        key_id: 100,
        partners: [100, 0, 0],
    }
}

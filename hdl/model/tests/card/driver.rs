//! The smallest host that a card needs: one ring, memory, and patience.

use aes_gcm::aead::{AeadInOut, KeyInit};
use aes_gcm::{Aes256Gcm, Nonce};
use typex_abi::{
    Algorithm, CardKind, Completion, Descriptor, DmaBuffer, Header, KeyRef, Link, Opcode, Program,
    Root, Status, ctrl, flag, register, state,
};
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
    rings: Vec<RingSide>,
    /// The ring that is used.
    at: usize,
    memory: Box<dyn DmaBuffer>,
    input_at: usize,
    output_at: usize,
}

/// The host's side of a ring.
struct RingSide {
    submissions: Box<dyn DmaBuffer>,
    completions: Box<dyn DmaBuffer>,
    shape: RingShape,
    tail: u16,
    head: u16,
}

/// How a ring is enabled.
#[derive(Clone, Copy)]
pub(crate) struct RingShape {
    pub(crate) log2_size: u32,
    /// Completions of 32 bytes.
    pub(crate) long: bool,
    pub(crate) vector: u32,
    pub(crate) moderation: u32,
}

const SHAPE: RingShape = RingShape { log2_size: 6, long: true, vector: 0, moderation: 0 };

impl RingShape {
    fn size(&self) -> u16 {
        1 << self.log2_size
    }

    fn entry_bytes(&self) -> usize {
        if self.long { Completion::LONG_BYTES } else { Completion::SHORT_BYTES }
    }
}

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
        let mut link = bench.link();
        let memory = link.allocate(MEMORY).unwrap();
        let (at, input_at, output_at) = (0, 0, OUTPUTS);
        let mut driver = Self { bench, link, rings: Vec::new(), at, memory, input_at, output_at };
        driver.add_ring(SHAPE);
        driver
    }

    /// One more ring, which is used from now on; not enabled yet.
    pub(crate) fn add_ring(&mut self, shape: RingShape) {
        let submissions = self.link.allocate(64 * usize::from(shape.size())).unwrap();
        let bytes = shape.entry_bytes() * usize::from(shape.size());
        let completions = self.link.allocate(bytes).unwrap();
        self.at = self.rings.len();
        self.rings.push(RingSide { submissions, completions, shape, tail: 0, head: 0 });
    }

    pub(crate) fn ring_count(&self) -> usize {
        self.rings.len()
    }

    /// The ring that is used from now on.
    pub(crate) fn select(&mut self, ring: usize) {
        self.at = ring;
    }

    fn ring(&self) -> &RingSide {
        &self.rings[self.at]
    }

    /// Completions taken.
    pub(crate) fn head(&self) -> u16 {
        self.ring().head
    }

    /// Descriptors written whose completions were not taken.
    pub(crate) fn inside(&self) -> u16 {
        self.ring().tail.wrapping_sub(self.ring().head)
    }

    /// Free places of the ring.
    pub(crate) fn room(&self) -> u16 {
        self.ring().shape.size() - self.inside()
    }

    /// Whether inline output can come back.
    pub(crate) fn has_inline(&self) -> bool {
        self.ring().shape.long
    }

    /// A register of the ring.
    pub(crate) fn ring_register(&self, register: u32) -> u32 {
        register + self.at as u32 * register::RING_STRIDE
    }

    pub(crate) fn write(&mut self, offset: u32, value: u32) {
        self.link.write(offset, value).unwrap();
    }

    pub(crate) fn read(&mut self, offset: u32) -> u32 {
        self.link.read(offset).unwrap()
    }

    pub(crate) fn control(&mut self, value: u32) {
        self.write(register::CTRL, value);
        self.write(register::CTRL, value);
    }

    pub(crate) fn settle(&self) {
        assert!(self.bench.settle(LIMIT_PS), "the card does not come to rest");
    }

    /// Transport key, self-test, enable.
    pub(crate) fn start(&mut self) {
        for (index, word) in TRANSPORT.chunks(4).enumerate() {
            let word = u32::from_be_bytes(word.try_into().unwrap());
            self.write(register::TRANSPORT_KEY + 4 * index as u32, word);
        }
        self.write(register::TRANSPORT_LOCK, 1);
        self.settle();
        self.write(register::SELFTEST, 1);
        self.settle();
        let state = self.read(register::STATE);
        let failed = self.read(register::SELFTEST);
        assert!(state & state::SELFTEST_PASSED != 0, "self-test {failed:#x}, state {state:#x}");
        self.control(ctrl::ENABLE);
    }

    pub(crate) fn enable_ring(&mut self) {
        let (window, limit) = self.window();
        let bases = (self.ring().submissions.bus(), self.ring().completions.bus());
        for (register, value) in [
            (register::RING_SQ_BASE, bases.0),
            (register::RING_CQ_BASE, bases.1),
            (register::RING_WINDOW_BASE, window),
            (register::RING_WINDOW_LIMIT, limit),
        ] {
            self.write(self.ring_register(register), value as u32);
            self.write(self.ring_register(register) + 4, (value >> 32) as u32);
        }
        let shape = self.ring().shape;
        let config = u32::from(shape.long) | shape.vector << 8;
        self.write(self.ring_register(register::RING_SIZE), shape.log2_size);
        self.write(self.ring_register(register::RING_CONFIG), config);
        self.write(self.ring_register(register::RING_MODERATION), shape.moderation);
        self.write(self.ring_register(register::RING_ENABLE), 1);
        self.settle();
        let ring = &mut self.rings[self.at];
        (ring.tail, ring.head) = (0, 0);
        ring.completions.store(0, &vec![0; ring.completions.len()]);
    }

    /// The first address behind the window.
    pub(crate) fn window(&self) -> (u64, u64) {
        (self.memory.bus(), self.memory.bus() + MEMORY as u64)
    }

    /// Puts bytes where the card can read them.
    pub(crate) fn input(&mut self, bytes: &[u8]) -> u64 {
        let room = bytes.len().next_multiple_of(64).max(64);
        self.input_at = if self.input_at + room > OUTPUTS { 0 } else { self.input_at };
        let at = self.input_at;
        self.memory.store(at, bytes);
        self.input_at += room;
        self.memory.bus() + at as u64
    }

    /// A place for output, filled with a pattern.
    pub(crate) fn output(&mut self, bytes: usize) -> u64 {
        let room = (bytes + 64).next_multiple_of(64);
        self.output_at = if self.output_at + room > PAIRS { OUTPUTS } else { self.output_at };
        let at = self.output_at;
        self.memory.store(at, &vec![0xa5; room]);
        self.output_at += room;
        self.memory.bus() + at as u64
    }

    /// Fills a pair of buffers: input, and an output with the pattern.
    pub(crate) fn lend(&mut self, pair: usize, input: &[u8]) -> (u64, u64) {
        let at = PAIRS + pair * (PAIR_INPUT + PAIR_OUTPUT);
        self.memory.store(at, input);
        self.memory.store(at + PAIR_INPUT, &[0xa5; PAIR_OUTPUT]);
        (self.memory.bus() + at as u64, self.memory.bus() + (at + PAIR_INPUT) as u64)
    }

    /// What lies at a bus address; what lies behind it must be the pattern still.
    pub(crate) fn fetch(&self, bus: u64, bytes: usize) -> Vec<u8> {
        let at = (bus - self.memory.bus()) as usize;
        let mut data = vec![0; (bytes + 64).next_multiple_of(64)];
        self.memory.load(at, &mut data);
        let behind = data.split_off(bytes);
        assert!(
            behind.iter().all(|byte| *byte == 0xa5),
            "written behind {bytes} bytes: {behind:x?}"
        );
        data
    }

    /// Writes 64 bytes into the next place of the ring, whatever they are.
    pub(crate) fn place(&mut self, bytes: &[u8; 64]) {
        let ring = &mut self.rings[self.at];
        let index = ring.tail & (ring.shape.size() - 1);
        ring.submissions.store(64 * usize::from(index), bytes);
        ring.tail = ring.tail.wrapping_add(1);
    }

    /// Phase of the next descriptor.
    pub(crate) fn phase(&self) -> u8 {
        if self.ring().tail & self.ring().shape.size() == 0 { flag::PHASE } else { 0 }
    }

    pub(crate) fn submit(&mut self, mut descriptor: Descriptor) {
        descriptor.flags |= self.phase();
        self.place(&descriptor.encode());
    }

    pub(crate) fn doorbell(&mut self) {
        self.write(self.ring_register(register::RING_SQ_TAIL), self.ring().tail.into());
    }

    /// Completions that came, in their order.
    pub(crate) fn collect(&mut self) -> Vec<Completion> {
        let ring = &mut self.rings[self.at];
        let mut found = Vec::new();
        loop {
            let mut bytes = [0; Completion::LONG_BYTES];
            let bytes = &mut bytes[..ring.shape.entry_bytes()];
            let index = ring.head & (ring.shape.size() - 1);
            ring.completions.load(bytes.len() * usize::from(index), bytes);
            let phase = ring.head & ring.shape.size() == 0;
            if Completion::phase_of(bytes[5]) != phase || bytes.iter().all(|byte| *byte == 0) {
                break;
            }
            found.push(decode(bytes));
            ring.head = ring.head.wrapping_add(1);
        }
        let head = ring.head;
        if !found.is_empty() {
            self.write(self.ring_register(register::RING_CQ_HEAD), head.into());
        }
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
        let (wrapped, iv, tag) = wrap(&header.encode(), bytes);
        let mut descriptor = Descriptor::new(Opcode::KeyLoad);
        (descriptor.slot, descriptor.generation) = (key.slot, key.generation);
        descriptor.input_bytes = wrapped.len() as u16;
        descriptor.input = self.input(&wrapped);
        descriptor.iv[..12].copy_from_slice(&iv);
        descriptor.set_root(Root::Transport);
        descriptor.inline = tag;
        descriptor
    }

    /// Loads a program.
    pub(crate) fn load_program(&mut self, number: u8, program: &Program) -> Status {
        let mut descriptor = Descriptor::new(Opcode::ProgramLoad);
        descriptor.set_program_load(number, program.param_blocks());
        descriptor.inline = program.encode();
        self.run(descriptor).status
    }
}

fn decode(bytes: &[u8]) -> Completion {
    match bytes.try_into() {
        Ok(long) => Completion::decode_long(long),
        Err(_) => Completion::decode_short(bytes.try_into().unwrap()),
    }
    .unwrap()
}

/// A key under the transport key: 96 bytes, IV, tag.
pub(crate) fn wrap(header: &[u8; 64], key: &[u8]) -> (Vec<u8>, [u8; 12], [u8; 16]) {
    let iv = *b"twelve bytes";
    let mut clear = [0; 32];
    clear[..key.len()].copy_from_slice(key);
    let cipher = Aes256Gcm::new(&TRANSPORT.into());
    let nonce = Nonce::from(iv);
    let tag = cipher.encrypt_inout_detached(&nonce, header, clear.as_mut_slice().into()).unwrap();
    ([header.as_slice(), &clear].concat(), iv, tag.into())
}

/// A key that may do everything on its own.
pub(crate) fn free_key(bytes: usize) -> Header {
    Header {
        algorithm: Algorithm::from_key_bytes(bytes).unwrap(),
        usage: 0x1ff,
        roles: 0x1fe,
        partition: 7,
        word: 0x0102_0304,
        key_id: 100,
        partners: [100, 0, 0],
    }
}

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
const LOG2_SIZE: u32 = 6;
const SIZE: u16 = 1 << LOG2_SIZE;
const MEMORY: usize = 1 << 20;
/// Where inputs and outputs lie in the memory.
const OUTPUTS: usize = MEMORY / 2;

/// A card and its host.
pub(crate) struct Driver {
    pub(crate) bench: Bench,
    pub(crate) link: Box<dyn Link>,
    submissions: Box<dyn DmaBuffer>,
    completions: Box<dyn DmaBuffer>,
    memory: Box<dyn DmaBuffer>,
    input_at: usize,
    output_at: usize,
    pub(crate) tail: u16,
    pub(crate) head: u16,
    /// Offset of the ring's registers from ring 0's.
    ring: u32,
}

impl Driver {
    /// A card that is ready for work.
    pub(crate) fn new() -> Self {
        Self::with(CardKind::Model, &BoardOptions::default())
    }

    /// The same on a card of the caller's.
    pub(crate) fn with(kind: CardKind, options: &BoardOptions) -> Self {
        let mut driver = Self::raw(kind, options);
        driver.start();
        driver.enable_ring();
        driver
    }

    /// A card out of reset.
    pub(crate) fn raw(kind: CardKind, options: &BoardOptions) -> Self {
        let bench = Bench::new(kind, options).unwrap();
        let mut link = bench.link();
        let submissions = link.allocate(64 * usize::from(SIZE)).unwrap();
        let completions = link.allocate(32 * usize::from(SIZE)).unwrap();
        let memory = link.allocate(MEMORY).unwrap();
        let (input_at, output_at) = (0, OUTPUTS);
        let (tail, head, ring) = (0, 0, 0);
        Self {
            bench,
            link,
            submissions,
            completions,
            memory,
            input_at,
            output_at,
            tail,
            head,
            ring,
        }
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
        let at = self.ring;
        let (window, limit) = (self.memory.bus(), self.memory.bus() + MEMORY as u64);
        for (register, value) in [
            (register::RING_SQ_BASE, self.submissions.bus()),
            (register::RING_CQ_BASE, self.completions.bus()),
            (register::RING_WINDOW_BASE, window),
            (register::RING_WINDOW_LIMIT, limit),
        ] {
            self.write(at + register, value as u32);
            self.write(at + register + 4, (value >> 32) as u32);
        }
        self.write(at + register::RING_SIZE, LOG2_SIZE);
        self.write(at + register::RING_CONFIG, 1);
        self.write(at + register::RING_ENABLE, 1);
        self.settle();
        (self.tail, self.head) = (0, 0);
        self.completions.store(0, &vec![0; 32 * usize::from(SIZE)]);
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
        self.output_at = if self.output_at + room > MEMORY { OUTPUTS } else { self.output_at };
        let at = self.output_at;
        self.memory.store(at, &vec![0xa5; room]);
        self.output_at += room;
        self.memory.bus() + at as u64
    }

    /// What lies at a bus address; what lies behind it must be the pattern still.
    pub(crate) fn fetch(&self, bus: u64, bytes: usize) -> Vec<u8> {
        let at = (bus - self.memory.bus()) as usize;
        let mut data = vec![0; (bytes + 64).next_multiple_of(64)];
        self.memory.load(at, &mut data);
        let behind = data.split_off(bytes);
        assert!(behind.iter().all(|byte| *byte == 0xa5), "written behind the output");
        data
    }

    /// Writes 64 bytes into the next place of the ring, whatever they are.
    pub(crate) fn place(&mut self, bytes: &[u8; 64]) {
        self.submissions.store(64 * usize::from(self.tail % SIZE), bytes);
        self.tail = self.tail.wrapping_add(1);
    }

    /// Phase of the next descriptor.
    pub(crate) fn phase(&self) -> u8 {
        if self.tail & SIZE == 0 { flag::PHASE } else { 0 }
    }

    pub(crate) fn submit(&mut self, mut descriptor: Descriptor) {
        descriptor.flags |= self.phase();
        self.place(&descriptor.encode());
    }

    pub(crate) fn doorbell(&mut self) {
        self.write(self.ring + register::RING_SQ_TAIL, self.tail.into());
    }

    /// Completions that came, in their order.
    pub(crate) fn collect(&mut self) -> Vec<Completion> {
        let mut found = Vec::new();
        loop {
            let mut bytes = [0; 32];
            self.completions.load(32 * usize::from(self.head % SIZE), &mut bytes);
            let phase = self.head & SIZE == 0;
            if Completion::phase_of(bytes[5]) != phase || bytes == [0; 32] {
                break;
            }
            found.push(Completion::decode_long(&bytes).unwrap());
            self.head = self.head.wrapping_add(1);
        }
        if !found.is_empty() {
            self.write(self.ring + register::RING_CQ_HEAD, self.head.into());
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

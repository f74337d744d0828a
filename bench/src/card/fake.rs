//! A card for the driver's tests: right answers of the two modes it knows, no pipeline, and lies
//! on request.

use super::work::KEY_BYTES;
use pcie_sim::{Completion as Beat, Device, Inputs, Outputs, ReadRequest, WriteBeat};
use std::collections::{BTreeMap, VecDeque};
use typex_abi::{
    COUNTERS, Completion, Descriptor, HEADER_BYTES, MAGIC, Opcode, Status, USP_MODEL, counter_at,
    register, state,
};
use typex_card::host::Key;

/// What the fake does wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Lie {
    None,
    WrongOutput,
    Refuse,
    Silent,
    Miscount,
    NoSelfTest,
    UnknownTag,
}

pub(crate) struct Fake {
    lie: Lie,
    registers: BTreeMap<u32, u32>,
    counters: BTreeMap<u32, u64>,
    keys: BTreeMap<u16, (u32, Key)>,
    root: [u8; KEY_BYTES],
    fetched: u16,
    completed: u16,
    asked: VecDeque<(ReadRequest, Purpose)>,
    pending: BTreeMap<u8, (Purpose, Vec<u8>)>,
    writes: VecDeque<WriteBeat>,
    answer: Option<u32>,
    next_tag: u8,
    jobs: u64,
}

#[derive(Clone)]
enum Purpose {
    Descriptor,
    Input(Box<Descriptor>),
}

impl Fake {
    pub(crate) fn new(lie: Lie) -> Self {
        Self {
            lie,
            registers: BTreeMap::new(),
            counters: BTreeMap::new(),
            keys: BTreeMap::new(),
            root: [0; KEY_BYTES],
            fetched: 0,
            completed: 0,
            asked: VecDeque::new(),
            pending: BTreeMap::new(),
            writes: VecDeque::new(),
            answer: None,
            next_tag: 0,
            jobs: 0,
        }
    }

    fn load(&self, offset: u32) -> u32 {
        let passed = if self.lie == Lie::NoSelfTest { 0 } else { state::SELFTEST_PASSED };
        match offset {
            register::ID => MAGIC,
            register::CONFIGURATION => USP_MODEL.id,
            register::CAPS_SHAPE => 2,
            register::CAPS_ROOM => 64,
            register::CAPS_LANE => 2 << 16,
            register::CAPS_CLOCK_KHZ => 250_000,
            register::STATE => state::IDLE | passed,
            _ => self.counter(offset).unwrap_or(0),
        }
    }

    fn counter(&self, offset: u32) -> Option<u32> {
        let number = offset.checked_sub(register::COUNTER)? / 8;
        let value = self.counters.get(&number)?;
        Some(if offset.is_multiple_of(8) { *value as u32 } else { (*value >> 32) as u32 })
    }

    fn count(&mut self, number: u32, by: u64) {
        *self.counters.entry(number).or_default() += by;
    }

    fn store(&mut self, offset: u32, value: u32) {
        let word = offset.wrapping_sub(register::TRANSPORT_KEY) as usize / 4;
        if let Some(bytes) = self.root.chunks_exact_mut(4).nth(word) {
            bytes.copy_from_slice(&value.to_be_bytes());
        }
        self.registers.insert(offset, value);
        if offset == register::RING_SQ_TAIL && self.lie != Lie::Silent {
            self.fetch(value as u16);
        }
    }

    fn fetch(&mut self, tail: u16) {
        while self.fetched != tail {
            let at = u64::from(self.fetched % self.entries()) * 64;
            self.fetched = self.fetched.wrapping_add(1);
            self.count(counter_at::DESCRIPTORS, 1);
            self.ask(self.long(register::RING_SQ_BASE) + at, 64, Purpose::Descriptor);
        }
    }

    fn entries(&self) -> u16 {
        1 << self.registers[&register::RING_SIZE]
    }

    fn long(&self, at: u32) -> u64 {
        u64::from(self.registers[&at]) | u64::from(self.registers[&(at + 4)]) << 32
    }

    fn ask(&mut self, address: u64, bytes: u16, purpose: Purpose) {
        self.count(counter_at::READ_BYTES, bytes.into());
        self.asked.push_back((ReadRequest { address, bytes, tag: 0 }, purpose));
    }

    fn next_read(&mut self) -> Option<ReadRequest> {
        if self.pending.contains_key(&self.next_tag) {
            return None;
        }
        let (request, purpose) = self.asked.pop_front()?;
        let tag = self.next_tag;
        self.next_tag = tag.wrapping_add(1);
        self.pending.insert(tag, (purpose, Vec::new()));
        Some(ReadRequest { tag, ..request })
    }

    fn arrive(&mut self, beat: &Beat) {
        let (_, data) = self.pending.get_mut(&beat.tag).expect("only asked data comes");
        data.extend_from_slice(&beat.data);
        if !beat.last {
            return;
        }
        let (purpose, mut data) = self.pending.remove(&beat.tag).expect("looked up above");
        match purpose {
            Purpose::Descriptor => {
                let bytes = data[..64].try_into().expect("64 bytes");
                let descriptor = Descriptor::decode(&bytes).expect("the driver's CRC");
                let (input, bytes) = (descriptor.input, descriptor.input_bytes);
                self.ask(input, bytes, Purpose::Input(Box::new(descriptor)));
            }
            Purpose::Input(descriptor) => {
                data.truncate(descriptor.input_bytes.into());
                self.execute(&descriptor, &data);
            }
        }
    }

    fn execute(&mut self, descriptor: &Descriptor, input: &[u8]) {
        let mut output = Vec::new();
        if descriptor.opcode == Opcode::KeyLoad {
            self.load_key(descriptor, input);
        } else {
            output = self.encrypt(descriptor, input);
            self.jobs += 1;
        }
        if self.lie == Lie::WrongOutput && self.jobs == 20 {
            output[5] ^= 1;
        }
        for (n, chunk) in (0..).zip(output.chunks(64)) {
            self.write(descriptor.output + 64 * n, chunk);
        }
        self.complete(descriptor.tag, output.len() as u16);
    }

    fn load_key(&mut self, descriptor: &Descriptor, input: &[u8]) {
        let nonce = descriptor.iv[..12].try_into().expect("12 bytes");
        let (header, secret) = input.split_at(HEADER_BYTES);
        let (clear, _) = Key::new(&self.root).gcm_open(nonce, header, secret);
        let key = Key::new(&clear);
        self.keys.insert(descriptor.slot, (descriptor.generation, key));
        self.count(counter_at::KEY_LOADS, 1);
    }

    fn encrypt(&mut self, descriptor: &Descriptor, input: &[u8]) -> Vec<u8> {
        let (generation, key) = &self.keys[&descriptor.slot];
        assert_eq!(*generation, descriptor.generation);
        let blocks = input.len() as u64 / 16;
        let gcm = descriptor.opcode == Opcode::Gcm;
        let output = if gcm {
            let nonce = descriptor.iv[..12].try_into().expect("12 bytes");
            let aad = usize::from(descriptor.aad_bytes());
            key.gcm_output(nonce, &input[..aad], &input[aad..])
        } else {
            key.cbc_encrypt(descriptor.iv, input)
        };
        // A message of GCM has at most one block of associated data here.
        let blocks_out = output.len() as u64 / 16;
        self.count(counter_at::LANE_FORWARD, blocks_out);
        self.count(counter_at::LANE_GHASH, if gcm { blocks + 1 } else { 0 });
        self.count(counter_at::LANE_JOBS, 1);
        output
    }

    fn complete(&mut self, tag: u16, output_bytes: u16) {
        let lap = self.completed & self.entries() == 0;
        let refused = self.lie == Lie::Refuse && self.jobs == 20;
        let unknown = self.lie == Lie::UnknownTag && self.jobs == 20;
        let completion = Completion {
            tag: if unknown { 4000 } else { tag },
            sq_head: self.fetched,
            status: if refused { Status::Policy } else { Status::Ok },
            phase: lap,
            epoch: 0,
            output_bytes,
            cycles: 0,
            inline: [0; 16],
        };
        let at = u64::from(self.completed % self.entries()) * 16;
        self.write(self.long(register::RING_CQ_BASE) + at, &completion.encode_short());
        self.completed = self.completed.wrapping_add(1);
        let lies = self.lie == Lie::Miscount && self.jobs == 20;
        self.count(counter_at::COMPLETIONS, if lies { 2 } else { 1 });
    }

    fn write(&mut self, address: u64, bytes: &[u8]) {
        let mut data = [0; 64];
        data[..bytes.len()].copy_from_slice(bytes);
        self.count(counter_at::WRITTEN_BYTES, bytes.len() as u64);
        self.writes.push_back(WriteBeat { address, data, bytes: bytes.len() as u8, last: true });
    }
}

impl Device for Fake {
    fn clock_khz(&self) -> u32 {
        250_000
    }

    fn cycle(&mut self, inputs: &Inputs, outputs: &mut Outputs) {
        if inputs.reset {
            (*self, *outputs) = (Self::new(self.lie), Outputs::default());
            return;
        }
        outputs.mmio_read = self.answer.take();
        if let Some((offset, value)) = inputs.mmio_write {
            self.store(offset, value);
        }
        self.answer = inputs.mmio_read.map(|offset| self.load(offset));
        if let Some(beat) = &inputs.completion {
            self.arrive(beat);
        }
        if inputs.read_ready || outputs.read.is_none() {
            outputs.read = self.next_read();
        }
        if inputs.write_ready || outputs.write.is_none() {
            outputs.write = self.writes.pop_front();
        }
        let quiet = outputs.read.is_none() && outputs.write.is_none() && self.answer.is_none();
        outputs.idle = quiet && self.pending.is_empty() && self.asked.is_empty();
        if !outputs.idle {
            self.count(counter_at::CYCLES, 1);
        }
        debug_assert!(self.counters.len() <= COUNTERS.len());
    }
}

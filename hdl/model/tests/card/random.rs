//! Random jobs on several rings: each descriptor completes exactly once, and nothing is written
//! outside the outputs.

use crate::driver::{Driver, PAIR_COUNT, free_key};
use pcie_sim::{Fault, FaultKind, Rng};
use std::collections::HashMap;
use typex_abi::{
    CardKind, Completion, Configuration, Descriptor, ECP5, KeyRef, Opcode, Program, ProgramFields,
    Status, Step, StepKind, USP_MODEL, flag, register,
};
use typex_card::host::RingShape;
use typex_card::{Bench, BoardOptions};

/// Rings and slots, if the card has as many.
const RINGS: usize = 4;
const SLOTS: u16 = 12;
const PROGRAMS: u8 = 11;
/// Jobs inside at once.
const INSIDE_MAX: usize = PAIR_COUNT;

/// What the link may do to reads and register writes.
pub(crate) const FAULTS: [FaultKind; 7] = [
    FaultKind::DropCompletion,
    FaultKind::DelayCompletion(3_000_000),
    FaultKind::DuplicateCompletion,
    FaultKind::ReorderCompletion,
    FaultKind::TruncateCompletion,
    FaultKind::PoisonCompletion,
    FaultKind::LoseRegisterWrite,
];

/// Random numbers of a seed.
pub(crate) struct Random(Rng);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self(Rng::seeded(seed))
    }

    fn next(&mut self) -> u64 {
        self.0.word()
    }

    pub(crate) fn below(&mut self, end: u64) -> u64 {
        self.next() % end
    }

    fn one_in(&mut self, chance: u64) -> bool {
        self.below(chance) == 0
    }

    fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.below(from.len() as u64) as usize]
    }

    /// Short lengths most of the time, around multiples of 16.
    fn length(&mut self) -> usize {
        let blocks = match self.below(10) {
            0 => self.below(257),
            1 | 2 => self.below(40),
            _ => self.below(8),
        };
        let odd = if self.one_in(3) { self.below(3) } else { 1 };
        (16 * blocks + odd).saturating_sub(1).min(4096) as usize
    }

    fn bytes(&mut self, count: usize) -> Vec<u8> {
        (0..count).map(|_| self.next() as u8).collect()
    }
}

/// What a job may write, and the buffers that it has.
#[derive(Default)]
struct Asked {
    output: u64,
    room: usize,
    pair: Option<usize>,
}

/// A card under random traffic.
pub(crate) struct Traffic {
    pub(crate) driver: Driver,
    random: Random,
    rings: usize,
    slots: u16,
    asked: HashMap<(usize, u16), Asked>,
    pairs: Vec<usize>,
    /// Of the job that is being made.
    now: Asked,
    generations: [u32; SLOTS as usize],
    next_tag: u16,
    pub(crate) completed: u64,
}

impl Traffic {
    /// Rings of several shapes, keys and programs.
    pub(crate) fn new(mut driver: Driver, seed: u64) -> Self {
        let mut random = Random::new(seed);
        let rings = RINGS.min((driver.read(register::CAPS_SHAPE) >> 8 & 0xff) as usize);
        let slots = SLOTS.min(driver.read(register::CAPS_ROOM) as u16);
        enable_rings(&mut driver, &mut random, rings);
        for slot in 0..slots {
            let bytes = random.pick(&[16, 24, 32]);
            let key = KeyRef { slot, generation: 1 };
            let status = driver.load(key, &free_key(bytes), &random.bytes(bytes));
            assert_eq!(status, Status::Ok);
        }
        for (number, program) in (0..).zip(programs()) {
            assert_eq!(driver.load_program(number, &program), Status::Ok);
        }
        Self {
            driver,
            random,
            rings,
            slots,
            asked: HashMap::new(),
            pairs: (0..INSIDE_MAX).collect(),
            now: Asked::default(),
            generations: [1; SLOTS as usize],
            next_tag: 0,
            completed: 0,
        }
    }

    /// Submits `jobs` jobs, in bursts, and waits for the last.
    pub(crate) fn run(&mut self, jobs: u64) {
        let (before, mut left) = (self.completed, jobs);
        while left > 0 {
            left -= self.burst(left);
        }
        while self.completed < before + jobs {
            let seen = self.completed;
            self.driver.settle();
            self.collect();
            assert!(self.completed > seen, "the card rests with jobs inside");
        }
        assert!(self.asked.is_empty(), "{} jobs were never completed", self.asked.len());
    }

    /// Submits bursts, and does not care what becomes of the last.
    pub(crate) fn shake(&mut self, bursts: u64) {
        for _ in 0..bursts {
            self.burst(u64::MAX);
        }
    }

    /// The same while the link does this now and then, and until the card rests.
    pub(crate) fn shake_under(&mut self, kind: FaultKind, bursts: u64) {
        self.driver.write(register::READ_TIMEOUT, 1500);
        let fault = Fault::chance(kind, 10_000);
        self.driver.bench.with(|simulation| simulation.inject(fault));
        self.shake(bursts);
        self.driver.settle();
        let struck = self.driver.bench.with(|simulation| simulation.strikes().len());
        assert!(struck > 0, "{kind:?} did not strike");
    }

    /// Jobs on a random ring, and some cycles; gives how many.
    fn burst(&mut self, left: u64) -> u64 {
        let ring = self.random.below(self.rings as u64) as usize;
        self.driver.select(ring);
        let room = INSIDE_MAX.saturating_sub(self.asked.len()) as u64;
        let ring_room = self.driver.ring().shape().entries() as u64 - self.driver.ring().inside();
        let burst = (1 + self.random.below(12)).min(room).min(ring_room).min(left);
        for _ in 0..burst {
            self.submit(ring);
        }
        if burst > 0 {
            self.driver.doorbell();
        }
        self.disturb();
        let cycles = self.random.below(400);
        self.driver.bench.with(|simulation| simulation.step_cycles(cycles));
        self.collect();
        burst
    }

    /// What else a host does meanwhile.
    fn disturb(&mut self) {
        if self.random.one_in(8) {
            let arm = self.driver.ring().register(register::RING_ARM);
            let head = self.driver.head();
            self.driver.write(arm, head.into());
        }
        if self.random.one_in(16) {
            let counter = register::COUNTER + 4 * self.random.below(80) as u32;
            self.driver.read(counter);
        }
        if self.random.one_in(64) {
            let hold = self.random.below(200) as u32;
            self.driver.write(register::COMPLETION_HOLD, hold);
        }
    }

    fn collect(&mut self) {
        for ring in 0..self.rings {
            self.driver.select(ring);
            for done in self.driver.collect() {
                self.check(ring, &done);
            }
        }
    }

    fn check(&mut self, ring: usize, done: &Completion) {
        let asked = self.asked.remove(&(ring, done.tag)).expect("completed twice, or never asked");
        self.completed += 1;
        self.pairs.extend(asked.pair);
        let written = match done.status {
            Status::Ok | Status::TagMismatch | Status::BadData => done.output_bytes.into(),
            _ => 0,
        };
        assert!(written <= asked.room, "{done:?}");
        if asked.output == 0 {
            return;
        }
        let output = self.driver.fetch(asked.output, written);
        if done.status != Status::Ok {
            assert!(output.iter().all(|byte| *byte == 0), "{done:?}");
        }
    }

    fn submit(&mut self, ring: usize) {
        self.next_tag = self.next_tag.wrapping_add(1);
        let mut descriptor = match self.random.below(40) {
            0 => self.key_load(),
            1 => Descriptor::new(Opcode::Nop),
            2 => self.zeroise(),
            3..12 => self.program(),
            _ => self.single(),
        };
        descriptor.tag = self.next_tag;
        if self.random.one_in(16) {
            descriptor.flags |= flag::INTERRUPT;
        }
        let asked = std::mem::take(&mut self.now);
        self.asked.insert((ring, self.next_tag), asked);
        if self.random.one_in(60) {
            let mut bytes = descriptor.encode();
            bytes[32 + self.random.below(32) as usize] ^= 1;
            return self.driver.place(&bytes);
        }
        self.driver.submit(descriptor);
    }

    fn single(&mut self) -> Descriptor {
        let opcodes =
            [Opcode::Ecb, Opcode::Cbc, Opcode::Ctr, Opcode::Gcm, Opcode::Cmac, Opcode::CbcMac];
        let mut descriptor = Descriptor::new(self.random.pick(&opcodes));
        self.key(&mut descriptor);
        let gcm = descriptor.opcode == Opcode::Gcm;
        let inverts = gcm || matches!(descriptor.opcode, Opcode::Ecb | Opcode::Cbc);
        if inverts && self.random.one_in(2) {
            descriptor.flags |= flag::DECRYPT;
        }
        let mut bytes = self.random.length();
        let takes_any = matches!(descriptor.opcode, Opcode::Gcm | Opcode::Ctr | Opcode::Cmac);
        if !takes_any && !self.random.one_in(10) {
            bytes = (bytes / 16 * 16).max(16);
        }
        descriptor.iv.copy_from_slice(&self.random.bytes(16));
        descriptor.inline.copy_from_slice(&self.random.bytes(16));
        if gcm {
            let aad = if self.random.one_in(2) { 0 } else { self.random.below(129) };
            descriptor.set_aad_bytes(aad as u16);
            bytes += aad.next_multiple_of(16) as usize;
        }
        if !gcm && bytes <= 16 && self.random.one_in(2) {
            descriptor.flags |= flag::INLINE_INPUT;
        }
        self.buffers(&mut descriptor, bytes);
        descriptor
    }

    fn program(&mut self) -> Descriptor {
        let mut descriptor = Descriptor::new(Opcode::Program);
        self.key(&mut descriptor);
        let number = self.random.below(u64::from(PROGRAMS)) as u8;
        let program = programs()[usize::from(number)];
        let mut aad = |kind| if program.has(kind) { self.random.below(60) as u8 } else { 0 };
        let (aad_in_bytes, aad_out_bytes) = (aad(StepKind::GcmOpen), aad(StepKind::GcmSeal));
        let keys = [(); 3].map(|()| self.any_key());
        descriptor.set_program(&ProgramFields {
            program: number,
            aad_in_bytes,
            aad_out_bytes,
            keys,
        });
        let pad = |bytes: u8| usize::from(bytes).next_multiple_of(16);
        let mut data = self.random.length().max(32);
        if program.takes_whole_blocks() {
            data = data / 16 * 16;
        }
        if program.param_blocks() == 0 {
            data = data.min(1024);
        }
        let params = 16 * usize::from(program.param_blocks());
        let tag = if program.has_tag() { 16 } else { 0 };
        let bytes = params + pad(aad_in_bytes) + pad(aad_out_bytes) + data + tag;
        self.buffers(&mut descriptor, bytes);
        descriptor
    }

    fn buffers(&mut self, descriptor: &mut Descriptor, bytes: usize) {
        let data = self.random.bytes(bytes.next_multiple_of(16));
        let pair = self.pairs.pop().expect("there are as many pairs as jobs");
        let (input, output) = self.driver.lend(pair, &data);
        descriptor.input_bytes = bytes as u16;
        if !descriptor.has(flag::INLINE_INPUT) {
            descriptor.input = input;
        }
        let short = bytes <= 16 || matches!(descriptor.opcode, Opcode::Cmac | Opcode::CbcMac);
        self.now = Asked { output: 0, room: 16, pair: Some(pair) };
        if short && self.driver.ring().shape().long && self.random.one_in(2) {
            descriptor.flags |= flag::INLINE_OUTPUT;
        } else {
            descriptor.output = output;
            (self.now.output, self.now.room) = (output, 4096 + 16);
        }
    }

    fn key(&mut self, descriptor: &mut Descriptor) {
        let key = self.any_key();
        (descriptor.slot, descriptor.generation) = (key.slot, key.generation);
    }

    fn any_key(&mut self) -> KeyRef {
        if self.random.one_in(100) {
            return KeyRef { slot: self.random.below(80) as u16, generation: 1 };
        }
        let slot = self.random.below(self.slots.into()) as u16;
        KeyRef { slot, generation: self.generations[usize::from(slot)] }
    }

    fn key_load(&mut self) -> Descriptor {
        let slot = self.random.below(self.slots.into()) as u16;
        let generation = self.generations[usize::from(slot)].wrapping_add(1).max(1);
        self.generations[usize::from(slot)] = generation;
        let bytes = self.random.pick(&[16, 24, 32]);
        let key = self.random.bytes(bytes);
        self.driver.key_load(KeyRef { slot, generation }, &free_key(bytes), &key)
    }

    fn zeroise(&mut self) -> Descriptor {
        let mut descriptor = Descriptor::new(Opcode::KeyZeroise);
        if self.random.one_in(4) {
            self.key(&mut descriptor);
        }
        descriptor
    }
}

/// Enables the rings that there are, and more of several shapes up to a number.
fn enable_rings(driver: &mut Driver, random: &mut Random, rings: usize) {
    for index in driver.ring_count() as u32..rings as u32 {
        let log2_entries = 4 + random.below(3) as u32;
        let long = random.one_in(2);
        driver.add_ring(RingShape { index, log2_entries, long, vector: index });
    }
    for ring in 0..rings {
        driver.select(ring);
        let moderation = random.below(4) as u32 | (random.below(3) as u32) << 16;
        let at = driver.ring().register(register::RING_MODERATION);
        driver.write(at, if ring > 0 { moderation } else { 0 });
        driver.enable_ring();
    }
    driver.select(0);
}

/// GCM to GCM; CBC to GCM; ProcessData; CBC to CBC with a MAC; all with CTR and ECB.
fn programs() -> [Program; PROGRAMS as usize] {
    use StepKind::{CbcOpen, CbcSeal, CtrOpen, CtrSeal, EcbOpen, GcmOpen, GcmSeal};
    use StepKind::{MacCheck, MacSeal, OperateDecrypt};
    let step = Step::new;
    [
        &[step(GcmOpen, 0), step(GcmSeal, 1)][..],
        &[step(CbcOpen, 1).iv(), step(GcmSeal, 2)],
        &[
            step(MacCheck, 1),
            step(CbcOpen, 0).envelope(),
            step(OperateDecrypt, 2),
            step(CbcSeal, 3).envelope(),
            step(MacSeal, 1),
        ],
        &[step(MacCheck, 0), step(CbcOpen, 1), step(CbcSeal, 2), step(MacSeal, 3)],
        &[step(MacCheck, 0), step(CbcOpen, 1).iv(), step(CtrSeal, 2)],
        &[step(GcmOpen, 0), step(CtrSeal, 3)],
        &[step(CtrOpen, 1), step(CtrSeal, 0)],
        &[step(CtrOpen, 0), step(GcmSeal, 1)],
        &[step(CtrOpen, 3), step(CbcSeal, 2), step(MacSeal, 1)],
        &[step(EcbOpen, 0), step(CbcSeal, 1).iv()],
        &[step(EcbOpen, 2), step(CtrSeal, 0)],
    ]
    .map(|steps| Program::new(steps).unwrap())
}

/// Seed of a run: the variable SEED, or a fixed one.
pub(crate) fn seed() -> u64 {
    let given = std::env::var("SEED").ok().and_then(|text| text.parse().ok());
    let seed = given.unwrap_or(20_261_122);
    println!("SEED={seed}");
    seed
}

fn ready(shape: Configuration) -> Driver {
    let mut options = BoardOptions::default();
    options.card.shape = shape;
    Driver::started(Bench::new(CardKind::Model, &options).unwrap())
}

#[test]
fn every_descriptor_completes_once() {
    let seed = seed();
    for (seed, shape) in (seed..).zip([USP_MODEL, USP_MODEL, USP_MODEL, ECP5]) {
        let mut traffic = Traffic::new(ready(shape), seed);
        traffic.run(2500);
        assert_eq!(traffic.completed, 2500, "seed {seed}");
    }
}

/// Whatever the link does to reads and register writes, nothing is completed twice or written
/// outside the outputs.
#[test]
fn faults_of_the_link_double_nothing() {
    for (seed, kind) in (seed()..).zip(FAULTS) {
        let mut traffic = Traffic::new(ready(USP_MODEL), seed);
        traffic.shake_under(kind, 300);
        assert!(traffic.completed > 0, "{kind:?}");
    }
}

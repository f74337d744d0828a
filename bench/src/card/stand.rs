//! A card on its link, brought up, with keys loaded: what a row is measured on.

use super::error::BenchError;
use super::limits::STALL_PS;
use super::work::{KEY_BYTES, PROGRAM, Work};
use crate::chance::Chance;
use pcie_sim::{Config, Device, Region, Simulation, Step};
use typex_abi::{Completion, Descriptor, KeyRef, MAGIC, Status, WRAPPED_KEY_BYTES, register};
use typex_card::host::{Key, Ring, RingShape, Root, start};

/// The head of the completions is told to the card each time this part of the ring was taken.
const HEAD_SHARE: u64 = 8;

/// What the card says of itself.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Shape {
    pub(crate) configuration: u32,
    pub(crate) build: u32,
    pub(crate) lanes: u32,
    pub(crate) regs_per_round: u32,
    pub(crate) key_slots: usize,
    pub(crate) clock_khz: u32,
}

/// The choices of a row that the card has to be set up for.
#[derive(Clone, Copy)]
pub(crate) struct Setup {
    pub(crate) work: Work,
    pub(crate) data_bytes: usize,
    /// Lanes that take jobs; no more than there are.
    pub(crate) lanes: u32,
    pub(crate) ring_log2: u32,
    pub(crate) seed: u64,
}

/// Keys that are used together, and the jobs under way with them.
pub(crate) struct KeySet {
    pub(crate) keys: Vec<Key>,
    pub(crate) places: Vec<KeyRef>,
    pub(crate) outstanding: usize,
    /// Not drawn: it is to be loaded anew.
    pub(crate) retired: bool,
}

pub(crate) struct Stand {
    pub(crate) simulation: Simulation,
    pub(crate) ring: Ring,
    pub(crate) memory: Region,
    pub(crate) sets: Vec<KeySet>,
    pub(crate) chance: Chance,
    pub(crate) shape: Shape,
    pub(crate) setup: Setup,
    buffers: Buffers,
    root: Root,
    /// Keys wrapped under it.
    wrapped: u64,
}

/// Where the buffers of the job with tag `n` lie. Strides are powers of two, so that no buffer
/// crosses a boundary at which reads or writes would have to be cut without need.
#[derive(Clone, Copy)]
struct Buffers {
    inputs_at: usize,
    outputs_at: usize,
    input_stride: usize,
    output_stride: usize,
    end: usize,
}

impl Setup {
    fn ring(&self) -> RingShape {
        RingShape { index: 0, log2_entries: self.ring_log2, long: false, vector: 0 }
    }
}

impl Buffers {
    fn new(setup: &Setup) -> Self {
        let (input, output) = setup.work.traffic(setup.data_bytes);
        let input_stride = input.max(WRAPPED_KEY_BYTES).next_power_of_two();
        let output_stride = output.max(64).next_power_of_two();
        let entries = 1 << setup.ring_log2;
        let inputs_at = setup.ring().bytes().next_multiple_of(4096);
        let outputs_at = (inputs_at + entries * input_stride).next_multiple_of(4096);
        let end = outputs_at + entries * output_stride;
        Self { inputs_at, outputs_at, input_stride, output_stride, end }
    }
}

impl Stand {
    pub(crate) fn new(
        config: &Config,
        device: Box<dyn Device>,
        setup: Setup,
    ) -> Result<Self, BenchError> {
        let mut simulation = Simulation::new(config.clone(), device);
        let mut chance = Chance::new(setup.seed);
        let root = Root::new(chance.array());
        simulation.reset()?;
        let shape = Shape::read(&mut simulation)?;
        let setup = Setup { lanes: setup.lanes.min(shape.lanes), ..setup };
        start(&mut simulation, &root)?;
        simulation.write(register::LANE_ENABLE, (1u32 << setup.lanes.min(31)) - 1)?;
        let buffers = Buffers::new(&setup);
        let host = simulation.host();
        let memory = host.allocate(buffers.end)?;
        let mut ring = Ring::new(&host, &memory, setup.ring());
        ring.enable(memory.bus()..memory.bus() + memory.len() as u64)?;
        let (sets, wrapped) = (Vec::new(), 0);
        let mut stand =
            Self { simulation, ring, memory, sets, chance, shape, setup, buffers, root, wrapped };
        stand.load_program()?;
        stand.load_keys()?;
        Ok(stand)
    }

    fn load_program(&mut self) -> Result<(), BenchError> {
        let Some(program) = self.setup.work.program()? else { return Ok(()) };
        self.one(Descriptor::program_load(PROGRAM, &program))
    }

    /// Fills all key slots.
    fn load_keys(&mut self) -> Result<(), BenchError> {
        let width = self.setup.work.keys();
        for set in 0..self.shape.key_slots / width {
            self.sets.push(KeySet {
                keys: Vec::new(),
                places: Vec::new(),
                outstanding: 0,
                retired: false,
            });
            for place in 0..width {
                let slot = (set * width + place) as u16;
                let (key, descriptor) = self.key_load(set, KeyRef { slot, generation: 1 }, 0)?;
                self.one(descriptor)?;
                self.sets[set].keys.push(key);
                self.sets[set].places.push(KeyRef { slot, generation: 1 });
            }
        }
        Ok(())
    }

    /// A new key, and the descriptor that loads it; its wrapped form is put into the input buffer
    /// of `tag`.
    pub(crate) fn key_load(
        &mut self,
        set: usize,
        place: KeyRef,
        tag: u16,
    ) -> Result<(Key, Descriptor), BenchError> {
        let width = self.setup.work.keys();
        let first_id = 1 + (set * width) as u64;
        let header = self.setup.work.header(usize::from(place.slot) - set * width, first_id)?;
        let key = Key::new(&self.chance.array::<KEY_BYTES>());
        self.wrapped += 1;
        let mut nonce = [0; 12];
        nonce[4..].copy_from_slice(&self.wrapped.to_be_bytes());
        let wrapped = self.root.wrap(nonce, &header.encode(), key.bytes());
        self.memory.store(self.input_at(tag), &wrapped.bytes)?;
        let input = self.memory.bus() + self.input_at(tag) as u64;
        Ok((key, Descriptor { tag, input, ..wrapped.load(place) }))
    }

    pub(crate) fn input_at(&self, tag: u16) -> usize {
        self.buffers.inputs_at + usize::from(tag) * self.buffers.input_stride
    }

    pub(crate) fn output_at(&self, tag: u16) -> usize {
        self.buffers.outputs_at + usize::from(tag) * self.buffers.output_stride
    }

    /// Runs one descriptor to its end.
    fn one(&mut self, descriptor: Descriptor) -> Result<(), BenchError> {
        self.ring.submit(descriptor)?;
        self.ring.tell()?;
        let completion = self.wait()?;
        accepted(&completion)
    }

    /// Takes the next completion, if it is there.
    pub(crate) fn take(&mut self) -> Result<Option<Completion>, BenchError> {
        let found = self.ring.take()?;
        let entries = self.ring.shape().entries() as u64;
        if self.ring.unreleased() >= entries / HEAD_SHARE {
            self.ring.release()?;
        }
        Ok(found)
    }

    /// Steps until a completion is there.
    pub(crate) fn wait(&mut self) -> Result<Completion, BenchError> {
        let end_ps = self.simulation.now_ps() + STALL_PS;
        while self.simulation.now_ps() < end_ps {
            let step = self.simulation.step();
            if let Some(completion) = self.take()? {
                return Ok(completion);
            }
            if step == Step::Idle {
                break;
            }
        }
        Err(BenchError::Stalled { waiting: 1 })
    }
}

/// A refusal as an error.
pub(crate) fn accepted(completion: &Completion) -> Result<(), BenchError> {
    let &Completion { tag, status, .. } = completion;
    if status == Status::Ok { Ok(()) } else { Err(BenchError::Refused { tag, status }) }
}

impl Shape {
    fn read(simulation: &mut Simulation) -> Result<Self, BenchError> {
        let id = simulation.read(register::ID)?;
        if id != MAGIC {
            return Err(BenchError::NotACard(id));
        }
        let [lanes, ..] = simulation.read(register::CAPS_SHAPE)?.to_le_bytes();
        let [_, _, regs_per_round, _] = simulation.read(register::CAPS_LANE)?.to_le_bytes();
        Ok(Self {
            configuration: simulation.read(register::CONFIGURATION)?,
            build: simulation.read(register::BUILD)?,
            lanes: lanes.into(),
            regs_per_round: regs_per_round.into(),
            key_slots: (simulation.read(register::CAPS_ROOM)? & 0xffff) as usize,
            clock_khz: simulation.read(register::CAPS_CLOCK_KHZ)?,
        })
    }
}

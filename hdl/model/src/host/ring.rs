//! One pair of rings.

use pcie_sim::{Host, HostError, MemoryError, Region};
use std::ops::Range;
use typex_abi::{
    Completion, CompletionError, DESCRIPTOR_BYTES, Descriptor, completion_at, flag, register,
};

/// How a ring is enabled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RingShape {
    /// Which of the card's rings.
    pub index: u32,
    /// Entries of each of the pair, as a power of two.
    pub log2_entries: u32,
    /// Completions of 32 bytes, which have room for inline output; else of 16.
    pub long: bool,
    /// The interrupt vector.
    pub vector: u32,
}

impl RingShape {
    /// Entries of each of the pair.
    pub const fn entries(&self) -> usize {
        1 << self.log2_entries
    }

    /// Bytes of both.
    pub const fn bytes(&self) -> usize {
        (DESCRIPTOR_BYTES + self.completion_bytes()) << self.log2_entries
    }

    const fn completion_bytes(&self) -> usize {
        if self.long { Completion::LONG_BYTES } else { Completion::SHORT_BYTES }
    }
}

/// Why a ring gave nothing, or took nothing.
#[derive(Debug, thiserror::Error)]
pub enum RingError {
    /// A register could not be reached.
    #[error(transparent)]
    Host(#[from] HostError),
    /// The memory could not be reached.
    #[error(transparent)]
    Memory(#[from] MemoryError),
    /// A completion that cannot be read.
    #[error("completion {number}: {source}")]
    Completion {
        /// Its number since the ring was enabled.
        number: u64,
        /// What is wrong with it.
        source: CompletionError,
    },
}

/// A submission ring and its completion ring, at the start of a piece of memory.
pub struct Ring {
    host: Host,
    memory: Region,
    shape: RingShape,
    /// Counts since the ring was enabled: descriptors written, and announced.
    submitted: u64,
    told: u64,
    /// Completions taken, and their places given back.
    taken: u64,
    released: u64,
}

impl Ring {
    /// A ring that is off. `memory` has [`RingShape::bytes`] at least.
    pub fn new(host: &Host, memory: &Region, shape: RingShape) -> Self {
        let (host, memory) = (host.clone(), memory.clone());
        Self { host, memory, shape, submitted: 0, told: 0, taken: 0, released: 0 }
    }

    /// Empties it and sets it up; its jobs may use the bus addresses of `window`.
    ///
    /// # Errors
    /// [`RingError::Host`], [`RingError::Memory`]
    pub fn enable(&mut self, window: Range<u64>) -> Result<(), RingError> {
        (self.submitted, self.told, self.taken, self.released) = (0, 0, 0, 0);
        let completions_at = self.completion_at(0);
        let completion_bytes = self.shape.bytes() - completions_at;
        self.memory.store(completions_at, &vec![0; completion_bytes])?;
        let submissions = self.memory.bus();
        for (register, value) in [
            (register::RING_SQ_BASE, submissions),
            (register::RING_CQ_BASE, submissions + completions_at as u64),
            (register::RING_WINDOW_BASE, window.start),
            (register::RING_WINDOW_LIMIT, window.end),
        ] {
            self.write(register, value as u32)?;
            self.write(register + 4, (value >> 32) as u32)?;
        }
        self.write(register::RING_SIZE, self.shape.log2_entries)?;
        self.write(register::RING_CONFIG, u32::from(self.shape.long) | self.shape.vector << 8)?;
        self.write(register::RING_ENABLE, 1)?;
        Ok(())
    }

    /// Its shape.
    pub fn shape(&self) -> RingShape {
        self.shape
    }

    /// Where a register of ring 0 lies for this one.
    pub fn register(&self, register: u32) -> u32 {
        register + self.shape.index * register::RING_STRIDE
    }

    /// Writes a descriptor with its phase. The caller has no more jobs under way than there are
    /// entries.
    ///
    /// # Errors
    /// [`RingError::Memory`]
    pub fn submit(&mut self, mut descriptor: Descriptor) -> Result<(), RingError> {
        descriptor.flags |= self.phase();
        self.place(&descriptor.encode())
    }

    /// Writes 64 bytes into the next place, whatever they are.
    ///
    /// # Errors
    /// [`RingError::Memory`]
    pub fn place(&mut self, bytes: &[u8; DESCRIPTOR_BYTES]) -> Result<(), RingError> {
        self.memory.store(self.entry(self.submitted) * DESCRIPTOR_BYTES, bytes)?;
        self.submitted += 1;
        Ok(())
    }

    /// The phase flag of the next descriptor.
    pub fn phase(&self) -> u8 {
        if self.odd_lap(self.submitted) { flag::PHASE } else { 0 }
    }

    /// Rings the doorbell, if there is something to tell.
    ///
    /// # Errors
    /// [`RingError::Host`]
    pub fn tell(&mut self) -> Result<(), RingError> {
        if self.untold() > 0 {
            self.write(register::RING_SQ_TAIL, u32::from(self.submitted as u16))?;
            self.told = self.submitted;
        }
        Ok(())
    }

    /// Takes the next completion, if it is there.
    ///
    /// # Errors
    /// [`RingError::Memory`], [`RingError::Completion`]
    pub fn take(&mut self) -> Result<Option<Completion>, RingError> {
        let at = self.completion_at(self.taken);
        let mut flags = [0];
        self.memory.load(at + completion_at::FLAGS, &mut flags)?;
        if Completion::phase_of(flags[0]) != self.odd_lap(self.taken) {
            return Ok(None);
        }
        let completion = self.decode(at)?;
        let number = self.taken;
        let completion = completion.map_err(|source| RingError::Completion { number, source })?;
        self.taken += 1;
        Ok(Some(completion))
    }

    fn decode(&self, at: usize) -> Result<Result<Completion, CompletionError>, MemoryError> {
        let mut bytes = [0; Completion::LONG_BYTES];
        self.memory.load(at, &mut bytes[..self.shape.completion_bytes()])?;
        Ok(match bytes.first_chunk() {
            Some(short) if !self.shape.long => Completion::decode_short(short),
            _ => Completion::decode_long(&bytes),
        })
    }

    /// Tells the card that the places of the completions taken are free, if it does not know.
    ///
    /// # Errors
    /// [`RingError::Host`]
    pub fn release(&mut self) -> Result<(), RingError> {
        if self.unreleased() > 0 {
            self.write(register::RING_CQ_HEAD, u32::from(self.taken as u16))?;
            self.released = self.taken;
        }
        Ok(())
    }

    /// Descriptors that the card has not been told of.
    pub fn untold(&self) -> u64 {
        self.submitted - self.told
    }

    /// Completions taken.
    pub fn taken(&self) -> u64 {
        self.taken
    }

    /// Completions taken whose places the card may not use yet.
    pub fn unreleased(&self) -> u64 {
        self.taken - self.released
    }

    /// Descriptors written whose completions were not taken.
    pub fn inside(&self) -> u64 {
        self.submitted.saturating_sub(self.taken)
    }

    fn write(&self, register: u32, value: u32) -> Result<(), HostError> {
        self.host.write(self.register(register), value)
    }

    fn completion_at(&self, count: u64) -> usize {
        let completions_at = DESCRIPTOR_BYTES << self.shape.log2_entries;
        completions_at + self.entry(count) * self.shape.completion_bytes()
    }

    fn entry(&self, count: u64) -> usize {
        count as usize & (self.shape.entries() - 1)
    }

    /// The phase is set on the first lap and every second one after it.
    fn odd_lap(&self, count: u64) -> bool {
        count as usize & self.shape.entries() == 0
    }
}

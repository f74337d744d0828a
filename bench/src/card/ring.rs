//! One pair of rings, from the host's side.

use super::error::BenchError;
use pcie_sim::{Host, HostError, Region};
use typex_abi::{Completion, DESCRIPTOR_BYTES, Descriptor, completion_at, flag, register};

/// The head of the completions is told to the card each time this part of the ring was taken.
const HEAD_SHARE: u16 = 8;

pub(crate) struct Ring {
    host: Host,
    memory: Region,
    submissions_at: usize,
    completions_at: usize,
    log2: u32,
    /// Free-running counts: descriptors written and announced, completions taken and announced.
    tail: u16,
    tail_told: u16,
    head: u16,
    head_told: u16,
    taken: u64,
}

impl Ring {
    /// Bytes of memory for rings of `1 << log2` entries.
    pub(crate) const fn bytes(log2: u32) -> usize {
        (DESCRIPTOR_BYTES + Completion::SHORT_BYTES) << log2
    }

    /// Sets ring 0 up at the start of `memory`, which its jobs may use as a whole.
    pub(crate) fn enable(host: &Host, memory: &Region, log2: u32) -> Result<Self, HostError> {
        let completions_at = DESCRIPTOR_BYTES << log2;
        let long = |at: u32, value: u64| {
            host.write(at, value as u32)?;
            host.write(at + 4, (value >> 32) as u32)
        };
        long(register::RING_SQ_BASE, memory.bus())?;
        long(register::RING_CQ_BASE, memory.bus() + completions_at as u64)?;
        long(register::RING_WINDOW_BASE, memory.bus())?;
        long(register::RING_WINDOW_LIMIT, memory.bus() + memory.len() as u64)?;
        host.write(register::RING_SIZE, log2)?;
        host.write(register::RING_CONFIG, 0)?;
        host.write(register::RING_ENABLE, 1)?;
        Ok(Self {
            host: host.clone(),
            memory: memory.clone(),
            submissions_at: 0,
            completions_at,
            log2,
            tail: 0,
            tail_told: 0,
            head: 0,
            head_told: 0,
            taken: 0,
        })
    }

    /// Entries of each ring.
    pub(crate) fn entries(&self) -> usize {
        1 << self.log2
    }

    /// Descriptors that the card has not been told of.
    pub(crate) fn untold(&self) -> u16 {
        self.tail.wrapping_sub(self.tail_told)
    }

    /// Writes a descriptor. The caller has no more jobs under way than the ring has entries.
    pub(crate) fn submit(&mut self, descriptor: Descriptor) -> Result<(), BenchError> {
        let phase = if self.first_phase(self.tail) { flag::PHASE } else { 0 };
        let descriptor = Descriptor { flags: descriptor.flags | phase, ..descriptor };
        let at = self.submissions_at + self.place(self.tail) * DESCRIPTOR_BYTES;
        self.memory.store(at, &descriptor.encode())?;
        self.tail = self.tail.wrapping_add(1);
        Ok(())
    }

    /// Rings the doorbell.
    pub(crate) fn tell(&mut self) -> Result<(), BenchError> {
        if self.untold() > 0 {
            self.host.write(register::RING_SQ_TAIL, self.tail.into())?;
            self.tail_told = self.tail;
        }
        Ok(())
    }

    /// Takes the next completion, if it is there.
    pub(crate) fn take(&mut self) -> Result<Option<Completion>, BenchError> {
        let at = self.completions_at + self.place(self.head) * Completion::SHORT_BYTES;
        let mut flags = [0];
        self.memory.load(at + completion_at::FLAGS, &mut flags)?;
        if Completion::phase_of(flags[0]) != self.first_phase(self.head) {
            return Ok(None);
        }
        let mut bytes = [0; Completion::SHORT_BYTES];
        self.memory.load(at, &mut bytes)?;
        let number = self.taken;
        let completion = Completion::decode_short(&bytes)
            .map_err(|source| BenchError::Completion { number, source })?;
        self.taken += 1;
        self.head = self.head.wrapping_add(1);
        self.return_credit()?;
        Ok(Some(completion))
    }

    /// Completions taken in the ring's life.
    pub(crate) fn taken(&self) -> u64 {
        self.taken
    }

    fn return_credit(&mut self) -> Result<(), BenchError> {
        let share = (1u16 << self.log2) / HEAD_SHARE;
        if self.head.wrapping_sub(self.head_told) >= share {
            self.host.write(register::RING_CQ_HEAD, self.head.into())?;
            self.head_told = self.head;
        }
        Ok(())
    }

    fn place(&self, count: u16) -> usize {
        usize::from(count) & (self.entries() - 1)
    }

    /// The phase is set on the first lap and every second one after it.
    fn first_phase(&self, count: u16) -> bool {
        usize::from(count) & self.entries() == 0
    }
}

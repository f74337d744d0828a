//! The keeper's own ring: loads programs, empties key slots. Waits for every completion.

use typex_abi::{
    Completion, DESCRIPTOR_BYTES, Descriptor, DmaBuffer, Link, Status, flag, register,
};

use super::CardError;
use super::bring_up::open_ring;
use crate::backend::fpga::is_first_lap;
use crate::limits::CARD_READS_MAX;

const LOG2: u32 = 4;
/// Entries of the ring.
pub(super) const ENTRIES: usize = 1 << LOG2;
/// Where its completions are.
const CQ: usize = ENTRIES * DESCRIPTOR_BYTES;

pub(super) struct Errands {
    ring: u8,
    /// Submissions, then completions.
    memory: Box<dyn DmaBuffer>,
    /// Descriptors so far, all of them completed.
    count: u16,
}

impl Errands {
    /// Opens the ring on a card that was just reset.
    pub(super) fn open(link: &mut dyn Link, ring: u8) -> Result<Self, CardError> {
        let mut memory = link.allocate(CQ + ENTRIES * Completion::LONG_BYTES)?;
        let zeros = [0; DESCRIPTOR_BYTES];
        for at in (0..memory.len()).step_by(zeros.len()) {
            memory.store(at, &zeros);
        }
        let (bus, end) = (memory.bus(), memory.bus() + memory.len() as u64);
        open_ring(link, ring, [bus, bus + CQ as u64], LOG2, 0, [bus, end])?;
        Ok(Self { ring, memory, count: 0 })
    }

    /// Has the card carry out `errands`, of which there are at most [`ENTRIES`]. Returns the first
    /// that it refused, by place, and why.
    pub(super) fn run(
        &mut self,
        link: &mut dyn Link,
        errands: impl IntoIterator<Item = Descriptor>,
    ) -> Result<Option<(u16, Status)>, CardError> {
        let mut sent: u16 = 0;
        for (errand, tag) in errands.into_iter().take(ENTRIES).zip(0..) {
            self.send(errand, tag);
            sent = tag + 1;
        }
        let at = u32::from(self.ring) * register::RING_STRIDE;
        let end = self.count.wrapping_add(sent);
        link.write(register::RING_SQ_TAIL + at, u32::from(end))?;
        let mut refused = None;
        for _ in 0..sent {
            let completion = self.next(link)?;
            if completion.status != Status::Ok && refused.is_none() {
                refused = Some((completion.tag, completion.status));
            }
            self.count = self.count.wrapping_add(1);
        }
        link.write(register::RING_CQ_HEAD + at, u32::from(end))?;
        Ok(refused)
    }

    fn send(&mut self, mut errand: Descriptor, tag: u16) {
        let at = self.count.wrapping_add(tag);
        errand.tag = tag;
        if is_first_lap(at, LOG2) {
            errand.flags |= flag::PHASE;
        }
        self.memory.store(entry(at) * DESCRIPTOR_BYTES, &errand.encode());
    }

    /// The next completion, once it is there.
    fn next(&mut self, link: &mut dyn Link) -> Result<Completion, CardError> {
        let mut bytes = [0; Completion::LONG_BYTES];
        for _ in 0..CARD_READS_MAX {
            // The register read lets the card's time pass.
            link.read(register::STATE)?;
            self.memory.load(CQ + entry(self.count) * Completion::LONG_BYTES, &mut bytes);
            if let Ok(completion) = Completion::decode_long(&bytes)
                && completion.phase == is_first_lap(self.count, LOG2)
            {
                return Ok(completion);
            }
        }
        Err(CardError::NoCompletion)
    }
}

fn entry(count: u16) -> usize {
    usize::from(count) & (ENTRIES - 1)
}

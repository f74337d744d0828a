//! What is seen from outside: registers, and whether anything is inside.

use super::Core;
use crate::front::registers::Seen;
use crate::front::reset::Reset;
use typex_abi::register;

impl Core {
    /// Nothing is inside and no timer runs.
    pub(crate) fn is_idle(&self, reset: &Reset) -> bool {
        self.is_empty()
            && reset.is_cleared()
            && self.rings.iter().all(|ring| !ring.is_busy())
            && !self.reads.is_busy()
            && self.fetch.is_empty()
            && !self.admit.is_busy()
            && !self.bus.is_busy()
            && self.is_quiet_behind()
            && !self.registers.asks_reset()
    }

    pub(super) fn is_quiet_behind(&self) -> bool {
        !self.gather.is_busy()
            && !self.completions.is_busy(&self.gather, &self.rings)
            && !self.msix.is_busy()
            && self.writes.is_quiet()
            && self.given.is_none()
            && !self.key_unit.is_busy(self.registers.transport().is_some())
            && !self.selftest.is_running()
            && !self.registers.starts_test()
            && self.clusters.iter().all(|cluster| !cluster.is_busy())
            && !self.errors.is_busy()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.choice.is_empty() && self.rings.iter().all(|ring| ring.jobs == 0)
    }

    /// A register.
    pub(crate) fn read(&mut self, offset: u32, reset: &Reset) -> u32 {
        let offset = offset & !3;
        let ring = offset.wrapping_sub(register::RING_SQ_BASE);
        let (index, at) = (ring / register::RING_STRIDE, ring % register::RING_STRIDE);
        if let Some(ring) = self.rings.get(index as usize) {
            return ring.read(register::RING_SQ_BASE + at);
        }
        if let Some(value) = self.counters.read(offset).or_else(|| self.msix.read(offset)) {
            return value;
        }
        let enabled = self.registers.lane_enable;
        let seen = Seen {
            idle: self.is_idle(reset),
            empty: self.is_empty(),
            test_running: self.selftest.is_running(),
            test_passed: self.selftest.has_passed(enabled),
            test_failed: self.selftest.failed,
            epoch: reset.epoch,
        };
        self.registers.read(offset, &seen, &self.errors)
    }
}

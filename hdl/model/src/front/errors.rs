//! Errors since they were cleared, the first of them, and those that interrupt.
//!
//! An error is told in one cycle, stands in the registers behind the next, and interrupts in the
//! one after that.

use typex_abi::error;

/// Errors that stop the card until reset.
const FATAL: u32 = error::ILLEGAL_STATE | error::SELFTEST;
const VALID: u32 = 1 << 31;

/// Errors of one cycle.
#[derive(Clone, Copy, Default)]
struct Report {
    bits: u32,
    /// As the register shows the first.
    first: u32,
}

/// The registers of errors.
#[derive(Default)]
pub(crate) struct Errors {
    pub(crate) bits: u32,
    pub(crate) first: u32,
    pub(crate) mask: u32,
    told: Report,
    due: Report,
    clear: u32,
    fatal: bool,
    fires: bool,
}

impl Errors {
    /// Errors happened; `tag` and `ring` of the descriptor, if there is one.
    pub(crate) fn report(&mut self, bits: u32, ring: u8, tag: u16) {
        if bits == 0 {
            return;
        }
        self.told.bits |= bits;
        if self.told.first == 0 {
            let number = bits.trailing_zeros();
            self.told.first = VALID | number << 24 | u32::from(ring) << 16 | u32::from(tag);
        }
    }

    /// The host clears bits.
    pub(crate) fn clear(&mut self, bits: u32) {
        self.clear = bits;
    }

    /// One cycle, after all of it was told.
    pub(crate) fn cycle(&mut self) {
        let now = std::mem::replace(&mut self.due, std::mem::take(&mut self.told));
        let clear = std::mem::take(&mut self.clear);
        self.fires = now.bits & self.mask & !self.bits != 0;
        let left = self.bits & !clear;
        if (clear != 0 && left == 0) || self.first == 0 {
            self.first = now.first;
        }
        self.bits = left | now.bits;
        self.fatal |= now.bits & FATAL != 0;
    }

    /// The card stops until reset.
    pub(crate) fn is_fatal(&self) -> bool {
        self.fatal
    }

    /// Whether vector 0 fires; for one cycle.
    pub(crate) fn fires(&self) -> bool {
        self.fires
    }

    /// Errors are on their way into the registers.
    pub(crate) fn is_busy(&self) -> bool {
        self.fires || self.due.bits != 0
    }
}

//! Errors since they were cleared, the first of them, and those that interrupt.

use typex_abi::error;

/// Errors that stop the card until reset.
const FATAL: u32 = error::ILLEGAL_STATE | error::SELFTEST;

/// The registers of errors.
#[derive(Default)]
pub(crate) struct Errors {
    pub(crate) bits: u32,
    pub(crate) first: u32,
    pub(crate) mask: u32,
    fatal: bool,
    fires: bool,
}

impl Errors {
    /// Errors happened; `tag` and `ring` of the descriptor, if there is one.
    pub(crate) fn report(&mut self, bits: u32, ring: u8, tag: u16) {
        if bits == 0 {
            return;
        }
        self.fires |= bits & self.mask & !self.bits != 0;
        self.bits |= bits;
        self.fatal |= bits & FATAL != 0;
        if self.first >> 31 == 0 {
            let number = bits.trailing_zeros();
            self.first = 1 << 31 | number << 24 | u32::from(ring) << 16 | u32::from(tag);
        }
    }

    /// The host clears bits.
    pub(crate) fn clear(&mut self, bits: u32) {
        self.bits &= !bits;
        if self.bits == 0 {
            self.first = 0;
        }
    }

    /// The card stops until reset.
    pub(crate) fn is_fatal(&self) -> bool {
        self.fatal
    }

    /// Whether vector 0 will fire.
    pub(crate) fn interrupts(&self) -> bool {
        self.fires
    }

    /// Whether vector 0 fires; once.
    pub(crate) fn take_interrupt(&mut self) -> bool {
        std::mem::take(&mut self.fires)
    }
}

//! Counters of 64 bits.

use typex_abi::register;

const COUNT: usize = 40;

/// The counters.
pub(crate) struct Counters {
    values: [u64; COUNT],
    upper: u32,
}

impl Counters {
    pub(crate) fn new() -> Self {
        Self { values: [0; COUNT], upper: 0 }
    }

    /// Adds to a counter; those of lanes are `at` plus the lane.
    pub(crate) fn add(&mut self, at: u32, value: u64) {
        if let Some(counter) = self.values.get_mut(at as usize) {
            *counter += value;
        }
    }

    /// A register; none if it is not one of these. The low half latches the upper.
    pub(crate) fn read(&mut self, offset: u32) -> Option<u32> {
        let at = offset.checked_sub(register::COUNTER)?;
        let value = *self.values.get(at as usize / 8)?;
        if at & 4 != 0 {
            return Some(self.upper);
        }
        self.upper = (value >> 32) as u32;
        Some(value as u32)
    }
}

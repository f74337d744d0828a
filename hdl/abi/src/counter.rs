//! Counters of the card.

use crate::generated::register;

/// A counter of 64 bits, or one per lane.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Counter {
    /// Its name.
    pub name: &'static str,
    /// Its number; of lane 0 if there is one per lane.
    pub at: u32,
    /// There is one per lane, with consecutive numbers.
    pub per_lane: bool,
}

impl Counter {
    /// Offset of the register with its low half, which latches the upper; the upper follows.
    /// `lane` counts only if there is one per lane.
    pub fn offset(&self, lane: u32) -> u32 {
        let lane = if self.per_lane { lane } else { 0 };
        register::COUNTER + 8 * (self.at + lane)
    }
}

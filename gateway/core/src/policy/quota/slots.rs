//! Counts within an hour, in slots.

use crate::codec::{Corrupt, Decoder, Encoder, Record};
use crate::time::UnixMs;

/// An eighth of an hour.
const SLOT_MS: u64 = 60 * 60 * 1000 / 8;

/// An hour and the running slot, so that what is counted is remembered for an hour at least and an
/// eighth of it more at most.
const SLOTS: usize = 9;

/// The slot that counts are in, as all of a gateway see it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Clock(u64);

/// Counts of the last slots; `counts[0]` is of the newest.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Slots {
    newest: u64,
    counts: [u32; SLOTS],
}

impl Clock {
    /// Lets time pass; the running slot. Cores reach the next one in any order, and clocks are put
    /// right by seconds: until they have caught up, time stands still. Only one that was set back
    /// by more than is remembered is followed.
    pub(super) fn follow(&mut self, now: UnixMs) -> u64 {
        let slot = slot(now);
        if slot > self.0 || !is_kept(slot, self.0) {
            self.0 = slot;
        }
        self.0
    }

    /// The running slot.
    pub(super) fn slot(self) -> u64 {
        self.0
    }
}

impl Slots {
    /// Lets time pass; whether it did. After a clock was set back the counts stay, and age from
    /// the time that it has now.
    pub(super) fn follow(&mut self, slot: u64) -> bool {
        if slot == self.newest {
            return false;
        }
        *self = Self { newest: slot, ..self.shifted(slot) };
        true
    }

    /// The running slot.
    pub(super) fn newest(&self) -> u64 {
        self.newest
    }

    /// The count of the running slot.
    pub(super) fn now(&self) -> u32 {
        self.counts[0]
    }

    /// The count of all of them.
    pub(super) fn sum(&self) -> u32 {
        self.counts.iter().fold(0, |sum, count| sum.saturating_add(*count))
    }

    /// Counts more in the running slot.
    pub(super) fn add(&mut self, more: u32) {
        self.counts[0] = self.counts[0].saturating_add(more);
    }

    /// Raises the count of the running slot.
    pub(super) fn raise(&mut self, count: u32) {
        self.counts[0] = self.counts[0].max(count);
    }

    /// Takes the higher count of each slot.
    pub(super) fn merge(&mut self, other: &Self) {
        let newest = self.newest.max(other.newest);
        let (own, other) = (self.shifted(newest), other.shifted(newest));
        let counts = std::array::from_fn(|at| own.counts[at].max(other.counts[at]));
        *self = Self { newest, counts };
    }

    /// Takes in what was counted before, at the least the higher count of each slot. Of two that
    /// were counted at a boundary either may come first. What is from later than that is from
    /// before the clock was set back: then nothing has aged.
    pub(super) fn cover(&mut self, earlier: &Self) {
        let ahead = earlier.newest.saturating_sub(self.newest);
        let newest = if ahead == 1 { earlier.newest } else { self.newest };
        self.newest = newest;
        self.merge(&Self { newest: earlier.newest.min(newest), ..*earlier });
    }

    /// How long until the count is below `limit`.
    pub(super) fn wait_ms(&self, limit: u32, now: UnixMs) -> u64 {
        let mut left = self.sum();
        for (age, count) in self.counts.iter().enumerate().rev() {
            left = left.saturating_sub(*count);
            if left < limit {
                let gone = self.newest.saturating_add((SLOTS - age) as u64);
                return gone.saturating_mul(SLOT_MS).saturating_sub(now.0).max(1);
            }
        }
        // A limit of nothing.
        SLOT_MS * SLOTS as u64
    }

    /// Whether nothing of it is remembered at `now`.
    pub(super) fn is_over(&self, now: UnixMs) -> bool {
        let mut later = *self;
        later.follow(slot(now));
        later.sum() == 0
    }

    /// As they are in a slot.
    pub(super) fn at(mut self, slot: u64) -> Self {
        self.follow(slot);
        self
    }

    fn shifted(&self, newest: u64) -> Self {
        let age = usize::try_from(newest.saturating_sub(self.newest)).unwrap_or(SLOTS);
        let mut counts = [0; SLOTS];
        for (new, old) in counts.iter_mut().skip(age).zip(self.counts) {
            *new = old;
        }
        Self { newest, counts }
    }
}

fn slot(now: UnixMs) -> u64 {
    now.0 / SLOT_MS
}

/// Whether what was counted in a slot is remembered in another.
pub(super) fn is_kept(slot: u64, newest: u64) -> bool {
    newest.saturating_sub(slot) < SLOTS as u64
}

impl Record for Slots {
    fn encode(&self, out: &mut Encoder) {
        out.u64(self.newest);
        for count in self.counts {
            out.u32(count);
        }
    }

    fn decode(input: &mut Decoder<'_>) -> Result<Self, Corrupt> {
        let mut slots = Self { newest: input.u64()?, ..Self::default() };
        for count in &mut slots.counts {
            *count = input.u32()?;
        }
        Ok(slots)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: u64 = 60 * 60 * 1000;

    fn at(now: u64) -> Slots {
        let mut slots = Slots::default();
        slots.follow(slot(UnixMs(now)));
        slots
    }

    #[test]
    fn counts_are_remembered_for_an_hour_at_least() {
        for start in [0, 1, SLOT_MS - 1, SLOT_MS, 10 * HOUR + 12_345] {
            let mut slots = at(start);
            slots.add(7);
            let wait = slots.wait_ms(7, UnixMs(start));
            assert!((HOUR..=HOUR + SLOT_MS).contains(&wait), "{wait}");
            assert!(!slots.is_over(UnixMs(start + wait - 1)));
            assert!(slots.is_over(UnixMs(start + wait)));
        }
    }

    #[test]
    fn a_clock_that_was_set_back_forgets_nothing() {
        let mut slots = at(100 * HOUR);
        slots.add(5);
        slots.follow(slot(UnixMs(HOUR)));
        assert_eq!((slots.now(), slots.sum()), (5, 5));
        assert!(!slots.is_over(UnixMs(2 * HOUR)) && slots.is_over(UnixMs(3 * HOUR)));
    }

    #[test]
    fn merging_takes_the_higher_count_of_each_slot() {
        let (mut one, mut other) = (at(0), at(2 * SLOT_MS));
        one.add(3);
        other.add(2);
        let mut later = other;
        later.merge(&one);
        one.merge(&other);
        assert_eq!(one, later);
        assert_eq!((one.now(), one.sum()), (2, 5));
        one.merge(&other);
        assert_eq!(one, later);
    }
}

//! Failures within a span of time, in a fixed number of slots.

use crate::codec::{Corrupt, Decoder, Encoder, Record};
use crate::time::UnixMs;

/// Whole slots that make up a span. One more is counted, the running one, so that a failure is
/// remembered for the span at least and for an eighth of it more at most.
const SPAN_SLOTS: u64 = 8;
const SLOTS: usize = 9;

/// Counts of the last slots; `counts[0]` is of the newest.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Window {
    newest: u64,
    counts: [u32; SLOTS],
}

impl Window {
    /// Failures that are remembered at `now`. A clock that was set back forgets nothing.
    pub(super) fn count(&self, now: UnixMs, span_ms: u64) -> u32 {
        let age = slot(now, span_ms).saturating_sub(self.newest);
        let kept = usize::try_from(age).map_or(0, |age| SLOTS.saturating_sub(age));
        self.counts.iter().take(kept).fold(0, |sum, count| sum.saturating_add(*count))
    }

    /// Notes a failure.
    pub(super) fn add(&mut self, now: UnixMs, span_ms: u64) {
        let newest = slot(now, span_ms);
        let age = usize::try_from(newest.saturating_sub(self.newest)).unwrap_or(SLOTS);
        let shift = age.min(SLOTS);
        self.counts.copy_within(..SLOTS - shift, shift);
        self.counts.iter_mut().take(shift).for_each(|count| *count = 0);
        // After a clock was set back the counts stay, and age from the time it has now.
        self.newest = newest;
        self.counts[0] = self.counts[0].saturating_add(1);
    }

    /// Follows a clock that was set back: what is remembered ages from the time it has now.
    pub(super) fn follow(&mut self, now: UnixMs, span_ms: u64) {
        self.newest = self.newest.min(slot(now, span_ms));
    }

    /// Adds the failures of another, each in its slot.
    pub(super) fn merge(&mut self, other: &Self) {
        let newest = self.newest.max(other.newest);
        self.counts =
            std::array::from_fn(|at| self.at(newest, at).saturating_add(other.at(newest, at)));
        self.newest = newest;
    }

    /// Whether it never saw a failure.
    pub(super) fn is_blank(&self) -> bool {
        self.counts == [0; SLOTS]
    }

    /// Failures in the slot that lies `back` before `newest`.
    fn at(&self, newest: u64, back: usize) -> u32 {
        let ahead = usize::try_from(newest.saturating_sub(self.newest)).unwrap_or(usize::MAX);
        back.checked_sub(ahead).and_then(|back| self.counts.get(back)).copied().unwrap_or(0)
    }
}

fn slot(now: UnixMs, span_ms: u64) -> u64 {
    now.0 / slot_ms(span_ms)
}

fn slot_ms(span_ms: u64) -> u64 {
    span_ms.div_ceil(SPAN_SLOTS).max(1)
}

impl Record for Window {
    fn encode(&self, out: &mut Encoder) {
        out.u64(self.newest);
        for count in self.counts {
            out.u32(count);
        }
    }

    fn decode(input: &mut Decoder<'_>) -> Result<Self, Corrupt> {
        let mut window = Self { newest: input.u64()?, ..Self::default() };
        for count in &mut window.counts {
            *count = input.u32()?;
        }
        Ok(window)
    }
}

//! Brings the writes of the lanes, the completions and the interrupts to the link. Round robin
//! between bursts; a burst stays together.

use pcie_sim::WriteBeat;

/// The arbiter; its sources are the lanes, then completions and interrupts.
pub(crate) struct Writes {
    last: usize,
    locked: bool,
    pub(crate) beat: Option<WriteBeat>,
    sources: usize,
}

impl Writes {
    pub(crate) fn new(lanes: usize) -> Self {
        Self { last: 0, locked: false, beat: None, sources: lanes + 2 }
    }

    /// No burst is under way.
    pub(crate) fn is_quiet(&self) -> bool {
        self.beat.is_none() && !self.locked
    }

    /// One cycle; `ready`: the beat left. `source` gives the beat of a source that may begin or go
    /// on with a burst. The source whose beat was taken comes back.
    pub(crate) fn cycle(
        &mut self,
        ready: bool,
        allowed: impl Fn(usize) -> bool,
        source: impl Fn(usize) -> Option<WriteBeat>,
    ) -> Option<usize> {
        let room = self.beat.is_none() || ready;
        if ready {
            self.beat = None;
        }
        if !room {
            return None;
        }
        let found = if self.locked {
            source(self.last).map(|beat| (self.last, beat))
        } else {
            let order = (self.last + 1..self.sources).chain(0..self.sources);
            order.filter(|at| allowed(*at)).find_map(|at| source(at).map(|beat| (at, beat)))
        };
        let (at, beat) = found?;
        self.last = at;
        self.locked = !beat.last;
        self.beat = Some(beat);
        Some(at)
    }
}

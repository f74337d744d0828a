//! Input of jobs on its way into the clusters, and the start of a job when all of it came.
//!
//! Lines read from the host go first; input that was in the descriptor, or is empty, waits for a
//! cycle without one.

use super::reads::Target;
use super::tags::Beat;
use std::collections::VecDeque;

/// Jobs whose input was in the descriptor.
const DIRECT_MAX: usize = 4;
const CONTEXTS: usize = 128;

/// Lane and context.
pub(crate) type Place = (u8, u8);

/// What the bus gives the clusters in a cycle.
#[derive(Clone, Copy, Default)]
pub(crate) struct BusCycle {
    pub(crate) line: Option<(Place, usize, [u8; 64])>,
    /// Begins; true: its input could not be read.
    pub(crate) start: Option<(Place, bool)>,
}

#[derive(Clone, Copy, Default)]
struct Reads {
    expected: u8,
    came: u8,
    failed: bool,
}

/// The bus.
pub(crate) struct InputBus {
    reads: Vec<Reads>,
    direct: VecDeque<(Place, [u8; 16])>,
    start: Option<(Place, bool)>,
}

impl InputBus {
    pub(crate) fn new(lanes: usize) -> Self {
        Self {
            reads: vec![Reads::default(); lanes * CONTEXTS],
            direct: VecDeque::new(),
            start: None,
        }
    }

    /// Room for input that was in a descriptor.
    pub(crate) fn has_room(&self) -> bool {
        self.direct.len() < DIRECT_MAX
    }

    pub(crate) fn is_busy(&self) -> bool {
        !self.direct.is_empty() || self.start.is_some()
    }

    /// A job was dispatched that waits for so many reads.
    pub(crate) fn expect(&mut self, place: Place, reads: u8) {
        let at = index(place);
        self.reads[at] = Reads { expected: reads, came: 0, failed: false };
    }

    /// A job was dispatched with its input; it moves on in the next cycle.
    pub(crate) fn direct(&mut self, place: Place, data: [u8; 16]) {
        self.direct.push_back((place, data));
    }

    /// One cycle, before anything is dispatched in it.
    pub(crate) fn cycle(&mut self, beat: Option<&Beat>) -> BusCycle {
        let mut now = BusCycle { line: None, start: self.start.take() };
        if let Some((place, beat)) = beat.and_then(input_beat) {
            now.line = beat.store.then_some((place, usize::from(beat.line), beat.data));
            self.come(place, beat);
        } else if beat.is_none_or(|beat| !is_input(beat))
            && let Some((place, data)) = self.direct.pop_front()
        {
            let mut line = [0; 64];
            line[..16].copy_from_slice(&data);
            now.line = Some((place, 0, line));
            self.start = Some((place, false));
        }
        now
    }

    fn come(&mut self, place: Place, beat: &Beat) {
        if !beat.last {
            return;
        }
        let reads = &mut self.reads[index(place)];
        reads.came += 1;
        reads.failed |= beat.failed;
        if reads.came == reads.expected {
            self.start = Some((place, reads.failed));
        }
    }
}

fn index((lane, ctx): Place) -> usize {
    usize::from(lane) * CONTEXTS + usize::from(ctx) % CONTEXTS
}

fn is_input(beat: &Beat) -> bool {
    matches!(beat.target, Target::Input(..))
}

fn input_beat(beat: &Beat) -> Option<(Place, &Beat)> {
    match beat.target {
        Target::Input(lane, ctx) => Some(((lane, ctx), beat)),
        Target::Descriptors(_) => None,
    }
}

//! Descriptors: which ring's are read next, and those between their read and their check.

use super::reads::{Read, Target};
use super::ring::Ring;
use super::tags::Beat;

/// Reads of descriptors in flight or waiting.
const GROUPS: usize = 32;
const PLACES: usize = 8;

/// A descriptor that came.
#[derive(Clone, Copy)]
pub(crate) struct Arrived {
    pub(crate) ring: u8,
    /// Phase that it must carry.
    pub(crate) phase: bool,
    pub(crate) cycle: u32,
    pub(crate) bytes: [u8; 64],
}

/// What left the buffer in a cycle, of a ring.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Left {
    Nothing,
    /// A descriptor went to its check.
    Taken(u8),
    /// So many never came.
    Lost(u8, u16),
}

#[derive(Clone)]
struct Group {
    ring: u8,
    count: u8,
    came: u8,
    failed: bool,
    places: [([u8; 64], u32); PLACES],
}

/// Choice of the ring, and the buffer.
pub(crate) struct Fetch {
    last: usize,
    pub(crate) request: Option<Read>,
    groups: Vec<Group>,
    alloc: usize,
    head: usize,
    index: u8,
    pub(crate) arrived: Option<Arrived>,
}

impl Fetch {
    pub(crate) fn new() -> Self {
        let places = [([0; 64], 0); PLACES];
        let group = Group { ring: 0, count: 0, came: 0, failed: false, places };
        Self {
            last: 0,
            request: None,
            groups: vec![group; GROUPS],
            alloc: 0,
            head: 0,
            index: 0,
            arrived: None,
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.alloc == self.head && self.arrived.is_none() && self.request.is_none()
    }

    /// No descriptor waits for its check.
    pub(crate) fn is_starved(&self) -> bool {
        self.arrived.is_none()
    }

    /// Grants a fetch to a ring behind the last one; `taken`: the request before left.
    pub(crate) fn grant(&mut self, rings: &[Ring], taken: bool, hold: bool) -> Option<usize> {
        let free = self.request.is_none() || taken;
        let room = self.alloc - self.head != GROUPS;
        let behind = (self.last + 1..rings.len()).chain(0..rings.len());
        let ring = if free && room && !hold {
            behind.into_iter().find(|r| rings[*r].wants_fetch())
        } else {
            None
        };
        if taken {
            self.request = None;
        }
        if let Some(ring) = ring {
            self.last = ring;
            let count = rings[ring].count;
            self.request = Some(Read {
                address: rings[ring].fetch_address(),
                bytes: 64 * count,
                target: Target::Descriptors((self.alloc % GROUPS) as u8),
                line: 0,
            });
        }
        ring
    }

    /// One cycle of the buffer. `granted`: ring and count of a new group; `ready`: the check takes
    /// what arrived.
    pub(crate) fn cycle(
        &mut self,
        granted: Option<(u8, u8)>,
        beat: Option<&Beat>,
        ready: bool,
        rings: &[Ring],
        cycle: u32,
    ) -> Left {
        let left = self.leave(ready, rings);
        if let Some((group, beat)) = beat.and_then(descriptor_beat) {
            self.store(group, beat, cycle);
        }
        if let Some((ring, count)) = granted {
            let group = &mut self.groups[self.alloc % GROUPS];
            (group.ring, group.count, group.came, group.failed) = (ring, count, 0, false);
            self.alloc += 1;
        }
        left
    }

    fn store(&mut self, group: u8, beat: &Beat, cycle: u32) {
        let group = &mut self.groups[usize::from(group)];
        if beat.store {
            group.places[usize::from(beat.line) % PLACES] = (beat.data, cycle);
            group.came += 1;
        }
        group.failed |= beat.last && beat.failed;
    }

    fn leave(&mut self, ready: bool, rings: &[Ring]) -> Left {
        let free = self.arrived.is_none() || ready;
        if ready {
            self.arrived = None;
        }
        if self.alloc == self.head {
            return Left::Nothing;
        }
        let group = &self.groups[self.head % GROUPS];
        let ring = group.ring;
        if self.index < group.came {
            if !free {
                return Left::Nothing;
            }
            let (bytes, cycle) = group.places[usize::from(self.index)];
            let phase = rings[usize::from(ring)].take_phase();
            self.arrived = Some(Arrived { ring, phase, cycle, bytes });
            self.advance(self.index + 1 == group.count);
            return Left::Taken(ring);
        }
        if group.failed {
            let lost = group.count - self.index;
            self.advance(true);
            return Left::Lost(ring, lost.into());
        }
        Left::Nothing
    }

    fn advance(&mut self, last: bool) {
        self.index = if last { 0 } else { self.index + 1 };
        self.head += usize::from(last);
    }
}

fn descriptor_beat(beat: &Beat) -> Option<(u8, &Beat)> {
    match beat.target {
        Target::Descriptors(group) => Some((group, beat)),
        Target::Input(..) => None,
    }
}

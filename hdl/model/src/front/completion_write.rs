//! Writes gathered completions in bursts of up to 256 bytes inside a multiple of 256: when they
//! reach it, when no job is left in the ring, when the oldest waited long enough, or when one of
//! them is to interrupt.

use super::completion::{Gather, entry_bytes, place};
use super::ring::{Ring, RingConfig};
use pcie_sim::WriteBeat;

const BURST: u16 = 256;

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Pick,
    Read,
    Take,
    Commit,
}

/// What was written: ring, completions, and whether one of them is to interrupt.
pub(crate) type Commit = (usize, u16, bool);

/// The writer.
pub(crate) struct CompletionWrite {
    state: State,
    ring: usize,
    count: u16,
    urgent: bool,
    address: u64,
    /// Place of `address` in the memory.
    place: usize,
    left: u16,
    pub(crate) beat: Option<WriteBeat>,
    ages: Vec<u16>,
}

impl CompletionWrite {
    pub(crate) fn new(rings: usize) -> Self {
        Self {
            state: State::Pick,
            ring: 0,
            count: 0,
            urgent: false,
            address: 0,
            place: 0,
            left: 0,
            beat: None,
            ages: vec![0; rings],
        }
    }

    /// What is told to the rings in this cycle.
    pub(crate) fn commit(&self) -> Option<Commit> {
        (self.state == State::Commit).then_some((self.ring, self.count, self.urgent))
    }

    pub(crate) fn is_busy(&self, gather: &Gather, rings: &[Ring]) -> bool {
        self.state != State::Pick || waits(gather, rings)
    }

    /// One cycle; `taken`: the beat left.
    pub(crate) fn cycle(&mut self, taken: bool, hold: u16, gather: &mut Gather, rings: &[Ring]) {
        let waits = waits(gather, rings);
        let picks = self.state == State::Pick && waits;
        let picked = if picks { self.pick(hold, gather, rings) } else { None };
        if waits || self.ages.iter().any(|age| *age != 0) {
            self.age(gather, rings);
        }
        match self.state {
            State::Pick => {
                if let Some((ring, count)) = picked {
                    self.begin(ring, count, gather, rings);
                }
            }
            State::Read => self.read(taken, gather),
            State::Take if taken => {
                self.beat = None;
                self.state = State::Commit;
            }
            State::Take => {}
            State::Commit => self.state = State::Pick,
        }
    }

    /// The ring that is written, behind the last, and how many completions.
    fn pick(&self, hold: u16, gather: &Gather, rings: &[Ring]) -> Option<(usize, u16)> {
        let behind = (self.ring + 1..rings.len()).chain(0..=self.ring.min(rings.len() - 1));
        behind.into_iter().find_map(|at| {
            let (ring, gathered) = (&rings[at], &gather.rings[at]);
            let pending = gathered.put.wrapping_sub(ring.cq_tail);
            let burst = burst(&ring.config, ring.cq_tail);
            let wanted = pending != 0
                && (gathered.urgent
                    || pending >= burst
                    || pending == ring.jobs
                    || self.ages[at] >= hold);
            wanted.then_some((at, pending.min(burst)))
        })
    }

    fn age(&mut self, gather: &Gather, rings: &[Ring]) {
        for ((age, ring), gathered) in self.ages.iter_mut().zip(rings).zip(&gather.rings) {
            *age = if gathered.put == ring.cq_tail { 0 } else { age.saturating_add(1) };
        }
    }

    fn begin(&mut self, at: usize, count: u16, gather: &mut Gather, rings: &[Ring]) {
        let (ring, gathered) = (&rings[at], &mut gather.rings[at]);
        let index = ring.cq_tail & (ring.config.size() - 1);
        let bytes = entry_bytes(&ring.config);
        (self.state, self.ring, self.count) = (State::Read, at, count);
        self.urgent = gathered.urgent;
        self.address = ring.config.cq_base.wrapping_add(u64::from(index) * u64::from(bytes));
        self.place = place(&ring.config, ring.cq_tail);
        self.left = count * bytes;
        if gathered.put.wrapping_sub(ring.cq_tail) == count {
            gathered.urgent = false;
            self.ages[at] = 0;
        }
    }

    fn read(&mut self, taken: bool, gather: &Gather) {
        if self.beat.is_some() && !taken {
            return;
        }
        let bytes = self.left.min(64 - (self.address % 64) as u16);
        let last = bytes == self.left;
        self.beat = Some(WriteBeat {
            address: self.address,
            data: gather.rings[self.ring].line(self.place),
            bytes: bytes as u8,
            last,
        });
        self.address = self.address.wrapping_add(bytes.into());
        self.place += usize::from(bytes);
        self.left -= bytes;
        self.state = if last { State::Take } else { State::Read };
    }
}

fn waits(gather: &Gather, rings: &[Ring]) -> bool {
    rings.iter().zip(&gather.rings).any(|(ring, gathered)| gathered.put != ring.cq_tail)
}

/// Entries up to a multiple of 256 bytes or the ring's end.
fn burst(config: &RingConfig, cq_tail: u16) -> u16 {
    let bytes = entry_bytes(config);
    let offset = (config.cq_base as u16).wrapping_add(cq_tail.wrapping_mul(bytes)) % BURST;
    let to_end = config.size() - (cq_tail & (config.size() - 1));
    ((BURST - offset) / bytes).min(to_end)
}

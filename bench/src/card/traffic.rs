//! Jobs under way: drawing, sending, checking.

use super::error::BenchError;
use super::limits::STALL_PS;
use super::stand::{KeySet, Stand, accepted};
use pcie_sim::Step;
use typex_abi::{Completion, KeyRef};
use typex_card::host::Key;

/// Cycles between two looks at the completion ring.
const POLL_CYCLES: u32 = 16;
/// A doorbell waits for this many descriptors while there is other work.
const DOORBELL: usize = 16;
/// Of all sets of keys this share serves messages whatever happens; the rest may be waiting for a
/// new key.
const SERVING_SHARE: usize = 4;

/// What a row does beside its messages.
#[derive(Clone, Copy)]
pub(crate) struct Load {
    /// Jobs kept under way.
    pub(crate) backlog: usize,
    /// Messages in all.
    pub(crate) messages: u64,
    /// Messages for each key that is loaded.
    pub(crate) messages_per_key: Option<u64>,
}

/// Drives a load to its end.
pub(crate) struct Traffic<'a> {
    stand: &'a mut Stand,
    load: Load,
    jobs: Vec<Option<Job>>,
    free: Vec<u16>,
    sent: u64,
    keys_sent: u64,
    /// Keys that wait for the last job of the key before them.
    retiring: u64,
    /// Messages done, when each was seen, and its latency.
    done: u64,
    pub(crate) latencies_ns: Vec<u32>,
    progress_ps: u64,
}

struct Job {
    set: usize,
    sent_ps: u64,
    kind: Kind,
}

enum Kind {
    Message(Vec<u8>),
    Key(Box<Key>, KeyRef),
}

impl<'a> Traffic<'a> {
    pub(crate) fn new(stand: &'a mut Stand, load: Load) -> Self {
        let places = load.backlog.clamp(1, stand.ring.shape().entries());
        let load = Load { backlog: places, ..load };
        let progress_ps = stand.simulation.now_ps();
        Self {
            stand,
            load,
            jobs: (0..places).map(|_| None).collect(),
            free: (0..places as u16).rev().collect(),
            sent: 0,
            keys_sent: 0,
            retiring: 0,
            done: 0,
            latencies_ns: Vec::new(),
            progress_ps,
        }
    }

    pub(crate) fn done(&self) -> u64 {
        self.done
    }

    pub(crate) fn keys_sent(&self) -> u64 {
        self.keys_sent
    }

    pub(crate) fn stand(&mut self) -> &mut Stand {
        self.stand
    }

    /// Sends what there is room for, steps a while, takes what came. False at the end.
    pub(crate) fn turn(&mut self) -> Result<bool, BenchError> {
        self.fill()?;
        let mut idle = false;
        for _ in 0..POLL_CYCLES {
            idle = self.stand.simulation.step() == Step::Idle;
            if idle {
                break;
            }
        }
        let before = self.stand.ring.taken();
        while let Some(completion) = self.stand.take()? {
            self.finish(&completion)?;
        }
        let now_ps = self.stand.simulation.now_ps();
        if self.stand.ring.taken() > before {
            self.progress_ps = now_ps;
        } else if idle || now_ps > self.progress_ps + STALL_PS {
            return self.stalled();
        } else {
            self.stand.ring.tell()?;
        }
        Ok(self.waiting() > 0 || self.sent < self.load.messages)
    }

    /// Sends one message and looks for its answer after every step.
    pub(crate) fn turn_alone(&mut self) -> Result<(), BenchError> {
        self.fill()?;
        let completion = self.stand.wait()?;
        self.finish(&completion)
    }

    fn waiting(&self) -> usize {
        self.jobs.len() - self.free.len()
    }

    fn stalled(&self) -> Result<bool, BenchError> {
        let waiting = self.waiting();
        if waiting > 0 { Err(BenchError::Stalled { waiting }) } else { Ok(false) }
    }

    fn fill(&mut self) -> Result<(), BenchError> {
        while self.sent < self.load.messages {
            let Some(tag) = self.free.pop() else { break };
            let sent = match self.due_key() {
                Some(set) => self.send_key(tag, set)?,
                None => self.send_message(tag)?,
            };
            if !sent {
                self.free.push(tag);
                break;
            }
            if self.stand.ring.untold() >= DOORBELL as u64 {
                self.stand.ring.tell()?;
            }
        }
        if self.waiting() < DOORBELL || self.sent == self.load.messages {
            self.stand.ring.tell()?;
        }
        Ok(())
    }

    /// A set that has no job left and is to get a new key.
    fn due_key(&mut self) -> Option<usize> {
        let owed = self.sent / self.load.messages_per_key?;
        let stand = &mut *self.stand;
        let retired = stand.sets.iter().filter(|set| set.retired).count();
        let spare = retired + stand.sets.len() / SERVING_SHARE < stand.sets.len();
        if self.keys_sent + self.retiring < owed && spare {
            let set = stand.chance.below(stand.sets.len());
            let again = std::mem::replace(&mut stand.sets[set].retired, true);
            self.retiring += u64::from(!again);
        }
        stand.sets.iter().position(|set| set.retired && set.outstanding == 0)
    }

    fn send_key(&mut self, tag: u16, set: usize) -> Result<bool, BenchError> {
        let old = self.stand.sets[set].places[0];
        let place = KeyRef { generation: old.generation + 1, ..old };
        let (key, descriptor) = self.stand.key_load(set, place, tag)?;
        self.stand.ring.submit(descriptor)?;
        self.keys_sent += 1;
        self.retiring -= 1;
        self.begin(tag, set, Kind::Key(Box::new(key), place));
        Ok(true)
    }

    fn send_message(&mut self, tag: u16) -> Result<bool, BenchError> {
        let Some(set) = self.draw() else { return Ok(false) };
        let stand = &mut *self.stand;
        let setup = stand.setup;
        let KeySet { keys, places, .. } = &stand.sets[set];
        let message = setup.work.message(setup.data_bytes, keys, places, &mut stand.chance);
        stand.memory.store(stand.input_at(tag), &message.input)?;
        let mut descriptor = message.descriptor;
        descriptor.tag = tag;
        descriptor.input = stand.memory.bus() + stand.input_at(tag) as u64;
        descriptor.output = stand.memory.bus() + stand.output_at(tag) as u64;
        stand.ring.submit(descriptor)?;
        self.sent += 1;
        self.begin(tag, set, Kind::Message(message.expected));
        Ok(true)
    }

    /// A set of keys at random among those in service.
    fn draw(&mut self) -> Option<usize> {
        let sets = &self.stand.sets;
        let first = self.stand.chance.below(sets.len());
        let mut all = (first..sets.len()).chain(0..first);
        all.find(|set| !sets[*set].retired)
    }

    fn begin(&mut self, tag: u16, set: usize, kind: Kind) {
        self.stand.sets[set].outstanding += 1;
        let sent_ps = self.stand.simulation.now_ps();
        self.jobs[usize::from(tag)] = Some(Job { set, sent_ps, kind });
    }

    fn finish(&mut self, completion: &Completion) -> Result<(), BenchError> {
        let (tag, number) = (completion.tag, self.stand.ring.taken());
        let job = self.jobs.get_mut(usize::from(tag)).and_then(Option::take);
        let job = job.ok_or(BenchError::Tag { number, tag })?;
        accepted(completion)?;
        self.free.push(tag);
        self.stand.sets[job.set].outstanding -= 1;
        match job.kind {
            Kind::Key(key, place) => {
                let set = &mut self.stand.sets[job.set];
                (set.keys[0], set.places[0], set.retired) = (*key, place, false);
            }
            Kind::Message(expected) => {
                self.check(completion, &expected)?;
                let ns = (self.stand.simulation.now_ps() - job.sent_ps) / 1000;
                self.latencies_ns.push(u32::try_from(ns).unwrap_or(u32::MAX));
                self.done += 1;
            }
        }
        Ok(())
    }

    fn check(&self, completion: &Completion, expected: &[u8]) -> Result<(), BenchError> {
        let tag = completion.tag;
        let mut output = vec![0; expected.len()];
        self.stand.memory.load(self.stand.output_at(tag), &mut output)?;
        let right = output == expected && usize::from(completion.output_bytes) == expected.len();
        if right { Ok(()) } else { Err(BenchError::WrongOutput { tag }) }
    }
}

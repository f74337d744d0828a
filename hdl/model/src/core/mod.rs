//! Everything of the card that a reset of the core resets, and how it fits together.
//!
//! A cycle first reads what stands in the registers of all parts, from the way out to the way in,
//! and then lets each part move on; so nothing is seen in the cycle in which it changes.

mod intake;
mod outlet;
mod view;

use crate::aes::Block;
use crate::card::CardOptions;
use crate::cluster::{Cluster, ClusterInputs, Job, KEYS, Taken};
use crate::front::admit::Admit;
use crate::front::bus::{BusCycle, InputBus, Place};
use crate::front::completion::Gather;
use crate::front::completion_write::{Commit, CompletionWrite};
use crate::front::counters::Counters;
use crate::front::decode::Programs;
use crate::front::dispatch::{LaneChoice, Way};
use crate::front::errors::Errors;
use crate::front::fetch::{Fetch, Left};
use crate::front::key_unit::{KeyUnit, Waiting};
use crate::front::msix::Msix;
use crate::front::reads::{JobInput, Reads};
use crate::front::registers::Registers;
use crate::front::reset::Reset;
use crate::front::ring::Ring;
use crate::front::selftest::Selftest;
use crate::front::writes::Writes;
use crate::keys::{DEVICE, KeyStore};
use pcie_sim::{Inputs, ReadRequest, WriteBeat};
use typex_abi::{Configuration, counter_at, error};

/// Lanes of the largest card, and the two other sources of completions.
const SOURCES_MAX: usize = 6;
/// Cycles of a microsecond on a card that does not know its clock.
const CYCLES_PER_US: u32 = 100;

/// The core.
pub(crate) struct Core {
    shape: Configuration,
    keys: KeyStore,
    programs: Programs,
    rings: Vec<Ring>,
    fetch: Fetch,
    reads: Reads,
    admit: Admit,
    choice: LaneChoice,
    bus: InputBus,
    clusters: Vec<Cluster>,
    gather: Gather,
    completions: CompletionWrite,
    writes: Writes,
    msix: Msix,
    key_unit: KeyUnit,
    selftest: Selftest,
    registers: Registers,
    errors: Errors,
    counters: Counters,
    /// Keys of the job that ended in the cycle before.
    given: Option<([u8; KEYS], [bool; KEYS])>,
}

/// What is decided at the beginning of a cycle.
#[derive(Default)]
struct Now {
    cycle: u32,
    lanes_empty: bool,
    empty: bool,
    ready: bool,
    /// Source whose beat went to the link.
    written: Option<usize>,
    /// Where the item goes.
    way: Option<Way>,
    /// Source whose completion is taken.
    chosen: Option<usize>,
    /// The item left.
    item_taken: bool,
    job: Option<(Place, Job)>,
    /// The job is the self-test's.
    test_taken: bool,
    input: Option<JobInput>,
    direct: Option<Block>,
    zero: Option<u8>,
    fetched: Option<usize>,
    left: Option<Left>,
    key_taken: Option<usize>,
    init: Option<(u8, bool)>,
    test_key: bool,
    commit: Option<Commit>,
    fire: u32,
}

impl Core {
    pub(crate) fn new(options: &CardOptions) -> Self {
        let shape = &options.shape;
        let (lanes, rings) = (shape.lanes as usize, shape.rings as usize);
        let per_us = if shape.clock_khz >= 1000 { shape.clock_khz / 1000 } else { CYCLES_PER_US };
        Self {
            shape: *shape,
            keys: KeyStore::new(shape.key_slots as u8),
            programs: Programs::default(),
            rings: (0..rings).map(|_| Ring::new(per_us)).collect(),
            fetch: Fetch::new(),
            reads: Reads::new(shape.read_tags as usize),
            admit: Admit::default(),
            choice: LaneChoice::new(lanes),
            bus: InputBus::new(lanes),
            clusters: (0..lanes).map(|_| Cluster::new(shape)).collect(),
            gather: Gather::new(lanes, rings),
            completions: CompletionWrite::new(rings),
            writes: Writes::new(lanes),
            msix: Msix::new(),
            key_unit: KeyUnit::new(shape, options.device_root),
            selftest: Selftest::new(lanes),
            registers: Registers::new(shape),
            errors: Errors::default(),
            counters: Counters::new(),
            given: None,
        }
    }

    /// Falls into reset; reads under way are remembered, so that what comes of them is dropped.
    pub(crate) fn reset(&mut self, options: &CardOptions) {
        let fresh = Self::new(options);
        let mut reads = std::mem::replace(self, fresh).reads;
        reads.reset();
        self.reads = reads;
    }

    /// A cycle in reset.
    pub(crate) fn cycle_in_reset(&mut self, inputs: &Inputs) {
        self.reads.cycle_in_reset(inputs.completion.as_ref());
    }

    /// The read request that stands at the pins.
    pub(crate) fn read_request(&self) -> Option<ReadRequest> {
        self.reads.request
    }

    /// The write beat that stands at the pins.
    pub(crate) fn write_beat(&self) -> Option<&WriteBeat> {
        self.writes.beat.as_ref()
    }

    /// A reset is asked for, and whether the link is quiet.
    pub(crate) fn asks_reset(&self) -> (bool, bool) {
        let quiet = self.writes.is_quiet() && self.reads.request.is_none();
        (self.registers.asks_reset(), quiet)
    }

    /// One cycle; `write`: a register write.
    pub(crate) fn cycle(&mut self, inputs: &Inputs, write: Option<(u32, u32)>, reset: &Reset) {
        let mut now = self.begin(reset);
        let beat = self.reads.beat();
        self.arbitrate(inputs.write_ready, reset.is_held(), &mut now);
        let entry = self.choose(&mut now);
        self.dispatch(&mut now);
        now.zero = match reset.clear() {
            Some(at) => {
                u8::try_from(at).ok().filter(|at| u32::from(*at) < self.shape.key_slots + 3)
            }
            None => now.zero,
        };
        self.fetch(inputs, beat.as_ref(), reset, &mut now);
        let bus = self.bus.cycle(beat.as_ref());
        self.expect(&now);
        self.load_keys(&mut now, reset.is_cleared());
        self.test(&now);
        now.commit = self.completions.commit();
        self.count(&now);
        self.run_clusters(&now, &bus);
        self.answer(entry, &now, reset.epoch);
        self.run_rings(write, &mut now);
        self.registers.cycle(write, now.empty, self.key_unit.roots[0], &mut self.errors);
        self.errors.cycle();
    }

    fn begin(&mut self, reset: &Reset) -> Now {
        let enabled = self.registers.lane_enable;
        let lanes_empty = self.choice.is_empty();
        Now {
            cycle: self.registers.cycle as u32,
            lanes_empty,
            empty: lanes_empty && self.rings.iter().all(|ring| ring.jobs == 0),
            ready: self.registers.is_enabled()
                && !self.registers.is_quiesced()
                && reset.is_cleared()
                && self.selftest.has_passed(enabled)
                && !self.selftest.is_running()
                && enabled != 0
                && self.key_unit.roots[usize::from(DEVICE)],
            ..Now::default()
        }
    }

    fn load_keys(&mut self, now: &mut Now, wiped: bool) {
        let lane = self.clusters.iter().position(|cluster| cluster.output().key().is_some());
        let waiting = Waiting {
            wiped,
            transport: self.registers.transport(),
            test: self.selftest.key(),
            loaded: lane.and_then(|lane| self.clusters[lane].output().key()),
        };
        let inited = self.clusters.iter().enumerate();
        let inited = inited.fold(0, |lanes, (at, c)| lanes | u32::from(c.init_done()) << at);
        now.key_taken = lane.filter(|_| self.key_unit.takes(&waiting));
        now.init = self.key_unit.init(&self.keys);
        now.test_key = self.key_unit.test_done();
        let done = now.chosen == Some(self.clusters.len() + 1);
        if self.key_unit.cycle(&waiting, inited, done, &mut self.keys) {
            self.counters.add(counter_at::KEY_LOADS, 1);
        }
    }

    fn test(&mut self, now: &Now) {
        let start = self.registers.starts_test() && self.key_unit.roots[usize::from(DEVICE)];
        let enabled = self.registers.lane_enable;
        let answer = self.gather.test();
        if self.selftest.cycle(start, enabled, now.test_key, now.test_taken, answer) {
            self.errors.report(error::SELFTEST, 15, self.selftest.failed.into());
        }
    }

    fn run_clusters(&mut self, now: &Now, bus: &BusCycle) {
        let lanes = self.clusters.len();
        if let Some((slots, used)) = self.given.take() {
            self.keys.give(slots, used);
        }
        for (lane, cluster) in self.clusters.iter_mut().enumerate() {
            let mine = |place: Place| usize::from(place.0) == lane;
            let done = now.chosen == Some(lane);
            if let Some(done) = cluster.output().done().filter(|_| done) {
                self.given = Some((done.slots, done.keys_used));
            }
            let key = now.key_taken == Some(lane);
            let line = bus.line.as_ref().filter(|(place, ..)| mine(*place));
            let inputs = ClusterInputs {
                job: now.job.filter(|(place, _)| mine(*place)).map(|(_, job)| job),
                line: line.map(|(place, line, data)| (place.1, *line, data)),
                start: bus.start.filter(|(place, _)| mine(*place)).map(|(p, error)| (p.1, error)),
                taken: Taken { line: now.written == Some(lane), done, key },
                init: now.init,
                zero: now.zero,
            };
            cluster.cycle(inputs, &self.keys, now.cycle);
            (0..u8::from(done) + u8::from(key)).for_each(|_| self.choice.end(lane));
        }
        if let Some(((lane, _), _)) = now.job {
            self.choice.put(usize::from(lane) % lanes);
        }
    }
}

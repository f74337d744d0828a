//! Everything of the card that a reset of the core resets, and how it fits together.
//!
//! A cycle first reads what stands in the registers of all parts, from the way out to the way in,
//! and then lets each part move on; so nothing is seen in the cycle in which it changes.

use crate::aes::Block;
use crate::card::CardOptions;
use crate::cluster::{Cluster, ClusterInputs, Job, KEYS, Taken};
use crate::front::admit::{Admit, AdmitContext, Item};
use crate::front::bus::{BusCycle, InputBus, Place};
use crate::front::completion::{Entry, Gather};
use crate::front::completion_write::{Commit, CompletionWrite};
use crate::front::counters::Counters;
use crate::front::decode::{Act, Programs};
use crate::front::dispatch::{self, LaneChoice, Means, Way};
use crate::front::errors::Errors;
use crate::front::fetch::{Fetch, Left};
use crate::front::key_unit::{KeyUnit, Waiting};
use crate::front::msix::Msix;
use crate::front::reads::{JobInput, ReadInputs, Reads};
use crate::front::registers::{Registers, Seen};
use crate::front::reset::Reset;
use crate::front::rights::Readiness;
use crate::front::ring::{Ring, RingInputs};
use crate::front::selftest::Selftest;
use crate::front::tags::Beat;
use crate::front::writes::Writes;
use crate::keys::{DEVICE, KeyStore, TEST};
use pcie_sim::{Inputs, ReadRequest, WriteBeat};
use typex_abi::{Configuration, Program, Status, counter_at, error, register};

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

    /// Nothing is inside and no timer runs.
    pub(crate) fn is_idle(&self, reset: &Reset) -> bool {
        self.is_empty()
            && reset.is_cleared()
            && self.rings.iter().all(|ring| !ring.is_busy())
            && !self.reads.is_busy()
            && self.fetch.is_empty()
            && !self.admit.is_busy()
            && !self.bus.is_busy()
            && self.is_quiet_behind()
            && !self.registers.asks_reset()
    }

    fn is_quiet_behind(&self) -> bool {
        !self.gather.is_busy()
            && !self.completions.is_busy(&self.gather, &self.rings)
            && !self.msix.is_busy()
            && self.writes.is_quiet()
            && self.given.is_none()
            && !self.key_unit.is_busy(self.registers.transport().is_some())
            && !self.selftest.is_running()
            && !self.registers.starts_test()
            && self.clusters.iter().all(|cluster| !cluster.is_busy())
            && !self.errors.is_busy()
    }

    fn is_empty(&self) -> bool {
        self.choice.is_empty() && self.rings.iter().all(|ring| ring.jobs == 0)
    }

    /// A register.
    pub(crate) fn read(&mut self, offset: u32, reset: &Reset) -> u32 {
        let offset = offset & !3;
        let ring = offset.wrapping_sub(register::RING_SQ_BASE);
        let (index, at) = (ring / register::RING_STRIDE, ring % register::RING_STRIDE);
        if let Some(ring) = self.rings.get(index as usize) {
            return ring.read(register::RING_SQ_BASE + at);
        }
        if let Some(value) = self.counters.read(offset).or_else(|| self.msix.read(offset)) {
            return value;
        }
        let enabled = self.registers.lane_enable;
        let seen = Seen {
            idle: self.is_idle(reset),
            empty: self.is_empty(),
            test_running: self.selftest.is_running(),
            test_passed: self.selftest.has_passed(enabled),
            test_failed: self.selftest.failed,
            epoch: reset.epoch,
        };
        self.registers.read(offset, &seen, &self.errors)
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

    /// Brings one beat to the link.
    fn arbitrate(&mut self, ready: bool, hold: bool, now: &mut Now) {
        let lanes = self.clusters.len();
        let fatal = self.errors.is_fatal();
        let stalled = self.writes.beat.is_some() && !ready;
        let beat_bytes = self.writes.beat.as_ref().map_or(0, |beat| u64::from(beat.bytes));
        let (clusters, completions, msix) = (&self.clusters, &self.completions, &self.msix);
        now.written = self.writes.cycle(
            ready,
            |source| !hold && (!fatal || source >= lanes),
            |source| match clusters.get(source) {
                Some(cluster) => cluster.output().line().map(|line| line.beat()),
                None if source == lanes => completions.beat.clone(),
                None => msix.beat.clone(),
            },
        );
        self.counters.add(counter_at::STALL_WRITE_LINK, u64::from(stalled));
        if ready {
            self.counters.add(counter_at::WRITTEN_BYTES, beat_bytes);
        }
    }

    /// Chooses the completion that is taken, and where the item goes.
    fn choose(&mut self, now: &mut Now) -> Option<(usize, Entry)> {
        let lanes = self.clusters.len();
        now.way = self.way();
        let mut waits = [None; SOURCES_MAX];
        for (wait, cluster) in waits.iter_mut().zip(&self.clusters) {
            *wait = cluster.output().done().map(|done| done.id.ring);
        }
        let refused = match (now.way, &self.admit.item) {
            (Some(Way::Done(status)), Some(item)) => {
                Some(dispatch::entry(&item.job, status, now.cycle))
            }
            _ => None,
        };
        let loaded = self.key_unit.done(now.cycle);
        waits[lanes] = refused.map(|entry| entry.id.ring);
        waits[lanes + 1] = loaded.map(|entry| entry.id.ring);
        now.chosen = self.gather.choose(&waits[..lanes + 2], &self.rings);
        let source = now.chosen?;
        let done = self.clusters.get(source).and_then(|cluster| cluster.output().done());
        let other = if source == lanes { refused } else { loaded };
        let entry = done.map(Entry::from).or(other)?;
        Some((source, entry))
    }

    /// Where the item goes.
    fn way(&self) -> Option<Way> {
        let item = self.admit.item.as_ref()?;
        let lane = self.choice.lane(self.registers.lane_enable);
        let context = |lane: usize| (lane, self.clusters[lane].free_context());
        let way = dispatch::way(
            item,
            &Means {
                lane: lane.map(context),
                reads: self.reads.has_room(),
                direct: self.bus.has_room(),
                slot_busy: self.keys.is_busy(item.job.target),
                program_ok: program_of(item).is_some(),
            },
        );
        let tests = self.selftest.job(0, 0).is_some();
        Some(if tests && !matches!(way, Way::Done(_)) { Way::Waits } else { way })
    }

    fn dispatch(&mut self, now: &mut Now) {
        let test_slot = self.keys.own(TEST);
        if let Some((lane, job, data)) = self.selftest.job(test_slot, now.cycle) {
            let context = self.clusters[lane].free_context().filter(|_| self.bus.has_room());
            if let Some(ctx) = context {
                now.job = Some(((lane as u8, ctx), job));
                (now.test_taken, now.direct) = (true, Some(data));
            }
        }
        let done = now.chosen == Some(self.clusters.len());
        match (now.way, self.admit.item) {
            (Some(Way::Job(lane, ctx)), Some(item)) => {
                self.dispatch_job(&item, (lane as u8, ctx), now);
            }
            (Some(Way::Done(status)), Some(item)) if done => {
                self.dispatch_done(&item, status, now);
            }
            (Some(Way::NoContext), _) => self.counters.add(counter_at::STALL_CONTEXT, 1),
            _ => {}
        }
    }

    fn dispatch_job(&mut self, item: &Item, place: Place, now: &mut Now) {
        now.item_taken = true;
        now.job = Some((place, item.job));
        if item.reads {
            let (lane, ctx) = place;
            let (address, bytes) = (item.input, item.read_bytes);
            now.input = Some(JobInput { address, bytes, lane, ctx });
            self.bus.expect(place, dispatch::reads_of(item));
        } else {
            now.direct = Some(item.job.expected);
        }
        if item.act == Act::KeyLoad {
            self.keys.clear(item.job.target, true);
            now.zero = Some(item.job.target);
        }
        self.keys.take(item.job.slots, item.job.keys_used);
        self.counters.add(counter_at::PROGRAM_JOBS, u64::from(item.job.program));
    }

    fn dispatch_done(&mut self, item: &Item, status: Status, now: &mut Now) {
        now.item_taken = true;
        if item.act == Act::Zeroise && status == Status::Ok {
            self.keys.clear(item.job.target, false);
            now.zero = Some(item.job.target);
        }
        if let Some(program) = program_of(item) {
            self.programs[usize::from(item.program.1)] = Some(program);
        }
    }

    /// Checks, reads and the buffer of descriptors.
    fn fetch(&mut self, inputs: &Inputs, beat: Option<&Beat>, reset: &Reset, now: &mut Now) {
        let fatal = self.errors.is_fatal();
        let starved = self.fetch.is_starved() && !self.admit.is_busy() && !now.lanes_empty;
        self.counters.add(counter_at::STARVED, u64::from(starved));
        let hold = reset.is_held() || !reset.is_cleared();
        let context = AdmitContext {
            rings: &self.rings,
            programs: &self.programs,
            keys: &self.keys,
            card: Readiness { fatal, ready: now.ready, roots: self.key_unit.roots },
        };
        let arrived = self.fetch.arrived;
        let ready = self.admit.cycle(arrived.as_ref(), now.item_taken, &context, &mut self.errors);
        let read_inputs = ReadInputs {
            fetch: self.fetch.request,
            job: now.input,
            ready: inputs.read_ready,
            completion: inputs.completion.as_ref(),
            hold,
            timeout: self.registers.read_timeout,
        };
        let taken = self.reads.cycle(read_inputs, &mut self.errors);
        now.fetched = self.fetch.grant(&self.rings, taken, fatal || hold);
        let granted = now.fetched.map(|ring| (ring as u8, self.rings[ring].count as u8));
        let left = self.fetch.cycle(granted, beat, ready, &self.rings, now.cycle);
        now.left = Some(left);
    }

    fn expect(&mut self, now: &Now) {
        if let (Some(data), Some((place, _))) = (now.direct, now.job) {
            self.bus.direct(place, data);
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

    /// Completions on their way to the host.
    fn answer(&mut self, entry: Option<(usize, Entry)>, now: &Now, epoch: u8) {
        let lanes = self.clusters.len();
        let taken = now.written == Some(lanes);
        let hold = self.registers.completion_hold;
        self.completions.cycle(taken, hold, &mut self.gather, &self.rings);
        let refused = self.gather.cycle(entry, &self.rings, epoch);
        self.counters.add(counter_at::REFUSED, u64::from(refused));
    }

    fn run_rings(&mut self, write: Option<(u32, u32)>, now: &mut Now) {
        let commit = now.commit;
        let target = write.and_then(|(offset, value)| {
            let at = (offset & !3).checked_sub(register::RING_SQ_BASE)?;
            let register = register::RING_SQ_BASE + at % register::RING_STRIDE;
            Some(((at / register::RING_STRIDE) as usize, (register, value)))
        });
        for (index, ring) in self.rings.iter_mut().enumerate() {
            let write = target.filter(|(ring, _)| *ring == index).map(|(_, write)| write);
            if write.is_none() && ring.is_still() {
                continue;
            }
            if ring.moderation.fires() {
                now.fire |= 1 << ring.config.vector;
            }
            self.counters.add(counter_at::STALL_CREDIT, u64::from(ring.lacks_credit()));
            let own = commit.filter(|(ring, ..)| *ring == index);
            let inputs = RingInputs {
                write,
                fetched: now.fetched == Some(index),
                taken: now.left == Some(Left::Taken(index as u8)),
                lost: lost(now.left, index),
                committed: own.map_or(0, |(_, count, _)| count),
                urgent: own.is_some_and(|(_, _, urgent)| urgent),
            };
            let (errors, begins) = ring.cycle(&inputs);
            let bit = |on: bool, bit: u32| if on { bit } else { 0 };
            let bits = bit(errors.tail, error::DOORBELL)
                | bit(errors.head, error::COMPLETION_HEAD)
                | bit(errors.config, error::RING_CONFIG);
            self.errors.report(bits, index as u8, 0);
            if begins {
                self.gather.rings[index].put = 0;
            }
        }
        let fire = now.fire | u32::from(self.errors.fires());
        let sent = now.written == Some(self.clusters.len() + 1);
        self.counters.add(counter_at::INTERRUPTS, u64::from(sent));
        self.msix.cycle(fire, write, sent);
    }

    fn count(&mut self, now: &Now) {
        let counters = &mut self.counters;
        counters.add(counter_at::CYCLES, u64::from(!now.empty));
        let taken = matches!(now.left, Some(Left::Taken(_)));
        counters.add(counter_at::DESCRIPTORS, u64::from(taken));
        counters.add(counter_at::COMPLETIONS, now.commit.map_or(0, |(_, count, _)| count.into()));
        let reads = self.reads.counts;
        counters.add(counter_at::READ_BYTES, reads.bytes.into());
        counters.add(counter_at::READS, u64::from(reads.bytes != 0));
        counters.add(counter_at::STALL_READ_TAG, u64::from(reads.waits_tag));
        counters.add(counter_at::STALL_READ_LINK, u64::from(reads.waits_link));
        for (lane, cluster) in (0..).zip(&self.clusters) {
            let counted = cluster.counted();
            counters.add(counter_at::LANE_FORWARD + lane, u64::from(counted.forward));
            counters.add(counter_at::LANE_INVERSE + lane, u64::from(counted.inverse));
            counters.add(counter_at::LANE_GHASH + lane, u64::from(counted.ghash));
            counters.add(counter_at::LANE_IDLE + lane, u64::from(counted.idle));
            counters.add(counter_at::LANE_GHASH_STALL + lane, u64::from(counted.ghash_stall));
            counters.add(counter_at::LANE_JOBS + lane, u64::from(counted.job));
        }
    }
}

/// The program of a program_load that may be stored.
fn program_of(item: &Item) -> Option<Program> {
    if item.act != Act::ProgramLoad {
        return None;
    }
    Program::decode(&item.job.expected, item.program.0).ok()
}

fn lost(left: Option<Left>, index: usize) -> Option<u16> {
    match left {
        Some(Left::Lost(ring, count)) if usize::from(ring) == index => Some(count),
        _ => None,
    }
}

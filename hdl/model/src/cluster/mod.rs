//! A cluster: forward lane, inverse lane, GHASH and the messages they work on.
//!
//! What a message becomes is computed when its input is complete. What the cycles do is counted:
//! blocks are issued, come out after a fixed time, and their last one lets the next step begin.

mod burst;
mod calendar;
mod context;
mod events;
mod ghash;
mod init;
mod job;
mod output;
mod sequencer;
mod wheel;
mod work;

pub(crate) use job::{Done, Job, JobId, JobStep, KEYS, Kind, LoadedKey, STEPS, steps_of};
pub(crate) use output::Taken;

use crate::keys::KeyStore;
use burst::{Burst, BurstJob};
use calendar::{Calendar, Issue, Turn};
use context::Contexts;
use events::{End, Event, Events};
use ghash::{Ghash, GhashCycle, Item};
use init::{InitInputs, KeyInit};
use output::{Finish, Output};
use sequencer::Next;
use std::collections::VecDeque;
use typex_abi::Configuration;
use wheel::Wheel;

/// Stages from an issue back to the next issue of a message, beside the lane.
pub(crate) const FEEDBACK_STAGES: u32 = 2;
/// Stages from an issue to the forward lane.
const FORWARD_STAGES: usize = 5;
/// Stages from the head of the queue to the inverse lane.
const INVERSE_STAGES: usize = 4;
/// Stages behind a lane.
const RETIRE_STAGES: usize = 1;

/// What the front gives a cluster in a cycle.
#[derive(Default)]
pub(crate) struct ClusterInputs<'a> {
    /// A job for the free context.
    pub(crate) job: Option<Job>,
    /// A line of input: context, line, data.
    pub(crate) line: Option<(u8, usize, &'a [u8; 64])>,
    /// The input of a context is complete; true: it could not be read.
    pub(crate) start: Option<(u8, bool)>,
    pub(crate) taken: Taken,
    /// A key was written: slot, and whether GHASH needs it.
    pub(crate) init: Option<(u8, bool)>,
    pub(crate) zero: Option<u8>,
}

/// What happened in a cycle, for the counters.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct ClusterEvents {
    pub(crate) forward: bool,
    pub(crate) inverse: bool,
    pub(crate) ghash: bool,
    pub(crate) idle: bool,
    pub(crate) ghash_stall: bool,
    pub(crate) job: bool,
}

/// What comes out of the forward lane.
#[derive(Clone, Copy)]
struct Retire {
    ctx: u8,
    init: bool,
    finish: bool,
    item: Option<bool>,
}

/// A cluster.
pub(crate) struct Cluster {
    contexts: Contexts,
    events: Events,
    stages: [Option<Event>; 3],
    serial: VecDeque<Turn>,
    parallel: VecDeque<BurstJob>,
    inverse: VecDeque<Turn>,
    burst: Burst,
    inverse_index: u16,
    calendar: Calendar,
    credits_used: usize,
    credits: usize,
    forward_lane: Wheel<Retire>,
    forward_delay: usize,
    forward_entry: Wheel<()>,
    inverse_lane: Wheel<Option<u8>>,
    inverse_delay: usize,
    inverse_entry: Wheel<()>,
    ghash: Ghash,
    init: KeyInit,
    output: Output,
    counted: ClusterEvents,
}

impl Cluster {
    pub(crate) fn new(shape: &Configuration) -> Self {
        let latency = shape.latency() as usize;
        let period = latency + FEEDBACK_STAGES as usize;
        let forward_delay = FORWARD_STAGES + latency + RETIRE_STAGES;
        let inverse_delay = INVERSE_STAGES + latency + RETIRE_STAGES;
        Self {
            contexts: Contexts::new(shape.contexts as usize),
            events: Events::default(),
            stages: [None; 3],
            serial: VecDeque::new(),
            parallel: VecDeque::new(),
            inverse: VecDeque::new(),
            burst: Burst::default(),
            inverse_index: 0,
            calendar: Calendar::new(period),
            credits_used: 0,
            credits: (2 * period).next_power_of_two(),
            forward_lane: Wheel::new(forward_delay),
            forward_delay,
            forward_entry: Wheel::new(FORWARD_STAGES),
            inverse_lane: Wheel::new(inverse_delay),
            inverse_delay,
            inverse_entry: Wheel::new(INVERSE_STAGES),
            ghash: Ghash::new(),
            init: KeyInit::new(shape.key_slots as u8 + 3),
            output: Output::default(),
            counted: ClusterEvents::default(),
        }
    }

    /// The free context.
    pub(crate) fn free_context(&self) -> Option<u8> {
        self.contexts.free()
    }

    /// Where results leave.
    pub(crate) fn output(&self) -> &Output {
        &self.output
    }

    /// The derived values of the key that was written are there; for one cycle.
    pub(crate) fn init_done(&self) -> bool {
        self.init.is_done()
    }

    /// A job, an init or a wipe is inside.
    pub(crate) fn is_busy(&self) -> bool {
        !self.contexts.is_empty() || self.init.is_busy()
    }

    /// What was counted in the cycle before the last.
    pub(crate) fn counted(&self) -> ClusterEvents {
        self.counted
    }

    /// One cycle. What `self` showed before is what it shows in this cycle.
    pub(crate) fn cycle(&mut self, inputs: ClusterInputs<'_>, keys: &KeyStore, cycle: u32) {
        let quiet = inputs.job.is_none()
            && inputs.init.is_none()
            && inputs.zero.is_none()
            && self.contexts.is_empty()
            && self.init.is_settled();
        if quiet {
            self.counted = ClusterEvents::default();
            return self.calendar.pass();
        }
        self.work(inputs, keys, cycle);
    }

    fn work(&mut self, inputs: ClusterInputs<'_>, keys: &KeyStore, cycle: u32) {
        let mut counted = ClusterEvents::default();
        let all_free = self.contexts.is_empty();
        let free = self.output.cycle(inputs.taken, &self.contexts, cycle);
        let event = self.events.take();
        let products = self.ghash.cycle(self.init.wants_power());
        let (retired, init_taken) = self.forward(&mut counted);
        self.inverse(&mut counted);
        self.retire(retired, &products);
        self.credits_used -= usize::from(products.gave);
        self.init.cycle(InitInputs {
            start: inputs.init,
            zero: inputs.zero,
            lane_taken: init_taken,
            lane_done: retired.is_some_and(|retire| retire.init),
            power_taken: products.took_power,
            power_done: products.power,
        });
        self.sequence(event, keys);
        self.accept(inputs, free);
        counted.ghash = products.issued;
        counted.idle = !counted.forward && !all_free;
        counted.job = free.is_some();
        self.counted = counted;
    }

    /// Issues a block; gives what comes out of the lane, and whether a key's block was issued.
    fn forward(&mut self, counted: &mut ClusterEvents) -> (Option<Retire>, bool) {
        counted.forward = self.forward_entry.turn().is_some();
        let retired = self.forward_lane.turn();
        let next = self.parallel.front().map(|head| self.burst.next(head));
        let credit = self.credits_used != self.credits;
        let starved = next.is_some_and(|next| next.item) && !credit;
        counted.ghash_stall = starved;
        let parallel = next.filter(|_| !starved);
        let serial = self.serial.front().copied();
        let issue = self.calendar.cycle(self.init.wants_lane(), serial, parallel.is_some());
        match (issue, parallel) {
            (Issue::Init, _) => {
                self.set_out(true, Retire { ctx: 0, init: true, finish: false, item: None });
            }
            (Issue::Serial { ctx, last, taken }, _) => {
                if taken {
                    self.serial.pop_front();
                }
                self.set_out(true, Retire { ctx, init: false, finish: last, item: None });
            }
            (Issue::Parallel, Some(next)) => {
                self.burst.take(next.last);
                if next.last {
                    self.parallel.pop_front();
                }
                self.credits_used += usize::from(next.item);
                let item = next.item.then_some(next.last);
                let finish = next.last && !next.gcm;
                self.set_out(next.lane, Retire { ctx: next.ctx, init: false, finish, item });
            }
            _ => {}
        }
        (retired, issue == Issue::Init)
    }

    fn set_out(&mut self, lane: bool, retire: Retire) {
        if lane {
            self.forward_entry.put(FORWARD_STAGES, ());
        }
        self.forward_lane.put(self.forward_delay, retire);
    }

    fn inverse(&mut self, counted: &mut ClusterEvents) {
        counted.inverse = self.inverse_entry.turn().is_some();
        if let Some(Some(ctx)) = self.inverse_lane.turn() {
            self.events.end(End::Inverse, ctx);
        }
        let Some(head) = self.inverse.front() else { return };
        let last = self.inverse_index + 1 == head.blocks;
        self.inverse_lane.put(self.inverse_delay, last.then_some(head.ctx));
        self.inverse_entry.put(INVERSE_STAGES, ());
        self.inverse_index = if last { 0 } else { self.inverse_index + 1 };
        if last {
            self.inverse.pop_front();
        }
    }

    fn retire(&mut self, retired: Option<Retire>, products: &GhashCycle) {
        if let Some(ctx) = products.sum {
            self.events.end(End::Ghash, ctx);
        }
        let Some(retire) = retired else { return };
        if retire.finish {
            self.events.end(End::Forward, retire.ctx);
        }
        if let Some(last) = retire.item {
            self.ghash.push(Item { ctx: retire.ctx, last });
        }
    }

    /// Moves events on; the one at the last stage starts its next step.
    fn sequence(&mut self, event: Option<Event>, keys: &KeyStore) {
        let [first, second, due] = self.stages;
        self.stages = [event, first, second];
        let Some(event) = due else { return };
        let ctx = event.ctx;
        if event.start && !event.error {
            self.contexts.run(ctx, keys);
        }
        match sequencer::next(self.contexts.at_mut(ctx), ctx, event.error) {
            Next::Serial(turn) => self.serial.push_back(turn),
            Next::Parallel(burst) => self.parallel.push_back(burst),
            Next::Inverse(turn) => self.inverse.push_back(turn),
            Next::Skip => self.events.end(End::Skip, ctx),
            Next::Finish => self.output.push(Finish { ctx, error: event.error }),
        }
    }

    fn accept(&mut self, inputs: ClusterInputs<'_>, free: Option<u8>) {
        if let Some(job) = inputs.job {
            self.contexts.take(job);
        }
        if let Some(ctx) = free {
            self.contexts.give(ctx);
        }
        if let Some((ctx, line, data)) = inputs.line {
            self.contexts.store(ctx, line, data);
        }
        if let Some((ctx, error)) = inputs.start {
            self.events.start(ctx, error);
        }
    }
}

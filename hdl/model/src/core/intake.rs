//! The way in: descriptors to their checks, jobs to their clusters.

use super::{Core, Now, SOURCES_MAX};
use crate::front::admit::{AdmitContext, Item};
use crate::front::bus::Place;
use crate::front::completion::Entry;
use crate::front::decode::Act;
use crate::front::dispatch::{self, Means, Way};
use crate::front::reads::{JobInput, ReadInputs};
use crate::front::reset::Reset;
use crate::front::rights::Readiness;
use crate::front::tags::Beat;
use crate::keys::TEST;
use pcie_sim::Inputs;
use typex_abi::{Program, Status, counter_at};

impl Core {
    /// Chooses the completion that is taken, and where the item goes.
    pub(super) fn choose(&mut self, now: &mut Now) -> Option<(usize, Entry)> {
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
    pub(super) fn way(&self) -> Option<Way> {
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

    pub(super) fn dispatch(&mut self, now: &mut Now) {
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

    pub(super) fn dispatch_job(&mut self, item: &Item, place: Place, now: &mut Now) {
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

    pub(super) fn dispatch_done(&mut self, item: &Item, status: Status, now: &mut Now) {
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
    pub(super) fn fetch(
        &mut self,
        inputs: &Inputs,
        beat: Option<&Beat>,
        reset: &Reset,
        now: &mut Now,
    ) {
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

    pub(super) fn expect(&mut self, now: &Now) {
        if let (Some(data), Some((place, _))) = (now.direct, now.job) {
            self.bus.direct(place, data);
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

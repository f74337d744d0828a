//! Descriptors: jobs whose keys are on the card, and the loads of keys that are not.

use std::sync::atomic::Ordering;

use arrayvec::ArrayVec;
use typex_abi::limits::PROGRAM_KEYS_MAX;
use typex_abi::{DESCRIPTOR_BYTES, Descriptor, KeyRef, Root, flag, register};

use super::{Flying, KEY_PLACE_BYTES, Queue};
use crate::backend::fpga::card::{Phase, Seat, Session, lock};
use crate::backend::fpga::fault::FaultKind;
use crate::backend::fpga::is_first_lap;
use crate::backend::fpga::message::{self, PLACE_BYTES, Plan};
use crate::backend::fpga::slots::{Keys, Reserved};
use crate::backend::fpga::wrap::Wrapped;
use crate::job::Item;
use crate::limits::CARD_LOOK_AHEAD;

/// Keys on their way to their slots.
type Loads = ArrayVec<(KeyRef, Wrapped), PROGRAM_KEYS_MAX>;

impl Queue {
    pub(super) fn send_waiting(&mut self) {
        if self.waiting.is_empty() {
            return;
        }
        let Some(session) = self.session.clone() else { return };
        let tail = self.tail;
        if self.shared.phase() == Phase::Up(session.incarnation) {
            self.launch_all(&session);
        }
        let sent = self.tail != tail;
        if sent && self.write(register::RING_SQ_TAIL, u32::from(self.tail)).is_err() {
            self.fault(FaultKind::Link);
        }
        Seat::add(&self.seat.doorbells, u64::from(sent));
    }

    /// Sends waiting jobs whose keys are there. The first whose keys are not has them loaded; it
    /// keeps its place while others pass.
    fn launch_all(&mut self, session: &Session) {
        let (mut at, mut blocked) = (0, false);
        while at < self.waiting.len().min(CARD_LOOK_AHEAD) && self.has_entry() {
            let (item, _) = &self.waiting[at];
            let wanted: ArrayVec<u64, PROGRAM_KEYS_MAX> =
                message::keys(&item.task).iter().map(|key| key.id).collect();
            let pinned = lock(&session.slots).pin(&wanted);
            if let Some(keys) = pinned {
                let Some((item, plan)) = self.waiting.remove(at) else { return };
                self.shared.tally.hits.fetch_add(1, Ordering::Relaxed);
                if !blocked && std::mem::take(&mut self.reserving) {
                    lock(&session.slots).release(self.seat.ring);
                }
                self.launch(item, plan, keys);
                continue;
            }
            if !blocked {
                self.load_keys(session, at);
            }
            blocked = true;
            at += 1;
        }
    }

    fn has_entry(&self) -> bool {
        !self.free.is_empty()
            && usize::from(self.tail.wrapping_sub(self.sq_head)) < self.entries()
            && usize::from(self.tail.wrapping_sub(self.head)) < self.entries()
    }

    fn launch(&mut self, item: Item, plan: Plan, keys: Keys) {
        let Some(index) = self.free.pop() else { return self.waiting.push_front((item, plan)) };
        let at = usize::from(index) * PLACE_BYTES;
        let descriptor = plan.describe(&item.task, &keys, &mut *self.places, at);
        self.shared.tally.jobs.count(plan.kind as usize);
        self.send(index, descriptor, Flying::Job { item, plan, keys });
    }

    /// Loads the keys that the job at `at` lacks.
    fn load_keys(&mut self, session: &Session, at: usize) {
        self.reserving = true;
        let (item, _) = &self.waiting[at];
        let mut loads = Loads::new();
        let room = self.free_loads.len().min(self.free.len());
        for key in message::keys(&item.task) {
            if loads.len() >= room {
                break;
            }
            let reserved = lock(&session.slots).reserve(self.seat.ring, key.id, key.tether());
            let Reserved::Load { key: slot, evicted } = reserved else { continue };
            self.shared.tally.misses.fetch_add(1, Ordering::Relaxed);
            self.shared.tally.evictions.fetch_add(u64::from(evicted), Ordering::Relaxed);
            match session.root.wrap(key) {
                Ok(wrapped) => loads.push((slot, wrapped)),
                Err(_) => lock(&session.slots).loaded(slot, false),
            }
        }
        for (key, wrapped) in loads {
            if self.has_entry() {
                self.load(key, &wrapped);
            } else {
                lock(&session.slots).loaded(key, false);
            }
        }
    }

    fn load(&mut self, key: KeyRef, wrapped: &Wrapped) {
        let (Some(index), Some(place)) = (self.free.pop(), self.free_loads.pop()) else { return };
        let at = self.entries() * PLACE_BYTES + usize::from(place) * KEY_PLACE_BYTES;
        self.places.store(at, &wrapped.bytes);
        let mut descriptor = Descriptor::key_load(key, Root::Transport, wrapped.iv, wrapped.tag);
        descriptor.input = self.places.bus() + at as u64;
        self.send(index, descriptor, Flying::Load { key, place });
    }

    fn send(&mut self, index: u16, mut descriptor: Descriptor, work: Flying) {
        let now = self.link.now();
        let flight = &mut self.flights[usize::from(index)];
        (flight.work, flight.since) = (Some(work), now);
        descriptor.tag = flight.generation << self.log2 | index;
        if is_first_lap(self.tail, self.log2) {
            descriptor.flags |= flag::PHASE;
        }
        let entry = usize::from(self.tail) & (self.entries() - 1);
        self.rings.store(entry * DESCRIPTOR_BYTES, &descriptor.encode());
        self.tail = self.tail.wrapping_add(1);
        self.seat.in_flight.fetch_add(1, Ordering::SeqCst);
        Seat::add(&self.seat.submitted, 1);
    }
}

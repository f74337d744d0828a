//! One core's ring: descriptors out, completions in, every one of them checked.
//!
//! Jobs wait in order for a place in the ring and for their keys. A fault, seen here or by anyone
//! else, gives up everything at once: the jobs, unchanged, are handed out by [`Queue::reclaim`],
//! and the DMA memory is not touched again before a reset of the card is confirmed.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use typex_abi::{
    Completion, DESCRIPTOR_BYTES, Descriptor, DmaBuffer, KeyRef, Link, LinkError, Opcode, Root,
    Status, WRAPPED_KEY_BYTES, completion_at, flag, register,
};

use super::card::{self, Phase, Seat, Session, Shared, lock};
use super::fault::FaultKind;
use super::message::{self, End, PLACE_BYTES, Plan};
use super::slots::{Keys, Reserved};
use crate::backend::Wake;
use crate::batch::Completion as Finished;
use crate::job::Item;
use crate::limits::{CARD_KEY_LOADS_MAX, CARD_LOOK_AHEAD, CARD_LOOKS_MAX, CARD_UNREAD_MAX};

/// Room for a wrapped key, so that the next one is aligned.
const KEY_PLACE_BYTES: usize = 128;

pub(super) struct Queue {
    shared: Arc<Shared>,
    seat: Arc<Seat>,
    link: Box<dyn Link>,
    /// What the card and this queue agree on since the last reset.
    session: Option<Arc<Session>>,
    log2: u32,
    /// Submissions, then completions.
    rings: Box<dyn DmaBuffer>,
    /// A place for each job, then the places for wrapped keys.
    places: Box<dyn DmaBuffer>,
    flights: Vec<Flight>,
    free: Vec<u16>,
    free_loads: Vec<u16>,
    waiting: VecDeque<(Item, Plan)>,
    lost: Vec<Item>,
    /// The first waiting job has slots reserved.
    reserving: bool,
    /// Free-running: descriptors written, those whose entries may be written again, completions
    /// taken.
    tail: u16,
    sq_head: u16,
    head: u16,
    unread: u32,
    next_check: Duration,
    suspected: Option<Duration>,
}

/// A tag and what it stands for.
struct Flight {
    generation: u16,
    since: Duration,
    work: Option<Flying>,
}

#[expect(clippy::large_enum_variant, reason = "most flights are jobs, and their places are kept")]
enum Flying {
    Job { item: Item, plan: Plan, keys: Keys },
    Load { key: KeyRef, place: u16 },
}

impl Queue {
    /// A queue with a ring of its own; `None` if there is none left, or no memory.
    pub(super) fn open(shared: &Arc<Shared>, wake: Wake) -> Option<Self> {
        let (seat, mut link) = shared.seat(wake)?;
        let entries = shared.options.ring_entries;
        let ring_bytes = entries * (DESCRIPTOR_BYTES + Completion::LONG_BYTES);
        let place_bytes = entries * PLACE_BYTES + CARD_KEY_LOADS_MAX * KEY_PLACE_BYTES;
        let (Ok(rings), Ok(places)) = (link.allocate(ring_bytes), link.allocate(place_bytes))
        else {
            shared.leave(&seat, Vec::new());
            return None;
        };
        let indices = || (0..u16::try_from(entries).unwrap_or(u16::MAX)).rev();
        Some(Self {
            shared: Arc::clone(shared),
            seat,
            link,
            session: None,
            log2: entries.trailing_zeros(),
            rings,
            places,
            flights: indices().map(|_| Flight::new()).collect(),
            free: indices().collect(),
            free_loads: (0..CARD_KEY_LOADS_MAX as u16).collect(),
            waiting: VecDeque::with_capacity(2 * entries),
            lost: Vec::new(),
            reserving: false,
            tail: 0,
            sq_head: 0,
            head: 0,
            unread: 0,
            next_check: Duration::ZERO,
            suspected: None,
        })
    }

    /// Jobs that may be added now.
    pub(super) fn room(&self) -> usize {
        (2 * self.entries()).saturating_sub(self.waiting.len() + self.lost.len())
    }

    /// Adds a job; [`pump`](Self::pump) sends it.
    pub(super) fn push(&mut self, item: Item, plan: Plan) {
        self.waiting.push_back((item, plan));
    }

    /// Jobs that were not given back.
    pub(super) fn in_flight(&self) -> usize {
        let jobs = |flight: &&Flight| matches!(flight.work, Some(Flying::Job { .. }));
        let flying = if self.is_flying() { self.flights.iter().filter(jobs).count() } else { 0 };
        flying + self.waiting.len() + self.lost.len()
    }

    /// Takes the jobs that a fault has left, unchanged.
    pub(super) fn reclaim(&mut self, into: &mut Vec<Item>) -> usize {
        let count = self.lost.len();
        into.append(&mut self.lost);
        count
    }

    /// Whether [`poll`](Self::poll) would change anything.
    pub(super) fn has_news(&self) -> bool {
        match (&self.session, self.shared.phase()) {
            (Some(session), Phase::Up(up) | Phase::Draining(up)) if session.incarnation == up => {
                !self.lost.is_empty() || self.is_next_there()
            }
            _ => self.is_flying() || !self.waiting.is_empty() || !self.lost.is_empty(),
        }
    }

    /// Takes completions in, sends what waits, and arms an interrupt when nothing is there.
    pub(super) fn poll(&mut self, done: &mut Vec<Finished>) {
        if !self.is_attached() {
            return;
        }
        let before = done.len();
        self.collect(done);
        self.send_waiting();
        if done.len() == before && self.is_flying() {
            self.arm();
            self.collect(done);
        }
        self.check_overdue();
    }

    /// Sends what waits, with one doorbell.
    pub(super) fn pump(&mut self) {
        if self.is_attached() {
            self.send_waiting();
        }
    }

    fn entries(&self) -> usize {
        1 << self.log2
    }

    fn is_flying(&self) -> bool {
        self.seat.in_flight.load(Ordering::Relaxed) > 0
    }

    /// Follows the card through faults and resets; `false` while it cannot be used.
    fn is_attached(&mut self) -> bool {
        let phase = self.shared.phase();
        let (Phase::Up(now) | Phase::Draining(now)) = phase else {
            self.give_up();
            return false;
        };
        if self.session.as_ref().is_some_and(|session| session.incarnation == now) {
            return true;
        }
        if self.session.is_some() {
            self.give_up();
        }
        let Some(session) = self.shared.session(now) else { return false };
        match self.attach() {
            Ok(()) => {
                self.session = Some(session);
                true
            }
            Err(_) => {
                self.shared.fault(FaultKind::Link, now, self.link.now());
                self.give_up();
                false
            }
        }
    }

    /// Sets the ring up on a card that was just reset, so that nothing writes to its memory.
    fn attach(&mut self) -> Result<(), LinkError> {
        (self.tail, self.sq_head, self.head) = (0, 0, 0);
        (self.unread, self.suspected, self.reserving) = (0, None, false);
        let zeros = [0; DESCRIPTOR_BYTES];
        for at in (0..self.rings.len()).step_by(zeros.len()) {
            self.rings.store(at, &zeros);
        }
        let seat = Arc::clone(&self.seat);
        seat.armed.store(false, Ordering::SeqCst);
        let vector = u16::from(seat.ring) + 1;
        let message = self.link.interrupt(
            vector,
            Arc::new(move || {
                seat.interrupts.fetch_add(1, Ordering::Relaxed);
                seat.armed.store(false, Ordering::SeqCst);
                (seat.wake)();
            }),
        )?;
        card::set_vector(&mut *self.link, vector, message)?;
        let options = &self.shared.options;
        let moderation =
            u32::from(options.moderation_count) | u32::from(options.moderation_us) << 16;
        self.write(register::RING_MODERATION, moderation)?;
        let cq = self.rings.bus() + self.cq_at(0) as u64;
        let window = [self.places.bus(), self.places.bus() + self.places.len() as u64];
        let bases = [self.rings.bus(), cq];
        card::open_ring(&mut *self.link, self.seat.ring, bases, self.log2, vector, window)
    }

    fn write(&mut self, register: u32, value: u32) -> Result<(), LinkError> {
        self.link.write(register + u32::from(self.seat.ring) * register::RING_STRIDE, value)
    }

    fn cq_at(&self, entry: usize) -> usize {
        self.entries() * DESCRIPTOR_BYTES + entry * Completion::LONG_BYTES
    }

    /// Ends everything: the card is not to be trusted any more.
    fn give_up(&mut self) {
        for (flight, index) in self.flights.iter_mut().zip(0..) {
            let Some(work) = flight.clear() else { continue };
            self.free.push(index);
            match work {
                Flying::Job { item, .. } => self.lost.push(item),
                Flying::Load { place, .. } => self.free_loads.push(place),
            }
        }
        self.lost.extend(self.waiting.drain(..).map(|(item, _)| item));
        self.seat.in_flight.store(0, Ordering::SeqCst);
        self.session = None;
    }

    fn fault(&mut self, kind: FaultKind) {
        if let Some(session) = &self.session {
            self.shared.fault(kind, session.incarnation, self.link.now());
        }
        self.give_up();
    }

    fn send_waiting(&mut self) {
        if self.waiting.is_empty() {
            return;
        }
        let Some(session) = self.session.clone() else { return };
        // The keeper looks at `busy` after it has changed the phase, this queue the other way
        // round, so one of them sees the other.
        self.seat.busy.store(true, Ordering::SeqCst);
        let tail = self.tail;
        if self.shared.phase() == Phase::Up(session.incarnation) {
            self.launch_all(&session);
        }
        let sent = self.tail != tail;
        self.seat.busy.store(false, Ordering::SeqCst);
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
            let wanted: arrayvec::ArrayVec<u64, 4> =
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
        let mut loads = arrayvec::ArrayVec::<(KeyRef, super::wrap::Wrapped), 4>::new();
        let room = self.free_loads.len().min(self.free.len());
        for key in message::keys(&item.task) {
            if loads.len() >= room {
                break;
            }
            let reserved = lock(&session.slots).reserve(self.seat.ring, key.id);
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

    fn load(&mut self, key: KeyRef, wrapped: &super::wrap::Wrapped) {
        let (Some(index), Some(place)) = (self.free.pop(), self.free_loads.pop()) else { return };
        let at = self.entries() * PLACE_BYTES + usize::from(place) * KEY_PLACE_BYTES;
        self.places.store(at, &wrapped.bytes);
        let mut descriptor = Descriptor::new(Opcode::KeyLoad);
        (descriptor.slot, descriptor.generation) = (key.slot, key.generation);
        descriptor.input_bytes = WRAPPED_KEY_BYTES as u16;
        descriptor.input = self.places.bus() + at as u64;
        descriptor.iv[..12].copy_from_slice(&wrapped.iv);
        descriptor.set_root(Root::Transport);
        descriptor.inline = wrapped.tag;
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

    fn is_next_there(&self) -> bool {
        let mut word = [0; 8];
        self.rings.load(self.cq_at(usize::from(self.head) & (self.entries() - 1)), &mut word);
        self.is_flying()
            && Completion::phase_of(word[completion_at::FLAGS])
                == is_first_lap(self.head, self.log2)
    }

    fn collect(&mut self, done: &mut Vec<Finished>) {
        let before = self.head;
        while self.is_next_there() {
            match self.next_completion().and_then(|completion| self.settle(&completion, done)) {
                Ok(()) => self.head = self.head.wrapping_add(1),
                Err(kind) => return self.fault(kind),
            }
        }
        let taken = self.head.wrapping_sub(before);
        if taken > 0 {
            self.suspected = None;
            Seat::add(&self.seat.completed, taken.into());
            if self.write(register::RING_CQ_HEAD, u32::from(self.head)).is_err() {
                self.fault(FaultKind::Link);
            }
        }
    }

    /// The entry whose phase has turned. An entry that is not whole gets a few more looks: it may
    /// become visible in pieces.
    fn next_completion(&self) -> Result<Completion, FaultKind> {
        let at = self.cq_at(usize::from(self.head) & (self.entries() - 1));
        let mut bytes = [0; Completion::LONG_BYTES];
        for _ in 0..CARD_LOOKS_MAX {
            self.rings.load(at, &mut bytes);
            if let Ok(completion) = Completion::decode_long(&bytes) {
                return self.checked(completion);
            }
            std::hint::spin_loop();
        }
        Err(FaultKind::Check)
    }

    /// A completion that names a job in flight, of this epoch, with counts that can be.
    fn checked(&self, completion: Completion) -> Result<Completion, FaultKind> {
        if self.session.as_ref().is_none_or(|session| session.epoch != completion.epoch) {
            return Err(FaultKind::Epoch);
        }
        let index = completion.tag & (self.entries() as u16 - 1);
        let flight = &self.flights[usize::from(index)];
        let named = flight.work.is_some() && flight.generation == completion.tag >> self.log2;
        let fetched = completion.sq_head.wrapping_sub(self.sq_head);
        let possible = fetched <= self.tail.wrapping_sub(self.sq_head);
        if named && possible { Ok(completion) } else { Err(FaultKind::Tag) }
    }

    fn settle(
        &mut self,
        completion: &Completion,
        done: &mut Vec<Finished>,
    ) -> Result<(), FaultKind> {
        let index = completion.tag & (self.entries() as u16 - 1);
        let flight = &mut self.flights[usize::from(index)];
        let work = flight.work.as_mut().ok_or(FaultKind::Tag)?;
        let unread = match work {
            Flying::Job { item, plan, .. } => {
                let at = usize::from(index) * PLACE_BYTES;
                match plan.end(&mut item.task, completion, &mut *self.places, at) {
                    End::Done(result) => {
                        done.push(Finished { tag: item.tag, result });
                        false
                    }
                    End::Unread => true,
                    End::Fault(kind) => return Err(kind),
                }
            }
            Flying::Load { .. } => match completion.status {
                Status::Ok => false,
                Status::DmaError => true,
                _ => return Err(FaultKind::Status),
            },
        };
        self.sq_head = completion.sq_head;
        self.land(index, unread);
        self.unread += u32::from(unread);
        if self.unread >= CARD_UNREAD_MAX { Err(FaultKind::DataRead) } else { Ok(()) }
    }

    /// Frees the tag. A job whose data was not read is handed out again.
    fn land(&mut self, index: u16, unread: bool) {
        self.shared.tally.unread.fetch_add(unread.into(), Ordering::Relaxed);
        let limit = u16::MAX >> self.log2;
        let flight = &mut self.flights[usize::from(index)];
        flight.generation = flight.generation.wrapping_add(1) & limit;
        let Some(work) = flight.work.take() else { return };
        self.free.push(index);
        self.seat.in_flight.fetch_sub(1, Ordering::SeqCst);
        let slots = self.session.as_ref().map(|session| lock(&session.slots));
        match work {
            Flying::Job { item, keys, .. } => {
                if let Some(mut slots) = slots {
                    slots.unpin(&keys);
                }
                if unread {
                    self.lost.push(item);
                }
            }
            Flying::Load { key, place } => {
                if let Some(mut slots) = slots {
                    slots.loaded(key, !unread);
                }
                self.free_loads.push(place);
            }
        }
    }

    /// Asks for an interrupt at the next completion. The caller looks once more afterwards.
    fn arm(&mut self) {
        if self.seat.armed.swap(true, Ordering::SeqCst) {
            return;
        }
        if self.write(register::RING_ARM, u32::from(self.head)).is_err() {
            self.fault(FaultKind::Link);
        }
    }

    /// A job that takes too long is a hang, unless something else completes soon: the clock of a
    /// simulation may just have leapt.
    fn check_overdue(&mut self) {
        let (now, limit) = (self.link.now(), self.shared.options.job_timeout);
        if now < self.next_check {
            return;
        }
        self.next_check = now + limit / 8;
        let overdue = |flight: &Flight| flight.work.is_some() && flight.since + limit < now;
        if !self.is_flying() || !self.flights.iter().any(overdue) {
            self.suspected = None;
        } else if let Some(since) = self.suspected {
            if now >= since + limit / 8 {
                self.fault(FaultKind::Hang);
            }
        } else {
            self.suspected = Some(now);
        }
    }
}

impl Flight {
    fn new() -> Self {
        Self { generation: 0, since: Duration::ZERO, work: None }
    }

    /// Takes the work out; generations start again with the next session, whose epoch differs.
    fn clear(&mut self) -> Option<Flying> {
        self.generation = 0;
        self.work.take()
    }
}

impl Drop for Queue {
    /// The card may be writing still: its memory is kept until it is reset.
    fn drop(&mut self) {
        let _ = self.write(register::RING_ENABLE, 0);
        let nothing = || -> Box<dyn DmaBuffer> { Box::new(Nothing) };
        let rings = std::mem::replace(&mut self.rings, nothing());
        let places = std::mem::replace(&mut self.places, nothing());
        self.shared.leave(&self.seat, vec![rings, places]);
    }
}

/// No memory.
struct Nothing;

impl DmaBuffer for Nothing {
    fn bus(&self) -> u64 {
        0
    }

    fn len(&self) -> usize {
        0
    }

    fn load(&self, _at: usize, _into: &mut [u8]) {}

    fn store(&mut self, _at: usize, _from: &[u8]) {}
}

/// Whether the free-running count is in a lap whose phase is 1.
fn is_first_lap(count: u16, log2: u32) -> bool {
    count >> log2 & 1 == 0
}

//! One core's ring: descriptors out, completions in, every one of them checked.
//!
//! Jobs wait in order for a place in the ring and for their keys. A fault, seen here or by anyone
//! else, gives up everything at once: the jobs, unchanged, are handed out by [`Queue::reclaim`],
//! and the DMA memory is not touched again before a reset of the card is confirmed.

mod inbound;
mod outbound;

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use typex_abi::{Completion, DESCRIPTOR_BYTES, DmaBuffer, KeyRef, Link, LinkError, register};

use super::card::{self, Phase, Seat, Session, Shared};
use super::fault::FaultKind;
use super::message::{PLACE_BYTES, Plan};
use super::slots::Keys;
use crate::backend::Wake;
use crate::batch::Completion as Finished;
use crate::job::Item;
use crate::limits::CARD_KEY_LOADS_MAX;

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
    /// The card may still write to the memory: it was given up with jobs on it.
    dirty: bool,
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
            shared.leave(&seat, Vec::new(), false);
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
            dirty: false,
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
                // With nothing flying, slots were being emptied when the first one wanted them.
                let held_up = !self.is_flying() && !self.waiting.is_empty();
                !self.lost.is_empty()
                    || self.is_next_there()
                    || held_up && self.shared.phase() == Phase::Up(up)
            }
            _ => self.is_flying() || !self.waiting.is_empty() || !self.lost.is_empty(),
        }
    }

    /// Takes completions in, sends what waits, and arms an interrupt when nothing is there.
    pub(super) fn poll(&mut self, done: &mut Vec<Finished>) {
        self.touch(|queue| queue.serve(done));
    }

    /// Sends what waits, with one doorbell.
    pub(super) fn pump(&mut self) {
        self.touch(Self::send_waiting);
    }

    /// Runs what writes registers of a card that can be used. The keeper changes the phase and then
    /// waits for `busy` to fall, this queue the other way round: no register is written between a
    /// fault and the end of the reset.
    fn touch(&mut self, work: impl FnOnce(&mut Self)) {
        self.seat.busy.store(true, Ordering::SeqCst);
        if self.is_attached() {
            work(self);
        }
        self.seat.busy.store(false, Ordering::SeqCst);
    }

    fn serve(&mut self, done: &mut Vec<Finished>) {
        let before = done.len();
        self.collect(done);
        self.send_waiting();
        if done.len() == before && self.is_flying() {
            self.arm();
            self.collect(done);
        }
        self.check_overdue();
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
        (self.unread, self.suspected, self.reserving, self.dirty) = (0, None, false, false);
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
        self.dirty |= self.seat.in_flight.swap(0, Ordering::SeqCst) > 0;
        self.session = None;
    }

    fn fault(&mut self, kind: FaultKind) {
        if let Some(session) = &self.session {
            self.shared.fault(kind, session.incarnation, self.link.now());
        }
        self.give_up();
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
        self.touch(|queue| {
            let _ = queue.write(register::RING_ENABLE, 0);
        });
        let nothing = || -> Box<dyn DmaBuffer> { Box::new(Nothing) };
        let rings = std::mem::replace(&mut self.rings, nothing());
        let places = std::mem::replace(&mut self.places, nothing());
        let dirty = self.dirty || self.is_flying();
        self.shared.leave(&self.seat, vec![rings, places], dirty);
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

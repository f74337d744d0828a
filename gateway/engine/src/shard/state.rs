//! Routing, slots and delivery of one core.

mod remote;
mod together;

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::task::Waker;
use std::time::Instant;

use typex_core::error::ErrorKind;
use typex_core::id::PartitionId;
use typex_core::policy::Grant;
use typex_kernels::blank;

use crate::admit::{Budget, Charge};
use crate::backend::Backend;
use crate::batch::{Batch, Completion, Completions};
use crate::cost::{self, Estimate, LaneClass};
use crate::counters::{Counters, Route, add};
use crate::engine::Engine;
use crate::execute;
use crate::handoff::{Finish, Tag};
use crate::job::{Done, Item, Outcome, Step, Task};
use crate::limits::{BATCH_JOBS_MAX, PARCELS_PER_SHARD, SLOTS_PER_SHARD};
use crate::pool::{CorePort, Parcel, Pool};
use crate::schedule::Turn;
use together::Together;

/// A checked job with everything that admission looks at. It is passed by reference, since most
/// jobs are computed where they are and never move.
pub(super) struct Request {
    /// Taken when the job leaves the spot.
    pub(super) task: Option<Task>,
    pub(super) grant: Option<Grant>,
    pub(super) partition: PartitionId,
    pub(super) isolate: bool,
    pub(super) now: Instant,
    pub(super) deadline: Instant,
    /// Estimated work of the request that the job is a part of.
    pub(super) request_ns: u64,
}

/// What became of a submitted job.
pub(super) enum Submitted {
    Done(Result<Done, ErrorKind>),
    Waiting(Tag),
}

pub(super) struct State {
    engine: Arc<Engine>,
    port: Arc<CorePort>,
    counters: Arc<Counters>,
    aes: Arc<Budget>,
    backend: Box<dyn Backend>,
    waiters: Vec<Waiter>,
    free: Vec<u32>,
    open: Batch,
    /// Jobs of requests that are dear as a whole, on their way to a pool.
    together: Together,
    completions: Completions,
    /// Parcels at home, and how many are away.
    #[expect(clippy::vec_box, reason = "queues carry the boxes, so they are kept")]
    parcels: Vec<Box<Parcel>>,
    away: usize,
    turn: Turn,
    woken: Vec<Waker>,
    /// Whether the backend keeps jobs.
    remote: bool,
    /// Before it no job that the backend has is overdue.
    next_deadline: Option<Instant>,
}

/// What the core keeps for a job in flight. The table of them is as old as the core, and requests
/// that hold secrets pass through it, so a place is left blank.
#[derive(Default)]
struct Waiter {
    grant: Option<Grant>,
    charge: Option<(LaneClass, Charge)>,
    waker: Option<Waker>,
    result: Option<Result<Done, ErrorKind>>,
    /// Of a job that a backend keeps.
    deadline: Option<Instant>,
    /// The deadline has passed, and the waiter is to be told.
    expired: bool,
}

impl Waiter {
    /// Hands out the result; of all else nothing is left, in unused bytes neither.
    fn leave(&mut self) -> Option<Result<Done, ErrorKind>> {
        blank::take(&mut self.grant);
        (self.charge, self.waker, self.deadline, self.expired) = (None, None, None, false);
        blank::take(&mut self.result)
    }
}

impl State {
    pub(super) fn new(
        engine: Arc<Engine>,
        port: Arc<CorePort>,
        counters: Arc<Counters>,
        aes: Arc<Budget>,
        backend: Box<dyn Backend>,
    ) -> Self {
        let slots = u32::try_from(SLOTS_PER_SHARD).unwrap_or(u32::MAX);
        Self {
            remote: backend.keeps_jobs(),
            next_deadline: None,
            backend,
            engine,
            port,
            counters,
            aes,
            waiters: (0..slots).map(|_| Waiter::default()).collect(),
            free: (0..slots).rev().collect(),
            open: Batch::with_room(),
            together: Together::default(),
            completions: Completions::with_room(),
            parcels: Vec::new(),
            away: 0,
            turn: Turn::default(),
            woken: Vec::with_capacity(BATCH_JOBS_MAX),
        }
    }

    pub(super) fn counters(&self) -> &Counters {
        &self.counters
    }

    #[inline]
    pub(super) fn submit(&mut self, request: &mut Request) -> Result<Submitted, ErrorKind> {
        if self.port.gate.is_closed() {
            return Err(ErrorKind::ShuttingDown);
        }
        if request.deadline <= request.now {
            return Err(ErrorKind::Timeout);
        }
        let task = request.task.as_mut().ok_or(ErrorKind::Internal)?;
        if self.remote {
            task.prepare();
        }
        let estimate = cost::estimate(task);
        if estimate.class != LaneClass::Aes {
            return self.submit_dear(request, estimate);
        }
        self.send_overdue(request.now);
        if self.belongs_together(request, estimate) {
            return self.submit_together(request, estimate);
        }
        let alone = estimate.lanes && self.turn.count(request.now, self.engine.tuning.linger);
        let cheap = !estimate.lanes || estimate.cost_ns < self.engine.tuning.inline_ns_max;
        if cheap || (alone && self.open.is_empty()) {
            return self.submit_inline(request, estimate);
        }
        self.submit_lanes(request, estimate)
    }

    #[inline]
    fn submit_inline(
        &mut self,
        request: &mut Request,
        estimate: Estimate,
    ) -> Result<Submitted, ErrorKind> {
        let task = request.task.as_mut().ok_or(ErrorKind::Internal)?;
        let Some(result) = self.backend.run(task) else {
            return self.submit_lanes(request, estimate);
        };
        self.counters.count_admitted(estimate.class, Route::Inline);
        self.counters.count_delivered(result.is_err());
        Ok(Submitted::Done(result.and_then(|outcome| done(outcome, request.grant.take()))))
    }

    fn submit_lanes(
        &mut self,
        request: &mut Request,
        estimate: Estimate,
    ) -> Result<Submitted, ErrorKind> {
        let now = request.now;
        if !self.open.welcomes(request.partition, request.isolate) || self.open.is_full() {
            self.close_batch(now);
            let Request { partition, isolate, .. } = *request;
            if self.open.is_full() || !self.open.welcomes(partition, isolate) {
                return Err(ErrorKind::Busy);
            }
        }
        let item = self.admit(request, estimate)?;
        let tag = item.tag;
        add(&self.counters.admitted[estimate.class as usize], 1);
        self.open.push(item);
        let waited = self.open.oldest().map(|oldest| now.saturating_duration_since(oldest));
        if self.open.is_full() || waited >= Some(self.engine.tuning.linger) {
            self.close_batch(now);
        }
        self.count_queue();
        Ok(Submitted::Waiting(tag))
    }

    fn submit_dear(
        &mut self,
        request: &mut Request,
        estimate: Estimate,
    ) -> Result<Submitted, ErrorKind> {
        if self.away >= PARCELS_PER_SHARD {
            return Err(ErrorKind::Busy);
        }
        let item = self.admit(request, estimate)?;
        let tag = item.tag;
        let mut parcel = self.parcels.pop().unwrap_or_else(Parcel::new);
        parcel.batch.push(item);
        match self.send(estimate.class, parcel) {
            Ok(()) => {
                self.counters.count_admitted(estimate.class, Route::Pool);
                Ok(Submitted::Waiting(tag))
            }
            Err(mut parcel) => {
                parcel.batch.reset();
                self.parcels.push(parcel);
                self.withdraw(tag);
                Err(ErrorKind::Busy)
            }
        }
    }

    /// Takes a slot and room in the budget.
    fn admit(&mut self, request: &mut Request, estimate: Estimate) -> Result<Item, ErrorKind> {
        let Estimate { class, cost_ns, .. } = estimate;
        let index = *self.free.last().ok_or(ErrorKind::Busy)?;
        let task = request.task.take().ok_or(ErrorKind::Internal)?;
        let charge = self.budget(class).admit(request.partition, cost_ns, request.now);
        let charge = charge.ok_or(ErrorKind::Busy)?;
        if !self.port.gate.enter() {
            self.budget(class).release(charge);
            return Err(ErrorKind::ShuttingDown);
        }
        let Some(tag) = self.port.slots.admit(index as usize) else {
            self.budget(class).release(charge);
            self.port.gate.leave();
            return Err(ErrorKind::Internal);
        };
        self.free.pop();
        let charge = Some((class, charge));
        let waiter = &mut self.waiters[tag.index()];
        (waiter.grant, waiter.charge) = (request.grant.take(), charge);
        Ok(Item {
            tag,
            task,
            partition: request.partition,
            isolate: request.isolate,
            cost_ns,
            admitted: request.now,
            deadline: request.deadline,
        })
    }

    fn budget(&self, class: LaneClass) -> &Budget {
        match class {
            LaneClass::Aes => &self.aes,
            LaneClass::Rsa => &self.engine.rsa,
            LaneClass::Dear => &self.engine.dear,
        }
    }

    fn pool(&self, class: LaneClass) -> &Pool {
        match class {
            LaneClass::Aes => &self.engine.lanes_pool,
            LaneClass::Rsa => &self.engine.rsa_pool,
            LaneClass::Dear => &self.engine.dear_pool,
        }
    }

    fn send(&mut self, class: LaneClass, mut parcel: Box<Parcel>) -> Result<(), Box<Parcel>> {
        parcel.port = Some(Arc::clone(&self.port));
        self.pool(class).push(parcel)?;
        self.away += 1;
        Ok(())
    }

    /// Undoes [`admit`](Self::admit).
    fn withdraw(&mut self, tag: Tag) {
        self.port.slots.cancel(tag);
        if self.port.slots.finish(tag) == Finish::Discard {
            self.settle(tag);
            self.release_slot(tag);
        }
    }

    /// Computes the accumulated batch, here or elsewhere.
    fn close_batch(&mut self, now: Instant) {
        if self.open.is_empty() {
            return;
        }
        if self.remote {
            self.count_closed(now);
            self.offload(now);
        } else {
            self.run_batch(self.route_batch(), now);
        }
        self.count_queue();
    }

    /// Computes it there, or on this core if there is no room.
    fn run_batch(&mut self, route: Route, now: Instant) {
        self.count_closed(now);
        let jobs = self.open.items().len();
        let sent = route != Route::Lanes && self.send_batch();
        let route = if sent { route } else { Route::Lanes };
        add(&self.counters.routes[route as usize], jobs as u64);
        if !sent {
            self.run_here(now);
        }
    }

    fn run_here(&mut self, now: Instant) {
        self.turn.worked(self.open.cost_ns());
        let Self { backend, port, open, completions, .. } = self;
        execute::run(&mut **backend, &port.slots, open, completions, now);
        self.deliver();
    }

    fn count_closed(&self, now: Instant) {
        self.counters.count_batch(self.open.items().len());
        for item in self.open.items() {
            self.counters.count_wait(now.saturating_duration_since(item.admitted));
        }
    }

    fn route_batch(&self) -> Route {
        if self.open.cost_ns() >= self.engine.tuning.pool_batch_ns {
            Route::Pool
        } else if self.turn.work_ns() >= self.engine.tuning.spill_ns {
            Route::Spill
        } else {
            Route::Lanes
        }
    }

    fn send_batch(&mut self) -> bool {
        if self.away >= PARCELS_PER_SHARD {
            return false;
        }
        let mut parcel = self.parcels.pop().unwrap_or_else(Parcel::new);
        std::mem::swap(&mut parcel.batch, &mut self.open);
        match self.send(LaneClass::Aes, parcel) {
            Ok(()) => true,
            Err(mut parcel) => {
                std::mem::swap(&mut parcel.batch, &mut self.open);
                self.parcels.push(parcel);
                false
            }
        }
    }

    pub(super) fn flush(&mut self, now: Instant) -> usize {
        let before = self.counters.delivered.load(Ordering::Relaxed);
        self.turn.end();
        self.close_batch(now);
        self.send_together(now);
        self.collect();
        if self.remote {
            self.take_in(now);
        }
        let after = self.counters.delivered.load(Ordering::Relaxed);
        usize::try_from(after - before).unwrap_or(usize::MAX)
    }

    /// Takes parcels in until none is left, then sleeps behind the bell.
    pub(super) fn collect_or_doze(&mut self, waker: &Waker) {
        loop {
            self.collect();
            if self.remote {
                self.take_in(Instant::now());
            }
            self.port.bell.sleeper().is_me(waker);
            let Self { port, backend, remote, .. } = &*self;
            if port.bell.doze(|| port.is_quiet() && !(*remote && backend.has_completions())) {
                return;
            }
        }
    }

    fn collect(&mut self) {
        // Looking into an empty queue costs a fence; most cores have nothing away.
        if self.away == 0 {
            return;
        }
        while let Some(parcel) = self.port.returned() {
            self.take_back(parcel);
        }
    }

    fn deliver(&mut self) {
        let mut completions = std::mem::take(&mut self.completions);
        for completion in completions.drain() {
            self.deliver_one(completion);
        }
        self.completions = completions;
    }

    fn deliver_one(&mut self, completion: Completion) {
        let tag = completion.tag;
        match self.port.slots.finish(tag) {
            Finish::Deliver => {
                let grant = self.settle(tag);
                let expired = matches!(completion.result, Err(ErrorKind::Timeout));
                add(&self.counters.expired, u64::from(expired));
                self.counters.count_delivered(completion.result.is_err());
                let waiter = &mut self.waiters[tag.index()];
                waiter.deadline = None;
                waiter.result = Some(completion.result.and_then(|outcome| done(outcome, grant)));
                if let Some(waker) = waiter.waker.take()
                    && !self.woken.last().is_some_and(|last| last.will_wake(&waker))
                {
                    self.woken.push(waker);
                }
            }
            Finish::Discard => {
                self.settle(tag);
                self.release_slot(tag);
            }
            Finish::Stale => add(&self.counters.stale, 1),
        }
    }

    /// Gives the budget back and hands out the grant.
    fn settle(&mut self, tag: Tag) -> Option<Grant> {
        let waiter = &mut self.waiters[tag.index()];
        let (charge, grant) = (waiter.charge.take(), blank::take(&mut waiter.grant));
        if let Some((class, charge)) = charge {
            self.budget(class).release(charge);
            self.port.gate.leave();
        }
        grant
    }

    fn release_slot(&mut self, tag: Tag) -> Option<Result<Done, ErrorKind>> {
        let result = self.waiters[tag.index()].leave();
        self.free.push(u32::try_from(tag.index()).unwrap_or_default());
        result
    }

    pub(super) fn take(&mut self, tag: Tag, waker: &Waker) -> Option<Result<Done, ErrorKind>> {
        if self.port.slots.take(tag) {
            return self.release_slot(tag).or(Some(Err(ErrorKind::Internal)));
        }
        if self.waiters[tag.index()].expired {
            return self.take_expired(tag);
        }
        let known = &mut self.waiters[tag.index()].waker;
        if !known.as_ref().is_some_and(|known| known.will_wake(waker)) {
            *known = Some(waker.clone());
        }
        None
    }

    pub(super) fn cancel(&mut self, tag: Tag) -> Option<Result<Done, ErrorKind>> {
        add(&self.counters.cancelled, 1);
        if self.port.slots.cancel(tag) {
            return self.release_slot(tag);
        }
        self.waiters[tag.index()].waker = None;
        None
    }

    /// Whom to wake, in exchange for an empty list.
    pub(super) fn woken(&mut self, empty: Vec<Waker>) -> Vec<Waker> {
        std::mem::replace(&mut self.woken, empty)
    }

    pub(super) fn has_woken(&self) -> bool {
        !self.woken.is_empty()
    }
}

/// A step of a larger operation hands the grant back; the end of one uses it up.
#[inline]
fn done(outcome: Outcome, grant: Option<Grant>) -> Result<Done, ErrorKind> {
    Ok(match outcome {
        Outcome::Sealed(sealed) => Done::Sealed(sealed),
        Outcome::Crypto(answer) => Done::Crypto(answer),
        Outcome::Payment(done) => Done::Payment(done),
        Outcome::Messages(messages) => Done::Messages(messages),
        Outcome::Token(done) => Done::Token(done),
        Outcome::PasswordHash(hash) => Done::PasswordHash(hash),
        Outcome::PasswordMatches(matches) => Done::PasswordMatches(matches),
        Outcome::Opened(opened) => Done::Opened(step(*opened, grant)?),
        Outcome::Object(request) => Done::Object(step(*request, grant)?),
        Outcome::SessionKey(block) => Done::SessionKey(step(block, grant)?),
        Outcome::Template(clear) => Done::Template(step(clear, grant)?),
        Outcome::Key(key) => Done::Key(step(*key, grant)?),
        Outcome::Made(material) => Done::Made(step(*material, grant)?),
        Outcome::PaymentKey(done) => Done::PaymentKey(step(*done, grant)?),
    })
}

fn step<T>(value: T, grant: Option<Grant>) -> Result<Box<Step<T>>, ErrorKind> {
    Ok(Box::new(Step { value, grant: grant.ok_or(ErrorKind::Internal)? }))
}

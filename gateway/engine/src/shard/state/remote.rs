//! A backend that keeps jobs and gives them back later: the core goes on serving meanwhile.
//!
//! A job's buffers belong to the backend until it gives the job back, whatever becomes of the
//! waiter: one that went away is forgotten, one whose deadline passed is answered, and the slot is
//! free only when the job is back.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Instant;

use arrayvec::ArrayVec;
use typex_core::error::ErrorKind;

use super::State;
use crate::counters::{Route, add};
use crate::execute;
use crate::handoff::Tag;
use crate::job::Done;
use crate::limits::BATCH_JOBS_MAX;

impl State {
    /// Gives the accumulated jobs to the backend. What it has no room for goes to a pool, or waits
    /// for the next call.
    pub(super) fn offload(&mut self, now: Instant) {
        let slots = &self.port.slots;
        execute::screen(&mut self.open, &mut self.completions, now, |tag| slots.is_queued(tag));
        let offered: ArrayVec<(Tag, Instant), BATCH_JOBS_MAX> =
            self.open.items().iter().map(|item| (item.tag, item.deadline)).collect();
        let Self { backend, open, .. } = self;
        let submitted = catch_unwind(AssertUnwindSafe(|| backend.submit(open)));
        let left = self.open.items().len().min(offered.len());
        let taken = &offered[..offered.len() - left];
        for (tag, deadline) in taken {
            self.waiters[tag.index()].deadline = Some(*deadline);
            self.next_deadline = Some(self.next_deadline.map_or(*deadline, |d| d.min(*deadline)));
            if submitted.is_err() {
                self.completions.push(*tag, Err(ErrorKind::Internal));
            }
        }
        add(&self.counters.routes[Route::Card as usize], taken.len() as u64);
        self.open.recount();
        if left > 0 && self.send_batch() {
            add(&self.counters.routes[Route::Spill as usize], left as u64);
        }
        self.take_in(now);
    }

    /// Delivers what the backend has finished, and answers whose deadline has passed.
    pub(super) fn take_in(&mut self, now: Instant) {
        let Self { backend, completions, .. } = self;
        // What a backend gives up in one poll it fails in the next.
        let mut poll = || {
            backend.poll(completions);
            if backend.has_completions() {
                backend.poll(completions);
            }
        };
        if catch_unwind(AssertUnwindSafe(&mut poll)).is_err() {
            // What it still holds is answered at its deadline.
            add(&self.counters.stale, 1);
        }
        self.deliver();
        if self.next_deadline.is_some_and(|deadline| deadline <= now) {
            self.expire(now);
        }
    }

    fn expire(&mut self, now: Instant) {
        self.next_deadline = None;
        for waiter in &mut self.waiters {
            let Some(deadline) = waiter.deadline else { continue };
            if deadline > now {
                self.next_deadline = Some(self.next_deadline.map_or(deadline, |d| d.min(deadline)));
                continue;
            }
            waiter.deadline = None;
            waiter.expired = waiter.result.is_none();
            self.woken.extend(waiter.waker.take());
        }
    }

    /// The answer of a job whose deadline passed while a backend has it.
    pub(super) fn take_expired(&mut self, tag: Tag) -> Option<Result<Done, ErrorKind>> {
        let waiter = &mut self.waiters[tag.index()];
        (waiter.expired, waiter.waker) = (false, None);
        self.port.slots.cancel(tag);
        add(&self.counters.expired, 1);
        self.counters.count_delivered(true);
        Some(Err(ErrorKind::Timeout))
    }
}

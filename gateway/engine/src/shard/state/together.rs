//! Jobs of a request that is dear as a whole: each of them would stay on its core, and together
//! they would keep it from everyone else.

use std::mem::swap;
use std::sync::atomic::Ordering;
use std::time::Instant;

use typex_core::error::ErrorKind;

use super::{Request, State, Submitted};
use crate::batch::Batch;
use crate::cost::{Estimate, LaneClass};
use crate::counters::{Route, add};
use crate::limits::{PARCELS_PER_SHARD, PIECE_NS, SLOTS_PER_SHARD};
use crate::pool::Parcel;

/// Jobs that have not been sent yet.
pub(super) struct Together {
    /// The newest, not enough for the lanes.
    open: Batch,
    /// Full batches before them, the newest first.
    full: Option<Box<Parcel>>,
    parcels: usize,
    full_jobs: usize,
    full_ns: u64,
    since: Option<Instant>,
}

impl Default for Together {
    fn default() -> Self {
        let open = Batch::with_room();
        Self { open, full: None, parcels: 0, full_jobs: 0, full_ns: 0, since: None }
    }
}

impl Together {
    pub(super) fn jobs(&self) -> usize {
        self.full_jobs + self.open.items().len()
    }
}

impl State {
    /// Where the jobs of a request of this work go.
    pub(in crate::shard) fn route_request(&self, request_ns: u64) -> Route {
        if self.remote {
            Route::Card
        } else if request_ns >= self.engine.tuning.pool_batch_ns {
            Route::Together
        } else {
            Route::Lanes
        }
    }

    /// Whether a job crosses to the pool with its request. The half of budget and slots that this
    /// leaves is for what comes alone; without room the core computes it, as it would without a
    /// pool.
    pub(super) fn belongs_together(&self, request: &Request, estimate: Estimate) -> bool {
        let has_room = || {
            let outstanding_ns = self.aes.outstanding_ns().saturating_add(estimate.cost_ns);
            outstanding_ns <= self.engine.tuning.aes_outstanding_ns / 2
                && self.free.len() > SLOTS_PER_SHARD / 2
        };
        self.route_request(request.request_ns) == Route::Together && has_room()
    }

    pub(super) fn submit_together(
        &mut self,
        request: &mut Request,
        estimate: Estimate,
    ) -> Result<Submitted, ErrorKind> {
        if !self.together.open.welcomes(request.partition, request.isolate) {
            self.send_together(request.now);
        }
        let item = self.admit(request, estimate)?;
        let tag = item.tag;
        add(&self.counters.admitted[LaneClass::Aes as usize], 1);
        self.together.since.get_or_insert(request.now);
        self.together.open.push(item);
        if self.together.open.is_full() {
            self.close_together(request.now);
            if self.together.full_ns >= PIECE_NS {
                self.send_together(request.now);
            }
        }
        self.count_queue();
        Ok(Submitted::Waiting(tag))
    }

    /// Sends what has waited for company as long as may be.
    #[inline]
    pub(super) fn send_overdue(&mut self, now: Instant) {
        let waited = self.together.since.map(|since| now.saturating_duration_since(since));
        if waited >= Some(self.engine.tuning.linger) {
            self.send_together(now);
        }
    }

    /// Sends all that waits with one wake-up. What finds no room is computed here.
    pub(super) fn send_together(&mut self, now: Instant) {
        self.close_together(now);
        let Some(mut full) = self.together.full.take() else { return };
        let Together { parcels, full_jobs, .. } = self.together;
        (self.together.parcels, self.together.full_jobs, self.together.full_ns) = (0, 0, 0);
        self.together.since = None;
        if self.away + parcels <= PARCELS_PER_SHARD {
            match self.send(LaneClass::Aes, full) {
                Ok(()) => {
                    // One is counted already.
                    self.away += parcels - 1;
                    add(&self.counters.routes[Route::Together as usize], full_jobs as u64);
                    return self.count_queue();
                }
                Err(refused) => full = refused,
            }
        }
        add(&self.counters.routes[Route::Lanes as usize], full_jobs as u64);
        let mut next = Some(full);
        while let Some(mut parcel) = next {
            next = parcel.next.take();
            swap(&mut parcel.batch, &mut self.open);
            self.run_here(now);
            swap(&mut parcel.batch, &mut self.open);
            self.parcels.push(parcel);
        }
        self.count_queue();
    }

    /// Puts the open batch to the full ones.
    fn close_together(&mut self, now: Instant) {
        if self.together.open.is_empty() {
            return;
        }
        swap(&mut self.open, &mut self.together.open);
        self.count_closed(now);
        swap(&mut self.open, &mut self.together.open);
        let mut parcel = self.parcels.pop().unwrap_or_else(Parcel::new);
        swap(&mut parcel.batch, &mut self.together.open);
        self.together.parcels += 1;
        self.together.full_jobs += parcel.batch.items().len();
        self.together.full_ns += parcel.batch.cost_ns();
        parcel.next = self.together.full.take();
        self.together.full = Some(parcel);
    }

    /// Delivers what a pool has finished, a parcel and all that went with it.
    pub(super) fn take_back(&mut self, parcel: Box<Parcel>) {
        let mut next = Some(parcel);
        while let Some(mut parcel) = next {
            next = parcel.next.take();
            self.away -= 1;
            self.counters.count_parcel(parcel.waited, parcel.beside);
            swap(&mut parcel.completions, &mut self.completions);
            self.deliver();
            swap(&mut parcel.completions, &mut self.completions);
            self.parcels.push(parcel);
        }
    }

    /// Tells how much waits for company.
    pub(super) fn count_queue(&self) {
        let jobs = self.open.items().len() + self.together.jobs();
        self.counters.queue_jobs.store(jobs as u64, Ordering::Relaxed);
    }
}

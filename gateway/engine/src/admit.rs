//! Admission by outstanding work, fair between partitions, without locks.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Instant;

use typex_core::id::PartitionId;

use crate::limits::{BURST, PARTITION_BUCKETS};

/// Outstanding estimated work of one lane class against its limit.
///
/// Below half of the limit everyone is admitted. Above, a partition may hold its fair share: the
/// limit divided by the partitions that have work outstanding. One that comes late finds room for
/// its share beyond the limit, up to twice the limit, where everything is refused.
///
/// What waits in a burst is gone soon. A queue that stands makes everyone late and nothing faster,
/// so a budget may have a smaller limit for it: when more than that has been outstanding for
/// [`BURST`], it is the limit, until a quarter of it or less is outstanding.
pub struct Budget {
    limit_ns: u64,
    standing_ns: u64,
    epoch: Instant,
    /// Microseconds from `epoch` to when more than `standing_ns` came to be outstanding; 0: it is
    /// not.
    crowded_us: AtomicU64,
    outstanding_ns: AtomicU64,
    jobs: AtomicUsize,
    active: AtomicUsize,
    partitions: Box<[AtomicU64]>,
}

/// Admitted work, to be given back with [`Budget::release`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Charge {
    cost_ns: u64,
    bucket: usize,
}

impl Budget {
    /// An empty budget.
    pub fn new(limit_ns: u64) -> Self {
        Self::with_standing(limit_ns, limit_ns)
    }

    /// An empty budget with a smaller limit for a queue that stands.
    pub fn with_standing(limit_ns: u64, standing_ns: u64) -> Self {
        Self {
            limit_ns,
            standing_ns: standing_ns.min(limit_ns),
            epoch: Instant::now(),
            crowded_us: AtomicU64::new(0),
            outstanding_ns: AtomicU64::new(0),
            jobs: AtomicUsize::new(0),
            active: AtomicUsize::new(0),
            partitions: (0..PARTITION_BUCKETS).map(|_| AtomicU64::new(0)).collect(),
        }
    }

    /// Admits work of a partition, or refuses it at once with `None`.
    pub fn admit(&self, partition: PartitionId, cost_ns: u64, now: Instant) -> Option<Charge> {
        // A job that costs nothing would make a partition look idle.
        let charge = Charge { cost_ns: cost_ns.max(1), bucket: bucket(partition) };
        let total = self.outstanding_ns.fetch_add(charge.cost_ns, Ordering::Relaxed);
        let own = self.partitions[charge.bucket].fetch_add(charge.cost_ns, Ordering::Relaxed);
        self.jobs.fetch_add(1, Ordering::Relaxed);
        let active =
            self.active.fetch_add(usize::from(own == 0), Ordering::Relaxed) + usize::from(own == 0);
        let limit_ns = self.limit(total, now);
        if has_room(limit_ns, (total, own), charge.cost_ns, active) {
            return Some(charge);
        }
        self.release(charge);
        None
    }

    /// Gives back what [`admit`](Self::admit) took.
    pub fn release(&self, charge: Charge) {
        let left = self.partitions[charge.bucket].fetch_sub(charge.cost_ns, Ordering::Relaxed);
        self.active.fetch_sub(usize::from(left == charge.cost_ns), Ordering::Relaxed);
        self.jobs.fetch_sub(1, Ordering::Relaxed);
        self.outstanding_ns.fetch_sub(charge.cost_ns, Ordering::Relaxed);
    }

    /// Outstanding estimated work, ns.
    pub fn outstanding_ns(&self) -> u64 {
        self.outstanding_ns.load(Ordering::Relaxed)
    }

    /// Outstanding jobs.
    pub fn jobs(&self) -> usize {
        self.jobs.load(Ordering::Relaxed)
    }

    /// The limit at this moment, when so much is outstanding.
    fn limit(&self, total: u64, now: Instant) -> u64 {
        if self.standing_ns == self.limit_ns {
            return self.limit_ns;
        }
        let crowded_us = self.crowded_us.load(Ordering::Relaxed);
        if total <= self.standing_ns / 4 {
            if crowded_us != 0 {
                self.crowded_us.store(0, Ordering::Relaxed);
            }
            return self.limit_ns;
        }
        let now_us = now.saturating_duration_since(self.epoch).as_micros() as u64;
        if crowded_us == 0 {
            if total > self.standing_ns {
                self.crowded_us.store(now_us.max(1), Ordering::Relaxed);
            }
            return self.limit_ns;
        }
        let is_burst = now_us.saturating_sub(crowded_us) < BURST.as_micros() as u64;
        if is_burst { self.limit_ns } else { self.standing_ns }
    }
}

/// Whether `cost` may come to what is outstanding in all, and of the partition.
fn has_room(limit_ns: u64, (total, own): (u64, u64), cost: u64, active: usize) -> bool {
    if total == 0 {
        // A job dearer than the whole limit runs when nothing else does.
        return true;
    }
    let total = total.saturating_add(cost);
    let own_after = own.saturating_add(cost);
    if total > limit_ns.saturating_mul(2) {
        return false;
    }
    let share = limit_ns / active.max(1) as u64;
    total <= limit_ns / 2 || own_after <= share || own == 0
}

/// Identities are random, so any two bytes spread well.
fn bucket(partition: PartitionId) -> usize {
    usize::from(u16::from_be_bytes([partition.0[0], partition.0[1]])) % PARTITION_BUCKETS
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: PartitionId = PartitionId([1; 16]);
    const B: PartitionId = PartitionId([2; 16]);
    const C: PartitionId = PartitionId([3; 16]);

    fn fill(budget: &Budget, partition: PartitionId, cost: u64) -> Vec<Charge> {
        std::iter::from_fn(|| budget.admit(partition, cost, budget.epoch)).collect()
    }

    #[test]
    fn one_partition_alone_gets_the_limit_and_no_more() {
        let budget = Budget::new(1000);
        assert_eq!(fill(&budget, A, 10).len(), 100);
        assert_eq!((budget.outstanding_ns(), budget.jobs()), (1000, 100));
    }

    #[test]
    fn a_late_partition_gets_its_share_while_the_greedy_one_waits() {
        let budget = Budget::new(1000);
        let mut greedy = fill(&budget, A, 10);
        assert_eq!(fill(&budget, B, 10).len(), 50);
        assert_eq!(fill(&budget, C, 10).len(), 33);
        // A drains to its third before it is admitted again.
        while budget.admit(A, 10, budget.epoch).is_none() {
            budget.release(greedy.pop().unwrap());
        }
        assert_eq!(greedy.len(), 32);
    }

    #[test]
    fn everything_stops_at_twice_the_limit() {
        let budget = Budget::new(1000);
        let admitted: usize =
            (0..=255).map(|id| fill(&budget, PartitionId([id; 16]), 10).len()).sum();
        assert_eq!(admitted, 200);
    }

    #[test]
    fn what_is_released_can_be_taken_again() {
        let budget = Budget::new(1000);
        for _ in 0..3 {
            let charges = fill(&budget, A, 7);
            assert_eq!(charges.len(), 142);
            charges.into_iter().for_each(|charge| budget.release(charge));
            assert_eq!((budget.outstanding_ns(), budget.jobs()), (0, 0));
        }
    }

    #[test]
    fn a_burst_has_more_room_than_a_queue_that_stands() {
        let budget = Budget::with_standing(1000, 400);
        let admit = |at| budget.admit(A, 10, budget.epoch + at);
        let ms = std::time::Duration::from_millis;
        let mut held: Vec<_> = std::iter::from_fn(|| admit(ms(1))).collect();
        assert_eq!(held.len(), 100);
        // Half a burst later it is still one.
        held.drain(..10).for_each(|charge| budget.release(charge));
        assert!(admit(ms(1) + BURST / 2).is_some_and(|charge| {
            held.push(charge);
            true
        }));
        // It has not gone away: everyone waits for what is beyond 400.
        let late = ms(1) + BURST;
        assert!(admit(late).is_none());
        held.drain(..51).for_each(|charge| budget.release(charge));
        assert!(admit(late).is_none(), "there are {} of 40", held.len());
        held.drain(..1).for_each(|charge| budget.release(charge));
        held.extend(admit(late));
        assert_eq!(held.len(), 40);
        // Less than that does not yet make it a burst again; a quarter does.
        held.drain(..20).for_each(|charge| budget.release(charge));
        let more: Vec<_> = std::iter::from_fn(|| admit(late)).collect();
        assert_eq!(more.len(), 20);
        held.drain(..).chain(more).for_each(|charge| budget.release(charge));
        assert_eq!(std::iter::from_fn(|| admit(late)).count(), 100);
    }

    #[test]
    fn a_job_beyond_the_limit_runs_alone() {
        let budget = Budget::new(1000);
        let charge = budget.admit(A, 50_000, budget.epoch).unwrap();
        assert!(budget.admit(B, 1, budget.epoch).is_none());
        budget.release(charge);
        assert!(budget.admit(B, 1, budget.epoch).is_some());
    }
}

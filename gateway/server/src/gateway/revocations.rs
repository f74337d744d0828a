//! Tells every core that a key, an API key or a client stopped working.

use std::pin::pin;
use std::sync::atomic::{AtomicU64, Ordering};

use tokio::sync::Notify;
use typex_core::PartitionId;

/// Counts of changes within partitions. Partitions are random, so their first byte spreads them.
const PARTITIONS: usize = 256;

/// Counts revocations, and wakes whoever keeps something that one of them may concern.
pub struct Revocations {
    count: AtomicU64,
    within: [AtomicU64; PARTITIONS],
    raised: Notify,
}

impl Default for Revocations {
    fn default() -> Self {
        let within = [const { AtomicU64::new(0) }; PARTITIONS];
        Self { count: AtomicU64::new(0), within, raised: Notify::new() }
    }
}

impl Revocations {
    /// How many there were. What was read from the store before it changed may be out of date.
    pub fn count(&self) -> u64 {
        self.count.load(Ordering::Acquire)
    }

    /// Counts one. The store must know of it already.
    pub fn raise(&self) {
        self.count.fetch_add(1, Ordering::AcqRel);
        self.raised.notify_waiters();
    }

    /// How many there were, with the changes within a partition: of what its names mean, and of the
    /// states of its keys. Clients make such changes, so those of one cost no other its caches.
    pub fn count_in(&self, partition: PartitionId) -> u64 {
        self.count().wrapping_add(self.within(partition).load(Ordering::Acquire))
    }

    /// Counts a change within a partition. The store must know of it already.
    pub fn raise_in(&self, partition: PartitionId) {
        self.within(partition).fetch_add(1, Ordering::AcqRel);
        self.raised.notify_waiters();
    }

    fn within(&self, partition: PartitionId) -> &AtomicU64 {
        &self.within[usize::from(partition.0[0])]
    }

    /// Calls `act` now and after every revocation, without end.
    pub(super) async fn each(&self, mut act: impl FnMut()) {
        loop {
            let mut raised = pin!(self.raised.notified());
            // From here on none is missed, so what `act` does not see comes after it.
            raised.as_mut().enable();
            act();
            raised.await;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    #[test]
    fn a_change_within_a_partition_is_counted_there() {
        let revocations = Revocations::default();
        let (one, other) = (PartitionId([1; 16]), PartitionId([2; 16]));
        revocations.raise_in(one);
        let counts = [revocations.count(), revocations.count_in(one), revocations.count_in(other)];
        assert_eq!(counts, [0, 1, 0]);
        revocations.raise();
        let counts = [revocations.count(), revocations.count_in(one), revocations.count_in(other)];
        assert_eq!(counts, [1, 2, 1]);
    }

    #[tokio::test]
    async fn every_revocation_is_seen_at_once() {
        let revocations = Revocations::default();
        let seen = Cell::new(0);
        let watch = async {
            revocations.each(|| seen.set(revocations.count())).await;
        };
        let raise = async {
            for count in 1..=3 {
                revocations.raise();
                tokio::task::yield_now().await;
                assert_eq!(seen.get(), count);
            }
        };
        tokio::select! {
            biased;
            () = watch => unreachable!("it has no end"),
            () = raise => {}
        }
    }
}

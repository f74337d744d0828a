//! Tells every core that a key, an API key or a client stopped working.

use std::pin::pin;
use std::sync::atomic::{AtomicU64, Ordering};

use tokio::sync::Notify;

/// Counts revocations, and wakes whoever keeps something that one of them may concern.
#[derive(Default)]
pub struct Revocations {
    count: AtomicU64,
    raised: Notify,
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

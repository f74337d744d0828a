//! What can be wrong with a card.

use std::sync::atomic::{AtomicU64, Ordering};

/// Why a card was taken out of use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FaultKind {
    /// The CRC of a completion is wrong.
    Check,
    /// A completion names no job in flight, or a count that cannot be.
    Tag,
    /// The card was reset behind the host's back.
    Epoch,
    /// A completion has another length than its job.
    Length,
    /// A status that no job of ours can have.
    Status,
    /// Too many jobs whose data the card could not read.
    DataRead,
    /// A job took longer than it may.
    Hang,
    /// The link failed: the card does not answer or is gone.
    Link,
    /// The card says that it has stopped.
    Fatal,
    /// A ring has stopped.
    Ring,
    /// The self-test failed.
    SelfTest,
    /// An operator asked for a reset.
    Operator,
}

impl FaultKind {
    /// Every kind.
    pub const ALL: [Self; 12] = [
        Self::Check,
        Self::Tag,
        Self::Epoch,
        Self::Length,
        Self::Status,
        Self::DataRead,
        Self::Hang,
        Self::Link,
        Self::Fatal,
        Self::Ring,
        Self::SelfTest,
        Self::Operator,
    ];

    /// Name in metrics.
    pub fn name(self) -> &'static str {
        match self {
            Self::Check => "check",
            Self::Tag => "tag",
            Self::Epoch => "epoch",
            Self::Length => "length",
            Self::Status => "status",
            Self::DataRead => "data_read",
            Self::Hang => "hang",
            Self::Link => "link",
            Self::Fatal => "fatal",
            Self::Ring => "ring",
            Self::SelfTest => "selftest",
            Self::Operator => "operator",
        }
    }
}

/// Counters with names, one per value of an enum.
pub(super) struct Tally<const N: usize>([AtomicU64; N]);

impl<const N: usize> Tally<N> {
    pub(super) fn new() -> Self {
        Self(std::array::from_fn(|_| AtomicU64::new(0)))
    }

    pub(super) fn count(&self, which: usize) {
        if let Some(counter) = self.0.get(which) {
            counter.fetch_add(1, Ordering::Relaxed);
        }
    }

    pub(super) fn rows(&self, name: impl Fn(usize) -> &'static str) -> Vec<(&'static str, u64)> {
        let counted = self.0.iter().enumerate();
        counted.map(|(at, counter)| (name(at), counter.load(Ordering::Relaxed))).collect()
    }
}

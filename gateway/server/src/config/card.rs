//! Options of the card, for the backends that drive one.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::load::Bounded;
use super::milliseconds;

/// Which card. Both are simulated.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum CardKind {
    /// The behavioural card.
    #[default]
    Model,
    /// The Verilated RTL; needs a build with the feature `cosim`.
    Rtl,
}

impl CardKind {
    /// As options and metrics write it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Model => "model",
            Self::Rtl => "rtl",
        }
    }
}

/// PCI Express link of the simulated card.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Link {
    /// Generation 3, 8 lanes.
    Gen3x8,
    /// Generation 3, 16 lanes.
    #[default]
    Gen3x16,
    /// Generation 4, 8 lanes.
    Gen4x8,
    /// Generation 4, 16 lanes.
    Gen4x16,
    /// Generation 5, 16 lanes.
    Gen5x16,
}

/// How long the simulated host takes to answer the card.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Latency {
    /// A server whose memory answers from its cache.
    #[default]
    Good,
    /// One with long tails.
    BadHost,
}

/// What can go wrong between a simulated card and its host.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Fault {
    /// The data of a read never comes.
    DropCompletion,
    /// It comes late.
    DelayCompletion,
    /// It comes twice.
    DuplicateCompletion,
    /// A part of it is missing.
    TruncateCompletion,
    /// It is marked as damaged.
    PoisonCompletion,
    /// A read is answered as if nothing were at its address.
    BadAddress,
    /// A write lands late, possibly after a reset.
    LateWrite,
    /// An interrupt is lost.
    LoseInterrupt,
    /// A register write is lost.
    LoseRegisterWrite,
    /// The card's clock stands until it is reset.
    Hang,
    /// The card is gone until it is plugged in again.
    Removal,
    /// The card is reset within a write.
    ResetInBurst,
    /// The card is not there from the start.
    Absent,
}

/// The card.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Card {
    /// Which card.
    pub kind: CardKind,
    /// Its link.
    pub link: Link,
    /// Latencies of its host.
    pub latency: Latency,
    /// Seed of what varies in the simulation: latencies and faults.
    pub seed: u64,
    /// Entries of each ring; a power of two.
    pub ring_entries: usize,
    /// A job without completion for so many microseconds of the link's clock faults the card.
    pub job_timeout_us: u64,
    /// So does one without completion for so many milliseconds of ours.
    pub stall_ms: u64,
    /// Completions after which an armed interrupt fires.
    pub interrupt_completions: u8,
    /// Or microseconds of the link's clock after the first.
    pub interrupt_us: u16,
    /// Longest pause between attempts to bring a faulted card back, in milliseconds.
    pub retry_ms: u64,
    /// Transactions of the link that are kept for `typex card trace`; 0: none.
    pub trace_events: usize,
    /// Kinds of faults that the simulation injects; for development.
    pub faults: Vec<Fault>,
    /// How many of them; kinds and times are drawn.
    pub fault_count: u64,
    /// One in each so many microseconds of the link's clock, on average.
    pub fault_interval_us: u64,
}

impl Default for Card {
    fn default() -> Self {
        let options = typex_engine::CardOptions::default();
        Self {
            kind: CardKind::default(),
            link: Link::default(),
            latency: Latency::default(),
            seed: 1,
            ring_entries: options.ring_entries,
            job_timeout_us: microseconds(options.job_timeout),
            stall_ms: milliseconds(options.stall_limit),
            interrupt_completions: options.moderation_count,
            interrupt_us: options.moderation_us,
            retry_ms: milliseconds(options.retry_max),
            trace_events: 4096,
            faults: Vec::new(),
            fault_count: 1,
            fault_interval_us: 1_000,
        }
    }
}

impl Card {
    pub(super) fn ranges(&self) -> Vec<Bounded> {
        let timeout = "must be 100 to 60000000";
        let minute = "must be 10 to 60000";
        let interval = "must be 1 to 1000000";
        vec![
            ("card.ring_entries", self.ring_entries as u64, 16..=4096, "must be 16 to 4096"),
            ("card.job_timeout_us", self.job_timeout_us, 100..=60_000_000, timeout),
            ("card.stall_ms", self.stall_ms, 10..=60_000, minute),
            ("card.retry_ms", self.retry_ms, 10..=60_000, minute),
            ("card.trace_events", self.trace_events as u64, 0..=1_000_000, "must be 0 to 1000000"),
            ("card.fault_count", self.fault_count, 0..=64, "must be 0 to 64"),
            ("card.fault_interval_us", self.fault_interval_us, 1..=1_000_000, interval),
        ]
    }
}

fn microseconds(span: Duration) -> u64 {
    u64::try_from(span.as_micros()).unwrap_or(u64::MAX)
}

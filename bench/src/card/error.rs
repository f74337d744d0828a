//! Why there is no figure.

use pcie_sim::{HostError, MemoryError};
use typex_abi::{ProgramError, Status};
use typex_card::host::{RingError, StartError};

/// Why there is no figure.
#[derive(Debug, thiserror::Error)]
pub enum BenchError {
    /// The card could not be made.
    #[error("no card: {0}")]
    NoCard(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// A register or memory could not be reached.
    #[error(transparent)]
    Host(#[from] HostError),
    /// Memory of the simulated host.
    #[error(transparent)]
    Memory(#[from] MemoryError),
    /// The first register does not hold the magic.
    #[error("not a card: {0:#010x}")]
    NotACard(u32),
    /// The card was built of other RTL than the one that the report would name.
    #[error("the card's build is {build:#010x}, not {named:#010x}")]
    OtherCard {
        /// First 32 bits of the hash that was named; 0 without one.
        named: u32,
        /// What the card says.
        build: u32,
    },
    /// The card does not start.
    #[error(transparent)]
    Start(#[from] StartError),
    /// The ring could not be used, or gave a completion that cannot be read.
    #[error(transparent)]
    Ring(#[from] RingError),
    /// A completion for a tag that no job has.
    #[error("completion {number} has tag {tag}, which no job has")]
    Tag {
        /// Its number in the ring's life.
        number: u64,
        /// Its tag.
        tag: u16,
    },
    /// A job did not end well.
    #[error("job {tag} ended with {status:?}")]
    Refused {
        /// Its tag.
        tag: u16,
        /// How it ended.
        status: Status,
    },
    /// A job's output is not what software makes of its input.
    #[error("job {tag}: wrong output")]
    WrongOutput {
        /// Its tag.
        tag: u16,
    },
    /// Nothing came back for a long time.
    #[error("{waiting} jobs wait, and nothing has come for 1 ms")]
    Stalled {
        /// Jobs on the card.
        waiting: usize,
    },
    /// The card has answered all jobs, and is not idle 1 ms later.
    #[error("no job is under way, and the card is not idle")]
    NotIdle,
    /// The load was over before its steady part began.
    #[error("too few messages for a steady part")]
    TooShort,
    /// A counter of the card and what came over the link do not agree.
    #[error("{row}: counter {counter} says {card}, the completions say {host}")]
    Counter {
        /// The row.
        row: String,
        /// The counter.
        counter: &'static str,
        /// What the card counted.
        card: u64,
        /// What it should have counted.
        host: u64,
    },
    /// A program that no card would accept.
    #[error(transparent)]
    Program(#[from] ProgramError),
    /// A plot could not be drawn.
    #[error("plot: {0}")]
    Plot(String),
}

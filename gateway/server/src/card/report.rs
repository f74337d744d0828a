//! What `typex card` tells of a card. Nothing here is secret: no key, no payload.

use serde::{Deserialize, Serialize};

/// Everything an operator may see of the card in use.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    /// `model` or `rtl`.
    pub card: String,
    /// The backend that drives it.
    pub backend: String,
    /// What it is.
    pub identity: Identity,
    /// How it is doing.
    pub state: State,
    /// What runs on it, and what does not.
    pub capabilities: Vec<Capability>,
    /// Rings and what is in them.
    pub rings: Vec<Ring>,
    /// Keys on the card.
    pub keys: Keys,
    /// Jobs by where they ran.
    pub jobs: Jobs,
    /// What went wrong.
    pub faults: Faults,
    /// The card's own counters, by their names in the ABI.
    pub counters: Vec<Count>,
}

/// What a card is, as its registers say.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identity {
    /// Version of the ABI.
    pub abi: String,
    /// First 32 bits of the SHA-256 of the RTL; zeros for the behavioural card.
    pub build: String,
    /// Name of its configuration.
    pub configuration: String,
    /// Clock in kHz; 0 if the card does not know it.
    pub clock_khz: u64,
    /// Link and latencies of the simulation.
    pub link: String,
    /// Seed of the simulation.
    pub seed: u64,
    /// Sizes: lanes, rings, slots and the like, by name.
    pub shape: Vec<Count>,
}

/// How a card is doing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct State {
    /// Whether it takes jobs.
    pub up: bool,
    /// The same in a word: `up`, or what keeps it from that.
    pub word: String,
    /// Whether its self-test has passed.
    pub tested: bool,
    /// Reset epoch that completions carry; counts modulo 128.
    pub epoch: u64,
    /// Times that the gateway attached to the card.
    pub incarnation: u64,
    /// How the last self-test ended.
    pub selftest: String,
    /// Why the last attempt to bring it up failed; absent while it is up.
    pub problem: Option<String>,
    /// Names of the errors that are latched.
    pub errors: Vec<String>,
}

/// One thing that backends do, and where.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Capability {
    /// The operation.
    pub operation: String,
    /// The algorithm and its sizes.
    pub algorithm: String,
    /// `card` or `software`.
    pub runs: String,
    /// Why there.
    pub reason: String,
}

/// One pair of rings.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ring {
    /// Its number.
    pub index: u64,
    /// Entries.
    pub entries: u64,
    /// Jobs in it now.
    pub in_flight: u64,
    /// Jobs since the start.
    pub submitted: u64,
    /// Completions since the start.
    pub completed: u64,
    /// Doorbells since the start.
    pub doorbells: u64,
    /// Interrupts since the start.
    pub interrupts: u64,
}

/// The slots of the card as a cache of keys.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Keys {
    /// Slots.
    pub slots: u64,
    /// Slots with a key.
    pub resident: u64,
    /// Jobs whose key was there.
    pub hits: u64,
    /// Jobs whose key had to be loaded.
    pub misses: u64,
    /// Keys that gave way to others.
    pub evictions: u64,
    /// Keys that were revoked, destroyed or dropped, and whose slots were emptied for that.
    pub zeroised: u64,
}

/// Jobs by where they ran.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Jobs {
    /// On the card, by operation.
    pub card: Vec<Count>,
    /// In software, by reason.
    pub software: Vec<Count>,
}

/// What went wrong.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Faults {
    /// Faults by kind.
    pub kinds: Vec<Count>,
    /// Jobs that began on the card and were answered by software.
    pub failovers: u64,
    /// Times that the card came back.
    pub recoveries: u64,
    /// How long the last recovery took, in microseconds of the link's clock.
    pub recovery_us: u64,
    /// The last fault.
    pub last: Option<LastFault>,
}

/// The last fault.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LastFault {
    /// Its kind.
    pub kind: String,
    /// Milliseconds since 1970.
    pub time_ms: u64,
}

/// A name and a number.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Count {
    /// What is counted.
    pub name: String,
    /// How many.
    pub value: u64,
}

impl Count {
    /// The two together.
    pub fn new(name: &str, value: u64) -> Self {
        Self { name: name.to_owned(), value }
    }
}

/// How a self-test ended.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tested {
    /// `model` or `rtl`.
    pub card: String,
    /// Whether every known answer was right.
    pub passed: bool,
    /// What went wrong.
    pub reason: Option<String>,
}

/// A card that is in use again.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Restarted {
    /// `model` or `rtl`.
    pub card: String,
    /// Its reset epoch now.
    pub epoch: u64,
    /// How long it was away, in microseconds of the link's clock.
    pub took_us: u64,
}

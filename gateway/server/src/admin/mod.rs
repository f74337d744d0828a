//! What an operator does with keys, clients and the card. The same request is carried out by the
//! running gateway, which it reaches over a socket in the data directory, or on the store itself
//! when no gateway runs.

mod card;
mod keys;
mod listed;
pub mod payments;
mod perform;
mod socket;
pub mod tokens;

pub use listed::Listed;
pub(crate) use perform::entry;
pub use perform::{Desk, ROWS_MAX, perform};
pub use socket::{Listener, ask, withdraw};

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::card::{Excerpt, Report, Restarted, Tested};

/// What an operator asks for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Request {
    /// Whether a gateway runs.
    Ping,
    /// All keys, or those of one partition.
    Keys {
        /// 32 hex digits.
        partition: Option<String>,
    },
    /// One key.
    Key {
        /// 32 hex digits.
        id: String,
    },
    /// Another state for a key.
    ChangeKey {
        /// 32 hex digits.
        id: String,
        /// Which state.
        to: Change,
    },
    /// A new client with one API key.
    AddClient {
        /// For people.
        name: String,
    },
    /// Leave to create the client of an open registration.
    ConfirmClient {
        /// The registration's id: 40 letters and digits.
        registration: String,
    },
    /// All clients.
    Clients,
    /// The end of a client and its API keys.
    RevokeClient {
        /// 32 hex digits.
        id: String,
    },
    /// A new virtual security module.
    AddHem {
        /// Its host name.
        name: String,
    },
    /// All virtual security modules.
    Hems,
    /// Service of one that its owner shut down.
    StartHem {
        /// Its host name.
        name: String,
    },
    /// The end of one, with its keys and logs.
    RemoveHem {
        /// Its host name.
        name: String,
    },
    /// A copy of the store.
    Backup {
        /// Where to.
        file: PathBuf,
    },
    /// Something about the card in use.
    Card(CardRequest),
    /// Something about payments.
    Payments(Box<payments::PaymentRequest>),
    /// Something about tokens.
    Tokens(Box<tokens::TokenRequest>),
}

/// What an operator asks of the card.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum CardRequest {
    /// What it is and how it is doing.
    Show,
    /// Its self-test.
    Selftest,
    /// A reset.
    Reset,
    /// Transactions of its link.
    Trace {
        /// From this number on.
        from: Option<u64>,
        /// At most so many, the last.
        last: usize,
    },
}

/// State changes of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Change {
    /// Not usable until resumed.
    Suspend,
    /// Usable again.
    Resume,
    /// Material erased for ever.
    Destroy,
}

/// What comes back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Answer {
    /// Keys.
    Keys(Listed<Key>),
    /// Clients.
    Clients(Listed<Client>),
    /// A new client. The only time that its API key is told.
    Added {
        /// The client.
        client: Client,
        /// Its API key.
        api_key: String,
    },
    /// Virtual security modules.
    Hems(Vec<Hem>),
    /// The backup was written.
    BackedUp {
        /// Records in it.
        records: u64,
        /// The store's epoch.
        epoch: u64,
    },
    /// What the card is and how it is doing.
    Card(Box<Report>),
    /// How the card's self-test ended.
    CardTested(Tested),
    /// The card was reset and is in use again.
    CardReset(Restarted),
    /// Transactions of the card's link.
    CardTrace(Excerpt),
    /// About payments.
    Payments(Box<payments::PaymentAnswer>),
    /// About tokens.
    Tokens(Box<tokens::TokenAnswer>),
    /// Done, nothing to tell.
    Done,
    /// Not done.
    Refused {
        /// Why.
        reason: String,
    },
}

/// What is public about a key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Key {
    /// 32 hex digits.
    pub id: String,
    /// Its owner.
    pub partition: String,
    /// Number within the partition, in hex as dialects write it.
    pub object: Option<String>,
    /// Counts from 1.
    pub version: u32,
    /// The operations it allows: one, `general` or `payment`.
    pub usage: String,
    /// Bits of its modulus, of a key for raw RSA.
    #[serde(default)]
    pub modulus_bits: Option<u32>,
    /// Its algorithm and what it may do, of a key that serves more than one operation.
    #[serde(default)]
    pub algorithm: Option<String>,
    /// What its owner calls it.
    #[serde(default)]
    pub label: Option<String>,
    /// Data lengths it accepts: `exactly`, `one_or_two_blocks` or `up_to`.
    pub lengths: String,
    /// The length in that, in bytes.
    #[serde(default)]
    pub length_bytes: Option<u16>,
    /// `active`, `suspended` or `destroyed`.
    pub state: String,
    /// Where it may be used in the clear: `any` or `card`.
    pub residency: String,
    /// Who made it: `client` or `service`.
    pub origin: String,
    /// Milliseconds since 1970.
    pub created_ms: u64,
}

/// What is public about a client.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Client {
    /// 32 hex digits.
    pub id: String,
    /// Its partition.
    pub partition: String,
    /// Its own name for itself.
    pub name: String,
    /// API keys it was given.
    pub api_keys: u32,
    /// `enabled`, `disabled` or `removed`.
    pub status: String,
    /// Milliseconds since 1970.
    pub created_ms: u64,
}

/// What is public about a virtual security module.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hem {
    /// Its host name.
    pub name: String,
    /// 32 hex digits: where its keys are.
    pub partition: String,
    /// Whether the running gateway serves it.
    pub serves: bool,
    /// What its owner calls himself, if it has one.
    pub owner: Option<String>,
    /// The host name that its owner gave it.
    pub host: Option<String>,
}

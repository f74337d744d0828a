//! The path of a request: parse, authenticate, resolve, authorize, record, submit, render.
//!
//! [`Gateway`] is what all cores share; [`Core`] is one core's half, which the transport calls.

mod bulk;
mod cache;
mod caller;
mod core;
mod crypto;
mod enrol;
mod keys;
mod manage;
mod objects;
mod payment;
mod process;
mod record;
mod register;
mod revocations;
mod stream;
pub(crate) mod token;
mod transform;
mod user_auth;

pub use self::core::Core;
pub(crate) use self::core::Inner;
pub(crate) use cache::Cache;
pub(crate) use caller::Caller;
pub use enrol::IMPORT_KEY;
pub(crate) use payment::lacking;
pub use payment::{Counts, Payments};
pub(crate) use record::entry;
pub use revocations::Revocations;
pub use token::Tokens;

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use typex_core::key::DataLengths;
use typex_dialect::{Dialect, Listener};
use typex_engine::Engine;
use typex_engine::algorithm::Random;
use typex_store::Store;

use crate::card::Card;
use crate::config::PaymentRules;
use crate::hem::Hems;
use crate::metrics::Metrics;
use crate::registration;

/// What all cores share.
pub struct Gateway {
    /// Keys, clients and the audit log.
    pub store: Store,
    /// Lanes, pools and backends.
    pub engine: Arc<Engine>,
    /// Where secrets of keys come from; tested as it is used.
    pub random: Arc<Random>,
    /// Virtual security modules.
    pub hems: Arc<Hems>,
    /// The card that the engine's backend drives, if it drives one.
    pub card: Option<Arc<Card>>,
    /// The listeners, in the order of the transport's roles.
    pub roles: Vec<Role>,
    /// What the operator decided.
    pub rules: Rules,
    /// What the registration functions need; known once the listeners are.
    pub registration: OnceLock<registration::Context>,
    /// What payment operations of all cores share.
    pub payments: Payments,
    /// What operations on tokens of all cores share.
    pub tokens: Tokens,
    /// Raised whenever a key, an API key, a client or a grant stops working.
    pub revocations: Revocations,
    /// Counts and times of requests.
    pub metrics: Metrics,
}

/// What a listener serves.
#[derive(Clone, Copy)]
pub struct Role {
    /// The foreign API.
    pub dialect: &'static dyn Dialect,
    /// Which of its listeners.
    pub listener: &'static Listener,
}

/// Choices of the operator that requests depend on.
#[derive(Clone, Debug)]
pub struct Rules {
    /// A request not finished by then is answered as timed out.
    pub deadline: Duration,
    /// Whether data operations are on disk before their answer.
    pub strict_audit: bool,
    /// Data lengths of new AES keys.
    pub block_lengths: DataLengths,
    /// Payment operations.
    pub payments: PaymentRules,
    /// Where the engine answers that makes codes for values.
    pub transform_mount: String,
}

impl Gateway {
    /// Whether every function can be served.
    pub fn is_ready(&self) -> bool {
        self.registration.get().is_some() && self.store.is_healthy() && self.can_compute()
    }

    /// What is wrong with the card, while software computes in its place.
    pub fn card_trouble(&self) -> Option<String> {
        self.card.as_ref()?.trouble()
    }

    /// A backend that does not replace its card has nothing else while it is down.
    fn can_compute(&self) -> bool {
        let replaced = self.engine.backend().replaces_card;
        self.card.as_ref().is_none_or(|card| replaced || card.is_up())
    }
}

//! What `/metrics` shows: requests by kind, and the counters that engine and transport keep.

mod card;
mod collect;
mod latency;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::registry::{Registry, Unit};
use typex_core::ErrorKind;
use typex_core::audit::code;
use typex_core::op::Action;
use typex_engine::{Engine, Route};

use crate::card::Card;
use crate::transport::{Observer, Transport};
use card::CardCollected;
use collect::{Collected, Label};
use latency::Latencies;

/// Everything that is measured.
pub struct Metrics {
    registry: Registry,
    requests: Family<RequestLabels, Counter>,
    latency: Family<ActionLabel, Latencies>,
    not_understood: Family<TransportLabel, Counter>,
    batches: Family<Label, Counter>,
    deletions_failed: Counter,
    token_collisions: Counter,
    tokens_exhausted: Counter,
    tokens_filled: Counter,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RequestLabels {
    action: &'static str,
    transport: &'static str,
    outcome: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ActionLabel {
    action: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct TransportLabel {
    transport: &'static str,
}

impl Metrics {
    /// Nothing counted yet; shows what `engine`, `observer` and `card` count as well.
    pub fn new(engine: Arc<Engine>, observer: Arc<Observer>, card: Option<Arc<Card>>) -> Self {
        let mut registry = Registry::with_prefix("typex");
        let requests = Family::default();
        registry.register("requests", "Requests by kind and outcome", requests.clone());
        let latency: Family<ActionLabel, Latencies> = Family::default();
        let help = "From the parsed request to its result";
        registry.register_with_unit("request_latency", help, Unit::Seconds, latency.clone());
        let not_understood = Family::default();
        let help = "Requests answered by a dialect alone";
        registry.register("requests_not_understood", help, not_understood.clone());
        let batches = Family::default();
        let help = "Batches of the stream protocol, by where their records are computed";
        registry.register("stream_batches", help, batches.clone());
        let deletions_failed = Counter::default();
        let help = "Deletions of payment keys that were due and failed; they are tried again";
        registry.register("payment_deletions_failed", help, deletions_failed.clone());
        let [token_collisions, tokens_exhausted, tokens_filled] = register_tokens(&mut registry);
        registry.register_collector(Box::new(Collected { engine, observer }));
        if let Some(card) = card {
            registry.register_collector(Box::new(CardCollected(card)));
        }
        Self {
            registry,
            requests,
            latency,
            not_understood,
            batches,
            deletions_failed,
            token_collisions,
            tokens_exhausted,
            tokens_filled,
        }
    }

    /// Counts a finished request.
    pub fn finished(
        &self,
        action: Action,
        transport: Transport,
        error: Option<ErrorKind>,
        took: Duration,
    ) {
        self.finished_alike(action, transport, error, (took, 1));
    }

    /// Counts requests that came together and ended alike, after the same time.
    pub fn finished_alike(
        &self,
        action: Action,
        transport: Transport,
        error: Option<ErrorKind>,
        (took, count): (Duration, u64),
    ) {
        let action = action.name();
        let outcome = error.map_or("ok", code::name);
        let labels = RequestLabels { action, transport: transport.name(), outcome };
        self.requests.get_or_create(&labels).inc_by(count);
        self.latency.get_or_create(&ActionLabel { action }).observe(took, count);
    }

    /// Counts a request that a dialect answered without the gateway.
    pub fn not_understood(&self, transport: Transport) {
        let labels = TransportLabel { transport: transport.name() };
        self.not_understood.get_or_create(&labels).inc();
    }

    /// Counts a batch of the stream protocol whose records go there.
    pub fn batch(&self, route: Route) {
        let kind = match route {
            Route::Inline | Route::Lanes => "core",
            Route::Pool | Route::Spill | Route::Together => "pool",
            Route::Card => "card",
        };
        self.batches.get_or_create(&Label { kind: kind.to_owned() }).inc();
    }

    /// Counts a deletion of a payment key that was due and failed.
    pub fn deletion_failed(&self) {
        self.deletions_failed.inc();
    }

    /// Counts random tokens that were taken already, so that another was tried.
    pub fn token_collisions(&self, count: usize) {
        self.token_collisions.inc_by(count as u64);
    }

    /// Counts a value that got no token, since all that were drawn are taken: an alarm.
    pub fn tokens_exhausted(&self) {
        self.tokens_exhausted.inc();
    }

    /// Counts a token made of a form that gets used up.
    pub fn token_filled(&self) {
        self.tokens_filled.inc();
    }

    /// The page in OpenMetrics text.
    ///
    /// # Errors
    /// If a metric does not render, which is a defect.
    pub fn render(&self) -> Result<String, fmt::Error> {
        let mut page = String::with_capacity(16 << 10);
        encode(&mut page, &self.registry)?;
        Ok(page)
    }
}

/// Collisions, exhaustions, tokens of forms that get used up.
fn register_tokens(registry: &mut Registry) -> [Counter; 3] {
    let rows = [
        ("token_collisions", "Random tokens drawn that were taken already"),
        (
            "token_exhausted",
            "Values without a token, since all that were drawn are taken: an alarm",
        ),
        ("token_filled", "Tokens made of forms of which a twentieth and more are used up"),
    ];
    rows.map(|(name, help)| {
        let counter = Counter::default();
        registry.register(name, help, counter.clone());
        counter
    })
}

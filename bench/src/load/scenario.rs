//! What is sent, over what, and how often: a file in TOML.
//!
//! `docs/benchmarking.md` explains every field. A field that is not known is refused.

use std::collections::BTreeMap;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::LoadError;
use super::limits::{
    CONNECTIONS_MAX, ENTRIES_MAX, PHASE_MAX, PREPARED_MAX, RATE_MAX, SCENARIO_BYTES_MAX, SLOTS_MAX,
};
use super::operation::Ask;

#[cfg(test)]
mod tests;

/// A whole scenario.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scenario {
    /// What it is for, in a sentence.
    pub about: String,
    /// Of arrivals, of the order of operations, and of what requests carry.
    #[serde(default = "default::seed")]
    pub seed: u64,
    /// Every so many answers of an operation one is opened and compared; 1 means all, 0 none.
    #[serde(default = "default::verify_every")]
    pub verify_every: u64,
    /// Distinct requests that are prepared for each operation and then sent in turns.
    #[serde(default = "default::prepared")]
    pub prepared: usize,
    /// An answer or a connection that takes longer, in milliseconds, is an error.
    #[serde(default = "default::patience_ms")]
    pub patience_ms: u64,
    /// A request of the open loop that could not be sent for so long, in milliseconds, is given up.
    #[serde(default = "default::patience_ms")]
    pub give_up_ms: u64,
    /// Connections.
    #[serde(rename = "link")]
    pub links: Vec<Link>,
    /// What is asked for.
    #[serde(rename = "operation")]
    pub operations: Vec<Operation>,
    /// What is measured, one after the other.
    #[serde(rename = "phase", default)]
    pub phases: Vec<Phase>,
    /// How a gateway is started if no target is named.
    #[serde(default)]
    pub gateway: GatewaySpec,
    /// What is done to such a gateway before it is measured.
    #[serde(default)]
    pub setup: Vec<Setup>,
}

/// A step of the set-up.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Setup {
    /// Words of a command of `typex`; `{client}` stands for the client of the demo objects.
    Command(Vec<String>),
    /// A `POST` over plain HTTP that must succeed.
    Request {
        /// Where, by name.
        listener: String,
        /// Behind the authority.
        path: String,
        /// Beside those that every request has.
        #[serde(default)]
        headers: BTreeMap<String, String>,
        /// The body.
        body: String,
    },
    /// A new key of AES-256, and an access key of this name, for operations that name no key.
    PaymentKey(String),
}

/// Connections of one kind to one listener.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Link {
    /// By which operations name it.
    pub name: String,
    /// What is spoken.
    pub carrier: Carrier,
    /// With TLS; QUIC always has it.
    #[serde(default)]
    pub tls: bool,
    /// Of the gateway, by its name in the ready file.
    pub listener: String,
    /// How many.
    pub connections: usize,
    /// Streams of each, on which requests are under way side by side; 1 for HTTP/1.1.
    #[serde(default = "default::one")]
    pub streams: usize,
    /// Batches under way on each stream of `typex`, one behind the other; 1 for the rest.
    #[serde(default = "default::one")]
    pub pipeline: usize,
}

impl Link {
    /// Requests that may be under way at a time.
    pub fn slots(&self) -> usize {
        self.connections.saturating_mul(self.streams).saturating_mul(self.pipeline)
    }
}

/// A protocol that carries requests.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Carrier {
    /// HTTP/1.1.
    Http1,
    /// HTTP/2.
    Http2,
    /// HTTP/3.
    Http3,
    /// `typex/1` on QUIC streams.
    Typex,
}

impl Carrier {
    /// As scenarios write it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Http1 => "http1",
            Self::Http2 => "http2",
            Self::Http3 => "http3",
            Self::Typex => "typex",
        }
    }

    pub(crate) fn is_quic(self) -> bool {
        matches!(self, Self::Http3 | Self::Typex)
    }
}

/// Something that is asked for, and how often.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Operation {
    /// Which link it takes; may be left out if there is one.
    #[serde(default)]
    pub link: Option<String>,
    /// Its share of the requests is this over the sum of all.
    #[serde(default = "default::weight")]
    pub weight: u32,
    /// What.
    pub ask: Ask,
}

/// One measurement.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Phase {
    /// As fast as answers come: capacity.
    Closed(Closed),
    /// By the clock: latency.
    Open(Open),
    /// Open loop at several rates.
    Sweep(Sweep),
    /// The greatest rate that is still answered in time.
    Knee(Knee),
    /// More than the capacity.
    Overload(Overload),
}

/// A closed loop.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Closed {
    /// How long is measured.
    pub seconds: f64,
    /// How long is sent before.
    #[serde(default = "default::warm_up")]
    pub warm_up: f64,
    /// Requests under way at a time on each link; all its slots unless said. A server that refuses
    /// what it has no room for answers that at once, so a loop over too many is of refusals.
    #[serde(default)]
    pub under_way: Option<usize>,
}

/// An open loop.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Open {
    /// How long is measured.
    pub seconds: f64,
    /// How long is sent before, at the same rate.
    #[serde(default = "default::warm_up")]
    pub warm_up: f64,
    /// Requests per second; or `load`.
    #[serde(default)]
    pub rate: Option<f64>,
    /// As a share of the capacity, which an earlier closed phase found; or `rate`.
    #[serde(default)]
    pub load: Option<f64>,
    /// When they are sent.
    #[serde(default)]
    pub arrivals: Arrivals,
}

/// Open loops, one after the other.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sweep {
    /// How long each is measured.
    pub seconds: f64,
    /// How long is sent before each.
    #[serde(default = "default::warm_up")]
    pub warm_up: f64,
    /// As shares of the capacity; or `rates`.
    #[serde(default)]
    pub loads: Vec<f64>,
    /// Requests per second; or `loads`.
    #[serde(default)]
    pub rates: Vec<f64>,
    /// When they are sent.
    #[serde(default)]
    pub arrivals: Arrivals,
}

/// A search.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Knee {
    /// How long each rate is measured.
    pub seconds: f64,
    /// The most rates that are tried.
    #[serde(default = "default::steps")]
    pub steps: usize,
    /// A rate is too high if p99 is above, in milliseconds.
    pub p99_ms: f64,
    /// A rate is too high if fewer than this share of the requests are answered as asked.
    #[serde(default = "default::goodput")]
    pub goodput: f64,
    /// When they are sent.
    #[serde(default)]
    pub arrivals: Arrivals,
}

/// Too much.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Overload {
    /// How long the overload lasts.
    pub seconds: f64,
    /// Rate, in capacities; an earlier closed phase found the capacity.
    #[serde(default = "default::times")]
    pub times: f64,
    /// How long 80 % of the capacity is offered before, for comparison, and after, for recovery.
    #[serde(default = "default::calm")]
    pub calm: f64,
    /// When they are sent.
    #[serde(default)]
    pub arrivals: Arrivals,
}

/// The rhythm of an open loop.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Arrivals {
    /// Like those of many clients that know nothing of each other.
    #[default]
    Poisson,
    /// Evenly spaced.
    Constant,
}

/// How a gateway is started.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GatewaySpec {
    /// What computes there.
    #[serde(default)]
    pub backend: Option<String>,
    /// Options, as `TYPEX_<SECTION>_<OPTION>`.
    #[serde(default)]
    pub environment: BTreeMap<String, String>,
    /// Cores that it may run on; every one if empty.
    #[serde(default)]
    pub cores: Vec<usize>,
}

mod default {
    pub(super) fn seed() -> u64 {
        1
    }
    pub(super) fn verify_every() -> u64 {
        97
    }
    pub(super) fn prepared() -> usize {
        256
    }
    pub(super) fn patience_ms() -> u64 {
        10_000
    }
    pub(super) fn one() -> usize {
        1
    }
    pub(super) fn weight() -> u32 {
        1
    }
    pub(super) fn warm_up() -> f64 {
        1.0
    }
    pub(super) fn steps() -> usize {
        12
    }
    pub(super) fn goodput() -> f64 {
        0.99
    }
    pub(super) fn times() -> f64 {
        2.0
    }
    pub(super) fn calm() -> f64 {
        3.0
    }
}

impl Scenario {
    /// Reads a file.
    ///
    /// # Errors
    /// [`LoadError::File`], or what [`parse`](Self::parse) says.
    pub fn read(path: &Path) -> Result<Self, LoadError> {
        let file = |source| LoadError::File { path: path.to_owned(), source };
        if std::fs::metadata(path).map_err(file)?.len() > SCENARIO_BYTES_MAX {
            return wrong(&format!("{} is too long", path.display()));
        }
        let text = std::fs::read_to_string(path).map_err(file)?;
        Self::parse(&text).map_err(|error| match error {
            LoadError::Form(text) => LoadError::Form(format!("{}: {text}", path.display())),
            error => error,
        })
    }

    /// Reads the text of a file.
    ///
    /// # Errors
    /// [`LoadError::Form`] with line and column, [`LoadError::Scenario`] for what cannot be.
    pub fn parse(text: &str) -> Result<Self, LoadError> {
        let scenario: Self =
            toml::from_str(text).map_err(|error| LoadError::Form(error.to_string()))?;
        scenario.check()?;
        Ok(scenario)
    }

    /// Fails if what it asks for cannot be; to be called after a change by hand.
    ///
    /// # Errors
    /// [`LoadError::Scenario`].
    pub fn check(&self) -> Result<(), LoadError> {
        let entries =
            [self.links.len(), self.operations.len(), self.phases.len(), self.setup.len()];
        if entries.iter().any(|count| *count > ENTRIES_MAX) {
            return wrong("too many links, operations, phases or steps of the set-up");
        }
        if self.links.is_empty() || self.operations.is_empty() {
            return wrong("at least one link and one operation are needed");
        }
        within("verify_every", self.verify_every, 0, u64::MAX)?;
        within("prepared", self.prepared, 1, PREPARED_MAX)?;
        within("patience_ms", self.patience_ms, 1, 3_600_000)?;
        within("give_up_ms", self.give_up_ms, 1, 3_600_000)?;
        for operation in &self.operations {
            let link = self.link_of(operation)?;
            operation.ask.check(link.carrier)?;
            within("weight", operation.weight, 1, 1_000_000)?;
        }
        self.check_links()?;
        self.phases.iter().try_for_each(Phase::check)
    }

    fn check_links(&self) -> Result<(), LoadError> {
        for (at, link) in self.links.iter().enumerate() {
            within("connections", link.connections, 1, CONNECTIONS_MAX)?;
            within("streams", link.streams, 1, SLOTS_MAX)?;
            if self.links[..at].iter().any(|other| other.name == link.name) {
                return wrong(&format!("two links are named {}", link.name));
            }
            within("pipeline", link.pipeline, 1, SLOTS_MAX)?;
            if link.carrier == Carrier::Http1 && link.streams != 1 {
                return wrong(&format!("{}: HTTP/1.1 has one stream", link.name));
            }
            if link.carrier != Carrier::Typex && link.pipeline != 1 {
                return wrong(&format!("{}: only typex has a pipeline", link.name));
            }
            let uses =
                |one: &&Operation| self.link_of(one).is_ok_and(|used| used.name == link.name);
            if !self.operations.iter().any(|one| uses(&one)) {
                return wrong(&format!("no operation takes link {}", link.name));
            }
        }
        within("connections", self.connections(), 1, CONNECTIONS_MAX)?;
        let slots = self.links.iter().map(Link::slots).fold(0, usize::saturating_add);
        within("connections by streams by pipeline", slots, 1, SLOTS_MAX)
    }

    /// Connections over all links.
    pub fn connections(&self) -> usize {
        self.links.iter().fold(0, |sum, link| sum.saturating_add(link.connections))
    }

    /// The link that an operation takes.
    pub(crate) fn link_of(&self, operation: &Operation) -> Result<&Link, LoadError> {
        match (&operation.link, &self.links[..]) {
            (None, [only]) => Ok(only),
            (None, _) => wrong("an operation must name one of the links"),
            (Some(name), links) => match links.iter().find(|link| link.name == *name) {
                Some(link) => Ok(link),
                None => wrong(&format!("there is no link {name}")),
            },
        }
    }
}

impl Phase {
    fn check(&self) -> Result<(), LoadError> {
        match self {
            Self::Closed(Closed { seconds, warm_up, under_way }) => {
                within("under_way", under_way.unwrap_or(1), 1, SLOTS_MAX)?;
                times(*seconds, *warm_up)
            }
            Self::Open(open) => open.check(),
            Self::Sweep(sweep) => sweep.check(),
            Self::Knee(knee) => {
                times(knee.seconds, 0.0)?;
                within("steps", knee.steps, 1, ENTRIES_MAX)?;
                range("p99_ms", knee.p99_ms, 0.001, 3.6e6)?;
                range("goodput", knee.goodput, 0.01, 1.0)
            }
            Self::Overload(overload) => {
                times(overload.seconds, 0.0)?;
                times(overload.calm, 0.0)?;
                load_within(overload.times)
            }
        }
    }
}

impl Open {
    fn check(&self) -> Result<(), LoadError> {
        times(self.seconds, self.warm_up)?;
        match (self.rate, self.load) {
            (Some(rate), None) => rate_within(rate),
            (None, Some(load)) => load_within(load),
            _ => wrong("an open phase needs either rate or load"),
        }
    }
}

impl Sweep {
    fn check(&self) -> Result<(), LoadError> {
        times(self.seconds, self.warm_up)?;
        within("loads and rates", self.loads.len() + self.rates.len(), 1, ENTRIES_MAX)?;
        if !self.loads.is_empty() && !self.rates.is_empty() {
            return wrong("a sweep needs either rates or loads");
        }
        self.rates.iter().try_for_each(|rate| rate_within(*rate))?;
        self.loads.iter().try_for_each(|load| load_within(*load))
    }
}

fn wrong<T>(text: &str) -> Result<T, LoadError> {
    Err(LoadError::Scenario(text.to_owned()))
}

fn within<T: PartialOrd + std::fmt::Display>(
    name: &str,
    value: T,
    least: T,
    most: T,
) -> Result<(), LoadError> {
    if value < least || value > most {
        return wrong(&format!("{name} = {value}: must be {least} to {most}"));
    }
    Ok(())
}

fn range(name: &str, value: f64, least: f64, most: f64) -> Result<(), LoadError> {
    match value.is_finite() {
        true => within(name, value, least, most),
        false => wrong(&format!("{name} = {value}: must be a number")),
    }
}

fn times(seconds: f64, warm_up: f64) -> Result<(), LoadError> {
    range("seconds", seconds, 0.01, PHASE_MAX.as_secs_f64())?;
    range("warm_up", warm_up, 0.0, PHASE_MAX.as_secs_f64())
}

fn rate_within(rate: f64) -> Result<(), LoadError> {
    range("rate", rate, 0.1, RATE_MAX)
}

fn load_within(load: f64) -> Result<(), LoadError> {
    range("load", load, 0.001, 100.0)
}

//! What a run found, in the form of its JSON file.
//!
//! `docs/benchmarking.md` explains every field. Within a [`VERSION`] fields are only added.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::latency::{Latencies, Percentile};
use super::machine::Machine;
use super::{Scenario, Tally};

/// The name of the form.
pub const FORMAT: &str = "typex-load";
/// Its version.
pub const VERSION: u32 = 1;

/// A whole run.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Report {
    /// [`FORMAT`].
    pub format: String,
    /// [`VERSION`].
    pub version: u32,
    /// Under which it was made.
    pub conditions: Conditions,
    /// What was sent, with every default and every change by an option.
    pub scenario: Scenario,
    /// Whether every phase ran to its end.
    pub complete: bool,
    /// Answers per second of the last closed loop; what shares of the capacity refer to.
    pub capacity_per_s: Option<f64>,
    /// Each rate that was measured, in the order of measurement.
    pub points: Vec<Point>,
    /// What searches found.
    pub knees: Vec<Knee>,
    /// What overloads did.
    pub overloads: Vec<Overload>,
}

/// Machine and programs.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Conditions {
    /// When it began, in UTC.
    pub began: String,
    /// The scenario's file.
    pub name: String,
    /// Version of `typex-bench`.
    pub typex: String,
    /// The machine of the clients.
    pub machine: Machine,
    /// Client processes; 0 is a thread of the program that measured.
    pub processes: usize,
    /// Address by listener; the empty name is every other.
    pub target: BTreeMap<String, String>,
    /// Whether server and clients are on this machine's loopback.
    pub loopback: bool,
    /// Processes of the server whose time was counted.
    pub server_processes: Vec<u32>,
}

/// What was measured at one rate.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Point {
    /// For people: the phase, and the rate or load.
    pub name: String,
    /// The phase, from 0, that it belongs to.
    pub phase: usize,
    /// What kind of phase.
    pub kind: Kind,
    /// Requests per second that were offered; of a closed loop, that were sent.
    pub offered_per_s: f64,
    /// The same in capacities, if one is known.
    pub load: Option<f64>,
    /// How long was measured, in seconds.
    pub seconds: f64,
    /// Answers per second.
    pub throughput_per_s: f64,
    /// Records carried out per second; a request that is no batch counts as one.
    pub goodput_per_s: f64,
    /// What was counted.
    pub counts: Counts,
    /// Of accepted requests, in microseconds: open loop from when they were due.
    pub latency_us: Summary,
    /// From when requests were due to when they were sent, in microseconds; of a closed loop 0.
    pub lateness_us: Summary,
    /// The curve of the latencies.
    pub percentiles: Vec<Percentile>,
    /// What the server used, if its processes are known.
    pub server: Option<Server>,
    /// What the clients used.
    pub client: Cpu,
    /// Over time, as the clients saw it.
    pub intervals: Vec<Slice>,
    /// Over time, as the operating system saw the server.
    pub samples: Vec<Sample>,
}

/// Kinds of measurement.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// A closed loop.
    Closed,
    /// An open loop.
    Open,
    /// One rate of a sweep.
    Sweep,
    /// One rate of a search.
    Knee,
    /// More than the capacity, with calm before and after.
    Overload,
}

/// What was counted.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Counts {
    /// Requests that were due; of a closed loop, that were sent.
    pub offered: u64,
    /// Answers.
    pub answers: u64,
    /// Requests of which something was carried out.
    pub accepted: u64,
    /// Records that were carried out.
    pub records: u64,
    /// Records that were refused for want of room, by status.
    pub refused: BTreeMap<String, u64>,
    /// Requests that ended in another way, by kind.
    pub errors: BTreeMap<String, u64>,
    /// Requests that waited too long for a connection.
    pub given_up: u64,
    /// Requests that were due when the client was full.
    pub unsent: u64,
    /// Answers that were opened and compared.
    pub verified: u64,
}

/// A distribution.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Summary {
    /// Of all.
    pub mean: f64,
    /// The median.
    pub p50: f64,
    /// Of ten, one is above.
    pub p90: f64,
    /// Of a hundred, one is above.
    pub p99: f64,
    /// Of a thousand, one is above.
    pub p99_9: f64,
    /// Of ten thousand, one is above.
    pub p99_99: f64,
    /// The greatest.
    pub max: f64,
}

/// CPU time, user and system.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cpu {
    /// Microseconds for each answer.
    pub us_per_answer: f64,
    /// Microseconds for each record that was carried out.
    pub us_per_record: f64,
    /// Cores that were busy in the mean.
    pub cores: f64,
}

/// What the server used.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Server {
    /// CPU time.
    pub cpu: Cpu,
    /// Most resident memory that was seen, in bytes.
    pub memory_bytes: u64,
    /// Most connections of TCP that were seen; those of QUIC the system does not know.
    pub tcp_connections: u64,
}

/// A quarter of a second of a measurement.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Slice {
    /// Its begin, in seconds.
    pub at_s: f64,
    /// Requests per second that were due.
    pub offered_per_s: f64,
    /// Records carried out per second.
    pub goodput_per_s: f64,
    /// Records refused per second.
    pub refused_per_s: f64,
    /// Errors, requests given up and unsent, in it.
    pub errors: u64,
    /// The most that were under way.
    pub in_flight: u64,
    /// The most that were due and not sent.
    pub backlog: u64,
    /// Of what was answered in it, in microseconds; absent if nothing was.
    pub p50_us: Option<f64>,
    /// The same.
    pub p99_us: Option<f64>,
}

/// A look at the server.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sample {
    /// When, in seconds.
    pub at_s: f64,
    /// Cores that were busy since the look before.
    pub cores: f64,
    /// Resident memory, in bytes.
    pub memory_bytes: u64,
    /// Connections of TCP.
    pub tcp_connections: u64,
}

/// What a search found.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Knee {
    /// The phase, from 0.
    pub phase: usize,
    /// The greatest rate that was fine, in requests per second; absent if none was.
    pub rate_per_s: Option<f64>,
    /// The same in capacities.
    pub load: Option<f64>,
    /// p99 there, in microseconds.
    pub p99_us: Option<f64>,
    /// p99 that was allowed, in microseconds.
    pub p99_max_us: f64,
    /// Share of the requests that had to be carried out.
    pub goodput_min: f64,
}

/// What an overload did.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Overload {
    /// The phase, from 0.
    pub phase: usize,
    /// The rate, in capacities.
    pub times: f64,
    /// Records carried out per second while it lasted.
    pub goodput_per_s: f64,
    /// The same over that of the closed loop.
    pub goodput_of_peak: f64,
    /// p99 of accepted requests at 80 % of the capacity before it, in microseconds.
    pub calm_p99_us: f64,
    /// p99 of accepted requests that were due while it lasted, in microseconds.
    pub p99_us: f64,
    /// The second over the first.
    pub p99_ratio: f64,
    /// Records that were refused, by status.
    pub refused: BTreeMap<String, u64>,
    /// Seconds from its end until three quarters of a second in a row had no refusal and a p99 of
    /// at most twice that before it; absent if that did not come.
    pub recovery_s: Option<f64>,
}

impl Summary {
    pub(crate) fn of(latencies: &Latencies) -> Self {
        Self {
            mean: latencies.mean_us(),
            p50: latencies.quantile_us(0.5),
            p90: latencies.quantile_us(0.9),
            p99: latencies.quantile_us(0.99),
            p99_9: latencies.quantile_us(0.999),
            p99_99: latencies.quantile_us(0.9999),
            max: latencies.max_us(),
        }
    }
}

impl Cpu {
    /// For so much time, in microseconds.
    pub(crate) fn of(cpu_us: f64, tally: &Tally) -> Self {
        let each = |count: u64| if count == 0 { 0.0 } else { cpu_us / count as f64 };
        let cores = if tally.seconds > 0.0 { cpu_us / tally.seconds / 1e6 } else { 0.0 };
        Self { us_per_answer: each(tally.answers), us_per_record: each(tally.records), cores }
    }
}

impl Counts {
    pub(crate) fn of(tally: &Tally) -> Self {
        Self {
            offered: tally.offered,
            answers: tally.answers,
            accepted: tally.accepted,
            records: tally.records,
            refused: tally.refused.clone(),
            errors: tally.errors.clone(),
            given_up: tally.given_up,
            unsent: tally.unsent,
            verified: tally.verified,
        }
    }

    /// Requests that ended as errors.
    pub fn failures(&self) -> u64 {
        self.errors.values().sum()
    }
}

impl Slice {
    pub(crate) fn of(piece: &super::Interval, seconds: f64) -> Self {
        let rate = |count: u64| count as f64 / seconds;
        let quantile = |share| {
            let any = piece.latency.count() > 0;
            any.then(|| piece.latency.quantile_us(share))
        };
        Self {
            at_s: piece.at as f64 * seconds,
            offered_per_s: rate(piece.offered),
            goodput_per_s: rate(piece.records),
            refused_per_s: rate(piece.refused),
            errors: piece.errors,
            in_flight: piece.in_flight,
            backlog: piece.backlog,
            p50_us: quantile(0.5),
            p99_us: quantile(0.99),
        }
    }
}

impl Report {
    /// Requests that ended as errors, in all points.
    pub fn failures(&self) -> u64 {
        self.points.iter().map(|point| point.counts.failures()).sum()
    }
}

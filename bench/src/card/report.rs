//! Rows as data.

use serde::Serialize;
use std::collections::BTreeMap;

/// Which card was measured.
#[derive(Clone, Debug, Serialize)]
pub struct Identity {
    /// `model` or `rtl`.
    pub card: String,
    /// SHA-256 of the RTL, in hex; empty for a card that is none.
    pub rtl_hash: String,
}

impl Identity {
    pub(crate) fn is_rtl(&self) -> bool {
        self.card == "rtl"
    }
}

/// All rows of one card. All but `cosim_cycles_per_s` is virtual time: a clock that is assumed, a
/// link that is modelled.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// `model` or `rtl`.
    pub card: String,
    /// SHA-256 of the RTL.
    pub rtl_hash: String,
    /// Name of the card's configuration.
    pub config: String,
    /// Clock of the card.
    pub clock_mhz: f64,
    /// Link of all rows that name no other: `gen3 x16`.
    pub link: String,
    /// Latencies of the link.
    pub latency_profile: String,
    /// Lanes of the card; a row says how many it used.
    pub lanes: u32,
    /// Registers per round of AES.
    pub regs_per_round: u32,
    /// Key slots, all of them loaded.
    pub key_slots: usize,
    /// Seed of messages, keys and latencies.
    pub seed: u64,
    /// The rows.
    pub rows: Vec<Row>,
}

/// A named figure and how it came about.
#[derive(Clone, Debug, Serialize)]
pub struct Row {
    /// Its name; a sweep's rows are named `sweep/…`.
    pub name: String,
    /// The figure.
    #[serde(flatten)]
    pub figure: Figure,
    /// Link.
    pub link: String,
    /// Lanes that took jobs.
    pub lanes: u32,
    /// Data of a message, bytes.
    pub data_bytes: usize,
    /// Entries of the ring.
    pub ring_entries: usize,
    /// Jobs kept under way.
    pub backlog: usize,
    /// Messages measured, all of them checked against software.
    pub messages: u64,
    /// Keys loaded between them.
    pub keys_loaded: u64,
    /// Virtual time of the measurement.
    pub microseconds: f64,
    /// Messages per second.
    pub messages_per_s: f64,
    /// Data, without tags and headers.
    pub gbit_per_s: f64,
    /// What the link carries at most of these messages.
    pub ceiling_messages_per_s: f64,
    /// Blocks issued to a forward lane per cycle with a job inside; by the card's counters.
    pub blocks_per_cycle_per_lane: f64,
    /// Share of time for which a direction of the link was occupied.
    pub link_up: f64,
    /// The same towards the card.
    pub link_down: f64,
    /// From the doorbell's descriptor in memory until the host sees the completion.
    pub latency_ns: LatencyNs,
    /// Cycles simulated per second of the thread's processor time: the RTL, the link and the
    /// comparison of every answer. It depends on the machine and takes no part in
    /// [`Report::differences`]. Of the RTL alone, of rows that keep it busy, on Linux.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cosim_cycles_per_s: Option<f64>,
    /// The card's counters from the first message to the last, warm-up included; those per lane
    /// summed.
    pub counters: BTreeMap<&'static str, u64>,
}

/// What a row stands for.
#[derive(Clone, Debug, Serialize)]
pub struct Figure {
    /// Unit of the value.
    pub unit: &'static str,
    /// The value.
    pub value: f64,
    /// What it has to reach.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub target: Option<f64>,
    /// Whether it does.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub met: Option<bool>,
}

impl Figure {
    /// A value without a target.
    pub fn reported(unit: &'static str, value: f64) -> Self {
        Self { unit, value, target: None, met: None }
    }

    /// A value that has to be at least `target`.
    pub fn at_least(unit: &'static str, value: f64, target: f64) -> Self {
        Self { unit, value, target: Some(target), met: Some(value >= target) }
    }

    /// A value that has to be at most `target`.
    pub fn at_most(unit: &'static str, value: f64, target: f64) -> Self {
        Self { unit, value, target: Some(target), met: Some(value <= target) }
    }
}

/// Quantiles in nanoseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct LatencyNs {
    /// Shortest.
    pub min: u32,
    /// Median.
    pub p50: u32,
    /// 99 %.
    pub p99: u32,
    /// Longest.
    pub max: u32,
}

impl LatencyNs {
    /// Of values in ascending order.
    pub(crate) fn of(sorted: &[u32]) -> Self {
        let last = sorted.len().saturating_sub(1);
        let at = |percent: usize| sorted.get(last * percent / 100).copied().unwrap_or(0);
        Self { min: at(0), p50: at(50), p99: at(99), max: at(100) }
    }
}

impl Report {
    /// The row of this name.
    pub fn row(&self, name: &str) -> Option<&Row> {
        self.rows.iter().find(|row| row.name == name)
    }

    /// The rows in both reports whose values differ by more than `tolerance`, a share of the
    /// other's: name, value here, value there.
    pub fn differences(&self, other: &Self, tolerance: f64) -> Vec<(String, f64, f64)> {
        let pair = |row: &Row| {
            let (ours, theirs) = (row.figure.value, other.row(&row.name)?.figure.value);
            let far = (ours - theirs).abs() > tolerance * theirs.abs();
            far.then(|| (row.name.clone(), ours, theirs))
        };
        self.rows.iter().filter_map(pair).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_values_that_occurred() {
        let all: Vec<u32> = (1..=101).collect();
        assert_eq!(LatencyNs::of(&all), LatencyNs { min: 1, p50: 51, p99: 100, max: 101 });
        assert_eq!(LatencyNs::of(&[]), LatencyNs::default());
    }

    #[test]
    fn a_figure_says_whether_it_meets_its_target() {
        assert_eq!(Figure::at_least("x", 1.0, 0.9).met, Some(true));
        assert_eq!(Figure::at_most("x", 1.0, 0.9).met, Some(false));
        assert_eq!(Figure::reported("x", 1.0).met, None);
    }
}

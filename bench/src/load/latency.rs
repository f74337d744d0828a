//! Latencies in a histogram of three digits.

use hdrhistogram::Histogram;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The least difference that counts, in nanoseconds, and the greatest value: an hour.
const LOW_NS: u64 = 64;
const HIGH_NS: u64 = 3_600_000_000_000;
const DIGITS: u8 = 3;
/// Points of a percentile curve for each halving of the rest.
const TICKS: u32 = 5;

/// Latencies: each is off by at most a thousandth of itself, or 64 ns.
#[derive(Clone, Debug)]
pub struct Latencies(Histogram<u64>);

/// A point of the percentile curve.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Percentile {
    /// From 0 to 100: the share of the requests that took at most `us`.
    pub percent: f64,
    /// Microseconds.
    pub us: f64,
}

impl Default for Latencies {
    fn default() -> Self {
        Self::new()
    }
}

impl Latencies {
    /// Without any.
    pub fn new() -> Self {
        let histogram = Histogram::new_with_bounds(LOW_NS, HIGH_NS, DIGITS);
        Self(histogram.expect("the bounds are those of a histogram"))
    }

    /// Adds one; an hour and more counts as an hour.
    pub fn record(&mut self, latency: std::time::Duration) {
        let ns = u64::try_from(latency.as_nanos()).unwrap_or(u64::MAX);
        self.0.saturating_record(ns);
    }

    /// Adds all of another histogram.
    pub fn merge(&mut self, other: &Self) {
        self.0.add(&other.0).expect("both have the same bounds");
    }

    /// How many.
    pub fn count(&self) -> u64 {
        self.0.len()
    }

    /// Microseconds that this share of all, from 0 to 1, did not exceed; 0 if there is none.
    pub fn quantile_us(&self, share: f64) -> f64 {
        us(self.0.value_at_quantile(share))
    }

    /// The longest, in microseconds.
    pub fn max_us(&self) -> f64 {
        us(self.0.max())
    }

    /// The mean, in microseconds.
    pub fn mean_us(&self) -> f64 {
        if self.0.is_empty() { 0.0 } else { self.0.mean() / 1e3 }
    }

    /// The whole curve: fine where few requests are.
    pub fn percentiles(&self) -> Vec<Percentile> {
        let steps = self.0.iter_quantiles(TICKS);
        let point = |step: hdrhistogram::iterators::IterationValue<u64>| Percentile {
            percent: step.quantile() * 100.0,
            us: us(step.value_iterated_to()),
        };
        steps.map(point).collect()
    }
}

fn us(ns: u64) -> f64 {
    ns as f64 / 1e3
}

/// Between processes: what was recorded, as pairs of nanoseconds and how often.
impl Serialize for Latencies {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let recorded = self.0.iter_recorded();
        serializer
            .collect_seq(recorded.map(|step| (step.value_iterated_to(), step.count_at_value())))
    }
}

impl<'de> Deserialize<'de> for Latencies {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut latencies = Self::new();
        for (ns, count) in Vec::<(u64, u64)>::deserialize(deserializer)? {
            latencies.0.saturating_record_n(ns, count);
        }
        Ok(latencies)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn of(us: impl IntoIterator<Item = u64>) -> Latencies {
        let mut latencies = Latencies::new();
        us.into_iter().for_each(|us| latencies.record(Duration::from_micros(us)));
        latencies
    }

    #[test]
    fn quantiles_are_right_to_a_thousandth() {
        let latencies = of(1..=10_000);
        for (share, us) in [(0.5, 5_000.0), (0.99, 9_900.0), (0.999, 9_990.0), (1.0, 10_000.0)] {
            let measured = latencies.quantile_us(share);
            assert!((measured - us).abs() <= us / 1000.0 + 0.064, "{share}: {measured}");
        }
    }

    #[test]
    fn histograms_add_up_also_through_text() {
        let (a, b) = (of(1..500), of(400..10_000));
        let mut merged = a.clone();
        let text = serde_json::to_string(&b).expect("JSON");
        merged.merge(&serde_json::from_str(&text).expect("the same"));
        let all = of((1..500).chain(400..10_000));
        assert_eq!(merged.0, all.0);
        assert_eq!(merged.percentiles(), all.percentiles());
    }

    #[test]
    fn none_has_figures_too() {
        let none = Latencies::new();
        assert_eq!((none.count(), none.quantile_us(0.99), none.mean_us()), (0, 0.0, 0.0));
        assert!(none.percentiles().is_empty());
    }
}

//! A histogram of times to which many alike are added at once.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use prometheus_client::encoding::{EncodeMetric, MetricEncoder, NoLabelSet};
use prometheus_client::metrics::{MetricType, TypedMetric};

/// Upper bounds in seconds: from a request inside one batch to one that waits for key generation.
/// The last bucket has what is above all others.
const BOUNDS: [f64; 15] = [
    5e-6,
    1e-5,
    2.5e-5,
    5e-5,
    1e-4,
    2.5e-4,
    5e-4,
    1e-3,
    2.5e-3,
    1e-2,
    5e-2,
    0.25,
    1.0,
    5.0,
    f64::INFINITY,
];

/// Times by bucket, and their sum. A reader may see some of what is being added.
#[derive(Clone, Debug, Default)]
pub(super) struct Latencies(Arc<Counts>);

#[derive(Debug, Default)]
struct Counts {
    buckets: [AtomicU64; BOUNDS.len()],
    sum_ns: AtomicU64,
}

impl Latencies {
    /// Adds so many times that are alike.
    pub(super) fn observe(&self, took: Duration, count: u64) {
        let seconds = took.as_secs_f64();
        let bucket = BOUNDS.iter().position(|bound| seconds <= *bound).unwrap_or(BOUNDS.len() - 1);
        self.0.buckets[bucket].fetch_add(count, Ordering::Relaxed);
        let ns = u64::try_from(took.as_nanos()).unwrap_or(u64::MAX).wrapping_mul(count);
        self.0.sum_ns.fetch_add(ns, Ordering::Relaxed);
    }
}

impl TypedMetric for Latencies {
    const TYPE: MetricType = MetricType::Histogram;
}

impl EncodeMetric for Latencies {
    fn encode(&self, mut encoder: MetricEncoder<'_>) -> Result<(), fmt::Error> {
        let count = |(bound, count): (&f64, &AtomicU64)| (*bound, count.load(Ordering::Relaxed));
        let buckets: Vec<_> = BOUNDS.iter().zip(&self.0.buckets).map(count).collect();
        let sum = Duration::from_nanos(self.0.sum_ns.load(Ordering::Relaxed)).as_secs_f64();
        let count = buckets.iter().map(|(_, count)| count).sum();
        encoder.encode_histogram::<NoLabelSet>(sum, count, &buckets, None)
    }

    fn metric_type(&self) -> MetricType {
        Self::TYPE
    }
}

#[cfg(test)]
mod tests {
    use prometheus_client::encoding::text::encode;
    use prometheus_client::registry::Registry;

    use super::*;

    #[test]
    fn alike_times_are_added_as_one_by_one() {
        let (at_once, one_by_one) = (Latencies::default(), Latencies::default());
        for (us, count) in [(3, 4), (40, 64), (9_000_000, 2)] {
            let took = Duration::from_micros(us);
            at_once.observe(took, count);
            (0..count).for_each(|_| one_by_one.observe(took, 1));
        }
        let [text, other] = [at_once, one_by_one].map(|latencies| {
            let (mut registry, mut text) = (Registry::default(), String::new());
            registry.register("took", "Time", latencies);
            encode(&mut text, &registry).expect("text");
            text
        });
        assert_eq!(text, other);
        for line in [
            "took_count 70",
            "took_sum 18.002572",
            "took_bucket{le=\"0.000005\"} 4",
            "took_bucket{le=\"5.0\"} 68",
            "took_bucket{le=\"+Inf\"} 70",
        ] {
            assert!(text.contains(line), "{line}: {text}");
        }
    }
}

//! The card in use, from the same report that `typex card` prints.

use std::fmt;
use std::sync::Arc;

use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::metrics::gauge::ConstGauge;

use crate::card::{Card, Count, Report};

/// Reads the card's report when a page is asked for.
pub(super) struct CardCollected(pub(super) Arc<Card>);

impl fmt::Debug for CardCollected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CardCollected")
    }
}

impl Collector for CardCollected {
    fn encode(&self, encoder: DescriptorEncoder) -> fmt::Result {
        let report = self.0.report();
        let mut page = Page { encoder, card: report.card.clone() };
        page.state(&report)?;
        page.rings(&report)?;
        page.keys(&report)?;
        page.work(&report)
    }
}

/// A page in the making.
struct Page<'a> {
    encoder: DescriptorEncoder<'a>,
    card: String,
}

impl Page<'_> {
    fn state(&mut self, report: &Report) -> fmt::Result {
        self.gauge("card_up", "Whether the card takes jobs", u64::from(report.state.up))?;
        let passed = u64::from(report.state.tested);
        self.gauge("card_selftest_passed", "Whether the card's self-test has passed", passed)?;
        self.gauge("card_epoch", "Resets of the card, modulo 128", report.state.epoch)?;
        self.gauge("card_clock_khz", "Clock of the card", report.identity.clock_khz)
    }

    fn rings(&mut self, report: &Report) -> fmt::Result {
        let rings = &report.rings;
        let of = |value: fn(&crate::card::Ring) -> u64| -> Vec<Count> {
            rings.iter().map(|ring| Count::new(&ring.index.to_string(), value(ring))).collect()
        };
        self.gauges("card_ring_jobs", "Jobs in a ring now, by ring", &of(|ring| ring.in_flight))?;
        self.counters("card_ring_submitted", "Jobs put into a ring", &of(|ring| ring.submitted))?;
        self.counters("card_ring_completed", "Completions of a ring", &of(|ring| ring.completed))?;
        self.counters("card_ring_doorbells", "Doorbells of a ring", &of(|ring| ring.doorbells))?;
        self.counters("card_ring_interrupts", "Interrupts of a ring", &of(|ring| ring.interrupts))
    }

    fn keys(&mut self, report: &Report) -> fmt::Result {
        let keys = &report.keys;
        let slots = [Count::new("all", keys.slots), Count::new("resident", keys.resident)];
        self.gauges("card_key_slots", "Slots for keys", &slots)?;
        let uses = [
            Count::new("hits", keys.hits),
            Count::new("misses", keys.misses),
            Count::new("evictions", keys.evictions),
            Count::new("zeroised", keys.zeroised),
        ];
        self.counters("card_keys", "Uses of the slots as a cache", &uses)
    }

    fn work(&mut self, report: &Report) -> fmt::Result {
        let (jobs, faults) = (&report.jobs, &report.faults);
        self.counters("card_jobs", "Jobs run on the card, by operation", &jobs.card)?;
        self.counters("card_software_jobs", "Jobs run in software, by reason", &jobs.software)?;
        self.counters("card_faults", "Faults of the card, by kind", &faults.kinds)?;
        let help = "Jobs that began on the card and were answered by software";
        self.counter("card_failovers", help, faults.failovers)?;
        self.counter("card_recoveries", "Times that the card came back", faults.recoveries)?;
        let help = "How long the last recovery took, in microseconds of the link's clock";
        self.gauge("card_recovery_us", help, faults.recovery_us)?;
        self.counters("card_events", "Counters of the card itself", &report.counters)
    }

    fn gauge(&mut self, name: &str, help: &str, value: u64) -> fmt::Result {
        self.write(MetricType::Gauge, name, help, &[(None, value)])
    }

    fn gauges(&mut self, name: &str, help: &str, rows: &[Count]) -> fmt::Result {
        self.write(MetricType::Gauge, name, help, &labelled(rows))
    }

    fn counter(&mut self, name: &str, help: &str, value: u64) -> fmt::Result {
        self.write(MetricType::Counter, name, help, &[(None, value)])
    }

    fn counters(&mut self, name: &str, help: &str, rows: &[Count]) -> fmt::Result {
        self.write(MetricType::Counter, name, help, &labelled(rows))
    }

    fn write(&mut self, of: MetricType, name: &str, help: &str, rows: &[Row]) -> fmt::Result {
        let mut metric = self.encoder.encode_descriptor(name, help, None, of)?;
        for (kind, value) in rows {
            let kind = kind.as_deref().map(|kind| ("kind", kind));
            let labels: Vec<_> =
                std::iter::once(("card", self.card.as_str())).chain(kind).collect();
            let family = metric.encode_family(&labels)?;
            match of {
                MetricType::Gauge => {
                    ConstGauge::new(i64::try_from(*value).unwrap_or(i64::MAX)).encode(family)?;
                }
                _ => ConstCounter::new(*value).encode(family)?,
            }
        }
        Ok(())
    }
}

/// What the label `kind` says, if there is one, and the value.
type Row = (Option<String>, u64);

fn labelled(rows: &[Count]) -> Vec<Row> {
    rows.iter().map(|row| (Some(row.name.clone()), row.value)).collect()
}

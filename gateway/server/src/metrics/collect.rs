//! Shows the plain counters that engine and transport keep for each core.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeLabelSet, EncodeMetric};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::metrics::gauge::ConstGauge;
use typex_engine::{BATCH_BOUNDS, Counters, Engine, LaneClass, Refusal as Refused, Route};

use crate::transport::{Counters as Observed, Observer, Refusal, Transport};

/// Which counter of a core.
type Select = fn(&Observed) -> &AtomicU64;

/// Reads the counters when a page is asked for.
pub(super) struct Collected {
    pub(super) engine: Arc<Engine>,
    pub(super) observer: Arc<Observer>,
}

impl fmt::Debug for Collected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Collected")
    }
}

/// One label and its value.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct Label {
    pub(super) kind: String,
}

impl Collector for Collected {
    fn encode(&self, mut encoder: DescriptorEncoder) -> fmt::Result {
        self.transport(&mut encoder)?;
        self.engine(&mut encoder)?;
        self.pools(&mut encoder)?;
        self.queues(&mut encoder)
    }
}

impl Collected {
    fn transport(&self, out: &mut DescriptorEncoder) -> fmt::Result {
        let total = |of: Select| self.observer.total(of);
        gauge(out, "connections_open", "Open connections", total(|c| &c.connections_open))?;
        let counts: [(&str, Select); 13] = [
            ("accepted_tcp", |c| &c.connections_tcp),
            ("accepted_quic", |c| &c.connections_quic),
            ("handshakes", |c| &c.handshakes),
            ("handshakes_failed", |c| &c.handshakes_failed),
            ("quic_retries", |c| &c.quic_retries),
            ("accept_errors", |c| &c.accept_errors),
            ("idle_closed", |c| &c.idle_closed),
            ("rested", |c| &c.rested),
            ("slow_heads", |c| &c.slow_heads),
            ("stalled", |c| &c.stalled),
            ("cancelled", |c| &c.cancelled),
            ("bytes_in", |c| &c.bytes_in),
            ("bytes_out", |c| &c.bytes_out),
        ];
        let rows = counts.into_iter().map(|(kind, of)| (kind.to_owned(), total(of)));
        family(out, "transport", "Events of the transport by kind", rows)?;
        let rows = Transport::ALL.into_iter().map(|transport| {
            let count = self.observer.total(|core| core.requests(transport));
            (transport.name().to_owned(), count)
        });
        family(out, "transport_requests", "Requests read, by transport", rows)?;
        let rows = Refusal::ALL.into_iter().map(|refusal| {
            let count = self.observer.total(|core| core.refusals(refusal));
            (refusal.name().to_owned(), count)
        });
        family(out, "transport_refusals", "Requests refused by the transport", rows)
    }

    fn engine(&self, out: &mut DescriptorEncoder) -> fmt::Result {
        let sum = |of: &dyn Fn(&Counters) -> u64| -> u64 { self.engine.counters().map(of).sum() };
        let rows = Route::ALL
            .into_iter()
            .map(|route| (route.name().to_owned(), sum(&|core| core.routed(route))));
        family(out, "engine_routes", "Jobs by the way they took", rows)?;
        let rows = LaneClass::ALL
            .into_iter()
            .map(|class| (class.name().to_owned(), sum(&|core| core.admitted_of(class))));
        family(out, "engine_admitted", "Admitted jobs by lane", rows)?;
        let rows = Refused::ALL
            .into_iter()
            .map(|refusal| (refusal.name().to_owned(), sum(&|core| core.refused_for(refusal))));
        family(out, "engine_refused", "Jobs refused, by cause", rows)?;
        let load = |of: fn(&Counters) -> &AtomicU64| sum(&|core| of(core).load(Ordering::Relaxed));
        let rows = [
            ("cancelled", load(|core| &core.cancelled)),
            ("expired", load(|core| &core.expired)),
            ("delivered", load(|core| &core.delivered)),
            ("failed", load(|core| &core.failed)),
            ("stale", load(|core| &core.stale)),
        ];
        let rows = rows.into_iter().map(|(kind, count)| (kind.to_owned(), count));
        family(out, "engine_jobs", "Jobs by how they ended", rows)?;
        let rows = BATCH_BOUNDS.into_iter().enumerate().map(|(at, bound)| {
            let count = sum(&|core| core.batch_jobs[at].load(Ordering::Relaxed));
            (format!("up_to_{bound}"), count)
        });
        family(out, "engine_batches", "Batches by number of jobs", rows)
    }

    fn pools(&self, out: &mut DescriptorEncoder) -> fmt::Result {
        let sum = |of: fn(&Counters) -> &AtomicU64| -> u64 {
            self.engine.counters().map(|core| of(core).load(Ordering::Relaxed)).sum()
        };
        let rows = [
            ("parcels", sum(|core| &core.parcels)),
            ("rsa_side_by_side", sum(|core| &core.beside)),
        ];
        let rows = rows.into_iter().map(|(kind, count)| (kind.to_owned(), count));
        family(out, "engine_pools", "Parcels of pools, and RSA operations in lanes", rows)?;
        let (name, help) = ("engine_rsa_keys_ready", "RSA keys made ahead, by bits");
        let mut metric = out.encode_descriptor(name, help, None, MetricType::Gauge)?;
        for (bits, keys) in self.engine.keys_ready() {
            let keys = i64::try_from(keys).unwrap_or(i64::MAX);
            let label = Label { kind: bits.to_string() };
            ConstGauge::new(keys).encode(metric.encode_family(&label)?)?;
        }
        Ok(())
    }

    fn queues(&self, out: &mut DescriptorEncoder) -> fmt::Result {
        let depth =
            self.engine.counters().map(|core| core.queue_jobs.load(Ordering::Relaxed)).sum();
        gauge(out, "engine_queue_jobs", "Jobs waiting for a batch", depth)?;
        let longest =
            self.engine.counters().map(|core| core.queue_wait_ns_max.load(Ordering::Relaxed)).max();
        let help = "Longest wait for a batch since the start, nanoseconds";
        gauge(out, "engine_queue_age_ns_max", help, longest.unwrap_or(0))
    }
}

fn gauge(out: &mut DescriptorEncoder, name: &str, help: &str, value: u64) -> fmt::Result {
    let value = i64::try_from(value).unwrap_or(i64::MAX);
    ConstGauge::new(value).encode(out.encode_descriptor(name, help, None, MetricType::Gauge)?)
}

fn family(
    out: &mut DescriptorEncoder,
    name: &str,
    help: &str,
    rows: impl Iterator<Item = (String, u64)>,
) -> fmt::Result {
    let mut metric = out.encode_descriptor(name, help, None, MetricType::Counter)?;
    for (kind, count) in rows {
        ConstCounter::new(count).encode(metric.encode_family(&Label { kind })?)?;
    }
    Ok(())
}

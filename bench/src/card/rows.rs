//! Rows measured, one after the other.

use super::ceiling;
use super::error::BenchError;
use super::measure::{Measured, alone, throughput};
use super::report::{Figure, Identity, LatencyNs, Report, Row};
use super::spec::{Options, Spec, Value, specs};
use super::stand::{Setup, Shape};
use super::traffic::Load;
use pcie_sim::{Config, Device};
use typex_abi::Configuration;

/// The names of the rows that [`run`] measures, in its order.
pub fn names(options: &Options) -> Vec<String> {
    specs(options).into_iter().map(|spec| spec.name).collect()
}

/// Measures all rows. Each row has a card of its own, made by `build`, and tells `progress`.
///
/// # Errors
/// [`BenchError`]: a wrong answer, a refused job, a stall, counters that do not agree. A figure
/// that misses its target is no error: the row says so.
pub fn run(
    identity: &Identity,
    options: &Options,
    build: &mut dyn FnMut() -> Result<Box<dyn Device>, BenchError>,
    progress: &mut dyn FnMut(&Row),
) -> Result<Report, BenchError> {
    let mut rows = Vec::new();
    let mut shape = None;
    for spec in specs(options) {
        let measured = spec.measure(options.seed, build()?)?;
        same_card(identity, &measured.shape)?;
        shape = Some(measured.shape);
        let mut row = spec.row(&measured);
        if identity.is_rtl() {
            row.cosim_cycles_per_s = cycles_per_s(&measured);
        }
        progress(&row);
        rows.push(row);
    }
    Ok(report(identity, options, shape, rows))
}

/// The RTL that the report names has to be the one that the card says it is.
fn same_card(identity: &Identity, shape: &Shape) -> Result<(), BenchError> {
    let named = identity.rtl_hash.get(..8).and_then(|hex| u32::from_str_radix(hex, 16).ok());
    let build = named.unwrap_or(0);
    if build == shape.build {
        Ok(())
    } else {
        Err(BenchError::OtherCard { named: build, build: shape.build })
    }
}

fn report(identity: &Identity, options: &Options, shape: Option<Shape>, rows: Vec<Row>) -> Report {
    let named = |shape: Shape| Configuration::from_id(shape.configuration);
    let config = shape.and_then(named).map_or("unknown", |configuration| configuration.name);
    Report {
        card: identity.card.clone(),
        rtl_hash: identity.rtl_hash.clone(),
        config: config.to_owned(),
        clock_mhz: shape.map_or(0.0, |shape| f64::from(shape.clock_khz) / 1000.0),
        link: options.link.name(),
        latency_profile: options.latency.profile.to_owned(),
        lanes: shape.map_or(0, |shape| shape.lanes),
        regs_per_round: shape.map_or(0, |shape| shape.regs_per_round),
        key_slots: shape.map_or(0, |shape| shape.key_slots),
        seed: options.seed,
        rows,
    }
}

/// Cycles of the window by the processor time it took.
fn cycles_per_s(measured: &Measured) -> Option<f64> {
    let cycles = measured.window_ps as f64 * f64::from(measured.shape.clock_khz) / 1e9;
    let seconds = measured.cpu?.as_secs_f64();
    (seconds > 0.0).then(|| (cycles / seconds).round())
}

/// What a measured window comes to.
struct Rates {
    seconds: f64,
    messages_per_s: f64,
    gbit_per_s: f64,
    /// Blocks per lane.
    blocks_per_cycle: f64,
    /// Messages per second that the link carries at most.
    ceiling: f64,
}

impl Spec {
    fn measure(&self, seed: u64, device: Box<dyn Device>) -> Result<Measured, BenchError> {
        let latency = self.latency.clone();
        let config = Config { latency, ..Config::new(self.link, seed) };
        let &Self { work, data_bytes, lanes, ring_log2, .. } = self;
        let setup = Setup { work, data_bytes, lanes, ring_log2, seed };
        let measured = if let Value::Microseconds(_) = self.value {
            alone(&config, device, setup, self.messages)?
        } else {
            let &Self { backlog, messages, messages_per_key, .. } = self;
            let load = Load { backlog, messages, messages_per_key };
            throughput(&config, device, setup, load)?
        };
        measured.check(&self.name, &setup)?;
        Ok(measured)
    }

    fn row(&self, measured: &Measured) -> Row {
        let latency_ns = LatencyNs::of(&measured.latencies_ns);
        let rates = self.rates(measured);
        Row {
            name: self.name.clone(),
            figure: self.figure(&rates, &latency_ns),
            link: self.link.name(),
            lanes: measured.lanes,
            data_bytes: self.data_bytes,
            ring_entries: 1 << self.ring_log2,
            backlog: self.backlog,
            messages: measured.messages,
            keys_loaded: measured.totals.keys,
            microseconds: rates.seconds * 1e6,
            messages_per_s: rates.messages_per_s,
            gbit_per_s: rates.gbit_per_s,
            ceiling_messages_per_s: rates.ceiling,
            blocks_per_cycle_per_lane: rates.blocks_per_cycle,
            link_up: measured.link.upstream.utilisation(measured.window_ps),
            link_down: measured.link.downstream.utilisation(measured.window_ps),
            latency_ns,
            cosim_cycles_per_s: None,
            counters: measured.counters.clone(),
        }
    }

    fn rates(&self, measured: &Measured) -> Rates {
        let seconds = measured.window_ps as f64 / 1e12;
        let messages_per_s = measured.messages as f64 / seconds;
        let issue = measured.issue;
        Rates {
            seconds,
            messages_per_s,
            gbit_per_s: messages_per_s * self.data_bytes as f64 * 8.0 / 1e9,
            blocks_per_cycle: issue.blocks as f64 / issue.cycles as f64 / f64::from(measured.lanes),
            ceiling: ceiling::messages_per_s(&self.link, self.work, self.data_bytes),
        }
    }

    fn figure(&self, rates: &Rates, latency_ns: &LatencyNs) -> Figure {
        let millions = rates.messages_per_s / 1e6;
        match self.value {
            Value::BlocksPerCycle(target) => figure("blocks/cycle", rates.blocks_per_cycle, target),
            Value::Millions(target) => figure("M/s", millions, target),
            Value::ShareOfCeiling(share) => {
                Figure::at_least("M/s", millions, share * rates.ceiling / 1e6)
            }
            Value::Gigabits => Figure::reported("Gbit/s", rates.gbit_per_s),
            Value::Microseconds(target) => {
                Figure::at_most("us", f64::from(latency_ns.p50) / 1000.0, target)
            }
        }
    }
}

fn figure(unit: &'static str, value: f64, target: Option<f64>) -> Figure {
    match target {
        Some(target) => Figure::at_least(unit, value, target),
        None => Figure::reported(unit, value),
    }
}

#[cfg(test)]
mod tests {
    use super::super::fake::{Fake, Lie};
    use super::*;
    use typex_card::host::StartError;

    fn identity() -> Identity {
        Identity { card: "fake".into(), rtl_hash: String::new() }
    }

    fn measure(lie: Lie, only: &str) -> Result<Report, BenchError> {
        let only = vec![only.to_owned()];
        let options = Options { messages: 300, sweep_messages: 100, only, ..Options::default() };
        run(&identity(), &options, &mut || Ok(Box::new(Fake::new(lie))), &mut |_| ())
    }

    #[test]
    fn rows_have_the_promised_names() {
        let names = names(&Options::default());
        let main = ["cbc64", "cbc64_key16", "gcm64", "gcm64_aad16", "process16"];
        let later = ["reencrypt64", "reencrypt256", "idle64"];
        assert!(main.iter().chain(&later).all(|name| names.iter().any(|n| n == name)));
        let mut unique = names.clone();
        unique.sort_unstable();
        unique.dedup();
        assert_eq!(unique.len(), names.len());
    }

    #[test]
    fn a_card_is_measured_and_the_figures_repeat() {
        for only in ["cbc64", "gcm64", "idle64", "size/gcm/64", "lanes", "ring"] {
            let one = measure(Lie::None, only).unwrap();
            let two = measure(Lie::None, only).unwrap();
            assert!(!one.rows.is_empty() && one.differences(&two, 0.0).is_empty(), "{only}");
            assert!(one.rows.iter().all(|row| row.figure.value > 0.0), "{only}");
            assert_eq!((one.config.as_str(), one.key_slots), ("usp-model", 64));
        }
        let keys = measure(Lie::None, "cbc64_key16").unwrap();
        let row = &keys.rows[0];
        let sent = row.counters["completions"] - row.keys_loaded;
        assert!((sent / 20..=sent / 16).contains(&row.keys_loaded), "{} {sent}", row.keys_loaded);
    }

    #[test]
    fn the_speed_of_simulation_is_told_of_rtl_alone() {
        // Long enough for a system that counts processor time in ticks.
        let options = Options { messages: 5000, only: vec!["gcm64".into()], ..Options::default() };
        let rates = |card: &str| {
            let identity = Identity { card: card.into(), rtl_hash: String::new() };
            let fake = &mut || -> Result<Box<dyn Device>, _> { Ok(Box::new(Fake::new(Lie::None))) };
            let rows = run(&identity, &options, fake, &mut |_| ()).unwrap().rows;
            rows.iter().map(|row| row.cosim_cycles_per_s).collect::<Vec<_>>()
        };
        assert!(rates("model").iter().all(Option::is_none));
        let told = rates("rtl");
        assert!(!told.is_empty() && told.iter().all(|rate| rate.is_some_and(|rate| rate > 0.0)));
    }

    #[test]
    fn a_lie_is_found_out() {
        use BenchError::{Counter, Refused, Stalled, Start, Tag, WrongOutput};
        let found = |lie| measure(lie, "cbc64").err();
        assert!(matches!(found(Lie::WrongOutput), Some(WrongOutput { .. })));
        assert!(matches!(found(Lie::Refuse), Some(Refused { .. })));
        assert!(matches!(found(Lie::Silent), Some(Stalled { .. })));
        assert!(matches!(found(Lie::NoSelfTest), Some(Start(StartError::SelfTest { .. }))));
        assert!(matches!(found(Lie::UnknownTag), Some(Tag { tag: 4000, .. })));
        let miscount = found(Lie::Miscount);
        assert!(matches!(miscount, Some(Counter { counter: "completions", .. })), "{miscount:?}");
    }

    #[test]
    fn a_latency_of_the_idle_card_is_that_of_the_link_here() {
        let report = measure(Lie::None, "idle64").unwrap();
        let row = report.row("idle64").unwrap();
        // Doorbell 250, two reads of 550, completion 250 ns, and some cycles of the fake.
        assert!((1550..1750).contains(&row.latency_ns.p50), "{:?}", row.latency_ns);
        let added = report.row("idle64_hard_block_added").unwrap();
        assert!((590..610).contains(&(added.latency_ns.p50 - row.latency_ns.p50)));
    }

    #[test]
    fn plots_are_drawn() {
        let report = measure(Lie::None, "backlog/cbc64/1").unwrap();
        let folder = std::env::temp_dir().join(format!("typex-bench-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let files = super::super::plots(&report, &folder).unwrap();
        let svg = std::fs::read_to_string(&files[0]).unwrap();
        std::fs::remove_dir_all(&folder).unwrap();
        assert!(files.len() == 1 && svg.contains("jobs under way") && svg.contains("cbc64"));
    }
}

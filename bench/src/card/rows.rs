//! The rows: what is measured, under which name, against which target.

use super::ceiling;
use super::error::BenchError;
use super::measure::{Measured, alone, throughput};
use super::report::{Figure, Identity, LatencyNs, Report, Row};
use super::stand::{Setup, Shape};
use super::traffic::Load;
use super::work::Work;
use pcie_sim::{Config, Device, Generation, Latency, Link, Width};
use typex_abi::Configuration;

/// What to measure.
#[derive(Clone, Debug)]
pub struct Options {
    /// Link of all rows but those of the sweep over links.
    pub link: Link,
    /// Its latencies.
    pub latency: Latency,
    /// Messages of a main row.
    pub messages: u64,
    /// Messages of a row of a sweep.
    pub sweep_messages: u64,
    /// The sweeps.
    pub sweeps: Vec<Sweep>,
    /// Only rows whose name begins like one of these; none: all rows.
    pub only: Vec<String>,
    /// Seed of messages, keys and latencies.
    pub seed: u64,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            link: Link::new(Generation::Gen3, Width::X16),
            latency: Latency::good(),
            messages: 100_000,
            sweep_messages: 5_000,
            sweeps: Sweep::ALL.to_vec(),
            only: Vec::new(),
            seed: 1,
        }
    }
}

/// What is varied while the rest stays as it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sweep {
    /// Length of messages.
    Size,
    /// Lanes that take jobs.
    Lanes,
    /// The link.
    Link,
    /// Entries of the ring.
    Ring,
    /// Jobs under way.
    Backlog,
}

impl Sweep {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Size, Self::Lanes, Self::Link, Self::Ring, Self::Backlog];

    /// First part of the rows' names.
    pub fn name(self) -> &'static str {
        match self {
            Self::Size => "size",
            Self::Lanes => "lanes",
            Self::Link => "link",
            Self::Ring => "ring",
            Self::Backlog => "backlog",
        }
    }
}

/// How a row's value is made of what was measured.
#[derive(Clone, Copy)]
enum Value {
    /// Blocks per cycle and lane, and what it has to reach.
    BlocksPerCycle(Option<f64>),
    /// Millions of messages per second, and what it has to reach.
    Millions(Option<f64>),
    /// The same, with a share of the link's ceiling as the target.
    ShareOfCeiling(f64),
    Gigabits,
    /// Median in microseconds of messages that come alone, and what it may not exceed.
    Microseconds(f64),
}

/// A row to be measured.
#[derive(Clone)]
struct Spec {
    name: String,
    work: Work,
    data_bytes: usize,
    lanes: u32,
    ring_log2: u32,
    backlog: usize,
    messages: u64,
    messages_per_key: Option<u64>,
    link: Link,
    latency: Latency,
    value: Value,
}

const RING_LOG2: u32 = 10;
/// More than both lanes have contexts for, so that the card and not the host is the limit.
const BACKLOG: usize = 512;
/// A key can be loaded only when the jobs of the one before it are done, so two turns of the backlog
/// pass between the last message under the old key and the first under the new one. With a key for
/// 16 messages and 64 slots, this leaves a third of the slots in service.
const KEY_BACKLOG: usize = 256;
const LONE_MESSAGES: u64 = 1000;
/// Seven forward blocks at 250 MHz, and nine tenths of it.
const PROCESS_TARGET: f64 = 0.9 * 250.0 / 7.0;

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
        let row = spec.row(&measured);
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

fn specs(options: &Options) -> Vec<Spec> {
    let mut all = main_rows(options);
    for sweep in &options.sweeps {
        all.extend(sweep_rows(*sweep, options));
    }
    let only = &options.only;
    all.retain(|spec| only.is_empty() || only.iter().any(|begin| spec.name.starts_with(begin)));
    all
}

fn main_rows(options: &Options) -> Vec<Spec> {
    let spec = |name: &str, work, lanes, value| Spec {
        name: name.to_owned(),
        work,
        lanes,
        value,
        messages: options.messages,
        ..Spec::base(options)
    };
    let gcm = |aad_bytes| Work::Gcm { aad_bytes };
    let cbc = spec("cbc64", Work::Cbc, 1, Value::BlocksPerCycle(Some(0.98)));
    let keys = spec("cbc64_key16", Work::Cbc, 1, Value::BlocksPerCycle(None));
    let process = spec("process16", Work::Process, 1, Value::Millions(Some(PROCESS_TARGET)));
    let mut rows = vec![
        cbc,
        Spec { messages_per_key: Some(16), backlog: KEY_BACKLOG, ..keys },
        spec("gcm64", gcm(0), 2, Value::ShareOfCeiling(0.85)),
        spec("gcm64_aad16", gcm(16), 2, Value::ShareOfCeiling(0.85)),
        Spec { data_bytes: 16, ..process },
        spec("reencrypt64", Work::CbcToGcm, 1, Value::Millions(None)),
        spec("reencrypt64_gcm", Work::GcmToGcm, 1, Value::Millions(None)),
    ];
    rows.extend(lone_rows(options));
    rows
}

/// One message on an idle card: the slowest mode, the fastest, and the former on a link whose hard
/// block comes on top of the published round trip.
fn lone_rows(options: &Options) -> Vec<Spec> {
    let spec = |name: &str, work, latency| Spec {
        name: name.to_owned(),
        work,
        latency,
        messages: LONE_MESSAGES.min(options.messages),
        backlog: 1,
        lanes: u32::MAX,
        value: Value::Microseconds(3.0),
        ..Spec::base(options)
    };
    let latency = || options.latency.clone();
    vec![
        spec("idle64", Work::Cbc, latency()),
        spec("idle64_gcm", Work::Gcm { aad_bytes: 0 }, latency()),
        spec("idle64_hard_block_added", Work::Cbc, latency().with_hard_block_added()),
    ]
}

fn sweep_rows(sweep: Sweep, options: &Options) -> Vec<Spec> {
    let gcm = Work::Gcm { aad_bytes: 0 };
    let base = Spec { messages: options.sweep_messages, ..Spec::base(options) };
    let row = |what: &str, at: String, spec: Spec| {
        let name = format!("{}/{what}/{at}", sweep.name());
        Spec { name, ..spec }
    };
    match sweep {
        Sweep::Size => {
            let works = [("cbc", Work::Cbc), ("ctr", Work::Ctr), ("gcm", gcm)];
            let sizes = [16, 64, 128, 256, 512, 1024, 2048, 4096];
            let of = |(what, work), data_bytes: usize| {
                row(what, data_bytes.to_string(), Spec { work, data_bytes, ..base.clone() })
            };
            works.iter().flat_map(|work| sizes.map(|size| of(*work, size))).collect()
        }
        Sweep::Lanes => {
            let of = |data_bytes: usize, lanes: u32| {
                let spec = Spec { work: gcm, data_bytes, lanes, ..base.clone() };
                row(&format!("gcm{data_bytes}"), lanes.to_string(), spec)
            };
            [64, 1024].iter().flat_map(|size| [1, 2].map(|lanes| of(*size, lanes))).collect()
        }
        Sweep::Link => {
            let of = |data_bytes: usize, link: Link| {
                let spec = Spec { work: gcm, data_bytes, link, ..base.clone() };
                row(&format!("gcm{data_bytes}"), link.name(), spec)
            };
            [64, 1024].iter().flat_map(|size| links().map(|link| of(*size, link))).collect()
        }
        Sweep::Ring => {
            let of = |ring_log2: u32| {
                let spec = Spec { work: gcm, ring_log2, backlog: 1 << ring_log2, ..base.clone() };
                row("gcm64", (1u32 << ring_log2).to_string(), spec)
            };
            (4..=RING_LOG2).map(of).collect()
        }
        Sweep::Backlog => {
            let value = Value::BlocksPerCycle(None);
            let of = |log2: u32| {
                let spec = Spec { lanes: 1, backlog: 1 << log2, value, ..base.clone() };
                row("cbc64", (1u32 << log2).to_string(), spec)
            };
            (0..=9).map(of).collect()
        }
    }
}

fn links() -> [Link; 5] {
    use Generation::{Gen3, Gen4, Gen5};
    use Width::{X8, X16};
    [(Gen3, X8), (Gen3, X16), (Gen4, X8), (Gen4, X16), (Gen5, X16)]
        .map(|(generation, width)| Link::new(generation, width))
}

impl Spec {
    fn base(options: &Options) -> Self {
        Self {
            name: String::new(),
            work: Work::Cbc,
            data_bytes: 64,
            lanes: u32::MAX,
            ring_log2: RING_LOG2,
            backlog: BACKLOG,
            messages: 0,
            messages_per_key: None,
            link: options.link,
            latency: options.latency.clone(),
            value: Value::Gigabits,
        }
    }

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
        let seconds = measured.window_ps as f64 / 1e12;
        let messages_per_s = measured.messages as f64 / seconds;
        let gbit_per_s = messages_per_s * self.data_bytes as f64 * 8.0 / 1e9;
        let issue = measured.issue;
        let per_cycle = issue.blocks as f64 / issue.cycles as f64 / f64::from(measured.lanes);
        let ceiling = ceiling::messages_per_s(&self.link, self.work, self.data_bytes);
        Row {
            name: self.name.clone(),
            figure: match self.value {
                Value::BlocksPerCycle(target) => figure("blocks/cycle", per_cycle, target),
                Value::Millions(target) => figure("M/s", messages_per_s / 1e6, target),
                Value::ShareOfCeiling(share) => {
                    Figure::at_least("M/s", messages_per_s / 1e6, share * ceiling / 1e6)
                }
                Value::Gigabits => Figure::reported("Gbit/s", gbit_per_s),
                Value::Microseconds(target) => {
                    Figure::at_most("us", f64::from(latency_ns.p50) / 1000.0, target)
                }
            },
            link: self.link.name(),
            lanes: measured.lanes,
            data_bytes: self.data_bytes,
            ring_entries: 1 << self.ring_log2,
            backlog: self.backlog,
            messages: measured.messages,
            keys_loaded: measured.totals.keys,
            microseconds: seconds * 1e6,
            messages_per_s,
            gbit_per_s,
            ceiling_messages_per_s: ceiling,
            blocks_per_cycle_per_lane: per_cycle,
            link_up: measured.link.upstream.utilisation(measured.window_ps),
            link_down: measured.link.downstream.utilisation(measured.window_ps),
            latency_ns,
            counters: measured.counters.clone(),
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
        let main = ["cbc64", "cbc64_key16", "gcm64", "gcm64_aad16", "process16", "reencrypt64"];
        assert!(main.iter().chain(&["idle64"]).all(|name| names.iter().any(|n| n == name)));
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
    fn a_lie_is_found_out() {
        use BenchError::{Counter, Refused, SelfTest, Stalled, Tag, WrongOutput};
        let found = |lie| measure(lie, "cbc64").err();
        assert!(matches!(found(Lie::WrongOutput), Some(WrongOutput { .. })));
        assert!(matches!(found(Lie::Refuse), Some(Refused { .. })));
        assert!(matches!(found(Lie::Silent), Some(Stalled { .. })));
        assert!(matches!(found(Lie::NoSelfTest), Some(SelfTest { .. })));
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

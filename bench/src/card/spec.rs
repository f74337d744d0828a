//! What is measured: options, and the specification of each row.

use super::work::Work;
use pcie_sim::{Generation, Latency, Link, Width};

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
pub(crate) enum Value {
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
pub(crate) struct Spec {
    pub(crate) name: String,
    pub(crate) work: Work,
    pub(crate) data_bytes: usize,
    pub(crate) lanes: u32,
    pub(crate) ring_log2: u32,
    pub(crate) backlog: usize,
    pub(crate) messages: u64,
    pub(crate) messages_per_key: Option<u64>,
    pub(crate) link: Link,
    pub(crate) latency: Latency,
    pub(crate) value: Value,
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

pub(crate) fn specs(options: &Options) -> Vec<Spec> {
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
    let cbc = spec("cbc64", Work::Cbc, 1, Value::BlocksPerCycle(Some(0.98)));
    let keys = spec("cbc64_key16", Work::Cbc, 1, Value::BlocksPerCycle(None));
    let process = spec("process16", Work::Process, 1, Value::Millions(Some(PROCESS_TARGET)));
    let mut rows = vec![
        cbc,
        Spec { messages_per_key: Some(16), backlog: KEY_BACKLOG, ..keys },
        spec("gcm64", GCM, 2, Value::ShareOfCeiling(0.85)),
        spec("gcm64_aad16", Work::Gcm { aad_bytes: 16 }, 2, Value::ShareOfCeiling(0.85)),
        Spec { data_bytes: 16, ..process },
        spec("reencrypt64", Work::CbcToGcm, 1, Value::Millions(None)),
        Spec { data_bytes: 256, ..spec("reencrypt256", Work::CbcToGcm, 1, Value::Millions(None)) },
        spec("reencrypt64_gcm", Work::GcmToGcm, 1, Value::Millions(None)),
        spec("reencrypt64_ctr", Work::CbcToCtr, 1, Value::Millions(None)),
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
        spec("idle64_gcm", GCM, latency()),
        spec("idle64_hard_block_added", Work::Cbc, latency().with_hard_block_added()),
    ]
}

fn sweep_rows(sweep: Sweep, options: &Options) -> Vec<Spec> {
    let base = Spec { messages: options.sweep_messages, ..Spec::base(options) };
    match sweep {
        Sweep::Size => sizes(&base),
        Sweep::Lanes => both_sizes(|bytes| [1, 2].map(|lanes| gcm_over_lanes(&base, bytes, lanes))),
        Sweep::Link => both_sizes(|bytes| links().map(|link| gcm_over_links(&base, bytes, link))),
        Sweep::Ring => (4..=RING_LOG2).map(|log2| gcm_over_rings(&base, log2)).collect(),
        Sweep::Backlog => (0..=9).map(|log2| cbc_over_backlogs(&base, log2)).collect(),
    }
}

const GCM: Work = Work::Gcm { aad_bytes: 0 };

fn sizes(base: &Spec) -> Vec<Spec> {
    let works = [("cbc", Work::Cbc), ("ctr", Work::Ctr), ("gcm", GCM)];
    let sizes = [16, 64, 128, 256, 512, 1024, 2048, 4096];
    let of = |(what, work), data_bytes| {
        let name = format!("size/{what}/{data_bytes}");
        Spec { name, work, data_bytes, ..base.clone() }
    };
    works.iter().flat_map(|work| sizes.map(|size| of(*work, size))).collect()
}

/// Short messages, where the link decides, and long ones, where the lanes do.
fn both_sizes<const N: usize>(of: impl Fn(usize) -> [Spec; N]) -> Vec<Spec> {
    [64, 1024].into_iter().flat_map(of).collect()
}

fn gcm_over_lanes(base: &Spec, data_bytes: usize, lanes: u32) -> Spec {
    let name = format!("lanes/gcm{data_bytes}/{lanes}");
    Spec { name, work: GCM, data_bytes, lanes, ..base.clone() }
}

fn gcm_over_links(base: &Spec, data_bytes: usize, link: Link) -> Spec {
    let name = format!("link/gcm{data_bytes}/{}", link.name());
    Spec { name, work: GCM, data_bytes, link, ..base.clone() }
}

fn gcm_over_rings(base: &Spec, ring_log2: u32) -> Spec {
    let entries = 1 << ring_log2;
    let name = format!("ring/gcm64/{entries}");
    Spec { name, work: GCM, ring_log2, backlog: entries, ..base.clone() }
}

fn cbc_over_backlogs(base: &Spec, log2: u32) -> Spec {
    let backlog = 1 << log2;
    let (name, value) = (format!("backlog/cbc64/{backlog}"), Value::BlocksPerCycle(None));
    Spec { name, lanes: 1, backlog, value, ..base.clone() }
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
}

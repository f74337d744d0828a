//! One measurement: a load on a fresh card, the window in which it is steady, the checks.

use super::counters::{Counters, Issue, Sample};
use super::error::BenchError;
use super::limits::{MESSAGES_MAX, STALL_PS};
use super::stand::{Setup, Shape, Stand};
use super::traffic::{Load, Traffic};
use pcie_sim::{Config, Device, HostError, Statistics};
use std::collections::BTreeMap;
use std::time::Duration;

use crate::CpuClock;

/// What was measured.
pub(crate) struct Measured {
    pub(crate) shape: Shape,
    pub(crate) lanes: u32,
    /// Messages of the window, and the time that they took.
    pub(crate) messages: u64,
    pub(crate) window_ps: u64,
    /// The thread's processor time of a window in which the card was never idle.
    pub(crate) cpu: Option<Duration>,
    /// What the card's counters say of the window.
    pub(crate) issue: Issue,
    /// What went over the link in the window.
    pub(crate) link: Statistics,
    /// Of all messages, sorted.
    pub(crate) latencies_ns: Vec<u32>,
    /// All messages and keys, and what the card counted for them.
    pub(crate) totals: Totals,
    pub(crate) counters: BTreeMap<&'static str, u64>,
}

/// What was sent, from the first message to the last.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Totals {
    pub(crate) messages: u64,
    pub(crate) keys: u64,
}

/// A point in time with what is known of it.
struct Mark {
    done: u64,
    link: Statistics,
    sample: Sample,
    cpu: Duration,
}

impl Mark {
    fn set(traffic: &mut Traffic<'_>) -> Result<Self, HostError> {
        let done = traffic.done();
        let simulation = &traffic.stand().simulation;
        let sample = Sample::ask(&simulation.host())?;
        let link = simulation.statistics();
        Ok(Self { done, link, sample, cpu: CpuClock::Thread.now() })
    }

    fn issue(&self) -> Result<Issue, BenchError> {
        Ok(self.sample.finish().unwrap_or(Err(HostError::Timeout))?)
    }

    fn issue_since(&self, first: &Self) -> Result<Issue, BenchError> {
        let (start, end) = (first.issue()?, self.issue()?);
        Ok(Issue { cycles: end.cycles - start.cycles, blocks: end.blocks - start.blocks })
    }
}

/// Runs `load.messages` messages in a steady window, and as many as it takes before and behind it.
pub(crate) fn throughput(
    config: &Config,
    device: Box<dyn Device>,
    setup: Setup,
    load: Load,
) -> Result<Measured, BenchError> {
    let mut stand = Stand::new(config, device, setup)?;
    let before = Counters::read(&mut stand.simulation)?;
    let window = load.messages.clamp(1, MESSAGES_MAX);
    let warm = (2 * load.backlog as u64).max(window / 50);
    let messages = window + 2 * warm;
    let mut traffic = Traffic::new(&mut stand, Load { messages, ..load });
    let marks = drive(&mut traffic, warm, window)?;
    let mut latencies_ns = std::mem::take(&mut traffic.latencies_ns);
    latencies_ns.sort_unstable();
    let totals = Totals { messages: traffic.done(), keys: traffic.keys_sent() };
    let counters = finish(&mut stand, &before)?;
    let [first, last] = &marks[..] else { return Err(BenchError::TooShort) };
    let issue = last.issue_since(first)?;
    let link = last.link.since(&first.link);
    Ok(Measured {
        shape: stand.shape,
        lanes: stand.setup.lanes,
        messages: last.done - first.done,
        window_ps: link.time_ps,
        cpu: last.cpu.checked_sub(first.cpu),
        issue,
        link,
        latencies_ns,
        totals,
        counters: counters.named(),
    })
}

/// Drives a load to its end. Marks the window's start and end, those of them that it reaches.
fn drive(traffic: &mut Traffic<'_>, warm: u64, window: u64) -> Result<Vec<Mark>, BenchError> {
    let mut marks = Vec::new();
    while traffic.turn()? {
        let due = if marks.is_empty() { warm } else { warm + window };
        if marks.len() < 2 && traffic.done() >= due {
            marks.push(Mark::set(traffic)?);
        }
    }
    Ok(marks)
}

/// One message at a time on an idle card.
pub(crate) fn alone(
    config: &Config,
    device: Box<dyn Device>,
    setup: Setup,
    messages: u64,
) -> Result<Measured, BenchError> {
    let mut stand = Stand::new(config, device, setup)?;
    let before = Counters::read(&mut stand.simulation)?;
    let start = stand.simulation.statistics();
    let mut latencies_ns = Vec::new();
    for _ in 0..messages.clamp(1, MESSAGES_MAX) {
        stand.simulation.run_until_idle(STALL_PS);
        let load = Load { backlog: 1, messages: 1, messages_per_key: None };
        let mut traffic = Traffic::new(&mut stand, load);
        traffic.turn_alone()?;
        latencies_ns.append(&mut traffic.latencies_ns);
    }
    latencies_ns.sort_unstable();
    let messages = latencies_ns.len() as u64;
    let link = stand.simulation.statistics().since(&start);
    let counters = finish(&mut stand, &before)?;
    Ok(Measured {
        shape: stand.shape,
        lanes: stand.setup.lanes,
        messages,
        window_ps: link.time_ps,
        cpu: None,
        issue: Issue { cycles: counters.of("cycles"), blocks: counters.of("lane_forward") },
        link,
        latencies_ns,
        totals: Totals { messages, keys: 0 },
        counters: counters.named(),
    })
}

/// The counters of the whole load, once nothing is under way.
fn finish(stand: &mut Stand, before: &Counters) -> Result<Counters, BenchError> {
    if !stand.simulation.run_until_idle(STALL_PS) {
        return Err(BenchError::NotIdle);
    }
    Ok(Counters::read(&mut stand.simulation)?.since(before))
}

impl Measured {
    /// Holds the card's counters against what came over the link.
    pub(crate) fn check(&self, row: &str, setup: &Setup) -> Result<(), BenchError> {
        for (counter, host) in self.totals.counters(setup) {
            let card = self.counters.get(counter).copied().unwrap_or(0);
            if card != host {
                let row = row.to_owned();
                return Err(BenchError::Counter { row, counter, card, host });
            }
        }
        Ok(())
    }
}

impl Totals {
    /// What the card has to have counted, by the counters' names.
    fn counters(self, setup: &Setup) -> Vec<(&'static str, u64)> {
        let Self { messages, keys } = self;
        let jobs = messages + keys;
        let (read, written) = self.link_bytes(setup);
        let mut expected = vec![
            ("descriptors", jobs),
            ("completions", jobs),
            ("refused", 0),
            ("key_loads", keys),
            ("written_bytes", written),
            ("read_bytes", read),
        ];
        // Loading a key takes blocks too; they are counted, but not predicted.
        if keys == 0 {
            let blocks = setup.work.blocks(setup.data_bytes);
            expected.extend([
                ("lane_jobs", messages),
                ("lane_forward", messages * blocks.forward),
                ("lane_inverse", messages * blocks.inverse),
                ("lane_ghash", messages * blocks.ghash),
            ]);
        }
        expected
    }

    /// Bytes that the card read and wrote.
    fn link_bytes(self, setup: &Setup) -> (u64, u64) {
        let Self { messages, keys } = self;
        let jobs = messages + keys;
        let (input, output) = setup.work.traffic(setup.data_bytes);
        let completion = typex_abi::Completion::SHORT_BYTES as u64;
        let written = messages * output as u64 + jobs * completion;
        let read = messages * input as u64
            + keys * typex_abi::WRAPPED_KEY_BYTES as u64
            + jobs * typex_abi::DESCRIPTOR_BYTES as u64;
        (read, written)
    }
}

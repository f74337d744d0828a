//! What the gateway costs: four figures, each against something else in the same run.
//!
//! ```text
//! just bench
//! just bench logins
//! ```
//!
//! Arguments choose among `handoff`, `backends`, `tokens` and `logins`. With `count` it is a server
//! whose allocations `typex bench check` asks for.
//!
//! Sides alternate in windows; a figure is the ratio of the medians over all rounds. Costs are CPU
//! time, which a busy machine disturbs little; the last figure is latency, which it does disturb.
//! A wrong answer ends the program with a failure, a missed target does not. `docs/performance.md`
//! has the tables.
#![forbid(unsafe_code)]

mod backends;
mod connection;
mod count;
mod figure;
mod handoff;
mod logins;
mod object;
mod process;
mod tokens;

use std::alloc::System;

use stats_alloc::{INSTRUMENTED_SYSTEM, StatsAlloc};

use figure::Figure;

/// Counts what every thread of this process allocates.
#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

/// Rounds of every figure; each is a window of both sides.
const ROUNDS: usize = 9;

/// Why there is no figure: something did not start, or an answer was wrong.
type Failure = Box<dyn std::error::Error + Send + Sync>;

type Measure = fn() -> Result<Vec<Figure>, Failure>;

const MEASURES: [(&str, Measure); 4] = [
    ("handoff", handoff::measure),
    ("backends", backends::measure),
    ("tokens", tokens::measure),
    ("logins", logins::measure),
];

fn main() -> Result<(), Failure> {
    let chosen: Vec<String> = std::env::args().skip(1).collect();
    if let Some(("count", arguments)) = chosen.split_first().map(|(one, all)| (one.as_str(), all)) {
        return count::serve_counted(arguments);
    }
    if let Some(unknown) = chosen.iter().find(|name| MEASURES.iter().all(|one| one.0 != **name)) {
        return Err(format!("there is no figure {unknown}").into());
    }
    println!("{}", conditions());
    let mut figures = Vec::new();
    for (name, measure) in MEASURES {
        if chosen.is_empty() || chosen.iter().any(|one| one == name) {
            figures.extend(measure()?);
            eprintln!("measured: {name}");
        }
    }
    println!("\n{}", figure::HEADING);
    figures.iter().for_each(|figure| println!("{figure}"));
    Ok(())
}

fn conditions() -> String {
    let cpus = std::thread::available_parallelism().map_or(0, usize::from);
    let text = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = text.lines().find_map(|line| line.strip_prefix("model name")?.split(": ").nth(1));
    let load = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let load = load.split(' ').next().unwrap_or_default();
    format!(
        "{cpus} CPUs ({}), kernels {}, load average at the start {load}, {ROUNDS} rounds",
        model.unwrap_or("unknown"),
        typex_kernels::Path::detect(),
    )
}

/// Allocations of this process so far, reallocations included.
fn allocations() -> usize {
    let stats = ALLOCATOR.stats();
    stats.allocations + stats.reallocations
}

//! A PCI Express link in virtual time, for testing a device and its driver without either a card
//! or a host.
//!
//! A [`Device`] is stepped once per clock cycle and sees pins: register accesses, read requests,
//! completions, write beats. A [`Host`] writes and reads registers, allocates memory that the
//! device may reach, and takes interrupts. Between them, [`Simulation`] models each direction of
//! the link as a server of bytes, latencies by distribution, PCIe's ordering rules, credits, read
//! tags, MSI-X, and faults. Time is counted in picoseconds and never looks at the wall clock: one
//! seed, one device and one sequence of host calls give one trace.
//!
//! ```
//! use pcie_sim::{Config, Generation, Link, Simulation, Width};
//! use pcie_sim::sample::CopyEngine;
//!
//! let link = Link::new(Generation::Gen4, Width::X8);
//! let config = Config::new(link, 42);
//! let mut simulation = Simulation::new(config, Box::new(CopyEngine::new(250_000)));
//! let host = simulation.host();
//!
//! let memory = host.allocate(2 << 20)?;
//! let (from, to) = (memory.bus(), memory.bus() + (1 << 20));
//! CopyEngine::start(&host, from, to, 4096, 256)?;
//! assert!(simulation.run_until_idle(1_000_000_000));
//!
//! let counts = simulation.statistics();
//! assert_eq!(counts.upstream.payload_bytes, 1 << 20);
//! let gbps = (1 << 20) as f64 * 8000.0 / counts.time_ps as f64;
//! assert!(gbps > 0.9 * link.write_gbps(4096).min(128.0));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
#![forbid(unsafe_code)]

mod clock;
mod config;
mod events;
mod fault;
mod host;
mod latency;
pub mod limits;
mod memory;
mod pins;
mod reads;
mod registers;
mod rng;
mod runner;
pub mod sample;
mod simulation;
mod statistics;
mod trace;
mod wire;
mod writes;

pub use config::{
    Buffers, COMPLETION_OVERHEAD_BYTES, Config, Cut, Generation, Link, Mps, REQUEST_OVERHEAD_BYTES,
    Width,
};
pub use fault::{Fault, FaultKind, Strike, Trigger};
pub use host::{Host, HostError, INTERRUPT_BASE, INTERRUPT_LAST, Ticket, Wake};
pub use latency::{Distribution, Latency};
pub use memory::{MemoryError, PAGE_BYTES, Region};
pub use pins::{Completion, Device, Inputs, Outputs, ReadRequest, WriteBeat};
pub use rng::Rng;
pub use runner::Runner;
pub use simulation::{Simulation, Step};
pub use statistics::{Direction, Statistics};
pub use trace::{Tlp, TlpKind, Trace, TraceHash};

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

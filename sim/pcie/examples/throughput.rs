//! Throughput of a DMA engine over message size, beside the link's formula.
//!
//! `cargo run --release -p pcie-sim --example throughput`
//!
//! The engine is clocked fast enough (500 MHz, 64 bytes a cycle) for the link to be the limit.

use pcie_sim::sample::{CopyEngine, registers};
use pcie_sim::{Config, Generation, HostError, Link, Simulation, Width};

const TOTAL_BYTES: u32 = 1 << 21;
const CLOCK_KHZ: u32 = 500_000;
const LIMIT_PS: u64 = 100_000_000_000;

#[derive(Clone, Copy)]
enum Mode {
    Copy = 0,
    Read = 1,
    Write = 2,
}

fn main() -> Result<(), HostError> {
    for (generation, width) in [(Generation::Gen3, Width::X8), (Generation::Gen3, Width::X16)] {
        let link = Link::new(generation, width);
        println!("{}: {:.1} Gbit/s for packets", link.name(), link.tlp_gbps());
        println!(
            "{:>8} {:>19} {:>19} {:>19}",
            "bytes", "write / formula", "read / formula", "copy"
        );
        for bytes in [64, 128, 256, 512, 1024, 4096] {
            let of = |mode| gbps(link, mode, bytes);
            let (write, read, copy) = (of(Mode::Write)?, of(Mode::Read)?, of(Mode::Copy)?);
            let size = u64::from(bytes);
            println!(
                "{bytes:>8} {write:>11.1} / {:5.1} {read:>11.1} / {:5.1} {copy:>11.1} / {:5.1}",
                link.write_gbps(size),
                link.read_gbps(size),
                copy_gbps(&link, size)
            );
        }
    }
    Ok(())
}

/// A copy sends its read requests and its data upstream.
fn copy_gbps(link: &Link, bytes: u64) -> f64 {
    let upstream = link.read_bytes(bytes).0 + link.write_bytes(bytes);
    link.tlp_gbps() * bytes as f64 / upstream as f64
}

/// Payload per direction, from the doorbell's arrival to the last byte.
fn gbps(link: Link, mode: Mode, bytes: u32) -> Result<f64, HostError> {
    let engine = Box::new(CopyEngine::new(CLOCK_KHZ));
    let mut simulation = Simulation::new(Config::new(link, 1), engine);
    let host = simulation.host();
    let memory = host.allocate(2 * TOTAL_BYTES as usize)?;
    host.write(registers::MODE, mode as u32)?;
    let to = memory.bus() + u64::from(TOTAL_BYTES);
    CopyEngine::start(&host, memory.bus(), to, bytes, TOTAL_BYTES / bytes)?;
    if !simulation.run_until_idle(LIMIT_PS) {
        return Err(HostError::Timeout);
    }
    let counts = simulation.statistics();
    Ok(f64::from(TOTAL_BYTES) * 8000.0 / counts.time_ps as f64)
}

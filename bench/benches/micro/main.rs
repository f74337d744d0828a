//! Every kernel and every stage of the hand-off, each beside another library that does the same
//! and gives the same results: `cargo bench -p typex-bench --bench micro`, or with the beginning
//! of names behind `--`. `docs/benchmarking.md` says more.
//!
//! A name is `GROUP/SIDE/SIZE`. Sides of a group do the same work in an iteration, so that their
//! times can be divided by each other, as `bench/targets.toml` has it done. A batch is
//! [`batch::COUNT`] messages, each under a key of its own; keys are expanded beforehand on all
//! sides.
#![forbid(unsafe_code)]

mod aes;
mod batch;
mod chain;
mod cpu;
mod ff1;
mod gcm;
mod handoff;
mod mac;
mod queue;
mod rsa;
mod tdes;

use std::time::Duration;

use criterion::Criterion;
use typex_bench::CpuClock;
use typex_bench::targets::Machine;

use crate::cpu::{Bench, Cpu};

/// Why there are no figures: sides that differ, or something that did not start.
type Failure = Box<dyn std::error::Error>;

fn main() -> Result<(), Failure> {
    let mut thread = bench(CpuClock::Thread);
    for group in [
        aes::cbc_encrypt,
        aes::cbc_decrypt,
        aes::ctr,
        aes::ecb,
        mac::cbc_mac,
        mac::cmac,
        gcm::seal,
        gcm::seal_batch,
        gcm::seal_open,
        tdes::cbc_encrypt,
        tdes::cbc_decrypt,
        tdes::retail_mac,
        ff1::encrypt,
        rsa::private,
        rsa::lanes,
        chain::process_data,
        queue::one_thread,
    ] {
        group(&mut thread)?;
    }
    // More threads than one are at work there.
    handoff::gcm_256(&mut bench(CpuClock::Process))?;
    thread.final_summary();
    Ok(Machine::here().leave_at(&typex_bench::targets::criterion_home())?)
}

/// Options of the command line go before these.
fn bench(clock: CpuClock) -> Bench {
    Criterion::default()
        .with_measurement(Cpu(clock))
        .warm_up_time(Duration::from_secs(1))
        .measurement_time(Duration::from_secs(3))
        .sample_size(30)
        .without_plots()
        .configure_from_args()
}

//! The whole card, through rings and link: raw descriptors of every opcode and programs against
//! software, and what must hold of time, of the traffic, and under flipped bits.
#![cfg(feature = "cosim")]

mod bench;
#[cfg(feature = "units")]
mod flips;
mod jobs;
mod opcodes;
mod programs;
#[path = "../cluster/random.rs"]
mod random;
mod size;
mod timing;
mod trace;

use pcie_sim::Device;

/// The card.
fn card() -> Box<dyn Device> {
    Box::new(verilated::RtlCard::new().expect("the card was built"))
}

/// Whether the long versions are asked for.
fn full() -> bool {
    std::env::var("TEST_SCALE").is_ok_and(|value| value == "full")
}

//! Figures: of a card in virtual time, of servers under load; the targets of the gateway, and what
//! is measured for them.
//!
//! [`load`] sends requests to a gateway or any other server, by the clock or as fast as it answers,
//! checks the answers and measures latency and CPU time.
//!
//! [`card::run`] drives any [`pcie_sim::Device`] that follows the card's ABI through rings and
//! link, alone and on one thread, so that one seed gives the same figures every time. Each answer
//! is compared with what software makes of the same message, and the card's counters with the
//! completions that came.
#![forbid(unsafe_code)]

pub mod card;
mod chance;
mod cpu;
pub mod load;
pub mod targets;

pub use cpu::CpuClock;

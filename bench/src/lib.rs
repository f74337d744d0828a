//! Figures of a card in virtual time: rows that a table or a plot is made of; the targets of the
//! gateway, and what is measured for them.
//!
//! [`card::run`] drives any [`pcie_sim::Device`] that follows the card's ABI through rings and
//! link, alone and on one thread, so that one seed gives the same figures every time. Each answer
//! is compared with what software makes of the same message, and the card's counters with the
//! completions that came.
#![forbid(unsafe_code)]

pub mod card;
mod chance;
mod cpu;
pub mod targets;

pub use cpu::CpuClock;

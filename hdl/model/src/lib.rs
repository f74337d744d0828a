//! The behavioural card, and cards behind a simulated link.
//!
//! [`ModelCard`] has the pins, the registers and the cycles of the RTL and needs no Verilator. A
//! [`Board`] is a card of either kind behind the link of `pcie-sim`, run by its own thread; a
//! [`Bench`] is one that is stepped by hand. [`host`] is the host's side of a bench.
#![forbid(unsafe_code)]

mod aes;
mod board;
mod card;
mod cluster;
mod core;
mod front;
pub mod host;
mod keys;
mod link;

pub use board::{Bench, Board, BoardError, BoardOptions, device};
pub use card::{CardOptions, ModelCard};

/// Whether this build has the RTL.
pub const COSIM: bool = cfg!(feature = "cosim");

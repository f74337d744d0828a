//! The card's RTL, compiled by Verilator, as a [`pcie_sim::Device`].
//!
//! | Feature | Gives |
//! |---|---|
//! | none | nothing: neither Verilator nor a C++ compiler is needed |
//! | `cosim` | [`RtlCard`], the card, and [`shape`]: what was built |
//! | `units` | [`Unit`]: the tops of `hdl/tb`; with `cosim` also a card with [`Register`]s |
//! | `wave` | models write a waveform where the variable `CARD_WAVE` says |
//!
//! `unsafe` lives in [`ffi`](self) alone, which calls the C++ of `shim/`. Every model has a
//! context of its own, so models on different threads do not meet; a model may move between
//! threads, but two cannot use it at once.

#![deny(unsafe_op_in_unsafe_fn)]
#![deny(clippy::undocumented_unsafe_blocks)]
#![deny(unsafe_code)]

#[cfg(any(feature = "cosim", feature = "units"))]
mod device;
#[cfg(any(feature = "cosim", feature = "units"))]
#[allow(unsafe_code)]
mod ffi;
#[cfg(feature = "cosim")]
pub mod shape;
#[cfg(any(feature = "cosim", feature = "units"))]
mod unit;

#[cfg(any(feature = "cosim", feature = "units"))]
pub use device::RtlCard;
#[cfg(any(feature = "cosim", feature = "units"))]
pub use ffi::{ModelError, Register};
#[cfg(any(feature = "cosim", feature = "units"))]
pub use unit::{Port, Unit};

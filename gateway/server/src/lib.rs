//! The gateway as a library: listeners, the path of a request, the command line.
//!
//! The binary `typex` is [`cli::run`]. Programs that want a gateway in process start at
//! [`serve::serve`] or build a [`gateway::Gateway`] themselves.
#![forbid(unsafe_code)]

pub mod admin;
pub mod card;
pub mod cli;
pub mod config;
mod demo;
pub mod gateway;
mod hardening;
pub mod hem;
mod invitation;
mod mark;
pub mod metrics;
pub mod opening;
mod operator;
mod payment;
mod ready;
pub mod registration;
pub mod serve;
#[cfg(test)]
mod stand;
pub mod transport;

//! Connections: HTTP/1.1 and HTTP/2 over TCP, HTTP/3 over QUIC, and JSON lines over TCP.
//!
//! [`Server::start`] runs one thread per core, each with its own runtime, sockets and connections,
//! which share nothing but the count of connections. A connection is one task. What is spoken is
//! told by its first bytes. The gateway behind it is a [`Service`]; this module knows no dialect
//! and depends on nothing else of the gateway. `docs/transports.md` has the limits and the reasons.

mod accept;
mod assembly;
mod bind;
mod census;
mod config;
mod core;
mod deadline;
mod exchange;
mod frames;
mod http1;
mod http2;
mod http3;
pub mod limits;
mod lines;
mod link;
mod object;
mod observer;
mod opening;
mod server;
mod shard;
mod socket;
mod supervise;
#[cfg(test)]
mod tests;
pub mod tls;
mod watch;

pub use config::{Config, Kind, Listener};
pub use exchange::{Exchange, Peer, Refusal, Role, Service, Transport};
pub use limits::Limits;
pub use observer::{Counters, Observer};
pub use server::{Bound, Control, Running, Server, StartError};

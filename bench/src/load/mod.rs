//! The load harness: requests to a server over the protocols that the gateway speaks.
//!
//! A [`Scenario`] says what is sent over which connections. A [`Session`] sends it as fast as a
//! server answers, in windows, so that two servers can be measured in turns.
//!
//! Answers are judged by what they say, and every so many are opened and compared; a wrong one ends
//! the run. CPU time of the server is that of its processes, user and system.

mod arrivals;
mod carrier;
mod client;
mod error;
mod feed;
mod gateway;
mod latency;
mod limits;
mod open;
mod operation;
mod pacer;
pub mod scenario;
pub mod server;
mod session;
mod tally;
mod target;

pub use error::LoadError;
pub use gateway::Gateway;
pub use latency::{Latencies, Percentile};
pub use operation::{Ask, BatchAsk, HttpAsk, ProcessAsk, VaultAsk};
pub use scenario::Scenario;
pub use session::{Session, Window};
pub use tally::{Interval, Tally};
pub use target::Target;

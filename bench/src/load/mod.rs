//! The load harness: requests to a server over the protocols that the gateway speaks.
//!
//! A [`Scenario`] says what is sent over which connections, and what is measured. [`run`] carries
//! it out and makes a [`Report`], of which [`page`] makes a page. A [`Session`] sends as fast as a
//! server answers, in windows, so that two servers can be measured in turns.
//!
//! Answers are judged by what they say, and every so many are opened and compared; a wrong one ends
//! the run. CPU time of the server is that of its processes, user and system.

mod arrivals;
mod carrier;
mod changes;
mod client;
mod conduct;
mod crew;
mod error;
mod feed;
mod furnish;
mod gateway;
mod latency;
mod limits;
mod machine;
mod open;
mod operation;
mod overload;
mod pacer;
mod page;
mod result;
pub mod scenario;
mod search;
pub mod server;
mod session;
mod shipped;
mod tally;
mod target;

pub use changes::Changes;
pub use conduct::{Event, Options, name_of, run};
pub use crew::{Clients, client_process};
pub use error::LoadError;
pub use gateway::Gateway;
pub(crate) use gateway::spawn_on;
pub use latency::{Latencies, Percentile};
pub use machine::Machine;
pub use operation::{Ask, BatchAsk, EncryptAsk, HttpAsk, PaymentKey, ProcessAsk, VaultAsk};
pub use page::page;
pub use result::{
    Conditions, Counts, Cpu, FORMAT, Kind, Knee, Overload, Point, Report, Sample, Server, Slice,
    Summary, VERSION,
};
pub use scenario::{Arrivals, Scenario};
pub use session::{Session, Window};
pub use shipped::SHIPPED;
pub use tally::{Interval, Tally};
pub use target::Target;

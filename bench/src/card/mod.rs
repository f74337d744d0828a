//! The card: rows, the driver that measures them, and the report.

mod ceiling;
mod counters;
mod error;
#[cfg(test)]
mod fake;
mod limits;
mod measure;
mod plot;
mod report;
mod rows;
mod spec;
mod stand;
mod traffic;
mod work;

pub use error::BenchError;
pub use plot::plots;
pub use report::{Figure, Identity, LatencyNs, Report, Row};
pub use rows::{names, run};
pub use spec::{Options, Sweep};
pub use work::Work;

//! Bounds of a run.

use std::time::Duration;

/// Connections of a scenario, over all links: each is a descriptor here and one in the server.
pub(crate) const CONNECTIONS_MAX: usize = 16_384;
/// Requests under way at a time, over all links: each is a task.
pub(crate) const SLOTS_MAX: usize = 65_536;
/// Distinct requests that are prepared for an operation.
pub(crate) const PREPARED_MAX: usize = 65_536;
/// Operations, links and phases of a scenario.
pub(crate) const ENTRIES_MAX: usize = 64;
/// Bytes of a scenario file.
pub(crate) const SCENARIO_BYTES_MAX: u64 = 1 << 20;
/// Requests that wait in a client for a connection; what comes on top is counted as unsent.
pub(crate) const BACKLOG_MAX: usize = 1 << 21;
/// Bytes of an answer that a client keeps.
pub(crate) const ANSWER_BYTES_MAX: usize = 16 << 20;
/// A phase takes no longer.
pub(crate) const PHASE_MAX: Duration = Duration::from_secs(24 * 3600);
/// Points of a time series, in each of the arrays of a result.
pub(crate) const POINTS_MAX: usize = 10_000;
/// No more is offered in a second.
pub(crate) const RATE_MAX: f64 = 1e7;
/// Between two attempts to connect again.
pub(crate) const RECONNECT_PAUSE: Duration = Duration::from_millis(50);
/// Different kinds of error that are told apart; the rest are one.
pub(crate) const KINDS_MAX: usize = 64;

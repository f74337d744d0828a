//! Bounds of a measurement.

/// Messages of one row: a minute of the slowest card that is of use.
pub(crate) const MESSAGES_MAX: u64 = 10_000_000;

/// Virtual time without any completion after which the card counts as stalled, ps. A message
/// takes 10 us at most on a host with long tails, with every buffer full.
pub(crate) const STALL_PS: u64 = 1_000_000_000;

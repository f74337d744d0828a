//! How a store is opened.

use std::path::PathBuf;
use std::time::{SystemTime, UNIX_EPOCH};

use typex_core::UnixMs;

use crate::limits::{DATA_DURABLE_MS, QUEUE_REQUESTS_MAX};
use crate::log::{CHECKPOINT_ENTRIES, CHECKPOINT_MS};

/// Tells the time.
pub type Clock = fn() -> UnixMs;

/// How a store is opened.
#[derive(Clone, Debug)]
pub struct Options {
    /// Refuse stores that were not made for production.
    pub production: bool,
    /// Requests that may wait, at most [`QUEUE_REQUESTS_MAX`].
    pub queue: usize,
    /// The key that signs checkpoints of the audit log; in production a file outside the data
    /// directory, otherwise made from the master key if not set.
    pub signing_key_file: Option<PathBuf>,
    /// Audit entries between checkpoints at most.
    pub checkpoint_entries: u64,
    /// Milliseconds between checkpoints at most, while entries come.
    pub checkpoint_ms: u64,
    /// Who is told of checkpoints: `file:PATH`, `syslog` or `http://LOOPBACK:PORT/PATH`.
    pub witnesses: Vec<String>,
    /// Within how many milliseconds entries of data operations are durable.
    pub data_durable_ms: u64,
    /// Where the store reads the time.
    pub clock: Clock,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            production: false,
            queue: QUEUE_REQUESTS_MAX,
            signing_key_file: None,
            checkpoint_entries: CHECKPOINT_ENTRIES,
            checkpoint_ms: CHECKPOINT_MS,
            witnesses: Vec::new(),
            data_durable_ms: DATA_DURABLE_MS,
            clock: system_clock,
        }
    }
}

/// The wall clock. Before 1970 reads as 1970.
pub fn system_clock() -> UnixMs {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    UnixMs(u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
}

//! Where the gateway reads the time.

use std::time::{SystemTime, UNIX_EPOCH};

use typex_core::UnixMs;

/// The wall clock. Before 1970 reads as 1970.
pub fn now() -> UnixMs {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    UnixMs(u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
}

//! Processor time.

use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};

/// What the calling thread has used so far.
pub(crate) fn thread_time() -> Duration {
    let now = clock_gettime(ClockId::ThreadCPUTime);
    Duration::new(now.tv_sec.unsigned_abs(), u32::try_from(now.tv_nsec).unwrap_or_default())
}

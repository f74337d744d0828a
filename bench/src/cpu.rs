//! Processor time.

use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};

/// Whose processor time is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CpuClock {
    /// The calling thread's.
    Thread,
    /// That of every thread of this process.
    Process,
}

impl CpuClock {
    /// What has been used so far. Differences of two readings mean something; a reading does not.
    #[must_use]
    pub fn now(self) -> Duration {
        let now = clock_gettime(match self {
            Self::Thread => ClockId::ThreadCPUTime,
            Self::Process => ClockId::ProcessCPUTime,
        });
        Duration::new(now.tv_sec.unsigned_abs(), u32::try_from(now.tv_nsec).unwrap_or_default())
    }
}

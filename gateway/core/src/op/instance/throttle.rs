//! How long answers to logins wait. Nothing is refused for failing before: an owner who knows the
//! passphrase always gets in, and guessing is slow.
// spec: encedo-hem 3.3

use std::collections::VecDeque;

use crate::error::ErrorKind;
use crate::limits::INSTANCE_LOGINS_WAITING_MAX;
use crate::time::UnixMs;

/// What every answer waits.
const SHORT_MS: u64 = 500;

/// What an answer waits after failures: clients' own tests want more than 1500.
const LONG_MS: u64 = 1600;

/// Failures in a row that cost nothing more.
const FREE_FAILURES: u32 = 3;

/// After this long without a failure they are forgotten.
const MEMORY_MS: u64 = 15_000;

/// Failures of one instance since its boot, and the answers that wait.
#[derive(Default)]
pub struct Throttle {
    failures: u32,
    last_failure: UnixMs,
    waiting: VecDeque<UnixMs>,
}

impl Throttle {
    /// Lets an attempt begin.
    ///
    /// # Errors
    /// [`ErrorKind::Busy`] while too many answers wait.
    pub fn admit(&mut self, now: UnixMs) -> Result<(), ErrorKind> {
        // A clock that was set back must not keep answers waiting for ever.
        let latest = UnixMs(now.0.saturating_add(LONG_MS));
        self.waiting.retain(|due| *due > now && *due <= latest);
        let is_full = self.waiting.len() >= INSTANCE_LOGINS_WAITING_MAX;
        if is_full { Err(ErrorKind::Busy) } else { Ok(()) }
    }

    /// For how long, in milliseconds from `now`, the answer to an attempt must wait. Whoever
    /// answers waits without holding a thread.
    pub fn delay_ms(&mut self, succeeded: bool, now: UnixMs) -> u64 {
        if now.0.saturating_sub(self.last_failure.0) >= MEMORY_MS {
            self.failures = 0;
        }
        let delay_ms = if self.failures >= FREE_FAILURES { LONG_MS } else { SHORT_MS };
        if succeeded {
            self.failures = 0;
        } else {
            self.failures = self.failures.saturating_add(1);
            self.last_failure = now;
        }
        self.waiting.push_back(UnixMs(now.0.saturating_add(delay_ms)));
        delay_ms
    }
}

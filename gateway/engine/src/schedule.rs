//! When to compute at once and when to wait for company. Time is passed in.

use std::time::{Duration, Instant};

/// One turn of a core's scheduler: from when it last had nothing to do, or from a linger time
/// ago when it always has.
#[derive(Default)]
pub(crate) struct Turn {
    started: Option<Instant>,
    jobs: u32,
    previous: u32,
    work_ns: u64,
}

impl Turn {
    /// Counts a lane-friendly job. `true`: it is alone, in this turn and the one before, so
    /// waiting for others would only cost time.
    pub(crate) fn count(&mut self, now: Instant, linger: Duration) -> bool {
        match self.started {
            Some(started) if now.saturating_duration_since(started) < linger => {}
            Some(_) => {
                let work_ns = self.work_ns;
                self.end();
                // The scheduler has not been idle: the work is still in front of everyone.
                (self.started, self.work_ns) = (Some(now), work_ns);
            }
            None => self.started = Some(now),
        }
        self.jobs += 1;
        self.previous <= 1 && self.jobs <= 1
    }

    /// Counts lane work done on the core.
    pub(crate) fn worked(&mut self, cost_ns: u64) {
        self.work_ns = self.work_ns.saturating_add(cost_ns);
    }

    /// Lane work done on the core since its scheduler was last idle, ns.
    pub(crate) fn work_ns(&self) -> u64 {
        self.work_ns
    }

    /// The scheduler has nothing else to do.
    pub(crate) fn end(&mut self) {
        *self = Self { started: None, jobs: 0, previous: self.jobs, work_ns: 0 };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINGER: Duration = Duration::from_micros(50);

    #[test]
    fn one_job_a_turn_never_waits() {
        let (mut turn, now) = (Turn::default(), Instant::now());
        for _ in 0..5 {
            assert!(turn.count(now, LINGER));
            turn.end();
        }
    }

    #[test]
    fn a_turn_after_a_busy_one_waits_and_an_idle_one_ends_that() {
        let (mut turn, now) = (Turn::default(), Instant::now());
        let alone: Vec<bool> = (0..3).map(|_| turn.count(now, LINGER)).collect();
        assert_eq!(alone, [true, false, false]);
        turn.end();
        assert!(!turn.count(now, LINGER));
        turn.end();
        assert!(turn.count(now, LINGER));
    }

    #[test]
    fn a_scheduler_that_is_never_idle_has_turns_too() {
        let (mut turn, now) = (Turn::default(), Instant::now());
        assert!(turn.count(now, LINGER));
        turn.worked(7);
        assert!(turn.count(now + LINGER, LINGER));
        assert!(!turn.count(now + LINGER * 3 / 2, LINGER));
        assert!(!turn.count(now + LINGER * 2, LINGER));
        assert_eq!(turn.work_ns(), 7);
        turn.end();
        assert_eq!(turn.work_ns(), 0);
    }
}

//! How far sweeps of tokens go: a clock that is wrong must not cost tokens that somebody has.
//!
//! A token means nothing from its end on, by the clock; set right, the clock gives it back. What
//! is swept is gone. So a clock that went ahead is not followed at once: operators have time to
//! see it. After a gateway stood still for long the same holds, and costs room only.

use std::time::Instant;

use typex_core::UnixMs;

/// So far the clock is followed at once.
const AHEAD_MAX_MS: u64 = 24 * 60 * 60 * 1000;

/// How many times as fast as time sweeps go beyond that: a day in an hour.
const PACE: u64 = 24;

/// How far sweeps went.
#[derive(Default)]
pub(super) struct Pace(Option<(UnixMs, Instant)>);

/// Until when a sweep may go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Until {
    pub(super) time: UnixMs,
    /// How far the clock is ahead of what was swept, if that is too far.
    pub(super) ahead_ms: Option<u64>,
}

impl Pace {
    /// Of a clock that says `now` at `at`, when tokens that ended before `swept` are gone.
    pub(super) fn until(&mut self, swept: UnixMs, now: UnixMs, at: Instant) -> Until {
        let ahead_ms = now.0.saturating_sub(swept.0);
        if ahead_ms <= AHEAD_MAX_MS {
            self.0 = None;
            return Until { time: now, ahead_ms: None };
        }
        let went = self.0.filter(|(reached, _)| *reached >= swept && *reached <= now);
        let (reached, then) = went.unwrap_or((swept, at));
        let passed = u64::try_from(at.saturating_duration_since(then).as_millis());
        let step = passed.unwrap_or(u64::MAX).saturating_mul(PACE);
        let time = UnixMs(reached.0.saturating_add(step).min(now.0));
        self.0 = Some((time, at));
        Until { time, ahead_ms: Some(ahead_ms) }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    const HOUR: u64 = 60 * 60 * 1000;
    const DAY: u64 = 24 * HOUR;
    const START: UnixMs = UnixMs(20_000 * DAY);

    fn after(time: u64) -> UnixMs {
        UnixMs(START.0 + time)
    }

    /// Sweeps each minute for so long; until when they went. The store keeps whole hours.
    fn swept_after(minutes: u64, pace: &mut Pace, mut swept: UnixMs, ahead: u64) -> UnixMs {
        let start = Instant::now();
        for minute in 0..=minutes {
            let passed = Duration::from_secs(60 * minute);
            let now = UnixMs(START.0 + ahead + minute * 60_000);
            let until = pace.until(swept, now, start + passed);
            assert_eq!(until.ahead_ms.is_some(), now.0 - swept.0 > DAY);
            swept = swept.max(UnixMs(until.time.0 / HOUR * HOUR));
        }
        swept
    }

    #[test]
    fn a_clock_is_followed_at_once_for_a_day() {
        for ahead in [0, HOUR, DAY] {
            let until = Pace::default().until(START, after(ahead), Instant::now());
            assert_eq!(until, Until { time: after(ahead), ahead_ms: None });
        }
        let back = Pace::default().until(after(HOUR), START, Instant::now());
        assert_eq!(back, Until { time: START, ahead_ms: None });
    }

    #[test]
    fn a_clock_that_goes_a_year_ahead_costs_a_day_in_an_hour() {
        let mut pace = Pace::default();
        let first = pace.until(START, after(365 * DAY), Instant::now());
        assert_eq!(first, Until { time: START, ahead_ms: Some(365 * DAY) });
        let swept = swept_after(60, &mut Pace::default(), START, 365 * DAY);
        assert_eq!(swept, after(DAY));
        let swept = swept_after(30 * 60, &mut Pace::default(), START, 365 * DAY);
        assert_eq!(swept, after(30 * DAY));
    }

    #[test]
    fn who_stood_still_for_long_catches_up() {
        let swept = swept_after(10 * 60, &mut Pace::default(), START, 9 * DAY);
        assert_eq!(swept, after(9 * DAY + 10 * HOUR));
    }

    #[test]
    fn a_clock_that_was_set_right_is_followed() {
        let mut pace = Pace::default();
        let swept = swept_after(60, &mut pace, START, 365 * DAY);
        assert_eq!(swept_after(5, &mut pace, swept, DAY + HOUR), after(DAY + HOUR));
    }
}

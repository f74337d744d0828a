//! What an overload did, from what clients counted.

use super::Tally;
use super::client::INTERVAL;
use super::result::Overload;
use super::scenario;

/// The rate before and after, in capacities.
pub(crate) const CALM: f64 = 0.8;
/// p99 afterwards may be so many times that before.
const RECOVERED: f64 = 2.0;
/// So many pieces in a row must be as before.
const PIECES: usize = 3;

/// Reads a step of three segments: calm, overload, calm. `None` if it was cut short.
pub(crate) fn judge(tally: &Tally, asked: &scenario::Overload, peak: f64) -> Option<Overload> {
    let [calm, over, after] = &tally.segments[..] else { return None };
    if after.answers == 0 {
        return None;
    }
    let calm_p99_us = calm.latency.quantile_us(0.99);
    let p99_us = over.latency.quantile_us(0.99);
    let ratio = |a: f64, b: f64| if b > 0.0 { a / b } else { 0.0 };
    Some(Overload {
        phase: 0,
        times: asked.times,
        goodput_per_s: over.goodput(),
        goodput_of_peak: ratio(over.goodput(), peak),
        calm_p99_us,
        p99_us,
        p99_ratio: ratio(p99_us, calm_p99_us),
        refused: over.refused.clone(),
        recovery_s: recovery(tally, asked.calm + asked.seconds, calm_p99_us),
    })
}

/// Seconds after `end` at which the first of several pieces began that were as before.
fn recovery(tally: &Tally, end: f64, calm_p99_us: f64) -> Option<f64> {
    let begin = |at: u64| at as f64 * INTERVAL.as_secs_f64();
    let after = tally.intervals.iter().filter(|piece| begin(piece.at) >= end);
    let pieces: Vec<_> = after.collect();
    let is_calm = |piece: &&super::Interval| {
        let p99_us = piece.latency.quantile_us(0.99);
        piece.latency.count() > 0
            && piece.refused == 0
            && piece.errors == 0
            && p99_us <= calm_p99_us * RECOVERED
    };
    let found = pieces.windows(PIECES).find(|window| window.iter().all(is_calm))?;
    Some(begin(found.first()?.at) - end)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::load::Interval;

    fn tally(ms: u64, answers: u64) -> Tally {
        let mut tally =
            Tally { answers, records_in_time: answers, seconds: 2.0, ..Tally::default() };
        (0..answers).for_each(|_| tally.latency.record(Duration::from_millis(ms)));
        tally
    }

    fn piece(at: u64, ms: u64, refused: u64) -> Interval {
        let mut piece = Interval { at, refused, ..Interval::default() };
        piece.latency.record(Duration::from_millis(ms));
        piece
    }

    #[test]
    fn recovery_is_when_it_stays_as_before() {
        let asked = scenario::Overload {
            seconds: 0.5,
            times: 2.0,
            calm: 0.5,
            arrivals: scenario::Arrivals::Poisson,
        };
        let mut all = Tally {
            segments: vec![tally(10, 160), tally(30, 190), tally(10, 160)],
            ..Tally::default()
        };
        // Calm for two pieces, overload for two; then late, refused, once calm, refused, calm.
        let pieces = [(10, 0), (10, 0), (30, 9), (30, 9), (30, 0), (10, 1), (10, 0), (10, 1)];
        let pieces = pieces.into_iter().chain([(10, 0), (19, 0), (10, 0)]);
        all.intervals =
            (0..).zip(pieces).map(|(at, (ms, refused))| piece(at, ms, refused)).collect();
        let found = judge(&all, &asked, 100.0).expect("three segments");
        assert_eq!(found.recovery_s, Some(1.0));
        assert!((found.goodput_of_peak - 0.95).abs() < 1e-9, "{found:?}");
        assert!((found.p99_ratio - 3.0).abs() < 0.01, "{found:?}");
        all.intervals.pop();
        assert_eq!(judge(&all, &asked, 100.0).expect("the same").recovery_s, None);
        all.segments.pop();
        assert!(judge(&all, &asked, 100.0).is_none(), "cut short");
    }
}

//! When requests of an open loop are due.

use std::time::Duration;

use super::scenario::Arrivals;
use crate::chance::Chance;

/// Times since the begin of a step, in order, without an end.
pub(crate) struct Schedule {
    arrivals: Arrivals,
    /// Seconds between two, in the mean.
    gap: f64,
    /// Seconds.
    next: f64,
    count: u64,
    /// Of constant arrivals: where the first one is.
    offset: f64,
    chance: Chance,
}

impl Schedule {
    /// `rate` is in requests per second, above 0. Constant arrivals of `of` clients, told apart by
    /// `index`, are evenly spaced all together.
    pub(crate) fn new(
        arrivals: Arrivals,
        rate: f64,
        seed: u64,
        (index, of): (usize, usize),
    ) -> Self {
        let gap = 1.0 / rate;
        let offset = gap * index as f64 / of.max(1) as f64;
        let chance = Chance::new(seed);
        let mut schedule = Self { arrivals, gap, next: 0.0, count: 0, offset, chance };
        schedule.advance();
        schedule
    }

    /// The next one; the same until [`take`](Self::take).
    pub(crate) fn next(&self) -> Duration {
        Duration::from_secs_f64(self.next)
    }

    /// How many are due at `now`, at most `most`; calls `each` with the time of each.
    pub(crate) fn take(&mut self, now: Duration, most: usize, mut each: impl FnMut(Duration)) {
        for _ in 0..most {
            if self.next() > now {
                return;
            }
            each(self.next());
            self.advance();
        }
    }

    fn advance(&mut self) {
        match self.arrivals {
            // By the count, so that nothing adds up.
            Arrivals::Constant => {
                self.next = self.offset + self.count as f64 * self.gap;
                self.count += 1;
            }
            Arrivals::Poisson => {
                // Uniform in (0, 1]: the logarithm of 0 is none.
                let uniform = ((self.chance.word() >> 11) + 1) as f64 / (1_u64 << 53) as f64;
                self.next -= self.gap * uniform.ln();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(mut schedule: Schedule, seconds: u64) -> Vec<Duration> {
        let mut all = Vec::new();
        schedule.take(Duration::from_secs(seconds), usize::MAX, |due| all.push(due));
        all
    }

    #[test]
    fn constant_arrivals_of_several_clients_interleave() {
        let of = |index| all(Schedule::new(Arrivals::Constant, 100.0, 1, (index, 2)), 1);
        assert_eq!(of(0).len(), 101, "both ends");
        let mut both = [of(0), of(1)].concat();
        both.sort();
        for pair in both.windows(2) {
            let gap = (pair[1] - pair[0]).as_secs_f64();
            assert!((gap - 0.005).abs() < 1e-9, "{gap}");
        }
    }

    #[test]
    fn poisson_arrivals_have_the_rate_and_the_spread() {
        let arrivals = all(Schedule::new(Arrivals::Poisson, 1000.0, 5, (0, 1)), 100);
        let count = arrivals.len() as f64;
        // Five standard deviations of a Poisson count of 100 000.
        assert!((count - 1e5).abs() < 5.0 * 1e5_f64.sqrt(), "{count}");
        let gaps: Vec<_> =
            arrivals.windows(2).map(|pair| (pair[1] - pair[0]).as_secs_f64()).collect();
        let mean = gaps.iter().sum::<f64>() / gaps.len() as f64;
        let variance = gaps.iter().map(|gap| (gap - mean).powi(2)).sum::<f64>() / count;
        let ratio = variance.sqrt() / mean;
        assert!((ratio - 1.0).abs() < 0.02, "gaps are not exponential: {ratio}");
        assert!(arrivals.is_sorted());
    }

    #[test]
    fn a_seed_gives_the_same_arrivals() {
        let of = |seed| all(Schedule::new(Arrivals::Poisson, 50.0, seed, (0, 1)), 10);
        assert_eq!(of(3), of(3));
        assert_ne!(of(3), of(4));
    }

    #[test]
    fn what_is_not_taken_stays_due() {
        let mut schedule = Schedule::new(Arrivals::Constant, 10.0, 1, (0, 1));
        let mut taken = 0;
        schedule.take(Duration::from_secs(1), 3, |_| taken += 1);
        assert_eq!((taken, schedule.next()), (3, Duration::from_millis(300)));
    }
}

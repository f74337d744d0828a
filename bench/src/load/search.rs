//! The search for the greatest rate that is still answered in time.

/// Rates are told apart down to this share of themselves.
const CLOSE: f64 = 0.03;
/// As long as every rate was fine, the next one is so much higher.
const GROWTH: f64 = 1.3;
/// Where the search begins, in capacities.
const FIRST: f64 = 0.5;

/// Steps up until a rate is too high, then halves what is between.
pub(crate) struct Search {
    left: usize,
    next: f64,
    /// The greatest rate that was fine, and the least that was too high.
    good: Option<f64>,
    bad: Option<f64>,
}

impl Search {
    /// At most `steps` rates, beginning below `capacity`.
    pub(crate) fn new(capacity: f64, steps: usize) -> Self {
        Self { left: steps, next: capacity * FIRST, good: None, bad: None }
    }

    /// The next rate to try; `None` when it is known, or there were enough.
    pub(crate) fn next(&self) -> Option<f64> {
        let is_close = match (self.good, self.bad) {
            (Some(good), Some(bad)) => bad - good <= CLOSE * bad,
            _ => false,
        };
        (self.left > 0 && !is_close).then_some(self.next)
    }

    /// How the last one went.
    pub(crate) fn note(&mut self, is_good: bool) {
        self.left = self.left.saturating_sub(1);
        if is_good {
            self.good = Some(self.next)
        } else {
            self.bad = Some(self.next)
        }
        self.next = match (self.good, self.bad) {
            (Some(good), Some(bad)) => (good + bad) / 2.0,
            (Some(good), None) => good * GROWTH,
            (None, Some(bad)) => bad / 2.0,
            (None, None) => self.next,
        };
    }

    /// The greatest rate that was fine.
    pub(crate) fn knee(&self) -> Option<f64> {
        self.good
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(knee: f64, capacity: f64, steps: usize) -> (Option<f64>, usize) {
        let mut search = Search::new(capacity, steps);
        let mut tried = 0;
        while let Some(rate) = search.next() {
            search.note(rate <= knee);
            tried += 1;
        }
        (search.knee(), tried)
    }

    #[test]
    fn it_finds_the_knee_in_few_steps_wherever_it_is() {
        for knee in [30.0, 400.0, 800.0, 990.0, 1_500.0, 4_000.0] {
            let (found, tried) = found(knee, 1_000.0, 24);
            let rate = found.expect("one rate is fine");
            assert!(rate <= knee && rate >= knee * 0.96, "{knee}: {rate}");
            assert!(tried <= 16, "{knee}: {tried} steps");
        }
    }

    #[test]
    fn it_ends_also_when_nothing_is_fine_or_everything() {
        assert_eq!(found(0.0, 1_000.0, 12), (None, 12));
        assert_eq!(found(f64::MAX, 1_000.0, 12).1, 12);
        assert_eq!(found(1.0, 1_000.0, 0), (None, 0));
    }
}

//! What was measured: two figures, their ratio, and how far it spreads.

use serde::Serialize;

use super::spec::Ratio;

/// One round of two sides, which follow each other at once.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Round {
    /// Of the first side.
    pub first: f64,
    /// Of the second side.
    pub second: f64,
}

/// The outcome of all rounds.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Figure {
    /// Median of the first side.
    pub first: f64,
    /// Median of the second side.
    pub second: f64,
    /// Median of the ratios of the rounds.
    pub ratio: f64,
    /// The least and the greatest of them.
    pub spread: [f64; 2],
}

impl Figure {
    /// Of paired rounds; none of no round, and none if a figure is not a number above zero, since
    /// then a ratio says nothing.
    #[must_use]
    pub fn of_rounds(rounds: &[Round], ratio: Ratio) -> Option<Self> {
        let sound = |round: &Round| {
            [round.first, round.second].into_iter().all(|side| side.is_finite() && side > 0.0)
        };
        if rounds.is_empty() || !rounds.iter().all(sound) {
            return None;
        }
        let sorted = |of: &dyn Fn(&Round) -> f64| {
            let mut values: Vec<f64> = rounds.iter().map(of).collect();
            values.sort_by(f64::total_cmp);
            values
        };
        let ratios = sorted(&|round| ratio.of(round.first, round.second));
        Some(Self {
            first: middle(&sorted(&|round| round.first)),
            second: middle(&sorted(&|round| round.second)),
            ratio: middle(&ratios),
            spread: [ratios[0], ratios[ratios.len() - 1]],
        })
    }
}

/// The middle of sorted values; the mean of both where there are two.
fn middle(sorted: &[f64]) -> f64 {
    let (low, high) = (sorted[(sorted.len() - 1) / 2], sorted[sorted.len() / 2]);
    f64::midpoint(low, high)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rounds(of: &[(f64, f64)]) -> Vec<Round> {
        of.iter().map(|&(first, second)| Round { first, second }).collect()
    }

    #[test]
    fn the_ratio_is_that_of_rounds_and_not_of_medians() {
        // The machine is slower in the second half; the ratio is 2 throughout but for one round.
        let all = rounds(&[(1.0, 2.0), (1.0, 2.0), (3.0, 6.0), (3.0, 6.0), (1.0, 6.0)]);
        let figure = Figure::of_rounds(&all, Ratio::SecondOverFirst).unwrap();
        assert_eq!((figure.ratio, figure.spread), (2.0, [2.0, 6.0]));
        assert_eq!((figure.first, figure.second), (1.0, 6.0));
    }

    #[test]
    fn two_rounds_have_their_mean_in_the_middle() {
        let figure = Figure::of_rounds(&rounds(&[(1.0, 1.0), (1.0, 2.0)]), Ratio::SecondOverFirst);
        assert_eq!(figure.unwrap().ratio, 1.5);
    }

    #[test]
    fn there_is_no_figure_of_nothing() {
        for bad in [&[][..], &[(0.0, 1.0)], &[(1.0, f64::NAN)], &[(1.0, 1.0), (1.0, -1.0)]] {
            assert_eq!(Figure::of_rounds(&rounds(bad), Ratio::FirstOverSecond), None, "{bad:?}");
        }
    }
}

//! Times of two classes of input, and how far they differ.

use std::time::Instant;

use typex_constant_time::random::Random;

/// Above this, two classes differ beyond doubt.
const THRESHOLD: f64 = 10.0;

/// Part of the slowest samples that is left out: what the machine did meanwhile.
const LEFT_OUT: f64 = 0.1;

/// Whether a value of t tells two classes apart.
pub(crate) fn differs(t: f64) -> bool {
    t.abs() > THRESHOLD
}

/// What a value of t says, if the leak on purpose was found.
pub(crate) fn verdict(found: bool, t: f64) -> &'static str {
    match (found, differs(t)) {
        (false, _) => "inconclusive",
        (true, true) => "differs",
        (true, false) => "no difference found",
    }
}

/// Welch's t of the times of `perform`, which is called with one class or the other and a random
/// number below `records`.
pub(crate) fn measured(samples: usize, records: usize, perform: impl Fn(usize, usize)) -> f64 {
    let mut random = Random::new(2);
    let mut times = [Vec::with_capacity(samples), Vec::with_capacity(samples)];
    for _ in 0..samples {
        let class = random.below(2) as usize;
        let record = random.below(records as u64) as usize;
        let start = Instant::now();
        perform(class, record);
        times[class].push(start.elapsed().as_nanos() as f64);
    }
    welch(&cropped(times))
}

/// The samples below a limit that both classes have in common.
fn cropped(times: [Vec<f64>; 2]) -> [Vec<f64>; 2] {
    let mut all = times.concat();
    all.sort_by(f64::total_cmp);
    let kept = (all.len() as f64 * (1.0 - LEFT_OUT)) as usize;
    let limit = all.get(kept).copied().unwrap_or(f64::MAX);
    times.map(|times| times.into_iter().filter(|time| *time < limit).collect())
}

fn welch([one, other]: &[Vec<f64>; 2]) -> f64 {
    let ((mean, error), (other_mean, other_error)) = (moments(one), moments(other));
    (mean - other_mean) / (error + other_error).sqrt()
}

/// The mean, and the variance of the mean.
fn moments(times: &[f64]) -> (f64, f64) {
    let count = times.len() as f64;
    let mean = times.iter().sum::<f64>() / count;
    let squares: f64 = times.iter().map(|time| (time - mean).powi(2)).sum();
    (mean, squares / (count - 1.0) / count)
}

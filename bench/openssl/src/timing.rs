//! Short windows of thread CPU time: sides that alternate in them share whatever the machine does
//! meanwhile.

use std::hint::black_box;
use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};

/// Calls between two looks at the clock, which takes longer than the shortest calls.
const CALLS: usize = 8;

/// CPU nanoseconds per piece of work, of which each call does `pieces`, over as many calls as fit
/// `span`.
pub(crate) fn window<T>(span: Duration, pieces: usize, mut call: impl FnMut() -> T) -> f64 {
    black_box(call());
    let start = cpu_time();
    let mut calls = 0;
    loop {
        for _ in 0..CALLS {
            black_box(call());
        }
        calls += CALLS;
        let spent = cpu_time().saturating_sub(start);
        if spent >= span {
            return spent.as_nanos() as f64 / (calls * pieces) as f64;
        }
    }
}

fn cpu_time() -> Duration {
    let now = clock_gettime(ClockId::ThreadCPUTime);
    Duration::new(now.tv_sec.unsigned_abs(), u32::try_from(now.tv_nsec).unwrap_or(0))
}

/// Least, median and greatest.
pub(crate) fn spread(values: &mut [f64]) -> (f64, f64, f64) {
    values.sort_by(f64::total_cmp);
    (values[0], values[values.len() / 2], values[values.len() - 1])
}

//! Criterion over processor time. Wall time decides nothing here: what else runs on the machine
//! would be in it.

use std::time::Duration;

use criterion::measurement::{Measurement, ValueFormatter, WallTime};
use criterion::{BenchmarkGroup, Criterion};
use typex_bench::CpuClock;

/// What is measured with [`Cpu`].
pub(crate) type Bench = Criterion<Cpu>;

/// One of its groups.
pub(crate) type Group<'a> = BenchmarkGroup<'a, Cpu>;

/// Nanoseconds of a processor clock.
pub(crate) struct Cpu(pub(crate) CpuClock);

impl Measurement for Cpu {
    type Intermediate = Duration;
    type Value = Duration;

    fn start(&self) -> Duration {
        self.0.now()
    }

    fn end(&self, start: Duration) -> Duration {
        self.0.now().saturating_sub(start)
    }

    fn add(&self, one: &Duration, other: &Duration) -> Duration {
        *one + *other
    }

    fn zero(&self) -> Duration {
        Duration::ZERO
    }

    fn to_f64(&self, value: &Duration) -> f64 {
        value.as_nanos() as f64
    }

    /// Nanoseconds are written as those of wall time.
    fn formatter(&self) -> &dyn ValueFormatter {
        static WALL_TIME: WallTime = WallTime;
        WALL_TIME.formatter()
    }
}

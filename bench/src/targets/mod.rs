//! Targets: ratios that the gateway has to keep, as data, and how they are found out.
//!
//! `bench/targets.toml` is the list. A ratio comes from criterion's results or from a
//! [`Procedure`] that measures both sides in turns; [`check`] judges it.

mod check;
mod estimates;
mod figure;
mod installed;
mod lanes;
mod machine;
mod peer;
mod procedure;
mod servers;
mod spec;
mod speed;

use std::env;
use std::path::PathBuf;

pub use check::{Judged, Verdict, check};
pub use estimates::{COMMAND, EstimateError, Estimates};
pub use figure::{Figure, Round};
pub use installed::Beside;
pub use machine::Machine;
pub use procedure::{Failure, Measure, PROCEDURES, Plan, Procedure, ROUNDS_MIN, alternate, find};
pub use spec::{Direction, Measured, Ratio, SpecError, Target, Targets};

/// Where criterion keeps its results, as criterion itself finds it out; without variables, beside
/// the folder of the program that runs, which Cargo builds into `target/<profile>`.
#[must_use]
pub fn criterion_home() -> PathBuf {
    if let Some(home) = env::var_os("CRITERION_HOME") {
        return home.into();
    }
    if let Some(target) = env::var_os("CARGO_TARGET_DIR") {
        return PathBuf::from(target).join("criterion");
    }
    let target = env::current_exe().ok().and_then(|program| {
        let folders = program.ancestors().skip(1);
        folders.take(3).find(|folder| folder.join("CACHEDIR.TAG").exists()).map(PathBuf::from)
    });
    target.unwrap_or_else(|| "target".into()).join("criterion")
}

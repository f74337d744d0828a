//! Criterion's results.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use serde::Deserialize;

use super::figure::Figure;
use super::machine::Machine;
use super::spec::Ratio;

/// What to run where results are missing.
pub const COMMAND: &str = "just bench-kernels";

/// A folder with results.
pub struct Estimates {
    folder: PathBuf,
    /// When the program was made that judges them: what is older may be of other code.
    newer_than: Option<SystemTime>,
    machine: Machine,
}

/// Why there is no figure. Each says what to do.
#[derive(Debug, thiserror::Error)]
pub enum EstimateError {
    /// The benchmark was not run.
    #[error("there is no result of {id} in {folder}: run `{COMMAND}`")]
    Missing {
        /// Its name.
        id: String,
        /// Where it was looked for.
        folder: String,
    },
    /// It was run before this program was built.
    #[error("the result of {id} is older than this program: run `{COMMAND}` again")]
    Old {
        /// Its name.
        id: String,
    },
    /// It was run elsewhere.
    #[error("the results in {folder} are not of this machine: run `{COMMAND}` again")]
    Elsewhere {
        /// Where they are.
        folder: String,
    },
    /// Criterion writes another form.
    #[error("the result of {id} cannot be read: {source}")]
    Form {
        /// Its name.
        id: String,
        /// What is wrong with it.
        source: serde_json::Error,
    },
}

/// Of `estimates.json` what is needed.
#[derive(Clone, Copy, Deserialize)]
struct Statistics {
    median: Median,
}

#[derive(Clone, Copy, Deserialize)]
struct Median {
    point_estimate: f64,
    confidence_interval: Interval,
}

#[derive(Clone, Copy, Deserialize)]
struct Interval {
    lower_bound: f64,
    upper_bound: f64,
}

impl Estimates {
    /// Results in criterion's folder that are of this machine and newer than the program that
    /// runs.
    #[must_use]
    pub fn here() -> Self {
        let program = std::env::current_exe().and_then(fs::metadata);
        let newer_than = program.and_then(|program| program.modified()).ok();
        Self::new(super::criterion_home(), newer_than, Machine::here())
    }

    /// Results in a folder that are of `machine` and newer than a time.
    #[must_use]
    pub fn new(folder: PathBuf, newer_than: Option<SystemTime>, machine: Machine) -> Self {
        Self { folder, newer_than, machine }
    }

    /// The median of one benchmark over that of the fastest of others. The spread is that of the
    /// confidence intervals at their worst.
    ///
    /// # Errors
    /// A result is missing, too old, of another machine, or of another form.
    pub fn figure(
        &self,
        (first, second): (&str, &[String]),
        per: u32,
        ratio: Ratio,
    ) -> Result<Option<Figure>, EstimateError> {
        let folder = || self.folder.display().to_string();
        let first = self.median(first)?;
        let second = second.iter().map(|id| self.median(id)).collect::<Result<Vec<_>, _>>()?;
        if Machine::of(&self.folder).as_ref() != Some(&self.machine) {
            return Err(EstimateError::Elsewhere { folder: folder() });
        }
        let fastest = |a: &Median, b: &Median| a.point_estimate.total_cmp(&b.point_estimate);
        let Some(second) = second.into_iter().min_by(fastest) else { return Ok(None) };
        let (one, other) = (first.confidence_interval, second.confidence_interval);
        let mut spread = [
            ratio.of(one.lower_bound, other.upper_bound),
            ratio.of(one.upper_bound, other.lower_bound),
        ];
        spread.sort_by(f64::total_cmp);
        Ok(Some(Figure {
            first: first.point_estimate / f64::from(per),
            second: second.point_estimate / f64::from(per),
            ratio: ratio.of(first.point_estimate, second.point_estimate),
            spread,
        }))
    }

    fn median(&self, id: &str) -> Result<Median, EstimateError> {
        let file = self.folder.join(id).join("new/estimates.json");
        let missing = |_| EstimateError::Missing {
            id: id.to_owned(),
            folder: self.folder.display().to_string(),
        };
        let text = fs::read(&file).map_err(missing)?;
        if !self.is_new(&file) {
            return Err(EstimateError::Old { id: id.to_owned() });
        }
        let statistics: Statistics = serde_json::from_slice(&text)
            .map_err(|source| EstimateError::Form { id: id.to_owned(), source })?;
        Ok(statistics.median)
    }

    fn is_new(&self, file: &Path) -> bool {
        let Some(program) = self.newer_than else { return true };
        let written = fs::metadata(file).and_then(|file| file.modified());
        written.is_ok_and(|written| written >= program)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn machine(id: &str) -> Machine {
        Machine {
            processor: "one".to_owned(),
            processors: 2,
            kernel: "6".to_owned(),
            id: id.to_owned(),
        }
    }

    fn left(folder: &Path, id: &str, median: f64) {
        let folder = folder.join(id).join("new");
        fs::create_dir_all(&folder).unwrap();
        let (low, high) = (median * 0.9, median * 1.1);
        let text = format!(
            r#"{{"mean":{{}},"median":{{"confidence_interval":{{"confidence_level":0.95,
            "lower_bound":{low},"upper_bound":{high}}},"point_estimate":{median},
            "standard_error":1.0}}}}"#
        );
        fs::write(folder.join("estimates.json"), text).unwrap();
    }

    fn folder(name: &str) -> PathBuf {
        let name = format!("typex-estimates-{name}-{}", std::process::id());
        let folder = std::env::temp_dir().join(name);
        let _ = fs::remove_dir_all(&folder);
        left(&folder, "group/own/16", 10.0);
        left(&folder, "group/slow/16", 40.0);
        left(&folder, "group/fast/16", 20.0);
        machine("here").leave_at(&folder).unwrap();
        folder
    }

    fn figure(estimates: &Estimates) -> Result<Option<Figure>, EstimateError> {
        let others = ["group/slow/16".to_owned(), "group/fast/16".to_owned()];
        estimates.figure(("group/own/16", &others), 2, Ratio::SecondOverFirst)
    }

    #[test]
    fn the_fastest_of_the_others_counts() {
        let folder = folder("fastest");
        let estimates = Estimates::new(folder.clone(), None, machine("here"));
        let figure = figure(&estimates).unwrap().unwrap();
        assert_eq!((figure.first, figure.second, figure.ratio), (5.0, 10.0, 2.0));
        assert!((figure.spread[0] - 18.0 / 11.0).abs() < 1e-9);
        assert!((figure.spread[1] - 22.0 / 9.0).abs() < 1e-9);
        fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn what_is_missing_old_or_of_elsewhere_is_refused_with_what_to_run() {
        let folder = folder("refused");
        let later = SystemTime::now() + Duration::from_secs(3600);
        let old = Estimates::new(folder.clone(), Some(later), machine("here"));
        assert!(matches!(figure(&old), Err(EstimateError::Old { .. })));
        let elsewhere = Estimates::new(folder.clone(), None, machine("elsewhere"));
        assert!(matches!(figure(&elsewhere), Err(EstimateError::Elsewhere { .. })));
        let here = Estimates::new(folder.clone(), None, machine("here"));
        let missing = here.figure(("group/none/16", &[]), 1, Ratio::SecondOverFirst);
        assert!(missing.unwrap_err().to_string().contains(COMMAND));
        fs::write(folder.join("group/own/16/new/estimates.json"), "{}").unwrap();
        assert!(matches!(figure(&here), Err(EstimateError::Form { .. })));
        fs::remove_dir_all(folder).unwrap();
    }
}

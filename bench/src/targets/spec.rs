//! `bench/targets.toml` as values.

use std::collections::BTreeSet;

use serde::Deserialize;

use super::installed::Beside;

/// The targets that this build was made with.
const TARGETS: &str = include_str!("../../targets.toml");

/// Every target.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Targets {
    /// In the order of the file.
    #[serde(rename = "target")]
    pub list: Vec<Target>,
}

/// One ratio that is to be kept.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Target {
    /// A name of its own, in lower case with hyphens.
    pub id: String,
    /// The row of the table of targets that it belongs to, from 1; 0 of what belongs to none and is
    /// for the table of peers only.
    #[serde(default)]
    pub row: u32,
    /// Whom the gateway is beside, of what is in the table of peers.
    pub peer: Option<Beside>,
    /// What is compared, for people.
    pub what: String,
    /// What the first and the second figure are of.
    pub sides: [String; 2],
    /// What both figures are counted in.
    pub unit: String,
    /// Which of the two is divided by the other.
    pub ratio: Ratio,
    /// Which side of the goal is good.
    pub direction: Direction,
    /// What the ratio should be; none where it is reported only.
    pub goal: Option<f64>,
    /// How far a median may miss its goal before that counts, as a share of the goal: what two runs
    /// of the same program differ by.
    #[serde(default = "usual_slack")]
    pub slack: f64,
    /// Whether the short run measures it too.
    #[serde(default)]
    pub quick: bool,
    /// How the figures come about.
    pub measured: Measured,
    /// Of a goal that this machine does not reach: the ratio reached.
    pub reached: Option<f64>,
    /// Of such a goal: what was tried, and what limits it.
    pub limit: Option<String>,
}

/// Which figure is divided by which.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub enum Ratio {
    /// What the first costs more than the second.
    #[serde(rename = "first/second")]
    FirstOverSecond,
    /// What the first gains, where figures are costs.
    #[serde(rename = "second/first")]
    SecondOverFirst,
    /// How many more the first has; no ratio, for counts that may be none.
    #[serde(rename = "first-second")]
    FirstLessSecond,
}

/// Which ratios meet a goal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Direction {
    /// The goal and more.
    AtLeast,
    /// The goal and less.
    AtMost,
}

/// Where figures come from.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", untagged)]
pub enum Measured {
    /// From criterion's results, by the names of the benchmarks.
    Criterion {
        /// The first side.
        first: String,
        /// The second side: the fastest of these.
        second: Vec<String>,
        /// What an iteration of each side does, so that a figure is of one of them.
        #[serde(default = "one")]
        per: u32,
    },
    /// By paired rounds of a procedure.
    Rounds {
        /// Its name in [`PROCEDURES`](super::PROCEDURES).
        procedure: String,
        /// What it is told.
        #[serde(default)]
        argument: String,
    },
}

/// Why a file of targets is not one.
#[derive(Debug, thiserror::Error)]
pub enum SpecError {
    /// Not of the form.
    #[error("targets: {0}")]
    Form(#[from] toml::de::Error),
    /// Of the form, and without sense.
    #[error("target {id}: {fault}")]
    Sense {
        /// Which one.
        id: String,
        /// What is wrong with it.
        fault: &'static str,
    },
}

fn usual_slack() -> f64 {
    0.15
}

fn one() -> u32 {
    1
}

impl Ratio {
    /// The ratio of two figures.
    #[must_use]
    pub fn of(self, first: f64, second: f64) -> f64 {
        match self {
            Self::FirstOverSecond => first / second,
            Self::SecondOverFirst => second / first,
            Self::FirstLessSecond => first - second,
        }
    }
}

impl Direction {
    /// Whether a ratio is as good as a goal, but for a share of it.
    #[must_use]
    pub fn is_met(self, ratio: f64, goal: f64, slack: f64) -> bool {
        match self {
            Self::AtLeast => ratio >= goal * (1.0 - slack),
            Self::AtMost => ratio <= goal * (1.0 + slack),
        }
    }

    /// How it is written.
    #[must_use]
    pub fn symbol(self) -> &'static str {
        match self {
            Self::AtLeast => ">=",
            Self::AtMost => "<=",
        }
    }
}

impl Targets {
    /// Those that this build was made with.
    ///
    /// # Errors
    /// Never for a build whose tests pass.
    pub fn built_in() -> Result<Self, SpecError> {
        Self::parse(TARGETS)
    }

    /// Reads and checks a file.
    ///
    /// # Errors
    /// It is not of the form, or a target has no sense.
    pub fn parse(text: &str) -> Result<Self, SpecError> {
        let targets: Self = toml::from_str(text)?;
        let mut ids = BTreeSet::new();
        for target in &targets.list {
            let repeated = (!ids.insert(&target.id)).then_some("there is another of this name");
            if let Some(fault) = target.fault().or(repeated) {
                return Err(SpecError::Sense { id: target.id.clone(), fault });
            }
        }
        Ok(targets)
    }
}

impl Target {
    /// What is wrong with it.
    fn fault(&self) -> Option<&'static str> {
        let is_name = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        let of_sense =
            |value: Option<f64>| value.is_none_or(|value| value.is_finite() && value > 0.0);
        let texts = [&self.what, &self.sides[0], &self.sides[1], &self.unit];
        if self.id.is_empty() || !self.id.chars().all(is_name) {
            return Some("the name is not lower case with hyphens");
        }
        let has_place = self.row > 0 || self.peer.is_some();
        if !has_place || texts.iter().any(|text| text.is_empty()) {
            return Some("a text is empty, or the row is 0");
        }
        if !of_sense(self.goal) || !of_sense(self.reached) || !(0.0..1.0).contains(&self.slack) {
            return Some("a number is out of range");
        }
        if self.reached.is_some() != self.limit.is_some() {
            return Some("what was reached and what limits it belong together");
        }
        match (self.goal, self.reached) {
            (None, Some(_)) => Some("without a goal there is nothing to reach"),
            (Some(goal), Some(reached)) if self.direction.is_met(reached, goal, 0.0) => {
                Some("what was reached meets the goal")
            }
            _ => self.measured.fault(),
        }
    }
}

impl Measured {
    fn fault(&self) -> Option<&'static str> {
        let named = |id: &str| id.split('/').all(|part| !part.is_empty() && part != "..");
        match self {
            Self::Criterion { first, second, per } => {
                let all = second.iter().chain([first]).all(|id| named(id));
                (second.is_empty() || !all || *per == 0).then_some("a benchmark has no name")
            }
            Self::Rounds { procedure, .. } => {
                procedure.is_empty().then_some("the procedure has no name")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = r#"
        [[target]]
        id = "one"
        row = 1
        what = "this against that"
        sides = ["this", "that"]
        unit = "ns"
        ratio = "second/first"
        direction = "at-least"
        goal = 3.0
        measured = { first = "a/b/1", second = ["a/c/1"] }
    "#;

    fn fault(changed: &str, to: &str) -> String {
        assert!(GOOD.contains(changed));
        Targets::parse(&GOOD.replace(changed, to)).unwrap_err().to_string()
    }

    #[test]
    fn the_built_in_targets_are_sound_and_cover_every_row() {
        let targets = Targets::built_in().unwrap();
        let rows: BTreeSet<u32> = targets.list.iter().map(|target| target.row).collect();
        assert_eq!(rows, (0..=17).collect());
        assert!(targets.list.iter().any(|target| target.quick));
    }

    #[test]
    fn what_is_left_out_has_its_usual_value() {
        let target = Targets::parse(GOOD).unwrap().list.remove(0);
        assert_eq!((target.slack, target.quick, target.reached), (0.15, false, None));
        assert!(matches!(target.measured, Measured::Criterion { per: 1, .. }));
    }

    #[test]
    fn fields_that_are_unknown_or_without_sense_are_refused() {
        for (changed, to, said) in [
            ("goal = 3.0", "goal = 3.0\n gaol = 1.0", "unknown field"),
            ("first = \"a/b/1\"", "frist = \"a\"", "did not match"),
            ("\"at-least\"", "\"at-best\"", "unknown variant"),
            ("\"second/first\"", "\"first\"", "unknown variant"),
            ("\"one\"", "\"One\"", "lower case"),
            ("row = 1", "row = 0", "row is 0"),
            ("goal = 3.0", "goal = 0.0", "out of range"),
            ("goal = 3.0", "goal = nan", "out of range"),
            ("goal = 3.0", "goal = 3.0\n slack = 1.0", "out of range"),
            ("goal = 3.0", "goal = 3.0\n reached = 2.0", "belong together"),
            ("goal = 3.0", "goal = 3.0\n reached = 3.0\n limit = \"x\"", "meets the goal"),
            ("goal = 3.0", "reached = 3.0\n limit = \"x\"", "nothing to reach"),
            ("[\"a/c/1\"]", "[]", "no name"),
            ("a/b/1", "a/../1", "no name"),
        ] {
            let message = fault(changed, to);
            assert!(message.contains(said), "{to}: {message}");
        }
        let twice = Targets::parse(&GOOD.repeat(2)).unwrap_err().to_string();
        assert!(twice.contains("another of this name"), "{twice}");
    }

    #[test]
    fn slack_goes_to_the_bad_side_of_a_goal() {
        assert!(Direction::AtLeast.is_met(2.6, 3.0, 0.15));
        assert!(!Direction::AtLeast.is_met(2.5, 3.0, 0.15));
        assert!(Direction::AtMost.is_met(1.1, 1.0, 0.15));
        assert!(!Direction::AtMost.is_met(1.2, 1.0, 0.15));
        assert!(!Direction::AtMost.is_met(f64::NAN, 1.0, 0.15));
        assert_eq!(Ratio::SecondOverFirst.of(2.0, 6.0), 3.0);
        assert_eq!(Ratio::FirstOverSecond.of(6.0, 2.0), 3.0);
    }
}

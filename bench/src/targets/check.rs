//! Measures targets and judges them.

use serde::Serialize;

use super::estimates::Estimates;
use super::figure::Figure;
use super::procedure::{self, Plan};
use super::spec::{Measured, Target};

/// What is said of a target.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// The goal is met.
    Met,
    /// It is missed by no more than the slack.
    WithinSlack,
    /// There is no goal.
    Reported,
    /// It is missed as far as `limit` says, and no further.
    MissedKnown,
    /// It is missed, and nothing explains that.
    Missed,
    /// It is further off than what was once reached.
    Regressed,
    /// There is no figure.
    NotMeasured,
}

/// A target with what came of it.
#[derive(Clone, Debug, Serialize)]
pub struct Judged {
    /// Its name.
    pub id: String,
    /// Its row of the table.
    pub row: u32,
    /// What is compared.
    pub what: String,
    /// What the figures are of.
    pub sides: [String; 2],
    /// What they are counted in.
    pub unit: String,
    /// `>=` or `<=`.
    pub direction: &'static str,
    /// What the ratio should be.
    pub goal: Option<f64>,
    /// What was measured.
    pub figure: Option<Figure>,
    /// What is said of it.
    pub verdict: Verdict,
    /// What limits it, or why there is no figure; empty otherwise.
    pub note: String,
}

impl Verdict {
    /// How it is written.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Met => "met",
            Self::WithinSlack => "met within slack",
            Self::Reported => "reported",
            Self::MissedKnown => "MISSED, known",
            Self::Missed => "MISSED",
            Self::Regressed => "REGRESSED",
            Self::NotMeasured => "NOT MEASURED",
        }
    }

    /// Whether a check with it succeeds.
    #[must_use]
    pub fn passes(self, allow_known: bool) -> bool {
        match self {
            Self::Met | Self::WithinSlack | Self::Reported => true,
            Self::MissedKnown => allow_known,
            Self::Missed | Self::Regressed | Self::NotMeasured => false,
        }
    }
}

/// Measures one target, or reads what was measured, and judges it.
#[must_use]
pub fn check(target: &Target, estimates: &Estimates, plan: &Plan) -> Judged {
    let (figure, verdict, note) = match figure(target, estimates, plan) {
        Ok(figure) => {
            let verdict = judge(target, figure.ratio);
            let known = matches!(verdict, Verdict::MissedKnown | Verdict::Regressed);
            let limit = target.limit.as_deref().filter(|_| known).unwrap_or_default();
            (Some(figure), verdict, limit.to_owned())
        }
        Err(reason) => (None, Verdict::NotMeasured, reason),
    };
    Judged {
        id: target.id.clone(),
        row: target.row,
        what: target.what.clone(),
        sides: target.sides.clone(),
        unit: target.unit.clone(),
        direction: target.direction.symbol(),
        goal: target.goal,
        figure,
        verdict,
        note,
    }
}

fn figure(target: &Target, estimates: &Estimates, plan: &Plan) -> Result<Figure, String> {
    let figure = match &target.measured {
        Measured::Criterion { first, second, per } => estimates
            .figure((first, second), *per, target.ratio)
            .map_err(|error| error.to_string())?,
        Measured::Rounds { procedure: name, argument } => {
            let procedure =
                procedure::find(name).ok_or_else(|| format!("there is no procedure {name}"))?;
            let rounds = (procedure.measure)(plan, argument).map_err(|error| error.to_string())?;
            Figure::of_rounds(&rounds, target.ratio)
        }
    };
    figure.ok_or_else(|| "a round without a figure above zero".to_owned())
}

fn judge(target: &Target, ratio: f64) -> Verdict {
    let Some(goal) = target.goal else { return Verdict::Reported };
    let is_met = |goal, slack| target.direction.is_met(ratio, goal, slack);
    match target.reached {
        _ if is_met(goal, 0.0) => Verdict::Met,
        _ if is_met(goal, target.slack) => Verdict::WithinSlack,
        None => Verdict::Missed,
        Some(reached) if is_met(reached, target.slack) => Verdict::MissedKnown,
        Some(_) => Verdict::Regressed,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::targets::{Machine, Targets};

    fn target(more: &str) -> Target {
        let text = format!(
            r#"
            [[target]]
            id = "one"
            row = 1
            what = "this against that"
            sides = ["this", "that"]
            unit = "ns"
            ratio = "second/first"
            direction = "at-least"
            measured = {{ procedure = "none" }}
            {more}
            "#
        );
        Targets::parse(&text).unwrap().list.remove(0)
    }

    #[test]
    fn verdicts_tell_a_known_miss_from_a_new_one() {
        let plain = target("goal = 4.0");
        let known = target("goal = 4.0\nreached = 2.0\nlimit = \"memory\"");
        for (target, ratio, verdict) in [
            (&plain, 4.0, Verdict::Met),
            (&plain, 3.5, Verdict::WithinSlack),
            (&plain, 3.3, Verdict::Missed),
            (&known, 4.1, Verdict::Met),
            (&known, 2.0, Verdict::MissedKnown),
            (&known, 1.8, Verdict::MissedKnown),
            (&known, 1.6, Verdict::Regressed),
            (&target(""), 0.1, Verdict::Reported),
        ] {
            assert_eq!(judge(target, ratio), verdict, "{ratio}");
        }
    }

    #[test]
    fn only_a_known_miss_can_be_allowed() {
        for (verdict, alone, allowed) in [
            (Verdict::Met, true, true),
            (Verdict::WithinSlack, true, true),
            (Verdict::Reported, true, true),
            (Verdict::MissedKnown, false, true),
            (Verdict::Missed, false, false),
            (Verdict::Regressed, false, false),
            (Verdict::NotMeasured, false, false),
        ] {
            assert_eq!((verdict.passes(false), verdict.passes(true)), (alone, allowed));
        }
    }

    #[test]
    fn a_target_without_a_procedure_is_not_measured() {
        let estimates = Estimates::new("none".into(), None, Machine::here());
        let judged = check(&target("goal = 4.0"), &estimates, &Plan::new(true));
        assert_eq!((judged.verdict, judged.figure), (Verdict::NotMeasured, None));
        assert_eq!(judged.note, "there is no procedure none");
    }
}

//! `typex bench check`.

use std::io::Write;

use serde::Serialize;
use typex_bench::targets::{Estimates, Judged, Machine, Plan, Target, Targets, Verdict, check};

use super::run::Failure;
use super::table::rows;

/// Options of `typex bench check`.
#[derive(clap::Args)]
pub struct BenchCheckArgs {
    /// The short run: fewer rounds, and only targets that take little time.
    #[arg(long)]
    quick: bool,
    /// As JSON.
    #[arg(long)]
    json: bool,
    /// Only targets of this row of the table. Repeatable.
    #[arg(long = "row", value_name = "NUMBER")]
    rows: Vec<u32>,
    /// Succeed in spite of targets that are missed as far as `bench/targets.toml` explains.
    #[arg(long)]
    allow_known: bool,
    /// Judge, but fail only for what cannot be measured: for machines that do other work beside.
    #[arg(long)]
    report: bool,
    /// Rounds of what is measured now; at least 9.
    #[arg(long, value_name = "COUNT", value_parser = clap::value_parser!(u16).range(9..=1001))]
    rounds: Option<u16>,
}

/// What is printed as JSON.
#[derive(Serialize)]
struct Report {
    machine: Machine,
    passed: bool,
    targets: Vec<Judged>,
}

/// Measures, prints, and fails if a target is missed.
pub(super) fn run(args: &BenchCheckArgs) -> Result<(), Failure> {
    let targets = Targets::built_in()?;
    let chosen = |target: &&Target| {
        let is_chosen = args.rows.is_empty() || args.rows.contains(&target.row);
        target.row > 0 && (target.quick || !args.quick) && is_chosen
    };
    let chosen: Vec<&Target> = targets.list.iter().filter(chosen).collect();
    if chosen.is_empty() {
        return Err("there is no target in these rows".into());
    }
    let mut plan = Plan::new(args.quick);
    plan.rounds = args.rounds.map_or(plan.rounds, usize::from);
    let estimates = Estimates::here();
    let mut judged = Vec::with_capacity(chosen.len());
    for target in chosen {
        judged.push(check(target, &estimates, &plan));
    }
    let passes = |one: &Judged| match one.verdict {
        Verdict::NotMeasured => false,
        verdict => args.report || verdict.passes(args.allow_known),
    };
    let missed = judged.iter().filter(|one| !passes(one)).count();
    let passed = missed == 0;
    if args.json {
        print_json(&Report { machine: Machine::here(), passed, targets: judged })?;
    } else {
        print(&judged)?;
    }
    if passed { Ok(()) } else { Err(format!("{missed} targets are not met").into()) }
}

pub(super) fn print_json(report: &impl Serialize) -> Result<(), Failure> {
    let mut out = std::io::stdout().lock();
    serde_json::to_writer_pretty(&mut out, report)?;
    Ok(writeln!(out)?)
}

fn print(judged: &[Judged]) -> Result<(), Failure> {
    let header =
        ["ROW", "TARGET", "FIRST", "SECOND", "UNIT", "RATIO", "GOAL", "SPREAD", "VERDICT", "WHAT"];
    rows(header, judged.iter().map(cells))?;
    for one in judged.iter().filter(|one| !one.note.is_empty()) {
        say!("\n{} ({}): {}", one.id, one.verdict.name(), one.note);
    }
    Ok(())
}

fn cells(one: &Judged) -> [String; 10] {
    let goal = one.goal.map_or_else(|| "-".to_owned(), |goal| format!("{} {goal}", one.direction));
    let [first, second] = &one.sides;
    let what = format!("{}: {first} / {second}", one.what);
    let figure = one.figure.map_or_else(Default::default, |figure| {
        let [low, high] = figure.spread;
        [
            format!("{:.1}", figure.first),
            format!("{:.1}", figure.second),
            format!("{:.2}", figure.ratio),
            format!("{low:.2}-{high:.2}"),
        ]
    });
    let [first, second, ratio, spread] = figure;
    let (row, unit) = (one.row.to_string(), one.unit.clone());
    let verdict = one.verdict.name().to_owned();
    [row, one.id.clone(), first, second, unit, ratio, goal, spread, verdict, what]
}

//! `typex bench peers`.

use serde::Serialize;
use typex_bench::targets::{
    Beside, Estimates, Judged, Machine, Plan, ROUNDS_MIN, Ratio, Target, Targets, Verdict, check,
};

use super::run::Failure;
use super::table::rows;
use super::targets::print_json;

/// Options of `typex bench peers`.
#[derive(clap::Args)]
pub struct BenchPeersArgs {
    /// As JSON.
    #[arg(long)]
    json: bool,
    /// Shorter windows of servers.
    #[arg(long)]
    quick: bool,
    /// Only this peer: openbao, nginx, softhsm, openssl, hyper, h3-quinn, framed-quinn, ipsec-mb.
    /// Repeatable.
    #[arg(long = "peer", value_name = "NAME", value_parser = peer)]
    peers: Vec<Beside>,
    /// Rounds, at least 9.
    #[arg(long, value_name = "COUNT", default_value_t = ROUNDS_MIN as u16,
        value_parser = clap::value_parser!(u16).range(ROUNDS_MIN as i64..=1001))]
    rounds: u16,
}

/// What is printed as JSON.
#[derive(Serialize)]
struct Report {
    machine: Machine,
    /// Of peers that this machine has.
    compared: Vec<Compared>,
    /// Peers that it does not have, and what is missing.
    skipped: Vec<Skipped>,
}

/// A ratio.
#[derive(Serialize)]
struct Compared {
    peer: Beside,
    #[serde(flatten)]
    judged: Judged,
}

#[derive(Serialize)]
struct Skipped {
    peer: Beside,
    missing: String,
}

fn peer(name: &str) -> Result<Beside, String> {
    let value = serde::de::value::StrDeserializer::<serde::de::value::Error>::new(name);
    serde::Deserialize::deserialize(value).map_err(|error| error.to_string())
}

/// Measures beside every peer that is installed, and prints. Fails if a peer that is installed
/// cannot be measured; a goal that is missed is `typex bench check`'s.
pub(super) fn run(args: &BenchPeersArgs) -> Result<(), Failure> {
    let mut plan = Plan::new(args.quick);
    plan.rounds = args.rounds.into();
    let estimates = Estimates::here();
    let (mut compared, mut skipped) = (Vec::new(), Vec::new());
    for (peer, targets) in by_peer(Targets::built_in()?.list, &args.peers) {
        if let Some(missing) = peer.missing() {
            skipped.push(Skipped { peer, missing });
            continue;
        }
        for target in targets {
            eprintln!("{}: {}", peer.name(), target.what);
            compared.push(Compared { peer, judged: check(&target, &estimates, &plan) });
        }
    }
    let report = Report { machine: Machine::here(), compared, skipped };
    if args.json {
        print_json(&report)?
    } else {
        print(&report)?
    }
    for Skipped { peer, missing } in &report.skipped {
        eprintln!("==== SKIPPED: {}: {missing}", peer.name());
    }
    let failed = |one: &&Compared| one.judged.verdict == Verdict::NotMeasured;
    match report.compared.iter().filter(failed).count() {
        0 => Ok(()),
        failed => Err(format!("{failed} comparisons could not be measured").into()),
    }
}

/// The comparisons of each peer, in the order of the file; of all peers if none is named.
fn by_peer(targets: Vec<Target>, named: &[Beside]) -> Vec<(Beside, Vec<Target>)> {
    let mut all: Vec<(Beside, Vec<Target>)> = Vec::new();
    for target in targets {
        let Some(peer) = target.peer.filter(|one| named.is_empty() || named.contains(one)) else {
            continue;
        };
        match all.iter_mut().find(|(known, _)| *known == peer) {
            Some((_, targets)) => targets.push(as_cost(target)),
            None => all.push((peer, vec![as_cost(target)])),
        }
    }
    all
}

/// Goals are of one ratio or the other; this table has one, of what the same costs there and here.
fn as_cost(target: Target) -> Target {
    Target { ratio: Ratio::SecondOverFirst, goal: None, reached: None, limit: None, ..target }
}

fn print(report: &Report) -> Result<(), Failure> {
    let header = ["PEER", "GATEWAY", "PEER'S", "UNIT", "PEER/GATEWAY", "SPREAD", "WHAT"];
    let measured = report.compared.iter().map(cells);
    let skipped = report.skipped.iter().map(|one| {
        let blank = String::new;
        let why = format!("SKIPPED: {}", one.missing);
        [one.peer.name().to_owned(), blank(), blank(), blank(), blank(), blank(), why]
    });
    rows(header, measured.chain(skipped))
}

fn cells(one: &Compared) -> [String; 7] {
    let judged = &one.judged;
    let [first, second] = &judged.sides;
    let what = format!("{}: {first}, {second}", judged.what);
    let peer = one.peer.name().to_owned();
    let Some(figure) = judged.figure else {
        let blank = String::new;
        let why = format!("FAILED: {what}: {}", judged.note);
        return [peer, blank(), blank(), blank(), blank(), blank(), why];
    };
    [
        peer,
        format!("{:.2}", figure.first),
        format!("{:.2}", figure.second),
        judged.unit.clone(),
        format!("{:.2}", figure.ratio),
        format!("{:.2}-{:.2}", figure.spread[0], figure.spread[1]),
        what,
    ]
}

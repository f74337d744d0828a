//! Twice what a server can do, for ten seconds: what it still carries out, and how late.

use std::collections::BTreeMap;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, PoisonError};

use super::peer::Peer;
use super::{Failure, ONE_CORE, Plan, Round, openbao, program};
use crate::load::scenario::GatewaySpec;
use crate::load::{Clients, Gateway, Options, Overload, Scenario, Target, run};

/// The core of the server; clients have the others.
const CORE: usize = 0;
/// Overloads of a kind: each takes twenty seconds.
const ROUNDS: usize = 9;
/// Arrivals of each round differ.
const SEED: u64 = 1;

/// What was measured: the figures of one kind are of the same overloads.
static MEASURED: Mutex<BTreeMap<String, Vec<Overload>>> = Mutex::new(BTreeMap::new());

/// `argument`: what is asked for (`dear`, `frames`, `http`, `openbao`), then `goodput` against that
/// of a closed loop, or `p99` of what was accepted against that at 80 % of the capacity.
pub(in crate::targets) fn overload(plan: &Plan, argument: &str) -> Result<Vec<Round>, Failure> {
    let (kind, figure) = argument.split_once(' ').ok_or("not a kind and a figure")?;
    let of: fn(&Overload) -> Round = match figure {
        "goodput" => goodput,
        "p99" => p99,
        _ => return Err("not a figure of an overload".into()),
    };
    Ok(measured(kind, plan.rounds.min(ROUNDS))?.iter().map(of).collect())
}

/// Against the closed loop just before.
fn goodput(found: &Overload) -> Round {
    let peak = found.goodput_per_s / found.goodput_of_peak;
    Round { first: found.goodput_per_s, second: peak }
}

/// Against the calm before the overload.
fn p99(found: &Overload) -> Round {
    Round { first: found.p99_us, second: found.calm_p99_us }
}

fn measured(kind: &str, rounds: usize) -> Result<Vec<Overload>, Failure> {
    let known = || MEASURED.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(found) = known().get(kind) {
        return Ok(found.clone());
    }
    let found = match kind {
        "openbao" => {
            let peer = Peer::start_on("openbao", &[CORE])?;
            let scenario = format!("{IMPATIENT}{}", openbao::transit(&peer.token, 1));
            offer(&peer.target, &scenario, "", rounds)?
        }
        "dear" => of_gateway(DEAR, "under_way = 16", rounds)?,
        "frames" => of_gateway(&format!("{IMPATIENT}{FRAMES}"), "", rounds)?,
        "http" => of_gateway(&format!("{IMPATIENT}{HTTP}"), "", rounds)?,
        _ => return Err("not a kind of overload".into()),
    };
    known().insert(kind.to_owned(), found.clone());
    Ok(found)
}

/// RSA of 2048 bits, over more connections than there is room for requests.
const DEAR: &str = r#"
about = "RSA"
[[link]]
name = "process"
carrier = "http1"
listener = "process"
connections = 256
[[operation]]
ask = { process-data = { object = 0x9876, bytes = 256 } }
"#;

const FRAMES: &str = r#"
about = "frames of 64 records"
[[link]]
name = "frames"
carrier = "typex"
listener = "frames"
connections = 4
streams = 4
pipeline = 2
[[operation]]
ask = { process-batch = { batch = 64, object = 0xee01, bytes = 32 } }
"#;

const HTTP: &str = r#"
about = "ProcessData in JSON"
[[link]]
name = "process"
carrier = "http1"
tls = true
listener = "process"
connections = 64
[[operation]]
ask = { process-data = { object = 0xee01, bytes = 32 } }
"#;

/// What no connection or stream takes in time waits in the client, which gives it up.
const IMPATIENT: &str = "give_up_ms = 200\n";

/// A gateway whose threads, those of its pools among them, share one core.
fn of_gateway(scenario: &str, closed: &str, rounds: usize) -> Result<Vec<Overload>, Failure> {
    let spec = GatewaySpec {
        backend: Some("soft".to_owned()),
        environment: ONE_CORE.map(|(name, value)| (name.into(), value.into())).into(),
        cores: vec![CORE],
    };
    let gateway = Gateway::start(&program("typex")?, &spec)?;
    offer(&gateway.target()?, scenario, closed, rounds)
}

/// As many overloads as rounds, each behind a closed loop of its own.
fn offer(
    target: &Target,
    scenario: &str,
    closed: &str,
    rounds: usize,
) -> Result<Vec<Overload>, Failure> {
    let closed = if closed.is_empty() { String::new() } else { format!(", {closed}") };
    let phases = format!(
        "[[phase]]\nclosed = {{ seconds = 3.0{closed} }}\n\
         [[phase]]\noverload = {{ seconds = 10.0, times = 2.0, calm = 3.0 }}\n"
    );
    let mut found = Vec::with_capacity(rounds);
    for round in 0..rounds as u64 {
        let mut scenario = Scenario::parse(&format!("{scenario}{phases}"))?;
        scenario.seed = SEED + round;
        let options = Options {
            name: "overload".to_owned(),
            scenario,
            target: target.clone(),
            clients: Clients::Thread,
            stop: Arc::new(AtomicBool::new(false)),
        };
        let report = run(&options, &mut |_| ())?;
        let errors = report.points.iter().map(|point| &point.counts.errors);
        if let Some(errors) = errors.into_iter().find(|errors| !errors.is_empty()) {
            return Err(format!("requests failed: {errors:?}").into());
        }
        found.extend(report.overloads);
    }
    Ok(found)
}

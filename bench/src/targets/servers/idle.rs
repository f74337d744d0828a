//! What an idle connection takes of memory.

use std::time::Duration;

use super::{Failure, Plan, Round, Side};
use crate::load::server::usage;
use crate::load::{Scenario, Session};

/// Connections that a round adds.
const CONNECTIONS: usize = 100;
/// Long enough for every connection to have had its requests, so that it is one that was used.
const USE: Duration = Duration::from_millis(200);
/// Long enough for every connection to count as idle: the gateway lets them rest after a second.
const QUIET: Duration = Duration::from_millis(1500);

/// Bytes of a connection that was used and is idle, over 1024 bytes.
pub(in crate::targets) fn idle(plan: &Plan, argument: &str) -> Result<Vec<Round>, Failure> {
    let (carrier, tls) = match argument {
        "http1" => ("http1", false),
        "http1-tls" => ("http1", true),
        "quic" => ("http3", true),
        _ => return Err("not a kind of connection".into()),
    };
    let scenario = |connections| Scenario::parse(&process(carrier, tls, connections));
    // What the first requests leave behind is not any connection's.
    let first = Side::gateway("soft", &process(carrier, tls, CONNECTIONS))?;
    let (mut sessions, target) = (vec![first.session], first.server.target()?);
    let memory = || usage(&target.processes).map(|usage| usage.memory_bytes).ok_or("it is gone");
    sessions[0].window(USE)?;
    std::thread::sleep(QUIET);
    let mut rounds = Vec::with_capacity(plan.rounds);
    let mut before = memory()?;
    for _ in 0..plan.rounds.min(ROUNDS) {
        let mut session = Session::open(&scenario(CONNECTIONS)?, &target)?;
        session.window(USE)?;
        sessions.push(session);
        std::thread::sleep(QUIET);
        let after = memory()?;
        let each = after.saturating_sub(before) as f64 / CONNECTIONS as f64;
        rounds.push(Round { first: each.max(1.0), second: 1024.0 });
        before = after;
    }
    Ok(rounds)
}

/// Rounds that the gateway's limit on connections has room for.
const ROUNDS: usize = 9;

/// ProcessData over so many connections.
fn process(carrier: &str, tls: bool, connections: usize) -> String {
    format!(
        r#"
        about = "connections that were used"
        [[link]]
        name = "process"
        carrier = "{carrier}"
        tls = {tls}
        listener = "process"
        connections = {connections}
        [[operation]]
        ask = {{ process-data = {{ object = 0xee01, bytes = 16 }} }}
        "#
    )
}

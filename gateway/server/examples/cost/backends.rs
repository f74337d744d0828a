//! What computing costs beside everything else: the backends `soft` and `null` under one load.

use crate::connection::Connection;
use crate::figure::{Figure, Target};
use crate::object::{Object, result};
use crate::process::Process;
use crate::{Failure, ROUNDS};

/// Kept-alive connections, each with one request under way.
pub(crate) const CONNECTIONS: usize = 32;
/// Requests of one window on each connection: about a second.
const REQUESTS: usize = 1_500;

pub(crate) fn measure() -> Result<Vec<Figure>, Failure> {
    let (gateway, against) = in_turns(side("soft")?, side("null")?, REQUESTS)?;
    Ok(vec![Figure {
        name: "1 server CPU a request, soft / null",
        unit: "us",
        gateway,
        against,
        target: Target::RatioAtMost(1.10),
        conditions: format!(
            "HTTP/1.1 POST, 16 bytes PLAINAES, {CONNECTIONS} connections, {} requests a window, \
             client on the same CPUs",
            CONNECTIONS * REQUESTS
        ),
    }])
}

/// Figures of both sides, window by window in turns.
pub(crate) fn in_turns(
    mut soft: Side,
    mut null: Side,
    requests: usize,
) -> Result<(Vec<f64>, Vec<f64>), Failure> {
    let (mut first, mut second) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        first.push(soft.window(requests)?);
        second.push(null.window(requests)?);
    }
    Ok((first, second))
}

/// Connections to a gateway that computes on `backend`.
fn side(backend: &str) -> Result<Side, Failure> {
    let process = Process::start(backend)?;
    let (address, object) = (process.address("process")?, Object::demo()?);
    let mut connections = Vec::with_capacity(CONNECTIONS);
    for nonce in 0..CONNECTIONS as u64 {
        let mut connection = Connection::open(address, object.request(nonce)?)?;
        let answer = connection.exchange()?.to_vec();
        match backend {
            "soft" => object.check_body(nonce, &answer)?,
            _ => drop(result(nonce, &answer)?),
        }
        connections.push((connection, answer));
    }
    Ok(Side { process, connections })
}

/// A gateway, and connections to it with what must be in each of their answers.
pub(crate) struct Side {
    pub(crate) process: Process,
    pub(crate) connections: Vec<(Connection, Vec<u8>)>,
}

impl Side {
    /// Server CPU microseconds a request, of so many on each connection.
    pub(crate) fn window(&mut self, requests: usize) -> Result<f64, Failure> {
        let start = self.process.cpu_us()?;
        for _ in 0..requests {
            for (connection, _) in &mut self.connections {
                connection.send()?;
            }
            for (connection, expected) in &mut self.connections {
                let answer = connection.receive()?;
                if !answer.windows(expected.len()).any(|part| part == expected) {
                    return Err("an answer that differs from the first".into());
                }
            }
        }
        Ok((self.process.cpu_us()? - start) / (requests * self.connections.len()) as f64)
    }
}

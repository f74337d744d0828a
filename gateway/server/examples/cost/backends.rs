//! What computing costs beside everything else: the backends `soft` and `null` under one load.

use crate::connection::Connection;
use crate::figure::{Figure, Target};
use crate::object::{Object, result};
use crate::process::Process;
use crate::{Failure, ROUNDS};

/// Kept-alive connections, each with one request under way.
const CONNECTIONS: usize = 32;
/// Requests of one window on each connection: about a second.
const REQUESTS: usize = 1_500;

pub(crate) fn measure() -> Result<Vec<Figure>, Failure> {
    let mut soft = Side::start("soft")?;
    let mut null = Side::start("null")?;
    let (mut gateway, mut against) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        gateway.push(soft.window()?);
        against.push(null.window()?);
    }
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

struct Side {
    process: Process,
    /// With the answer that each must get.
    connections: Vec<(Connection, Vec<u8>)>,
}

impl Side {
    fn start(backend: &str) -> Result<Self, Failure> {
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
        Ok(Self { process, connections })
    }

    /// Server CPU microseconds a request.
    fn window(&mut self) -> Result<f64, Failure> {
        let start = self.process.cpu_us()?;
        for _ in 0..REQUESTS {
            for (connection, _) in &mut self.connections {
                connection.send()?;
            }
            for (connection, expected) in &mut self.connections {
                if connection.receive()? != expected {
                    return Err("an answer that differs from the first".into());
                }
            }
        }
        Ok((self.process.cpu_us()? - start) / (REQUESTS * CONNECTIONS) as f64)
    }
}

//! What a request allocates, at the gateway and at a bare server of the same libraries.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::Duration;

use serde::Deserialize;
use tempfile::TempDir;

use super::{BODIES, Failure, Plan, Round, Side, process_data, program};
use crate::load::Target;
use crate::targets::procedure::alternate;

/// A window; counts need none that is long.
const WINDOW: Duration = Duration::from_millis(300);
/// The program that counts, beside this one.
const PROGRAM: &str = "examples/cost";
/// Of the lines that it prints, those that are counts.
const MARK: &str = "allocations ";

/// Allocations of a request, of all threads of the server.
pub(in crate::targets) fn allocations(plan: &Plan, argument: &str) -> Result<Vec<Round>, Failure> {
    let (protocol, tls, streams) = match argument {
        "http1" => ("h1", false, 1),
        "http2" => ("h2-tls", true, 16),
        "http3" => ("h3", true, 16),
        _ => return Err("not a version of HTTP".into()),
    };
    let mut gateway = counted("gateway", &process_data(argument, tls, streams))?;
    let mut bare = counted(protocol, &same_bytes(argument, tls, streams))?;
    for side in [&mut gateway, &mut bare] {
        of_window(side)?;
    }
    alternate(plan, || of_window(&mut gateway), || of_window(&mut bare))
}

fn counted(what: &str, scenario: &str) -> Result<Side<Counted>, Failure> {
    let (server, target) = Counted::start(what)?;
    Side::of(server, &target, scenario)
}

fn of_window(side: &mut Side<Counted>) -> Result<f64, Failure> {
    let before = side.server.count()?;
    let window = side.window_of(WINDOW)?;
    Ok((side.server.count()? - before) as f64 / window.tally.answers as f64)
}

/// Bodies and a path as long as those of ProcessData.
fn same_bytes(carrier: &str, tls: bool, streams: usize) -> String {
    format!(
        r#"
        about = "bodies of bytes"
        [[link]]
        name = "echo"
        carrier = "{carrier}"
        tls = {tls}
        listener = "echo"
        connections = 8
        streams = {streams}
        [[operation]]
        [operation.ask.http]
        path = "/1.0/TEST_API000000ee01/ProcessData/0123456789abcdef"
        headers = {{ content-type = "application/json" }}
        body_bytes = {}
        "#,
        BODIES.0
    )
}

/// A server that counts what its process allocates; ends with its standard input.
struct Counted {
    program: Child,
    to: Option<ChildStdin>,
    from: BufReader<ChildStdout>,
    _dir: TempDir,
}

/// What it says once it listens.
#[derive(Deserialize)]
struct Ready {
    listeners: BTreeMap<String, SocketAddr>,
    certificate: PathBuf,
}

impl Counted {
    fn start(what: &str) -> Result<(Self, Target), Failure> {
        let dir = tempfile::tempdir()?;
        let mut program = Command::new(program(PROGRAM)?)
            .args(["count", what, &BODIES.1.to_string()])
            .arg(dir.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()?;
        let to = program.stdin.take();
        let from = BufReader::new(program.stdout.take().ok_or("a server without output")?);
        let mut counted = Self { program, to, from, _dir: dir };
        counted.count()?;
        let ready = std::fs::read_to_string(counted._dir.path().join("ready.json"))?;
        let ready: Ready = serde_json::from_str(&ready)?;
        let mut target = Target {
            listeners: ready.listeners,
            name: "localhost".to_owned(),
            certificates: Vec::new(),
            processes: vec![counted.program.id()],
        };
        target.trust(&ready.certificate)?;
        Ok((counted, target))
    }

    /// Allocations so far.
    fn count(&mut self) -> Result<u64, Failure> {
        let to = self.to.as_mut().ok_or("a server without input")?;
        to.write_all(b"\n")?;
        to.flush()?;
        // A gateway that starts says other things as well.
        loop {
            let mut line = String::new();
            if self.from.read_line(&mut line)? == 0 {
                return Err(format!("{PROGRAM} ended").into());
            }
            if let Some(count) = line.trim().strip_prefix(MARK) {
                return Ok(count.parse()?);
            }
        }
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.to = None;
        let _ = self.program.wait();
    }
}

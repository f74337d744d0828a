//! A gateway in a process of its own, and the CPU time it uses.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::TempDir;

use crate::Failure;

/// How long a first start may take: it makes RSA keys.
const START_MAX: Duration = Duration::from_secs(60);

/// A running `typex`, ended when dropped.
pub(crate) struct Process {
    child: Child,
    ready: Value,
    typex: PathBuf,
    dir: TempDir,
}

impl Process {
    /// Starts the binary of the same build on an empty data directory.
    pub(crate) fn start(backend: &str) -> Result<Self, Failure> {
        let example = std::env::current_exe()?;
        let typex = example.ancestors().nth(2).ok_or("no build directory")?.join("typex");
        if !typex.exists() {
            return Err(format!("{} is missing: run `just bench`", typex.display()).into());
        }
        let dir = tempfile::tempdir()?;
        let file = dir.path().join("ready");
        let mut child = Command::new(&typex)
            .args(["--backend", backend, "--free-ports", "--ready-file"])
            .arg(&file)
            .arg("--data")
            .arg(dir.path().join("data"))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .spawn()?;
        let ready = wait_ready(&file, || Ok(child.try_wait()?.is_none()))?;
        Ok(Self { child, ready, typex, dir })
    }

    /// What an operator's command prints.
    pub(crate) fn operate(&self, args: &[&str]) -> Result<String, Failure> {
        let data = self.dir.path().join("data");
        let output = Command::new(&self.typex).arg("--data").arg(data).args(args).output()?;
        match output.status.success() {
            true => Ok(String::from_utf8(output.stdout)?),
            false => Err(String::from_utf8_lossy(&output.stderr).into_owned().into()),
        }
    }

    /// Where a listener takes plain HTTP.
    pub(crate) fn address(&self, listener: &str) -> Result<SocketAddr, Failure> {
        address(&self.ready, listener)
    }

    /// Where a dialect with one listener takes plain HTTP.
    pub(crate) fn dialect(&self, name: &str) -> Result<SocketAddr, Failure> {
        find(&self.ready, ("dialect", name))
    }

    /// User and system time so far, in microseconds; the system counts in steps of 10 ms.
    pub(crate) fn cpu_us(&self) -> Result<f64, Failure> {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.child.id()))?;
        let fields = stat.rsplit(')').next().unwrap_or_default().split_whitespace();
        // Behind the name: state is field 3, user time 14, system time 15.
        let ticks = fields.skip(11).take(2).map(str::parse::<u64>).sum::<Result<u64, _>>()?;
        Ok(ticks as f64 * 1e6 / rustix::param::clock_ticks_per_second() as f64)
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Waits for the ready file of a gateway that still `runs`.
pub(crate) fn wait_ready(
    file: &Path,
    mut runs: impl FnMut() -> Result<bool, Failure>,
) -> Result<Value, Failure> {
    let start = Instant::now();
    while start.elapsed() < START_MAX {
        if let Ok(text) = std::fs::read_to_string(file) {
            return Ok(serde_json::from_str(&text)?);
        }
        if !runs()? {
            return Err("the gateway ended before it was ready".into());
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    Err("the gateway was not ready in time".into())
}

/// Where a listener takes plain HTTP, by what the ready file says.
pub(crate) fn address(ready: &Value, listener: &str) -> Result<SocketAddr, Failure> {
    find(ready, ("listener", listener))
}

fn find(ready: &Value, (member, name): (&str, &str)) -> Result<SocketAddr, Failure> {
    let all = ready["listeners"].as_array().ok_or("no listeners")?;
    let found = all.iter().find(|one| one[member] == name && one["transport"] == "http");
    let text = found.and_then(|one| one["address"].as_str()).ok_or("no such listener")?;
    Ok(text.parse()?)
}

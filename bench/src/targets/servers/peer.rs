//! Servers of others, started by the scripts of `bench/peers`.

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde::Deserialize;
use tempfile::TempDir;

use super::Failure;
use crate::load::{Target, spawn_on};

/// What to run where a server is missing.
const COMMAND: &str = "bench/peers/install";
/// How long a start may take.
const START_MAX: Duration = Duration::from_secs(60);
/// Between two looks whether it is up.
const LOOK: Duration = Duration::from_millis(50);

/// A server of others; ended when dropped.
pub(super) struct Peer {
    script: Child,
    /// Where it listens.
    pub(super) target: Target,
    /// What its requests must carry, where it asks for that.
    pub(super) token: String,
    _dir: TempDir,
}

/// What a script says of the server that it started.
#[derive(Deserialize)]
struct Ready {
    address: String,
    certificate: String,
    #[serde(default)]
    token: String,
    process: u32,
}

impl Peer {
    /// Runs a script by its name.
    pub(super) fn start(name: &str) -> Result<Self, Failure> {
        Self::start_on(name, &[])
    }

    /// The same on these cores; on all if there are none.
    pub(super) fn start_on(name: &str, cores: &[usize]) -> Result<Self, Failure> {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("peers").join(name);
        let dir = tempfile::tempdir()?;
        let mut command = Command::new(script);
        command.arg(dir.path()).stdin(Stdio::piped()).stdout(Stdio::null());
        let mut script = spawn_on(cores, &mut command)?;
        let ready = wait(&mut script, &dir.path().join("ready.json"))
            .map_err(|error| format!("{name}: {error}; `{COMMAND}` installs it"))?;
        let mut target = Target::at(ready.address.parse()?);
        target.processes = vec![ready.process];
        target.name = "localhost".to_owned();
        target.trust(Path::new(&ready.certificate))?;
        Ok(Self { script, target, token: ready.token, _dir: dir })
    }
}

fn wait(script: &mut Child, file: &Path) -> Result<Ready, Failure> {
    let start = Instant::now();
    while start.elapsed() < START_MAX {
        if let Ok(text) = std::fs::read_to_string(file) {
            return Ok(serde_json::from_str(&text)?);
        }
        if let Some(status) = script.try_wait()? {
            return Err(format!("it ended with {status}").into());
        }
        std::thread::sleep(LOOK);
    }
    Err("it was not ready in time".into())
}

impl Drop for Peer {
    fn drop(&mut self) {
        // The script ends its server with its input.
        drop(self.script.stdin.take());
        let _ = self.script.wait();
    }
}

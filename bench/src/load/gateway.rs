//! A gateway to measure, as a process of its own.

use std::io::Write;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};
use serde_json::Value;
use tempfile::TempDir;

use super::scenario::GatewaySpec;
use super::{LoadError, Target};

/// How long a first start may take: it makes RSA keys.
const START_MAX: Duration = Duration::from_secs(60);
/// Between two looks whether it is up.
const LOOK: Duration = Duration::from_millis(5);

/// A running gateway with a store of its own, on free ports of loopback; ended when dropped.
pub struct Gateway {
    child: Child,
    program: PathBuf,
    ready: Value,
    dir: TempDir,
}

impl Gateway {
    /// Starts `program`, which is `typex`, with demo objects.
    ///
    /// # Errors
    /// [`LoadError::Gateway`] if it does not start, or not in a minute.
    pub fn start(program: &Path, spec: &GatewaySpec) -> Result<Self, LoadError> {
        let dir = tempfile::tempdir()?;
        let file = dir.path().join("ready");
        let mut command = Command::new(program);
        command.arg("--data").arg(dir.path().join("data")).arg("--free-ports");
        command.arg("--ready-file").arg(&file);
        if let Some(backend) = &spec.backend {
            command.args(["--backend", backend]);
        }
        command.env("TYPEX_LOG_FILTER", "warn").envs(&spec.environment);
        command.stdin(Stdio::null()).stdout(Stdio::null());
        // Whoever ends this process by the terminal ends the gateway when it was measured.
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
        let child = spawn_on(&spec.cores, &mut command)?;
        let program = program.to_owned();
        let mut gateway = Self { child, program, ready: Value::Null, dir };
        gateway.ready = gateway.wait(&file)?;
        Ok(gateway)
    }

    fn wait(&mut self, file: &Path) -> Result<Value, LoadError> {
        let start = Instant::now();
        while start.elapsed() < START_MAX {
            if let Ok(text) = std::fs::read_to_string(file) {
                return serde_json::from_str(&text).map_err(|error| failed(&error));
            }
            if let Some(status) = self.child.try_wait()? {
                return Err(failed(&format!("it ended with {status} before it was ready")));
            }
            std::thread::sleep(LOOK);
        }
        Err(failed(&"it was not ready in time"))
    }

    /// All its listeners.
    ///
    /// # Errors
    /// [`LoadError::Gateway`] if it did not say where they are.
    pub fn target(&self) -> Result<Target, LoadError> {
        let all = self.ready["listeners"].as_array().ok_or_else(|| failed(&"no listeners"))?;
        let pair = |one: &Value| {
            let address: SocketAddr = one["address"].as_str()?.parse().ok()?;
            let (dialect, listener) = (one["dialect"].as_str()?, one["listener"].as_str()?);
            Some((format!("{dialect}.{listener}"), address))
        };
        let mut target = Target {
            listeners: all.iter().filter_map(pair).collect(),
            name: "localhost".to_owned(),
            certificates: Vec::new(),
            processes: vec![self.child.id()],
        };
        target.trust(&self.data().join("tls").join("development.crt.pem"))?;
        Ok(target)
    }

    /// Its data directory.
    pub fn data(&self) -> PathBuf {
        self.dir.path().join("data")
    }

    /// What an operator's command prints.
    ///
    /// # Errors
    /// [`LoadError::Gateway`] with what it printed as its error.
    pub fn operate(&self, args: &[&str]) -> Result<String, LoadError> {
        self.operate_with(args, "")
    }

    /// The same of a command that reads something.
    ///
    /// # Errors
    /// As of [`operate`](Self::operate).
    pub(super) fn operate_with(&self, args: &[&str], input: &str) -> Result<String, LoadError> {
        let mut command = Command::new(&self.program);
        command.arg("--data").arg(self.data()).args(args).stdin(Stdio::piped());
        let mut running = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
        if let Some(mut pipe) = running.stdin.take() {
            pipe.write_all(input.as_bytes())?;
        }
        let output = running.wait_with_output()?;
        match output.status.success() {
            true => Ok(String::from_utf8_lossy(&output.stdout).into_owned()),
            false => Err(failed(&String::from_utf8_lossy(&output.stderr))),
        }
    }
}

/// Starts a process that may only run on these cores; on all that this one may, if there are none.
///
/// # Errors
/// [`LoadError::Gateway`] if it does not start.
pub(crate) fn spawn_on(cores: &[usize], command: &mut Command) -> Result<Child, LoadError> {
    if cores.is_empty() {
        return command.spawn().map_err(|error| failed(&error));
    }
    let mut set = CpuSet::new();
    for core in cores {
        if *core >= CpuSet::MAX_CPU {
            return Err(failed(&format!("there is no core {core}")));
        }
        set.set(*core);
    }
    // A process begins where the thread that starts it may run.
    let before = sched_getaffinity(None).map_err(|error| failed(&error))?;
    sched_setaffinity(None, &set).map_err(|error| failed(&error))?;
    let child = command.spawn();
    sched_setaffinity(None, &before).map_err(|error| failed(&error))?;
    child.map_err(|error| failed(&error))
}

fn failed(why: &dyn std::fmt::Display) -> LoadError {
    LoadError::Gateway(why.to_string())
}

impl Drop for Gateway {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

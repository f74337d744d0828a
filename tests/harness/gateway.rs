//! A gateway process on free loopback ports, ended when dropped.

use std::collections::HashMap;
use std::io::Read;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

use super::{Ran, typex};

/// How long a first start may take: it makes four RSA keys.
const START_MAX: Duration = Duration::from_secs(60);

/// A running gateway.
pub(crate) struct Gateway {
    child: Child,
    data: PathBuf,
    listeners: HashMap<String, SocketAddr>,
    ready: String,
    _dir: Option<TempDir>,
}

impl Gateway {
    /// Starts one on an empty data directory of its own.
    pub(crate) fn start(args: &[&str]) -> Self {
        Self::start_own(args, &[])
    }

    /// The same with options from the environment.
    pub(crate) fn start_with(environment: &[(&str, &str)]) -> Self {
        Self::start_own(&[], environment)
    }

    fn start_own(args: &[&str], environment: &[(&str, &str)]) -> Self {
        let dir = tempfile::tempdir().expect("a temporary directory");
        let mut gateway = Self::start_in(&dir.path().join("data"), args, environment);
        gateway._dir = Some(dir);
        gateway
    }

    /// Starts one on `data`, which stays when it ends.
    pub(crate) fn start_in(data: &Path, args: &[&str], environment: &[(&str, &str)]) -> Self {
        let mut command = command(data);
        command.args(["--free-ports"]).args(args).envs(environment.iter().copied());
        command.stdout(Stdio::null());
        Self::launch(data, command)
    }

    /// Starts one on `data` as `command` says.
    pub(crate) fn launch(data: &Path, mut command: Command) -> Self {
        let ready = data.with_extension(format!("ready-{}", std::process::id()));
        let _ = std::fs::remove_file(&ready);
        let mut child = command.arg("--ready-file").arg(&ready).spawn().expect("typex starts");
        let text = wait_ready(&mut child, &ready);
        std::fs::remove_file(&ready).expect("the ready file was there");
        let listeners = addresses(&text);
        Self { child, data: data.to_owned(), listeners, ready: text, _dir: None }
    }

    /// Address of a listener, by dialect listener name and transport: `process/http`.
    pub(crate) fn address(&self, listener: &str) -> SocketAddr {
        self.listeners[listener]
    }

    /// What its ready file said.
    pub(crate) fn ready(&self) -> &str {
        &self.ready
    }

    /// Its data directory.
    pub(crate) fn data(&self) -> &Path {
        &self.data
    }

    /// Its process id.
    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Ends it at once, without a chance to clean up.
    pub(crate) fn kill(mut self) {
        self.child.kill().expect("running");
        self.child.wait().expect("a child");
    }

    /// Asks it to end and waits until it has.
    pub(crate) fn stop(self) {
        self.signal("TERM");
        let status = self.wait();
        assert!(status.success(), "typex ended with {status}");
    }

    /// Sends it a signal, by its name without `SIG`.
    pub(crate) fn signal(&self, name: &str) {
        let (signal, pid) = (format!("-{name}"), self.pid().to_string());
        let sent = Command::new("kill").args([&signal, &pid]).status().expect("kill runs");
        assert!(sent.success());
    }

    /// Waits until it has ended.
    pub(crate) fn wait(mut self) -> ExitStatus {
        self.child.wait().expect("a child")
    }

    /// Runs `typex` with `args` on its data directory.
    pub(crate) fn typex(&self, args: &[&str]) -> Ran {
        typex(&self.data, args)
    }
}

impl Drop for Gateway {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// `typex --data DATA`.
pub(crate) fn command(data: &Path) -> Command {
    let mut command = Command::new(program());
    command.arg("--data").arg(data).stdin(Stdio::null()).envs(backend());
    command
}

/// `typex`, from the build that this test binary belongs to.
pub(crate) fn program() -> PathBuf {
    let test_binary = std::env::current_exe().expect("this process has a binary");
    let profile = test_binary.ancestors().nth(2).expect("target/PROFILE/deps/binary");
    let typex = profile.join("typex");
    assert!(typex.exists(), "{} is missing: use ./tests/run", typex.display());
    typex
}

/// Milliseconds that a simulated card has for a request: on a machine that is busy with other
/// things, a batch may take it longer than the usual five seconds.
const CARD_DEADLINE_MS: &str = "60000";

/// Options that choose what `TEST_BACKEND` names: `soft`, or a card, `model` or `rtl`.
fn backend() -> Vec<(&'static str, String)> {
    let card = match std::env::var("TEST_BACKEND").as_deref() {
        Err(_) | Ok("soft") => return Vec::new(),
        Ok(card @ ("model" | "rtl")) => card.to_owned(),
        Ok(other) => panic!("TEST_BACKEND={other}: must be soft, model or rtl"),
    };
    let deadline = CARD_DEADLINE_MS.to_owned();
    vec![
        ("TYPEX_ENGINE_BACKEND", "fpga".to_owned()),
        ("TYPEX_CARD_KIND", card),
        ("TYPEX_ENGINE_DEADLINE_MS", deadline),
    ]
}

/// The file appears whole: the gateway renames it into place.
fn wait_ready(child: &mut Child, ready: &Path) -> String {
    let start = Instant::now();
    loop {
        if let Ok(text) = std::fs::read_to_string(ready) {
            return text;
        }
        if let Some(status) = child.try_wait().expect("a child") {
            let mut text = String::new();
            if let Some(mut stderr) = child.stderr.take() {
                let _ = stderr.read_to_string(&mut text);
            }
            panic!("typex ended with {status} before it was ready: {text}");
        }
        assert!(start.elapsed() < START_MAX, "typex was not ready in {START_MAX:?}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

fn addresses(ready: &str) -> HashMap<String, SocketAddr> {
    let json: serde_json::Value = serde_json::from_str(ready).expect("the ready file is JSON");
    let listeners = json["listeners"].as_array().expect("listeners");
    listeners.iter().map(named_address).collect()
}

fn named_address(listener: &serde_json::Value) -> (String, SocketAddr) {
    let text = |member: &str| listener[member].as_str().expect("a text").to_owned();
    let name = format!("{}/{}", text("listener"), text("transport"));
    (name, text("address").parse().expect("an address"))
}

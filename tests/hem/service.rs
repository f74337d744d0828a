//! `typex hem backend`, ended when dropped.

use std::io::{BufRead, BufReader};
use std::process::{Child, Stdio};

use tempfile::TempDir;

use crate::harness::command;

/// A running check-in service with a key of its own.
pub(super) struct Service {
    child: Child,
    address: String,
    key: String,
    _dir: TempDir,
}

impl Service {
    /// Starts one on a free port.
    pub(super) fn start() -> Self {
        let dir = tempfile::tempdir().expect("a temporary directory");
        let mut command = command(dir.path());
        command.args(["hem", "backend", "--listen", "127.0.0.1:0", "--key"]);
        command.arg(dir.path().join("key")).stdout(Stdio::piped());
        let mut child = command.spawn().expect("typex starts");
        let mut lines = BufReader::new(child.stdout.take().expect("a pipe")).lines();
        let mut after = |mark: &str| {
            let line = lines.find_map(|line| {
                let line = line.expect("text");
                Some(line.split_once(mark)?.1.to_owned())
            });
            line.unwrap_or_else(|| panic!("the service did not say {mark:?}"))
        };
        let address = after("http://").trim_end_matches("/checkin").to_owned();
        let key = after("backends = [\"").trim_end_matches("\"]").to_owned();
        Self { child, address, key, _dir: dir }
    }

    /// Its address and port.
    pub(super) fn address(&self) -> &str {
        &self.address
    }

    /// Its public key, base64.
    pub(super) fn key(&self) -> &str {
        &self.key
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

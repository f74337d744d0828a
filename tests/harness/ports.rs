//! A gateway as a newcomer starts it: on the default ports, which one test at a time may use.

use std::fs::File;
use std::process::{Child, Command};

/// Ends the process when the test ends.
pub(crate) struct Running(pub(crate) Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = Command::new("kill").args(["-TERM", &self.0.id().to_string()]).status();
        let _ = self.0.wait();
    }
}

/// The default ports, until this is dropped; waits until no other test has them.
pub(crate) fn default_ports() -> File {
    let path = std::env::temp_dir().join("typex-tests-default-ports");
    let file = File::create(path).expect("a file to lock");
    file.lock().expect("a lock");
    file
}

//! The bare servers of `typex-echo`, which lies beside the program that runs.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

use tempfile::TempDir;

use super::{Failure, program};
use crate::load::Target;

/// A bare server; ended when dropped.
pub(super) struct Bare {
    program: Child,
    /// Where it listens.
    pub(super) target: Target,
    _dir: TempDir,
}

impl Bare {
    /// Starts one on one core, which answers HTTP with bodies of so many bytes, or as they came.
    pub(super) fn start(protocol: &str, answer_bytes: Option<usize>) -> Result<Self, Failure> {
        let dir = tempfile::tempdir()?;
        let certificate = dir.path().join("echo.pem");
        let mut program = Command::new(program("typex-echo")?)
            .arg(protocol)
            .arg("--certificate")
            .arg(&certificate)
            .args(answer_bytes.map(|bytes| format!("--answer-bytes={bytes}")))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let mut line = String::new();
        let output = program.stdout.take().ok_or("a server without output")?;
        BufReader::new(output).read_line(&mut line)?;
        let mut target = Target::at(line.trim().parse()?);
        target.processes = vec![program.id()];
        target.name = "localhost".to_owned();
        target.trust(&certificate)?;
        Ok(Self { program, target, _dir: dir })
    }
}

impl Drop for Bare {
    fn drop(&mut self) {
        // Nothing is left to do if it has ended.
        let _ = self.program.kill();
        let _ = self.program.wait();
    }
}

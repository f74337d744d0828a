//! A program that does the other side of a comparison: started once, asked for a window at a time.
//!
//! It takes an operation, the bytes of a message and the messages of a batch as arguments, and
//! prints a checksum of its first results. For each line that it reads it runs for a window and
//! prints the nanoseconds of its processor time that a message took. `bench/peers/lanes` has them.

use std::io::{BufRead, BufReader, Write};
use std::path::PathBuf;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::Duration;

use super::procedure::Failure;

/// What to run where a program is missing.
pub(super) const COMMAND: &str = "bench/peers/lanes/build";

/// The program.
pub(super) struct Peer {
    program: Child,
    to: Option<ChildStdin>,
    from: BufReader<ChildStdout>,
    /// Of its first results.
    pub(super) checksum: u64,
}

impl Peer {
    /// Starts a program by its name.
    pub(super) fn start(
        name: &str,
        operation: &str,
        bytes: usize,
        messages: usize,
        window: Duration,
    ) -> Result<Self, Failure> {
        let path = folder().join(name);
        if !path.is_file() {
            let path = path.display();
            return Err(format!("there is no {path}: run `{COMMAND}`").into());
        }
        let mut program = Command::new(path)
            .args([operation, &bytes.to_string(), &messages.to_string()])
            .arg(window.as_nanos().to_string())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let to = program.stdin.take();
        let from = program.stdout.take().ok_or("a program without output")?;
        let mut peer = Self { program, to, from: BufReader::new(from), checksum: 0 };
        peer.checksum = u64::from_str_radix(&peer.line()?, 16)?;
        Ok(peer)
    }

    /// Nanoseconds a message in one more window.
    pub(super) fn window(&mut self) -> Result<f64, Failure> {
        let to = self.to.as_mut().ok_or("a program without input")?;
        to.write_all(b"\n")?;
        to.flush()?;
        Ok(self.line()?.parse()?)
    }

    fn line(&mut self) -> Result<String, Failure> {
        let mut line = String::new();
        if self.from.read_line(&mut line)? == 0 {
            return Err("the program of the other side ended".into());
        }
        Ok(line.trim().to_owned())
    }
}

impl Drop for Peer {
    /// It ends when there is nothing more to read.
    fn drop(&mut self) {
        self.to = None;
        let _ = self.program.wait();
    }
}

/// Where the programs are: beside criterion's results.
pub(super) fn folder() -> PathBuf {
    super::criterion_home().with_file_name("peers")
}

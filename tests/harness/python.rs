//! Clients in Python, in the environment that `tests/run` makes.

use std::process::Command;

use super::{Gateway, Ran, root};

/// A program of `tests/clients`, or with `-m` a module, with the gateway's ready file and then
/// `args`. It must succeed; what it prints is shown.
#[track_caller]
pub(crate) fn python(program: &[&str], gateway: &Gateway, args: &[&str]) {
    let ready = tempfile::NamedTempFile::new().expect("a temporary file");
    std::fs::write(ready.path(), gateway.ready()).expect("writable");
    let ran = Ran::of(interpreter().args(program).arg(ready.path()).args(args));
    assert!(ran.ok, "{program:?}:\n{}{}", ran.out, ran.err);
    println!("{}{}", ran.out, ran.err);
}

/// Python, in the folder of the clients.
pub(crate) fn interpreter() -> Command {
    let clients = root().join("tests/clients");
    let interpreter = root().join("tests/.venv/bin/python");
    assert!(interpreter.exists(), "tests/.venv is missing: use ./tests/run");
    let mut command = Command::new(interpreter);
    command.current_dir(&clients).env("PYTHONPATH", clients.join("shim"));
    command.env("PYTHONDONTWRITEBYTECODE", "1");
    command
}

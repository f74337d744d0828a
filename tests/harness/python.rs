//! Clients in Python, in the environment that `tests/run` makes.

use std::path::PathBuf;
use std::process::Command;

use super::{Gateway, Ran, command, root};

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

/// One that is also the operator of a gateway of its own: behind the ready file come the data
/// directory and `typex`.
#[track_caller]
pub(crate) fn python_of_operator(program: &[&str]) {
    let gateway = Gateway::start(&[]);
    let data = gateway.data().to_str().expect("a path in UTF-8");
    let command = command(gateway.data());
    let typex = command.get_program().to_str().expect("a path in UTF-8");
    python(program, &gateway, &[data, typex]);
}

/// Where `python3` is that has the clients' packages.
pub(crate) fn python_folder() -> PathBuf {
    let folder = root().join("tests/.venv/bin");
    assert!(folder.exists(), "tests/.venv is missing: use ./tests/run");
    folder
}

/// Python, in the folder of the clients.
pub(crate) fn interpreter() -> Command {
    let clients = root().join("tests/clients");
    let mut command = Command::new(python_folder().join("python"));
    command.current_dir(&clients).env("PYTHONPATH", clients.join("shim"));
    command.env("PYTHONDONTWRITEBYTECODE", "1");
    command
}

//! The README's first screen does what it says.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::harness::{Running, command, default_ports, full, root};

/// How long a first start may take.
const START_MAX: Duration = Duration::from_secs(60);
/// How long a clean clone may take to build and start.
const BUILD_MAX: Duration = Duration::from_secs(40 * 60);

/// The README's code blocks of one language, in order.
fn blocks(language: &str) -> Vec<String> {
    let readme = std::fs::read_to_string(root().join("README.md")).expect("a README");
    let fence = format!("```{language}\n");
    let behind = readme.split(&fence).skip(1);
    behind.map(|rest| rest.split("```").next().unwrap_or_default().trim().to_owned()).collect()
}

fn wait_for(file: &Path, patience: Duration) {
    let start = Instant::now();
    while !file.exists() {
        assert!(start.elapsed() < patience, "not ready within {patience:?}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

fn shell(line: &str) -> String {
    let output = Command::new("sh").args(["-c", line]).output().expect("a shell");
    String::from_utf8(output.stdout).expect("text")
}

/// On the default ports, as a newcomer has it: they must be free.
#[test]
fn the_curl_line_of_the_readme_gets_the_answer_of_the_readme() {
    let _ports = default_ports();
    let dir = tempfile::tempdir().expect("a temporary directory");
    let ready = dir.path().join("ready");
    let child = command(&dir.path().join("data"))
        .arg("--ready-file")
        .arg(&ready)
        .stdout(Stdio::null())
        .spawn()
        .expect("typex starts");
    let running = Running(child);
    wait_for(&ready, START_MAX);
    let curl = &blocks("sh")[1];
    let answer = shell(&format!("{curl} --silent"));
    assert_eq!(answer, blocks("json")[0]);
    drop(running);
}

#[test]
fn the_commands_of_the_readme_are_those_that_are_tested() {
    let sh = blocks("sh");
    assert_eq!((sh[0].as_str(), sh[2].as_str()), ("cargo run --release", "./tests/run"));
    assert!(sh[1].starts_with("curl 'http://127.0.0.1:11180/1.0/"));
    let ci = std::fs::read_to_string(root().join(".ci/run")).expect("a CI script");
    assert!(ci.trim_end().ends_with("./tests/run"));
}

/// A fresh clone, built and started by the README's own words, without the system libraries and
/// tools that a newcomer may lack.
#[test]
fn a_clean_clone_builds_and_serves() {
    if !full() {
        println!("SKIPPED a_clean_clone_builds_and_serves: only ./tests/run --full builds one");
        return;
    }
    let dir = tempfile::tempdir().expect("a temporary directory");
    let clone = dir.path().join("typex");
    let cloned = Command::new("git").arg("clone").arg("--quiet").arg(root()).arg(&clone).status();
    assert!(cloned.expect("git runs").success());
    let ready = dir.path().join("ready");
    let child = Command::new("sh")
        .args(["-c", &format!("exec {} -- --ready-file {}", blocks("sh")[0], ready.display())])
        .current_dir(&clone)
        .env_remove("CARGO_TARGET_DIR")
        .env("OPENSSL_DIR", "/nonexistent")
        .env("PKG_CONFIG", "/nonexistent")
        .env("VERILATOR_ROOT", "/nonexistent")
        .stdout(Stdio::null())
        .spawn()
        .expect("a shell");
    let running = Running(child);
    wait_for(&ready, BUILD_MAX);
    let answer = shell(&format!("{} --silent", blocks("sh")[1]));
    assert_eq!(answer, blocks("json")[0]);
    drop(running);
}

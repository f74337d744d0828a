//! The program that makes C++ of SystemVerilog.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// What to do when there is none; one sentence.
const INSTALL: &str = "the features `cosim` and `units` need Verilator 5: install the package \
                       `verilator` and a C++ compiler, or set VERILATOR to the program";

/// An installed Verilator.
pub(crate) struct Verilator {
    program: OsString,
    /// Its version.
    pub(crate) version: String,
    /// The folder of its C++ runtime.
    pub(crate) include: PathBuf,
}

impl Verilator {
    /// The one that VERILATOR names, or that is found on the path.
    pub(crate) fn find() -> Result<Self, String> {
        println!("cargo:rerun-if-env-changed=VERILATOR");
        println!("cargo:rerun-if-env-changed=VERILATOR_ROOT");
        let program = std::env::var_os("VERILATOR").unwrap_or_else(|| "verilator".into());
        let root = ask(&program, &["--getenv", "VERILATOR_ROOT"]).ok_or(INSTALL)?;
        let include = PathBuf::from(root).join("include");
        let version = version(&include).ok_or(INSTALL)?;
        if !version.starts_with("5.") {
            return Err(format!("{INSTALL}; this is Verilator {version}"));
        }
        Ok(Self { program, version, include })
    }

    /// Runs it in `folder`.
    pub(crate) fn run(&self, folder: &Path, arguments: &[String]) -> Result<(), String> {
        let output = Command::new(&self.program)
            .args(arguments)
            .current_dir(folder)
            .output()
            .map_err(|error| format!("{INSTALL}: {error}"))?;
        if output.status.success() {
            return Ok(());
        }
        Err(format!(
            "Verilator did not take the sources: {}\n{}",
            arguments.join(" "),
            String::from_utf8_lossy(&output.stderr)
        ))
    }
}

/// The first line of what the program answers.
fn ask(program: &OsString, arguments: &[&str]) -> Option<String> {
    let output = Command::new(program).args(arguments).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    output.status.success().then(|| text.lines().next().unwrap_or_default().trim().to_owned())
}

/// The version that the runtime names; not every build of the program knows its own.
fn version(include: &Path) -> Option<String> {
    let text = fs::read_to_string(include.join("verilated_config.h")).ok()?;
    let line = text.lines().find(|line| line.starts_with("#define VERILATOR_VERSION "))?;
    line.split('"').nth(1).map(str::to_owned)
}

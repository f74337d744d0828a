//! The `typex` command.
#![forbid(unsafe_code)]

use std::process::ExitCode;

use clap::Parser;
use typex_server::cli::{Cli, run};

fn main() -> ExitCode {
    match run(Cli::parse()) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("typex: {error}");
            ExitCode::FAILURE
        }
    }
}

//! The `typex` command.
#![forbid(unsafe_code)]

use std::alloc::System;
use std::process::ExitCode;

use clap::Parser;
use typex_server::cli::{Cli, run};
use zeroizing_alloc::ZeroAlloc;

/// Wipes whatever is given back. Requests pass through the buffers of libraries that know nothing
/// of secrets; this reaches those too.
#[global_allocator]
static HEAP: ZeroAlloc<System> = ZeroAlloc(System);

fn main() -> ExitCode {
    match run(Cli::parse()) {
        Ok(code) => code,
        // Whoever reads the output has read enough.
        Err(error) if is_broken_pipe(&*error) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("typex: {error}");
            ExitCode::FAILURE
        }
    }
}

fn is_broken_pipe(error: &(dyn std::error::Error + 'static)) -> bool {
    let written = error.downcast_ref().map(std::io::Error::kind);
    let as_json = || error.downcast_ref().and_then(serde_json::Error::io_error_kind);
    written.or_else(as_json) == Some(std::io::ErrorKind::BrokenPipe)
}

//! The bare servers as a program.
//!
//! ```text
//! typex-echo h1-tls --certificate /tmp/echo.pem
//! ```
//!
//! The address is printed once the server listens; it ends with its standard input, so that none is
//! left behind.
#![forbid(unsafe_code)]

use std::io::Read;
use std::path::PathBuf;

use clap::Parser;
use typex_echo::{Failure, Options, start};

/// A bare server on loopback that answers with what it is sent.
#[derive(Parser)]
struct Args {
    #[command(flatten)]
    options: Options,
    /// Where to write the certificate that clients must trust.
    #[arg(long, value_name = "FILE")]
    certificate: Option<PathBuf>,
}

fn main() -> Result<(), Failure> {
    let args = Args::parse();
    let started = start(&args.options)?;
    if let Some(path) = &args.certificate {
        std::fs::write(path, &started.certificate)?;
    }
    println!("{}", started.address);
    let mut ignored = Vec::new();
    std::io::stdin().read_to_end(&mut ignored)?;
    Ok(())
}

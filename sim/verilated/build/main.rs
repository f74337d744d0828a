//! Makes a static library of each simulated top, where a feature asks for one.
//!
//! Verilator translates SystemVerilog into C++, the C++ compiler makes a library of that and of
//! the shim. Without the features nothing is needed and nothing is done.
#![forbid(unsafe_code)]

#[cfg(any(feature = "cosim", feature = "units"))]
mod bindings;
#[cfg(any(feature = "cosim", feature = "units"))]
mod compiler;
#[cfg(any(feature = "cosim", feature = "units"))]
mod configuration;
#[cfg(any(feature = "cosim", feature = "units"))]
mod cost;
#[cfg(any(feature = "cosim", feature = "units"))]
mod library;
#[cfg(any(feature = "cosim", feature = "units"))]
mod sources;
#[cfg(any(feature = "cosim", feature = "units"))]
mod top;
#[cfg(any(feature = "cosim", feature = "units"))]
mod verilator;

#[cfg(not(any(feature = "cosim", feature = "units")))]
fn main() {
    println!("cargo:rerun-if-changed=build/main.rs");
}

#[cfg(any(feature = "cosim", feature = "units"))]
fn main() -> std::process::ExitCode {
    match library::build_all() {
        Ok(()) => std::process::ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            std::process::ExitCode::FAILURE
        }
    }
}

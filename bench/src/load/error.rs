//! What ends a run.

use std::path::PathBuf;

use thiserror::Error;

/// Why there is no result.
#[derive(Debug, Error)]
pub enum LoadError {
    /// The scenario cannot be read.
    #[error("{}: {source}", .path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The scenario is not in the form that `docs/benchmarking.md` describes.
    #[error("{0}")]
    Form(String),
    /// The scenario asks for what cannot be.
    #[error("scenario: {0}")]
    Scenario(String),
    /// The target has no such listener, or is none.
    #[error("target: {0}")]
    Target(String),
    /// The gateway that was to be measured did not start.
    #[error("gateway: {0}")]
    Gateway(String),
    /// No connection to the server.
    #[error("{address}: {fault}")]
    Connect {
        /// Of the server.
        address: String,
        /// Why.
        fault: String,
    },
    /// An answer was checked and is wrong.
    #[error("a wrong answer: {0}")]
    Wrong(String),
    /// A client process ended early or said what it must not.
    #[error("client process: {0}")]
    Client(String),
    /// What the operating system says.
    #[error("{0}")]
    System(#[from] std::io::Error),
    /// What cannot be written or drawn.
    #[error("report: {0}")]
    Report(String),
}

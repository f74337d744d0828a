//! Why a log cannot be opened or written.

use std::io;

use typex_core::audit::checkpoint::Origin;

/// Why a log cannot be opened or written.
#[derive(Debug, thiserror::Error)]
pub enum LogError {
    /// The medium failed.
    #[error("the audit log's disk failed")]
    Io(#[from] io::Error),
    /// An earlier write failed, and what it left on the medium is not known. Open the log again.
    #[error("the audit log failed earlier and must be opened again")]
    Failed,
    /// A primitive of the cryptographic library failed.
    #[error("no randomness or no key for the audit log")]
    Crypto,
    /// The ratchet's state is missing, damaged or sealed under another key.
    #[error("the audit log's tail state cannot be unsealed: run `typex audit verify`")]
    Tail,
    /// Entries that were durable are gone or changed.
    #[error("the audit log lacks entry {first_lost}: run `typex audit verify`")]
    Lost {
        /// The first entry that cannot be accounted for.
        first_lost: u64,
    },
    /// The log has another name than the signing key.
    #[error("the audit log is {log}, the signing key is for {key}")]
    Origin {
        /// Of the log.
        log: Box<Origin>,
        /// Of the key.
        key: Box<Origin>,
    },
    /// The file is not a signing key.
    #[error("not an audit signing key: expected PRIVATE+KEY+name+hash+base64")]
    KeyFile,
}

//! What can go wrong on the way.

use thiserror::Error;
use typex_wire::{Status, WireError, WriteError};

/// Why there is no answer.
#[derive(Debug, Error)]
pub enum ClientError {
    /// No socket.
    #[error("no socket")]
    Socket(#[from] std::io::Error),
    /// The cipher suites that QUIC needs are missing.
    #[error("TLS 1.3 is not available")]
    Tls,
    /// TLS cannot be set up.
    #[error("TLS cannot be set up")]
    Rustls(#[from] rustls::Error),
    /// The address or the name is none that can be connected to.
    #[error("the address or the name is not valid")]
    Connect(#[from] quinn::ConnectError),
    /// The connection ended.
    #[error("the connection ended")]
    Connection(#[from] quinn::ConnectionError),
    /// The gateway reads no more.
    #[error("the gateway reads no more")]
    Write(#[from] quinn::WriteError),
    /// The gateway sends no more.
    #[error("the gateway sends no more")]
    Read(#[from] quinn::ReadError),
    /// The answer did not come in time.
    #[error("no answer in time")]
    Late,
    /// What was to be sent is too long.
    #[error("it cannot be sent")]
    Unsendable(#[from] WriteError),
    /// The gateway's bytes are not frames, or not the ones that answer.
    #[error("the gateway does not keep to the protocol")]
    Wire(#[from] WireError),
    /// A frame that answers nothing that was asked.
    #[error("the gateway answers something else")]
    Unexpected,
    /// A handle was not opened.
    #[error("the handle was refused: {}", .0.name())]
    Refused(Status),
    /// The whole batch was refused; nothing of it was done.
    #[error("the gateway has no room: {}", .status.name())]
    Overload {
        /// Why.
        status: Status,
        /// When to send it again, in milliseconds.
        wait_ms: u32,
    },
    /// The gateway ended the stream.
    #[error("the gateway ended the stream: {text}")]
    Bye {
        /// Why.
        status: Status,
        /// For people.
        text: String,
    },
}

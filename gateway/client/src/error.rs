//! What can go wrong on the way.

use std::sync::Arc;

use thiserror::Error;
use typex_wire::{Status, WireError, WriteError};

/// Why there is no answer. Whether the same may be asked again is said by
/// [`Retry`](crate::Retry).
#[derive(Clone, Debug, Error)]
pub enum ClientError {
    /// No socket, or nobody listens.
    #[error("no connection: {0}")]
    Socket(Arc<std::io::Error>),
    /// The cipher suites that QUIC needs are missing.
    #[error("TLS 1.3 is not available")]
    Tls,
    /// TLS cannot be set up.
    #[error("TLS cannot be set up: {0}")]
    Rustls(#[from] rustls::Error),
    /// The address or the name is none that can be connected to.
    #[error("the address or the name is not valid: {0}")]
    Connect(#[from] quinn::ConnectError),
    /// The connection ended.
    #[error("the connection ended: {0}")]
    Connection(#[from] quinn::ConnectionError),
    /// The gateway reads no more.
    #[error("the gateway reads no more: {0}")]
    Write(#[from] quinn::WriteError),
    /// The gateway sends no more.
    #[error("the gateway sends no more: {0}")]
    Read(#[from] quinn::ReadError),
    /// The stream is at its end, without a word from the gateway.
    #[error("the stream is at its end")]
    Ended,
    /// A request of HTTP got no answer.
    #[error("the request got no answer: {0}")]
    Http(Arc<hyper::Error>),
    /// A request of HTTP was answered with something else than frames.
    #[error("the request was answered with {code}: {text}")]
    Answer {
        /// The status code.
        code: u16,
        /// For people.
        text: String,
    },
    /// The answer did not come in time.
    #[error("no answer in time")]
    Late,
    /// Nothing was sent: the stream had ended before, or there is no way to the gateway.
    #[error("not sent: {0}")]
    NotSent(#[source] Box<Self>),
    /// What was to be sent is too long, or has too many records.
    #[error("it cannot be sent: {0}")]
    Unsendable(#[from] WriteError),
    /// The gateway's bytes are not frames, or not the ones that answer.
    #[error("the gateway does not keep to the protocol: {0}")]
    Wire(#[from] WireError),
    /// A frame that answers nothing that was asked.
    #[error("the gateway answers something else")]
    Unexpected,
    /// The gateway chose a version that this crate does not speak.
    #[error("version {0} is not spoken here")]
    Version(u16),
    /// Every handle that the gateway has for a stream is in use.
    #[error("no more than {0} handles can be open")]
    NoHandle(u32),
    /// Over HTTP, handles of two access keys in one batch.
    #[error("a request is signed by one access key")]
    Signers,
    /// A handle was not opened, or was not there to be closed.
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
    #[error("the gateway ended the stream: {}: {text}", .status.name())]
    Bye {
        /// Why.
        status: Status,
        /// For people.
        text: String,
    },
}

impl ClientError {
    /// Says that nothing was sent.
    pub(crate) fn unsent(self) -> Self {
        match self {
            Self::NotSent(_) => self,
            other => Self::NotSent(Box::new(other)),
        }
    }
}

impl From<std::io::Error> for ClientError {
    fn from(error: std::io::Error) -> Self {
        Self::Socket(Arc::new(error))
    }
}

impl From<hyper::Error> for ClientError {
    fn from(error: hyper::Error) -> Self {
        Self::Http(Arc::new(error))
    }
}

//! What a server listens on.

use std::net::SocketAddr;
use std::num::NonZeroUsize;

use super::limits::{self, Limits};
use super::{Role, StartError, tls};

/// Everything a server needs to start.
#[derive(Clone, Debug)]
pub struct Config {
    /// Threads, each with its own runtime, listeners and connections; at most
    /// [`limits::CORES_MAX`].
    pub cores: NonZeroUsize,
    /// What to listen on; at most [`limits::LISTENERS_MAX`].
    pub listeners: Vec<Listener>,
    /// Certificate and key. Without them no listener has TLS or HTTP/3.
    pub tls: Option<tls::Files>,
    /// Sizes, times and counts.
    pub limits: Limits,
}

/// One address to listen on.
#[derive(Clone, Copy, Debug)]
pub struct Listener {
    /// What is spoken there.
    pub kind: Kind,
    /// Address and port. Port 0 takes a free one, the same for TCP and UDP and on every core.
    pub address: SocketAddr,
    /// Comes back in [`Peer::role`](super::Peer).
    pub role: Role,
    /// Whether peers other than loopback may speak without TLS.
    pub plaintext: bool,
}

/// Protocols of a listener.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// HTTP/1.1 and HTTP/2 over TCP, with TLS or without.
    Http {
        /// Also HTTP/3 over UDP on the same port number. Needs [`Config::tls`].
        quic: bool,
    },
    /// One JSON object over TCP, one line in answer, then the connection closes.
    JsonLines,
}

impl Config {
    pub(super) fn validate(&self) -> Result<(), StartError> {
        if self.listeners.is_empty() || self.listeners.len() > limits::LISTENERS_MAX {
            return Err(StartError::Listeners { most: limits::LISTENERS_MAX });
        }
        if self.cores.get() > limits::CORES_MAX {
            return Err(StartError::Cores { most: limits::CORES_MAX });
        }
        if self.limits.head_bytes < HEAD_BYTES_LEAST {
            return Err(StartError::HeadBytes { least: HEAD_BYTES_LEAST });
        }
        Ok(())
    }

    /// Whether `listener` serves HTTP/3.
    pub(super) fn quic(&self, listener: &Listener) -> bool {
        self.tls.is_some() && listener.kind == Kind::Http { quic: true }
    }
}

/// hyper's smallest buffer.
const HEAD_BYTES_LEAST: usize = 8 * 1024;

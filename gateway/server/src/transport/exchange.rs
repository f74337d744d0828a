//! What passes between the transport and the gateway behind it.

use std::future::Future;
use std::net::SocketAddr;

use bytes::Bytes;
use http::request::Parts;
use typex_core::Secret;
use typex_wire::{EXPORTER_BYTES, Frame, WireError};

/// One HTTP request, its body collected, and who sent it.
#[derive(Debug)]
pub struct Exchange {
    /// The client's end of the connection.
    pub peer: Peer,
    /// The request; the body is whole and within [`Limits::body_bytes`](super::Limits), or what
    /// [`Service::body_bytes`] lets this one have.
    pub request: http::Request<Bytes>,
}

/// The client's end of a connection, as the transport saw it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Peer {
    /// Address of the client when the connection was made. IPv4 addresses that arrived through an
    /// IPv6 socket are in IPv4 form.
    pub address: SocketAddr,
    /// Role of the listener that took the connection.
    pub role: Role,
    /// Protocol spoken on the connection.
    pub transport: Transport,
    /// Whether TLS protects the connection.
    pub secure: bool,
}

impl Peer {
    /// The peer at `address`, in the form that the field promises.
    pub(super) fn new(address: SocketAddr, role: Role, transport: Transport, secure: bool) -> Self {
        let address = SocketAddr::new(address.ip().to_canonical(), address.port());
        Self { address, role, transport, secure }
    }
}

/// Number that the caller gave to a listener, handed back with every request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Role(pub u8);

/// Protocol of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Transport {
    /// HTTP/1.0 or HTTP/1.1.
    H1,
    /// HTTP/2.
    H2,
    /// HTTP/3 over QUIC.
    H3,
    /// Frames of the stream protocol over QUIC.
    Frames,
    /// One JSON object and one answer on a TCP connection.
    Tcp,
}

impl Transport {
    /// Every transport, in the order of their declaration.
    pub const ALL: [Self; 5] = [Self::H1, Self::H2, Self::H3, Self::Frames, Self::Tcp];

    /// Name for logs and metrics.
    pub const fn name(self) -> &'static str {
        match self {
            Self::H1 => "http/1.1",
            Self::H2 => "http/2",
            Self::H3 => "http/3",
            Self::Frames => "typex/1",
            Self::Tcp => "tcp",
        }
    }
}

/// Why the transport itself refuses a request or a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Refusal {
    /// The body is larger than the limit.
    BodyTooLarge,
    /// The request line and header fields are larger than the limit.
    HeadTooLarge,
    /// The request did not arrive in time, or its answer was not ready in time.
    Timeout,
    /// The gateway is stopping.
    ShuttingDown,
    /// Plaintext from a peer that must use TLS. Only counted and logged; the connection closes
    /// without an answer.
    PlaintextRefused,
    /// The process or this peer has as many connections as are permitted. Only JSON line clients
    /// get an answer; others are closed before they have spoken.
    TooManyConnections,
    /// The bytes are not what the protocol asks for.
    Malformed,
    /// The memory for request bodies that are being received is used up.
    Overloaded,
}

impl Refusal {
    /// Every refusal, in the order of their declaration.
    pub const ALL: [Self; 8] = [
        Self::BodyTooLarge,
        Self::HeadTooLarge,
        Self::Timeout,
        Self::ShuttingDown,
        Self::PlaintextRefused,
        Self::TooManyConnections,
        Self::Malformed,
        Self::Overloaded,
    ];

    /// Name for logs and metrics.
    pub const fn name(self) -> &'static str {
        match self {
            Self::BodyTooLarge => "body_too_large",
            Self::HeadTooLarge => "head_too_large",
            Self::Timeout => "timeout",
            Self::ShuttingDown => "shutting_down",
            Self::PlaintextRefused => "plaintext_refused",
            Self::TooManyConnections => "too_many_connections",
            Self::Malformed => "malformed",
            Self::Overloaded => "overloaded",
        }
    }
}

/// The gateway as the transport sees it. Each core has its own; clones are made per connection.
///
/// Futures need not be `Send`. They are dropped when the client goes away, and must end by
/// themselves: [`Limits::request_time`](super::Limits) is only a backstop.
pub trait Service: Clone + 'static {
    /// Answers one HTTP request.
    fn call(&self, exchange: Exchange) -> impl Future<Output = http::Response<Bytes>>;

    /// Answers one request of a JSON line listener. `object` is the text from the first `{` to the
    /// `}` that balances it, not validated further. The answer needs no newline.
    fn line(&self, peer: Peer, object: Bytes) -> impl Future<Output = Bytes>;

    /// What one stream of frames has told the service.
    type Session;

    /// A stream of frames begins, on a connection whose TLS exports this for it.
    fn session(&self, peer: Peer, exporter: Secret<[u8; EXPORTER_BYTES]>) -> Self::Session;

    /// Answers a frame, or bytes that are none; without an error the gateway goes down. False if
    /// the answer is the last.
    fn frame(
        &self,
        session: &Self::Session,
        frame: Result<Frame, Option<WireError>>,
    ) -> impl Future<Output = (Bytes, bool)>;

    /// Longest body of a request that may be longer than [`Limits::body_bytes`](super::Limits), at
    /// most [`BODY_BYTES_LARGEST`](super::limits::BODY_BYTES_LARGEST).
    fn body_bytes(&self, _peer: &Peer, _head: &Parts) -> Option<usize> {
        None
    }

    /// The answer to a request that the transport refuses. `head` is absent when it is not known.
    fn refuse(&self, peer: &Peer, head: Option<&Parts>, refusal: Refusal) -> http::Response<Bytes>;

    /// The same for a JSON line listener. The answer needs no newline.
    fn refuse_line(&self, peer: &Peer, refusal: Refusal) -> Bytes;
}

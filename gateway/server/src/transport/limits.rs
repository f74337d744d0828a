//! Limits of the transport, each with its reason. [`Limits`] holds those an operator may change.

use std::time::Duration;

/// Request line and header fields of one request, bytes. A GET carries payloads of several KiB in
/// its target, and 16 KiB of target must pass with room for fields.
pub const HEAD_BYTES: usize = 32 * 1024;

/// Header fields in one HTTP/1.1 request. It is the number that hyper parses without allocating.
pub const HEADERS_MAX: usize = 100;

/// Request body, bytes. The largest request is a log report of 256 KiB, which takes up to twice
/// that when its lines are escaped in JSON, and members around it.
pub const BODY_BYTES: usize = 640 * 1024;

/// Body of the requests that may be longer than the others, bytes. What decides is the path, which
/// HTTP/3 does not know while the bytes come in.
pub const BODY_BYTES_LARGEST: usize = typex_core::limits::PAYMENT_BATCH_BODY_BYTES;

/// Request bytes that one core may hold while their requests are incomplete. Without it, many
/// connections that each send all but the last byte of a body could fill the memory.
pub const PENDING_BYTES_PER_CORE: usize = 128 * 1024 * 1024;

/// One JSON line request, bytes: a body and some blanks.
pub const LINE_BYTES: usize = BODY_BYTES;

/// Time from the first byte of a request to the end of its header fields, and for the bytes by
/// which protocols are told apart. A client that sends a head over a slow link needs a few seconds.
pub const HEAD_TIME: Duration = Duration::from_secs(10);

/// Time from the end of the header fields to the end of the body: 640 KiB at 256 kbit/s, 2 MiB at
/// 840 kbit/s.
pub const BODY_TIME: Duration = Duration::from_secs(20);

/// Time for the service to answer. The engine's own deadlines are shorter; this one frees
/// connections if they should fail.
pub const REQUEST_TIME: Duration = Duration::from_secs(60);

/// Time for which a connection without a request is kept: longer than the pools of common HTTP
/// clients keep theirs, so that the client is the one who closes.
pub const IDLE_TIME: Duration = Duration::from_secs(75);

/// Time without a request after which a connection of HTTP/1 gives its buffers back. Clients that
/// wait for the answer before they ask again are back sooner, so they do not pay for new ones.
pub const REST_TIME: Duration = Duration::from_secs(1);

/// Time for a TLS or QUIC handshake: three round trips over a bad link.
pub const HANDSHAKE_TIME: Duration = Duration::from_secs(10);

/// Time for which a client may leave bytes of an answer unread before it is cut off.
pub const STALL_TIME: Duration = Duration::from_secs(15);

/// Requests at once on one HTTP/2 or HTTP/3 connection. The standards ask for at least 100.
pub const STREAMS_MAX: u32 = 128;

/// Connections of the process, all listeners and cores together. An idle one costs 18 KiB (HTTP/1)
/// to 63 KiB (HTTP/3), so all of them fit in 1 GiB.
pub const CONNECTIONS_MAX: usize = 15_000;

/// Connections of one peer: an IPv4 address or an IPv6 /64. Loopback peers count only in
/// [`CONNECTIONS_MAX`]: behind a local proxy every client has that address.
pub const CONNECTIONS_PER_PEER: usize = 1_024;

/// QUIC handshakes in progress on one core beyond which clients must prove their address first
/// (a retry packet, one more round trip).
pub const QUIC_RETRY_AFTER: usize = 64;

/// QUIC connection attempts waiting for a core. More are dropped by the endpoint.
pub const QUIC_INCOMING_MAX: usize = 1_024;

/// Bytes buffered for QUIC connection attempts that are not accepted yet, per endpoint.
pub const QUIC_INCOMING_BYTES: u64 = 4 * 1024 * 1024;

/// Unread bytes of one QUIC stream. Smaller than a large body: the window moves as it is read.
pub const QUIC_STREAM_WINDOW: u32 = 64 * 1024;

/// Unread bytes of one QUIC connection.
pub const QUIC_WINDOW: u32 = 1024 * 1024;

/// Bytes sent and not acknowledged on one QUIC connection: enough for 40 Mbit/s at 200 ms.
pub const QUIC_SEND_WINDOW: u64 = 1024 * 1024;

/// Unidirectional streams of a QUIC client. HTTP/3 needs three and clients may add a reserved one.
pub const QUIC_UNI_STREAMS: u32 = 8;

/// Bytes a client may send on all unidirectional streams of an HTTP/3 connection in its life.
/// Settings and priorities take a few each; the library would buffer a frame of any length.
pub const H3_CONTROL_BYTES: usize = 1024 * 1024;

/// Unidirectional streams of an HTTP/3 client in the life of a connection. It needs three; the
/// library remembers, and looks at, every one there ever was.
pub const H3_CONTROL_STREAMS: usize = 32;

/// What each piece of a QUIC stream is charged beside its bytes, for the bookkeeping around it.
/// A client that sends single bytes pays for the memory that they take.
pub const H3_CHUNK_COST: usize = 64;

/// Bytes of framing on an HTTP/3 request stream beside head and body, charges for pieces included.
pub const H3_FRAMING_BYTES: usize = 64 * 1024;

/// Requests of one HTTP/3 connection that the client may abandon beyond the number it lets finish.
pub const H3_ABANDONED_MAX: u32 = 256;

/// Receive and send buffer of a UDP socket, bytes. A burst of full packets from many clients.
pub const UDP_BUFFER: usize = 4 * 1024 * 1024;

/// HTTP/2 streams that were reset by the client and not yet seen by us (rapid reset).
pub const H2_PENDING_RESETS: usize = 32;

/// HTTP/2 streams reset because of the client's protocol errors before the connection is closed.
pub const H2_ERROR_RESETS: usize = 64;

/// HTTP/2 window of one stream, bytes. The window moves as the body is read.
pub const H2_STREAM_WINDOW: u32 = 128 * 1024;

/// HTTP/2 window of one connection, bytes.
pub const H2_WINDOW: u32 = 1024 * 1024;

/// Bytes of answers buffered for one HTTP/2 stream.
pub const H2_SEND_BYTES: usize = 64 * 1024;

/// Connections that the kernel completes before a core accepts them.
pub const BACKLOG: i32 = 4_096;

/// Pause after an error of `accept` that repeats until something is freed (no descriptors, no
/// memory). Connections wait in the backlog meanwhile.
pub const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// Time for which idle connections stay open after a shutdown began, so that requests already on
/// their way get an answer that says so.
pub const LINGER_TIME: Duration = Duration::from_millis(500);

/// Time for which a core waits at its end for QUIC clients to learn that it is gone.
pub const QUIC_CLOSE_TIME: Duration = Duration::from_millis(300);

/// For how long clients may remember that HTTP/3 is offered, seconds: a day.
pub const ALT_SVC_SECONDS: u32 = 86_400;

/// Time for which bytes of a refused request are read and thrown away after the answer, so that a
/// reset does not overtake it.
pub const DISCARD_TIME: Duration = Duration::from_secs(2);

/// Bytes read and thrown away after the answer to a refused request.
pub const DISCARD_BYTES: usize = 1024 * 1024;

/// Tries to find a port that is free for both TCP and UDP.
pub const PORT_TRIES: usize = 64;

/// Descriptors kept for files, databases and logs when connections are limited by descriptors.
pub const RESERVED_DESCRIPTORS: usize = 256;

/// Cores a server may use.
pub const CORES_MAX: usize = 256;

/// Listeners of one server.
pub const LISTENERS_MAX: usize = 64;

/// PEM file of a certificate chain or a key, bytes.
pub const PEM_BYTES: u64 = 1024 * 1024;

/// Life of a development certificate, days.
pub const DEVELOPMENT_DAYS: u64 = 90;

/// A development certificate with less than this to live is replaced, days.
pub const DEVELOPMENT_RENEW_DAYS: u64 = 7;

/// Limits that an operator may change. The defaults are the constants of this module.
#[derive(Clone, Debug)]
pub struct Limits {
    /// See [`HEAD_BYTES`]; at least 8 KiB.
    pub head_bytes: usize,
    /// See [`BODY_BYTES`].
    pub body_bytes: usize,
    /// See [`LINE_BYTES`].
    pub line_bytes: usize,
    /// See [`PENDING_BYTES_PER_CORE`].
    pub pending_bytes: usize,
    /// See [`HEAD_TIME`].
    pub head_time: Duration,
    /// See [`BODY_TIME`].
    pub body_time: Duration,
    /// See [`REQUEST_TIME`].
    pub request_time: Duration,
    /// See [`IDLE_TIME`].
    pub idle_time: Duration,
    /// See [`REST_TIME`].
    pub rest_time: Duration,
    /// See [`HANDSHAKE_TIME`].
    pub handshake_time: Duration,
    /// See [`STALL_TIME`].
    pub stall_time: Duration,
    /// See [`LINGER_TIME`].
    pub linger_time: Duration,
    /// See [`STREAMS_MAX`].
    pub streams: u32,
    /// See [`CONNECTIONS_MAX`]. Lowered to what the descriptors of the process permit.
    pub connections: usize,
    /// See [`CONNECTIONS_PER_PEER`].
    pub connections_per_peer: usize,
    /// See [`QUIC_RETRY_AFTER`].
    pub quic_retry_after: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            head_bytes: HEAD_BYTES,
            body_bytes: BODY_BYTES,
            line_bytes: LINE_BYTES,
            pending_bytes: PENDING_BYTES_PER_CORE,
            head_time: HEAD_TIME,
            body_time: BODY_TIME,
            request_time: REQUEST_TIME,
            idle_time: IDLE_TIME,
            rest_time: REST_TIME,
            handshake_time: HANDSHAKE_TIME,
            stall_time: STALL_TIME,
            linger_time: LINGER_TIME,
            streams: STREAMS_MAX,
            connections: CONNECTIONS_MAX,
            connections_per_peer: CONNECTIONS_PER_PEER,
            quic_retry_after: QUIC_RETRY_AFTER,
        }
    }
}

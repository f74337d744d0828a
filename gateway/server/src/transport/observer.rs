//! Counters of the transport, one set for each core so that cores do not share a cache line.

use std::sync::atomic::{AtomicU64, Ordering};

use super::{Refusal, Transport};

/// The counters of all cores.
#[derive(Debug)]
pub struct Observer {
    cores: Box<[Counters]>,
}

/// The counters of one core. All but `connections_open` only grow. Read them relaxed.
#[derive(Debug, Default)]
#[repr(align(128))]
pub struct Counters {
    /// Connections open now, TCP and QUIC, handshakes included.
    pub connections_open: AtomicU64,
    /// TCP connections accepted.
    pub connections_tcp: AtomicU64,
    /// QUIC connections whose handshake was begun.
    pub connections_quic: AtomicU64,
    /// TLS and QUIC handshakes that succeeded.
    pub handshakes: AtomicU64,
    /// TLS and QUIC handshakes that failed or took too long.
    pub handshakes_failed: AtomicU64,
    /// QUIC clients asked to prove their address.
    pub quic_retries: AtomicU64,
    /// Errors of `accept` after which a core paused.
    pub accept_errors: AtomicU64,
    /// Connections closed because no request came.
    pub idle_closed: AtomicU64,
    /// Times that a connection of HTTP/1 gave its buffers back because no request came.
    pub rested: AtomicU64,
    /// Connections closed because a head did not arrive in time.
    pub slow_heads: AtomicU64,
    /// Connections closed because answers were not read.
    pub stalled: AtomicU64,
    /// Requests dropped because the client went away before the answer.
    pub cancelled: AtomicU64,
    /// Bytes of request bodies and JSON lines.
    pub bytes_in: AtomicU64,
    /// Bytes of response bodies and JSON lines.
    pub bytes_out: AtomicU64,
    requests: [AtomicU64; Transport::ALL.len()],
    refusals: [AtomicU64; Refusal::ALL.len()],
}

impl Observer {
    /// Counters for `cores` cores, all zero.
    pub fn new(cores: usize) -> Self {
        Self { cores: (0..cores).map(|_| Counters::default()).collect() }
    }

    /// The counters of every core.
    pub fn cores(&self) -> &[Counters] {
        &self.cores
    }

    /// Sum over all cores of the counter that `of` selects.
    pub fn total(&self, of: impl Fn(&Counters) -> &AtomicU64) -> u64 {
        let one = |core| of(core).load(Ordering::Relaxed);
        self.cores.iter().map(one).fold(0, u64::wrapping_add)
    }
}

impl Counters {
    /// Requests read over `transport`, refused ones included.
    pub fn requests(&self, transport: Transport) -> &AtomicU64 {
        &self.requests[transport as usize]
    }

    /// Requests and connections refused for the reason `refusal`.
    pub fn refusals(&self, refusal: Refusal) -> &AtomicU64 {
        &self.refusals[refusal as usize]
    }
}

/// Adds one to `counter`.
pub(super) fn count(counter: &AtomicU64) {
    counter.fetch_add(1, Ordering::Relaxed);
}

/// Adds the length of something to `counter`.
pub(super) fn count_bytes(counter: &AtomicU64, length: usize) {
    counter.fetch_add(length as u64, Ordering::Relaxed);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn total_sums_all_cores() {
        let observer = Observer::new(3);
        for core in observer.cores() {
            count(core.requests(Transport::H3));
            count_bytes(core.refusals(Refusal::Overloaded), 10);
        }
        assert_eq!(observer.total(|core| core.requests(Transport::H3)), 3);
        assert_eq!(observer.total(|core| core.requests(Transport::H1)), 0);
        assert_eq!(observer.total(|core| core.refusals(Refusal::Overloaded)), 30);
    }
}

//! How to reach a gateway.

use std::net::SocketAddr;
use std::ops::RangeInclusive;
use std::time::Duration;

use rustls::RootCertStore;
use typex_wire::VERSION;

/// What carries the frames. The calls are the same over each of them.
// spec: stream 1
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Carrier {
    /// QUIC: frames in both directions on streams of one connection. The least cost for a record.
    Quic,
    /// Each batch is a request of HTTP/2, all of them on one connection.
    Http2,
    /// Each batch is a request of HTTP/1.1, as many at a time as there are connections.
    Http1,
}

/// How to reach a gateway, and how long to wait for it.
#[derive(Clone)]
pub struct Options {
    /// Where its stream protocol is.
    pub address: SocketAddr,
    /// The name that its certificate must have.
    pub name: String,
    /// Whom to trust.
    pub roots: RootCertStore,
    /// What carries the frames.
    pub carrier: Carrier,
    /// The versions of the protocol that are offered. This crate speaks [`VERSION`]; a gateway
    /// that chooses another one is not spoken to.
    pub versions: RangeInclusive<u16>,
    /// How long a connection, a stream or an answer may take.
    pub patience: Duration,
    /// How long a connection may be idle before it ends; over HTTP the gateway decides.
    pub idle_time: Duration,
    /// Batches of a stream that are sent and not answered; at least 1. Those beyond them wait.
    pub in_flight: usize,
    /// Connections of HTTP/1.1 that may be open; at least 1. Others have one.
    pub connections: usize,
}

impl Options {
    /// Over QUIC, with a minute for each answer, 32 batches in flight, 4 connections of HTTP/1.1.
    pub fn new(address: SocketAddr, name: &str, roots: RootCertStore) -> Self {
        let patience = Duration::from_secs(60);
        Self {
            address,
            name: name.to_owned(),
            roots,
            carrier: Carrier::Quic,
            versions: VERSION..=VERSION,
            patience,
            idle_time: patience,
            in_flight: 32,
            connections: 4,
        }
    }

    /// The same over another carrier.
    pub fn over(self, carrier: Carrier) -> Self {
        Self { carrier, ..self }
    }
}

//! A connection of QUIC, and its streams.
// spec: stream 1

use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use quinn::crypto::rustls::QuicClientConfig;
use quinn::{ClientConfig, Connection, Endpoint, TransportConfig, VarInt};
use tokio::sync::mpsc;
use typex_wire::{EXPORTER_BYTES, EXPORTER_LABEL};

use crate::driver::drive;
use crate::link::Link;
use crate::{ClientError, Options, tls, within};

/// The application protocol.
const ALPN: &[u8] = b"typex/1";

/// A connection; its streams share it.
pub(crate) struct Quic {
    connection: Connection,
    endpoint: Endpoint,
    in_flight: usize,
}

impl Quic {
    pub(crate) async fn connect(options: &Options) -> Result<Self, ClientError> {
        let tls = tls::config(options, ALPN)?;
        let quic = QuicClientConfig::try_from(tls).map_err(|_| ClientError::Tls)?;
        let mut config = ClientConfig::new(Arc::new(quic));
        let mut transport = TransportConfig::default();
        transport.max_idle_timeout(options.idle_time.try_into().ok());
        config.transport_config(Arc::new(transport));
        let any = match options.address {
            SocketAddr::V4(_) => SocketAddr::from((Ipv4Addr::UNSPECIFIED, 0)),
            SocketAddr::V6(_) => SocketAddr::from((Ipv6Addr::UNSPECIFIED, 0)),
        };
        let endpoint = Endpoint::client(any)?;
        let connecting = endpoint.connect_with(config, options.address, &options.name)?;
        let connection = within(options.patience, connecting).await??;
        Ok(Self { connection, endpoint, in_flight: options.in_flight.max(1) })
    }

    /// Begins a stream, with a task that carries its frames.
    pub(crate) async fn stream(&self, patience: Duration) -> Result<Link, ClientError> {
        let (send, recv) = within(patience, self.connection.open_bi()).await??;
        let (sender, requests) = mpsc::channel(self.in_flight);
        let mut exporter = [0; EXPORTER_BYTES];
        let exported = self.connection.export_keying_material(&mut exporter, EXPORTER_LABEL, b"");
        exported.map_err(|_| ClientError::Tls)?;
        let end = Arc::new(OnceLock::new());
        tokio::spawn(drive((send, recv), requests, self.in_flight, end.clone()));
        Ok(Link::Quic { sender, end, exporter })
    }

    pub(crate) fn is_ended(&self) -> bool {
        self.connection.close_reason().is_some()
    }

    pub(crate) async fn close(self, patience: Duration) {
        self.connection.close(VarInt::from_u32(0), b"");
        let _ = within(patience, self.endpoint.wait_idle()).await;
    }
}

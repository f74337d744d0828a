//! Whom a client trusts.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use quinn::crypto::rustls::QuicClientConfig;
use quinn::{ClientConfig, Endpoint, TransportConfig};
use rustls::RootCertStore;
use rustls::pki_types::ServerName;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use super::{Fault, Route, broken, refused};

/// Certificates, or those of who issued them.
#[derive(Clone)]
pub(crate) struct Trust(pub(crate) Arc<RootCertStore>);

impl Trust {
    fn config(&self, protocol: &[u8]) -> Result<rustls::ClientConfig, Fault> {
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let mut config = rustls::ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(refused)?
            .with_root_certificates(Arc::clone(&self.0))
            .with_no_client_auth();
        config.alpn_protocols = vec![protocol.to_vec()];
        Ok(config)
    }
}

/// A connection of TCP.
pub(super) async fn tcp(route: &Route) -> Result<TcpStream, Fault> {
    let stream = TcpStream::connect(route.address).await.map_err(refused)?;
    stream.set_nodelay(true).map_err(broken)?;
    Ok(stream)
}

/// The same with TLS.
pub(super) async fn tls(route: &Route, protocol: &[u8]) -> Result<TlsStream<TcpStream>, Fault> {
    let connector = TlsConnector::from(Arc::new(route.trust.config(protocol)?));
    let name = ServerName::try_from(route.name.clone()).map_err(refused)?;
    connector.connect(name, tcp(route).await?).await.map_err(refused)
}

/// A QUIC connection on a socket of its own, so that connections spread over the server's cores as
/// those of different clients do.
pub(super) async fn quic(route: &Route, protocol: &[u8]) -> Result<quinn::Connection, Fault> {
    let tls = QuicClientConfig::try_from(route.trust.config(protocol)?).map_err(refused)?;
    let mut config = ClientConfig::new(Arc::new(tls));
    let mut transport = TransportConfig::default();
    // Paired measurements leave one side alone while the other is measured.
    transport.max_idle_timeout(Duration::from_secs(60).try_into().ok());
    config.transport_config(Arc::new(transport));
    let any: SocketAddr = match route.address {
        SocketAddr::V4(_) => ([0, 0, 0, 0], 0).into(),
        SocketAddr::V6(_) => ([0_u16; 8], 0).into(),
    };
    let endpoint = Endpoint::client(any).map_err(refused)?;
    let connecting = endpoint.connect_with(config, route.address, &route.name).map_err(refused)?;
    connecting.await.map_err(refused)
}

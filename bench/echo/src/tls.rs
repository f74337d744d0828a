//! A certificate for this run, and TLS with it.

use std::net::UdpSocket;
use std::sync::Arc;
use std::time::Duration;

use quinn::crypto::rustls::QuicServerConfig;
use quinn::{Endpoint, EndpointConfig, TokioRuntime, TransportConfig};
use rcgen::{CertificateParams, ExtendedKeyUsagePurpose, IsCa, KeyPair};
use rustls::ServerConfig;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::version::TLS13;

use crate::Failure;

/// Streams of a connection at once, as many as the gateway allows.
const STREAMS: u32 = 128;
/// Bytes that a client may send on a stream and on a connection before it is told to go on, and
/// that wait to be sent, as in the gateway.
const WINDOWS: (u32, u32, u64) = (64 * 1024, 1024 * 1024, 1024 * 1024);
/// How long a connection may be idle, as in the gateway.
const IDLE_TIME: Duration = Duration::from_secs(60);

/// The key of this run and its certificate.
pub(crate) struct Identity {
    certificate: rcgen::Certificate,
    key: KeyPair,
}

impl Identity {
    /// For `localhost` and 127.0.0.1, as long as the machine says it is valid.
    pub(crate) fn new() -> Result<Self, Failure> {
        let key = KeyPair::generate()?;
        let names = ["localhost", "127.0.0.1"].map(String::from);
        let mut params = CertificateParams::new(names)?;
        // Clients refuse an authority as a server.
        params.is_ca = IsCa::ExplicitNoCa;
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        let certificate = params.self_signed(&key)?;
        Ok(Self { certificate, key })
    }

    /// What clients must trust.
    pub(crate) fn pem(&self) -> String {
        self.certificate.pem()
    }

    /// TLS 1.3 for one application protocol.
    pub(crate) fn tls(&self, alpn: &[u8]) -> Result<Arc<ServerConfig>, Failure> {
        let chain = vec![CertificateDer::from(self.certificate.der().to_vec())];
        let key = PrivateKeyDer::try_from(self.key.serialize_der())?;
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let mut config = ServerConfig::builder_with_provider(provider)
            .with_protocol_versions(&[&TLS13])?
            .with_no_client_auth()
            .with_single_cert(chain, key)?;
        config.alpn_protocols = vec![alpn.to_vec()];
        Ok(Arc::new(config))
    }
}

/// QUIC on a socket, with the windows of the gateway.
pub(crate) fn endpoint(
    identity: &Identity,
    alpn: &[u8],
    socket: UdpSocket,
) -> Result<Endpoint, Failure> {
    let crypto = QuicServerConfig::try_from(identity.tls(alpn)?)?;
    let mut config = quinn::ServerConfig::with_crypto(Arc::new(crypto));
    let mut transport = TransportConfig::default();
    transport
        .max_concurrent_bidi_streams(STREAMS.into())
        .stream_receive_window(WINDOWS.0.into())
        .receive_window(WINDOWS.1.into())
        .send_window(WINDOWS.2)
        .max_idle_timeout(Some(IDLE_TIME.try_into()?))
        .datagram_receive_buffer_size(None);
    config.transport_config(Arc::new(transport));
    let runtime = Arc::new(TokioRuntime);
    Ok(Endpoint::new(EndpointConfig::default(), Some(config), socket, runtime)?)
}

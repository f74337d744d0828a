//! A client of the stream protocol over QUIC.
//!
//! ```no_run
//! use typex_client::{Client, KeyName, Options, Record};
//!
//! # async fn example() -> Result<(), typex_client::ClientError> {
//! let mut roots = rustls::RootCertStore::empty();
//! // ... the gateway's certificate, or that of who issued it
//! let options = Options::new(([127, 0, 0, 1], 8600).into(), "localhost", roots);
//! let client = Client::connect(&options).await?;
//! let mut stream = client.stream().await?;
//! let key = stream.open("TEST_API", KeyName::Object(0xee01)).await?;
//! let sealed = [0; 32];
//! let record = Record { id: 1, operation: 1, handle: key, parameters: b"", data: &sealed };
//! for outcome in stream.batch(&[record], None).await? {
//!     println!("{}: {}", outcome.id, outcome.status.name());
//! }
//! # Ok(())
//! # }
//! ```
#![forbid(unsafe_code)]

mod error;
mod stream;

use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use quinn::crypto::rustls::QuicClientConfig;
use quinn::{ClientConfig, Connection, Endpoint, TransportConfig, VarInt};
use rustls::RootCertStore;

pub use error::ClientError;
pub use stream::Stream;
pub use typex_wire::{KeyName, Outcome, Record, Status, Welcome};

/// The application protocol.
const ALPN: &[u8] = b"typex/1";

/// How to reach a gateway.
#[derive(Clone)]
pub struct Options {
    /// Where its stream protocol is.
    pub address: SocketAddr,
    /// The name that its certificate must have.
    pub name: String,
    /// Whom to trust.
    pub roots: RootCertStore,
    /// How long a connection, a stream or an answer may take.
    pub patience: Duration,
    /// How long a connection may be idle before it ends.
    pub idle_time: Duration,
}

impl Options {
    /// With a minute for each answer.
    pub fn new(address: SocketAddr, name: &str, roots: RootCertStore) -> Self {
        let patience = Duration::from_secs(60);
        Self { address, name: name.to_owned(), roots, patience, idle_time: patience }
    }
}

/// A connection to a gateway; its streams share it.
pub struct Client {
    connection: Connection,
    patience: Duration,
    endpoint: Endpoint,
}

impl Client {
    /// Connects.
    ///
    /// # Errors
    /// [`ClientError`]: no socket, no answer, a certificate that is not trusted.
    pub async fn connect(options: &Options) -> Result<Self, ClientError> {
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let mut tls = rustls::ClientConfig::builder_with_provider(provider)
            .with_protocol_versions(&[&rustls::version::TLS13])?
            .with_root_certificates(options.roots.clone())
            .with_no_client_auth();
        tls.alpn_protocols = vec![ALPN.to_vec()];
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
        Ok(Self { connection, patience: options.patience, endpoint })
    }

    /// Begins a stream. Handles belong to it, and its batches are answered one after the other;
    /// streams are answered side by side.
    ///
    /// # Errors
    /// [`ClientError`]: the connection ended, or no version is spoken by both.
    pub async fn stream(&self) -> Result<Stream, ClientError> {
        let (send, recv) = within(self.patience, self.connection.open_bi()).await??;
        Stream::begin(send, recv, self.patience).await
    }

    /// Ends at once, also what streams wait for; returns when the gateway knows, or does not say.
    pub async fn close(self) {
        self.connection.close(VarInt::from_u32(0), b"");
        let _ = within(self.patience, self.endpoint.wait_idle()).await;
    }
}

async fn within<T>(patience: Duration, future: impl Future<Output = T>) -> Result<T, ClientError> {
    tokio::time::timeout(patience, future).await.map_err(|_| ClientError::Late)
}

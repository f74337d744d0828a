//! The certificate in use, shared by every core and by TCP and QUIC.

use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};

use quinn::crypto::rustls::QuicServerConfig;
use rustls::ServerConfig;
use rustls::crypto::aws_lc_rs;
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;

use super::{Files, Material, TlsError};
use crate::transport::frames;

/// A certificate that can be replaced. Handshakes take the one that is current; connections that
/// exist keep theirs.
pub(in super::super) struct Identity {
    files: Files,
    current: RwLock<Arc<CertifiedKey>>,
}

impl Identity {
    pub(in super::super) fn load(files: Files) -> Result<Arc<Self>, TlsError> {
        let material = Material::load(&files)?;
        Ok(Arc::new(Self { files, current: RwLock::new(material.certified) }))
    }

    /// Reads the files again. The old certificate stays if they are not good.
    pub(in super::super) fn reload(&self) -> Result<(), TlsError> {
        let material = Material::load(&self.files)?;
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = material.certified;
        Ok(())
    }

    /// TLS 1.3 and 1.2 for TCP, offering HTTP/2 and HTTP/1.1.
    pub(in super::super) fn tcp(self: &Arc<Self>) -> Result<Arc<ServerConfig>, TlsError> {
        let versions = [&rustls::version::TLS13, &rustls::version::TLS12];
        let mut config = self.config(&versions)?;
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        Ok(Arc::new(config))
    }

    /// TLS 1.3 for QUIC, offering HTTP/3 and the stream protocol.
    pub(in super::super) fn quic(self: &Arc<Self>) -> Result<Arc<QuicServerConfig>, TlsError> {
        let mut config = self.config(&[&rustls::version::TLS13])?;
        config.alpn_protocols = vec![b"h3".to_vec(), frames::ALPN.to_vec()];
        let config = QuicServerConfig::try_from(config).map_err(|_| TlsError::Quic)?;
        Ok(Arc::new(config))
    }

    fn config(
        self: &Arc<Self>,
        versions: &[&'static rustls::SupportedProtocolVersion],
    ) -> Result<ServerConfig, TlsError> {
        let provider = Arc::new(aws_lc_rs::default_provider());
        let mut config = ServerConfig::builder_with_provider(provider)
            .with_protocol_versions(versions)
            .map_err(TlsError::Library)?
            .with_no_client_auth()
            .with_cert_resolver(self.clone());
        // Tickets need no memory for each client and work on whichever core the client lands.
        config.ticketer = aws_lc_rs::Ticketer::new().map_err(TlsError::Library)?;
        config.max_early_data_size = 0;
        Ok(config)
    }
}

impl ResolvesServerCert for Identity {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.current.read().unwrap_or_else(PoisonError::into_inner).clone())
    }
}

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Identity").field("files", &self.files).finish_non_exhaustive()
    }
}

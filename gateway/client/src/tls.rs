//! TLS as QUIC and HTTP need it.

use std::sync::Arc;

use rustls::ClientConfig;

use crate::{ClientError, Options};

/// TLS 1.3 with one application protocol.
pub(crate) fn config(options: &Options, protocol: &[u8]) -> Result<ClientConfig, ClientError> {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&rustls::version::TLS13])?
        .with_root_certificates(options.roots.clone())
        .with_no_client_auth();
    config.alpn_protocols = vec![protocol.to_vec()];
    Ok(config)
}

//! What is measured: addresses, whom to trust, whose CPU time counts.

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr, ToSocketAddrs};
use std::path::Path;
use std::sync::Arc;

use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use serde::{Deserialize, Serialize};

use super::LoadError;
use super::carrier::Trust;

/// A server that is up.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Target {
    /// Where its listeners are, by name; the empty name stands for every other.
    pub listeners: BTreeMap<String, SocketAddr>,
    /// By which its certificate knows it.
    pub name: String,
    /// Certificates to trust, or those of who issued them, in DER.
    pub certificates: Vec<Vec<u8>>,
    /// Its processes.
    pub processes: Vec<u32>,
}

impl Target {
    /// A server with one listener. Its processes are those that listen there, if that can be seen.
    pub fn at(address: SocketAddr) -> Self {
        Self {
            listeners: BTreeMap::from([(String::new(), address)]),
            name: address.ip().to_string(),
            certificates: Vec::new(),
            processes: super::server::listening(address),
        }
    }

    /// A server at `http://HOST:PORT` or `HOST:PORT`.
    ///
    /// # Errors
    /// [`LoadError::Target`] if that is no address of this machine's loopback.
    pub fn url(text: &str) -> Result<Self, LoadError> {
        let wrong = |why: &str| Err(LoadError::Target(format!("{text}: {why}")));
        let rest = text.split_once("://").map_or(text, |(_, rest)| rest);
        let authority = rest.split('/').next().unwrap_or_default();
        let Some((name, _)) = authority.rsplit_once(':') else { return wrong("no port") };
        let mut addresses = match authority.to_socket_addrs() {
            Ok(addresses) => addresses.collect::<Vec<_>>(),
            Err(error) => return wrong(&error.to_string()),
        };
        // Names for loopback often have both, and servers often only one.
        addresses.sort_by_key(SocketAddr::is_ipv6);
        let Some(address) = addresses.first() else { return wrong("no address") };
        let mut target = Self::at(*address);
        target.name = name.trim_matches(['[', ']']).to_owned();
        Ok(target)
    }

    /// Trusts the certificates of a file in PEM.
    ///
    /// # Errors
    /// [`LoadError::Target`].
    pub fn trust(&mut self, file: &Path) -> Result<(), LoadError> {
        let wrong = |why: String| LoadError::Target(format!("{}: {why}", file.display()));
        let found =
            CertificateDer::pem_file_iter(file).map_err(|error| wrong(error.to_string()))?;
        for certificate in found {
            let certificate = certificate.map_err(|error| wrong(error.to_string()))?;
            self.certificates.push(certificate.to_vec());
        }
        match self.certificates.is_empty() {
            true => Err(wrong("no certificate".to_owned())),
            false => Ok(()),
        }
    }

    /// Where a listener is.
    pub(crate) fn address(&self, listener: &str) -> Result<SocketAddr, LoadError> {
        let found = self.listeners.get(listener).or_else(|| self.listeners.get(""));
        found.copied().ok_or_else(|| LoadError::Target(format!("no listener {listener}")))
    }

    pub(crate) fn roots(&self) -> Result<Trust, LoadError> {
        let mut roots = RootCertStore::empty();
        for certificate in &self.certificates {
            let added = roots.add(CertificateDer::from(certificate.clone()));
            added.map_err(|error| LoadError::Target(error.to_string()))?;
        }
        Ok(Trust(Arc::new(roots)))
    }

    /// Whether all of it is on this machine's loopback.
    pub fn is_loopback(&self) -> bool {
        self.listeners.values().all(|address| match address.ip() {
            IpAddr::V4(ip) => ip.is_loopback(),
            IpAddr::V6(ip) => ip.is_loopback(),
        })
    }
}

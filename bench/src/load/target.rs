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
    /// Where its listeners are, by `DIALECT.LISTENER`; the empty name stands for every other.
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
    /// [`LoadError::Target`] if that is no address, or has no port.
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

    /// Several: each `LISTENER=URL`, or a URL for all that are not named.
    ///
    /// # Errors
    /// As [`url`](Self::url), and if there is none.
    pub fn urls(texts: &[String]) -> Result<Self, LoadError> {
        let mut all: Option<Self> = None;
        for text in texts {
            let (listener, url) = text.split_once('=').unwrap_or(("", text));
            let mut one = Self::url(url)?;
            let address = one.listeners.remove("").into_iter();
            let all = all.get_or_insert(one.clone());
            all.listeners.extend(address.map(|address| (listener.to_owned(), address)));
            all.processes.extend(one.processes);
            all.processes.sort_unstable();
            all.processes.dedup();
        }
        all.ok_or_else(|| LoadError::Target("none".to_owned()))
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

    /// Where a listener is: `DIALECT.LISTENER`, or the second part if one dialect alone has it.
    pub(crate) fn address(&self, listener: &str) -> Result<SocketAddr, LoadError> {
        let known = &self.listeners;
        let is_it = |name: &str| name.split_once('.').is_some_and(|(_, name)| name == listener);
        let mut short = known.iter().filter(|(name, _)| is_it(name)).map(|(_, address)| address);
        let only = short.next().filter(|_| short.next().is_none());
        let found = known.get(listener).or(only).or_else(|| known.get(""));
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

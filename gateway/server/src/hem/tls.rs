//! The gateway's certificate, as far as instances tell of it.

use std::sync::{PoisonError, RwLock};

use rcgen::{CertificateParams, DnType, KeyPair};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use typex_core::{Error, ErrorKind};
use zeroize::Zeroizing;

use super::internal;
use crate::transport::tls::Files;

/// The gateway's certificate.
#[derive(Default)]
pub struct Tls {
    files: Option<Files>,
    told: RwLock<Told>,
}

/// What the certificate tells.
#[derive(Default)]
struct Told {
    serial: Vec<u8>,
    /// The common name, in lower case.
    name: Option<String>,
}

impl Tls {
    /// The certificate in these files. One that cannot be read tells nothing; the transport says
    /// what is wrong with it.
    pub fn new(files: Files) -> Self {
        let tls = Self { files: Some(files), told: RwLock::default() };
        tls.reload();
        tls
    }

    /// Reads the certificate again.
    pub(super) fn reload(&self) {
        let told = self.files.as_ref().and_then(told).unwrap_or_default();
        *self.told.write().unwrap_or_else(PoisonError::into_inner) = told;
    }

    /// Its serial number; empty where there is none.
    pub(super) fn serial(&self) -> Vec<u8> {
        self.told.read().unwrap_or_else(PoisonError::into_inner).serial.clone()
    }

    /// Whether this is its common name: the gateway's own. Its other names may be those of owners.
    pub(super) fn is_named(&self, host: &str) -> bool {
        let told = self.told.read().unwrap_or_else(PoisonError::into_inner);
        told.name.as_deref() == Some(host)
    }

    /// A request, PEM, for a certificate of its key for `host`. Reads a file.
    pub(super) fn request(&self, host: &str) -> Result<String, Error> {
        let files = self.files.as_ref().ok_or(ErrorKind::Unsupported)?;
        let key = Zeroizing::new(std::fs::read_to_string(&files.key).map_err(internal)?);
        let key = KeyPair::from_pem(&key).map_err(internal)?;
        let mut params = CertificateParams::new([host.to_owned()]).map_err(internal)?;
        params.distinguished_name = rcgen::DistinguishedName::new();
        params.distinguished_name.push(DnType::CommonName, host);
        let request = params.serialize_request(&key).map_err(internal)?;
        request.pem().map_err(internal)
    }
}

fn told(files: &Files) -> Option<Told> {
    let first = CertificateDer::from_pem_file(&files.chain).ok()?;
    let (_, certificate) = x509_parser::parse_x509_certificate(&first).ok()?;
    let name = certificate.subject().iter_common_name().next();
    let name = name.and_then(|name| name.as_str().ok()).map(str::to_ascii_lowercase);
    Some(Told { serial: certificate.raw_serial().to_vec(), name })
}

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
    serial: RwLock<Vec<u8>>,
}

impl Tls {
    /// The certificate in these files. One that cannot be read has no serial number; the
    /// transport tells what is wrong with it.
    pub fn new(files: Files) -> Self {
        let tls = Self { files: Some(files), serial: RwLock::default() };
        tls.reload();
        tls
    }

    /// Reads the certificate again.
    pub(super) fn reload(&self) {
        let serial = self.files.as_ref().and_then(serial).unwrap_or_default();
        *self.serial.write().unwrap_or_else(PoisonError::into_inner) = serial;
    }

    /// Its serial number.
    pub(super) fn serial(&self) -> Vec<u8> {
        self.serial.read().unwrap_or_else(PoisonError::into_inner).clone()
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

fn serial(files: &Files) -> Option<Vec<u8>> {
    let first = CertificateDer::from_pem_file(&files.chain).ok()?;
    let (_, certificate) = x509_parser::parse_x509_certificate(&first).ok()?;
    Some(certificate.raw_serial().to_vec())
}

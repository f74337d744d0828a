//! Certificates: read from PEM files, replaced while connections live, made for development.

mod develop;
mod identity;

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use rustls::pki_types::pem::{self, PemObject};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::sign::CertifiedKey;
use thiserror::Error;
use x509_parser::extensions::GeneralName;
use zeroize::Zeroizing;

use super::limits;

pub use develop::develop;
pub(super) use identity::Identity;

/// Where a certificate and its key are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Files {
    /// PEM file with the server's certificate first, then the rest of its chain.
    pub chain: PathBuf,
    /// PEM file with the private key (PKCS #8, SEC 1 or PKCS #1).
    pub key: PathBuf,
}

/// A certificate chain and its key, checked to belong together.
#[derive(Clone)]
pub struct Material {
    certified: Arc<CertifiedKey>,
    not_after: SystemTime,
}

/// Why a certificate cannot be used.
#[derive(Debug, Error)]
pub enum TlsError {
    /// A file cannot be read or written.
    #[error("{path}: {source}", path = path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A file is larger than [`limits::PEM_BYTES`].
    #[error("{path}: larger than {most} bytes", path = path.display(), most = limits::PEM_BYTES)]
    TooLarge {
        /// The file.
        path: PathBuf,
    },
    /// A file is not PEM, or has no section of the kind asked for.
    #[error("{path}: {source}", path = path.display())]
    Pem {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        source: pem::Error,
    },
    /// The chain file has no certificate.
    #[error("{path}: no certificate in it", path = path.display())]
    NoCertificate {
        /// The file.
        path: PathBuf,
    },
    /// The first certificate cannot be parsed.
    #[error("{path}: the first certificate is malformed", path = path.display())]
    Certificate {
        /// The file.
        path: PathBuf,
    },
    /// The certificate has expired.
    #[error("{path}: the certificate has expired", path = path.display())]
    Expired {
        /// The file.
        path: PathBuf,
    },
    /// The key is of an unknown kind or does not belong to the certificate.
    #[error("certificate and key: {0}")]
    Key(rustls::Error),
    /// The TLS library refused a setting.
    #[error("TLS: {0}")]
    Library(rustls::Error),
    /// The QUIC library refused the TLS settings.
    #[error("QUIC needs a cipher suite that is missing")]
    Quic,
    /// A development certificate could not be made.
    #[error("development certificate: {0}")]
    Develop(#[from] rcgen::Error),
    /// The server was started without certificates.
    #[error("there are no certificates to reload")]
    Absent,
}

impl Material {
    /// Reads both files and checks that the key belongs to the first certificate and that this one
    /// has not expired.
    ///
    /// # Errors
    /// Any of [`TlsError`] that concerns files, certificates and keys.
    pub fn load(files: &Files) -> Result<Self, TlsError> {
        let chain = chain(&files.chain)?;
        let first =
            chain.first().ok_or_else(|| TlsError::NoCertificate { path: files.chain.clone() })?;
        let not_after = not_after(first, &files.chain)?;
        if not_after <= SystemTime::now() {
            return Err(TlsError::Expired { path: files.chain.clone() });
        }
        let provider = rustls::crypto::aws_lc_rs::default_provider();
        let certified =
            CertifiedKey::from_der(chain, key(&files.key)?, &provider).map_err(TlsError::Key)?;
        Ok(Self { certified: Arc::new(certified), not_after })
    }

    /// Whether the certificate is for all of these names.
    pub fn is_for(&self, names: &[String]) -> bool {
        let Some(first) = self.certified.cert.first() else { return false };
        let Ok((_, parsed)) = x509_parser::parse_x509_certificate(first) else { return false };
        let Ok(Some(listed)) = parsed.subject_alternative_name() else { return names.is_empty() };
        let listed = &listed.value.general_names;
        let has = |name: &String| listed.contains(&GeneralName::DNSName(name));
        names.iter().all(has)
    }

    /// When the certificate expires.
    pub fn not_after(&self) -> SystemTime {
        self.not_after
    }
}

fn chain(path: &Path) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let text = read(path)?;
    let sections = CertificateDer::pem_slice_iter(&text);
    sections.collect::<Result<_, _>>().map_err(|source| pem_error(path, source))
}

fn key(path: &Path) -> Result<PrivateKeyDer<'static>, TlsError> {
    let text = read(path)?;
    PrivateKeyDer::from_pem_slice(&text).map_err(|source| pem_error(path, source))
}

/// Reads a whole file of bounded size; the text is wiped after use as it may be a key.
fn read(path: &Path) -> Result<Zeroizing<Vec<u8>>, TlsError> {
    let failed = |source| TlsError::File { path: path.to_owned(), source };
    let file = File::open(path).map_err(failed)?;
    let length = file.metadata().map_err(failed)?.len();
    if length > limits::PEM_BYTES {
        return Err(TlsError::TooLarge { path: path.to_owned() });
    }
    // Room for all of it at once: a vector that grows leaves copies of the key behind.
    let mut text = Zeroizing::new(Vec::with_capacity(length as usize + 1));
    file.take(limits::PEM_BYTES).read_to_end(&mut text).map_err(failed)?;
    Ok(text)
}

fn pem_error(path: &Path, source: pem::Error) -> TlsError {
    TlsError::Pem { path: path.to_owned(), source }
}

fn not_after(certificate: &CertificateDer<'_>, path: &Path) -> Result<SystemTime, TlsError> {
    let malformed = || TlsError::Certificate { path: path.to_owned() };
    let (_, parsed) = x509_parser::parse_x509_certificate(certificate).map_err(|_| malformed())?;
    let seconds = u64::try_from(parsed.validity().not_after.timestamp()).unwrap_or(0);
    UNIX_EPOCH.checked_add(Duration::from_secs(seconds)).ok_or_else(malformed)
}

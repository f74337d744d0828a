//! Certificates for development, made on the machine that uses them.

use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use rcgen::{CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, KeyPair};
use tempfile::NamedTempFile;
use zeroize::Zeroizing;

use super::{Files, Material, TlsError};
use crate::transport::limits;

const CHAIN: &str = "development.crt.pem";
const KEY: &str = "development.key.pem";
const NAMES: [&str; 3] = ["localhost", "127.0.0.1", "::1"];
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

impl Files {
    /// Where in `dir` the development certificate is, once it is made.
    pub fn of_development(dir: &Path) -> Self {
        Self { chain: dir.join(CHAIN), key: dir.join(KEY) }
    }
}

/// Finds the development certificate in `dir`, or makes one if there is none for these `names`
/// that lives for another [`limits::DEVELOPMENT_RENEW_DAYS`] days.
///
/// It is self-signed, no authority, for `localhost`, `127.0.0.1`, `::1` and `names`, and lives for
/// [`limits::DEVELOPMENT_DAYS`] days. Both files are replaced by renaming, readable by their owner
/// only. `dir` must exist.
///
/// # Errors
/// [`TlsError::File`] and [`TlsError::Develop`].
pub fn develop(dir: &Path, names: &[String]) -> Result<Files, TlsError> {
    let files = Files::of_development(dir);
    if !lasts(&files, names) {
        make(dir, &files, names)?;
    }
    Ok(files)
}

fn lasts(files: &Files, names: &[String]) -> bool {
    let renew = SystemTime::now() + DAY * limits::DEVELOPMENT_RENEW_DAYS as u32;
    let lasts = |material: Material| material.not_after() > renew && material.is_for(names);
    Material::load(files).is_ok_and(lasts)
}

fn make(dir: &Path, files: &Files, names: &[String]) -> Result<(), TlsError> {
    let key = KeyPair::generate()?;
    let certificate = params(names)?.self_signed(&key)?;
    let key = Zeroizing::new(key.serialize_pem());
    // A crash between the two leaves a pair that does not match: the next start makes a new one.
    write(dir, &files.key, key.as_bytes())?;
    write(dir, &files.chain, certificate.pem().as_bytes())
}

fn params(names: &[String]) -> Result<CertificateParams, TlsError> {
    let now = SystemTime::now();
    let all: Vec<String> = NAMES.map(String::from).into_iter().chain(names.to_vec()).collect();
    let mut params = CertificateParams::new(all)?;
    // A day back, for machines whose clocks differ.
    params.not_before = (now - DAY).into();
    params.not_after = (now + DAY * limits::DEVELOPMENT_DAYS as u32).into();
    params.is_ca = IsCa::ExplicitNoCa;
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    params.distinguished_name.push(DnType::CommonName, "Typex development");
    Ok(params)
}

/// Writes a file that appears whole or not at all. Temporary files have mode 0600.
fn write(dir: &Path, path: &PathBuf, text: &[u8]) -> Result<(), TlsError> {
    let failed = |source| TlsError::File { path: path.clone(), source };
    let mut file = NamedTempFile::new_in(dir).map_err(failed)?;
    file.write_all(text).map_err(failed)?;
    file.as_file().sync_all().map_err(failed)?;
    file.persist(path).map_err(|error| failed(error.error))?;
    File::open(dir).and_then(|dir| dir.sync_all()).map_err(failed)
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn development_certificate_is_made_once() {
        let dir = tempfile::tempdir().unwrap();
        let files = develop(dir.path(), &[]).unwrap();
        let first = fs::read(&files.chain).unwrap();
        assert_eq!(develop(dir.path(), &[]).unwrap(), files);
        assert_eq!(fs::read(&files.chain).unwrap(), first);
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 2);
        for path in [&files.chain, &files.key] {
            assert_eq!(fs::metadata(path).unwrap().permissions().mode() & 0o777, 0o600);
        }
    }

    #[test]
    fn another_name_makes_another_certificate() {
        let dir = tempfile::tempdir().unwrap();
        let names = ["a.localhost".to_owned()];
        let files = develop(dir.path(), &names).unwrap();
        let first = fs::read(&files.chain).unwrap();
        develop(dir.path(), &names).unwrap();
        assert_eq!(fs::read(&files.chain).unwrap(), first);
        develop(dir.path(), &["b.localhost".to_owned()]).unwrap();
        assert_ne!(fs::read(&files.chain).unwrap(), first);
    }

    #[test]
    fn development_certificate_is_no_authority_and_bounded() {
        let dir = tempfile::tempdir().unwrap();
        let files = develop(dir.path(), &[]).unwrap();
        let life = Material::load(&files).unwrap().not_after();
        let days = life.duration_since(SystemTime::now()).unwrap().as_secs() / DAY.as_secs();
        assert!((limits::DEVELOPMENT_DAYS - 1..=limits::DEVELOPMENT_DAYS).contains(&days));
        let chain = super::super::chain(&files.chain).unwrap();
        let (_, parsed) = x509_parser::parse_x509_certificate(&chain[0]).unwrap();
        assert!(!parsed.is_ca());
        let names = parsed.subject_alternative_name().unwrap().unwrap();
        assert_eq!(names.value.general_names.len(), NAMES.len());
    }

    #[test]
    fn halves_that_do_not_match_are_replaced() {
        let dir = tempfile::tempdir().unwrap();
        let files = develop(dir.path(), &[]).unwrap();
        let other = tempfile::tempdir().unwrap();
        fs::copy(develop(other.path(), &[]).unwrap().key, &files.key).unwrap();
        assert!(matches!(Material::load(&files), Err(TlsError::Key(_))));
        Material::load(&develop(dir.path(), &[]).unwrap()).unwrap();
    }

    #[test]
    fn bad_files_are_told_apart() {
        let dir = tempfile::tempdir().unwrap();
        let files = develop(dir.path(), &[]).unwrap();
        let with = |chain: &[u8]| {
            fs::write(&files.chain, chain).unwrap();
            Material::load(&files).map(|_| ())
        };
        assert!(matches!(with(b"nothing"), Err(TlsError::NoCertificate { .. })));
        let der = b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
        assert!(matches!(with(der), Err(TlsError::Certificate { .. })));
        let large = vec![b' '; limits::PEM_BYTES as usize + 1];
        assert!(matches!(with(&large), Err(TlsError::TooLarge { .. })));
        fs::remove_file(&files.chain).unwrap();
        assert!(matches!(Material::load(&files), Err(TlsError::File { .. })));
    }
}

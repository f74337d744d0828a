//! The keys of the audit log: who signs it, who may have signed it, and checking it with them.

use std::path::Path;

use aws_lc_rs::hmac;
use typex_core::audit::checkpoint::Origin;
use typex_core::audit::{Head, SignedCheckpoint, VerifierKey};
use typex_core::codec::Record;

use crate::database::{builder, sealed_root};
use crate::directory::{AUDIT, Directory, read_small};
use crate::error::{StoreError, Tampered};
use crate::header::{Header, Mark};
use crate::keyring::{Keyring, fill_random};
use crate::log::{self, Report, Signer, VerifyOptions};
use crate::options::Options;
use crate::root::Root;
use crate::scratch::Scratch;
use crate::unlock::Unlock;

/// Seals the ratchet of the log.
pub(crate) const TAIL_KEY: &str = "audit tail";

/// Makes a key that signs the checkpoints of a new log. Keep it outside the data directory.
///
/// # Errors
/// If the file exists or cannot be written.
pub fn create_signing_key(path: &Path) -> Result<(), StoreError> {
    let mut random = [0; 8];
    fill_random(&mut random)?;
    Signer::create(path, Origin::from_random(random))?;
    Ok(())
}

/// Verifies the audit log of the store in `dir`, which may be open: against the key it was opened
/// with last, against the state of its ratchet, against what the store has sealed about it (only
/// while the store is not open), and against earlier checkpoints.
///
/// # Errors
/// Whatever keeps the store from being read; `SigningKey` if `since` holds no checkpoints. What is
/// wrong with the log is in the report.
pub fn verify_audit(
    dir: &Path,
    unlock: &Unlock,
    since: Option<&str>,
) -> Result<Report, StoreError> {
    let header = Header::from_bytes(&Directory::header_of(dir)?)?;
    let keyring = Keyring::new(header.identity, &header.unwrap(&unlock.read()?)?);
    let no_checkpoint =
        |_| StoreError::SigningKey("the file given does not hold signed checkpoints");
    let since = since.map(SignedCheckpoint::parse_all).transpose().map_err(no_checkpoint)?;
    let options = VerifyOptions {
        known: sealed_head(dir, &keyring)?,
        since: since.unwrap_or_default(),
        keys: vec![verifier(dir, &keyring)?],
        tail_key: Some(keyring.derive(TAIL_KEY)),
    };
    Ok(log::verify(&dir.join(AUDIT), &options)?)
}

/// The key that the options name, or in development one made from the master key.
pub(crate) fn signer(
    dir: &Path,
    options: &Options,
    keyring: &Keyring,
) -> Result<Signer, StoreError> {
    match &options.signing_key_file {
        Some(path) => {
            let inside = path.canonicalize()?.starts_with(dir.canonicalize()?);
            if inside && keyring.identity().mark == Mark::Production {
                return Err(StoreError::SigningKey("in production it is outside the data"));
            }
            Ok(Signer::load(path)?)
        }
        None if keyring.identity().mark == Mark::Production => {
            Err(StoreError::SigningKey("production needs one: set signing_key_file"))
        }
        None => derived_signer(keyring),
    }
}

/// The signing key of a store that has no file for it.
pub(crate) fn derived_signer(keyring: &Keyring) -> Result<Signer, StoreError> {
    let mut random = [0; 8];
    random.copy_from_slice(&keyring.identity().store_id[..8]);
    let name = Origin::from_random(random);
    Ok(Signer::from_seed(name, &keyring.derive("audit signer"))?)
}

/// Writes down who signs, for [`verify_audit`], under a tag.
pub(crate) fn note_verifier(
    directory: &Directory,
    keyring: &Keyring,
    signer: &Signer,
) -> Result<(), StoreError> {
    let text = signer.verifier().to_string();
    let tag = hmac::sign(&verifier_key(keyring), text.as_bytes());
    directory.replace_verifier(&[text.as_bytes(), tag.as_ref()].concat())
}

fn verifier(dir: &Path, keyring: &Keyring) -> Result<VerifierKey, StoreError> {
    const TAG_BYTES: usize = 32;
    let path = dir.join(Directory::VERIFIER);
    if !path.exists() {
        return verifier_before_open(keyring);
    }
    let bytes = read_small(&path)?;
    let at = bytes.len().checked_sub(TAG_BYTES).ok_or(Tampered::Verifier)?;
    let (text, tag) = bytes.split_at(at);
    hmac::verify(&verifier_key(keyring), text, tag).map_err(|_| Tampered::Verifier)?;
    let text = std::str::from_utf8(text).map_err(|_| Tampered::Verifier)?;
    Ok(text.parse().map_err(|_| Tampered::Verifier)?)
}

/// A store that was restored and not opened since has no note of who signs.
fn verifier_before_open(keyring: &Keyring) -> Result<VerifierKey, StoreError> {
    match keyring.identity().mark {
        Mark::Production => Err(StoreError::SigningKey("not noted before the store is opened")),
        Mark::Development | Mark::Test => Ok(derived_signer(keyring)?.verifier().clone()),
    }
}

fn verifier_key(keyring: &Keyring) -> hmac::Key {
    hmac::Key::new(hmac::HMAC_SHA256, keyring.derive("audit verifier").expose())
}

/// What the root says of the log; nothing while another process has the store open.
fn sealed_head(dir: &Path, keyring: &Keyring) -> Result<Option<Head>, StoreError> {
    let directory = match Directory::open(dir) {
        Err(StoreError::InUse) => return Ok(None),
        directory => directory?,
    };
    let database = builder().create_with_backend(Scratch::open(&directory.database())?)?;
    Root::unseal(keyring, &sealed_root(&database)?)?.head()
}

impl Root {
    /// How far the log reached when the root was sealed.
    pub(crate) fn head(&self) -> Result<Option<Head>, StoreError> {
        if self.log_head.is_empty() {
            return Ok(None);
        }
        Head::from_bytes(&self.log_head).map(Some).map_err(|_| Tampered::Root.into())
    }

    pub(crate) fn set_head(&mut self, head: &Head) {
        self.log_head = head.to_bytes().expose().clone();
    }
}

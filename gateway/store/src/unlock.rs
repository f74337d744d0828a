//! What opens a store.

use std::fs::File;
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use typex_core::Secret;

use crate::directory::{create_file, read_small};
use crate::error::StoreError;
use crate::header::UnlockSecret;
use crate::keyring::fill_random;

/// A passphrase, or a file that holds a key.
pub enum Unlock {
    /// At least 8 bytes, stretched by argon2id.
    Passphrase(Secret<String>),
    /// 32 random bytes that only their owner may read.
    KeyFile(PathBuf),
}

impl Unlock {
    pub(crate) fn read(&self) -> Result<UnlockSecret, StoreError> {
        match self {
            Self::Passphrase(text) => {
                let bytes = text.expose().as_bytes().to_vec();
                Ok(UnlockSecret::Passphrase(Secret::new(bytes)))
            }
            Self::KeyFile(path) => read_key_file(path).map(UnlockSecret::KeyFile),
        }
    }
}

/// Makes a key file of random bytes.
///
/// # Errors
/// If the file exists or cannot be written.
pub fn create_key_file(path: &Path) -> Result<(), StoreError> {
    let mut key = Secret::new([0; 32]);
    fill_random(key.expose_mut())?;
    let mut file = create_file(path)?;
    file.write_all(key.expose())?;
    Ok(file.sync_all()?)
}

fn read_key_file(path: &Path) -> Result<Secret<[u8; 32]>, StoreError> {
    let mode = File::open(path)?.metadata()?.permissions().mode();
    if mode & 0o077 != 0 {
        return Err(StoreError::WeakUnlock("others may read the key file: chmod 600 it"));
    }
    let bytes = Secret::new(read_small(path)?);
    let key = bytes.expose().as_slice().try_into();
    key.map(Secret::new).map_err(|_| StoreError::WeakUnlock("a key file has 32 bytes"))
}

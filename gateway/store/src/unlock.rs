//! What opens a store.

use std::fs::File;
use std::io::{Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use typex_core::Secret;

use crate::directory::create_file;
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
    let mut file = File::open(path)?;
    if file.metadata()?.permissions().mode() & 0o077 != 0 {
        return Err(StoreError::WeakUnlock("others may read the key file: chmod 600 it"));
    }
    // Into place at once: a buffer that grows leaves copies behind.
    let mut key = Secret::new([0; 32]);
    let whole = file.read_exact(key.expose_mut()).is_ok() && file.read(&mut [0])? == 0;
    if whole { Ok(key) } else { Err(StoreError::WeakUnlock("a key file has 32 bytes")) }
}

#[cfg(test)]
mod tests {
    use std::fs::{self, Permissions};

    use super::*;

    #[test]
    fn a_key_file_has_32_bytes_and_one_reader() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("key");
        create_key_file(&path).unwrap();
        assert!(create_key_file(&path).is_err(), "never over another");
        let bytes = fs::read(&path).unwrap();
        assert!(bool::from(read_key_file(&path).unwrap().ct_eq(&bytes)));
        fs::set_permissions(&path, Permissions::from_mode(0o640)).unwrap();
        assert!(matches!(read_key_file(&path), Err(StoreError::WeakUnlock(_))));
        fs::set_permissions(&path, Permissions::from_mode(0o600)).unwrap();
        for len in [0, 31, 33] {
            fs::write(&path, vec![1; len]).unwrap();
            assert!(matches!(read_key_file(&path), Err(StoreError::WeakUnlock(_))), "{len}");
        }
    }
}

//! Finds, makes and opens the data directory.

use std::io::Read;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Component, Path, PathBuf};

use typex_core::Secret;
use typex_store::{KdfCost, Mark, NewStore, Options, Store, StoreError, Unlock, system_clock};
use zeroize::Zeroizing;

use crate::config::Config;

/// Longest passphrase file that is read.
const PASSPHRASE_BYTES_MAX: u64 = 4096;

/// Why a data directory cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// A file cannot be read or made.
    #[error("{}: {source}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The file of a passphrase or token holds none.
    #[error("{}: the first line must be a secret of at least 12 characters", path.display())]
    Passphrase {
        /// The file.
        path: PathBuf,
    },
    /// There is no store, and production makes none by itself.
    #[error("{} holds no store: make one with `typex init --production`", data.display())]
    Missing {
        /// The data directory.
        data: PathBuf,
    },
    /// Something that a store of this mark does not permit.
    #[error("refused: {what}; {fix}")]
    Mark {
        /// What is there.
        what: &'static str,
        /// What to do.
        fix: &'static str,
    },
    /// The store refuses.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Where in a data directory the store is.
pub(crate) fn store_dir(data: &Path) -> PathBuf {
    data.join("store")
}

/// Whether a data directory holds a store.
pub(crate) fn exists(data: &Path) -> bool {
    store_dir(data).exists()
}

/// What unlocks the store of `data`.
///
/// # Errors
/// [`OpenError::File`] or [`OpenError::Passphrase`] when the passphrase cannot be read.
pub(crate) fn unlock(data: &Path, config: &Config) -> Result<Unlock, OpenError> {
    let set = |path: &Path| !path.as_os_str().is_empty();
    if set(&config.store.passphrase_file) {
        return Ok(Unlock::Passphrase(read_secret(&config.store.passphrase_file)?));
    }
    if set(&config.store.key_file) {
        return Ok(Unlock::KeyFile(config.store.key_file.clone()));
    }
    if config.store.production {
        return Err(OpenError::Mark {
            what: "an unlock key inside the data directory",
            fix: "set store.passphrase_file or store.key_file",
        });
    }
    Ok(Unlock::KeyFile(data.join("master.key")))
}

/// The first line of the file: a passphrase or a token.
///
/// # Errors
/// [`OpenError::File`] or [`OpenError::Passphrase`].
pub(crate) fn read_secret(path: &Path) -> Result<Secret<String>, OpenError> {
    let failed = |source| OpenError::File { path: path.to_owned(), source };
    let file = std::fs::File::open(path).map_err(failed)?;
    let mut text = Zeroizing::new(String::with_capacity(PASSPHRASE_BYTES_MAX as usize));
    file.take(PASSPHRASE_BYTES_MAX).read_to_string(&mut text).map_err(failed)?;
    let line = text.lines().next().unwrap_or_default();
    if line.chars().count() < 12 {
        return Err(OpenError::Passphrase { path: path.to_owned() });
    }
    Ok(Secret::new(line.to_owned()))
}

/// Opens the store; in development makes one first if there is none.
///
/// # Errors
/// Any [`OpenError`].
pub(crate) fn open(data: &Path, config: &Config) -> Result<Store, OpenError> {
    let unlock = unlock(data, config)?;
    if !exists(data) {
        if config.store.production {
            return Err(OpenError::Missing { data: data.to_owned() });
        }
        create(data, &unlock, Mark::Development)?;
    }
    Ok(Store::open(&store_dir(data), &unlock, options(config))?)
}

fn options(config: &Config) -> Options {
    let audit = &config.audit;
    let signing_key = &audit.signing_key_file;
    Options {
        production: config.store.production,
        signing_key_file: (!signing_key.as_os_str().is_empty()).then(|| signing_key.clone()),
        checkpoint_entries: audit.checkpoint_entries,
        checkpoint_ms: audit.checkpoint_seconds.saturating_mul(1000),
        witnesses: audit.witnesses.clone(),
        ..Options::default()
    }
}

/// Makes a store, and the key file that unlocks it if that does not exist.
///
/// # Errors
/// Any [`OpenError`].
pub(crate) fn create(data: &Path, unlock: &Unlock, mark: Mark) -> Result<(), OpenError> {
    private_directory(data).map_err(|source| OpenError::File { path: data.to_owned(), source })?;
    if let Unlock::KeyFile(path) = unlock
        && !path.exists()
    {
        typex_store::create_key_file(path)?;
    }
    let new = NewStore { mark, kdf: KdfCost::default(), created: system_clock() };
    Ok(Store::create(&store_dir(data), unlock, &new)?)
}

/// Makes a directory, and those above it, that only its owner can enter; one that is there stays
/// as it is.
pub(crate) fn private_directory(path: &Path) -> std::io::Result<()> {
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(path)
}

/// Whether `path` lies in the directory `data`, whether they exist or not.
pub(crate) fn lies_inside(path: &Path, data: &Path) -> bool {
    real(path).starts_with(real(data))
}

/// The path without links and detours, as far as it exists; the rest is taken as it reads.
fn real(path: &Path) -> PathBuf {
    let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let mut real = PathBuf::new();
    for part in path.components() {
        match part {
            Component::ParentDir => drop(real.pop()),
            part => real.push(part),
        }
        real = real.canonicalize().unwrap_or(real);
    }
    real
}

//! The data directory: names, permissions, the lock, and files that change all at once.

use std::fs::{self, DirBuilder, File, OpenOptions, TryLockError};
use std::io::{ErrorKind, Read, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use crate::error::StoreError;
use crate::limits::SMALL_FILE_BYTES_MAX;

const HEADER: &str = "header";
const DATABASE: &str = "records.redb";
const LOCK: &str = "lock";
const NEW: &str = "new";
/// Where the files of the audit log are.
pub(crate) const AUDIT: &str = "audit";

/// A data directory that this process alone has open.
pub(crate) struct Directory {
    path: PathBuf,
    /// Unlocked when closed.
    _lock: File,
}

impl Directory {
    /// Who signs the audit log.
    pub(crate) const VERIFIER: &str = "audit-verifier";

    /// Locks an existing store.
    pub(crate) fn open(path: &Path) -> Result<Self, StoreError> {
        if !Self::exists(path) {
            return Err(StoreError::Missing);
        }
        Ok(Self { path: path.to_owned(), _lock: lock(path)? })
    }

    /// Whether there is a store.
    pub(crate) fn exists(path: &Path) -> bool {
        path.join(HEADER).is_file()
    }

    /// The header of a store that may be open.
    pub(crate) fn header_of(path: &Path) -> Result<Vec<u8>, StoreError> {
        if Self::exists(path) { read_small(&path.join(HEADER)) } else { Err(StoreError::Missing) }
    }

    /// Makes a store of a header, a database and an audit log; `fill` writes the latter two to the
    /// paths it is given. Nothing counts before the header is in place, which is the last step.
    pub(crate) fn create(
        path: &Path,
        header: &[u8],
        fill: impl FnOnce(&Path, &Path) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        make_dir(path)?;
        let _lock = lock(path)?;
        clear_unfinished(path)?;
        let new = path.join(NEW);
        make_dir(&new)?;
        write_synced(&new.join(HEADER), header)?;
        sync_dir(&new)?;
        sync_dir(path)?;
        create_file(&new.join(DATABASE))?;
        make_dir(&new.join(AUDIT))?;
        fill(&new.join(DATABASE), &new.join(AUDIT))?;
        sync_dir(&new.join(AUDIT))?;
        sync_dir(&new)?;
        for name in [DATABASE, AUDIT, HEADER] {
            fs::rename(new.join(name), path.join(name))?;
            sync_dir(path)?;
        }
        fs::remove_dir(&new)?;
        sync_dir(path)
    }

    pub(crate) fn header(&self) -> Result<Vec<u8>, StoreError> {
        read_small(&self.path.join(HEADER))
    }

    pub(crate) fn replace_header(&self, bytes: &[u8]) -> Result<(), StoreError> {
        self.replace(HEADER, bytes)
    }

    pub(crate) fn replace_verifier(&self, bytes: &[u8]) -> Result<(), StoreError> {
        self.replace(Self::VERIFIER, bytes)
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    pub(crate) fn audit(&self) -> PathBuf {
        self.path.join(AUDIT)
    }

    fn replace(&self, name: &str, bytes: &[u8]) -> Result<(), StoreError> {
        let new = self.path.join("replacement");
        remove_if_there(&new)?;
        write_synced(&new, bytes)?;
        fs::rename(&new, self.path.join(name))?;
        sync_dir(&self.path)
    }

    pub(crate) fn database(&self) -> PathBuf {
        self.path.join(DATABASE)
    }
}

/// Reads a file that must be small.
pub(crate) fn read_small(path: &Path) -> Result<Vec<u8>, StoreError> {
    let mut bytes = Vec::new();
    File::open(path)?.take(SMALL_FILE_BYTES_MAX).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Makes an empty file that only its owner may use; fails if there is one.
pub(crate) fn create_file(path: &Path) -> Result<File, StoreError> {
    let mut options = OpenOptions::new();
    Ok(options.read(true).write(true).create_new(true).mode(0o600).open(path)?)
}

pub(crate) fn sync_dir(path: &Path) -> Result<(), StoreError> {
    Ok(File::open(path)?.sync_all()?)
}

fn write_synced(path: &Path, bytes: &[u8]) -> Result<(), StoreError> {
    let mut file = create_file(path)?;
    file.write_all(bytes)?;
    Ok(file.sync_all()?)
}

fn make_dir(path: &Path) -> Result<(), StoreError> {
    Ok(DirBuilder::new().recursive(true).mode(0o700).create(path)?)
}

fn remove_if_there(path: &Path) -> Result<(), StoreError> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(error.into()),
        _ => Ok(()),
    }
}

fn remove_dir_if_there(path: &Path) -> Result<(), StoreError> {
    match fs::remove_dir_all(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(error.into()),
        _ => Ok(()),
    }
}

fn lock(path: &Path) -> Result<File, StoreError> {
    let mut options = OpenOptions::new();
    let options = options.read(true).write(true).create(true).truncate(false).mode(0o600);
    let file = options.open(path.join(LOCK))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(StoreError::InUse),
        Err(TryLockError::Error(error)) => Err(error.into()),
    }
}

/// Removes what an interrupted creation left, and refuses a directory that holds anything else.
/// A database without a header is removed only beside the header that was about to follow it.
fn clear_unfinished(path: &Path) -> Result<(), StoreError> {
    let new = path.join(NEW);
    let interrupted = new.join(HEADER).is_file() && !path.join(HEADER).exists();
    if interrupted {
        remove_if_there(&path.join(DATABASE))?;
        remove_dir_if_there(&path.join(AUDIT))?;
        sync_dir(path)?;
    }
    remove_dir_if_there(&new)?;
    for entry in fs::read_dir(path)? {
        if entry?.file_name() != LOCK {
            return Err(StoreError::NotEmpty);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    fn create(path: &Path) -> Result<(), StoreError> {
        Directory::create(path, b"header", |database, _| Ok(fs::write(database, b"records")?))
    }

    #[test]
    fn only_the_owner_can_read_and_one_process_can_open() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("data");
        create(&path).unwrap();
        for (name, mode) in [("", 0o700), (AUDIT, 0o700), (HEADER, 0o600), (DATABASE, 0o600)] {
            let found = fs::metadata(path.join(name)).unwrap().permissions().mode();
            assert_eq!(found & 0o777, mode, "{name}");
        }
        let open = Directory::open(&path).unwrap();
        assert!(matches!(Directory::open(&path), Err(StoreError::InUse)));
        drop(open);
        assert!(Directory::open(&path).is_ok());
        assert!(matches!(create(&path), Err(StoreError::NotEmpty)));
    }

    #[test]
    fn creation_interrupted_anywhere_leaves_no_store_and_can_be_repeated() {
        type Leftover = fn(&Path);
        let leftovers: [Leftover; 3] = [
            |path| fs::create_dir(path.join(NEW)).unwrap(),
            |path| {
                fs::create_dir(path.join(NEW)).unwrap();
                fs::write(path.join(NEW).join(HEADER), b"h").unwrap();
            },
            |path| {
                fs::create_dir(path.join(NEW)).unwrap();
                fs::write(path.join(NEW).join(HEADER), b"h").unwrap();
                fs::write(path.join(DATABASE), b"half").unwrap();
            },
        ];
        for leave in leftovers {
            let dir = tempfile::tempdir().unwrap();
            leave(dir.path());
            assert!(matches!(Directory::open(dir.path()), Err(StoreError::Missing)));
            create(dir.path()).unwrap();
            assert_eq!(fs::read(dir.path().join(DATABASE)).unwrap(), b"records");
            Directory::open(dir.path()).unwrap();
        }
    }

    #[test]
    fn a_database_that_lost_its_header_is_not_removed() {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join(DATABASE), b"records").unwrap();
        assert!(matches!(create(dir.path()), Err(StoreError::NotEmpty)));
        assert_eq!(fs::read(dir.path().join(DATABASE)).unwrap(), b"records");
    }
}

//! Database and log on one medium, so that a crash finds both at the same moment.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use redb::StorageBackend;

use crate::log::testing::Medium;
use crate::log::{Disk, FileName};

/// The medium names its files as the log does; this name is free, no log has so many entries.
pub(super) const DATABASE: FileName = FileName::Segment(u64::MAX);

/// What a sync does.
#[derive(Clone)]
pub(super) enum Sync {
    Honest,
    /// Returns at once.
    Pretend,
    /// Fails once this is set.
    Fail(Arc<AtomicBool>),
}

impl Sync {
    fn run(&self, sync: impl FnOnce() -> io::Result<()>) -> io::Result<()> {
        match self {
            Self::Pretend => Ok(()),
            Self::Fail(now) if now.load(Ordering::SeqCst) => Err(io::ErrorKind::StorageFull.into()),
            Self::Honest | Self::Fail(_) => sync(),
        }
    }
}

/// The database file of a medium.
pub(super) struct DatabaseSide {
    pub(super) medium: Medium,
    /// What syncs do.
    pub(super) sync: Sync,
}

/// The log files of a medium.
pub(super) struct LogSide {
    pub(super) medium: Medium,
    /// What syncs do.
    pub(super) sync: Sync,
}

impl DatabaseSide {
    /// An empty database file, if there is none.
    pub(super) fn make(medium: &Medium) {
        medium.clone().write(DATABASE, 0, &[]).unwrap();
    }
}

impl std::fmt::Debug for DatabaseSide {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("DatabaseSide")
    }
}

impl StorageBackend for DatabaseSide {
    fn len(&self) -> io::Result<u64> {
        self.medium.len(DATABASE)
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        let len = self.medium.read(DATABASE, offset, out)?;
        if len == out.len() { Ok(()) } else { Err(io::ErrorKind::UnexpectedEof.into()) }
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        self.medium.clone().truncate(DATABASE, len)
    }

    fn sync_data(&self) -> io::Result<()> {
        self.sync.run(|| self.medium.clone().sync(DATABASE))
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        self.medium.clone().write(DATABASE, offset, data)
    }
}

impl Disk for LogSide {
    fn list(&self) -> io::Result<Vec<FileName>> {
        Ok(self.medium.list()?.into_iter().filter(|name| *name != DATABASE).collect())
    }

    fn len(&self, name: FileName) -> io::Result<u64> {
        self.medium.len(name)
    }

    fn read(&self, name: FileName, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        self.medium.read(name, offset, buffer)
    }

    fn write(&mut self, name: FileName, offset: u64, bytes: &[u8]) -> io::Result<()> {
        self.medium.write(name, offset, bytes)
    }

    fn truncate(&mut self, name: FileName, len: u64) -> io::Result<()> {
        self.medium.truncate(name, len)
    }

    fn remove(&mut self, name: FileName) -> io::Result<()> {
        self.medium.remove(name)
    }

    fn replace(&mut self, name: FileName, bytes: &[u8]) -> io::Result<()> {
        self.medium.replace(name, bytes)
    }

    fn sync(&mut self, name: FileName) -> io::Result<()> {
        self.sync.run(|| self.medium.sync(name))
    }

    fn sync_names(&mut self) -> io::Result<()> {
        self.sync.run(|| self.medium.sync_names())
    }
}

//! Where the log's files live.

use std::collections::HashMap;
use std::fmt;
use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, FileExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::str::FromStr;

/// A file of the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FileName {
    /// A segment, by the number of its first entry.
    Segment(u64),
    /// The sealed state of the ratchet.
    Tail,
    /// The latest checkpoint.
    Checkpoint,
}

impl fmt::Display for FileName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Segment(first) => write!(f, "{first:020}.log"),
            Self::Tail => f.write_str("tail"),
            Self::Checkpoint => f.write_str("checkpoint"),
        }
    }
}

/// The name is not that of a file of the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a file of the audit log")]
pub struct ForeignName;

impl FromStr for FileName {
    type Err = ForeignName;

    fn from_str(name: &str) -> Result<Self, ForeignName> {
        match name {
            "tail" => Ok(Self::Tail),
            "checkpoint" => Ok(Self::Checkpoint),
            _ => {
                let digits = name.strip_suffix(".log").ok_or(ForeignName)?;
                let found = Self::Segment(digits.parse().map_err(|_| ForeignName)?);
                if found.to_string() == name { Ok(found) } else { Err(ForeignName) }
            }
        }
    }
}

/// What the log needs of a medium. Nothing is durable before the `sync` that covers it returns.
pub trait Disk: Send {
    /// The files there are, in no order.
    ///
    /// # Errors
    /// Those of the medium, here and in every other method.
    fn list(&self) -> io::Result<Vec<FileName>>;

    /// Bytes of a file.
    fn len(&self, name: FileName) -> io::Result<u64>;

    /// Reads at an offset; fewer bytes than asked for only at the end of the file.
    fn read(&self, name: FileName, offset: u64, buffer: &mut [u8]) -> io::Result<usize>;

    /// Writes at an offset, making the file if there is none.
    fn write(&mut self, name: FileName, offset: u64, bytes: &[u8]) -> io::Result<()>;

    /// Cuts a file to `len` bytes.
    fn truncate(&mut self, name: FileName, len: u64) -> io::Result<()>;

    /// Removes a file.
    fn remove(&mut self, name: FileName) -> io::Result<()>;

    /// Puts a file with these bytes in the place of another: after a crash the old or the new one
    /// is there, after this returns the new one.
    fn replace(&mut self, name: FileName, bytes: &[u8]) -> io::Result<()>;

    /// Makes contents and length of a file durable.
    fn sync(&mut self, name: FileName) -> io::Result<()>;

    /// Makes the making and removing of files durable.
    fn sync_names(&mut self) -> io::Result<()>;

    /// The first `max` bytes of a file; nothing if there is none.
    fn read_start(&self, name: FileName, max: usize) -> io::Result<Vec<u8>> {
        let mut bytes = vec![0; max];
        let len = match self.read(name, 0, &mut bytes) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => 0,
            found => found?,
        };
        bytes.truncate(len);
        Ok(bytes)
    }
}

/// A directory of the file system.
pub struct FileDisk {
    dir: PathBuf,
    open: HashMap<FileName, File>,
}

impl FileDisk {
    /// Opens a directory for writing and makes it, for this user only, if there is none.
    ///
    /// # Errors
    /// Those of the file system.
    pub fn open(dir: &Path) -> io::Result<Self> {
        if !dir.exists() {
            DirBuilder::new().recursive(true).mode(0o700).create(dir)?;
            // The directory itself must be found again after a crash.
            let parent = dir.parent().filter(|parent| !parent.as_os_str().is_empty());
            File::open(parent.unwrap_or(Path::new(".")))?.sync_all()?;
        }
        Self::existing(dir)
    }

    /// Opens a directory that must be there; writes nothing unless told to.
    ///
    /// # Errors
    /// Those of the file system.
    pub fn existing(dir: &Path) -> io::Result<Self> {
        fs::read_dir(dir)?;
        Ok(Self { dir: dir.to_owned(), open: HashMap::new() })
    }

    fn path(&self, name: FileName) -> PathBuf {
        self.dir.join(name.to_string())
    }

    /// The open file. Only the segment in use stays open.
    fn file(&mut self, name: FileName) -> io::Result<&File> {
        if !self.open.contains_key(&name) {
            if matches!(name, FileName::Segment(_)) {
                self.open.retain(|other, _| !matches!(other, FileName::Segment(_)));
            }
            let path = self.path(name);
            let file = OpenOptions::new()
                .write(true)
                .create(true)
                .truncate(false)
                .mode(0o600)
                .open(path)?;
            self.open.insert(name, file);
        }
        self.open.get(&name).ok_or_else(|| io::ErrorKind::NotFound.into())
    }
}

impl Disk for FileDisk {
    fn list(&self) -> io::Result<Vec<FileName>> {
        let mut names = Vec::new();
        for found in fs::read_dir(&self.dir)? {
            names
                .extend(found?.file_name().to_str().and_then(|name| name.parse::<FileName>().ok()));
        }
        Ok(names)
    }

    fn len(&self, name: FileName) -> io::Result<u64> {
        fs::metadata(self.path(name)).map(|found| found.len())
    }

    fn read(&self, name: FileName, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        let file = File::open(self.path(name))?;
        let mut done = 0;
        while done < buffer.len() {
            match file.read_at(&mut buffer[done..], offset.saturating_add(done as u64)) {
                Ok(0) => break,
                Ok(read) => done += read,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(done)
    }

    fn write(&mut self, name: FileName, offset: u64, bytes: &[u8]) -> io::Result<()> {
        self.file(name)?.write_all_at(bytes, offset)
    }

    fn truncate(&mut self, name: FileName, len: u64) -> io::Result<()> {
        self.file(name)?.set_len(len)
    }

    fn remove(&mut self, name: FileName) -> io::Result<()> {
        self.open.remove(&name);
        fs::remove_file(self.path(name))
    }

    fn replace(&mut self, name: FileName, bytes: &[u8]) -> io::Result<()> {
        self.open.remove(&name);
        let new = self.dir.join(format!("{name}.new"));
        let file =
            OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&new)?;
        file.write_all_at(bytes, 0)?;
        file.sync_data()?;
        fs::rename(new, self.path(name))?;
        self.sync_names()
    }

    fn sync(&mut self, name: FileName) -> io::Result<()> {
        self.file(name)?.sync_data()
    }

    fn sync_names(&mut self) -> io::Result<()> {
        File::open(&self.dir)?.sync_all()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_round_trip_and_others_are_foreign() {
        for name in [FileName::Segment(0), FileName::Segment(u64::MAX), FileName::Tail] {
            assert_eq!(name.to_string().parse(), Ok(name));
        }
        for name in ["1.log", "tail.new", "", "+0000000000000000001.log"] {
            assert_eq!(name.parse::<FileName>(), Err(ForeignName), "{name}");
        }
    }

    #[test]
    fn files_are_written_replaced_cut_and_removed() {
        let dir = tempfile::tempdir().unwrap();
        let mut disk = FileDisk::open(&dir.path().join("audit")).unwrap();
        let name = FileName::Segment(3);
        disk.write(name, 0, b"hello").unwrap();
        disk.write(name, 5, b" there").unwrap();
        disk.truncate(name, 8).unwrap();
        disk.sync(name).unwrap();
        assert_eq!(disk.read_start(name, 100).unwrap(), b"hello th");
        disk.replace(FileName::Checkpoint, b"one").unwrap();
        disk.replace(FileName::Checkpoint, b"two").unwrap();
        assert_eq!(disk.read_start(FileName::Checkpoint, 100).unwrap(), b"two");
        disk.remove(name).unwrap();
        disk.sync_names().unwrap();
        assert_eq!(disk.list().unwrap(), [FileName::Checkpoint]);
        assert!(disk.read_start(name, 9).unwrap().is_empty());
    }
}

//! One file that holds a whole store: sealed as it stands, with a digest and a tag over all of it.
//!
//! `docs/store-format.md` gives the bytes. What is inside opens with what opened the store when
//! the backup was made.

use std::fs::{self, File};
use std::io::{BufReader, BufWriter, ErrorKind, Read, Write};
use std::path::{Path, PathBuf};

use aws_lc_rs::{digest, hmac};
use redb::{Database, ReadableTable, WriteTransaction};

use crate::database::{ROWS, builder, read_root, verified_root, write_root};
use crate::directory::{Directory, create_file, sync_dir};
use crate::error::{StoreError, Tampered};
use crate::header::{HEADER_BYTES, Header};
use crate::keyring::{Keyring, tag_bytes};
use crate::limits::{ID_BYTES_MAX, RECORD_BYTES_MAX, RESTORE_ROWS_PER_COMMIT};
use crate::log::FileName;
use crate::root::Root;
use crate::row::{NAME_BYTES, RowName};
use crate::task::{LogFile, Snapshot};
use crate::unlock::Unlock;

const MAGIC: &[u8; 10] = b"typexbk\0\0\x01";
/// Copied at once.
const CHUNK_BYTES: usize = 64 * 1024;
/// Longest name of a file of the log.
const LOG_NAME_BYTES_MAX: usize = 64;
/// Longest row: epoch, salt, sealed name, sealed record.
const ROW_BYTES_MAX: usize = RECORD_BYTES_MAX + ID_BYTES_MAX + 256;

type NamedRow = ([u8; NAME_BYTES], Vec<u8>);

/// What a backup holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BackupSummary {
    /// Commits in the life of the store when it was made; after a restore, the epoch it goes on
    /// from.
    pub epoch: u64,
    /// Records in it.
    pub records: u64,
    /// SHA-256 over the file up to the digest itself.
    pub digest: [u8; 32],
}

/// Writes `snapshot` to a new file; the file has its name only once it is complete.
pub(crate) fn write(
    path: &Path,
    header: &[u8],
    keyring: &Keyring,
    snapshot: &Snapshot,
    audit: &Path,
) -> Result<BackupSummary, StoreError> {
    if path.exists() {
        return Err(StoreError::Io(ErrorKind::AlreadyExists.into()));
    }
    let partial = partial_name(path);
    let written = write_partial(&partial, header, keyring, snapshot, audit);
    let renamed = written.and_then(|summary| {
        fs::rename(&partial, path)?;
        sync_dir(parent(path))?;
        Ok(summary)
    });
    if renamed.is_err() {
        // The error that matters is the first; a leftover says by its name that it is partial.
        let _left = fs::remove_file(&partial);
    }
    renamed
}

fn write_partial(
    path: &Path,
    header: &[u8],
    keyring: &Keyring,
    snapshot: &Snapshot,
    audit: &Path,
) -> Result<BackupSummary, StoreError> {
    let mut out = Out::new(create_file(path)?, keyring);
    out.write(MAGIC)?;
    out.write(header)?;
    let sealed_root = read_root(&snapshot.records)?;
    let root = Root::unseal(keyring, &sealed_root)?;
    out.part(&sealed_root)?;
    let mut records = 0;
    for entry in snapshot.records.open_table(ROWS)?.iter()? {
        let (name, row) = entry?;
        out.part(&[name.value().as_slice(), row.value()].concat())?;
        records += 1;
    }
    out.end_of_parts()?;
    for file in &snapshot.log {
        out.log_file(file, audit)?;
    }
    out.end_of_parts()?;
    Ok(BackupSummary { epoch: root.epoch, records, digest: out.finish()? })
}

/// Makes a store of a backup in `dir`, which must be missing or empty. The backup is verified as
/// a whole before the first byte is written, and the store afterwards.
///
/// # Errors
/// `Backup` for a file that is damaged; `WrongUnlock`; `NotEmpty`; what the system refuses.
pub fn restore(file: &Path, dir: &Path, unlock: &Unlock) -> Result<BackupSummary, StoreError> {
    let (header, keyring) = read_header(file, unlock)?;
    let (mut root, digest) = verify(file, &keyring)?;
    let records = root.rows;
    root.epoch = root.epoch_after_restore();
    let epoch = root.epoch;
    Directory::create(dir, &header, |path, audit| {
        let database = builder().create(path)?;
        let mut input = fill(&database, file, &keyring, &root)?;
        input.log_files(|name| create_file(&audit.join(name.to_string())))?;
        let found = verified_root(&database, &keyring)?;
        if found == root { Ok(()) } else { Err(Tampered::Set.into()) }
    })?;
    Ok(BackupSummary { epoch, records, digest })
}

fn read_header(file: &Path, unlock: &Unlock) -> Result<(Vec<u8>, Keyring), StoreError> {
    let mut input = File::open(file)?;
    let mut start = [0; MAGIC.len() + HEADER_BYTES];
    input.read_exact(&mut start).map_err(|_| StoreError::Backup)?;
    let (magic, bytes) = start.split_at(MAGIC.len());
    if magic != MAGIC {
        return Err(StoreError::Backup);
    }
    let header = Header::from_bytes(bytes)?;
    let master = header.unwrap(&unlock.read()?)?;
    Ok((bytes.to_vec(), Keyring::new(header.identity, &master)))
}

/// Reads the whole file once: its form, its digest, its tag, and the set of its rows.
fn verify(file: &Path, keyring: &Keyring) -> Result<(Root, [u8; 32]), StoreError> {
    let mut input = In::open(file, keyring)?;
    let root = Root::unseal(keyring, &input.part(ROW_BYTES_MAX)?.ok_or(StoreError::Backup)?)?;
    let mut seen = Root { digest: Default::default(), rows: 0, ..root.clone() };
    while let Some((name, row)) = input.row()? {
        seen.digest.add(&keyring.element(&RowName::from_bytes(name), &row));
        seen.rows += 1;
    }
    input.log_files(|_| Ok(std::io::sink()))?;
    let digest = input.finish()?;
    if seen == root { Ok((root, digest)) } else { Err(Tampered::Set.into()) }
}

fn fill(
    database: &Database,
    file: &Path,
    keyring: &Keyring,
    root: &Root,
) -> Result<In, StoreError> {
    let mut input = In::open(file, keyring)?;
    input.part(ROW_BYTES_MAX)?;
    loop {
        let txn = database.begin_write()?;
        let more = fill_some(&txn, &mut input)?;
        if !more {
            write_root(&txn, keyring, root)?;
        }
        txn.commit()?;
        if !more {
            return Ok(input);
        }
    }
}

/// Whether there may be more.
fn fill_some(txn: &WriteTransaction, input: &mut In) -> Result<bool, StoreError> {
    let mut table = txn.open_table(ROWS)?;
    for _ in 0..RESTORE_ROWS_PER_COMMIT {
        let Some((name, row)) = input.row()? else { return Ok(false) };
        table.insert(&name, row.as_slice())?;
    }
    Ok(true)
}

/// Writes and digests.
struct Out {
    file: BufWriter<File>,
    digest: digest::Context,
    tag: hmac::Context,
}

impl Out {
    fn new(file: File, keyring: &Keyring) -> Self {
        Self {
            file: BufWriter::new(file),
            digest: digest::Context::new(&digest::SHA256),
            tag: hmac::Context::with_key(&keyring.backup_key()),
        }
    }

    fn write(&mut self, bytes: &[u8]) -> Result<(), StoreError> {
        self.digest.update(bytes);
        self.tag.update(bytes);
        Ok(self.file.write_all(bytes)?)
    }

    fn part(&mut self, bytes: &[u8]) -> Result<(), StoreError> {
        let len = u32::try_from(bytes.len()).expect("rows are bounded");
        self.write(&len.to_be_bytes())?;
        self.write(bytes)
    }

    fn end_of_parts(&mut self) -> Result<(), StoreError> {
        self.write(&0u32.to_be_bytes())
    }

    /// A file of the log: its name, its length, its bytes.
    fn log_file(&mut self, file: &LogFile, audit: &Path) -> Result<(), StoreError> {
        match file {
            LogFile::Whole { name, contents } => {
                self.part(name.as_bytes())?;
                self.write(&(contents.len() as u64).to_be_bytes())?;
                self.write(contents)
            }
            LogFile::Start { name, bytes } => {
                self.part(name.as_bytes())?;
                self.write(&bytes.to_be_bytes())?;
                let mut file = File::open(audit.join(name))?;
                chunks(*bytes, |chunk| {
                    file.read_exact(chunk)?;
                    self.write(chunk)
                })
            }
        }
    }

    fn finish(mut self) -> Result<[u8; 32], StoreError> {
        let digest = digest_bytes(self.digest);
        self.file.write_all(&digest)?;
        self.file.write_all(&tag_bytes(&self.tag.sign()))?;
        let file = self.file.into_inner().map_err(|error| error.into_error())?;
        file.sync_all()?;
        Ok(digest)
    }
}

/// Reads and digests.
struct In {
    file: BufReader<File>,
    digest: digest::Context,
    tag: hmac::Context,
}

impl In {
    /// Stands behind the header.
    fn open(path: &Path, keyring: &Keyring) -> Result<Self, StoreError> {
        let mut input = Self {
            file: BufReader::new(File::open(path)?),
            digest: digest::Context::new(&digest::SHA256),
            tag: hmac::Context::with_key(&keyring.backup_key()),
        };
        input.read(&mut [0; MAGIC.len() + HEADER_BYTES])?;
        Ok(input)
    }

    fn read(&mut self, bytes: &mut [u8]) -> Result<(), StoreError> {
        self.file.read_exact(bytes).map_err(|_| StoreError::Backup)?;
        self.digest.update(bytes);
        self.tag.update(bytes);
        Ok(())
    }

    /// The next part; `None` at the end of the parts.
    fn part(&mut self, bytes_max: usize) -> Result<Option<Vec<u8>>, StoreError> {
        let mut len = [0; 4];
        self.read(&mut len)?;
        let len = usize::try_from(u32::from_be_bytes(len)).map_err(|_| StoreError::Backup)?;
        if len > bytes_max {
            return Err(StoreError::Backup);
        }
        let mut part = vec![0; len];
        self.read(&mut part)?;
        Ok((len > 0).then_some(part))
    }

    fn row(&mut self) -> Result<Option<NamedRow>, StoreError> {
        let Some(part) = self.part(NAME_BYTES + ROW_BYTES_MAX)? else { return Ok(None) };
        let (name, row) = part.split_first_chunk().ok_or(StoreError::Backup)?;
        Ok(Some((*name, row.to_vec())))
    }

    /// Copies each file of the log to where `target` says.
    fn log_files<W: Target>(
        &mut self,
        mut target: impl FnMut(FileName) -> Result<W, StoreError>,
    ) -> Result<(), StoreError> {
        while let Some(name) = self.part(LOG_NAME_BYTES_MAX)? {
            let name = std::str::from_utf8(&name).map_err(|_| StoreError::Backup)?;
            let name = name.parse().map_err(|_| StoreError::Backup)?;
            let mut len = [0; 8];
            self.read(&mut len)?;
            let mut out = target(name)?;
            chunks(u64::from_be_bytes(len), |chunk| {
                self.read(chunk)?;
                Ok(out.write_all(chunk)?)
            })?;
            out.sync()?;
        }
        Ok(())
    }

    fn finish(mut self) -> Result<[u8; 32], StoreError> {
        let mut trailer = Vec::new();
        Read::by_ref(&mut self.file).take(65).read_to_end(&mut trailer)?;
        let digest = digest_bytes(self.digest);
        let found = trailer.strip_prefix(&digest).ok_or(StoreError::Backup)?;
        let tag = self.tag.sign();
        let same = aws_lc_rs::constant_time::verify_slices_are_equal(tag.as_ref(), found);
        same.map_err(|_| StoreError::Backup)?;
        Ok(digest)
    }
}

/// Where a restored file goes: a file, or nowhere while a backup is only verified.
trait Target: Write {
    fn sync(&self) -> Result<(), StoreError>;
}

impl Target for File {
    fn sync(&self) -> Result<(), StoreError> {
        Ok(self.sync_all()?)
    }
}

impl Target for std::io::Sink {
    fn sync(&self) -> Result<(), StoreError> {
        Ok(())
    }
}

/// Calls `each` with buffers that together have `len` bytes.
fn chunks(
    len: u64,
    mut each: impl FnMut(&mut [u8]) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    let mut buffer = vec![0; CHUNK_BYTES];
    let mut left = len;
    while left > 0 {
        let take = usize::try_from(left).map_or(CHUNK_BYTES, |left| left.min(CHUNK_BYTES));
        each(&mut buffer[..take])?;
        left -= take as u64;
    }
    Ok(())
}

fn digest_bytes(context: digest::Context) -> [u8; 32] {
    context.finish().as_ref().try_into().expect("SHA-256 has 32 bytes")
}

fn partial_name(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".partial");
    name.into()
}

fn parent(path: &Path) -> &Path {
    path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

//! The log of an instance in the store: one file a boot, in parts.
// spec: encedo-hem 7.2

use typex_core::limits::{INSTANCE_LOG_PENDING_BYTES_MAX, LOG_PART_BYTES_MAX};
use typex_core::op::instance::{LogFile, LogFiles, LogPart};
use typex_core::{Error, ErrorKind, PartitionId};
use typex_store::Tx;
use typex_store::records::instance_log_key;

/// Log files that one transaction removes: with the longest that there are, half of what it may
/// change.
pub(super) const FILES_AT_ONCE: usize = 32;

/// The log of an instance.
pub(super) struct Book {
    files: LogFiles,
    /// The last part of the last file.
    part: LogPart,
    /// Lines that are not stored yet.
    pending: String,
    /// Whether somebody will store them.
    scheduled: bool,
}

/// When pending lines are to be stored.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Due {
    /// Somebody else will.
    Never,
    /// Soon, with what comes meanwhile.
    Soon,
    /// Before anything else is added.
    Now,
}

impl Book {
    /// A book with a new file of this name. The oldest file goes if there are too many.
    pub(super) fn begin(tx: &mut Tx<'_>, mut files: LogFiles, name: u32) -> Result<Self, Error> {
        let partition = files.partition;
        if let Some(oldest) = files.begin(name) {
            remove(tx, partition, oldest)?;
        }
        tx.put(&files)?;
        let part = LogPart::first(partition, name);
        Ok(Self { files, part, pending: String::new(), scheduled: false })
    }

    /// The names of the files, oldest first.
    pub(super) fn names(&self) -> Vec<u32> {
        self.files.files.iter().map(|file| file.name).collect()
    }

    pub(super) fn files(&self) -> &LogFiles {
        &self.files
    }

    /// Adds lines.
    pub(super) fn push(&mut self, lines: &str) {
        self.pending.push_str(lines);
    }

    /// When what is pending is to be stored; whoever is told anything but [`Due::Never`] does it.
    pub(super) fn due(&mut self) -> Due {
        if self.pending.len() > INSTANCE_LOG_PENDING_BYTES_MAX {
            return Due::Now;
        }
        if self.pending.is_empty() || std::mem::replace(&mut self.scheduled, true) {
            Due::Never
        } else {
            Due::Soon
        }
    }

    /// Nobody will store what is pending: that failed. The next line finds somebody.
    pub(super) fn give_up(&mut self) {
        self.scheduled = false;
    }

    /// Stores what is pending.
    pub(super) fn write(&mut self, tx: &mut Tx<'_>) -> Result<(), Error> {
        self.scheduled = false;
        let pending = std::mem::take(&mut self.pending);
        let mut lines = pending.split_inclusive('\n').peekable();
        if lines.peek().is_none() {
            return Ok(());
        }
        for line in lines {
            let Some(next) = self.part.push(line) else { continue };
            tx.put(&self.part)?;
            self.part = next;
            if let Some(file) = self.files.files.last_mut() {
                file.parts = self.part.number + 1;
            }
            tx.put(&self.files)?;
        }
        tx.put(&self.part)
    }

    /// Goes on in a new file.
    pub(super) fn turn(&mut self, tx: &mut Tx<'_>, name: u32, head: &str) -> Result<(), Error> {
        *self = Self::begin(tx, self.files.clone(), name)?;
        self.push(head);
        self.write(tx)
    }
}

/// The text of a file.
pub(super) fn read(tx: &Tx<'_>, partition: PartitionId, file: LogFile) -> Result<String, Error> {
    let mut text = String::with_capacity(LOG_PART_BYTES_MAX);
    for number in 0..file.parts {
        let key = instance_log_key(file.name, number);
        let part: LogPart = tx.get(partition, &key)?.ok_or(ErrorKind::Storage)?;
        text.push_str(&part.text);
    }
    Ok(text)
}

/// Removes files, at most [`FILES_AT_ONCE`], but for their names in the list.
pub(super) fn remove_all(
    tx: &mut Tx<'_>,
    partition: PartitionId,
    files: &[LogFile],
) -> Result<(), Error> {
    files.iter().try_for_each(|file| remove(tx, partition, *file))
}

/// Removes a file but for its name in the list.
fn remove(tx: &mut Tx<'_>, partition: PartitionId, file: LogFile) -> Result<(), Error> {
    for number in 0..file.parts {
        tx.delete::<LogPart>(partition, &instance_log_key(file.name, number))?;
    }
    Ok(())
}

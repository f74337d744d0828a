//! The log of one boot, in the form its readers know.
//!
//! Each line has a MAC of its own under a key that stands in the first line, signed by the
//! instance. Whoever may read the log could also write one; the gateway's own audit log is what
//! holds against that.
// spec: encedo-hem 7.2

use std::fmt::Write;

use super::event::{Event, LogEvent, Outcome};
use super::keys::{SignatureKey, mac, verify_signature};
use super::role::Role;
use super::text::{base64_url, from_base64_url};
use crate::id::PartitionId;
use crate::limits::{INSTANCE_LOG_BYTES_MAX, INSTANCE_LOGS_MAX, LOG_PART_BYTES_MAX};
use crate::secret::Secret;

/// Bytes of a line's MAC.
const MAC_BYTES: usize = 16;

/// The open log.
pub struct Log {
    file: u32,
    seq: u64,
    bytes: usize,
    key: Secret<[u8; 32]>,
}

/// A piece of a log as stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogPart {
    /// Whose: the partition of the instance.
    pub partition: PartitionId,
    /// Of which file: its name.
    pub file: u32,
    /// Its place in it, from 0.
    pub number: u32,
    /// Whole lines.
    pub text: String,
}

/// The log files of an instance, as stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogFiles {
    /// Whose: the partition of the instance.
    pub partition: PartitionId,
    /// In the order in which they were begun, at most [`INSTANCE_LOGS_MAX`].
    pub files: Vec<LogFile>,
}

/// One log file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LogFile {
    /// Its name.
    pub name: u32,
    /// Its parts, numbered from 0.
    pub parts: u32,
}

/// What is wrong with a log, and in which of its lines, counted from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LogError {
    /// Not a line of seven fields of their form.
    #[error("line {0} is not of the form")]
    Form(usize),
    /// Lines are missing or in another order.
    #[error("line {0} is out of sequence")]
    Sequence(usize),
    /// The key of the log is not signed by its instance.
    #[error("line {0} holds a key without the right signature")]
    Signature(usize),
    /// The line is not what was written.
    #[error("line {0} has a wrong MAC")]
    Mac(usize),
}

impl Log {
    /// Begins a log, and gives its first lines: a comment and the key.
    pub fn open(
        file: u32,
        banner: &str,
        key: Secret<[u8; 32]>,
        sign: &SignatureKey,
        time_s: u64,
    ) -> (Self, String) {
        let signature = sign.sign(key.expose());
        let subject = base64_url(key.expose());
        let mut log = Self { file, seq: 0, bytes: 0, key };
        let comment: String = banner.chars().filter(|one| !one.is_control()).collect();
        let head = format!("# {comment}\n");
        let first = log.write(Event::KeyInit, Outcome::Done, &subject, &signature, time_s);
        (log, head + &first)
    }

    /// The line of an event, with its end.
    pub fn line(&mut self, event: &LogEvent, time_s: u64) -> String {
        let subject = event.subject.map(Role::log_subject).unwrap_or_default();
        self.write(event.event, event.outcome, &subject, &event.extra, time_s)
    }

    /// The file's name.
    pub fn file(&self) -> u32 {
        self.file
    }

    /// Whether it is time for another file.
    pub fn is_full(&self) -> bool {
        self.bytes >= INSTANCE_LOG_BYTES_MAX - LOG_PART_BYTES_MAX
    }

    fn write(
        &mut self,
        event: Event,
        outcome: Outcome,
        subject: &str,
        extra: &[u8],
        time_s: u64,
    ) -> String {
        let (seq, time, event, outcome) = (self.seq, time_s as u32, event as u8, outcome as u8);
        let extra = base64_url(extra);
        let mut line = format!("{seq:x}|{time:08x}|{event:x}|{outcome}|{subject}|{extra}|");
        let tag = mac(self.key.expose(), &[line.as_bytes()]);
        line.push_str(&base64_url(&tag[..MAC_BYTES]));
        line.push('\n');
        self.seq += 1;
        self.bytes = self.bytes.saturating_add(line.len());
        line
    }
}

/// The name of a new file: its time, but later than the last.
pub fn file_name(now_s: u64, last: Option<u32>) -> u32 {
    let now = u32::try_from(now_s).unwrap_or(u32::MAX);
    last.map_or(now, |last| now.max(last.saturating_add(1)))
}

/// A file's name as clients see it.
pub fn file_text(file: u32) -> String {
    let mut text = String::with_capacity(8);
    write!(text, "{file:08x}").expect("a String takes all");
    text
}

impl LogPart {
    /// The first part of a file.
    pub fn first(partition: PartitionId, file: u32) -> Self {
        Self { partition, file, number: 0, text: String::new() }
    }

    /// Adds lines; where they do not fit, they begin the part that comes back.
    pub fn push(&mut self, lines: &str) -> Option<Self> {
        if self.text.len() + lines.len() <= LOG_PART_BYTES_MAX {
            self.text.push_str(lines);
            return None;
        }
        let Self { partition, file, number, .. } = *self;
        Some(Self { partition, file, number: number + 1, text: lines.to_owned() })
    }
}

impl LogFiles {
    /// No file yet.
    pub fn none(partition: PartitionId) -> Self {
        Self { partition, files: Vec::new() }
    }

    /// Adds a file with its first part; gives the oldest, if that must go for it.
    pub fn begin(&mut self, name: u32) -> Option<LogFile> {
        let is_full = self.files.len() >= INSTANCE_LOGS_MAX;
        let oldest = is_full.then(|| self.files.remove(0));
        self.files.push(LogFile { name, parts: 1 });
        oldest
    }

    /// The file of that name.
    pub fn find(&self, name: u32) -> Option<LogFile> {
        self.files.iter().find(|file| file.name == name).copied()
    }
}

/// Checks a whole log against the public half of its instance's signing key, and counts its
/// lines without the comments.
///
/// # Errors
/// [`LogError`] for the first line that is wrong.
pub fn verify_log(text: &str, sign: &[u8; 32]) -> Result<u64, LogError> {
    let mut key = None;
    let mut seq = 0;
    for (line, at) in text.lines().zip(1..).filter(|(line, _)| !line.starts_with('#')) {
        let fields: [&str; 7] =
            line.split('|').collect::<Vec<_>>().try_into().map_err(|_| LogError::Form(at))?;
        if u64::from_str_radix(fields[0], 16) != Ok(seq) {
            return Err(LogError::Sequence(at));
        }
        if fields[2] == "0" {
            key = Some(signed_key(fields[4], fields[5], sign).ok_or(LogError::Signature(at))?);
        }
        let key = key.as_ref().ok_or(LogError::Signature(at))?;
        check_mac(line, fields[6], key).ok_or(LogError::Mac(at))?;
        seq += 1;
    }
    Ok(seq)
}

fn signed_key(key: &str, signature: &str, sign: &[u8; 32]) -> Option<[u8; 32]> {
    let key: [u8; 32] = from_base64_url(key)?.try_into().ok()?;
    let signature: [u8; 64] = from_base64_url(signature)?.try_into().ok()?;
    verify_signature(sign, &key, &signature).then_some(key)
}

fn check_mac(line: &str, tag: &str, key: &[u8; 32]) -> Option<()> {
    let signed = line.strip_suffix(tag)?;
    let expected = mac(key, &[signed.as_bytes()]);
    (from_base64_url(tag)? == expected[..MAC_BYTES]).then_some(())
}

//! What clients send for people to read, and what operators approve.

use crate::error::{Error, ErrorKind};
use crate::id::{ApiKeyId, ClientId, PartitionId};
use crate::limits::{APPROVALS_MAX, LOG_PART_BYTES_MAX, LOG_REPORTS_MAX};
use crate::secret::Secret;
use crate::time::UnixMs;

/// How an installation went. Kept sealed: installers put the password of what they installed here.
#[derive(Clone, Default)]
pub struct InstallReport {
    /// Password made on the client's machine.
    pub password: Option<Secret<String>>,
    /// The installer's status, a number for most.
    pub status: Option<String>,
    /// Its text.
    pub error: Option<String>,
    /// How long it took, in seconds.
    pub duration_s: Option<u64>,
    /// More text.
    pub detail: Option<String>,
    /// Any key to pass on.
    pub key: Option<Secret<String>>,
    /// Whom to contact.
    pub email: Option<String>,
}

/// The last installation report of an API key's holder.
#[derive(Clone)]
pub struct InstallRecord {
    /// The API key.
    pub api_key: ApiKeyId,
    /// The report.
    pub report: InstallReport,
    /// When it came.
    pub received: UnixMs,
}

/// A piece of a log sent for support: logs are longer than records may be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogPart {
    /// Names the log.
    pub reference: [u8; 16],
    /// Which piece, from 0.
    pub part: u16,
    /// Whose, where an API key proved it.
    pub client: Option<ClientId>,
    /// The text.
    pub text: String,
    /// When it came.
    pub received: UnixMs,
}

/// The stored logs, oldest first, each with its number of pieces.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LogIndex {
    /// At most [`LOG_REPORTS_MAX`].
    pub logs: Vec<([u8; 16], u16)>,
}

/// How much of what the gateway bounds is there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// Client accounts ever made.
    pub clients: u64,
    /// Open registrations.
    pub pending: u64,
    /// When those that are over were last cleared away.
    pub cleared: UnixMs,
}

/// Cuts a log into pieces of at most [`LOG_PART_BYTES_MAX`] bytes, between characters; an empty
/// log is one empty piece.
pub fn split_log(log: &str) -> Vec<&str> {
    let mut parts = vec![];
    let mut rest = log;
    loop {
        let (part, behind) = rest.split_at(rest.floor_char_boundary(LOG_PART_BYTES_MAX));
        parts.push(part);
        if behind.is_empty() {
            return parts;
        }
        rest = behind;
    }
}

impl LogIndex {
    /// Whether a log of this name is stored.
    pub fn contains(&self, reference: &[u8; 16]) -> bool {
        self.logs.iter().any(|(one, _)| one == reference)
    }

    /// Adds a log; returns the oldest one, which must go, if there is no room for both.
    pub fn push(&mut self, reference: [u8; 16], parts: u16) -> Option<([u8; 16], u16)> {
        let oldest = (self.logs.len() >= LOG_REPORTS_MAX).then(|| self.logs.remove(0));
        self.logs.push((reference, parts));
        oldest
    }
}

/// Leave to create keys of one type with one API key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Approval {
    /// The dialect's number of the type.
    pub foreign_type: u32,
    /// The client's template request, as it travelled.
    pub policy: String,
    /// When it was given.
    pub given: UnixMs,
}

/// An approval as stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApprovalRecord {
    /// The tenant of the API key.
    pub partition: PartitionId,
    /// The API key.
    pub api_key: ApiKeyId,
    /// What it may create.
    pub approval: Approval,
}

/// Whether an approval fits beside those an API key has; one for the same type is replaced.
///
/// # Errors
/// [`ErrorKind::Quota`] beyond [`APPROVALS_MAX`].
pub fn check_approval(approvals: &[Approval], foreign_type: u32) -> Result<(), Error> {
    let replaces = approvals.iter().any(|one| one.foreign_type == foreign_type);
    if replaces || approvals.len() < APPROVALS_MAX {
        return Ok(());
    }
    Err(Error::new(ErrorKind::Quota, format!("an API key has at most {APPROVALS_MAX} approvals")))
}

//! What clients send for people to read, and what operators approve.

use crate::error::{Error, ErrorKind};
use crate::id::ClientId;
use crate::limits::APPROVALS_MAX;
use crate::secret::Secret;
use crate::time::UnixMs;

/// How an installation went. Kept sealed: installers put the password of what they installed here.
#[derive(Clone, Default)]
pub struct InstallReport {
    /// Password made on the client's machine.
    pub password: Option<Secret<String>>,
    /// The installer's status number.
    pub status: Option<i64>,
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

/// A log sent for support.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogReport {
    /// Whose, where an API key proved it.
    pub client: Option<ClientId>,
    /// The log as it travelled.
    pub log: String,
    /// When it came.
    pub received: UnixMs,
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

/// Adds an approval to those of an API key; a later one for a type replaces the earlier.
///
/// # Errors
/// [`ErrorKind::Quota`] beyond [`APPROVALS_MAX`].
pub fn approve(approvals: &mut Vec<Approval>, approval: Approval) -> Result<(), Error> {
    let earlier = approvals.iter().position(|one| one.foreign_type == approval.foreign_type);
    match earlier {
        Some(at) => approvals[at] = approval,
        None if approvals.len() < APPROVALS_MAX => approvals.push(approval),
        None => return Err(ErrorKind::Quota.into()),
    }
    Ok(())
}

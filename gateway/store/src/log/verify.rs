//! Checks a whole log from the files alone: every line, every link, every root and signature, and
//! whether it still contains what was known of it earlier.
//!
//! It shares the format with the writer and nothing else: no state, no recovery.

mod report;
mod walk;

pub use report::{Finding, Place, Problem, Report, Source};

use std::io;
use std::path::Path;

use typex_core::Secret;
use typex_core::audit::chain::Head;
use typex_core::audit::checkpoint::{SignedCheckpoint, VerifierKey};
use typex_core::limits::AUDIT_NOTE_BYTES_MAX;

use super::disk::{Disk, FileDisk, FileName};
use super::signer::is_signed;
use super::tail::{Tail, TailFound};
use walk::Walk;

/// What the log is held against. The more is given, the more is found: see `docs/audit-log.md`.
#[derive(Default)]
pub struct VerifyOptions {
    /// What the store has sealed about the log.
    pub known: Option<Head>,
    /// Checkpoints from earlier or from witnesses.
    pub since: Vec<SignedCheckpoint>,
    /// Keys that may sign. With none, signatures are not checked.
    pub keys: Vec<VerifierKey>,
    /// Unseals the ratchet's state, so that the end of the log is checked too.
    pub tail_key: Option<Secret<[u8; 32]>>,
}

/// A head that the log must contain, and how it is known.
struct Claim {
    source: Source,
    head: Head,
}

/// Verifies the log in a directory. The gateway may be running.
///
/// # Errors
/// Those of the file system. What is wrong with the log is in the report.
pub fn verify(dir: &Path, options: &VerifyOptions) -> io::Result<Report> {
    verify_disk(&FileDisk::existing(dir)?, options)
}

/// Verifies the log on a disk.
///
/// # Errors
/// Those of the medium. What is wrong with the log is in the report.
pub fn verify_disk(disk: &dyn Disk, options: &VerifyOptions) -> io::Result<Report> {
    let mut report = Report::default();
    // What the log must reach is read before the log, which may grow meanwhile.
    let tail = match &options.tail_key {
        Some(key) => Some(Tail::load(disk, key)?),
        None => None,
    };
    let mut claims = claims(disk, options, &mut report)?;
    claims.sort_by_key(|claim| claim.head.size);
    let mut segments: Vec<u64> = disk.list()?.into_iter().filter_map(first_of).collect();
    segments.sort_unstable();
    let state = tail.as_ref().and_then(|tail| tail.state.as_ref());
    let mut walk = Walk::new(disk, &options.keys, &claims, state, report);
    walk.run(&segments)?;
    let mut report = walk.finish();
    if tail.is_some_and(|tail| tail_problem(&tail, report.entries)) {
        report.find(Place::default(), Problem::Tail);
    }
    Ok(report)
}

/// A state that is missing although there are entries, or bytes that are no state.
fn tail_problem(tail: &TailFound, entries: u64) -> bool {
    tail.damaged || (tail.state.is_none() && entries > 0)
}

fn claims(disk: &dyn Disk, options: &VerifyOptions, report: &mut Report) -> io::Result<Vec<Claim>> {
    let mut claims = Vec::new();
    claims.extend(options.known.map(|head| Claim { source: Source::Store, head }));
    for note in &options.since {
        claims.extend(claim(Source::Witness, note, &options.keys, report));
    }
    let bytes = disk.read_start(FileName::Checkpoint, AUDIT_NOTE_BYTES_MAX + 1)?;
    if !bytes.is_empty() {
        let note = str::from_utf8(&bytes).ok().and_then(|text| SignedCheckpoint::parse(text).ok());
        match note {
            None => report.find(Place::default(), Problem::CheckpointFile),
            Some(note) => {
                claims.extend(claim(Source::CheckpointFile, &note, &options.keys, report));
            }
        }
    }
    Ok(claims)
}

/// An unsigned claim is a finding and says nothing about the log.
fn claim(
    source: Source,
    note: &SignedCheckpoint,
    keys: &[VerifierKey],
    report: &mut Report,
) -> Option<Claim> {
    if !keys.is_empty() && !is_signed(note, keys) {
        report.find(Place::default(), Problem::Signature { source });
        return None;
    }
    Some(Claim { source, head: note.checkpoint.head() })
}

fn first_of(name: FileName) -> Option<u64> {
    match name {
        FileName::Segment(first) => Some(first),
        FileName::Tail | FileName::Checkpoint => None,
    }
}

//! What verifying found.

use std::fmt;

use typex_core::audit::chain::Head;

use crate::log::disk::FileName;
use crate::log::limits::FINDINGS_MAX;

/// The result of verifying.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// How far the log reaches, as found.
    pub head: Head,
    /// Segments read.
    pub segments: u64,
    /// Entries found.
    pub entries: u64,
    /// Checkpoints found in the log.
    pub checkpoints: u64,
    /// Entries under the last checkpoint whose signature and root hold; 0 without keys.
    pub signed_entries: u64,
    /// Writes whose MAC was checked: those since the ratchet's state was last stored.
    pub macs_checked: u64,
    /// Where an unfinished write begins: the gateway is writing or was killed.
    pub unfinished: Option<Place>,
    /// What is wrong, in the order of the log; the first thousand.
    pub findings: Vec<Finding>,
    /// Findings beyond those listed.
    pub more_findings: u64,
}

impl Default for Report {
    fn default() -> Self {
        Self {
            head: Head::empty(),
            segments: 0,
            entries: 0,
            checkpoints: 0,
            signed_entries: 0,
            macs_checked: 0,
            unfinished: None,
            findings: Vec::new(),
            more_findings: 0,
        }
    }
}

impl Report {
    /// Whether nothing is wrong. An unfinished write is not wrong.
    pub fn is_clean(&self) -> bool {
        self.findings.is_empty()
    }

    pub(super) fn find(&mut self, place: Place, problem: Problem) {
        if self.findings.len() < FINDINGS_MAX {
            self.findings.push(Finding { place, problem });
        } else {
            self.more_findings = self.more_findings.saturating_add(1);
        }
    }
}

/// Something wrong, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Where.
    pub place: Place,
    /// What.
    pub problem: Problem,
}

/// A line of a segment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Place {
    /// The segment, by its first entry.
    pub segment: u64,
    /// Counts from 1; 0 when the finding is not about a line.
    pub line: u64,
    /// Bytes before the line.
    pub offset: u64,
    /// Entries before the line: the number of the entry, if it is one.
    pub entry: u64,
}

/// How something is known about the log from elsewhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// The store has sealed it.
    Store,
    /// A checkpoint that was given, from earlier or from a witness.
    Witness,
    /// The file `checkpoint` beside the log.
    CheckpointFile,
    /// The ratchet's state.
    Tail,
    /// A checkpoint within the log.
    Log,
}

/// What can be wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Problem {
    /// The line is not of any form that is written.
    Unreadable,
    /// The line is not the one that was chained here: it or its chain value was changed, or lines
    /// before it were removed, added or exchanged.
    Chain,
    /// The entry has another number than its place.
    Sequence {
        /// The number it has.
        found: u64,
    },
    /// The segment's first line does not continue the segment before.
    SegmentHead,
    /// A segment is missing before this one.
    SegmentMissing {
        /// The entry it would begin with.
        first: u64,
    },
    /// A segment other than the last ends in the middle of a write.
    SegmentEnd,
    /// The MAC line does not fit the log before it.
    Mac,
    /// The log does not have the root that a checkpoint in it states: something between the
    /// checkpoint before and this one was rewritten.
    Root,
    /// A checkpoint is not signed by any of the keys.
    Signature {
        /// Where the checkpoint is.
        source: Source,
    },
    /// The log ends before entries that were there.
    Rollback {
        /// How many there were.
        size: u64,
        /// Who says so.
        source: Source,
    },
    /// The log has this many entries, but not the ones that were there: it was rewritten or has
    /// been continued in two ways.
    Fork {
        /// How many entries the claim is about.
        size: u64,
        /// Who says so.
        source: Source,
    },
    /// The file `checkpoint` is not a checkpoint.
    CheckpointFile,
    /// The file `tail` is missing, changed, or sealed under another key.
    Tail,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Place { segment, line, offset, entry } = self.place;
        if line > 0 {
            let file = FileName::Segment(segment);
            write!(f, "{file} line {line} (byte {offset}, entry {entry}): ")?;
        }
        write!(f, "{}", self.problem)
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreadable => write!(f, "not a line of an audit log"),
            Self::Chain => write!(f, "changed, or lines before it removed, added or exchanged"),
            Self::Sequence { found } => write!(f, "entry is numbered {found}"),
            Self::SegmentHead => write!(f, "does not continue the segment before"),
            Self::SegmentMissing { first } => {
                write!(f, "{} is missing", FileName::Segment(*first))
            }
            Self::SegmentEnd => write!(f, "segment ends in the middle of a write"),
            Self::Mac => write!(f, "MAC does not fit the log before it"),
            Self::Root => write!(f, "rewritten since the checkpoint before this one"),
            Self::Signature { source } => write!(f, "{source}: not signed by a given key"),
            Self::Rollback { size, source } => {
                write!(f, "log ends too early: {source} knows {size} entries")
            }
            Self::Fork { size, source } => {
                write!(f, "first {size} entries are not those that {source} knows")
            }
            Self::CheckpointFile => write!(f, "file checkpoint is not a checkpoint"),
            Self::Tail => write!(f, "file tail cannot be unsealed"),
        }
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Store => "the store",
            Self::Witness => "the given checkpoint",
            Self::CheckpointFile => "file checkpoint",
            Self::Tail => "file tail",
            Self::Log => "checkpoint in the log",
        })
    }
}

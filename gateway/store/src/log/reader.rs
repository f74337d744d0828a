//! Shows a log to people, without judging it: that is what verifying is for.

use std::io;
use std::path::Path;

use typex_core::audit::entry::parse_result;
use typex_core::audit::line::{self, Line};
use typex_core::audit::{Entry, Logged, Verb};
use typex_core::error::ErrorKind;
use typex_core::{KeyId, PartitionId, UnixMs};

use super::disk::{Disk, FileDisk, FileName};
use super::lines::{Lines, Step};

/// Which entries to show. Every condition that is set must hold.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Of this partition.
    pub partition: Option<PartitionId>,
    /// About this.
    pub verb: Option<Verb>,
    /// With this outcome.
    pub outcome: Option<OutcomeFilter>,
    /// Not earlier.
    pub since: Option<UnixMs>,
    /// Not later.
    pub until: Option<UnixMs>,
    /// With any version of this key.
    pub key: Option<KeyId>,
}

/// Which outcomes to show. Intents have none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OutcomeFilter {
    /// It was done.
    Ok,
    /// It was not, for whatever reason, or an end user did not prove who it is.
    Failed,
    /// It was not, for this reason.
    Kind(ErrorKind),
}

impl std::str::FromStr for OutcomeFilter {
    type Err = UnknownOutcome;

    fn from_str(name: &str) -> Result<Self, UnknownOutcome> {
        match (name, parse_result(name)) {
            ("failed", _) => Ok(Self::Failed),
            (_, Some(Ok(()))) => Ok(Self::Ok),
            (_, Some(Err(kind))) => Ok(Self::Kind(kind)),
            (_, None) => Err(UnknownOutcome),
        }
    }
}

/// The name of an outcome is none of the known ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no outcome of this name; try ok, failed or a name that `audit show` prints")]
pub struct UnknownOutcome;

impl Filter {
    /// Whether to show the entry.
    pub fn takes(&self, logged: &Logged) -> bool {
        let entry = &logged.entry;
        self.partition.is_none_or(|wanted| wanted == entry.principal.partition)
            && self.verb.is_none_or(|wanted| wanted == entry.verb)
            && self.outcome.is_none_or(|wanted| wanted.takes(entry))
            && self.since.is_none_or(|since| entry.time >= since)
            && self.until.is_none_or(|until| entry.time <= until)
            && self.key.is_none_or(|wanted| entry.names(wanted))
    }
}

impl OutcomeFilter {
    fn takes(self, entry: &Entry) -> bool {
        let result = entry.phase.result();
        match self {
            Self::Ok => result == Some(Ok(())) && !entry.is_failure(),
            Self::Failed => entry.is_failure(),
            Self::Kind(kind) => result == Some(Err(kind)),
        }
    }
}

/// Why an entry cannot be shown.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The medium failed.
    #[error("the audit log cannot be read")]
    Io(#[from] io::Error),
    /// A line is not one of a log. Reading goes on behind it.
    #[error("damaged line at byte {offset} of {file}: run `typex audit verify`")]
    Damaged {
        /// The segment.
        file: FileName,
        /// Where the line begins.
        offset: u64,
    },
}

/// An entry as it is stored and as it reads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shown {
    /// The entry; its `Display` is a line for people.
    pub logged: Logged,
    /// The line of the log, a JSON object without its newline.
    pub json: String,
}

/// Entries in order. After `None` it can be asked again: it then goes on with what was appended
/// since, so following a log is a loop with a pause.
pub struct Reader {
    disk: Box<dyn Disk>,
    filter: Filter,
    segment: Option<Open>,
}

struct Open {
    first: u64,
    lines: Lines,
    /// The segment after, once it was seen: from then on nothing more comes into this one, but
    /// something may have come since it was last read.
    next: Option<u64>,
}

impl Reader {
    /// Reads the log in a directory.
    ///
    /// # Errors
    /// Those of the file system.
    pub fn open(dir: &Path, filter: Filter) -> io::Result<Self> {
        Ok(Self::new(Box::new(FileDisk::existing(dir)?), filter))
    }

    /// Reads the log on a disk.
    pub fn new(disk: Box<dyn Disk>, filter: Filter) -> Self {
        Self { disk, filter, segment: None }
    }

    fn step(&mut self) -> Result<Option<Shown>, ReadError> {
        loop {
            let Some(Open { first, lines, next }) = &mut self.segment else {
                let Some(first) = segment_after(self.disk.as_ref(), None)? else { return Ok(None) };
                self.begin(first);
                continue;
            };
            let file = FileName::Segment(*first);
            if let Step::Line { offset, bytes } = lines.next(self.disk.as_ref())? {
                let found = show(bytes).ok_or(ReadError::Damaged { file, offset })?;
                if let Some(shown) = found.filter(|shown| self.filter.takes(&shown.logged)) {
                    return Ok(Some(shown));
                }
            } else if let Some(next) = *next {
                self.begin(next);
            } else {
                *next = segment_after(self.disk.as_ref(), Some(*first))?;
                if next.is_none() {
                    return Ok(None);
                }
            }
        }
    }

    fn begin(&mut self, first: u64) {
        let lines = Lines::new(FileName::Segment(first));
        self.segment = Some(Open { first, lines, next: None });
    }
}

fn segment_after(disk: &dyn Disk, after: Option<u64>) -> io::Result<Option<u64>> {
    let later = |name| match name {
        FileName::Segment(first) if after.is_none_or(|after| first > after) => Some(first),
        _ => None,
    };
    Ok(disk.list()?.into_iter().filter_map(later).min())
}

impl Iterator for Reader {
    type Item = Result<Shown, ReadError>;

    fn next(&mut self) -> Option<Self::Item> {
        self.step().transpose()
    }
}

/// The entry of a line; `None` within for a line that is none, `None` for one that is damaged.
fn show(bytes: &[u8]) -> Option<Option<Shown>> {
    let (body, _) = line::split(bytes)?;
    let Line::Entry(logged) = Line::parse(body).ok()? else { return Some(None) };
    let json = str::from_utf8(bytes).ok()?.trim_end().to_owned();
    Some(Some(Shown { logged, json }))
}

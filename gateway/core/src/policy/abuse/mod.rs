//! Failures of verification, translation and extraction, counted together.
//!
//! Each failure counts for the hash of the PAN, for the caller and for the key. Beyond a number
//! within a span of time the subject waits, twice as long after each further failure. Success
//! counts nothing and takes nothing back: whoever can make one succeed at will would count from
//! zero at will.
//!
//! Tries side by side get no further than the same ones in a row. While a subject waits no try
//! begins, and one that had begun before gets no answer of its own, whether it failed or not, and
//! is not counted: a wait is as long as its first failure made it.
//!
//! Memory is bounded and nothing is forgotten before its time: a subject for which there is no
//! room shares one count with all others of its kind and tenant without room. Every tenant has room
//! of its own.

mod row;
mod table;
#[cfg(test)]
mod tests;
mod window;

use arrayvec::ArrayVec;

pub use row::{Kind, Row, Standing, SubjectId};

use crate::error::{Error, ErrorKind};
use crate::id::{KeyId, PartitionId};
use crate::time::{UnixMs, doubled_ms};
use row::Entry;
use table::Table;

/// Who tries, with what, on whom.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Subject {
    /// The tenant.
    pub partition: PartitionId,
    /// Keyed hash of the PAN; `None` where the operation has no PAN.
    pub pan: Option<[u8; 16]>,
    /// The caller's client or access key.
    pub caller: [u8; 16],
    /// The key in the operation's
    /// [`counted_part`](crate::op::payment::Operation::counted_part).
    pub key: KeyId,
}

/// Patience with one kind of subject.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rule {
    /// Failures within the span that cost nothing.
    pub free: u32,
    /// How long a failure is remembered, at least.
    pub span_ms: u64,
    /// Wait after the first costly failure; doubled with each further.
    pub base_ms: u64,
    /// Longest wait.
    pub cap_ms: u64,
    /// Whether tries whose outcome is open count as failures until it is known: a batch of guesses
    /// gets no further than the same guesses one by one.
    pub counts_open: bool,
}

/// The rules of the three kinds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AbuseRules {
    /// For one PAN.
    pub pan: Rule,
    /// For one caller.
    pub caller: Rule,
    /// For one key.
    pub key: Rule,
}

impl Default for AbuseRules {
    /// Five failures of a card a day cost nothing; waits of a minute to an hour then leave about 34
    /// tries a day: one in 300 of the PINs of four digits, one in 30 of the values of three. A
    /// caller or a key that serves many cards sees its holders' mistakes: a thousand an hour are
    /// those of some 50 000 cards used in it.
    fn default() -> Self {
        const MINUTE: u64 = 60 * 1000;
        Self {
            pan: Rule {
                free: 5,
                span_ms: 24 * 60 * MINUTE,
                base_ms: MINUTE,
                cap_ms: 60 * MINUTE,
                counts_open: true,
            },
            caller: Rule {
                free: 1000,
                span_ms: 60 * MINUTE,
                base_ms: 1000,
                cap_ms: 15 * MINUTE,
                counts_open: false,
            },
            key: Rule {
                free: 10_000,
                span_ms: 60 * MINUTE,
                base_ms: 1000,
                cap_ms: MINUTE,
                counts_open: false,
            },
        }
    }
}

/// Why a try may not begin, or gets no answer of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wait {
    /// Which of the try's subjects waits the longest.
    pub kind: Kind,
    /// How long, in milliseconds.
    pub wait_ms: u64,
    /// Whether nothing but tries whose outcome is open is in the way.
    pub is_open: bool,
}

impl From<Wait> for Error {
    /// Tells who waits and how long: both follow from failures that were answered before.
    fn from(wait: Wait) -> Self {
        let Wait { kind, wait_ms, is_open } = wait;
        let (who, wait_s) = (kind.name(), wait_ms.div_ceil(1000).max(1));
        let public = if is_open {
            format!("Too many requests for this {who} at once, ask again in {wait_s} s")
        } else {
            format!("Too many failures of this {who}, it waits {wait_s} s")
        };
        Self::new(ErrorKind::Quota, public).retry_after(wait_s)
    }
}

/// A try whose outcome is open. Give it to [`Abuse::failed`], [`Abuse::passed`] or
/// [`Abuse::given_up`]; one that is lost counts as open for
/// [`ABUSE_LEASE_MS`](crate::limits::ABUSE_LEASE_MS).
#[must_use]
#[derive(Debug)]
pub struct Try {
    subject: Subject,
    opened: ArrayVec<SubjectId, { Kind::ALL.len() }>,
}

/// What came of looking through some subjects for those that are over.
#[derive(Debug)]
pub struct Swept {
    /// Those that were.
    pub over: Vec<SubjectId>,
    /// The last that was looked at; `None` if there are none behind it.
    pub last: Option<SubjectId>,
}

/// The counts of a gateway.
pub struct Abuse {
    rules: AbuseRules,
    /// In the order of [`Kind::ALL`].
    tables: [Table; Kind::ALL.len()],
}

impl Abuse {
    /// No failures yet.
    pub fn new(rules: AbuseRules) -> Self {
        Self { rules, tables: Kind::ALL.map(Table::new) }
    }

    /// Lets a try begin.
    ///
    /// # Errors
    /// Which subject must wait: the answer is
    /// [`ErrorKind::Quota`](crate::error::ErrorKind::Quota), nothing is computed or counted.
    pub fn begin(&mut self, subject: Subject, now: UnixMs) -> Result<Try, Wait> {
        self.check(subject, |entry, rule| entry.wait(rule, now))?;
        let mut opened = ArrayVec::new();
        let rules = self.rules;
        for id in subject.ids().filter(|id| rules.of(id.kind).counts_open) {
            let (id, entry) = self.place(id);
            // Tries of many subjects are not those of one.
            if id != id.shared() {
                entry.open(now);
                opened.push(id);
            }
        }
        Ok(Try { subject, opened })
    }

    /// Notes one failure, of all these tries together: who is in several of them is counted once.
    /// The [`row`](Self::row) of each subject must be durable before the answer is given.
    ///
    /// # Errors
    /// As of [`passed`](Self::passed); nothing is counted then.
    pub fn failed(
        &mut self,
        tries: impl IntoIterator<Item = Try>,
        now: UnixMs,
    ) -> Result<Vec<SubjectId>, Wait> {
        let close = |tried: Try| {
            let subject = tried.subject;
            self.given_up(tried);
            subject
        };
        let subjects: Vec<_> = tries.into_iter().map(close).collect();
        for subject in &subjects {
            self.check(*subject, |entry, rule| entry.closed(rule, now))?;
        }
        let mut counted = Vec::with_capacity(subjects.len() * Kind::ALL.len());
        for id in subjects.into_iter().flat_map(Subject::ids) {
            let rule = self.rules.of(id.kind);
            let (id, entry) = self.place(id);
            if !counted.contains(&id) {
                entry.fail(rule, now);
                counted.push(id);
            }
        }
        Ok(counted)
    }

    /// Notes anything that is not a failure.
    ///
    /// # Errors
    /// Which subject must wait, from a failure on that was counted after the try began: the answer
    /// is the same as if it had not begun, whatever came of it.
    pub fn passed(&mut self, tried: Try, now: UnixMs) -> Result<(), Wait> {
        let subject = tried.subject;
        self.given_up(tried);
        self.check(subject, |entry, rule| entry.closed(rule, now))
    }

    /// Notes that nobody will be told what comes of the try.
    pub fn given_up(&mut self, tried: Try) {
        for id in tried.opened {
            let table = &mut self.tables[id.kind.place()];
            if table.entry(&id).is_some_and(|entry| entry.close()) {
                table.remove(&id);
            }
        }
    }

    /// What the store has to keep of a subject from now on; `None` of one that is forgotten. Rows
    /// must reach the store in the order in which they were asked for: an older one in place of a
    /// newer one would take failures back.
    pub fn row(&self, id: SubjectId) -> Option<Row> {
        self.tables[id.kind.place()].get(&id).map(|entry| entry.row(id))
    }

    /// Every subject that is remembered, or every one that follows `after`, in order.
    pub fn standing(
        &self,
        after: Option<SubjectId>,
        now: UnixMs,
    ) -> impl Iterator<Item = Standing> + '_ {
        let told = move |(id, entry): (&SubjectId, &Entry)| {
            entry.clone().standing(*id, self.rules.of(id.kind), now)
        };
        // The kinds come in the order of the ids.
        self.tables.iter().flat_map(move |table| table.after(after)).map(told)
    }

    /// Forgets the failures of a subject before their time; whether there were any. Tries that are
    /// open stay open.
    pub fn lift(&mut self, id: SubjectId) -> bool {
        let table = &mut self.tables[id.kind.place()];
        let Some(entry) = table.entry(&id) else { return false };
        if entry.lift() {
            table.remove(&id);
        }
        true
    }

    /// Takes a stored row back in, at start, in any order: what the shared one had is in it.
    pub fn restore(&mut self, row: &Row) {
        self.tables[row.id.kind.place()].place(row.id, Entry::default()).1.merge(row);
    }

    /// Forgets what is over among the `at_most` subjects that follow `after`, or among the first,
    /// and says whose rows the store can drop. To get through all once a minute is enough; what is
    /// over but not forgotten costs nobody a wait.
    pub fn sweep(&mut self, after: Option<SubjectId>, at_most: usize, now: UnixMs) -> Swept {
        let (mut over, mut left, mut last) = (vec![], at_most, None);
        for table in &mut self.tables {
            let before = over.len();
            for (id, entry) in table.after_mut(after).take(left) {
                (left, last) = (left - 1, Some(*id));
                if entry.is_over(self.rules.of(id.kind), now) {
                    over.push(*id);
                }
            }
            for id in &over[before..] {
                table.remove(id);
            }
        }
        Swept { over, last: last.filter(|_| left == 0) }
    }

    /// Subjects of a kind that are remembered, with the shared count.
    pub fn remembered(&self, kind: Kind) -> usize {
        self.tables[kind.place()].len()
    }

    /// The longest wait, if there is one.
    fn check(
        &mut self,
        subject: Subject,
        wait: impl Fn(&mut Entry, Rule) -> Option<(u64, bool)>,
    ) -> Result<(), Wait> {
        let rules = self.rules;
        let waits = subject.ids().filter_map(|id| {
            let (wait_ms, is_open) = wait(self.entry_mut(id)?, rules.of(id.kind))?;
            Some(Wait { kind: id.kind, wait_ms, is_open })
        });
        // Who waits for failures is told so, however short it is.
        let longest = waits.max_by_key(|wait| (!wait.is_open, wait.wait_ms));
        longest.map_or(Ok(()), Err)
    }

    /// The subject's entry, or the shared one: the subject may have been without room.
    fn entry_mut(&mut self, id: SubjectId) -> Option<&mut Entry> {
        let table = &mut self.tables[id.kind.place()];
        let id = if table.contains_key(&id) { id } else { id.shared() };
        table.entry(&id)
    }

    /// The subject's entry, made if there is room, or else the shared one. A new one begins with
    /// what the shared one has, since its subject may have failed when there was no room.
    fn place(&mut self, id: SubjectId) -> (SubjectId, &mut Entry) {
        let table = &mut self.tables[id.kind.place()];
        let shared = table.get(&id.shared()).map_or_else(Entry::default, Entry::without_open);
        table.place(id, shared)
    }
}

impl AbuseRules {
    fn of(&self, kind: Kind) -> Rule {
        match kind {
            Kind::Pan => self.pan,
            Kind::Caller => self.caller,
            Kind::Key => self.key,
        }
    }
}

impl Rule {
    /// Wait after so many failures.
    fn wait_ms(&self, failures: u32) -> u64 {
        doubled_ms(failures.saturating_sub(self.free), self.base_ms, self.cap_ms)
    }
}

impl Subject {
    fn ids(self) -> impl Iterator<Item = SubjectId> {
        let id = move |kind, id| SubjectId { kind, partition: self.partition, id };
        let pan = self.pan.map(|pan| id(Kind::Pan, pan));
        pan.into_iter().chain([id(Kind::Caller, self.caller), id(Kind::Key, self.key.0)])
    }
}

//! What is remembered of one subject.

use super::Rule;
use super::window::Window;
use crate::codec::{Corrupt, Decoder, Encoder, Record};
use crate::id::PartitionId;
use crate::limits::{
    ABUSE_CALLERS_MAX, ABUSE_KEYS_MAX, ABUSE_LEASE_MS, ABUSE_OPEN_WAIT_MS, ABUSE_PANS_MAX,
};
use crate::time::UnixMs;

/// Counts forms of [`Row`].
const FORM: u8 = 1;

/// What failures are counted for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// A PAN.
    Pan,
    /// A caller.
    Caller,
    /// A key.
    Key,
}

/// One whose failures are counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SubjectId {
    /// What it is.
    pub kind: Kind,
    /// Whose it is.
    pub partition: PartitionId,
    /// The keyed hash of the PAN, the caller, the key.
    pub id: [u8; 16],
}

/// What the store keeps of one subject, in place of its earlier row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// The subject.
    pub id: SubjectId,
    pub(super) window: Window,
    pub(super) closed_until: UnixMs,
}

/// How a subject stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    /// The subject.
    pub id: SubjectId,
    /// Its failures that are remembered.
    pub failures: u32,
    /// Until when it waits; a time that has passed if it does not.
    pub closed_until: UnixMs,
}

/// What is remembered of one subject.
#[derive(Clone, Default)]
pub(super) struct Entry {
    window: Window,
    closed_until: UnixMs,
    open: u32,
    open_until: UnixMs,
}

impl Kind {
    /// Every kind, in the order of their codes.
    pub const ALL: [Self; 3] = [Self::Pan, Self::Caller, Self::Key];

    /// What callers and operators call it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Pan => "card",
            Self::Caller => "access key",
            Self::Key => "key",
        }
    }

    /// How many subjects are remembered, beside the shared ones and what every tenant may have.
    pub fn subjects_max(self) -> usize {
        match self {
            Self::Pan => ABUSE_PANS_MAX,
            Self::Caller => ABUSE_CALLERS_MAX,
            Self::Key => ABUSE_KEYS_MAX,
        }
    }

    pub(super) fn place(self) -> usize {
        match self {
            Self::Pan => 0,
            Self::Caller => 1,
            Self::Key => 2,
        }
    }
}

impl SubjectId {
    /// All subjects of its kind and tenant for which there was no room. Ids are hashes or drawn,
    /// so no subject has this one.
    pub fn shared(self) -> Self {
        Self { id: [0; 16], ..self }
    }
}

impl Entry {
    /// How long the subject must still wait, and whether it is only for open tries.
    pub(super) fn wait(&mut self, rule: Rule, now: UnixMs) -> Option<(u64, bool)> {
        let closed = self.closed(rule, now);
        let open = self.open_at(now);
        let failures = self.window.count(now, rule.span_ms);
        // While tries are open, no more may begin than may fail at no cost.
        let too_many = rule.counts_open && open > 0 && failures.saturating_add(open) >= rule.free;
        closed.or(too_many.then_some((ABUSE_OPEN_WAIT_MS, true)))
    }

    /// How long the subject must still wait for its failures.
    pub(super) fn closed(&mut self, rule: Rule, now: UnixMs) -> Option<(u64, bool)> {
        self.follow(rule, now);
        let closed_ms = self.closed_until.0.checked_sub(now.0)?;
        (closed_ms > 0).then_some((closed_ms, false))
    }

    pub(super) fn fail(&mut self, rule: Rule, now: UnixMs) {
        self.follow(rule, now);
        self.window.add(now, rule.span_ms);
        let wait_ms = rule.wait_ms(self.window.count(now, rule.span_ms));
        self.closed_until = self.closed_until.max(UnixMs(now.0.saturating_add(wait_ms)));
    }

    pub(super) fn open(&mut self, now: UnixMs) {
        self.open = self.open_at(now).saturating_add(1);
        self.open_until = UnixMs(now.0.saturating_add(ABUSE_LEASE_MS));
    }

    /// One open try less; whether there is nothing left to remember.
    pub(super) fn close(&mut self) -> bool {
        self.open = self.open.saturating_sub(1);
        self.open == 0 && self.window.is_blank()
    }

    /// Nothing of its failures; whether there is nothing left to remember.
    pub(super) fn lift(&mut self) -> bool {
        (self.window, self.closed_until) = (Window::default(), UnixMs(0));
        self.open == 0
    }

    pub(super) fn row(&self, id: SubjectId) -> Row {
        Row { id, window: self.window, closed_until: self.closed_until }
    }

    pub(super) fn standing(mut self, id: SubjectId, rule: Rule, now: UnixMs) -> Standing {
        self.follow(rule, now);
        let failures = self.window.count(now, rule.span_ms);
        Standing { id, failures, closed_until: self.closed_until }
    }

    pub(super) fn merge(&mut self, row: &Row) {
        self.window.merge(&row.window);
        self.closed_until = self.closed_until.max(row.closed_until);
    }

    pub(super) fn without_open(&self) -> Self {
        Self { open: 0, ..self.clone() }
    }

    pub(super) fn is_over(&mut self, rule: Rule, now: UnixMs) -> bool {
        self.follow(rule, now);
        self.window.count(now, rule.span_ms) == 0
            && self.closed_until <= now
            && self.open_at(now) == 0
    }

    /// Follows a clock that was set back: nobody waits longer from now than the rule says.
    fn follow(&mut self, rule: Rule, now: UnixMs) {
        let latest = |span_ms: u64| UnixMs(now.0.saturating_add(span_ms));
        self.window.follow(now, rule.span_ms);
        self.closed_until = self.closed_until.min(latest(rule.cap_ms));
        self.open_until = self.open_until.min(latest(ABUSE_LEASE_MS));
    }

    fn open_at(&self, now: UnixMs) -> u32 {
        if now < self.open_until { self.open } else { 0 }
    }
}

impl Record for Row {
    fn encode(&self, out: &mut Encoder) {
        out.u8(FORM);
        self.id.encode(out);
        self.window.encode(out);
        out.u64(self.closed_until.0);
    }

    fn decode(input: &mut Decoder<'_>) -> Result<Self, Corrupt> {
        if input.u8()? != FORM {
            return Err(Corrupt);
        }
        Ok(Self {
            id: SubjectId::decode(input)?,
            window: Window::decode(input)?,
            closed_until: UnixMs(input.u64()?),
        })
    }
}

impl Record for SubjectId {
    fn encode(&self, out: &mut Encoder) {
        out.u8(match self.kind {
            Kind::Pan => 1,
            Kind::Caller => 2,
            Kind::Key => 3,
        });
        out.raw(&self.partition.0).raw(&self.id);
    }

    fn decode(input: &mut Decoder<'_>) -> Result<Self, Corrupt> {
        let place = usize::from(input.u8()?).checked_sub(1).ok_or(Corrupt)?;
        Ok(Self {
            kind: *Kind::ALL.get(place).ok_or(Corrupt)?,
            partition: PartitionId(input.array()?),
            id: input.array()?,
        })
    }
}

//! How many different values a caller has tokenized, and how many it was told.
//!
//! Tokenization is an oracle: whoever may ask for enough values learns which one a token stands
//! for. So values that are different are counted within an hour, for each caller, domain and
//! pattern of kept characters. Only keyed hashes are remembered.
//!
//! What was spent outlives a restart by reservation: before a count passes what is durable, a row
//! with the next step is. Most patterns see one value, so the first few of each are covered by one
//! row of the caller, which says how far any of its patterns may be. A restart takes a count to what
//! was reserved, never below what was spent.
//!
//! Memory is bounded and nothing is forgotten before its time: the patterns of a caller for which
//! there is no room share one count, and a value for which there is none is counted again.
// spec: payments 10.4

mod key;
mod row;
mod slots;
#[cfg(test)]
mod tests;

use std::collections::HashMap;

pub use key::{Asked, OwnerId, PatternId, QuotaKey, ValueTag};
pub use row::{Row, RowId};

use crate::limits::{
    QUOTA_CALLER_PATTERNS_MAX, QUOTA_CALLERS_MAX, QUOTA_PATTERNS_MAX, QUOTA_VALUES_MAX,
};
use crate::time::UnixMs;
use slots::Slots;

/// Part of a limit that is reserved at a time: small enough that a restart costs little of it.
const STEPS: u32 = 16;

/// Part of a limit that every pattern of a caller is taken to have spent after a restart: twice
/// as small, since it is lost in each eighth of an hour and for patterns that were not used.
const LEVELS: u32 = 32;

/// What is counted, and up to where within an hour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Meter {
    /// The caller, in a domain.
    pub owner: OwnerId,
    /// Which of its patterns.
    pub pattern: PatternId,
    /// The limit.
    pub limit: u32,
}

/// The counts of a gateway.
#[derive(Default)]
pub struct Quota {
    owners: HashMap<OwnerId, Owner>,
    patterns: HashMap<(OwnerId, PatternId), Pattern>,
    /// How many are remembered in all patterns.
    values: usize,
}

/// A caller in a domain.
#[derive(Default)]
struct Owner {
    /// How far each of its patterns may be after a restart, as far as it is durable.
    durable: Slots,
    /// How far each may have been before this start.
    before: Slots,
    patterns: usize,
}

/// A pattern of an owner.
#[derive(Clone, Default)]
struct Pattern {
    spent: Slots,
    /// What is durable of its own.
    durable: Slots,
    /// Values that were counted, in the order of their tags, each with its slot.
    seen: Vec<(ValueTag, u64)>,
}

impl Quota {
    /// Counts a value; `None` is different from all others. A value that was counted within the
    /// hour costs nothing.
    ///
    /// A row that is returned must be durable, merged into an earlier one ([`Row::merge`]), before
    /// the answer is given, and is then to be told to [`durable`](Self::durable). Until it is,
    /// others get it too.
    ///
    /// # Errors
    /// How long, in milliseconds, until there is room again: the answer is
    /// [`ErrorKind::Quota`](crate::error::ErrorKind::Quota), nothing is computed or counted.
    pub fn charge(
        &mut self,
        meter: &Meter,
        value: Option<ValueTag>,
        now: UnixMs,
    ) -> Result<Option<Row>, u64> {
        let id = self.place(meter.owner, meter.pattern);
        let owner = self.owners.get_mut(&id.0).expect("its place was made");
        let pattern = self.patterns.get_mut(&id).expect("its place was made");
        owner.follow(now);
        self.values -= pattern.follow(now);
        if value.is_some_and(|value| pattern.find(value).is_ok()) {
            return Ok(pattern.reserve(owner, id, meter.limit));
        }
        if pattern.spent.sum() >= meter.limit {
            return Err(pattern.spent.wait_ms(meter.limit, now));
        }
        pattern.spent.add(1);
        if let Some(value) = value.filter(|_| self.values < QUOTA_VALUES_MAX) {
            self.values += pattern.remember(value);
        }
        Ok(pattern.reserve(owner, id, meter.limit))
    }

    /// Notes that a row is durable.
    pub fn durable(&mut self, row: &Row) {
        let owner = row.id.owner;
        match row.id.pattern {
            None => {
                if let Some(owner) = self.owners.get_mut(&owner) {
                    owner.durable.merge(&row.slots);
                }
            }
            Some(pattern) => {
                if let Some(pattern) = self.patterns.get_mut(&(owner, pattern)) {
                    pattern.durable.merge(&row.slots);
                }
            }
        }
    }

    /// Takes all stored rows back in, at start. What has no room goes to the shared count, as ever.
    pub fn restore(&mut self, rows: &[Row]) {
        for row in rows.iter().filter(|row| row.id.pattern.is_none()) {
            let id = self.place(row.id.owner, PatternId::SHARED);
            let owner = self.owners.get_mut(&id.0).expect("its place was made");
            owner.before.merge(&row.slots);
            if id.0 == row.id.owner {
                owner.durable.merge(&row.slots);
            }
            let shared = self.patterns.get_mut(&id).expect("its place was made");
            shared.spent.merge(&row.slots);
        }
        for row in rows {
            let Some(pattern) = row.id.pattern else { continue };
            let id = self.place(row.id.owner, pattern);
            let entry = self.patterns.get_mut(&id).expect("its place was made");
            entry.spent.merge(&row.slots);
            if id == (row.id.owner, pattern) {
                entry.durable.merge(&row.slots);
            }
        }
    }

    /// Forgets what is over, and says whose rows the store can drop if they are over too. It looks
    /// at everything, so once a minute is enough; what is over but not forgotten costs nobody
    /// anything.
    pub fn sweep(&mut self, now: UnixMs) -> Vec<RowId> {
        let mut over = vec![];
        let (owners, values) = (&mut self.owners, &mut self.values);
        self.patterns.retain(|(owner, id), pattern| {
            *values -= pattern.follow(now);
            let is_over = pattern.spent.sum() == 0 && pattern.durable.sum() == 0;
            if is_over {
                over.push(RowId { owner: *owner, pattern: Some(*id) });
                if let Some(owner) = owners.get_mut(owner) {
                    owner.patterns = owner.patterns.saturating_sub(1);
                }
            }
            !is_over
        });
        self.owners.retain(|id, owner| {
            owner.follow(now);
            let is_over =
                owner.patterns == 0 && owner.durable.sum() == 0 && owner.before.sum() == 0;
            if is_over {
                over.push(RowId { owner: *id, pattern: None });
            }
            !is_over
        });
        over
    }

    /// Callers, patterns and values that are remembered.
    pub fn remembered(&self) -> (usize, usize, usize) {
        (self.owners.len(), self.patterns.len(), self.values)
    }

    /// The pattern, made if there is room, or else the one shared by all of the owner without
    /// room. A new one begins with what it may have spent before: when there was no room, and
    /// before this start.
    fn place(&mut self, owner: OwnerId, pattern: PatternId) -> (OwnerId, PatternId) {
        // One place is kept for the shared owner.
        let has_room = self.owners.len() + 1 < QUOTA_CALLERS_MAX;
        let is_known = has_room || self.owners.contains_key(&owner);
        let owner_id = if is_known { owner } else { OwnerId::SHARED };
        let pattern = if is_known { pattern } else { PatternId::SHARED };
        let owner = self.owners.entry(owner_id).or_default();
        if self.patterns.contains_key(&(owner_id, pattern)) {
            return (owner_id, pattern);
        }
        // One place of each owner is kept for its shared pattern.
        let has_room = owner.patterns + 1 < QUOTA_CALLER_PATTERNS_MAX
            && self.patterns.len() + QUOTA_CALLERS_MAX < QUOTA_PATTERNS_MAX;
        let id = (owner_id, if has_room { pattern } else { PatternId::SHARED });
        let shared = self.patterns.get(&(owner_id, PatternId::SHARED));
        let mut spent = shared.map_or_else(Slots::default, |shared| shared.spent);
        spent.merge(&owner.before);
        self.patterns.entry(id).or_insert_with(|| {
            owner.patterns += 1;
            Pattern { spent, ..Pattern::default() }
        });
        id
    }
}

impl Owner {
    fn follow(&mut self, now: UnixMs) {
        self.durable.follow(now);
        self.before.follow(now);
    }
}

impl Pattern {
    /// Lets time pass; how many values were forgotten.
    fn follow(&mut self, now: UnixMs) -> usize {
        self.durable.follow(now);
        if !self.spent.follow(now) {
            return 0;
        }
        let (before, newest) = (self.seen.len(), self.spent.newest());
        self.seen.retain_mut(|(_, slot)| {
            *slot = newest.min(*slot);
            slots::is_kept(*slot, newest)
        });
        if self.seen.is_empty() {
            self.seen = vec![];
        }
        before - self.seen.len()
    }

    fn find(&self, value: ValueTag) -> Result<usize, usize> {
        self.seen.binary_search_by_key(&value, |(seen, _)| *seen)
    }

    fn remember(&mut self, value: ValueTag) -> usize {
        let Err(at) = self.find(value) else { return 0 };
        self.seen.insert(at, (value, self.spent.newest()));
        1
    }

    /// The row without which what was spent in this slot would be forgotten.
    fn reserve(&self, owner: &Owner, id: (OwnerId, PatternId), limit: u32) -> Option<Row> {
        let spent = self.spent.now();
        if spent <= owner.durable.now() || spent <= self.durable.now() {
            return None;
        }
        let level = owner.before.now().saturating_add(limit / LEVELS);
        let (pattern, mut slots, count) = if spent <= level {
            (None, owner.durable, level)
        } else {
            let step = (limit / STEPS).max(1);
            (Some(id.1), self.durable, spent.div_ceil(step).saturating_mul(step))
        };
        slots.raise(count);
        Some(Row { id: RowId { owner: id.0, pattern }, slots })
    }
}

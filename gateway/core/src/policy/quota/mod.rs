//! How many different values a caller has tokenized, and how many it was told.
//!
//! Tokenization is an oracle: whoever may ask for enough values learns which one a token stands
//! for. So values that are different are counted within an hour, for each caller, domain and
//! pattern of kept characters. Only keyed hashes are remembered.
//!
//! What was spent outlives a restart by reservation: before a count passes what is durable, a row
//! with the next step is. Most patterns see one value, so the first few of each are covered by one
//! row of the caller, which says how far any of its patterns may be. A restart takes a count to
//! what was reserved, never below what was spent.
//!
//! Memory is bounded and nothing is forgotten before its time: the patterns of a caller for which
//! there is no room share one count, and a value for which there is none is counted again. Every
//! tenant has room of its own, and what has none is shared with none but its own.
// spec: payments 10.4

mod distinct;
mod key;
mod row;
mod slots;
#[cfg(test)]
mod tests;

use std::collections::HashMap;

pub use distinct::Distinct;
pub use key::{Asked, OwnerId, PatternId, QuotaKey, ValueTag};
pub use row::{Row, RowId};

use super::share::Share;
use crate::limits::{
    QUOTA_CALLER_PATTERNS_MAX, QUOTA_CALLERS_MAX, QUOTA_PATTERNS_MAX, QUOTA_SWEEP_MAX,
    QUOTA_VALUES_MAX,
};
use crate::time::UnixMs;
use key::TenantId;
use slots::{Clock, Slots};

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
    clock: Clock,
    owners: HashMap<OwnerId, Owner>,
    patterns: HashMap<(OwnerId, PatternId), Pattern>,
    /// What each tenant takes of the room.
    used: HashMap<TenantId, Used>,
    /// Values that are remembered in all patterns.
    values: usize,
}

/// What a tenant takes.
#[derive(Clone, Copy, Debug, Default)]
struct Used {
    owners: usize,
    patterns: usize,
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
    /// Whether the store may have a row.
    is_stored: bool,
}

/// A pattern of an owner.
#[derive(Clone, Default)]
struct Pattern {
    spent: Slots,
    /// What is durable of its own.
    durable: Slots,
    /// Values that were counted, in the order of their tags, each with its slot.
    seen: Vec<(ValueTag, u64)>,
    /// Whether the store may have a row.
    is_stored: bool,
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
        let slot = self.clock.follow(now);
        let id = self.place(meter.owner, meter.pattern);
        let owner = self.owners.get_mut(&id.0).expect("its place was made");
        let pattern = self.patterns.get_mut(&id).expect("its place was made");
        let used = self.used.entry(id.0.tenant()).or_default();
        owner.follow(slot);
        let forgotten = pattern.follow(slot);
        used.values -= forgotten;
        self.values -= forgotten;
        if value.is_some_and(|value| pattern.find(value).is_ok()) {
            return Ok(pattern.reserve(owner, id, meter.limit));
        }
        if pattern.spent.sum() >= meter.limit {
            return Err(pattern.spent.wait_ms(meter.limit, now));
        }
        pattern.spent.add(1);
        let share = Share { own: used.values, all: self.values, most: QUOTA_VALUES_MAX };
        if let Some(value) = value.filter(|_| share.has_room()) {
            pattern.remember(value);
            used.values += 1;
            self.values += 1;
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
    pub fn restore(&mut self, rows: &[Row], now: UnixMs) {
        let slot = self.clock.follow(now);
        // What the owners may have spent is what their patterns begin with.
        rows.iter().filter(|row| row.id.pattern.is_none()).for_each(|row| self.restore_owner(row));
        for row in rows {
            let Some(pattern) = row.id.pattern else { continue };
            let id = self.place(row.id.owner, pattern);
            let slots = row.slots.at(slot);
            let entry = self.patterns.get_mut(&id).expect("its place was made");
            entry.spent.merge(&slots);
            if id == (row.id.owner, pattern) {
                entry.durable.merge(&slots);
                entry.is_stored = true;
            }
        }
    }

    fn restore_owner(&mut self, row: &Row) {
        let id = self.place(row.id.owner, PatternId::SHARED);
        let slots = row.slots.at(self.clock.slot());
        let owner = self.owners.get_mut(&id.0).expect("its place was made");
        owner.before.merge(&slots);
        if id.0 == row.id.owner {
            owner.durable.merge(&slots);
            owner.is_stored = true;
        }
        let shared = self.patterns.get_mut(&id).expect("its place was made");
        shared.spent.merge(&slots);
    }

    /// Forgets what is over, and says whose rows the store can drop if they are over too: at most
    /// [`QUOTA_SWEEP_MAX`] of them, as many as one request to the store takes; while it says so
    /// many there may be more. It looks at everything, so once a minute is enough; what is over but
    /// not forgotten costs nobody anything.
    pub fn sweep(&mut self, now: UnixMs) -> Vec<RowId> {
        let slot = self.clock.follow(now);
        let mut over = vec![];
        self.sweep_patterns(slot, &mut over);
        let used = &mut self.used;
        self.owners.retain(|id, owner| {
            owner.follow(slot);
            let row = RowId { owner: *id, pattern: None };
            let goes = owner.is_over() && forget(&mut over, row, owner.is_stored);
            if goes && *id != id.shared() {
                used.entry(id.tenant()).or_default().owners -= 1;
            }
            !goes
        });
        used.retain(|_, used| !used.is_none());
        over
    }

    fn sweep_patterns(&mut self, slot: u64, over: &mut Vec<RowId>) {
        let Self { owners, patterns, used, values, .. } = self;
        patterns.retain(|id, pattern| {
            let used = used.entry(id.0.tenant()).or_default();
            let mut forgotten = pattern.follow(slot);
            let row = RowId { owner: id.0, pattern: Some(id.1) };
            let goes = pattern.is_over() && forget(over, row, pattern.is_stored);
            if goes {
                forgotten += pattern.seen.len();
                used.patterns -= usize::from(id.1 != PatternId::SHARED);
                if let Some(owner) = owners.get_mut(&id.0) {
                    owner.patterns -= 1;
                }
            }
            used.values -= forgotten;
            *values -= forgotten;
            !goes
        });
    }

    /// Callers, patterns and values that are remembered.
    pub fn remembered(&self) -> (usize, usize, usize) {
        (self.owners.len(), self.patterns.len(), self.values)
    }

    /// The pattern, made if there is room, or else the one shared by all of the owner, or of the
    /// tenant, without room. A new one begins with what it may have spent before: when there was no
    /// room for it or its owner, and before this start.
    fn place(&mut self, owner: OwnerId, pattern: PatternId) -> (OwnerId, PatternId) {
        let (owner, pattern) = self.place_owner(owner, pattern);
        if self.patterns.contains_key(&(owner, pattern)) {
            return (owner, pattern);
        }
        let mut spent = self.shared(owner);
        let entry = self.owners.get_mut(&owner).expect("its place was made");
        spent.merge(&entry.before.at(self.clock.slot()));
        let used = self.used.entry(owner.tenant()).or_default();
        let share =
            Share { own: used.patterns, all: self.patterns.len(), most: QUOTA_PATTERNS_MAX };
        let has_room = entry.patterns < QUOTA_CALLER_PATTERNS_MAX && share.has_room();
        let id = (owner, if has_room { pattern } else { PatternId::SHARED });
        self.patterns.entry(id).or_insert_with(|| {
            used.patterns += usize::from(id.1 != PatternId::SHARED);
            entry.patterns += 1;
            Pattern { spent, ..Pattern::default() }
        });
        id
    }

    /// The owner, made if there is room, or else the one shared by all of its tenant, with its only
    /// pattern.
    fn place_owner(&mut self, owner: OwnerId, pattern: PatternId) -> (OwnerId, PatternId) {
        if self.owners.contains_key(&owner) {
            return (owner, pattern);
        }
        let before = self.shared(owner.shared());
        let used = self.used.entry(owner.tenant()).or_default();
        let share = Share { own: used.owners, all: self.owners.len(), most: QUOTA_CALLERS_MAX };
        let has_room = share.has_room();
        let owner = if has_room { owner } else { owner.shared() };
        self.owners.entry(owner).or_insert_with(|| {
            used.owners += usize::from(has_room);
            Owner { before, ..Owner::default() }
        });
        (owner, if has_room { pattern } else { PatternId::SHARED })
    }

    /// What the patterns of an owner without room have spent.
    fn shared(&self, owner: OwnerId) -> Slots {
        let shared = self.patterns.get(&(owner, PatternId::SHARED));
        shared.map_or_else(Slots::default, |shared| shared.spent.at(self.clock.slot()))
    }
}

/// Whether something that is over can go: with its row there must be room to say so.
fn forget(over: &mut Vec<RowId>, row: RowId, is_stored: bool) -> bool {
    let goes = !is_stored || over.len() < QUOTA_SWEEP_MAX;
    if goes && is_stored {
        over.push(row);
    }
    goes
}

impl Used {
    fn is_none(self) -> bool {
        self.owners == 0 && self.patterns == 0 && self.values == 0
    }
}

impl Owner {
    fn follow(&mut self, slot: u64) {
        self.durable.follow(slot);
        self.before.follow(slot);
    }

    fn is_over(&self) -> bool {
        self.patterns == 0 && self.durable.sum() == 0 && self.before.sum() == 0
    }
}

impl Pattern {
    /// Lets time pass; how many values were forgotten. Values age with their counts.
    fn follow(&mut self, slot: u64) -> usize {
        self.durable.follow(slot);
        let back = self.spent.newest().saturating_sub(slot);
        if !self.spent.follow(slot) {
            return 0;
        }
        let before = self.seen.len();
        self.seen.retain_mut(|(_, seen)| {
            *seen = seen.saturating_sub(back);
            slots::is_kept(*seen, slot)
        });
        if self.seen.is_empty() {
            self.seen = vec![];
        }
        before - self.seen.len()
    }

    fn is_over(&self) -> bool {
        self.spent.sum() == 0 && self.durable.sum() == 0
    }

    fn find(&self, value: ValueTag) -> Result<usize, usize> {
        self.seen.binary_search_by_key(&value, |(seen, _)| *seen)
    }

    fn remember(&mut self, value: ValueTag) {
        if let Err(at) = self.find(value) {
            self.seen.insert(at, (value, self.spent.newest()));
        }
    }

    /// The row without which what was spent in this slot would be forgotten.
    fn reserve(&mut self, owner: &mut Owner, id: (OwnerId, PatternId), limit: u32) -> Option<Row> {
        let spent = self.spent.now();
        if spent <= owner.durable.now() || spent <= self.durable.now() {
            return None;
        }
        let level = owner.before.now().saturating_add(limit / LEVELS);
        let (pattern, mut slots, count) = if spent <= level {
            owner.is_stored = true;
            (None, owner.durable, level)
        } else {
            self.is_stored = true;
            let step = (limit / STEPS).max(1);
            (Some(id.1), self.durable, spent.div_ceil(step).saturating_mul(step))
        };
        slots.raise(count);
        Some(Row { id: RowId { owner: id.0, pattern }, slots })
    }
}

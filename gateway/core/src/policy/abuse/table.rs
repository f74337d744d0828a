//! The subjects of one kind that are remembered.

use std::collections::BTreeMap;
use std::ops::Bound;

use super::row::{Entry, Kind, SubjectId};
use crate::id::PartitionId;
use crate::policy::share::Share;

/// The subjects of one kind.
pub(super) struct Table {
    kind: Kind,
    entries: BTreeMap<SubjectId, Entry>,
    /// How many each tenant has, the shared ones not counted.
    used: BTreeMap<PartitionId, usize>,
}

impl Table {
    pub(super) fn new(kind: Kind) -> Self {
        Self { kind, entries: BTreeMap::new(), used: BTreeMap::new() }
    }

    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }

    /// The subjects that follow `after`, or all, in order.
    pub(super) fn after(
        &self,
        after: Option<SubjectId>,
    ) -> impl Iterator<Item = (&SubjectId, &Entry)> {
        self.entries.range((from(after), Bound::Unbounded))
    }

    /// The same, to be looked at closely.
    pub(super) fn after_mut(
        &mut self,
        after: Option<SubjectId>,
    ) -> impl Iterator<Item = (&SubjectId, &mut Entry)> {
        self.entries.range_mut((from(after), Bound::Unbounded))
    }

    pub(super) fn get(&self, id: &SubjectId) -> Option<&Entry> {
        self.entries.get(id)
    }

    pub(super) fn entry(&mut self, id: &SubjectId) -> Option<&mut Entry> {
        self.entries.get_mut(id)
    }

    pub(super) fn contains_key(&self, id: &SubjectId) -> bool {
        self.entries.contains_key(id)
    }

    /// The subject's entry, made of `new` if there is room, or else the one that its tenant shares.
    pub(super) fn place(&mut self, id: SubjectId, new: Entry) -> (SubjectId, &mut Entry) {
        let is_new = !self.entries.contains_key(&id) && id != id.shared();
        let id = if is_new && !self.take(id.partition) { id.shared() } else { id };
        (id, self.entries.entry(id).or_insert(new))
    }

    /// Whether there is room for another subject of a tenant, which it then has.
    fn take(&mut self, partition: PartitionId) -> bool {
        let own = self.used.get(&partition).copied().unwrap_or(0);
        let share = Share { own, all: self.entries.len(), most: self.kind.subjects_max() };
        let has_room = share.has_room();
        if has_room {
            self.used.insert(partition, own + 1);
        }
        has_room
    }

    pub(super) fn remove(&mut self, id: &SubjectId) {
        if self.entries.remove(id).is_some() && *id != id.shared() {
            self.give_back(id.partition);
        }
    }

    fn give_back(&mut self, partition: PartitionId) {
        let Some(own) = self.used.get_mut(&partition) else { return };
        *own = own.saturating_sub(1);
        if *own == 0 {
            self.used.remove(&partition);
        }
    }
}

fn from(after: Option<SubjectId>) -> Bound<SubjectId> {
    after.map_or(Bound::Unbounded, Bound::Excluded)
}

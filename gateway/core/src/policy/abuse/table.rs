//! The subjects of one kind that are remembered.

use std::collections::BTreeMap;

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

    pub(super) fn iter(&self) -> impl Iterator<Item = (&SubjectId, &Entry)> {
        self.entries.iter()
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
        let own = self.used.entry(partition).or_default();
        let share = Share { own: *own, all: self.entries.len(), most: self.kind.subjects_max() };
        let has_room = share.has_room();
        *own += usize::from(has_room);
        has_room
    }

    pub(super) fn remove(&mut self, id: &SubjectId) {
        if self.entries.remove(id).is_some() {
            give_back(&mut self.used, *id);
        }
    }

    pub(super) fn retain(&mut self, mut stays: impl FnMut(&SubjectId, &mut Entry) -> bool) {
        let used = &mut self.used;
        self.entries.retain(|id, entry| {
            let stays = stays(id, entry);
            if !stays {
                give_back(used, *id);
            }
            stays
        });
        used.retain(|_, own| *own > 0);
    }
}

fn give_back(used: &mut BTreeMap<PartitionId, usize>, id: SubjectId) {
    if let Some(own) = used.get_mut(&id.partition).filter(|_| id != id.shared()) {
        *own = own.saturating_sub(1);
    }
}

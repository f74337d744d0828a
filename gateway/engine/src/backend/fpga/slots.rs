//! The key slots of a card as a cache, shared by its queues.
//!
//! A slot is loaded anew only when no job is outstanding on it, and only by the job at the head of
//! a queue, which reserves what it needs: a head needs at most four slots, and there are four for
//! each queue, so every head gets its keys.

use std::collections::HashMap;

use arrayvec::ArrayVec;
use typex_abi::KeyRef;
use typex_abi::limits::PROGRAM_KEYS_MAX;

use crate::slot_key::Tether;

/// The slots of a job's keys, in their order.
pub(super) type Keys = ArrayVec<KeyRef, PROGRAM_KEYS_MAX>;

pub(super) struct SlotCache {
    slots: Vec<Slot>,
    by_key: HashMap<u64, usize>,
    /// Generations are never 0 and never used twice.
    last_generation: u32,
    tick: u64,
}

#[derive(Clone, Default)]
struct Slot {
    /// 0: empty.
    key: u64,
    tether: Tether,
    generation: u32,
    ready: bool,
    /// The card is told to forget the key.
    leaving: bool,
    outstanding: u32,
    reserved_by: Option<u8>,
    used: u64,
}

/// What a head finds when it asks for a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reserved {
    /// It is there, or on its way.
    Here,
    /// It is to be loaded into this slot; `evicted` if another key gives way.
    Load { key: KeyRef, evicted: bool },
    /// Every slot is in use.
    Full,
}

impl SlotCache {
    pub(super) fn new(slots: usize) -> Self {
        Self {
            slots: vec![Slot::default(); slots],
            by_key: HashMap::with_capacity(slots),
            last_generation: 0,
            tick: 0,
        }
    }

    /// The slots of all `keys`, with one more job outstanding on each; `None` unless all are there.
    pub(super) fn pin(&mut self, keys: &[u64]) -> Option<Keys> {
        let places: ArrayVec<usize, PROGRAM_KEYS_MAX> =
            keys.iter().map_while(|key| self.by_key.get(key).copied()).collect();
        if places.len() < keys.len() || places.iter().any(|at| !self.slots[*at].ready) {
            return None;
        }
        self.tick += 1;
        for at in &places {
            let slot = &mut self.slots[*at];
            slot.outstanding += 1;
            slot.used = self.tick;
        }
        Some(places.iter().map(|at| self.key_ref(*at)).collect())
    }

    /// A job on these slots has ended.
    pub(super) fn unpin(&mut self, keys: &[KeyRef]) {
        for key in keys {
            if let Some(slot) = self.slots.get_mut(usize::from(key.slot)) {
                slot.outstanding = slot.outstanding.saturating_sub(1);
            }
        }
    }

    /// Keeps the slot of `key`, or finds one for it, for the head of a queue.
    pub(super) fn reserve(&mut self, ring: u8, key: u64, tether: Tether) -> Reserved {
        if let Some(at) = self.by_key.get(&key) {
            self.slots[*at].reserved_by = Some(ring);
            return Reserved::Here;
        }
        let Some(at) = self.victim() else { return Reserved::Full };
        let evicted = self.slots[at].key;
        self.by_key.remove(&evicted);
        self.by_key.insert(key, at);
        self.tick += 1;
        self.last_generation = self.last_generation.wrapping_add(1).max(1);
        let (generation, used) = (self.last_generation, self.tick);
        let reserved_by = Some(ring);
        self.slots[at] = Slot { key, tether, generation, reserved_by, used, ..Slot::default() };
        Reserved::Load { key: self.key_ref(at), evicted: evicted != 0 }
    }

    /// The head of a queue has its keys.
    pub(super) fn release(&mut self, ring: u8) {
        let reserved = self.slots.iter_mut().filter(|slot| slot.reserved_by == Some(ring));
        reserved.for_each(|slot| slot.reserved_by = None);
    }

    /// A load has ended.
    pub(super) fn loaded(&mut self, key: KeyRef, succeeded: bool) {
        let Some(slot) = self.slots.get_mut(usize::from(key.slot)) else { return };
        if succeeded {
            slot.ready = true;
        } else {
            self.by_key.remove(&slot.key);
            *slot = Slot::default();
        }
    }

    /// Takes out the slots, `most` of them, of keys that nobody may use any more and no job uses.
    /// They stay taken until [`forgotten`](Self::forgotten).
    pub(super) fn leaving(&mut self, most: usize) -> Vec<KeyRef> {
        let ends = |slot: &Slot| slot.ready && slot.is_free() && slot.tether.is_cut();
        let places: Vec<usize> =
            (0..self.slots.len()).filter(|at| ends(&self.slots[*at])).take(most).collect();
        for at in &places {
            let slot = &mut self.slots[*at];
            (slot.ready, slot.leaving) = (false, true);
            self.by_key.remove(&slot.key);
        }
        places.into_iter().map(|at| self.key_ref(at)).collect()
    }

    /// The card has emptied these slots.
    pub(super) fn forgotten(&mut self, keys: &[KeyRef]) {
        for key in keys {
            let slot = self.slots.get_mut(usize::from(key.slot));
            if let Some(slot) = slot.filter(|slot| slot.leaving) {
                *slot = Slot::default();
            }
        }
    }

    /// Slots that hold a key; those that are being emptied hold it still.
    pub(super) fn resident(&self) -> usize {
        self.slots.iter().filter(|slot| slot.ready || slot.leaving).count()
    }

    pub(super) fn capacity(&self) -> usize {
        self.slots.len()
    }

    fn key_ref(&self, at: usize) -> KeyRef {
        let slot = u16::try_from(at).unwrap_or(u16::MAX);
        KeyRef { slot, generation: self.slots[at].generation }
    }

    /// An empty slot, or the one unused for longest that nobody needs.
    fn victim(&self) -> Option<usize> {
        let usable = |slot: &Slot| slot.is_free() && (slot.ready || slot.key == 0);
        let candidates = self.slots.iter().enumerate().filter(|(_, slot)| usable(slot));
        candidates.min_by_key(|(_, slot)| (slot.key != 0, slot.used)).map(|(at, _)| at)
    }
}

impl Slot {
    fn is_free(&self) -> bool {
        self.outstanding == 0 && self.reserved_by.is_none()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::slot_key::SlotKey;

    fn reserve(cache: &mut SlotCache, ring: u8, key: u64) -> Reserved {
        cache.reserve(ring, key, Tether::default())
    }

    #[test]
    fn a_key_that_nobody_may_use_leaves_once_no_job_uses_it() {
        let mut cache = SlotCache::new(1);
        let key = SlotKey::new(&[7; 16]);
        let Reserved::Load { key: slot, .. } = cache.reserve(0, key.id, key.tether()) else {
            panic!("no slot")
        };
        cache.loaded(slot, true);
        let pinned = cache.pin(&[key.id]).unwrap();
        assert!(cache.leaving(4).is_empty());
        drop(key);
        assert!(cache.leaving(4).is_empty());
        cache.unpin(&pinned);
        assert!(cache.leaving(4).is_empty());
        cache.release(0);
        assert_eq!(cache.leaving(4), [slot]);
        assert_eq!(cache.resident(), 1);
        assert!(cache.leaving(4).is_empty());
        assert_eq!(reserve(&mut cache, 0, 9), Reserved::Full);
        cache.forgotten(&[slot]);
        assert_eq!(cache.resident(), 0);
        assert!(matches!(reserve(&mut cache, 0, 9), Reserved::Load { evicted: false, .. }));
    }

    fn load(cache: &mut SlotCache, ring: u8, key: u64) -> KeyRef {
        let Reserved::Load { key, .. } = reserve(cache, ring, key) else { panic!("no slot") };
        cache.loaded(key, true);
        key
    }

    #[test]
    fn a_key_is_there_once_it_is_loaded_and_until_it_gives_way() {
        let mut cache = SlotCache::new(2);
        assert_eq!(cache.pin(&[7]), None);
        let Reserved::Load { key, evicted: false } = reserve(&mut cache, 0, 7) else { panic!() };
        assert_eq!((cache.pin(&[7]), reserve(&mut cache, 0, 7)), (None, Reserved::Here));
        cache.loaded(key, true);
        assert_eq!(cache.pin(&[7]).unwrap()[..], [key]);
        cache.release(0);
        let other = load(&mut cache, 0, 8);
        assert_ne!(other.slot, key.slot);
        // Slot of 7 has a job, slot of 8 a reservation.
        assert_eq!(reserve(&mut cache, 1, 9), Reserved::Full);
        cache.unpin(&[key]);
        let Reserved::Load { key: third, evicted: true } = reserve(&mut cache, 1, 9) else {
            panic!()
        };
        assert_eq!(third.slot, key.slot);
        assert_ne!(third.generation, key.generation);
        assert_eq!((cache.pin(&[7]), cache.resident()), (None, 1));
    }

    #[test]
    fn the_key_unused_for_longest_gives_way() {
        let mut cache = SlotCache::new(3);
        let keys = [1, 2, 3].map(|key| load(&mut cache, 0, key));
        cache.release(0);
        for key in [1, 2, 3, 1] {
            let pinned = cache.pin(&[key]).unwrap();
            cache.unpin(&pinned);
        }
        let Reserved::Load { key, .. } = reserve(&mut cache, 0, 4) else { panic!() };
        assert_eq!(key.slot, keys[1].slot);
    }

    #[test]
    fn a_failed_load_leaves_the_slot_empty() {
        let mut cache = SlotCache::new(1);
        let Reserved::Load { key, .. } = reserve(&mut cache, 0, 1) else { panic!() };
        cache.loaded(key, false);
        assert_eq!(cache.pin(&[1]), None);
        assert!(matches!(reserve(&mut cache, 0, 2), Reserved::Load { evicted: false, .. }));
    }

    /// Two queues that want four keys each never starve each other in eight slots.
    #[test]
    fn every_head_gets_its_keys() {
        let mut cache = SlotCache::new(8);
        for round in 0..50_u64 {
            let wanted = [0_u64, 1].map(|ring| [1, 2, 3, 4].map(|at| 100 * round + 10 * ring + at));
            for (first, second) in wanted[0].into_iter().zip(wanted[1]) {
                load(&mut cache, 0, first);
                load(&mut cache, 1, second);
            }
            for (ring, keys) in [(0, wanted[0]), (1, wanted[1])] {
                let pinned = cache.pin(&keys).unwrap();
                cache.release(ring);
                cache.unpin(&pinned);
            }
        }
    }
}

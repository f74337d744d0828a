//! Key slots: the keys in the lanes, the rights that came with them, and who uses them.

use crate::aes::LaneKey;
use typex_abi::Header;

/// Slots of users stand first; behind them the two roots and the key of the self-test.
pub(crate) const TRANSPORT: u8 = 0;
/// The root that only the card holds; behind the users' slots.
pub(crate) const DEVICE: u8 = 1;
/// The self-test's; behind the users' slots.
pub(crate) const TEST: u8 = 2;
const OWN_SLOTS: usize = 3;

/// What a slot holds.
#[derive(Default)]
struct Slot {
    key: Option<LaneKey>,
    rights: Option<Rights>,
    loading: bool,
    jobs: u32,
}

/// The rights of a key, and its generation.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rights {
    pub(crate) header: Header,
    pub(crate) generation: u32,
}

/// All slots.
pub(crate) struct KeyStore {
    slots: Vec<Slot>,
    users: u8,
}

impl KeyStore {
    pub(crate) fn new(users: u8) -> Self {
        let slots = (0..usize::from(users) + OWN_SLOTS).map(|_| Slot::default()).collect();
        Self { slots, users }
    }

    /// Slots of users.
    pub(crate) fn users(&self) -> u8 {
        self.users
    }

    /// One of the card's own slots.
    pub(crate) fn own(&self, which: u8) -> u8 {
        self.users + which
    }

    /// The key in a slot.
    pub(crate) fn lane_key(&self, slot: u8) -> Option<&LaneKey> {
        self.slots.get(usize::from(slot))?.key.as_ref()
    }

    /// The rights of a user's slot; none if it is empty or does not exist.
    pub(crate) fn rights(&self, slot: u16) -> Option<Rights> {
        let users = &self.slots[..usize::from(self.users)];
        users.get(usize::from(slot))?.rights
    }

    /// Puts a key into the lanes.
    pub(crate) fn put_key(&mut self, slot: u8, key: LaneKey) {
        if let Some(slot) = self.slots.get_mut(usize::from(slot)) {
            slot.key = Some(key);
        }
    }

    /// A load of the slot ended; `rights` if it was good.
    pub(crate) fn loaded(&mut self, slot: u8, rights: Option<Rights>) {
        if let Some(slot) = self.slots.get_mut(usize::from(slot)) {
            slot.loading = false;
            slot.rights = rights.or(slot.rights);
        }
    }

    /// Empties a slot; `loading`: because a load begins.
    pub(crate) fn clear(&mut self, slot: u8, loading: bool) {
        if let Some(slot) = self.slots.get_mut(usize::from(slot)) {
            (slot.key, slot.rights) = (None, None);
            slot.loading |= loading;
        }
    }

    /// Whether a slot has jobs or a load outstanding.
    pub(crate) fn is_busy(&self, slot: u8) -> bool {
        self.slots.get(usize::from(slot)).is_some_and(|slot| slot.loading || slot.jobs != 0)
    }

    /// A job with these keys begins.
    pub(crate) fn take(&mut self, slots: [u8; 4], used: [bool; 4]) {
        self.each(slots, used, |slot| slot.jobs += 1);
    }

    /// A job with these keys ended.
    pub(crate) fn give(&mut self, slots: [u8; 4], used: [bool; 4]) {
        self.each(slots, used, |slot| slot.jobs = slot.jobs.saturating_sub(1));
    }

    fn each(&mut self, slots: [u8; 4], used: [bool; 4], mut change: impl FnMut(&mut Slot)) {
        for slot in slots.iter().zip(used).filter_map(|(slot, used)| used.then_some(*slot)) {
            if let Some(slot) = self.slots.get_mut(usize::from(slot)) {
                change(slot);
            }
        }
    }
}

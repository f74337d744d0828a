//! A key as a slot of a card takes it: material, and the rights that go with it.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Weak};

use typex_core::id::PartitionId;
use typex_core::secret::Secret;

/// Names keys to a card and to each other; unique while the process runs, never 0.
static NEXT_ID: AtomicU64 = AtomicU64::new(1);

/// A key with what it may be used for on a card. The card takes rights from nowhere else.
pub(crate) struct SlotKey {
    pub(crate) id: u64,
    /// The key, zeros behind it.
    pub(crate) material: Secret<[u8; 32]>,
    /// 16, 24 or 32.
    pub(crate) key_bytes: usize,
    /// Bits of the single operations that may use it.
    pub(crate) usage: u16,
    /// Bits of the steps of programs that may use it.
    pub(crate) roles: u16,
    /// Keys of one program have the same.
    pub(crate) partition: u32,
    /// Public number that an envelope opened under it must carry.
    pub(crate) word: u32,
    /// Keys that may stand in one program with it; 0 for none.
    pub(crate) partners: [u64; 3],
    life: Arc<()>,
    revoked: Option<Arc<AtomicBool>>,
}

/// Tells whoever keeps a copy of a key when nobody may use it any more.
#[derive(Clone, Default)]
pub(crate) struct Tether {
    life: Weak<()>,
    revoked: Option<Arc<AtomicBool>>,
}

impl Tether {
    /// Whether the key was revoked, or its last user has dropped it.
    pub(crate) fn is_cut(&self) -> bool {
        let revoked = self.revoked.as_ref().is_some_and(|flag| flag.load(Ordering::Acquire));
        revoked || self.life.strong_count() == 0
    }
}

impl SlotKey {
    /// A key without rights, of 16, 24 or 32 bytes.
    pub(crate) fn new(key: &[u8]) -> Self {
        let mut material = Secret::new([0; 32]);
        let key_bytes = key.len().min(32);
        material.expose_mut()[..key_bytes].copy_from_slice(&key[..key_bytes]);
        Self {
            id: NEXT_ID.fetch_add(1, Ordering::Relaxed),
            material,
            key_bytes,
            usage: 0,
            roles: 0,
            partition: 0,
            word: 0,
            partners: [0; 3],
            life: Arc::default(),
            revoked: None,
        }
    }

    pub(crate) fn with_usage(self, usage: u16) -> Self {
        Self { usage, ..self }
    }

    pub(crate) fn with_roles(self, roles: u16) -> Self {
        Self { roles, ..self }
    }

    pub(crate) fn with_word(self, word: u32) -> Self {
        Self { word, ..self }
    }

    /// Shares the flag that ends its use.
    pub(crate) fn with_flag(self, revoked: &Arc<AtomicBool>) -> Self {
        Self { revoked: Some(Arc::clone(revoked)), ..self }
    }

    /// What a copy of it is held by.
    pub(crate) fn tether(&self) -> Tether {
        Tether { life: Arc::downgrade(&self.life), revoked: self.revoked.clone() }
    }

    /// Lets keys stand in one program, and in no other. At most four.
    pub(crate) fn join(partition: PartitionId, keys: &mut [&mut Self]) {
        let ids: Vec<u64> = keys.iter().map(|key| key.id).collect();
        let [a, b, c, d, ..] = partition.0;
        for key in keys {
            key.partition = u32::from_le_bytes([a, b, c, d]);
            let others = ids.iter().filter(|id| **id != key.id);
            for (partner, id) in key.partners.iter_mut().zip(others) {
                *partner = *id;
            }
        }
    }
}

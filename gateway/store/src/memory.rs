//! What the store thread keeps in memory besides the database.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Weak};

use typex_core::{KeyId, PartitionId};

use crate::templates::Templates;

/// How many flags are kept before those that nobody holds any more are swept out.
const FLAGS_SWEEP_MIN: usize = 1024;

/// A key and whose it is.
pub(crate) type KeyName = (PartitionId, KeyId);

/// Lost when the process ends.
#[derive(Default)]
pub(crate) struct Memory {
    pub(crate) templates: Templates,
    /// Two partitions may hold a key of one identity.
    flags: HashMap<KeyName, Weak<AtomicBool>>,
    /// Sweep when there are this many, so that sweeping stays cheap on average.
    sweep_at: usize,
}

impl Memory {
    /// The flag that tells holders of a loaded key when it must be loaded again.
    pub(crate) fn revoked_flag(&mut self, key: KeyName) -> Arc<AtomicBool> {
        if let Some(flag) = self.flags.get(&key).and_then(Weak::upgrade) {
            return flag;
        }
        if self.flags.len() >= self.sweep_at.max(FLAGS_SWEEP_MIN) {
            self.flags.retain(|_, flag| flag.strong_count() > 0);
            self.sweep_at = self.flags.len() * 2;
        }
        let flag = Arc::new(AtomicBool::new(false));
        self.flags.insert(key, Arc::downgrade(&flag));
        flag
    }

    /// Tells every holder of `key` to drop it.
    pub(crate) fn revoke(&mut self, key: KeyName) {
        if let Some(flag) = self.flags.remove(&key).and_then(|flag| flag.upgrade()) {
            flag.store(true, Ordering::Release);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags_nobody_holds_are_swept() {
        let mut memory = Memory::default();
        let (last, other) = (PartitionId([1; 16]), PartitionId([2; 16]));
        let last = (last, KeyId([0xff; 16]));
        let held = memory.revoked_flag(last);
        let other = memory.revoked_flag((other, last.1));
        for number in 0..10 * FLAGS_SWEEP_MIN {
            let mut id = [0; 16];
            id[..8].copy_from_slice(&number.to_le_bytes());
            memory.revoked_flag((PartitionId([3; 16]), KeyId(id)));
        }
        assert!(memory.flags.len() <= 2 * FLAGS_SWEEP_MIN);
        memory.revoke(last);
        assert!(held.load(Ordering::Acquire));
        assert!(!other.load(Ordering::Acquire), "of another partition");
        assert!(!memory.revoked_flag(last).load(Ordering::Acquire));
    }
}

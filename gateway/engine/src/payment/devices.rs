//! Initial keys of devices that a base key has derived lately.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use typex_core::Secret;

use super::limits::DEVICES_MAX;

/// The initial keys of the devices that a base key served lately, wiped with it. Which devices
/// they are is public; that a key is here shows in nothing but the time of an operation.
#[derive(Default)]
pub struct Devices(Mutex<BTreeMap<[u8; 8], Secret<Vec<u8>>>>);

impl Devices {
    pub(super) fn find(&self, device: &[u8; 8]) -> Option<Secret<Vec<u8>>> {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.get(device).cloned()
    }

    pub(super) fn keep(&self, device: [u8; 8], key: &[u8]) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if known.contains_key(&device) {
            return;
        }
        if known.len() >= DEVICES_MAX {
            known.pop_first();
        }
        known.insert(device, Secret::new(key.to_vec()));
    }
}

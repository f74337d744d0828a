//! A bounded map that forgets an arbitrary entry when it is full.

use std::borrow::Borrow;
use std::collections::HashMap;
use std::hash::Hash;

/// Holds up to a fixed number of entries.
pub(crate) struct Cache<K, V> {
    entries: HashMap<K, V>,
    entries_max: usize,
}

impl<K: Hash + Eq + Clone, V: Clone> Cache<K, V> {
    /// An empty cache that never holds more than `entries_max`.
    pub(crate) fn new(entries_max: usize) -> Self {
        Self { entries: HashMap::new(), entries_max }
    }

    /// The entry, if it is there and `is_current`; one that is not is dropped.
    pub(crate) fn find<Q>(&mut self, key: &Q, is_current: impl FnOnce(&V) -> bool) -> Option<V>
    where
        K: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        let value = self.entries.get(key)?;
        if is_current(value) {
            return Some(value.clone());
        }
        self.entries.remove(key);
        None
    }

    /// Drops every entry that is not `is_current`.
    pub(crate) fn retain(&mut self, is_current: impl Fn(&V) -> bool) {
        self.entries.retain(|_, value| is_current(value));
    }

    /// Adds an entry, or changes the one of this key.
    pub(crate) fn insert(&mut self, key: K, value: V) {
        if self.entries.len() >= self.entries_max && !self.entries.contains_key(&key) {
            let victim = self.entries.keys().next().cloned();
            victim.map(|victim| self.entries.remove(&victim));
        }
        self.entries.insert(key, value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stays_within_its_bound_and_drops_what_is_not_current() {
        let mut cache = Cache::new(3);
        (0..10).for_each(|key| cache.insert(key, key * 2));
        assert_eq!(cache.entries.len(), 3);
        assert_eq!(cache.find(&9, |_| true), Some(18));
        assert_eq!(cache.find(&9, |_| false), None);
        assert_eq!(cache.find(&9, |_| true), None);
    }

    #[test]
    fn a_change_of_what_is_there_drops_nothing() {
        let mut cache = Cache::new(3);
        (0..3).for_each(|key| cache.insert(key, key));
        for key in (0..3).cycle().take(30) {
            cache.insert(key, key + 10);
        }
        assert!((0..3).all(|key| cache.find(&key, |_| true) == Some(key + 10)));
    }
}

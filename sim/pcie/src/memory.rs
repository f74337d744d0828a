//! Host memory that a device may reach: regions of atomics behind a window check, as an IOMMU
//! makes it.

use crate::limits;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Regions start at multiples of it, and an unmapped page lies between two of them.
pub const PAGE_BYTES: u64 = 4096;
/// The first bus address: above what 32 bits reach, and so above interrupt messages.
const FIRST_BUS: u64 = 1 << 32;
/// Addresses end here; none is given twice.
const LAST_BUS: u64 = 1 << 48;

/// Why memory cannot be had or reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MemoryError {
    /// Too many regions or bytes, or no address left.
    #[error("no memory left to map")]
    OutOfMemory,
    /// The range does not lie in the region.
    #[error("outside the region")]
    OutOfRange,
}

/// A region of memory that host and device share. Clones are the same region; with the last one
/// it is unmapped, and what the device sends there later hits nothing.
///
/// Loads and stores take no lock. A store is visible to the device before any register write that
/// the same thread issues after it; a device's packet becomes visible in address order, each line
/// of 64 bytes from its last word to its first, so that a host which sees the first word of an
/// entry sees all of it.
#[derive(Clone)]
pub struct Region(Arc<Mapping>);

impl Region {
    /// Bus address of the first byte, a multiple of [`PAGE_BYTES`].
    pub fn bus(&self) -> u64 {
        self.0.words.bus
    }

    /// Length in bytes.
    pub fn len(&self) -> usize {
        self.0.words.bytes
    }

    /// Whether there are no bytes; never so.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Copies from the region.
    ///
    /// # Errors
    /// [`MemoryError::OutOfRange`]
    pub fn load(&self, at: usize, into: &mut [u8]) -> Result<(), MemoryError> {
        self.check(at, into.len())?;
        self.0.words.load(at, into);
        Ok(())
    }

    /// Copies into the region.
    ///
    /// # Errors
    /// [`MemoryError::OutOfRange`]
    pub fn store(&self, at: usize, from: &[u8]) -> Result<(), MemoryError> {
        self.check(at, from.len())?;
        self.0.words.store(at, from);
        Ok(())
    }

    /// Takes the region away from the device without giving up the memory; for good.
    pub fn revoke(&self) {
        self.0.words.mapped.store(false, Ordering::SeqCst);
    }

    fn check(&self, at: usize, bytes: usize) -> Result<(), MemoryError> {
        let end = at.checked_add(bytes).ok_or(MemoryError::OutOfRange)?;
        if end <= self.len() { Ok(()) } else { Err(MemoryError::OutOfRange) }
    }
}

struct Mapping {
    words: Arc<Words>,
    table: Arc<Table>,
}

impl Drop for Mapping {
    fn drop(&mut self) {
        self.words.mapped.store(false, Ordering::SeqCst);
        self.table.remove(&self.words);
    }
}

pub(crate) struct Words {
    bus: u64,
    bytes: usize,
    mapped: AtomicBool,
    words: Box<[AtomicU64]>,
}

impl Words {
    fn load(&self, at: usize, into: &mut [u8]) {
        let mut at = at;
        let mut rest = into;
        while !rest.is_empty() {
            let skip = at % 8;
            let (part, tail) = rest.split_at_mut(rest.len().min(8 - skip));
            let word = self.words[at / 8].load(Ordering::Acquire).to_le_bytes();
            part.copy_from_slice(&word[skip..skip + part.len()]);
            at += part.len();
            rest = tail;
        }
    }

    /// From the last word to the first, so that who sees the first sees all.
    fn store(&self, at: usize, from: &[u8]) {
        let mut rest = from;
        while !rest.is_empty() {
            let last = at + rest.len() - 1;
            let start = (last & !7).max(at);
            let (head, part) = rest.split_at(start - at);
            self.store_in_word(start, part);
            rest = head;
        }
    }

    /// `part` lies within one word.
    fn store_in_word(&self, at: usize, part: &[u8]) {
        let word = &self.words[at / 8];
        if let Ok(whole) = <[u8; 8]>::try_from(part) {
            word.store(u64::from_le_bytes(whole), Ordering::Release);
            return;
        }
        let splice = |old: u64| {
            let mut bytes = old.to_le_bytes();
            bytes[at % 8..at % 8 + part.len()].copy_from_slice(part);
            Some(u64::from_le_bytes(bytes))
        };
        // The closure always gives a value, so this cannot fail.
        let _ = word.fetch_update(Ordering::AcqRel, Ordering::Acquire, splice);
    }
}

/// The host's side of the windows.
#[derive(Default)]
pub(crate) struct Table {
    state: Mutex<TableState>,
    generation: AtomicU64,
}

struct TableState {
    regions: Vec<Arc<Words>>,
    next_bus: u64,
    bytes: usize,
}

impl Default for TableState {
    fn default() -> Self {
        Self { regions: Vec::new(), next_bus: FIRST_BUS, bytes: 0 }
    }
}

impl Table {
    pub(crate) fn allocate(self: &Arc<Self>, bytes: usize) -> Result<Region, MemoryError> {
        let bytes = bytes.max(1).checked_next_multiple_of(8).ok_or(MemoryError::OutOfMemory)?;
        let words = {
            let mut state = self.lock();
            let bus = state.reserve(bytes)?;
            let words = (0..bytes / 8).map(|_| AtomicU64::new(0)).collect();
            let words = Arc::new(Words { bus, bytes, mapped: AtomicBool::new(true), words });
            state.regions.push(Arc::clone(&words));
            words
        };
        self.generation.fetch_add(1, Ordering::Release);
        Ok(Region(Arc::new(Mapping { words, table: Arc::clone(self) })))
    }

    fn remove(&self, words: &Arc<Words>) {
        let mut state = self.lock();
        state.regions.retain(|other| !Arc::ptr_eq(other, words));
        state.bytes -= words.bytes;
        drop(state);
        self.generation.fetch_add(1, Ordering::Release);
    }

    fn lock(&self) -> MutexGuard<'_, TableState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl TableState {
    fn reserve(&mut self, bytes: usize) -> Result<u64, MemoryError> {
        let total = self.bytes.checked_add(bytes).ok_or(MemoryError::OutOfMemory)?;
        if self.regions.len() >= limits::REGIONS || total > limits::MEMORY_BYTES {
            return Err(MemoryError::OutOfMemory);
        }
        let bus = self.next_bus;
        let next = bus + (bytes as u64).next_multiple_of(PAGE_BYTES) + PAGE_BYTES;
        if next > LAST_BUS {
            return Err(MemoryError::OutOfMemory);
        }
        self.next_bus = next;
        self.bytes = total;
        Ok(bus)
    }
}

/// The device's side: a copy of the table, refreshed when it changed.
pub(crate) struct Window {
    table: Arc<Table>,
    regions: Vec<Arc<Words>>,
    generation: u64,
    last: usize,
    /// Nothing is reachable while a reset is under way.
    pub(crate) open: bool,
}

impl Window {
    pub(crate) fn new(table: Arc<Table>) -> Self {
        Self { table, regions: Vec::new(), generation: 0, last: 0, open: true }
    }

    /// Whether the device may read all of it; if so it is copied.
    pub(crate) fn read(&mut self, bus: u64, into: &mut [u8]) -> bool {
        self.find(bus, into.len()).map(|(words, at)| words.load(at, into)).is_some()
    }

    /// Whether the device may write all of it; if so it is done.
    pub(crate) fn write(&mut self, bus: u64, from: &[u8]) -> bool {
        self.find(bus, from.len()).map(|(words, at)| words.store(at, from)).is_some()
    }

    /// Whether the whole range is mapped.
    pub(crate) fn reaches(&mut self, bus: u64, bytes: usize) -> bool {
        self.find(bus, bytes).is_some()
    }

    fn find(&mut self, bus: u64, bytes: usize) -> Option<(&Words, usize)> {
        if !self.open {
            return None;
        }
        self.refresh();
        if !self.regions.get(self.last).is_some_and(|words| holds(words, bus, bytes)) {
            self.last = self.regions.partition_point(|words| words.bus <= bus).checked_sub(1)?;
        }
        let words = self.regions.get(self.last)?;
        let mapped = words.mapped.load(Ordering::SeqCst) && holds(words, bus, bytes);
        mapped.then(|| (&**words, (bus - words.bus) as usize))
    }

    fn refresh(&mut self) {
        let generation = self.table.generation.load(Ordering::Acquire);
        if generation != self.generation {
            self.regions.clone_from(&self.table.lock().regions);
            self.generation = generation;
            self.last = 0;
        }
    }
}

fn holds(words: &Words, bus: u64, bytes: usize) -> bool {
    bus.checked_sub(words.bus).is_some_and(|at| at + bytes as u64 <= words.bytes as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fixture() -> (Arc<Table>, Window) {
        let table = Arc::new(Table::default());
        (Arc::clone(&table), Window::new(table))
    }

    #[test]
    fn bytes_come_back_at_any_alignment() {
        let (table, _) = fixture();
        let region = table.allocate(64).unwrap();
        for at in 0..20 {
            for len in 0..30 {
                let bytes: Vec<u8> = (0..len).map(|i| (i * 7 + at + 1) as u8).collect();
                region.store(at, &bytes).unwrap();
                let mut back = vec![0; len];
                region.load(at, &mut back).unwrap();
                assert_eq!(back, bytes);
            }
        }
        assert_eq!(region.store(60, &[0; 5]), Err(MemoryError::OutOfRange));
        assert_eq!(region.load(usize::MAX, &mut [0; 5]), Err(MemoryError::OutOfRange));
    }

    #[test]
    fn a_partial_store_leaves_its_neighbours() {
        let (table, mut window) = fixture();
        let region = table.allocate(16).unwrap();
        region.store(0, &[0xff; 16]).unwrap();
        assert!(window.write(region.bus() + 3, &[1, 2, 3]));
        let mut back = [0; 16];
        region.load(0, &mut back).unwrap();
        assert_eq!(back[..8], [0xff, 0xff, 0xff, 1, 2, 3, 0xff, 0xff]);
    }

    #[test]
    fn the_window_ends_where_the_region_does() {
        let (table, mut window) = fixture();
        let (one, two) = (table.allocate(64).unwrap(), table.allocate(64).unwrap());
        assert!(window.read(one.bus(), &mut [0; 64]));
        assert!(!window.read(one.bus() + 1, &mut [0; 64]));
        assert!(!window.read(one.bus() - 1, &mut [0; 1]));
        assert!(!window.write(u64::MAX, &[0; 8]));
        two.revoke();
        assert!(!window.write(two.bus(), &[1]));
        assert!(two.store(0, &[1]).is_ok(), "the host keeps it");
        let bus = one.bus();
        drop(one);
        assert!(!window.write(bus, &[1]));
        assert_ne!(table.allocate(64).unwrap().bus(), bus, "no address is given twice");
    }

    #[test]
    fn memory_is_bounded() {
        let (table, _) = fixture();
        assert!(table.allocate(usize::MAX).is_err());
        assert!(table.allocate(limits::MEMORY_BYTES + 8).is_err());
        let all: Vec<_> = (0..limits::REGIONS).map(|_| table.allocate(1).unwrap()).collect();
        assert!(table.allocate(1).is_err());
        drop(all);
        assert!(table.allocate(1).is_ok());
    }
}

//! A medium for tests that remembers every write and sync, and can tell what a crash at any point
//! may leave behind.
//!
//! What a sync covered is there. Of everything later each write may be there, missing, or there in
//! part by whole sectors; writes to different sectors may overtake one another; files made or
//! removed without a sync of the names may or may not be.

use std::collections::BTreeMap;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::disk::{Disk, FileName};

/// What a medium writes whole or not at all.
pub const SECTOR_BYTES: u64 = 512;

/// Random numbers from a seed that a failing test prints (SplitMix64).
#[derive(Clone, Debug)]
pub struct Rng(pub u64);

impl Rng {
    /// The next 64 bits.
    pub fn draw(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below `end`, which is not 0.
    pub fn below(&mut self, end: u64) -> u64 {
        self.draw() % end
    }

    /// True once in `times`.
    pub fn once_in(&mut self, times: u64) -> bool {
        self.below(times) == 0
    }
}

/// One thing that was done to the medium.
#[derive(Clone, Debug)]
pub enum Event {
    /// Bytes at an offset.
    Write(FileName, u64, Vec<u8>),
    /// A file cut or extended.
    SetLen(FileName, u64),
    /// A file removed.
    Remove(FileName),
    /// A file put in place of another, durable at once or not there.
    Replace(FileName, Vec<u8>),
    /// A file made durable.
    Sync(FileName),
    /// The names made durable.
    SyncNames,
}

type Files = BTreeMap<FileName, Vec<u8>>;

#[derive(Default)]
struct State {
    start: Files,
    now: Files,
    events: Vec<Event>,
}

/// The medium. Clones are the same medium.
#[derive(Clone, Default)]
pub struct Medium {
    state: Arc<Mutex<State>>,
    /// Whether syncs do what they say. A test that stays green without is no test.
    ignore_sync: bool,
}

impl Medium {
    /// A medium that holds these files, all durable.
    pub fn with(files: BTreeMap<FileName, Vec<u8>>) -> Self {
        let state = State { start: files.clone(), now: files, events: Vec::new() };
        Self { state: Arc::new(Mutex::new(state)), ignore_sync: false }
    }

    /// One whose syncs return at once and do nothing.
    pub fn without_sync() -> Self {
        Self { ignore_sync: true, ..Self::default() }
    }

    /// The files as a running system sees them.
    pub fn files(&self) -> BTreeMap<FileName, Vec<u8>> {
        self.state().now.clone()
    }

    /// How many things were done so far.
    pub fn events(&self) -> usize {
        self.state().events.len()
    }

    /// A medium as a crash right after the first `count` events may leave it.
    pub fn crash(&self, count: usize, rng: &mut Rng) -> Self {
        let state = self.state();
        let events = &state.events[..count.min(state.events.len())];
        let mut files = state.start.clone();
        for (at, event) in events.iter().enumerate() {
            let durable = is_durable(event, &events[at..]);
            if durable || !matches!(event, Event::Write(..)) {
                // Cutting, removing and replacing are one change of the directory or inode.
                if durable || rng.once_in(2) {
                    apply(&mut files, event);
                }
            } else {
                apply_torn(&mut files, event, rng);
            }
        }
        files.retain(|name, _| !is_nameless(*name, &state.start, events) || rng.once_in(2));
        Self::with(files)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn change(&self, event: Event) {
        let mut state = self.state();
        apply(&mut state.now, &event);
        let is_sync = matches!(event, Event::Sync(_) | Event::SyncNames);
        if !(is_sync && self.ignore_sync) {
            state.events.push(event);
        }
    }
}

/// Whether an event is covered by a sync in those that follow it.
fn is_durable(event: &Event, rest: &[Event]) -> bool {
    let names = || rest.iter().any(|later| matches!(later, Event::SyncNames));
    match event {
        Event::Write(file, ..) | Event::SetLen(file, _) => {
            rest.iter().any(|later| matches!(later, Event::Sync(name) if name == file))
        }
        Event::Replace(..) => rest.len() > 1 || names(),
        Event::Remove(_) => names(),
        Event::Sync(_) | Event::SyncNames => true,
    }
}

/// Whether a file was made without a sync of the names since.
fn is_nameless(name: FileName, start: &Files, events: &[Event]) -> bool {
    let made = |event: &Event| matches!(event, Event::Write(file, ..) if *file == name);
    let since = events.iter().position(made).map(|at| &events[at..]).unwrap_or_default();
    let named = since.iter().any(|event| matches!(event, Event::SyncNames));
    !start.contains_key(&name) && !since.is_empty() && !named
}

fn apply(files: &mut Files, event: &Event) {
    match event {
        Event::Write(name, offset, bytes) => put(files, *name, *offset, bytes),
        Event::SetLen(name, len) => {
            let file = files.entry(*name).or_default();
            file.resize(usize::try_from(*len).unwrap_or(usize::MAX), 0);
        }
        Event::Remove(name) => drop(files.remove(name)),
        Event::Replace(name, bytes) => drop(files.insert(*name, bytes.clone())),
        Event::Sync(_) | Event::SyncNames => {}
    }
}

/// A write without its sync: whole, absent, or any of its sectors; the file may have grown
/// without the bytes.
fn apply_torn(files: &mut Files, event: &Event, rng: &mut Rng) {
    let Event::Write(name, offset, bytes) = event else { return };
    match rng.below(4) {
        0 => {}
        1 => put(files, *name, *offset, bytes),
        2 => {
            let len = rng.below(bytes.len() as u64 + 1) as usize;
            put(files, *name, *offset, &bytes[..len]);
        }
        _ => {
            let mut at = 0;
            while at < bytes.len() {
                let place = offset + at as u64;
                let len = (SECTOR_BYTES - place % SECTOR_BYTES).min((bytes.len() - at) as u64);
                let end = at + len as usize;
                if rng.once_in(2) {
                    put(files, *name, place, &bytes[at..end]);
                }
                at = end;
            }
        }
    }
}

fn put(files: &mut Files, name: FileName, offset: u64, bytes: &[u8]) {
    let file = files.entry(name).or_default();
    let start = usize::try_from(offset).unwrap_or(usize::MAX);
    let end = start.saturating_add(bytes.len());
    if file.len() < end {
        file.resize(end, 0);
    }
    file[start..end].copy_from_slice(bytes);
}

impl Disk for Medium {
    fn list(&self) -> io::Result<Vec<FileName>> {
        Ok(self.state().now.keys().copied().collect())
    }

    fn len(&self, name: FileName) -> io::Result<u64> {
        self.state().now.get(&name).map(|file| file.len() as u64).ok_or_else(absent)
    }

    fn read(&self, name: FileName, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        let state = self.state();
        let file = state.now.get(&name).ok_or_else(absent)?;
        let start = usize::try_from(offset).unwrap_or(usize::MAX).min(file.len());
        let len = buffer.len().min(file.len() - start);
        buffer[..len].copy_from_slice(&file[start..start + len]);
        Ok(len)
    }

    fn write(&mut self, name: FileName, offset: u64, bytes: &[u8]) -> io::Result<()> {
        self.change(Event::Write(name, offset, bytes.to_vec()));
        Ok(())
    }

    fn truncate(&mut self, name: FileName, len: u64) -> io::Result<()> {
        self.change(Event::SetLen(name, len));
        Ok(())
    }

    fn remove(&mut self, name: FileName) -> io::Result<()> {
        self.change(Event::Remove(name));
        Ok(())
    }

    fn replace(&mut self, name: FileName, bytes: &[u8]) -> io::Result<()> {
        self.change(Event::Replace(name, bytes.to_vec()));
        Ok(())
    }

    fn sync(&mut self, name: FileName) -> io::Result<()> {
        self.change(Event::Sync(name));
        Ok(())
    }

    fn sync_names(&mut self) -> io::Result<()> {
        self.change(Event::SyncNames);
        Ok(())
    }
}

fn absent() -> io::Error {
    io::ErrorKind::NotFound.into()
}

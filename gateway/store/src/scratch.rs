//! A database file that is read but never written: changes stay in memory.
//!
//! The database repairs itself when it is opened after a crash. `fsck` looks at a store without
//! changing it, so the repair happens here.

use std::collections::HashMap;
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::sync::{Mutex, MutexGuard};

use redb::StorageBackend;

const PAGE: usize = 4096;

/// The file and what was written over it.
#[derive(Debug)]
pub(crate) struct Scratch {
    file: File,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    len: u64,
    /// How much of the file still shows through.
    file_len: u64,
    pages: HashMap<u64, Box<[u8; PAGE]>>,
}

impl Scratch {
    pub(crate) fn open(path: &Path) -> io::Result<Self> {
        let file = File::open(path)?;
        let len = file.metadata()?.len();
        Ok(Self { file, state: Mutex::new(State { len, file_len: len, pages: HashMap::new() }) })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }

    /// A page as it now is; zeros behind the end of the file.
    fn page(&self, state: &State, number: u64) -> io::Result<Box<[u8; PAGE]>> {
        if let Some(page) = state.pages.get(&number) {
            return Ok(page.clone());
        }
        let mut page = Box::new([0; PAGE]);
        let start = number * PAGE as u64;
        let there = state.file_len.saturating_sub(start).min(PAGE as u64) as usize;
        self.file.read_exact_at(&mut page[..there], start)?;
        Ok(page)
    }
}

/// Cuts `offset..offset + len` at page borders: page number, start within it, length.
fn pieces(offset: u64, len: usize) -> impl Iterator<Item = (u64, usize, usize)> {
    let end = offset + len as u64;
    let mut at = offset;
    std::iter::from_fn(move || {
        let start = (at % PAGE as u64) as usize;
        let piece = (PAGE - start).min((end - at) as usize);
        let number = at / PAGE as u64;
        at += piece as u64;
        (piece > 0).then_some((number, start, piece))
    })
}

impl StorageBackend for Scratch {
    fn len(&self) -> io::Result<u64> {
        Ok(self.state().len)
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        let state = self.state();
        if offset.checked_add(out.len() as u64).is_none_or(|end| end > state.len) {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        let mut rest = out;
        for (number, start, len) in pieces(offset, rest.len()) {
            let (piece, behind) = rest.split_at_mut(len);
            piece.copy_from_slice(&self.page(&state, number)?[start..start + len]);
            rest = behind;
        }
        Ok(())
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        let mut state = self.state();
        if len < state.len {
            let first_gone = len.div_ceil(PAGE as u64);
            state.pages.retain(|number, _| *number < first_gone);
            state.file_len = state.file_len.min(len);
            let kept = (len % PAGE as u64) as usize;
            if let Some(page) = state.pages.get_mut(&(len / PAGE as u64)) {
                page[kept..].fill(0);
            }
        }
        state.len = len;
        Ok(())
    }

    fn sync_data(&self) -> io::Result<()> {
        Ok(())
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        let mut state = self.state();
        let mut rest = data;
        for (number, start, len) in pieces(offset, data.len()) {
            let (piece, behind) = rest.split_at(len);
            let mut page = self.page(&state, number)?;
            page[start..start + len].copy_from_slice(piece);
            state.pages.insert(number, page);
            rest = behind;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_reads_back_what_was_written_and_leaves_the_file_alone() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("file");
        let before: Vec<u8> = (0..10_000u32).map(|at| at as u8).collect();
        std::fs::write(&path, &before).unwrap();
        let scratch = Scratch::open(&path).unwrap();
        let mut model = before.clone();
        for (offset, len) in [(0, 10), (4090, 20), (9_990, 10), (100, 8_300)] {
            scratch.write(offset as u64, &vec![0xee; len]).unwrap();
            model[offset..offset + len].fill(0xee);
        }
        for new_len in [5_000, 12_000] {
            scratch.set_len(new_len).unwrap();
            model.resize(new_len as usize, 0);
            let mut read = vec![0; model.len()];
            scratch.read(0, &mut read).unwrap();
            assert_eq!(read, model);
        }
        assert!(scratch.read(11_999, &mut [0; 2]).is_err());
        assert_eq!(std::fs::read(&path).unwrap(), before);
    }
}

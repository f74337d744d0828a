//! Behaviour of the whole store through its handle.

mod copy;
mod crash;
mod disk;
mod failure;
mod format;
mod journal;
mod key_list;
mod keys;
mod life;
mod model;
mod payment_keys;
mod ring;
mod tamper;
mod vault;

use std::path::{Path, PathBuf};

use typex_core::codec::{Corrupt, Decoder, Encoder, Record};
use typex_core::{PartitionId, Secret, UnixMs};

use crate::{KdfCost, Mark, NewStore, Options, Store, StoredRecord, Table, Unlock};

pub(crate) const NEW: NewStore =
    NewStore { mark: Mark::Test, kdf: KdfCost::TEST, created: UnixMs(1) };

pub(crate) fn unlock() -> Unlock {
    Unlock::Passphrase(Secret::new("correct horse".to_owned()))
}

/// A store in a directory that goes away with it.
pub(crate) struct Place {
    _dir: tempfile::TempDir,
    path: PathBuf,
}

impl Place {
    pub(crate) fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("data");
        Store::create(&path, &unlock(), &NEW).unwrap();
        Self { _dir: dir, path }
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    pub(crate) fn open(&self) -> Store {
        Store::open(&self.path, &unlock(), Options::default()).unwrap()
    }
}

/// A record of nothing in particular.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Note {
    pub(crate) owner: PartitionId,
    pub(crate) name: String,
    pub(crate) text: String,
}

pub(crate) fn note(owner: u8, name: &str, text: &str) -> Note {
    Note { owner: PartitionId([owner; 16]), name: name.to_owned(), text: text.to_owned() }
}

impl Record for Note {
    fn encode(&self, out: &mut Encoder) {
        out.raw(&self.owner.0).text(&self.name).text(&self.text);
    }

    fn decode(input: &mut Decoder<'_>) -> Result<Self, Corrupt> {
        Ok(Self { owner: PartitionId(input.array()?), name: input.text()?, text: input.text()? })
    }
}

impl StoredRecord for Note {
    const TABLE: Table = Table::new(900);

    fn partition(&self) -> PartitionId {
        self.owner
    }

    fn key(&self) -> Vec<u8> {
        self.name.as_bytes().to_vec()
    }
}

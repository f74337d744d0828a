//! Jobs with their expected answers.

use std::fmt;
use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use pcie_sim::Rng;
use typex_core::error::ErrorKind;
use typex_core::secret::Secret;
use typex_engine::{
    Cipher, CipherJob, CipherKey, CipherRights, LoadedKey, ReencryptJob, ReencryptKey, Task,
};

/// A job that can be made any number of times, and what must come of it.
#[derive(Clone)]
pub(crate) struct Case {
    pub(crate) what: String,
    pub(crate) make: Make,
    pub(crate) data: Vec<u8>,
    pub(crate) expected: Result<Vec<u8>, ErrorKind>,
}

#[derive(Clone)]
pub(crate) enum Make {
    Cipher { cipher: Cipher, key: Arc<CipherKey>, iv: [u8; 16], aad: Vec<u8> },
    Reencrypt { key: Arc<ReencryptKey>, iv: [u8; 16], aad: Vec<u8>, seal: [u8; 16], out: Vec<u8> },
    Process(Arc<LoadedKey>),
}

impl Case {
    pub(crate) fn cipher(
        cipher: Cipher,
        key: &Arc<CipherKey>,
        iv: &[u8],
        aad: &[u8],
        data: &[u8],
        expected: Result<Vec<u8>, ErrorKind>,
    ) -> Self {
        let mut full = [0; 16];
        full[..iv.len()].copy_from_slice(iv);
        let what = format!("{cipher:?} of {} bytes, {} associated", data.len(), aad.len());
        let make = Make::Cipher { cipher, key: Arc::clone(key), iv: full, aad: aad.to_vec() };
        Self { what, make, data: data.to_vec(), expected }
    }

    pub(crate) fn task(&self) -> Task {
        let data = BytesMut::from(&self.data[..]);
        match &self.make {
            Make::Cipher { cipher, key, iv, aad } => Task::cipher(CipherJob {
                cipher: *cipher,
                key: Arc::clone(key),
                iv: *iv,
                aad: Bytes::copy_from_slice(aad),
                data,
            }),
            Make::Reencrypt { key, iv, aad, seal, out } => Task::reencrypt(ReencryptJob {
                key: Arc::clone(key),
                open_iv: *iv,
                open_aad: Bytes::copy_from_slice(aad),
                seal_iv: *seal,
                seal_aad: Bytes::copy_from_slice(out),
                data,
            }),
            Make::Process(key) => Task::process(Arc::clone(key), data),
        }
    }
}

impl fmt::Display for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.what)
    }
}

/// A key that permits everything.
pub(crate) fn any(key: &[u8]) -> Arc<CipherKey> {
    with_rights(key, Cipher::ALL.into_iter().collect())
}

pub(crate) fn with_rights(key: &[u8], rights: CipherRights) -> Arc<CipherKey> {
    Arc::new(CipherKey::new(&Secret::new(key.to_vec()), rights).unwrap())
}

/// Seeded bytes and choices.
pub(crate) struct Random(Rng);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self(Rng::seeded(seed))
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0.word()
    }

    /// Below `end`.
    pub(crate) fn below(&mut self, end: usize) -> usize {
        (self.next() % end.max(1) as u64) as usize
    }

    pub(crate) fn bytes(&mut self, len: usize) -> Vec<u8> {
        (0..len).map(|_| self.next() as u8).collect()
    }

    pub(crate) fn array<const LEN: usize>(&mut self) -> [u8; LEN] {
        self.bytes(LEN).try_into().unwrap()
    }

    pub(crate) fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        &from[self.below(from.len())]
    }
}

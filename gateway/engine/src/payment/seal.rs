//! Messages that GCM seals under one stored key, together.

use std::sync::Arc;

use bytes::BytesMut;
use typex_core::error::ErrorKind;
use typex_core::key::payment::Usage;
use typex_core::op::Action;
use typex_core::op::payment::{Cipher, Operation, Part};
use typex_core::policy::{Grant, PartKey};
use zeroize::Zeroize;

use super::cipher::seal_any;
use super::limits::{AAD_BYTES_MAX, PLAINTEXT_BYTES_MAX};
use super::{Algorithm, Error};
use crate::key::LoadedKey;

/// What every message costs.
const MESSAGE_NS: u64 = 50;
/// What eight blocks of a message cost.
const BLOCKS_NS: u64 = 25;
const BLOCKS_BYTES: usize = 128;

/// Messages of `EncryptData` in GCM under one stored key of AES: each is sealed as if it came
/// alone. One grant is for all of them, since nothing of it depends on the message.
pub struct SealJob {
    /// The key.
    pub key: Arc<LoadedKey>,
    /// The messages.
    pub messages: Vec<Message>,
}

/// A message in clear, and then sealed.
pub struct Message {
    /// Of one message only; drawn and counted by whoever makes the job.
    pub nonce: [u8; 12],
    /// Associated data; `None` is what binds the message to its key.
    pub aad: Option<BytesMut>,
    /// The message, changed where it is.
    pub data: BytesMut,
    /// Zeros before.
    pub tag: [u8; 16],
}

impl SealJob {
    /// Whether a key seals in such jobs.
    pub fn takes_key(key: &LoadedKey) -> bool {
        let is_data = |usage: Usage| usage == Usage::DATA;
        key.payment().is_some_and(|key| {
            let is_aes = key.cipher().is_ok_and(|key| key.algorithm() == Algorithm::Aes);
            is_aes && is_data(key.attributes().usage)
        })
    }

    /// Whether a message has the lengths of such a job.
    pub fn takes(data: &[u8], aad: Option<&[u8]>) -> bool {
        data.len() <= PLAINTEXT_BYTES_MAX && aad.is_none_or(|aad| aad.len() <= AAD_BYTES_MAX)
    }

    /// What a message of so many bytes costs.
    pub fn price_ns(bytes: usize) -> u64 {
        MESSAGE_NS + BLOCKS_NS * (bytes / BLOCKS_BYTES) as u64
    }

    /// Whether the grant is for this operation with this key.
    pub(crate) fn is_covered(&self, grant: &Grant) -> bool {
        let record = self.key.record();
        let (key, version) = (record.id, record.version);
        let part = PartKey { part: Part::Data, key, version, is_wrapped: false };
        grant.action() == Action::Payment(Operation::EncryptData) && grant.parts() == [part]
    }

    /// Whether the key seals, and every message has a length that it takes.
    pub(crate) fn check(&self) -> Result<(), ErrorKind> {
        let takes = |one: &Message| Self::takes(&one.data, one.aad.as_deref());
        if !Self::takes_key(&self.key) || !self.messages.iter().all(takes) {
            return Err(ErrorKind::Internal);
        }
        Ok(())
    }

    /// What it costs one core, in nanoseconds, by order of magnitude.
    pub(crate) fn cost_ns(&self) -> u64 {
        self.messages.iter().map(|one| Self::price_ns(one.data.len())).sum()
    }

    /// Bytes of all messages.
    pub(crate) fn data_bytes(&self) -> usize {
        self.messages.iter().map(|one| one.data.len()).sum()
    }

    /// Seals all of them.
    pub(crate) fn run(&mut self) -> Result<Vec<Message>, ErrorKind> {
        let mut messages = std::mem::take(&mut self.messages);
        let sealed = self.seal(&mut messages);
        if sealed.is_err() {
            messages.iter_mut().for_each(|one| one.data.zeroize());
        }
        sealed.map(|()| messages).map_err(ErrorKind::from)
    }

    fn seal(&self, messages: &mut [Message]) -> Result<(), Error> {
        let key = self.key.payment().ok_or(Error::KeyUsage)?.cipher()?;
        let record = self.key.record();
        let bound = Cipher::bound(record.partition, record.id, record.version);
        for Message { nonce, aad, data, tag } in messages {
            let aad = aad.as_deref().unwrap_or(&bound);
            *tag = seal_any(key, nonce, aad, data)?;
        }
        Ok(())
    }

    /// As many zeros.
    pub(crate) fn nothing(&mut self) -> Vec<Message> {
        let mut messages = std::mem::take(&mut self.messages);
        messages.iter_mut().for_each(|one| one.data.fill(0));
        messages
    }
}

//! What a payment operation is given.

use std::sync::Arc;

use typex_core::key::KeyRecord;
use typex_core::key::payment::Attributes;
use typex_core::op::payment::{Bytes, Cipher, Dukpt, Operation, Part, Task};
use typex_core::policy::{Grant, PartKey};

use super::price::{data_bytes, price_ns};
use crate::cipher::ReencryptJob;
use crate::key::LoadedKey;
use crate::payment::cipher::Nonce;

/// A payment operation with its keys.
pub struct PaymentJob {
    /// What to do.
    pub task: Task,
    /// The keys, each in its part.
    pub keys: Vec<JobKey>,
    /// For what GCM encrypts; of one job only.
    pub nonce: Option<Nonce>,
    /// As a card runs it, once that is known.
    pub(super) card: Option<Box<ReencryptJob>>,
}

/// A key in its part.
pub struct JobKey {
    /// What it does.
    pub part: Part,
    /// Where it is.
    pub source: KeySource,
    /// The transaction, if it is a base key.
    pub dukpt: Option<Dukpt>,
}

/// Where a key is.
pub enum KeySource {
    /// It is stored.
    Stored(Arc<LoadedKey>),
    /// It came in a key block.
    Block {
        /// The block.
        text: Bytes,
        /// What its header says, as policy judged it; the block is refused if it says otherwise.
        attributes: Attributes,
        /// The stored key that protects it.
        under: Arc<LoadedKey>,
    },
}

impl PaymentJob {
    /// A job; one in which GCM encrypts needs a nonce besides.
    pub fn new(task: Task, keys: Vec<JobKey>) -> Self {
        Self { task, keys, nonce: None, card: None }
    }

    /// Whether the grant is for this operation with these keys.
    pub(crate) fn is_covered(&self, grant: &Grant) -> bool {
        let action = typex_core::op::Action::Payment(self.task.operation());
        let named = self.keys.iter().map(JobKey::named);
        grant.action() == action && named.eq(grant.parts().iter().copied())
    }

    /// Whether one of its keys was revoked.
    pub(crate) fn is_revoked(&self) -> bool {
        self.keys.iter().any(|key| key.loaded().is_revoked())
    }

    /// Whether RSA takes most of its time.
    pub(crate) fn has_rsa(&self) -> bool {
        let is_rsa = |cipher: &Cipher| matches!(cipher, Cipher::Rsa(_));
        match &self.task {
            Task::Encrypt { cipher, .. } | Task::Decrypt { cipher, .. } => is_rsa(cipher),
            Task::ReEncrypt { incoming, outgoing, .. } => is_rsa(incoming) || is_rsa(outgoing),
            _ => false,
        }
    }

    /// Whether it is one message of GCM under a key as it is, which company makes no cheaper.
    pub(crate) fn is_one_seal(&self) -> bool {
        let (Task::Encrypt { cipher, .. } | Task::Decrypt { cipher, .. }) = &self.task else {
            return false;
        };
        let is_stored =
            |key: &JobKey| key.dukpt.is_none() && matches!(key.source, KeySource::Stored(_));
        matches!(cipher, Cipher::Gcm { .. }) && self.keys.iter().all(is_stored)
    }

    /// Whether what it gives has random parts beside a nonce.
    pub(crate) fn draws_random(&self) -> bool {
        match &self.task {
            Task::Encrypt { cipher, .. } | Task::ReEncrypt { outgoing: cipher, .. } => {
                matches!(cipher, Cipher::Rsa(_))
            }
            task => matches!(
                task.operation(),
                Operation::TranslatePin | Operation::GeneratePin3624 | Operation::GeneratePinVisa
            ),
        }
    }

    /// What it costs one core, in nanoseconds, by order of magnitude.
    pub fn cost_ns(&self) -> u64 {
        price_ns(&self.task, self.keys.iter().filter(|key| key.dukpt.is_some()).count())
    }

    /// Bytes of data that pass through it.
    pub(crate) fn data_bytes(&self) -> usize {
        data_bytes(&self.task)
    }
}

impl JobKey {
    /// The stored key, or the one that unwraps.
    pub fn loaded(&self) -> &LoadedKey {
        match &self.source {
            KeySource::Stored(key) | KeySource::Block { under: key, .. } => key,
        }
    }

    pub(super) fn record(&self) -> &KeyRecord {
        self.loaded().record()
    }

    pub(crate) fn named(&self) -> PartKey {
        let record = self.record();
        let is_wrapped = matches!(self.source, KeySource::Block { .. });
        PartKey { part: self.part, key: record.id, version: record.version, is_wrapped }
    }
}

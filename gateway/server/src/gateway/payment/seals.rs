//! How many messages GCM sealed under each key. They are reserved ahead in the store, so that a
//! crash leaves some out and counts none twice.
// spec: payments 7

use std::sync::{Mutex, PoisonError};

use typex_core::codec::{Corrupt, Decoder, Encoder, Record};
use typex_core::op::payment::{Cipher, Part, Task};
use typex_core::{Error, ErrorKind, KeyId, PartitionId};
use typex_engine::payment::limits::GCM_MESSAGES_MAX;
use typex_engine::payment::{JobKey, KeySource};
use typex_store::{StoredRecord, Table, Tx};

use crate::gateway::Cache;
use crate::gateway::core::Inner;

/// Messages that are reserved at a time: one write of the store for so many, and a key has room for
/// 4096 starts of the gateway.
const STEP: u64 = 1 << 20;

/// Keys of which the messages reserved are remembered; one takes some 50 bytes. What a key that is
/// forgotten had left is lost.
const KEYS_MAX: usize = 16_384;

/// What is counted together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Sealing {
    /// The key, or that under which keys come wrapped in requests: these are counted together.
    pub(super) key: KeyId,
    /// Its version.
    pub(super) version: u32,
    /// Whether keys wrapped under it are meant.
    pub(super) is_wrapped: bool,
}

/// Messages reserved for one key so far.
pub(super) struct Reserved {
    pub(super) partition: PartitionId,
    pub(super) sealing: Sealing,
    pub(super) count: u64,
}

/// What is left of the messages that were reserved.
pub(super) struct Seals(Mutex<Cache<Sealing, u64>>);

impl Seals {
    pub(super) fn new() -> Self {
        Self(Mutex::new(Cache::new(KEYS_MAX)))
    }

    /// Changes what is left by `added`; whether there was one to take.
    fn take(&self, sealing: Sealing, added: u64) -> bool {
        // Counts stay counts, whatever panicked beside them.
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let left = known.find(&sealing, |_| true).unwrap_or(0) + added;
        let Some(left) = left.checked_sub(1) else { return false };
        known.insert(sealing, left);
        true
    }
}

impl Inner {
    /// Counts a message that GCM is to seal, if the task has one.
    ///
    /// # Errors
    /// [`ErrorKind::KeyState`] for a key that sealed [`GCM_MESSAGES_MAX`]; those of the store.
    pub(super) async fn count_seal(&self, task: &Task, keys: &[JobKey]) -> Result<(), Error> {
        let Some(sealing) = sealing(task, keys) else { return Ok(()) };
        let (seals, store) = (self.gateway.payments.seals(), &self.gateway.store);
        if seals.take(sealing, 0) {
            return Ok(());
        }
        let partition = keys.first().ok_or(ErrorKind::Internal)?.loaded().record().partition;
        store.write(move |tx| reserve(tx, partition, sealing)).await?;
        if seals.take(sealing, STEP) { Ok(()) } else { Err(ErrorKind::Internal.into()) }
    }
}

/// What is counted of a task. A key that is derived for one transaction seals only its messages.
fn sealing(task: &Task, keys: &[JobKey]) -> Option<Sealing> {
    let part = match task {
        Task::Encrypt { .. } => Part::Data,
        Task::ReEncrypt { .. } => Part::Outgoing,
        _ => return None,
    };
    let is_sealed = matches!(task.cipher(part), Some(Cipher::Gcm { .. }));
    let key = keys.iter().find(|key| key.part == part).filter(|key| key.dukpt.is_none())?;
    let record = key.loaded().record();
    let is_wrapped = matches!(key.source, KeySource::Block { .. });
    is_sealed.then_some(Sealing { key: record.id, version: record.version, is_wrapped })
}

fn reserve(tx: &mut Tx<'_>, partition: PartitionId, sealing: Sealing) -> Result<(), Error> {
    let reserved: Option<Reserved> = tx.get(partition, &sealing.bytes())?;
    let count = reserved.map_or(0, |reserved| reserved.count).saturating_add(STEP);
    if count > GCM_MESSAGES_MAX {
        let text = "the key sealed as many messages as GCM may under one key: make a new one";
        return Err(Error::new(ErrorKind::KeyState, text));
    }
    tx.put(&Reserved { partition, sealing, count })
}

impl Sealing {
    pub(super) fn bytes(&self) -> Vec<u8> {
        let Self { key, version, is_wrapped } = self;
        [&key.0[..], &version.to_be_bytes(), &[u8::from(*is_wrapped)]].concat()
    }
}

impl Record for Reserved {
    fn encode(&self, out: &mut Encoder) {
        let Self { partition, sealing: Sealing { key, version, is_wrapped }, count } = self;
        out.raw(&partition.0).raw(&key.0).u32(*version).u8(u8::from(*is_wrapped)).u64(*count);
    }

    fn decode(input: &mut Decoder<'_>) -> Result<Self, Corrupt> {
        let (partition, key) = (PartitionId(input.array()?), KeyId(input.array()?));
        let version = input.u32()?;
        let is_wrapped = match input.u8()? {
            0 => false,
            1 => true,
            _ => return Err(Corrupt),
        };
        let sealing = Sealing { key, version, is_wrapped };
        Ok(Self { partition, sealing, count: input.u64()? })
    }
}

impl StoredRecord for Reserved {
    const TABLE: Table = Table::new(43);

    fn partition(&self) -> PartitionId {
        self.partition
    }

    fn key(&self) -> Vec<u8> {
        self.sealing.bytes()
    }
}

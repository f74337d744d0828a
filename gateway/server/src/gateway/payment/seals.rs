//! How many messages GCM sealed under each key. They are reserved ahead in the store, so that a
//! crash leaves some out and counts none twice.
// spec: payments 7

use std::sync::{Mutex, MutexGuard, PoisonError};

use typex_core::codec::{Corrupt, Decoder, Encoder, Record};
use typex_core::key::KeyRecord;
use typex_core::op::payment::{Cipher, Part, Task};
use typex_core::{Error, ErrorKind, KeyId, PartitionId};
use typex_engine::payment::limits::GCM_MESSAGES_MAX;
use typex_engine::payment::{JobKey, KeySource};
use typex_store::{StoredRecord, Table, Tx};

use crate::gateway::Cache;
use crate::gateway::core::Inner;

/// Messages that are reserved for a key at first, after a start or after it was forgotten: what a
/// key loses that seals few.
const STEP_FIRST: u64 = 64;

/// Each step is twice the one before, up to so many: one write of the store for a million messages,
/// and what is lost is less than the first step or than twice what was sealed since.
const STEP_MAX: u64 = 1 << 20;

/// Keys of which the messages reserved are remembered; one takes some 60 bytes. What a key that is
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

/// What is left of the messages that were reserved, for each key.
pub(super) struct Seals(Mutex<Cache<Sealing, Left>>);

#[derive(Clone, Copy)]
struct Left {
    count: u64,
    /// How many to reserve next.
    step: u64,
}

impl Seals {
    pub(super) fn new() -> Self {
        Self(Mutex::new(Cache::new(KEYS_MAX)))
    }

    /// Takes messages; where too few are left, how many to reserve.
    fn take(&self, sealing: Sealing, wanted: u64) -> Option<u64> {
        let mut known = self.lock();
        let left = known.find(&sealing, |_| true);
        let Some(Left { count, step }) = left else { return Some(STEP_FIRST.max(wanted)) };
        let Some(count) = count.checked_sub(wanted) else { return Some(step.max(wanted)) };
        known.insert(sealing, Left { count, step });
        None
    }

    /// Adds what was reserved and takes what was wanted of it.
    ///
    /// # Errors
    /// [`ErrorKind::KeyState`] if that is too little; it is left for who wants less.
    fn add(&self, sealing: Sealing, reserved: u64, wanted: u64) -> Result<(), Error> {
        let mut known = self.lock();
        let Left { count, step } =
            known.find(&sealing, |_| true).unwrap_or(Left { count: 0, step: STEP_FIRST });
        let (all, step) = (count + reserved, (step * 2).min(STEP_MAX));
        let left = all.checked_sub(wanted);
        known.insert(sealing, Left { count: left.unwrap_or(all), step });
        left.map(drop).ok_or_else(used_up)
    }

    fn lock(&self) -> MutexGuard<'_, Cache<Sealing, Left>> {
        // Counts stay counts, whatever panicked beside them.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inner {
    /// Counts a message that GCM is to seal, if the task has one.
    ///
    /// # Errors
    /// [`ErrorKind::KeyState`] for a key that sealed [`GCM_MESSAGES_MAX`]; those of the store.
    pub(super) async fn count_seal(&self, task: &Task, keys: &[JobKey]) -> Result<(), Error> {
        let Some(sealing) = sealing(task, keys) else { return Ok(()) };
        let partition = keys.first().ok_or(ErrorKind::Internal)?.loaded().record().partition;
        self.count_seals(partition, sealing, 1).await
    }

    /// Counts messages that GCM is to seal under a stored key itself.
    ///
    /// # Errors
    /// As of [`count_seal`](Self::count_seal); fewer may still find room then.
    pub(super) async fn count_seals_of(&self, key: &KeyRecord, wanted: u64) -> Result<(), Error> {
        let sealing = Sealing { key: key.id, version: key.version, is_wrapped: false };
        self.count_seals(key.partition, sealing, wanted).await
    }

    async fn count_seals(
        &self,
        partition: PartitionId,
        sealing: Sealing,
        wanted: u64,
    ) -> Result<(), Error> {
        let (seals, store) = (self.gateway.payments.seals(), &self.gateway.store);
        let Some(step) = seals.take(sealing, wanted) else { return Ok(()) };
        let reserved = store.write(move |tx| reserve(tx, partition, (sealing, step))).await?;
        seals.add(sealing, reserved, wanted)
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

/// Reserves up to `step` messages, at least one; says how many.
fn reserve(
    tx: &mut Tx<'_>,
    partition: PartitionId,
    (sealing, step): (Sealing, u64),
) -> Result<u64, Error> {
    let reserved: Option<Reserved> = tx.get(partition, &sealing.bytes())?;
    let before = reserved.map_or(0, |reserved| reserved.count);
    let step = step.min(GCM_MESSAGES_MAX.saturating_sub(before));
    if step == 0 {
        return Err(used_up());
    }
    tx.put(&Reserved { partition, sealing, count: before + step })?;
    Ok(step)
}

fn used_up() -> Error {
    let text = "the key sealed as many messages as GCM may under one key: make a new one";
    Error::new(ErrorKind::KeyState, text)
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

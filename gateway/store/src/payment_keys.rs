//! What is kept of payment keys beside key and material: how they stand, their list, what is to be
//! done with them later.

use std::collections::BTreeSet;

use typex_core::key::{KeyName, KeyRecord, KeyState};
use typex_core::limits::{
    DELETED_KEY_DAYS, PARTITION_PAYMENT_KEYS_MAX, PAYMENT_LIST_LOOKS_MAX, PAYMENT_LIST_PART_PLACES,
    PAYMENT_PAGE_MAX,
};
use typex_core::op::payment::keys::{
    Deletion, Due, KeyTags, Life, ListPart, Next, Page, Shown, Standing, Step, Tags,
};
use typex_core::{Error, ErrorKind, KeyId, PartitionId, UnixMs};

use crate::error::{StoreError, Tampered};
use crate::keys::NewKey;
use crate::tx::Tx;

const DAY_MS: u64 = 24 * 60 * 60 * 1000;

/// A payment key without its material.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PaymentKey {
    /// The key.
    pub record: KeyRecord,
    /// What it has beside.
    pub life: Life,
    /// Where it stands.
    pub standing: Standing,
}

impl Tx<'_> {
    /// Stores a new payment key at the end of its partition's list.
    ///
    /// # Errors
    /// As [`create_key`](Self::create_key); `Quota` if its partition is full, `KeyUsage` for a key
    /// that is none.
    pub fn create_payment_key(
        &mut self,
        new: NewKey,
        life: Life,
        tags: Tags,
    ) -> Result<PaymentKey, Error> {
        new.record.usage.payment().ok_or(ErrorKind::KeyUsage)?.check()?;
        let record = self.create_key(new)?;
        let place = self.take_place(record.partition, record.id)?;
        let life = Life { partition: record.partition, key: record.id, place, ..life };
        self.put(&life)?;
        self.put_tags(record.partition, record.id, tags)?;
        let standing = Standing::of(&record, &life, None);
        Ok(PaymentKey { record, life, standing })
    }

    /// A payment key.
    ///
    /// # Errors
    /// `KeyNotFound` if the partition has no such payment key.
    pub fn payment_key(&self, partition: PartitionId, key: KeyId) -> Result<PaymentKey, Error> {
        let life: Life = self.get(partition, &key.0)?.ok_or(ErrorKind::KeyNotFound)?;
        let record = self.key_record(partition, KeyName::Id(key))?;
        let deletion: Option<Deletion> = self.get(partition, &key.0)?;
        let standing = Standing::of(&record, &life, deletion.as_ref());
        Ok(PaymentKey { record, life, standing })
    }

    /// Part of the payment keys of a partition, in the order in which they came; of those that
    /// stand as `shown` says, if it does. A part may be short though more follow.
    ///
    /// # Errors
    /// `Storage` only.
    pub fn payment_keys(
        &self,
        partition: PartitionId,
        shown: Option<Shown>,
        page: &Page<u64>,
    ) -> Result<Next<PaymentKey, u64>, Error> {
        let parts = self.payment_list(partition)?;
        let behind = |place: u64| page.after.is_none_or(|after| place > after);
        let mut rest = parts.iter().flat_map(|part| &part.keys).filter(|(place, _)| behind(*place));
        let (mut items, mut after) = (Vec::new(), None);
        for (place, key) in rest.by_ref().take(PAYMENT_LIST_LOOKS_MAX) {
            let key = self.payment_key(partition, *key)?;
            after = Some(*place);
            if shown.is_none_or(|shown| shown == key.standing.shown()) {
                items.push(key);
            }
            if items.len() >= page.count.min(PAYMENT_PAGE_MAX) {
                break;
            }
        }
        let is_end = rest.next().is_none();
        Ok(Next { items, after: after.filter(|_| !is_end) })
    }

    /// Takes a step with a payment key. One that may not be used any more is revoked with this.
    ///
    /// # Errors
    /// `KeyNotFound`; `WrongState` for a step that cannot be taken from where it stands.
    pub fn step_payment_key(
        &mut self,
        partition: PartitionId,
        key: KeyId,
        step: Step,
        now: UnixMs,
    ) -> Result<PaymentKey, Error> {
        let PaymentKey { record, life, standing } = self.payment_key(partition, key)?;
        let next = standing.after(step)?;
        let is_enabled = next == Standing::Enabled;
        let life = if life.is_enabled == is_enabled { life } else { life.enabled(is_enabled, now) };
        match next {
            Standing::Pending(at) => self.put(&Deletion { partition, key, due: Due::Erase, at })?,
            _ => self.delete::<Deletion>(partition, &key.0).map(|_| ())?,
        }
        self.put(&life)?;
        let record = match next.state() {
            state if state == record.state => record,
            state => self.change_state(partition, KeyName::Id(key), state)?,
        };
        Ok(PaymentKey { record, life, standing: next })
    }

    /// The tags of a payment key.
    ///
    /// # Errors
    /// `KeyNotFound` if the partition has no such payment key.
    pub fn tags(&self, partition: PartitionId, key: KeyId) -> Result<Tags, Error> {
        self.payment_key(partition, key)?;
        let tags: Option<KeyTags> = self.get(partition, &key.0)?;
        Ok(tags.map(|tags| tags.tags).unwrap_or_default())
    }

    /// Gives a payment key these tags in place of those it had.
    ///
    /// # Errors
    /// `Storage` only.
    pub fn put_tags(
        &mut self,
        partition: PartitionId,
        key: KeyId,
        tags: Tags,
    ) -> Result<(), Error> {
        if tags.is_empty() {
            return self.delete::<KeyTags>(partition, &key.0).map(|_| ());
        }
        self.put(&KeyTags { partition, key, tags })
    }

    /// Up to `limit` deletions that are due at `now`, of other keys than those of `but`.
    ///
    /// # Errors
    /// `Storage` only.
    pub fn due_deletions(
        &self,
        now: UnixMs,
        limit: usize,
        but: &BTreeSet<(PartitionId, KeyId)>,
    ) -> Result<Vec<Deletion>, Error> {
        let is_due = |deletion: &Deletion| {
            deletion.at <= now && !but.contains(&(deletion.partition, deletion.key))
        };
        self.select(None, limit, |deletion| Some(deletion).filter(is_due))
    }

    /// Does what is due with a key; says whether it still was. A key whose material is erased is
    /// shown for [`DELETED_KEY_DAYS`] more.
    ///
    /// # Errors
    /// `Storage` only.
    pub fn delete_due(&mut self, deletion: &Deletion, now: UnixMs) -> Result<bool, Error> {
        let Deletion { partition, key, .. } = *deletion;
        let still: Option<Deletion> = self.get(partition, &key.0)?;
        if still.as_ref() != Some(deletion) {
            return Ok(false);
        }
        match deletion.due {
            Due::Erase => self.erase(partition, key, now)?,
            Due::Forget => self.forget(partition, key)?,
        }
        Ok(true)
    }

    fn erase(&mut self, partition: PartitionId, key: KeyId, now: UnixMs) -> Result<(), Error> {
        let PaymentKey { record, life, .. } = self.payment_key(partition, key)?;
        if record.state != KeyState::Destroyed {
            self.change_state(partition, KeyName::Id(key), KeyState::Destroyed)?;
        }
        self.put(&Life { deleted: Some(now), ..life })?;
        let at = UnixMs(now.0.saturating_add(u64::from(DELETED_KEY_DAYS) * DAY_MS));
        self.put(&Deletion { partition, key, due: Due::Forget, at })
    }

    fn forget(&mut self, partition: PartitionId, key: KeyId) -> Result<(), Error> {
        let PaymentKey { record, life, .. } = self.payment_key(partition, key)?;
        self.leave_place(partition, &life)?;
        self.delete::<Life>(partition, &key.0)?;
        self.delete::<KeyTags>(partition, &key.0)?;
        self.delete::<Deletion>(partition, &key.0)?;
        self.delete_key(&record)
    }

    /// Whether a key's material is about to be erased.
    pub(crate) fn is_pending(&self, partition: PartitionId, key: KeyId) -> Result<bool, Error> {
        let deletion: Option<Deletion> = self.get(partition, &key.0)?;
        Ok(deletion.is_some())
    }

    fn take_place(&mut self, partition: PartitionId, key: KeyId) -> Result<u64, Error> {
        let mut parts = self.payment_list(partition)?;
        let count: usize = parts.iter().map(|part| part.keys.len()).sum();
        if count >= PARTITION_PAYMENT_KEYS_MAX {
            return Err(ErrorKind::Quota.into());
        }
        let empty = |number| ListPart { partition, number, keys: Vec::new() };
        let last = parts.pop().unwrap_or_else(|| empty(0));
        let place = match last.keys.last() {
            Some((place, _)) => place + 1,
            None => u64::from(last.number) * PAYMENT_LIST_PART_PLACES,
        };
        let number = u32::try_from(place / PAYMENT_LIST_PART_PLACES);
        let number = number.map_err(|_| ErrorKind::Quota)?;
        let mut part = if number == last.number { last } else { empty(number) };
        part.keys.push((place, key));
        self.put(&part)?;
        Ok(place)
    }

    fn leave_place(&mut self, partition: PartitionId, life: &Life) -> Result<(), Error> {
        let parts = self.payment_list(partition)?;
        let has = |part: &&ListPart| part.keys.iter().any(|(place, _)| *place == life.place);
        let found = parts.iter().find(has).cloned();
        let mut part = found.ok_or_else(|| StoreError::from(Tampered::Dangling))?;
        part.keys.retain(|(place, _)| *place != life.place);
        let is_last = parts.last().is_some_and(|last| last.number == part.number);
        // The last one stays, so that places go on from it.
        if part.keys.is_empty() && !is_last {
            return self.delete::<ListPart>(partition, &part.number.to_be_bytes()).map(|_| ());
        }
        self.put(&part)
    }

    fn payment_list(&self, partition: PartitionId) -> Result<Vec<ListPart>, Error> {
        let mut parts: Vec<ListPart> = self.all(Some(partition))?;
        parts.sort_by_key(|part| part.number);
        Ok(parts)
    }
}

//! Keys in the store: a record, its secret part, and its object number.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use typex_core::codec::{Corrupt, Decoder, Encoder, Record};
use typex_core::error::KeyImport;
use typex_core::key::{Channel, KeyName, KeyRecord, KeyState, Material, Usage, payment};
use typex_core::op::manage::Attributes;
use typex_core::{Error, ErrorKind, KeyId, PartitionId, UnixMs};

use crate::error::{StoreError, Tampered};
use crate::key_list::is_listed;
use crate::keyring::Place;
use crate::limits::{LIST_PART_KEYS, OBJECT_ATTEMPTS_MAX};
use crate::record::StoredRecord;
use crate::templates::TemplateChange;
use crate::tx::{Tx, decode};

/// Object numbers handed out stay below this: some clients read them as signed.
const OBJECT_MASK: u32 = 0x7fff_ffff;

/// How far apart the times of two changes of attributes are at least: lists show whole seconds,
/// and whoever reads one must see that there was a change.
const UPDATE_STEP: Duration = Duration::from_secs(1);

/// A key to be stored.
pub struct NewKey {
    /// All that is public. Its id is chosen by the caller: random, or what its material gives.
    pub record: KeyRecord,
    /// Protects its requests, where a dialect does that.
    pub channel: Option<Channel>,
    /// The secret part.
    pub material: Material,
}

/// A key as stored.
pub struct StoredKey {
    /// All that is public.
    pub record: KeyRecord,
    /// Protects its requests; `None` once destroyed.
    pub channel: Option<Channel>,
    /// The secret part; [`Material::None`] once destroyed.
    pub material: Material,
    /// Turns true when the key's state has changed: drop it and load it again.
    pub revoked: Arc<AtomicBool>,
}

/// The secret part of one version of a key. It is sealed bound to the whole [`KeyRecord`], so it
/// does not unseal beside another record, an earlier state of its own included.
pub(crate) struct StoredMaterial {
    pub(crate) key: KeyId,
    pub(crate) version: u32,
    pub(crate) partition: PartitionId,
    pub(crate) channel: Option<Channel>,
    pub(crate) material: Material,
}

impl StoredMaterial {
    pub(crate) fn id(&self) -> Vec<u8> {
        material_id(self.key, self.version)
    }
}

impl Record for StoredMaterial {
    fn encode(&self, out: &mut Encoder) {
        out.raw(&self.key.0).u32(self.version).raw(&self.partition.0);
        out.option(self.channel.as_ref(), |out, channel| {
            channel.encode(out);
            out
        });
        self.material.encode(out);
    }

    fn decode(input: &mut Decoder<'_>) -> Result<Self, Corrupt> {
        Ok(Self {
            key: KeyId(input.array()?),
            version: input.u32()?,
            partition: PartitionId(input.array()?),
            channel: input.option(Channel::decode)?,
            material: Material::decode(input)?,
        })
    }
}

/// Which key has an object number.
pub(crate) struct ObjectName {
    pub(crate) partition: PartitionId,
    pub(crate) object: u32,
    pub(crate) key: KeyId,
}

impl Record for ObjectName {
    fn encode(&self, out: &mut Encoder) {
        out.raw(&self.partition.0).u32(self.object).raw(&self.key.0);
    }

    fn decode(input: &mut Decoder<'_>) -> Result<Self, Corrupt> {
        Ok(Self {
            partition: PartitionId(input.array()?),
            object: input.u32()?,
            key: KeyId(input.array()?),
        })
    }
}

impl Tx<'_> {
    /// Stores a new key and closes the template of its number, if one was open.
    ///
    /// # Errors
    /// `KeyExists` if its id or its object number is taken, by a destroyed key too. Of a key that
    /// serves more than one operation `KeyImport` if the material is not of its algorithm,
    /// `Malformed` for attributes over their bounds, `Quota` if its partition is full.
    pub fn create_key(&mut self, new: NewKey) -> Result<KeyRecord, Error> {
        let NewKey { record, channel, material } = new;
        let (key, version, partition) = (record.id, record.version, record.partition);
        if self.get::<KeyRecord>(partition, &key.0)?.is_some() {
            return Err(ErrorKind::KeyExists.into());
        }
        belongs(&record, &material).map_err(|_| ErrorKind::KeyImport(KeyImport::Material))?;
        if is_listed(record.usage) {
            record.attributes.check()?;
            self.list_key(&record)?;
        }
        if let Some(object) = record.object {
            if self.get::<ObjectName>(partition, &object.to_be_bytes())?.is_some() {
                return Err(ErrorKind::KeyExists.into());
            }
            self.put(&ObjectName { partition, object, key })?;
            self.changes.templates.push(TemplateChange::Close(partition, object));
        }
        self.put(&record)?;
        self.put_material(&record, &StoredMaterial { key, version, partition, channel, material })?;
        Ok(record)
    }

    /// A key with its secret part. A destroyed key is found too, without one.
    ///
    /// # Errors
    /// `KeyNotFound` if the partition has no such key.
    pub fn key_by_name(&self, partition: PartitionId, name: KeyName) -> Result<StoredKey, Error> {
        let record = self.key_record(partition, name)?;
        let revoked = self.memory().borrow_mut().revoked_flag((partition, record.id));
        if record.state == KeyState::Destroyed {
            return Ok(StoredKey { record, channel: None, material: Material::None, revoked });
        }
        let StoredMaterial { channel, material, .. } = self.material(&record)?;
        Ok(StoredKey { record, channel, material, revoked })
    }

    /// What is public of a key.
    ///
    /// # Errors
    /// `KeyNotFound` if the partition has no such key.
    pub fn key_record(&self, partition: PartitionId, name: KeyName) -> Result<KeyRecord, Error> {
        let id = match name {
            KeyName::Id(id) => id,
            KeyName::Object(object) => {
                let name: Option<ObjectName> = self.get(partition, &object.to_be_bytes())?;
                name.ok_or(ErrorKind::KeyNotFound)?.key
            }
        };
        Ok(self.get(partition, &id.0)?.ok_or(ErrorKind::KeyNotFound)?)
    }

    /// Moves a key along its life cycle. Destroying it erases its secret part.
    ///
    /// # Errors
    /// `KeyNotFound`; `KeyState` if the life cycle has no such step, and for a payment key that is
    /// about to be deleted: its owner has to restore it first.
    pub fn change_state(
        &mut self,
        partition: PartitionId,
        name: KeyName,
        to: KeyState,
    ) -> Result<KeyRecord, Error> {
        let before = self.key_record(partition, name)?;
        let refused = |step| Error::from(ErrorKind::KeyState).with_source(step);
        let state = before.state.change(to).map_err(refused)?;
        let is_payment = before.usage.payment().is_some();
        if state == KeyState::Active && is_payment && self.is_pending(partition, before.id)? {
            return Err(ErrorKind::KeyState.into());
        }
        let state_generation = before.state_generation + 1;
        let record = KeyRecord { state, state_generation, ..before.clone() };
        if state == KeyState::Destroyed {
            let id = material_id(record.id, record.version);
            self.delete::<StoredMaterial>(partition, &id)?;
            if is_listed(record.usage) {
                self.unlist_key(partition, record.id)?;
            }
        } else {
            let material = self.material(&before)?;
            self.put_material(&record, &material)?;
        }
        self.put(&record)?;
        self.changes.revoked.push((partition, record.id));
        Ok(record)
    }

    /// Gives a payment key other attributes of its own. Loaded copies are revoked.
    ///
    /// # Errors
    /// `KeyNotFound`; `KeyUsage` if it is no payment key, or none of a usage that has such
    /// attributes; `KeyState` if it is destroyed.
    pub fn change_own(
        &mut self,
        partition: PartitionId,
        key: KeyId,
        own: payment::Own,
    ) -> Result<KeyRecord, Error> {
        let before = self.key_record(partition, KeyName::Id(key))?;
        let attributes = *before.usage.payment().ok_or(ErrorKind::KeyUsage)?;
        let attributes = payment::Attributes { own, ..attributes };
        attributes.check()?;
        if before.state == KeyState::Destroyed {
            return Err(ErrorKind::KeyState.into());
        }
        let (usage, state_generation) = (Usage::Payment(attributes), before.state_generation + 1);
        let record = KeyRecord { usage, state_generation, ..before.clone() };
        let material = self.material(&before)?;
        self.put_material(&record, &material)?;
        self.put(&record)?;
        self.changes.revoked.push((partition, key));
        Ok(record)
    }

    /// Changes what its owner says about a key that serves more than one operation. Loaded copies
    /// stay valid: nothing decides by it.
    ///
    /// # Errors
    /// `KeyNotFound` as for [`listed_key`](Self::listed_key); `Malformed` over a bound.
    pub fn update_attributes(
        &mut self,
        partition: PartitionId,
        key: KeyId,
        attributes: Attributes,
        now: UnixMs,
    ) -> Result<KeyRecord, Error> {
        attributes.check()?;
        let before = self.listed_record(partition, key)?;
        let updated = now.max(before.updated.after(UPDATE_STEP));
        let record = KeyRecord { attributes, updated, ..before.clone() };
        let material = self.material(&before)?;
        self.put_material(&record, &material)?;
        self.relist_key(&record)?;
        self.put(&record)?;
        Ok(record)
    }

    /// Removes a key that serves more than one operation, and its secret part. Its identity is
    /// free again.
    ///
    /// # Errors
    /// `KeyNotFound` as for [`listed_key`](Self::listed_key); `KeyState` if an operator suspended
    /// it, which making it again would undo.
    pub fn remove_key(&mut self, partition: PartitionId, key: KeyId) -> Result<KeyRecord, Error> {
        let record = self.listed_record(partition, key)?;
        if record.state == KeyState::Suspended {
            return Err(ErrorKind::KeyState.into());
        }
        self.unlist_key(partition, key)?;
        self.delete_key(&record)?;
        Ok(record)
    }

    /// Removes some keys of a partition that serve more than one operation, suspended and destroyed
    /// ones too; says how many are left at least. As one request may not change all that there can
    /// be, ask again until none is.
    ///
    /// # Errors
    /// `Storage` only.
    pub fn remove_keys(&mut self, partition: PartitionId) -> Result<usize, Error> {
        let (keys, left) = self.unlist_first(partition)?;
        for key in keys {
            let record = self.key_record(partition, KeyName::Id(key))?;
            self.delete_key(&record)?;
        }
        if left > 0 { Ok(left) } else { self.remove_unlisted(partition) }
    }

    /// A key that serves more than one operation, with its secret part.
    ///
    /// # Errors
    /// `KeyNotFound` if the partition has no such key, or it serves one operation only, or an
    /// operator destroyed it.
    pub fn listed_key(&self, partition: PartitionId, key: KeyId) -> Result<StoredKey, Error> {
        self.listed_record(partition, key)?;
        self.key_by_name(partition, KeyName::Id(key))
    }

    /// Up to `limit` keys, of one partition or of all.
    ///
    /// # Errors
    /// `Storage` only.
    pub fn list_keys(
        &self,
        partition: Option<PartitionId>,
        limit: usize,
    ) -> Result<Vec<KeyRecord>, Error> {
        let mut keys: Vec<KeyRecord> = self.select(partition, limit, Some)?;
        keys.sort_by_key(|key| (key.partition, key.object, key.id));
        Ok(keys)
    }

    /// A random object number that no key and no open template of the partition has.
    ///
    /// # Errors
    /// `Quota` if the partition is so full that none was found.
    pub fn fresh_object(&self, partition: PartitionId) -> Result<u32, Error> {
        for _ in 0..OBJECT_ATTEMPTS_MAX {
            let object = u32::from_be_bytes(self.random()?) & OBJECT_MASK;
            let taken = self.get::<ObjectName>(partition, &object.to_be_bytes())?.is_some()
                || self.find_template(partition, object).is_some();
            if object != 0 && !taken {
                return Ok(object);
            }
        }
        Err(ErrorKind::Quota.into())
    }

    fn material(&self, record: &KeyRecord) -> Result<StoredMaterial, StoreError> {
        let binding = record.to_bytes();
        let id = material_id(record.id, record.version);
        let table = StoredMaterial::TABLE;
        let partition = record.partition;
        let place = Place { table, partition, id: &id, binding: binding.expose() };
        let bytes = self.load(&place)?.ok_or(Tampered::Dangling)?;
        let stored: StoredMaterial = decode(bytes.expose())?;
        belongs(record, &stored.material)?;
        Ok(stored)
    }

    /// Puts a key in place of another, whatever it is like.
    #[cfg(test)]
    pub(crate) fn overwrite_key(
        &mut self,
        record: &KeyRecord,
        material: Material,
    ) -> Result<(), Error> {
        let KeyRecord { id: key, version, partition, .. } = *record;
        let material = StoredMaterial { key, version, partition, channel: None, material };
        self.put_material(record, &material)?;
        self.put(record)
    }

    pub(crate) fn delete_key(&mut self, record: &KeyRecord) -> Result<(), Error> {
        let KeyRecord { id, partition, version, .. } = *record;
        self.delete::<StoredMaterial>(partition, &material_id(id, version))?;
        self.delete::<KeyRecord>(partition, &id.0)?;
        self.changes.revoked.push((partition, id));
        Ok(())
    }

    /// Removes some of the keys that served more than one operation and are not in the list, as
    /// destroyed ones are; says how many are left at least.
    fn remove_unlisted(&mut self, partition: PartitionId) -> Result<usize, Error> {
        let listed = |key: KeyRecord| is_listed(key.usage).then_some(key);
        let found = self.select(Some(partition), LIST_PART_KEYS + 1, listed)?;
        let some = found.len().min(LIST_PART_KEYS);
        for key in &found[..some] {
            self.delete_key(key)?;
        }
        Ok(found.len() - some)
    }

    fn listed_record(&self, partition: PartitionId, key: KeyId) -> Result<KeyRecord, Error> {
        let record = self.key_record(partition, KeyName::Id(key))?;
        if is_listed(record.usage) && record.state != KeyState::Destroyed {
            return Ok(record);
        }
        Err(ErrorKind::KeyNotFound.into())
    }

    fn put_material(&mut self, record: &KeyRecord, material: &StoredMaterial) -> Result<(), Error> {
        self.put_bound(material, record.to_bytes().expose())
    }
}

/// Whether material is of the algorithm that its key's record names.
pub(crate) fn belongs(record: &KeyRecord, material: &Material) -> Result<(), Tampered> {
    let holds = record.usage.general().is_none_or(|general| general.holds(material))
        && record.usage.payment().is_none_or(|payment| payment.holds(material));
    if holds { Ok(()) } else { Err(Tampered::Record) }
}

pub(crate) fn material_id(key: KeyId, version: u32) -> Vec<u8> {
    [key.0.as_slice(), &version.to_be_bytes()].concat()
}

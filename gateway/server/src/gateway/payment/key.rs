//! From the names of keys to the keys.

use std::sync::Arc;

use typex_core::error::Malformed;
use typex_core::key::KeyName;
use typex_core::limits::PAYMENT_PARTS_MAX;
use typex_core::op::payment::{Cipher, KeyRef, NamedKey, Part, Source, Task};
use typex_core::policy::payment::{Holder, Use};
use typex_core::{Error, ErrorKind, KeyId, PartitionId};
use typex_engine::LoadedKey;
use typex_engine::payment::key_block::stated;
use typex_engine::payment::{JobKey, KeySource};

use crate::gateway::core::Inner;
use crate::gateway::keys::Unresolved;

impl Inner {
    /// The keys of a call, as far as they are found.
    pub(in crate::gateway) async fn named_keys(
        &self,
        partition: PartitionId,
        named: Vec<NamedKey>,
    ) -> Result<Vec<JobKey>, Unresolved> {
        if named.len() > PAYMENT_PARTS_MAX {
            return Err(Error::from(ErrorKind::Malformed(Malformed::Member)).into());
        }
        let mut keys = Vec::with_capacity(named.len());
        for NamedKey { part, source, dukpt } in named {
            let source = match source {
                Source::Stored(name) => KeySource::Stored(self.named_key(partition, &name).await?),
                Source::Object(id) => {
                    KeySource::Stored(self.key_of_object(partition, id, part).await?)
                }
                Source::Block { text, under } => {
                    let versions = self.gateway.rules.payments.key_blocks;
                    versions.check(text.expose()).map_err(Error::from)?;
                    let under = self.named_key(partition, &under).await?;
                    let attributes = stated(text.expose()).map_err(Error::from)?;
                    KeySource::Block { text, attributes, under }
                }
            };
            keys.push(JobKey { part, source, dukpt });
        }
        Ok(keys)
    }

    /// The key that an object holds in this part.
    async fn key_of_object(
        &self,
        partition: PartitionId,
        id: KeyId,
        part: Part,
    ) -> Result<Arc<LoadedKey>, Unresolved> {
        let object = self.find_key(partition, KeyName::Id(id)).await?;
        let key = object.object_key().and_then(|object| object.key(part));
        key.cloned().ok_or_else(|| Error::from(ErrorKind::KeyUsage).into())
    }

    /// A key of the partition; a full name of another's leads to none. The caller is told which of
    /// its keys was not found.
    async fn named_key(
        &self,
        partition: PartitionId,
        name: &KeyRef,
    ) -> Result<Arc<LoadedKey>, Unresolved> {
        let found = match self.payment_key_id(partition, name).await {
            Ok(id) => self.find_key(partition, KeyName::Id(id)).await,
            Err(error) => Err(error.into()),
        };
        found.map_err(|mut unresolved: Unresolved| {
            if unresolved.error.kind == ErrorKind::KeyNotFound {
                unresolved.error.public = name.name.to_string().into();
            }
            unresolved
        })
    }
}

/// A key in its part of the task, as policy judges it.
pub(super) fn use_of<'a>(task: &'a Task, key: &'a JobKey) -> Use<'a> {
    used(key, task.cipher(key.part))
}

/// A key in its part, which enciphers or deciphers in this way.
pub(in crate::gateway) fn used<'a>(key: &'a JobKey, cipher: Option<&'a Cipher>) -> Use<'a> {
    let holder = match &key.source {
        KeySource::Stored(key) => Holder::Stored(key.record()),
        KeySource::Block { attributes, under, .. } => {
            Holder::Wrapped { attributes, under: under.record() }
        }
    };
    Use { part: key.part, holder, cipher }
}

//! From the names of keys to the keys.

use std::sync::Arc;

use typex_core::error::Malformed;
use typex_core::key::KeyName;
use typex_core::limits::PAYMENT_PARTS_MAX;
use typex_core::op::payment::{Account, KeyRef, NamedKey, RefName, Source};
use typex_core::policy::payment::{Holder, Use};
use typex_core::{Error, ErrorKind, KeyId, PartitionId};
use typex_engine::LoadedKey;
use typex_engine::payment::key_block::stated;
use typex_engine::payment::{JobKey, KeySource};

use crate::gateway::core::Inner;
use crate::gateway::keys::Unresolved;

impl Inner {
    /// The keys of a call, as far as they are found.
    pub(super) async fn payment_keys(
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
                Source::Stored(name) => KeySource::Stored(self.payment_key(partition, name).await?),
                Source::Block { text, under } => {
                    let under = self.payment_key(partition, under).await?;
                    let attributes = stated(text.expose()).map_err(Error::from)?;
                    KeySource::Block { text, attributes, under }
                }
            };
            keys.push(JobKey { part, source, dukpt });
        }
        Ok(keys)
    }

    /// A key of the partition; a full name of another's leads to none.
    async fn payment_key(
        &self,
        partition: PartitionId,
        KeyRef { account, name }: KeyRef,
    ) -> Result<Arc<LoadedKey>, Unresolved> {
        if account.is_some_and(|account| account != Account::of(partition)) {
            return Err(Error::from(ErrorKind::KeyNotFound).into());
        }
        let id = match name {
            RefName::Id(id) => id,
            RefName::Alias(alias) => self.alias(partition, alias).await?,
        };
        self.find_key(partition, KeyName::Id(id)).await
    }

    /// The key that an alias names.
    async fn alias(&self, _partition: PartitionId, _alias: String) -> Result<KeyId, Error> {
        Err(ErrorKind::KeyNotFound.into())
    }
}

/// A key in its part, as policy judges it.
pub(super) fn use_of(key: &JobKey) -> Use<'_> {
    let holder = match &key.source {
        KeySource::Stored(key) => Holder::Stored(key.record()),
        KeySource::Block { attributes, under, .. } => {
            Holder::Wrapped { attributes, under: under.record() }
        }
    };
    Use { part: key.part, holder }
}

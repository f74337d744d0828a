//! Names of payment keys, and the key pairs under which payment keys come in.

use typex_core::limits::{IMPORT_TOKENS_MAX, PARTITION_ALIASES_MAX, PAYMENT_PAGE_MAX};
use typex_core::op::payment::keys::{Alias, AliasName, ImportToken, Next, Page, TokenId};
use typex_core::{Error, ErrorKind, PartitionId, UnixMs};

use crate::tx::Tx;

impl Tx<'_> {
    /// What a name means.
    ///
    /// # Errors
    /// `KeyNotFound` if the partition has no such name.
    pub fn alias(&self, partition: PartitionId, name: &AliasName) -> Result<Alias, Error> {
        let alias: Option<Alias> = self.get(partition, name.as_str().as_bytes())?;
        alias.ok_or_else(|| ErrorKind::KeyNotFound.into())
    }

    /// Adds a name.
    ///
    /// # Errors
    /// `KeyExists` if it is taken, `KeyNotFound` without its key, `Quota` if there are
    /// [`PARTITION_ALIASES_MAX`].
    pub fn create_alias(&mut self, alias: &Alias) -> Result<(), Error> {
        let taken: Option<Alias> = self.get(alias.partition, alias.name.as_str().as_bytes())?;
        if taken.is_some() {
            return Err(ErrorKind::KeyExists.into());
        }
        if self.all_aliases(alias.partition)?.len() >= PARTITION_ALIASES_MAX {
            return Err(ErrorKind::Quota.into());
        }
        self.put_alias(alias)
    }

    /// Has a name mean another key, or none.
    ///
    /// # Errors
    /// `KeyNotFound` without the name or its key.
    pub fn update_alias(&mut self, alias: &Alias) -> Result<(), Error> {
        self.alias(alias.partition, &alias.name)?;
        self.put_alias(alias)
    }

    /// Drops a name.
    ///
    /// # Errors
    /// `KeyNotFound` if the partition has no such name.
    pub fn delete_alias(&mut self, partition: PartitionId, name: &AliasName) -> Result<(), Error> {
        let there = self.delete::<Alias>(partition, name.as_str().as_bytes())?;
        if there { Ok(()) } else { Err(ErrorKind::KeyNotFound.into()) }
    }

    /// Part of those names of a partition that `is_shown` lets through, in their order.
    ///
    /// # Errors
    /// `Storage` only.
    pub fn aliases(
        &self,
        partition: PartitionId,
        is_shown: impl Fn(&Alias) -> bool,
        page: &Page<String>,
    ) -> Result<Next<Alias, String>, Error> {
        let mut aliases = self.all_aliases(partition)?;
        let behind = |alias: &Alias| {
            page.after.as_ref().is_none_or(|after| alias.name.as_str() > after.as_str())
        };
        aliases.retain(|alias| is_shown(alias) && behind(alias));
        aliases.sort_by(|one, next| one.name.cmp(&next.name));
        let count = page.count.min(PAYMENT_PAGE_MAX);
        let is_end = aliases.len() <= count;
        aliases.truncate(count);
        let last = aliases.last().filter(|_| !is_end);
        let after = last.map(|alias| alias.name.as_str().to_owned());
        Ok(Next { items: aliases, after })
    }

    /// Keeps a key pair under which payment keys come in; those of the partition that are void at
    /// `now` go.
    ///
    /// # Errors
    /// `Quota` if the partition has [`IMPORT_TOKENS_MAX`] others.
    pub fn put_import_token(&mut self, token: &ImportToken, now: UnixMs) -> Result<(), Error> {
        let others = self.import_tokens(token.partition)?;
        let (void, kept): (Vec<_>, Vec<_>) =
            others.into_iter().partition(|other| other.until <= now);
        for token in void {
            self.delete::<ImportToken>(token.partition, &token.id.0)?;
        }
        if kept.len() >= IMPORT_TOKENS_MAX {
            return Err(ErrorKind::Quota.into());
        }
        self.put(token)
    }

    /// The key pair of a token.
    ///
    /// # Errors
    /// `KeyNotFound` if the partition has no such token or it is void at `now`.
    pub fn import_token(
        &self,
        partition: PartitionId,
        id: TokenId,
        now: UnixMs,
    ) -> Result<ImportToken, Error> {
        let token: Option<ImportToken> = self.get(partition, &id.0)?;
        token.filter(|token| token.until > now).ok_or_else(|| ErrorKind::KeyNotFound.into())
    }

    /// Every key pair of a partition under which payment keys come in, void ones too.
    ///
    /// # Errors
    /// `Storage` only.
    pub fn import_tokens(&self, partition: PartitionId) -> Result<Vec<ImportToken>, Error> {
        self.all(Some(partition))
    }

    fn put_alias(&mut self, alias: &Alias) -> Result<(), Error> {
        if let Some(key) = alias.key {
            self.payment_key(alias.partition, key)?;
        }
        self.put(alias)
    }

    fn all_aliases(&self, partition: PartitionId) -> Result<Vec<Alias>, Error> {
        self.all(Some(partition))
    }
}

//! Domains of tokens, rights to them, and what is reserved of quotas.

use std::ops::ControlFlow;

use typex_core::codec::Record;
use typex_core::error::ErrorKind;
use typex_core::limits::TOKEN_DOMAINS_MAX;
use typex_core::policy::quota;
use typex_core::token::DomainName;
use typex_core::token::domain::DomainRecord;
use typex_core::token::vault::{VaultRecord, space};
use typex_core::{Error, PartitionId, UnixMs};

use crate::tx::Tx;

impl Tx<'_> {
    /// A domain.
    ///
    /// # Errors
    /// `KeyNotFound` if the partition has none of this name.
    pub fn token_domain(
        &self,
        partition: PartitionId,
        name: &DomainName,
    ) -> Result<DomainRecord, Error> {
        let found: Option<DomainRecord> = self.get(partition, name.as_str().as_bytes())?;
        found.ok_or_else(|| Error::new(ErrorKind::KeyNotFound, "token domain not found"))
    }

    /// The domains of a partition, in the order of their names.
    ///
    /// # Errors
    /// `Storage` only.
    pub fn token_domains(&self, partition: PartitionId) -> Result<Vec<DomainRecord>, Error> {
        let mut domains = vec![];
        self.scan(partition, |domain: DomainRecord| {
            domains.push(domain);
            Ok(ControlFlow::Continue(()))
        })?;
        domains.sort_by(|one, next| one.name.cmp(&next.name));
        Ok(domains)
    }

    /// Adds a domain.
    ///
    /// # Errors
    /// `KeyExists` if its name is taken, `Quota` if there are [`TOKEN_DOMAINS_MAX`].
    pub fn create_token_domain(&mut self, domain: &DomainRecord) -> Result<(), Error> {
        let domains = self.token_domains(domain.partition)?;
        if domains.iter().any(|one| one.name == domain.name) {
            return Err(Error::new(ErrorKind::KeyExists, "token domain exists already"));
        }
        if domains.len() >= TOKEN_DOMAINS_MAX {
            return Err(ErrorKind::Quota.into());
        }
        self.put(domain)
    }

    /// Drops a domain. Its keys stay.
    ///
    /// # Errors
    /// `KeyNotFound` without it, `WrongState` while its vault holds tokens.
    pub fn delete_token_domain(
        &mut self,
        partition: PartitionId,
        name: &DomainName,
    ) -> Result<(), Error> {
        self.token_domain(partition, name)?;
        let mut is_empty = true;
        self.scan(space(partition, name), |_: VaultRecord| {
            is_empty = false;
            Ok(ControlFlow::Break(()))
        })?;
        if !is_empty {
            return Err(Error::new(ErrorKind::WrongState, "token domain holds tokens"));
        }
        self.delete::<DomainRecord>(partition, name.as_str().as_bytes()).map(|_| ())
    }

    /// Keeps what a quota reserved, together with what was reserved before.
    ///
    /// # Errors
    /// `Storage` only.
    pub fn reserve_quota(&mut self, row: &quota::Row) -> Result<(), Error> {
        let id = row.id.to_bytes();
        let mut merged = row.clone();
        let kept: Option<quota::Row> = self.get(PartitionId::SERVICE, id.expose())?;
        if let Some(kept) = &kept {
            merged.merge(kept);
        }
        if kept.as_ref() == Some(&merged) { Ok(()) } else { self.put(&merged) }
    }

    /// Drops what was reserved, if its time is over.
    ///
    /// # Errors
    /// `Storage` only.
    pub fn drop_quota(&mut self, id: quota::RowId, now: UnixMs) -> Result<(), Error> {
        let id = id.to_bytes();
        let kept: Option<quota::Row> = self.get(PartitionId::SERVICE, id.expose())?;
        if kept.is_some_and(|row| row.is_over(now)) {
            self.delete::<quota::Row>(PartitionId::SERVICE, id.expose())?;
        }
        Ok(())
    }

    /// Everything that is reserved, to restore quotas at start.
    ///
    /// # Errors
    /// `Storage` only.
    pub fn quota_rows(&self) -> Result<Vec<quota::Row>, Error> {
        let mut rows = vec![];
        self.scan(PartitionId::SERVICE, |row: quota::Row| {
            rows.push(row);
            Ok(ControlFlow::Continue(()))
        })?;
        Ok(rows)
    }
}

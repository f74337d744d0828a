//! How many tokens there are in a vault, and in all of a tenant.

use typex_core::error::ErrorKind;
use typex_core::key::TokenUse;
use typex_core::limits::VAULT_TOKENS_MAX;
use typex_core::token::DomainName;
use typex_core::token::domain::{DomainLimits, DomainRecord};
use typex_core::token::vault::{CountRecord, VaultRecord, space};
use typex_core::{Error, PartitionId};

use super::NewToken;
use crate::tx::Tx;

impl Tx<'_> {
    /// The domain of a new token, if it is the one that was meant.
    pub(super) fn vault_domain(&self, new: &NewToken) -> Result<DomainRecord, Error> {
        let domain = self.token_domain(new.partition, &new.domain)?;
        let keys = domain.keys();
        let is_seal = |id| keys.iter().any(|(key, what, _)| *key == id && *what == TokenUse::Seal);
        let is_meant = domain.created == new.made
            && new.candidates.iter().all(|candidate| is_seal(candidate.sealed.key));
        is_meant
            .then_some(domain)
            .ok_or_else(|| Error::new(ErrorKind::KeyNotFound, "token domain not found"))
    }

    /// The counts with one token more, if there is room.
    pub(super) fn vault_counts(
        &self,
        new: &NewToken,
        limits: &DomainLimits,
    ) -> Result<[CountRecord; 2], Error> {
        let own = self.vault_count(new.partition, Some(&new.domain))?;
        let all = self.vault_count(new.partition, None)?;
        if own.tokens >= limits.tokens_max || all.tokens >= VAULT_TOKENS_MAX {
            return Err(Error::new(ErrorKind::Quota, "too many tokens"));
        }
        Ok([own, all].map(|count| CountRecord { tokens: count.tokens + 1, ..count }))
    }

    pub(super) fn vault_counted(&mut self, counts: [CountRecord; 2]) -> Result<(), Error> {
        counts.iter().try_for_each(|count| self.put(count))
    }

    /// Counts a token less.
    pub(super) fn vault_uncounted(&mut self, record: &VaultRecord) -> Result<(), Error> {
        for domain in [Some(&record.domain), None] {
            let mut count = self.vault_count(record.partition, domain)?;
            count.tokens = count.tokens.saturating_sub(1);
            if count.tokens == 0 {
                let place = place(record.partition, domain);
                self.delete::<CountRecord>(place, &[])?;
            } else {
                self.put(&count)?;
            }
        }
        Ok(())
    }

    fn vault_count(
        &self,
        partition: PartitionId,
        domain: Option<&DomainName>,
    ) -> Result<CountRecord, Error> {
        let found: Option<CountRecord> = self.get(place(partition, domain), &[])?;
        let none = || CountRecord { partition, domain: domain.cloned(), tokens: 0 };
        Ok(found.unwrap_or_else(none))
    }
}

fn place(partition: PartitionId, domain: Option<&DomainName>) -> PartitionId {
    domain.map_or(partition, |domain| space(partition, domain))
}

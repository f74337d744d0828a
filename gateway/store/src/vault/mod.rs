//! Random tokens and what they stand for.
//!
//! Tokens, their index, how full their patterns are and when they end change together, in one
//! transaction on the one thread that writes: two callers with one value get one token, and a token
//! that was answered is on the disk with everything that belongs to it. What was judged before is
//! looked at again there: the domain may be gone since.
// spec: payments 10.3

mod count;
mod domains;
mod expiry;
mod fill;
mod tomb;

use typex_core::error::ErrorKind;
use typex_core::limits::TOKEN_DRAWS;
use typex_core::token::vault::{
    ExpiryRecord, IndexRecord, Sealed, TombRecord, VaultRecord, hour, hour_space, is_counted, space,
};
use typex_core::token::{DomainName, Metadata, Pattern};
use typex_core::{Error, PartitionId, UnixMs};

pub use expiry::Swept;
pub use fill::Fill;
pub(crate) use fill::level_key;

use crate::records::expiry_key;
use crate::tx::Tx;

/// A token that may become one, and the value sealed under it.
pub struct Candidate {
    /// The token.
    pub token: Vec<u8>,
    /// The value, bound to it.
    pub sealed: Sealed,
}

/// A value that shall have a token.
pub struct NewToken {
    /// The tenant.
    pub partition: PartitionId,
    /// The domain.
    pub domain: DomainName,
    /// When that was made: another one of its name is not meant.
    pub made: UnixMs,
    /// Random tokens of which the first free one is taken: at most
    /// [`TOKEN_DRAWS`].
    pub candidates: Vec<Candidate>,
    /// Keyed hash of the value, in domains where a value has one token.
    pub index: Option<[u8; 32]>,
    /// What the tokens show of the value.
    pub pattern: Pattern,
    /// Values that tokens of the pattern have to choose from; not 0.
    pub values: u64,
    /// Now.
    pub now: UnixMs,
    /// From when on the token is void.
    pub expiry: Option<UnixMs>,
    /// What stands beside it.
    pub metadata: Metadata,
}

/// What came of it.
pub struct Inserted {
    /// The token and what stands beside it: the new one, or that which the value had, as it was.
    pub record: VaultRecord,
    /// Whether it is new.
    pub is_new: bool,
    /// Candidates that were taken by others.
    pub collisions: usize,
    /// How full the pattern is now, where that is counted and changed.
    pub fill: Option<Fill>,
}

impl Tx<'_> {
    /// The token of a value: the one that it has, or else the first candidate that is free.
    ///
    /// # Errors
    /// `KeyNotFound` if the domain is gone, or none of its keys has sealed; `Quota` if the pattern,
    /// the vault or those of the partition together are full; `Internal` if every candidate is
    /// taken: with room in the pattern that is next to impossible, and somebody has to look.
    pub fn vault_insert_or_get(&mut self, new: &NewToken) -> Result<Inserted, Error> {
        let space = space(new.partition, &new.domain);
        let domain = self.vault_domain(new)?;
        if let Some(record) = self.vault_indexed(space, new)? {
            let (is_new, collisions, fill) = (false, 0, None);
            return Ok(Inserted { record, is_new, collisions, fill });
        }
        let counts = self.vault_counts(new, &domain.limits)?;
        let fill = self.vault_room(space, new)?;
        let (collisions, candidate) = self.vault_draw(space, new)?;
        let record = VaultRecord {
            partition: new.partition,
            domain: new.domain.clone(),
            token: candidate.token.clone(),
            sealed: candidate.sealed.clone(),
            index: new.index,
            pattern: new.pattern.clone(),
            counted: is_counted(new.values),
            created: new.now,
            expiry: new.expiry,
            metadata: new.metadata.clone(),
        };
        self.vault_put(&record)?;
        self.vault_counted(counts)?;
        let fill = fill.map(|fill| self.vault_filled(fill)).transpose()?;
        Ok(Inserted { record, is_new: true, collisions, fill })
    }

    /// What a token stands for, if it means something at `now`.
    ///
    /// # Errors
    /// `Storage` only.
    pub fn vault_record(
        &self,
        partition: PartitionId,
        domain: &DomainName,
        token: &[u8],
        now: UnixMs,
    ) -> Result<Option<VaultRecord>, Error> {
        let record: Option<VaultRecord> = self.get(space(partition, domain), token)?;
        Ok(record.filter(|record| record.is_live(now)))
    }

    /// Has a token mean nothing any more; whether it meant something at `now`. Where there are few
    /// it is not given out again for [`VAULT_TOMB_MS`](typex_core::limits::VAULT_TOMB_MS).
    ///
    /// # Errors
    /// `Storage` only.
    pub fn vault_delete(
        &mut self,
        partition: PartitionId,
        domain: &DomainName,
        token: &[u8],
        now: UnixMs,
    ) -> Result<bool, Error> {
        let record: Option<VaultRecord> = self.get(space(partition, domain), token)?;
        let Some(record) = record else { return Ok(false) };
        self.vault_remove(&record, now)?;
        Ok(record.is_live(now))
    }

    /// Puts a value that was sealed anew in place of the old one, unless that has changed since:
    /// whether it was.
    ///
    /// # Errors
    /// `Storage` only.
    pub fn vault_reseal(
        &mut self,
        old: &VaultRecord,
        sealed: Sealed,
        now: UnixMs,
    ) -> Result<bool, Error> {
        let found = self.vault_record(old.partition, &old.domain, &old.token, now)?;
        let Some(found) = found.filter(|found| found.sealed == old.sealed) else {
            return Ok(false);
        };
        self.put(&VaultRecord { sealed, ..found })?;
        Ok(true)
    }

    /// The token that the value has. One whose time is over goes.
    fn vault_indexed(
        &mut self,
        space: PartitionId,
        new: &NewToken,
    ) -> Result<Option<VaultRecord>, Error> {
        let Some(index) = new.index else { return Ok(None) };
        let Some(entry): Option<IndexRecord> = self.get(space, &index)? else { return Ok(None) };
        let record: Option<VaultRecord> = self.get(space, &entry.token)?;
        let record = record.ok_or(ErrorKind::Storage)?;
        if record.is_live(new.now) {
            return Ok(Some(record));
        }
        self.vault_remove(&record, new.now)?;
        Ok(None)
    }

    /// The first candidate that is free, and how many before it are not.
    fn vault_draw<'n>(
        &self,
        space: PartitionId,
        new: &'n NewToken,
    ) -> Result<(usize, &'n Candidate), Error> {
        for (collisions, candidate) in new.candidates.iter().take(TOKEN_DRAWS).enumerate() {
            let is_gone = is_counted(new.values)
                && self.get::<TombRecord>(space, &candidate.token)?.is_some();
            if !is_gone && self.get::<VaultRecord>(space, &candidate.token)?.is_none() {
                return Ok((collisions, candidate));
            }
        }
        Err(ErrorKind::Internal.into())
    }

    fn vault_put(&mut self, record: &VaultRecord) -> Result<(), Error> {
        let VaultRecord { partition, ref domain, ref token, .. } = *record;
        self.put(record)?;
        if let Some(index) = record.index {
            self.put(&IndexRecord {
                partition,
                domain: domain.clone(),
                index,
                token: token.clone(),
            })?;
        }
        if let Some(expiry) = record.expiry {
            // A clock that runs back may say that it ends before it was made.
            self.vault_begin_sweep(record.created.min(expiry))?;
            let (domain, token) = (domain.clone(), token.clone());
            self.put(&ExpiryRecord { expiry, partition, domain, token })?;
        }
        Ok(())
    }

    /// Removes a token and everything that belongs to it.
    fn vault_remove(&mut self, record: &VaultRecord, now: UnixMs) -> Result<(), Error> {
        let space = space(record.partition, &record.domain);
        self.delete::<VaultRecord>(space, &record.token)?;
        if let Some(index) = record.index {
            self.delete::<IndexRecord>(space, &index)?;
        }
        if let Some(expiry) = record.expiry {
            let id = expiry_key(record.partition, &record.domain, &record.token);
            self.delete::<ExpiryRecord>(hour_space(hour(expiry)), &id)?;
        }
        self.vault_uncounted(record)?;
        if record.counted { self.vault_bury(record, now) } else { Ok(()) }
    }
}

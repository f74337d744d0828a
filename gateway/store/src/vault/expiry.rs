//! Tokens whose time is over.
//!
//! They mean nothing from their end on, whoever asks; this is for the room that they take. They are
//! noted under the hour of their end, so that a sweep looks at no others.

use std::ops::ControlFlow;

use typex_core::token::vault::{
    ExpiryRecord, HOUR_MS, SweptRecord, TombEndRecord, VaultRecord, hour, hour_space, space,
};
use typex_core::{Error, PartitionId, UnixMs};

use crate::limits::{SWEEP_HOURS_MAX, SWEEP_TOKENS_MAX};
use crate::record::StoredRecord;
use crate::records::expiry_key;
use crate::tx::Tx;

/// What a sweep did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Swept {
    /// Tokens that were removed.
    pub removed: usize,
    /// Ends of tokens that are not there, removed too: a defect.
    pub orphans: usize,
    /// Whether there may be more.
    pub is_partial: bool,
}

impl Tx<'_> {
    /// Until when tokens that end were removed; `None` if there never was one.
    ///
    /// # Errors
    /// `Storage` only.
    pub fn vault_swept(&self) -> Result<Option<UnixMs>, Error> {
        let swept: Option<SweptRecord> = self.get(PartitionId::SERVICE, &[])?;
        Ok(swept.map(|swept| UnixMs(swept.hour.saturating_mul(HOUR_MS))))
    }

    /// Removes tokens whose time was over in an hour before that of `now`, and lets those be given
    /// out again that were gone for long, at most [`SWEEP_TOKENS_MAX`]: to be repeated while it is
    /// partial, with others' requests between.
    ///
    /// # Errors
    /// `Storage` only.
    pub fn vault_sweep(&mut self, now: UnixMs) -> Result<Swept, Error> {
        let mut done = Swept { removed: 0, orphans: 0, is_partial: false };
        let Some(mut swept): Option<SweptRecord> = self.get(PartitionId::SERVICE, &[])? else {
            return Ok(done);
        };
        let (before, mut left) = (swept, SWEEP_TOKENS_MAX);
        for _ in 0..SWEEP_HOURS_MAX {
            // Of an hour that is over, every token is: nothing is looked at in vain.
            if left == 0 || swept.hour >= hour(now) {
                break;
            }
            left = self.vault_sweep_hour(swept.hour, left, now, &mut done)?;
            if left > 0 {
                swept.hour += 1;
            }
        }
        if swept != before {
            self.put(&swept)?;
        }
        Ok(Swept { is_partial: swept.hour < hour(now), ..done })
    }

    /// How much of `left` is left after an hour.
    fn vault_sweep_hour(
        &mut self,
        hour: u64,
        left: usize,
        now: UnixMs,
        done: &mut Swept,
    ) -> Result<usize, Error> {
        let over: Vec<ExpiryRecord> = self.over(hour, left)?;
        for record in &over {
            let is_there = self.vault_expire(record, now)?;
            done.removed += usize::from(is_there);
            done.orphans += usize::from(!is_there);
        }
        let left = left.saturating_sub(over.len());
        let gone: Vec<TombEndRecord> = if left > 0 { self.over(hour, left)? } else { vec![] };
        gone.iter().try_for_each(|end| self.vault_unbury(end))?;
        Ok(left.saturating_sub(gone.len()))
    }

    /// Has sweeps begin no later than at `now`.
    pub(super) fn vault_begin_sweep(&mut self, now: UnixMs) -> Result<(), Error> {
        let swept: Option<SweptRecord> = self.get(PartitionId::SERVICE, &[])?;
        match swept {
            // A clock that was set back must not leave tokens behind.
            Some(swept) if swept.hour <= hour(now) => Ok(()),
            _ => self.put(&SweptRecord { hour: hour(now) }),
        }
    }

    fn over<R: StoredRecord>(&self, hour: u64, count: usize) -> Result<Vec<R>, Error> {
        let mut over = vec![];
        self.scan(hour_space(hour), |record: R| {
            over.push(record);
            Ok(if over.len() < count { ControlFlow::Continue(()) } else { ControlFlow::Break(()) })
        })?;
        Ok(over)
    }

    /// Whether there was such a token. An end without its token goes too: no sweep stops at it.
    fn vault_expire(&mut self, over: &ExpiryRecord, now: UnixMs) -> Result<bool, Error> {
        let ExpiryRecord { expiry, partition, domain, token } = over;
        let id = expiry_key(*partition, domain, token);
        self.delete::<ExpiryRecord>(hour_space(hour(*expiry)), &id)?;
        let record: Option<VaultRecord> = self.get(space(*partition, domain), token)?;
        let record = record.filter(|record| record.expiry == Some(*expiry));
        record.as_ref().map(|record| self.vault_remove(record, now)).transpose()?;
        Ok(record.is_some())
    }
}

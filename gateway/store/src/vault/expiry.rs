//! Tokens whose time is over.
//!
//! They mean nothing from their end on, whoever asks; this is for the room that they take. They are
//! noted under the hour of their end, so that a sweep looks at no others.

use std::ops::ControlFlow;

use typex_core::error::ErrorKind;
use typex_core::token::vault::{ExpiryRecord, SweptRecord, VaultRecord, hour, hour_space, space};
use typex_core::{Error, PartitionId, UnixMs};

use crate::limits::{SWEEP_HOURS_MAX, SWEEP_TOKENS_MAX};
use crate::tx::Tx;

/// What a sweep did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Swept {
    /// Tokens that were removed.
    pub removed: usize,
    /// Whether there may be more.
    pub is_partial: bool,
}

impl Tx<'_> {
    /// Removes tokens whose time was over in an hour before that of `now`, at most
    /// [`SWEEP_TOKENS_MAX`]: to be repeated while it is partial, with others' requests between.
    ///
    /// # Errors
    /// `Storage` only.
    pub fn vault_sweep(&mut self, now: UnixMs) -> Result<Swept, Error> {
        let Some(mut swept): Option<SweptRecord> = self.get(PartitionId::SERVICE, &[])? else {
            return Ok(Swept { removed: 0, is_partial: false });
        };
        let (before, mut removed) = (swept, 0);
        for _ in 0..SWEEP_HOURS_MAX {
            // Of an hour that is over, every token is: nothing is looked at in vain.
            if removed >= SWEEP_TOKENS_MAX || swept.hour >= hour(now) {
                break;
            }
            let over = self.over(swept.hour, SWEEP_TOKENS_MAX - removed)?;
            removed += over.len();
            for record in &over {
                self.vault_expire(record)?;
            }
            if removed < SWEEP_TOKENS_MAX {
                swept.hour += 1;
            }
        }
        if swept != before {
            self.put(&swept)?;
        }
        Ok(Swept { removed, is_partial: swept.hour < hour(now) })
    }

    /// Has sweeps begin where the first token with an end was made.
    pub(super) fn vault_begin_sweep(&mut self, now: UnixMs) -> Result<(), Error> {
        let swept: Option<SweptRecord> = self.get(PartitionId::SERVICE, &[])?;
        match swept {
            // A clock that was set back must not leave tokens behind.
            Some(swept) if swept.hour <= hour(now) => Ok(()),
            _ => self.put(&SweptRecord { hour: hour(now) }),
        }
    }

    fn over(&self, hour: u64, count: usize) -> Result<Vec<ExpiryRecord>, Error> {
        let mut over = vec![];
        self.scan(hour_space(hour), |record: ExpiryRecord| {
            over.push(record);
            Ok(if over.len() < count { ControlFlow::Continue(()) } else { ControlFlow::Break(()) })
        })?;
        Ok(over)
    }

    fn vault_expire(&mut self, over: &ExpiryRecord) -> Result<(), Error> {
        let space = space(over.partition, &over.domain);
        let record: Option<VaultRecord> = self.get(space, &over.token)?;
        self.vault_remove(&record.ok_or(ErrorKind::Storage)?)
    }
}

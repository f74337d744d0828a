//! Tokens that are gone and are not given out again for some time, where a tenth of all may be
//! taken: whoever still has one must not come to another value by it.

use typex_core::limits::VAULT_TOMB_MS;
use typex_core::token::vault::{
    ExpiryRecord, TombEndRecord, TombRecord, VaultRecord, hour, hour_space, space,
};
use typex_core::{Error, UnixMs};

use crate::records::expiry_key;
use crate::tx::Tx;

impl Tx<'_> {
    pub(super) fn vault_bury(&mut self, record: &VaultRecord, now: UnixMs) -> Result<(), Error> {
        let tomb = TombRecord {
            partition: record.partition,
            domain: record.domain.clone(),
            token: record.token.clone(),
            pattern: record.pattern.clone(),
            end: UnixMs(now.0.saturating_add(VAULT_TOMB_MS)),
        };
        self.put(&tomb)?;
        self.vault_begin_sweep(now)?;
        self.put(&tomb.ending())
    }

    /// Removes what is over, and counts it no more.
    pub(super) fn vault_unbury(&mut self, over: &TombEndRecord) -> Result<(), Error> {
        let ExpiryRecord { expiry, partition, domain, token } = &over.0;
        let (space, id) = (space(*partition, domain), expiry_key(*partition, domain, token));
        self.delete::<TombEndRecord>(hour_space(hour(*expiry)), &id)?;
        let Some(tomb): Option<TombRecord> = self.get(space, token)? else { return Ok(()) };
        self.delete::<TombRecord>(space, token)?;
        self.vault_emptied(space, &tomb.pattern)
    }
}

//! What is over, forgotten; and what operators have to know, told.

use std::time::Instant;

use typex_core::audit::{Detail, Operator};
use typex_core::token::vault::HOUR_MS;
use typex_core::{Error, UnixMs};
use typex_store::{Tx, system_clock};

use super::pace::Until;
use crate::admin;
use crate::gateway::Gateway;

/// Requests to the store of one sweep: what is left waits for the next.
const ROUNDS_MAX: usize = 64;

impl Gateway {
    /// Forgets quotas and tokens that are over. To be called about once a minute.
    ///
    /// # Errors
    /// Those of the store.
    pub(in crate::gateway) async fn sweep_tokens(&self) -> Result<(), Error> {
        for ((partition, domain), permille) in self.tokens.filled() {
            let percent = permille / 10;
            tracing::warn!(%partition, %domain, percent, "tokens of a form get used up");
        }
        let now = system_clock();
        for _ in 0..ROUNDS_MAX {
            let over = self.tokens.quota().sweep(now);
            if over.is_empty() {
                break;
            }
            let dropped =
                move |tx: &mut Tx<'_>| over.into_iter().try_for_each(|id| tx.drop_quota(id, now));
            self.store.write(dropped).await?;
        }
        self.sweep_vaults(now).await
    }

    async fn sweep_vaults(&self, now: UnixMs) -> Result<(), Error> {
        let Some(swept) = self.store.read(|tx| tx.vault_swept()).await? else { return Ok(()) };
        let Until { time, ahead_ms } = self.tokens.pace().until(swept, now, Instant::now());
        if let Some(ahead_ms) = ahead_ms {
            let hours = ahead_ms / HOUR_MS;
            tracing::warn!(
                hours,
                "the clock is ahead of the tokens that were removed: is it right?"
            );
        }
        for _ in 0..ROUNDS_MAX {
            let swept = self.store.write(move |tx| {
                let swept = tx.vault_sweep(time)?;
                if swept.removed > 0 {
                    let count = Detail::Count(swept.removed as u64);
                    tx.record(admin::entry(Operator::TokenSweep, None, count));
                }
                Ok(swept)
            });
            if !swept.await?.is_partial {
                break;
            }
        }
        Ok(())
    }
}

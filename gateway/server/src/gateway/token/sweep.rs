//! What is over, forgotten; and what operators have to know, told.

use typex_core::Error;
use typex_core::audit::{Detail, Operator};
use typex_core::limits::QUOTA_SWEEP_MAX;
use typex_store::system_clock;

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
            let is_last = over.len() < QUOTA_SWEEP_MAX;
            if over.is_empty() {
                break;
            }
            let dropped = self
                .store
                .write(move |tx| over.into_iter().try_for_each(|id| tx.drop_quota(id, now)));
            dropped.await?;
            if is_last {
                break;
            }
        }
        for _ in 0..ROUNDS_MAX {
            let swept = self.store.write(move |tx| {
                let swept = tx.vault_sweep(now)?;
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

//! Keys whose time to be deleted has come.

use std::sync::Arc;
use std::time::Duration;

use typex_core::audit::{Detail, Operator};
use typex_core::op::payment::keys::{Deletion, Due};
use typex_core::{Error, UnixMs};
use typex_store::system_clock;

use crate::admin;
use crate::gateway::Gateway;

/// How often it is looked: days are counted, and a look reads each scheduled deletion.
const INTERVAL: Duration = Duration::from_secs(10 * 60);

/// Deletions in one change of the store.
const DELETIONS_MAX: usize = 32;

/// Does what is due now and then again and again, without end. One core does it.
pub(crate) async fn delete_due_often(gateway: Arc<Gateway>) {
    loop {
        if let Err(error) = delete_due(&gateway, system_clock()).await {
            tracing::error!(%error, "payment keys that are due stay");
        }
        tokio::time::sleep(INTERVAL).await;
    }
}

/// Does all that is due at `now`.
pub(super) async fn delete_due(gateway: &Gateway, now: UnixMs) -> Result<(), Error> {
    loop {
        let due = gateway.store.read(move |tx| tx.due_deletions(now, DELETIONS_MAX)).await?;
        let is_last = due.len() < DELETIONS_MAX;
        for deletion in due {
            carry_out(gateway, deletion, now).await?;
        }
        if is_last {
            return Ok(());
        }
    }
}

async fn carry_out(gateway: &Gateway, deletion: Deletion, now: UnixMs) -> Result<(), Error> {
    let done = gateway.store.write(move |tx| {
        let done = tx.delete_due(&deletion, now)?;
        if done && deletion.due == Due::Erase {
            tx.record(admin::entry(Operator::KeyDestroy, Some((deletion.key, 1)), Detail::None));
        }
        Ok(done)
    });
    if done.await? {
        gateway.revocations.raise();
    }
    Ok(())
}

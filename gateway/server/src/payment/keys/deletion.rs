//! Keys whose time to be deleted has come.

use std::collections::BTreeSet;
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

/// Deletions that are read from the store at once.
const DELETIONS_MAX: usize = 32;

/// Failures after which a round ends: so many have one cause, and their keys are remembered.
const FAILURES_MAX: usize = 1024;

/// Does what is due now and then again and again, without end. One core does it.
pub(crate) async fn delete_due_often(gateway: Arc<Gateway>) {
    loop {
        match delete_due(&gateway, system_clock()).await {
            Ok(0) => {}
            Ok(failed) => tracing::error!(failed, "payment keys that are due stay"),
            Err(error) => tracing::error!(%error, "payment keys that are due are not known"),
        }
        tokio::time::sleep(INTERVAL).await;
    }
}

/// Does all that is due at `now`; how many could not be done, which is tried again when called
/// again.
///
/// # Errors
/// If the store cannot tell what is due.
pub(super) async fn delete_due(gateway: &Gateway, now: UnixMs) -> Result<usize, Error> {
    let mut failed = BTreeSet::new();
    loop {
        let but = failed.clone();
        let due = gateway.store.read(move |tx| tx.due_deletions(now, DELETIONS_MAX, &but)).await?;
        let is_last = due.len() < DELETIONS_MAX;
        for deletion in due {
            let Deletion { partition, key, .. } = deletion;
            if let Err(error) = carry_out(gateway, deletion, now).await {
                gateway.metrics.deletion_failed();
                tracing::error!(%key, %partition, %error, "a payment key that is due stays");
                failed.insert((partition, key));
            }
        }
        if is_last || failed.len() >= FAILURES_MAX || !gateway.store.is_healthy() {
            return Ok(failed.len());
        }
    }
}

async fn carry_out(gateway: &Gateway, deletion: Deletion, now: UnixMs) -> Result<(), Error> {
    let partition = deletion.partition;
    let done = gateway.store.write(move |tx| {
        let done = tx.delete_due(&deletion, now)?;
        if done && deletion.due == Due::Erase {
            tx.record(admin::entry(Operator::KeyDestroy, Some((deletion.key, 1)), Detail::None));
        }
        Ok(done)
    });
    if done.await? {
        gateway.revocations.raise_in(partition);
    }
    Ok(())
}

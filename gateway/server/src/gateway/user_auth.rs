//! User authentication: open the request, decide in one store transaction, seal the answer.
//!
//! The decision is on disk before the answer is made, so an answer that was lost can be asked for
//! again and an answer that was sent is never forgotten.
// spec: enigma-bridge 4.4, 8

use std::sync::Arc;

use typex_core::audit::Detail;
use typex_core::op::Output;
use typex_core::op::process_data::ProcessData;
use typex_core::op::user_auth::{
    Account, Answer, Attempt, Change, ContextEntry, Decision, Fresh, RequestDigest, Stored, Tally,
    decide,
};
use typex_core::policy::Grant;
use typex_core::{Error, ErrorKind, PartitionId, Secret};
use typex_engine::{Done, LoadedKey, Opened, Step, UserAuthAnswer, Work};
use typex_store::{Tx, system_clock};

use super::core::Inner;
use super::process::sealed;

impl Inner {
    /// The sealed answer, and for the audit log what it says inside.
    pub(super) async fn user_auth(
        &self,
        grant: Grant,
        key: Arc<LoadedKey>,
        request: ProcessData,
    ) -> Result<(Output, Detail), Error> {
        let partition = grant.partition();
        let digest = RequestDigest::of(key.record().id, &request.sealed);
        let work = Work::OpenUserAuth { key: Arc::clone(&key), sealed: request.sealed };
        let Done::Opened(step) = self.submit(grant, work).await? else {
            return Err(ErrorKind::Internal.into());
        };
        let Step { value: Opened { nonce, attempt }, grant } = *step;
        let now = system_clock();
        let decided = self.gateway.store.write(move |tx| {
            let fresh = Fresh(Secret::new(tx.random()?));
            let stored = load(tx, partition, &attempt, &digest)?;
            let Decision { change, answer } = decide(attempt, digest, stored, &fresh, now)?;
            change.map_or(Ok(()), |change| apply(tx, partition, change))?;
            Ok(answer)
        });
        let answer: Answer = decided.await?;
        let detail = Detail::UserAuth(answer.status());
        let answer = UserAuthAnswer { nonce, answer };
        let done = self.submit(grant, Work::SealUserAuth { key, answer }).await?;
        Ok((sealed(done)?, detail))
    }
}

/// What is stored about the context that the attempt shows.
fn load(
    tx: &Tx,
    partition: PartitionId,
    attempt: &Attempt,
    request: &RequestDigest,
) -> Result<Stored, Error> {
    let context = attempt.lookup(request);
    let entry = tx.get::<ContextEntry>(partition, &context.0)?;
    let account = match entry {
        Some(entry) => tx.get::<Account>(partition, &entry.account.0)?,
        None => None,
    };
    let tally = tx.get::<Tally>(partition, b"")?.unwrap_or(Tally { partition, accounts: 0 });
    Ok(Stored { account, tally })
}

/// Stores what was decided. What is to be forgotten goes first: it may be learned again.
fn apply(tx: &mut Tx, partition: PartitionId, change: Change) -> Result<(), Error> {
    for entry in &change.forget {
        if tx.get::<ContextEntry>(partition, &entry.digest.0)?.as_ref() == Some(entry) {
            tx.delete::<ContextEntry>(partition, &entry.digest.0)?;
        }
    }
    for entry in &change.learn {
        tx.put(entry)?;
    }
    tx.put(&change.account)?;
    change.tally.map_or(Ok(()), |tally| tx.put(&tally))
}

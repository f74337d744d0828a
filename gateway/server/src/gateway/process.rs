//! `ProcessData`: one job of the engine; user authentication is two, around a store transaction.

use std::sync::Arc;
use std::time::Instant;

use typex_core::audit::Detail;
use typex_core::key::KeyName;
use typex_core::op::process_data::ProcessData;
use typex_core::op::{Action, Output};
use typex_core::policy::Grant;
use typex_core::{Error, ErrorKind};
use typex_engine::{Done, Job, LoadedKey, Work};

use super::caller::Caller;
use super::core::Inner;
use super::keys::Unresolved;
use crate::transport::Peer;

impl Inner {
    /// Whether the caller may use a key at all, before anything is asked of it.
    ///
    /// # Errors
    /// Those that each request with it would have; recorded.
    pub(super) async fn may_process(
        &self,
        peer: &Peer,
        caller: &Caller,
        name: KeyName,
    ) -> Result<(), Error> {
        self.key_of(peer, caller, name).await.map(|_| ())
    }

    /// A key, and leave to use it.
    async fn key_of(
        &self,
        peer: &Peer,
        caller: &Caller,
        name: KeyName,
    ) -> Result<(Arc<LoadedKey>, Grant), Error> {
        let (principal, action) = (&caller.principal, Action::ProcessData);
        let key = match self.find_key(principal.partition, name).await {
            Ok(key) => key,
            Err(Unresolved { key, error }) => {
                return self.refused(peer, principal, action, key, error).await;
            }
        };
        let grant = self.allowed(peer, principal, action, Some(key.record())).await?;
        Ok((key, grant))
    }

    /// Applies the key's operation and records how it ended.
    pub(super) async fn process(
        &self,
        peer: &Peer,
        caller: &Caller,
        name: KeyName,
        request: ProcessData,
    ) -> Result<Output, Error> {
        if !self.gateway.store.is_healthy() {
            // What cannot be recorded is refused, also when the key is in the cache.
            return Err(ErrorKind::Storage.into());
        }
        let principal = &caller.principal;
        let (key, grant) = self.key_of(peer, caller, name).await?;
        let record = key.record();
        let version = (record.id, record.version);
        let result = if record.usage.is_user_auth() {
            Box::pin(self.user_auth(grant, key, request)).await
        } else if record.usage.object().is_some() {
            let output = Box::pin(self.object(peer, caller, grant, (&key, request))).await;
            output.map(|output| (output, Detail::None))
        } else {
            let done = self.submit(grant, Work::Process { key, sealed: request.sealed }).await;
            done.and_then(sealed).map(|output| (output, Detail::None))
        };
        self.data_operation(peer, principal, version, &result).await?;
        result.map(|(output, _)| output)
    }

    /// Hands a job to the engine and waits for it.
    pub(crate) async fn submit(&self, grant: Grant, work: Work) -> Result<Done, Error> {
        self.submit_part(grant, work, 0).await
    }

    /// The same of a part of a request of so much work.
    pub(super) async fn submit_part(
        &self,
        grant: Grant,
        work: Work,
        request_ns: u64,
    ) -> Result<Done, Error> {
        let now = Instant::now();
        let job = Job { work, now, deadline: now + self.gateway.rules.deadline, request_ns };
        self.shard.submit(grant, job)?.await
    }
}

/// The sealed answer of a job that ends in one.
pub(super) fn sealed(done: Done) -> Result<Output, Error> {
    match done {
        Done::Sealed(bytes) => Ok(Output::Sealed(bytes)),
        _ => Err(ErrorKind::Internal.into()),
    }
}

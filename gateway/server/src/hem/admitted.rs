//! A request that an instance let in, and what all calls do alike: draw seeds, write logs, change
//! the instance.

use std::cell::Cell;
use std::sync::Arc;
use std::time::Duration;

use typex_core::audit::Entry;
use typex_core::error::Unauthenticated;
use typex_core::op::Action;
use typex_core::op::instance::{Claims, LogEvent, Role};
use typex_core::principal::{Principal, Proof};
use typex_core::{Error, ErrorKind, UnixMs};
use typex_store::Tx;

use super::book::Due;
use super::instance::{Instance, State};
use super::{Hems, internal};
use crate::gateway::{Inner, entry};
use crate::transport::Peer;

/// How long lines of a log wait for company: as long as entries of the audit log.
const LOG_DELAY: Duration = Duration::from_millis(typex_store::limits::DATA_DURABLE_MS);

/// A request that an instance let in.
pub(super) struct Admitted<'a> {
    pub(super) inner: &'a Inner,
    pub(super) hems: &'a Arc<Hems>,
    pub(super) instance: Arc<Instance>,
    pub(super) peer: &'a Peer,
    /// Who asks, as the audit log says it.
    pub(super) principal: Principal,
    /// What the caller's token says; none of anyone.
    pub(super) claims: Option<Claims>,
    /// The name that the client called.
    pub(super) host: Option<String>,
    pub(super) action: Action,
    pub(super) now: UnixMs,
    /// The identity of the instance when it let the request in: each owner finds another.
    pub(super) identity: [u8; 16],
    /// The session key of the boot that let the request in.
    pub(super) boot: [u8; 32],
    /// Estimated work of what it came with, ns.
    pub(super) request_ns: u64,
    /// Whether the audit log has its entry already.
    pub(super) recorded: Cell<bool>,
}

/// Who asks, where it is known by a token or not at all.
pub(super) fn principal(instance: &Instance, claims: Option<&Claims>) -> Principal {
    let proof = if claims.is_some() { Proof::Token } else { Proof::Anonymous };
    Principal { proof, ..holder(instance) }
}

/// Whoever holds an access token of the instance.
pub(super) fn holder(instance: &Instance) -> Principal {
    let partition = instance.partition;
    Principal { partition, client: None, api_key: None, proof: Proof::Token }
}

impl Admitted<'_> {
    pub(super) fn role(&self) -> Option<Role> {
        self.claims.as_ref().map(|claims| claims.role)
    }

    /// Whether the instance is still in the boot that let the request in: since then it may have
    /// been wiped and be somebody else's.
    pub(super) fn check_boot(&self) -> Result<(), Error> {
        Ok(check_boot(&self.instance.lock(), &self.boot)?)
    }

    /// Whether the instance still is who let the request in.
    pub(super) fn check_owner(&self, state: &State) -> Result<(), ErrorKind> {
        let is_same = is_same_owner(state, &self.identity);
        if is_same { Ok(()) } else { Err(ErrorKind::Unauthenticated(Unauthenticated::Token)) }
    }

    /// Random bytes from the tested generator.
    pub(super) fn seed<const N: usize>(&self) -> Result<[u8; N], Error> {
        let mut seed = [0; N];
        self.hems.random.fill(&mut seed).map_err(internal)?;
        Ok(seed)
    }

    /// The entry of the audit log for what succeeds.
    pub(super) fn entry(&self) -> Entry {
        entry(self.peer, &self.principal, self.action, None, Ok(()))
    }

    /// Changes the instance: all that `change` does is stored in one transaction, with the lines
    /// that it logs and the entry of the audit log.
    pub(super) async fn change<T: Send + 'static>(
        &self,
        change: impl FnOnce(&mut Tx<'_>, &mut State) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        let changed = self.hems.store.write(self.part(change)).await?;
        self.recorded.set(true);
        Ok(changed)
    }

    /// What [`change`](Self::change) does, for a transaction that does more.
    pub(super) fn part<T, F>(
        &self,
        change: F,
    ) -> impl FnOnce(&mut Tx<'_>) -> Result<T, Error> + Send + use<T, F>
    where
        F: FnOnce(&mut Tx<'_>, &mut State) -> Result<T, Error> + Send + 'static,
    {
        let (instance, random) = (Arc::clone(&self.instance), Arc::clone(&self.hems.random));
        let (entry, now, boot) = (self.entry(), self.now, self.boot);
        move |tx| {
            let mut state = instance.lock();
            check_boot(&state, &boot)?;
            let changed = change(tx, &mut state)?;
            state.write_log(tx, &random, now)?;
            tx.record(entry);
            Ok(changed)
        }
    }

    /// Adds a line to the instance's log: on disk soon, or before the answer where the operator
    /// wants the audit log so. The log of the next owner tells nothing of this one.
    pub(super) async fn log(&self, event: &LogEvent) -> Result<(), Error> {
        let identity = Some(&self.identity);
        log(self.inner, self.hems, &self.instance, identity, event, self.now).await
    }
}

/// Whether the instance is still in this boot.
pub(super) fn check_boot(state: &State, boot: &[u8; 32]) -> Result<(), ErrorKind> {
    let is_same = !state.is_gone && state.session.public() == *boot;
    if is_same { Ok(()) } else { Err(ErrorKind::Unauthenticated(Unauthenticated::Token)) }
}

/// Whether the instance has this identity: since it had, it may have been wiped, and be somebody
/// else's.
fn is_same_owner(state: &State, identity: &[u8; 16]) -> bool {
    !state.is_gone && state.record.identity.uuid == *identity
}

/// Adds a line to an instance's log; if it has this `identity`, where one is given.
pub(super) async fn log(
    inner: &Inner,
    hems: &Arc<Hems>,
    instance: &Arc<Instance>,
    identity: Option<&[u8; 16]>,
    event: &LogEvent,
    now: UnixMs,
) -> Result<(), Error> {
    let due = {
        let mut state = instance.lock();
        if identity.is_some_and(|identity| !is_same_owner(&state, identity)) {
            return Ok(());
        }
        state.log(event, now);
        state.book.due()
    };
    if due == Due::Now || inner.gateway.rules.strict_audit {
        return flush(hems, instance).await;
    }
    if due == Due::Soon {
        tokio::task::spawn_local(flush_later(Arc::clone(hems), Arc::clone(instance)));
    }
    Ok(())
}

async fn flush_later(hems: Arc<Hems>, instance: Arc<Instance>) {
    tokio::time::sleep(LOG_DELAY).await;
    if let Err(error) = flush(&hems, &instance).await {
        tracing::error!(%error, "instance's log not stored");
    }
}

async fn flush(hems: &Hems, instance: &Arc<Instance>) -> Result<(), Error> {
    let flushed = hems.flush(instance).await;
    if flushed.is_err() {
        instance.lock().book.give_up();
    }
    flushed
}

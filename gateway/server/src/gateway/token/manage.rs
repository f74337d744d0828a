//! Management of domains: one request from its authorization to its answer.

use std::sync::Arc;

use typex_core::audit::{Detail, Entry, Phase, TokenDetail};
use typex_core::op::token::manage::{Answer, Request};
use typex_core::op::{Action, Output};
use typex_core::policy::token::{TokenRights, authorize_manage, may_view};
use typex_core::principal::Principal;
use typex_core::{Error, ErrorKind, PartitionId, UnixMs};
use typex_store::{Tx, system_clock};

use super::domains::{self, Drawn};
use crate::gateway::caller::Caller;
use crate::gateway::core::Inner;
use crate::gateway::record;
use crate::transport::Peer;

impl Inner {
    /// Manages the domains of the caller's partition. What it did or refused is in the audit log:
    /// of what changes the store before the answer.
    ///
    /// # Errors
    /// What policy and store refuse.
    pub(crate) async fn token_domains(
        &self,
        peer: &Peer,
        caller: &Caller,
        request: Request,
    ) -> Result<Output, Error> {
        let principal = &caller.principal;
        let function = request.function();
        let action = Action::TokenDomains(function);
        let rights = self.token_rights(principal).await?;
        let verdict = authorize_manage(principal, &rights, function, request.domain());
        let grant = self.granted(peer, principal, (action, None), verdict).await?;
        let detail = request.domain().map_or(Detail::None, |domain| {
            let domain = domain.clone();
            Detail::Token(Box::new(TokenDetail { domain, pan: None, purpose: None }))
        });
        let entry = record::entry(peer, principal, action, None, Ok(()));
        let entry = Entry { detail, ..entry };
        let done = match function.is_control() {
            true => self.change_domain(grant.partition(), entry.clone(), request).await,
            false => {
                let done = self.look_at_domains(grant.partition(), request).await;
                let result = done.as_ref().map(|_| ()).map_err(|error| error.kind);
                self.note(Entry { phase: Phase::Single { result }, ..entry }).await?;
                let done = done.map(|answer| seen(answer, principal, &rights));
                return done.map(|answer| Output::TokenDomains(Box::new(answer)));
            }
        };
        if let Err(error) = &done {
            let phase = Phase::Single { result: Err(error.kind) };
            self.gateway.store.record(Entry { phase, ..entry }).await?;
        }
        done.map(|answer| Output::TokenDomains(Box::new(answer)))
    }

    async fn look_at_domains(
        &self,
        partition: PartitionId,
        request: Request,
    ) -> Result<Answer, Error> {
        let store = &self.gateway.store;
        match request {
            Request::Get(name) => {
                let domain = store.read(move |tx| tx.token_domain(partition, &name)).await?;
                Ok(Answer::Domain(Box::new(domain)))
            }
            Request::List => {
                store.read(move |tx| tx.token_domains(partition)).await.map(Answer::Domains)
            }
            _ => Err(ErrorKind::Internal.into()),
        }
    }

    /// Goes on when the client goes away: no core keeps what is no longer true.
    async fn change_domain(
        &self,
        partition: PartitionId,
        entry: Entry,
        request: Request,
    ) -> Result<Answer, Error> {
        let drawn = [self.drawn_key()?, self.drawn_key()?];
        let gateway = Arc::clone(&self.gateway);
        let changed = tokio::task::spawn_local(async move {
            let changed = gateway.store.write(move |tx| {
                let answer = change(tx, (partition, system_clock()), request, drawn)?;
                tx.record(entry);
                Ok(answer)
            });
            let changed = changed.await?;
            gateway.revocations.raise_in(partition);
            Ok(changed)
        });
        changed.await.map_err(|error| Error::from(ErrorKind::Internal).with_source(error))?
    }

    fn drawn_key(&self) -> Result<Drawn, Error> {
        let drawn = Drawn::new(|bytes| self.gateway.random.fill(bytes));
        drawn.map_err(|error| Error::from(ErrorKind::DeviceFault).with_source(error))
    }
}

fn change(
    tx: &mut Tx<'_>,
    place: (PartitionId, UnixMs),
    request: Request,
    drawn: [Drawn; domains::KEYS_MAX],
) -> Result<Answer, Error> {
    let (partition, now) = place;
    let [first, second] = drawn;
    let record = match request {
        Request::Create(new) => domains::create(tx, partition, *new, [first, second], now)?,
        Request::Rotate { domain, key } => domains::rotate(tx, place, &domain, key, first)?,
        Request::Retire { domain, version } => domains::retire(tx, place, &domain, version)?,
        Request::Delete(domain) => {
            tx.delete_token_domain(partition, &domain)?;
            return Ok(Answer::Deleted);
        }
        Request::Get(_) | Request::List => return Err(ErrorKind::Internal.into()),
    };
    Ok(Answer::Domain(Box::new(record)))
}

/// What of an answer the caller may see.
fn seen(answer: Answer, principal: &Principal, rights: &TokenRights) -> Answer {
    match answer {
        Answer::Domains(mut domains) => {
            domains.retain(|domain| may_view(principal, rights, &domain.name));
            Answer::Domains(domains)
        }
        answer => answer,
    }
}

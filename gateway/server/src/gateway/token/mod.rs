//! Operations on tokens: rights before anything is looked up, quotas before anything is computed,
//! one job of the engine, and a vault where a domain has one.
//!
//! The records of a batch are in flight together, so that their steps share lanes and their
//! changes share a commit; each is judged, counted, recorded and answered as if it came alone.

mod book;
mod call;
pub(crate) mod domains;
mod manage;
mod note;
mod pace;
mod realms;
mod secret;
mod shared;
mod sweep;
#[cfg(test)]
mod tests;
mod vault;

use futures_util::future::join_all;
use typex_core::op::token::{Answer, Call, Done, Operation, Request};
use typex_core::op::{Action, Output};
use typex_core::policy::token::may_open;
use typex_core::token::DomainName;
use typex_core::{Error, ErrorKind};
use typex_store::system_clock;

use self::book::Book;
use self::call::Settled;
use self::note::Note;
pub(super) use self::realms::Realms;
pub use self::shared::Tokens;
use super::caller::{Asker, Caller};
use super::core::Inner;
use super::payment::Patience;
use crate::transport::Peer;

/// Records of one request that are in flight together: two full batches of the engine, and a
/// commit of the store is shared by as many.
const IN_FLIGHT_MAX: usize = 128;

impl Inner {
    /// Carries out operations on tokens of the principal's partition. How each ended is in the
    /// audit log.
    ///
    /// # Errors
    /// Of one operation, what policy, engine and store refuse; of several, what concerns all of
    /// them.
    pub(crate) async fn token(
        &self,
        peer: &Peer,
        caller: &Caller,
        request: Request,
    ) -> Result<Output, Error> {
        if !self.gateway.store.is_healthy() {
            // What cannot be recorded is refused, also where no vault is asked.
            return Err(ErrorKind::Storage.into());
        }
        let from = Asker { peer, caller };
        let price = |call: &Call| self.token_price_ns(caller.principal.partition, call);
        let work_ns = match &request {
            Request::One(_) => 0,
            Request::Batch { calls, .. } => calls.iter().flatten().map(price).sum(),
        };
        let (operation, patience) = (request.operation(), self.patience().of_work(work_ns));
        let answer = match request {
            Request::One(call) => {
                let answer = self.tokens(from, operation, vec![Ok(*call)], patience).await?.pop();
                Answer::One(Box::new(answer.ok_or(ErrorKind::Internal)??))
            }
            Request::Batch { calls, .. } => {
                Answer::Batch(self.tokens(from, operation, calls, patience).await?)
            }
        };
        Ok(Output::Token(answer))
    }

    /// The same for records of a caller and one kind that have nothing else in common but a frame.
    ///
    /// # Errors
    /// What concerns all of them: the caller's own rules, recorded; those of the store.
    pub(super) async fn token_records(
        &self,
        from: Asker<'_>,
        operation: Operation,
        calls: Vec<Result<Call, Error>>,
        patience: Patience,
    ) -> Result<Vec<Result<Done, Error>>, Error> {
        if !self.gateway.store.is_healthy() {
            return Err(ErrorKind::Storage.into());
        }
        let action = Action::Token(operation);
        if let Err(kind) = from.caller.check(action) {
            let principal = &from.caller.principal;
            return self.refused(from.peer, principal, action, None, kind.into()).await;
        }
        self.tokens(from, operation, calls, patience).await
    }

    /// Whether the caller may have a handle for a domain.
    ///
    /// # Errors
    /// [`ErrorKind::Forbidden`] without any right in it, [`ErrorKind::KeyNotFound`] where there is
    /// none of the name, both recorded; those of the store.
    pub(super) async fn may_open_domain(
        &self,
        from: Asker<'_>,
        name: &DomainName,
    ) -> Result<(), Error> {
        let principal = &from.caller.principal;
        let rights = self.token_rights(principal).await?;
        let opened = match may_open(principal, &rights, name) {
            Ok(()) => self.realm(principal.partition, name, system_clock()).await.map(drop),
            Err(kind) => Err(kind.into()),
        };
        match opened {
            Ok(()) => Ok(()),
            Err(error) => self.refused(from.peer, principal, Action::OpenHandle, None, error).await,
        }
    }

    /// The answers in the order of the calls, once what has to be durable is.
    async fn tokens(
        &self,
        from: Asker<'_>,
        operation: Operation,
        calls: Vec<Result<Call, Error>>,
        patience: Patience,
    ) -> Result<Vec<Result<Done, Error>>, Error> {
        let mut book = Book::default();
        let mut answers = Vec::with_capacity(calls.len());
        let mut calls = calls.into_iter();
        while calls.len() > 0 {
            // Tries of one card that are open count as failures: each is answered before the next.
            let count = if operation == Operation::TranslatePin { 1 } else { IN_FLIGHT_MAX };
            let some: Vec<_> = calls.by_ref().take(count).collect();
            let late = patience.is_over();
            let mut judged = Vec::with_capacity(some.len());
            for call in some {
                judged.push(match call {
                    Ok(call) if late => Err((Note::of(operation, &call), patience.late())),
                    Ok(call) => self.judge_token(from, operation, call, &mut book).await,
                    Err(error) => Err((Note::unread(operation), error)),
                });
            }
            let request_ns = patience.work_ns();
            let settled =
                judged.into_iter().map(|ready| self.settle_token(from, ready, request_ns));
            for settled in join_all(settled).await {
                answers.push(self.noted(settled, &mut book).await?);
            }
        }
        book.close(&self.gateway).await?;
        Ok(answers)
    }

    /// The answer to a record, once what it leaves to be durable is in the book.
    async fn noted(&self, settled: Settled, book: &mut Book) -> Result<Result<Done, Error>, Error> {
        let Settled { result, entry, rows } = settled;
        rows.into_iter().for_each(|row| book.reserve(row));
        match entry {
            Some((entry, true)) => book.record(entry),
            Some((entry, false)) => self.note(entry).await?,
            None => {}
        }
        Ok(result)
    }
}

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

use std::time::Instant;

use futures_util::future::join_all;
use typex_core::op::Output;
use typex_core::op::token::{Answer, Call, Done, Operation, Request};
use typex_core::{Error, ErrorKind};

use self::book::Book;
use self::call::Settled;
use self::note::Note;
pub(super) use self::realms::Realms;
pub use self::shared::Tokens;
use super::caller::{Asker, Caller};
use super::core::Inner;
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
        let operation = request.operation();
        let answer = match request {
            Request::One(call) => {
                let answer = self.tokens(from, operation, vec![Ok(*call)]).await?.pop();
                Answer::One(Box::new(answer.ok_or(ErrorKind::Internal)??))
            }
            Request::Batch { calls, .. } => {
                Answer::Batch(self.tokens(from, operation, calls).await?)
            }
        };
        Ok(Output::Token(answer))
    }

    /// The answers in the order of the calls, once what has to be durable is.
    async fn tokens(
        &self,
        from: Asker<'_>,
        operation: Operation,
        calls: Vec<Result<Call, Error>>,
    ) -> Result<Vec<Result<Done, Error>>, Error> {
        let (begun, mut book) = (Instant::now(), Book::default());
        let mut answers = Vec::with_capacity(calls.len());
        let mut calls = calls.into_iter();
        while calls.len() > 0 {
            // Tries of one card that are open count as failures: each is answered before the next.
            let count = if operation == Operation::TranslatePin { 1 } else { IN_FLIGHT_MAX };
            let some: Vec<_> = calls.by_ref().take(count).collect();
            let late = begun.elapsed() > self.gateway.rules.payments.request_time;
            let mut judged = Vec::with_capacity(some.len());
            for call in some {
                judged.push(match call {
                    Ok(call) if late => Err((Note::of(operation, &call), self.late())),
                    Ok(call) => self.judge_token(from, operation, call, &mut book).await,
                    Err(error) => Err((Note::unread(operation), error)),
                });
            }
            let settled = judged.into_iter().map(|ready| self.settle_token(from, ready));
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

//! Payment operations: keys and policy, one job of the engine each, failures counted.
//!
//! The records of a batch are submitted together, so that their steps share lanes; each is judged,
//! counted, recorded and answered as if it came alone.

mod book;
mod call;
mod key;
mod nonces;
mod pairs;
mod pins;
mod seals;
mod shared;
mod subject;
#[cfg(test)]
mod tests;

use std::collections::VecDeque;

use typex_core::op::Output;
use typex_core::op::payment::{Answer, Answered, Call, Request};
use typex_core::policy::payment::PinRules;
use typex_core::{Error, ErrorKind};

use self::book::Book;
use self::call::Running;
pub(super) use self::pairs::Pairs;
pub(crate) use self::pairs::lacking;
pub(super) use self::shared::CoreNonces;
pub use self::shared::Payments;
use super::caller::Caller;
use super::core::Inner;
use crate::transport::Peer;

/// Estimated work of one request that is with the engine at a time: two full batches, far below
/// what admission refuses.
const REQUEST_OUTSTANDING_NS: u64 = 1_000_000;

/// Who asks, and from where.
#[derive(Clone, Copy)]
struct Asker<'a> {
    peer: &'a Peer,
    caller: &'a Caller,
}

impl Inner {
    /// Carries out payment operations of the principal's partition. How each ended is in the audit
    /// log.
    ///
    /// # Errors
    /// Of one operation, what policy and engine refuse; of several, what concerns all of them.
    pub(super) async fn payment(
        &self,
        peer: &Peer,
        caller: &Caller,
        request: Request,
    ) -> Result<Output, Error> {
        if !self.gateway.store.is_healthy() {
            // What cannot be recorded is refused, also when the keys are in the cache.
            return Err(ErrorKind::Storage.into());
        }
        let from = Asker { peer, caller };
        let answer = match request {
            Request::One(call) => {
                let answer = self.payments(from, [Ok(*call)]).await?.pop();
                Answer::One(Box::new(answer.ok_or(ErrorKind::Internal)??))
            }
            Request::Batch { calls, .. } => Answer::Batch(self.payments(from, calls).await?),
        };
        Ok(Output::Payment(answer))
    }

    /// What of PIN translation the installation allows.
    fn pin_rules(&self) -> PinRules {
        self.gateway.rules.payments.pin
    }

    /// The answers in the order of the calls, once what has to be durable is.
    async fn payments(
        &self,
        from: Asker<'_>,
        calls: impl IntoIterator<Item = Result<Call, Error>>,
    ) -> Result<Vec<Result<Answered, Error>>, Error> {
        let mut book = Book::default();
        let (mut answers, mut running) = (Vec::new(), VecDeque::<Running>::new());
        let mut outstanding_ns = 0;
        for call in calls {
            let ready = match call {
                Ok(call) => self.judge(from, call).await,
                Err(error) => Err(error.into()),
            };
            let cost_ns = ready.as_ref().map_or(0, |ready| ready.cost_ns());
            while outstanding_ns + cost_ns > REQUEST_OUTSTANDING_NS
                && let Some(first) = running.pop_front()
            {
                outstanding_ns -= first.cost_ns();
                answers.push(self.settle(from, first, &mut book).await?);
                // Other requests have their turn between the records of this one.
                tokio::task::yield_now().await;
            }
            outstanding_ns += cost_ns;
            running.push_back(Running::start(self, ready));
        }
        for one in running {
            answers.push(self.settle(from, one, &mut book).await?);
        }
        book.close(&self.gateway.store).await?;
        Ok(answers)
    }
}

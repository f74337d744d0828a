//! Payment operations: keys and policy, one job of the engine each, failures counted.
//!
//! The records of a batch are submitted together, so that their steps share lanes; each is judged,
//! counted, recorded and answered as if it came alone. Messages that GCM seals under one key share
//! judgement and record.

mod alike;
mod book;
mod call;
mod counts;
mod key;
mod nonces;
mod pairs;
mod pins;
mod seals;
mod shared;
mod subject;
#[cfg(test)]
mod tests;
mod together;
mod trial;

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use typex_core::limits::PAYMENT_REQUEST_NS_MAX;
use typex_core::op::Output;
use typex_core::op::payment::{Answer, Answered, Call, Done, Request, Task};
use typex_core::policy::payment::PinRules;
use typex_core::{Error, ErrorKind};
use typex_engine::payment::JobKey;
use typex_engine::payment::price::price_ns;

pub(super) use self::book::Book;
pub(super) use self::call::seen;
use self::call::{Ready, Refused, Running};
pub use self::counts::Counts;
pub(super) use self::key::used;
pub(super) use self::pairs::Pairs;
pub(crate) use self::pairs::lacking;
pub(super) use self::pairs::told;
pub(super) use self::pins::check_translation;
pub(super) use self::shared::CoreNonces;
pub use self::shared::Payments;
pub(super) use self::subject::{of_blocks, of_token};
pub(super) use self::together::{SEALS_MAX, Sealed};
pub(super) use self::trial::Subjects;
use super::Gateway;
use super::caller::{Asker, Caller};
use super::core::Inner;
use crate::transport::Peer;

/// Estimated work of one request that is with the engine at a time: two full batches, far below
/// what admission refuses.
const REQUEST_OUTSTANDING_NS: u64 = 1_000_000;

/// Estimated work after which other requests have their turn: as much as may wait for company.
const TURN_NS: u64 = 50_000;

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
        let patience = self.patience();
        let answer = match request {
            Request::One(call) => {
                check_price(price(&call))?;
                let answer = self.payments(from, [Ok(*call)], patience).await?.pop();
                Answer::One(Box::new(answer.ok_or(ErrorKind::Internal)??))
            }
            Request::Batch { calls, .. } => {
                let work_ns = calls.iter().flatten().map(price).fold(0, u64::saturating_add);
                check_price(work_ns)?;
                let patience = patience.of_work(work_ns);
                Answer::Batch(match self.alike(&from.caller.principal, calls) {
                    Ok(alike) => self.seal_alike(from, alike, patience).await?,
                    Err(calls) => self.payments(from, calls, patience).await?,
                })
            }
        };
        Ok(Output::Payment(answer))
    }

    /// The same for records of a caller that have nothing in common but a frame: each has a price
    /// of its own.
    ///
    /// # Errors
    /// Those of the store, which concern all of them.
    pub(super) async fn payment_records(
        &self,
        from: Asker<'_>,
        calls: impl Iterator<Item = Call>,
        patience: Patience,
    ) -> Result<Vec<Result<Answered, Error>>, Error> {
        if !self.gateway.store.is_healthy() {
            return Err(ErrorKind::Storage.into());
        }
        let calls = calls.map(|call| check_price(price(&call)).map(|()| call));
        self.payments(from, calls, patience).await
    }

    /// How long the records of a request may take that begins now.
    pub(super) fn patience(&self) -> Patience {
        let time = self.gateway.rules.payments.request_time;
        Patience { begun: Instant::now(), time, work_ns: 0 }
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
        patience: Patience,
    ) -> Result<Vec<Result<Answered, Error>>, Error> {
        let mut flight = Flight { request_ns: patience.work_ns, ..Flight::default() };
        for call in calls {
            let judged = match call {
                Ok(call) if patience.is_over() => {
                    Err(Refused::unseen(call.task.operation(), patience.late()))
                }
                Ok(call) => self.judge(from, call).await,
                Err(error) => Err(error.into()),
            };
            self.enter(from, judged, &mut flight).await?;
        }
        self.land(from, flight).await
    }

    /// Carries out one payment operation under the keys of an object.
    ///
    /// # Errors
    /// What policy and engine refuse.
    pub(super) async fn payment_of_object(
        &self,
        peer: &Peer,
        caller: &Caller,
        task: Task,
        keys: Vec<JobKey>,
    ) -> Result<Done, Error> {
        let (from, mut flight) = (Asker { peer, caller }, Flight::default());
        let judged = self.judge_held(from, task, keys).await;
        self.enter(from, judged, &mut flight).await?;
        let answer = self.land(from, flight).await?.pop();
        Ok(answer.ok_or(ErrorKind::Internal)??.done)
    }

    /// Takes a call that was judged to the engine, as soon as it may begin.
    async fn enter(
        &self,
        from: Asker<'_>,
        judged: Result<Ready, Refused>,
        flight: &mut Flight,
    ) -> Result<(), Error> {
        let ready = match judged {
            Ok(ready) => self.begin(from, ready, flight).await?,
            Err(refused) => Err(refused),
        };
        flight.outstanding_ns += ready.as_ref().map_or(0, Ready::cost_ns);
        flight.running.push_back(Running::start(self, ready, flight.request_ns));
        Ok(())
    }

    /// The answers, once what has to be durable is.
    async fn land(
        &self,
        from: Asker<'_>,
        mut flight: Flight,
    ) -> Result<Vec<Result<Answered, Error>>, Error> {
        while self.settle_first(from, &mut flight).await? {}
        let Gateway { store, payments, .. } = &*self.gateway;
        flight.book.close(store, payments.counts()).await?;
        Ok(flight.answers)
    }

    /// Lets a call begin, after as many before it ended as must have: for the engine's sake, and
    /// because those of one card that are open count as failures. So the records of a batch are
    /// answered as if each had come after the answer to the one before.
    async fn begin(
        &self,
        from: Asker<'_>,
        mut ready: Ready,
        flight: &mut Flight,
    ) -> Result<Result<Ready, Refused>, Error> {
        while flight.outstanding_ns + ready.cost_ns() > REQUEST_OUTSTANDING_NS
            && self.settle_first(from, flight).await?
        {}
        loop {
            match ready.begin(&self.gateway) {
                Ok(()) => return Ok(Ok(ready)),
                Err(wait) if wait.is_open && self.settle_first(from, flight).await? => {}
                Err(wait) => return Ok(Err(ready.refused(wait.into()))),
            }
        }
    }

    /// Waits for the first that has not ended; `false` if all have.
    async fn settle_first(&self, from: Asker<'_>, flight: &mut Flight) -> Result<bool, Error> {
        let Some(first) = flight.running.pop_front() else { return Ok(false) };
        flight.outstanding_ns -= first.cost_ns();
        flight.turn_ns += first.cost_ns();
        let answer = self.settle(from, first, &mut flight.book).await?;
        flight.answers.push(answer);
        if flight.turn_ns >= TURN_NS {
            flight.turn_ns = 0;
            // Other requests have their turn between the records of this one.
            tokio::task::yield_now().await;
        }
        Ok(true)
    }
}

/// Estimated work of a call.
pub(in crate::gateway) fn price(call: &Call) -> u64 {
    let derived = call.keys.iter().filter(|key| key.dukpt.is_some()).count();
    price_ns(&call.task, derived)
}

/// Refuses what would keep a core busy for longer than others have patience, before any of it
/// begins.
fn check_price(price_ns: u64) -> Result<(), Error> {
    if price_ns <= PAYMENT_REQUEST_NS_MAX {
        return Ok(());
    }
    let [price_ms, most_ms] = [price_ns, PAYMENT_REQUEST_NS_MAX].map(|ns| ns / 1_000_000);
    let text = format!(
        "The records would take a core about {price_ms} ms of {most_ms} ms that a request has: \
         send fewer or shorter ones, or another mode than CFB1 or CFB8"
    );
    Err(Error::new(ErrorKind::TooLarge, text))
}

/// How long the records of one request may take, which begin one after the other, and how much
/// work they are, as far as that is known beforehand.
#[derive(Clone, Copy)]
pub(super) struct Patience {
    begun: Instant,
    time: Duration,
    work_ns: u64,
}

impl Patience {
    /// The same, but no longer than the client waits.
    pub(super) fn at_most(self, time: Duration) -> Self {
        Self { time: self.time.min(time), ..self }
    }

    /// The same for a request that is so much work.
    pub(super) fn of_work(self, work_ns: u64) -> Self {
        Self { work_ns, ..self }
    }

    /// Estimated work of the request.
    pub(super) fn work_ns(self) -> u64 {
        self.work_ns
    }

    /// Whether a record that has not begun is too late.
    pub(super) fn is_over(self) -> bool {
        self.begun.elapsed() > self.time
    }

    /// What is told of it.
    pub(super) fn late(self) -> Error {
        let time = self.time;
        let text =
            format!("The records before took {time:?}, this one was not begun: send it again");
        Error::new(ErrorKind::Timeout, text)
    }
}

/// The calls of one request, as far as they are.
#[derive(Default)]
struct Flight {
    answers: Vec<Result<Answered, Error>>,
    running: VecDeque<Running>,
    outstanding_ns: u64,
    /// Estimated work of the whole request.
    request_ns: u64,
    /// Of what ended since other requests had their turn.
    turn_ns: u64,
    book: Book,
}

//! `ProcessData` requests that came together: submitted together, so that lanes are full, and
//! written to the audit log by the ways in which they ended.

use std::collections::VecDeque;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Instant;

use futures_util::stream::FuturesUnordered;
use futures_util::{FutureExt, StreamExt};
use typex_core::audit::Detail;
use typex_core::key::KeyName;
use typex_core::op::process_data::ProcessData;
use typex_core::op::{Action, Output};
use typex_core::policy::{self, Verdict};
use typex_core::{Error, ErrorKind, UnixMs};
use typex_engine::{Job, LoadedKey, Pending, Route, Work};
use typex_store::system_clock;

use super::caller::Caller;
use super::core::Inner;
use super::payment::Patience;
use super::process::sealed;
use super::record;
use crate::transport::Peer;

/// Requests of a round, which are submitted one after the other: two full batches of the engine.
/// Between a round and the next, other connections have their turn.
const IN_FLIGHT_MAX: usize = 128;

/// Rounds that are submitted before the first of them is waited for, where a pool computes them:
/// while one is on its way back, it has the next.
const ROUNDS_AWAY: usize = 4;

/// A key and who uses it for several requests.
pub(super) struct Subject {
    caller: Rc<Caller>,
    name: KeyName,
    /// If the core has it and one job is all that a request needs.
    key: Option<Arc<LoadedKey>>,
}

/// A request under the subject of a number.
pub(super) type Member = (usize, ProcessData);

/// A request that was begun.
enum Begun {
    Job(Pending),
    Refused(Error),
    /// Nobody waits for it any more.
    Late(Error),
    /// It goes the way of those that come alone.
    Alone(ProcessData),
}

/// Requests that were submitted one after the other.
struct Round {
    started: Instant,
    /// Each under the subject of its number.
    begun: Vec<(usize, Begun)>,
}

impl Subject {
    /// Estimated work of a request, as far as it is known.
    pub(super) fn price_ns(&self, request: &ProcessData) -> u64 {
        self.key.as_ref().map_or(0, |key| key.process_ns(request.sealed.len()))
    }
}

impl Inner {
    /// A key and its user, looked up once for several requests.
    pub(super) fn subject(&self, caller: Rc<Caller>, name: KeyName) -> Subject {
        let found = self.keys.borrow_mut().find(caller.principal.partition, name);
        let is_one_job = |key: &Arc<LoadedKey>| {
            let usage = key.record().usage;
            !usage.is_user_auth() && usage.object().is_none()
        };
        Subject { caller, name, key: found.filter(is_one_job) }
    }

    /// Carries out requests, each as if it had come alone, and gives their results in order.
    /// Requests of one subject that ended alike share an entry of the audit log, with their number.
    pub(super) async fn process_all(
        &self,
        peer: &Peer,
        subjects: &[Subject],
        members: Vec<Member>,
        patience: Patience,
    ) -> Vec<Result<Output, Error>> {
        let mut results = Vec::with_capacity(members.len());
        let mut members = members.into_iter().peekable();
        let crosses = self.shard.route(patience.work_ns()) == Route::Together;
        let rounds_max = if crosses { ROUNDS_AWAY } else { 1 };
        let mut away = VecDeque::new();
        loop {
            while away.len() < rounds_max && members.peek().is_some() {
                let some = members.by_ref().take(IN_FLIGHT_MAX);
                away.push_back(self.begin_round(subjects, some, patience));
                if members.peek().is_some() {
                    tokio::task::yield_now().await;
                }
            }
            let Some(round) = away.pop_front() else { return results };
            self.end_round(peer, subjects, round, &mut results).await;
        }
    }

    fn begin_round(
        &self,
        subjects: &[Subject],
        members: impl Iterator<Item = Member>,
        patience: Patience,
    ) -> Round {
        let started = Instant::now();
        if patience.is_over() {
            let late = |(index, _)| (index, Begun::Late(patience.late()));
            return Round { started, begun: members.map(late).collect() };
        }
        let (now, request_ns) = ((started, system_clock()), patience.work_ns());
        let begin = |(index, request): Member| {
            let subject: &Subject = &subjects[index];
            (index, self.put_in(subject, request, now, request_ns))
        };
        Round { started, begun: members.map(begin).collect() }
    }

    async fn end_round(
        &self,
        peer: &Peer,
        subjects: &[Subject],
        Round { started, begun }: Round,
        results: &mut Vec<Result<Output, Error>>,
    ) {
        let first = results.len();
        let (mut tally, mut alone) = (Tally::default(), FuturesUnordered::new());
        for (index, begun) in begun {
            let result = match begun {
                Begun::Job(job) => job.await.and_then(sealed),
                Begun::Refused(error) => Err(error),
                Begun::Late(error) => {
                    let late = Err(error);
                    self.count(peer, &late, Instant::now());
                    results.push(late);
                    continue;
                }
                Begun::Alone(request) => {
                    // Far larger than the rest, and seldom.
                    let ended = Box::pin(self.alone(peer, &subjects[index], request));
                    let place = results.len();
                    alone.push(ended.map(move |result| (place, result)));
                    results.push(Err(ErrorKind::Internal.into()));
                    continue;
                }
            };
            tally.count(index, &result);
            results.push(result);
        }
        while let Some((place, result)) = alone.next().await {
            results[place] = result;
        }
        if let Err(error) = self.conclude(peer, subjects, tally, started).await {
            results[first..].fill_with(|| Err(error.kind.into()));
        }
    }

    async fn alone(
        &self,
        peer: &Peer,
        subject: &Subject,
        request: ProcessData,
    ) -> Result<Output, Error> {
        let started = Instant::now();
        let result = self.process(peer, &subject.caller, subject.name, request).await;
        self.count(peer, &result, started);
        result
    }

    fn put_in(
        &self,
        subject: &Subject,
        request: ProcessData,
        (now, time): (Instant, UnixMs),
        request_ns: u64,
    ) -> Begun {
        let Some(key) = &subject.key else { return Begun::Alone(request) };
        if !self.gateway.store.is_healthy() {
            // What cannot be recorded is refused.
            return Begun::Refused(ErrorKind::Storage.into());
        }
        let (principal, record) = (&subject.caller.principal, key.record());
        let action = Action::ProcessData;
        let grant = match policy::authorize(principal, action, Some(record), time) {
            Verdict::Allow(grant) => grant,
            Verdict::Deny(_) => return Begun::Alone(request),
        };
        let work = Work::Process { key: Arc::clone(key), sealed: request.sealed };
        let job = Job { work, now, deadline: now + self.gateway.rules.deadline, request_ns };
        match self.shard.submit(grant, job) {
            Ok(pending) => Begun::Job(pending),
            Err(error) => Begun::Refused(error),
        }
    }
}

impl Inner {
    /// Counts requests that ended, and writes them to the audit log.
    ///
    /// # Errors
    /// Those of the store: what cannot be recorded is refused.
    async fn conclude(
        &self,
        peer: &Peer,
        subjects: &[Subject],
        tally: Tally,
        started: Instant,
    ) -> Result<(), Error> {
        let action = Action::ProcessData;
        for Alike { subject, kind, count } in tally.0 {
            let (metrics, took) = (&self.gateway.metrics, started.elapsed());
            metrics.finished_alike(action, peer.transport, kind, (took, count));
            let Subject { caller, key, .. } = &subjects[subject];
            let key = key.as_ref().map(|key| (key.record().id, key.record().version));
            let outcome = kind.map_or(Ok(()), Err);
            let mut entry = record::entry(peer, &caller.principal, action, key, outcome);
            if count > 1 {
                entry.detail = Detail::Count(count);
            }
            self.note(entry).await?;
        }
        Ok(())
    }

    fn count(&self, peer: &Peer, result: &Result<Output, Error>, started: Instant) {
        let kind = result.as_ref().err().map(|error| error.kind);
        let (action, took) = (Action::ProcessData, started.elapsed());
        self.gateway.metrics.finished(action, peer.transport, kind, took);
    }
}

/// Requests of one subject that ended alike.
struct Alike {
    subject: usize,
    kind: Option<ErrorKind>,
    count: u64,
}

/// How requests ended: at most [`IN_FLIGHT_MAX`] ways, of which the last ones come again most
/// often.
#[derive(Default)]
struct Tally(Vec<Alike>);

impl Tally {
    fn count(&mut self, subject: usize, result: &Result<Output, Error>) {
        let kind = result.as_ref().err().map(|error| error.kind);
        let is_alike = |one: &&mut Alike| one.subject == subject && one.kind == kind;
        match self.0.iter_mut().rev().find(is_alike) {
            Some(alike) => alike.count += 1,
            None => self.0.push(Alike { subject, kind, count: 1 }),
        }
    }
}

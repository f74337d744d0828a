//! What clients count.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use tokio::time::Instant;

use super::client::Tell;
use super::limits::{KINDS_MAX, POINTS_MAX};
use super::operation::{Fault, Verdict};
use super::{Latencies, LoadError};

/// Everything that one or more clients counted in one step.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Tally {
    /// Requests that were due; of a closed loop, those that were sent.
    pub offered: u64,
    /// Answers that were read, whatever they said.
    pub answers: u64,
    /// Answers that came before the step was over; those after belong to requests sent before.
    pub answers_in_time: u64,
    /// Requests of which something was carried out.
    pub accepted: u64,
    /// Records that were carried out; a request that is no batch counts as one.
    pub records: u64,
    /// Of these, the ones whose answers came before the step was over.
    pub records_in_time: u64,
    /// Records that were refused for want of room, by status.
    pub refused: BTreeMap<String, u64>,
    /// Requests without an answer, or with another status, by kind.
    pub errors: BTreeMap<String, u64>,
    /// Requests that waited too long for a connection and were not sent.
    pub given_up: u64,
    /// Requests that were due when the client had no place to keep them.
    pub unsent: u64,
    /// Answers that were opened and compared.
    pub verified: u64,
    /// Of accepted requests: from when they were due, in a closed loop from when they were sent.
    pub latency: Latencies,
    /// From when requests were due to when the client had them ready to send.
    pub lateness: Latencies,
    /// Over time.
    pub intervals: Vec<Interval>,
    /// CPU time of the clients, in microseconds.
    pub client_cpu_us: f64,
    /// Seconds of the step.
    pub seconds: f64,
}

/// A piece of the step.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Interval {
    /// Its number, from 0.
    pub at: u64,
    /// Requests that were due.
    pub offered: u64,
    /// Records that were carried out.
    pub records: u64,
    /// Records that were refused.
    pub refused: u64,
    /// Requests that ended as errors, or were not sent.
    pub errors: u64,
    /// The most requests that were under way at a time.
    pub in_flight: u64,
    /// The most requests that waited for a connection.
    pub backlog: u64,
    /// Of what was answered in it.
    pub latency: Latencies,
}

impl Tally {
    /// Requests that ended in another way than accepted or refused.
    pub fn failures(&self) -> u64 {
        self.errors.values().sum()
    }

    /// Records that were refused.
    pub fn refusals(&self) -> u64 {
        self.refused.values().sum()
    }

    /// Records carried out per second.
    pub fn goodput(&self) -> f64 {
        if self.seconds > 0.0 { self.records_in_time as f64 / self.seconds } else { 0.0 }
    }

    /// Answers per second.
    pub fn throughput(&self) -> f64 {
        if self.seconds > 0.0 { self.answers_in_time as f64 / self.seconds } else { 0.0 }
    }

    /// Adds what another client counted in the same step.
    pub fn merge(&mut self, other: &Self) {
        self.offered += other.offered;
        self.answers += other.answers;
        self.answers_in_time += other.answers_in_time;
        self.accepted += other.accepted;
        self.records += other.records;
        self.records_in_time += other.records_in_time;
        self.given_up += other.given_up;
        self.unsent += other.unsent;
        self.verified += other.verified;
        other.refused.iter().for_each(|(kind, count)| add(&mut self.refused, kind, *count));
        other.errors.iter().for_each(|(kind, count)| add(&mut self.errors, kind, *count));
        self.latency.merge(&other.latency);
        self.lateness.merge(&other.lateness);
        self.client_cpu_us += other.client_cpu_us;
        self.seconds = self.seconds.max(other.seconds);
        for interval in &other.intervals {
            match self.intervals.iter_mut().find(|mine| mine.at == interval.at) {
                Some(mine) => mine.merge(interval),
                None => self.intervals.push(interval.clone()),
            }
        }
        self.intervals.sort_by_key(|interval| interval.at);
    }
}

impl Interval {
    /// Adds the same piece of another client.
    pub fn merge(&mut self, other: &Self) {
        self.offered += other.offered;
        self.records += other.records;
        self.refused += other.refused;
        self.errors += other.errors;
        self.in_flight += other.in_flight;
        self.backlog += other.backlog;
        self.latency.merge(&other.latency);
    }
}

/// Adds to a kind; the kinds that come when there are too many are one.
fn add(counts: &mut BTreeMap<String, u64>, kind: &str, count: u64) {
    if let Some(known) = counts.get_mut(kind) {
        *known += count;
        return;
    }
    let kind = if counts.len() < KINDS_MAX { kind } else { "other" };
    *counts.entry(kind.to_owned()).or_default() += count;
}

/// Counts while a step goes on.
pub(crate) struct Counter {
    tally: Tally,
    current: Interval,
    begin: Instant,
    end: Instant,
    interval: Duration,
    in_flight: u64,
    backlog: u64,
    tell: Tell,
    wrong: Option<String>,
}

impl Counter {
    pub(crate) fn new(
        (begin, length): (Instant, Duration),
        interval: Duration,
        tell: Tell,
    ) -> Self {
        Self {
            tally: Tally { seconds: length.as_secs_f64(), ..Tally::default() },
            current: Interval::default(),
            begin,
            end: begin + length,
            interval,
            in_flight: 0,
            backlog: 0,
            tell,
            wrong: None,
        }
    }

    pub(crate) fn begin(&self) -> Instant {
        self.begin
    }

    pub(crate) fn end(&self) -> Instant {
        self.end
    }

    /// One that a closed loop sends at `now`.
    pub(crate) fn offered(&mut self, now: Instant) {
        self.roll(now);
        self.tally.offered += 1;
        self.current.offered += 1;
    }

    /// Requests that are due at `now`, of which `kept` found a place to wait.
    pub(crate) fn arrived(&mut self, now: Instant, due: u64, kept: u64) {
        self.roll(now);
        self.tally.offered += due;
        self.current.offered += due;
        self.tally.unsent += due - kept;
        self.current.errors += due - kept;
        self.backlog += kept;
        self.current.backlog = self.current.backlog.max(self.backlog);
    }

    /// One that waited is taken, `late` after it was due.
    pub(crate) fn taken(&mut self, late: Duration) {
        self.backlog -= 1;
        self.tally.lateness.record(late);
    }

    /// One that waited is given up.
    pub(crate) fn gave_up(&mut self) {
        self.backlog -= 1;
        self.tally.given_up += 1;
        self.current.errors += 1;
    }

    pub(crate) fn sent(&mut self) {
        self.in_flight += 1;
        self.current.in_flight = self.current.in_flight.max(self.in_flight);
    }

    /// A request that was due at `due` ended at `now`.
    pub(crate) fn ended(&mut self, (due, now): (Instant, Instant), how: Result<Verdict, Fault>) {
        self.roll(now);
        self.in_flight -= 1;
        let verdict = match how {
            Ok(verdict) => verdict,
            Err(fault) => {
                add(&mut self.tally.errors, &fault.kind(), 1);
                self.current.errors += 1;
                return;
            }
        };
        let (tally, current) = (&mut self.tally, &mut self.current);
        tally.answers += 1;
        tally.records += verdict.accepted;
        current.records += verdict.accepted;
        if now <= self.end {
            tally.answers_in_time += 1;
            tally.records_in_time += verdict.accepted;
        }
        if verdict.accepted > 0 {
            tally.accepted += 1;
            tally.latency.record(now - due);
            current.latency.record(now - due);
        }
        for (status, count) in &verdict.refused {
            add(&mut tally.refused, status, *count);
            current.refused += count;
        }
    }

    pub(crate) fn verified(&mut self) {
        self.tally.verified += 1;
    }

    /// An answer is wrong: there will be no result.
    pub(crate) fn wrong(&mut self, why: String) {
        self.wrong.get_or_insert(why);
    }

    /// Answers so far, by which it is decided which are opened.
    pub(crate) fn answers(&self) -> u64 {
        self.tally.answers
    }

    /// Closes intervals that are over at `now`.
    fn roll(&mut self, now: Instant) {
        let passed = now.saturating_duration_since(self.begin).as_nanos();
        let at = u64::try_from(passed / self.interval.as_nanos().max(1)).unwrap_or(u64::MAX);
        while self.current.at < at.min(POINTS_MAX as u64) {
            self.close();
        }
    }

    fn close(&mut self) {
        (self.tell)(&self.current);
        let next = Interval {
            at: self.current.at + 1,
            in_flight: self.in_flight,
            backlog: self.backlog,
            ..Interval::default()
        };
        self.tally.intervals.push(std::mem::replace(&mut self.current, next));
    }

    /// All that was counted. Of the piece that was not over yet only the totals are kept.
    ///
    /// # Errors
    /// [`LoadError::Wrong`] if an answer was.
    pub(crate) fn finish(mut self, client_cpu_us: f64) -> Result<Tally, LoadError> {
        if let Some(why) = self.wrong {
            return Err(LoadError::Wrong(why));
        }
        self.roll(self.end);
        self.tally.client_cpu_us = client_cpu_us;
        Ok(self.tally)
    }
}

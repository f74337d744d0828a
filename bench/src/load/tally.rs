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
    /// The same of each segment of a step that has several: requests that were due in it.
    #[serde(default)]
    pub segments: Vec<Tally>,
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
        self.segments.resize_with(self.segments.len().max(other.segments.len()), Self::default);
        for (mine, others) in self.segments.iter_mut().zip(&other.segments) {
            mine.merge(others);
        }
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
    /// Of each segment, with its end.
    segments: Vec<(Instant, Tally)>,
    intervals: Vec<Interval>,
    current: Interval,
    begin: Instant,
    end: Instant,
    answers: u64,
    interval: Duration,
    in_flight: u64,
    backlog: u64,
    tell: Tell,
    wrong: Option<String>,
}

impl Counter {
    /// Segments begin at `begin` and follow each other.
    pub(crate) fn new(
        (begin, lengths): (Instant, Vec<Duration>),
        interval: Duration,
        tell: Tell,
    ) -> Self {
        let mut end = begin;
        let segment = |length: Duration| {
            end += length;
            (end, Tally { seconds: length.as_secs_f64(), ..Tally::default() })
        };
        let segments = lengths.into_iter().map(segment).collect();
        Self {
            segments,
            intervals: Vec::new(),
            current: Interval::default(),
            begin,
            end,
            answers: 0,
            interval,
            in_flight: 0,
            backlog: 0,
            tell,
            wrong: None,
        }
    }

    /// Of the segment in which something was due.
    fn of(&mut self, due: Instant) -> &mut (Instant, Tally) {
        let last = self.segments.len().saturating_sub(1);
        let at = self.segments.iter().position(|(end, _)| due < *end).unwrap_or(last);
        &mut self.segments[at]
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
        self.of(now).1.offered += 1;
        self.current.offered += 1;
    }

    /// One that is due at `due`; `is_kept` if it found a place to wait.
    pub(crate) fn arrived(&mut self, (due, now): (Instant, Instant), is_kept: bool) {
        self.roll(now);
        let (_, tally) = self.of(due);
        tally.offered += 1;
        tally.unsent += u64::from(!is_kept);
        self.current.offered += 1;
        self.current.errors += u64::from(!is_kept);
        self.backlog += u64::from(is_kept);
        self.current.backlog = self.current.backlog.max(self.backlog);
    }

    /// One that waited is taken, `late` after it was due.
    pub(crate) fn taken(&mut self, due: Instant, late: Duration) {
        self.backlog -= 1;
        self.of(due).1.lateness.record(late);
    }

    /// One that waited is given up.
    pub(crate) fn gave_up(&mut self, due: Instant) {
        self.backlog -= 1;
        self.of(due).1.given_up += 1;
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
        let (end, tally) = self.of(due);
        let verdict = match how {
            Ok(verdict) => verdict,
            Err(fault) => {
                add(&mut tally.errors, &fault.kind(), 1);
                self.current.errors += 1;
                return;
            }
        };
        tally.answers += 1;
        tally.records += verdict.accepted;
        if now <= *end {
            tally.answers_in_time += 1;
            tally.records_in_time += verdict.accepted;
        }
        if verdict.accepted > 0 {
            tally.accepted += 1;
            tally.latency.record(now - due);
        }
        verdict.refused.iter().for_each(|(status, count)| add(&mut tally.refused, status, *count));
        self.answers += 1;
        self.current.records += verdict.accepted;
        self.current.refused += verdict.refused.iter().map(|(_, count)| count).sum::<u64>();
        if verdict.accepted > 0 {
            self.current.latency.record(now - due);
        }
    }

    /// An answer to what was due at `due` was compared, and is right.
    pub(crate) fn verified(&mut self, due: Instant) {
        self.of(due).1.verified += 1;
    }

    /// An answer is wrong: there will be no result.
    pub(crate) fn wrong(&mut self, why: String) {
        self.wrong.get_or_insert(why);
    }

    /// Answers so far, by which it is decided which are opened.
    pub(crate) fn answers(&self) -> u64 {
        self.answers
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
        self.intervals.push(std::mem::replace(&mut self.current, next));
    }

    /// All that was counted until `now`. Of the piece that is not over only the totals are kept.
    ///
    /// # Errors
    /// [`LoadError::Wrong`] if an answer was.
    pub(crate) fn finish(mut self, now: Instant, cpu: Duration) -> Result<Tally, LoadError> {
        if let Some(why) = self.wrong {
            return Err(LoadError::Wrong(why));
        }
        self.roll(self.end.min(now));
        let is_whole = now >= self.end;
        let mut all = Tally::default();
        let segments: Vec<_> = self.segments.into_iter().map(|(_, tally)| tally).collect();
        segments.iter().for_each(|tally| all.merge(tally));
        all.seconds = now.min(self.end).saturating_duration_since(self.begin).as_secs_f64();
        // What was cut short is no comparison of segments.
        if segments.len() > 1 && is_whole {
            all.segments = segments;
        }
        all.intervals = self.intervals;
        all.client_cpu_us = cpu.as_secs_f64() * 1e6;
        Ok(all)
    }
}

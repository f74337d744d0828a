//! The last transactions of the link, kept for whoever asks. Never what they carried.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use pcie_sim::{Tlp, TlpKind};
use serde::{Deserialize, Serialize};

/// Most events of one answer: at 200 bytes each, a tenth of the longest answer.
pub const EXCERPT_EVENTS_MAX: usize = 32_768;

/// One transaction of the link.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// Counts from 0 since the start.
    pub number: u64,
    /// When, in nanoseconds of the link's clock.
    pub time_ns: u64,
    /// What: `dma_read`, `dma_write`, `register_write` and so on.
    pub kind: String,
    /// Bus address or register offset.
    pub address: u64,
    /// How much.
    pub bytes: u32,
    /// What the data of a read is found by.
    pub tag: Option<u8>,
}

/// A part of the trace.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Excerpt {
    /// In their order.
    pub events: Vec<Event>,
    /// Number of the next event; what to ask for next.
    pub next: u64,
    /// Events asked for that are kept no more or that did not fit.
    pub lost: u64,
}

/// The last transactions.
pub struct Trace {
    capacity: usize,
    kept: Mutex<Kept>,
}

#[derive(Default)]
struct Kept {
    records: VecDeque<Record>,
    next: u64,
}

/// What is kept of a transaction.
#[derive(Clone, Copy)]
struct Record {
    time_ps: u64,
    kind: TlpKind,
    address: u64,
    bytes: u32,
    tag: u8,
}

impl Trace {
    /// Keeps at most `capacity` transactions.
    pub fn new(capacity: usize) -> Self {
        Self { capacity, kept: Mutex::default() }
    }

    /// Adds a transaction without its data; the oldest makes room.
    pub fn add(&self, tlp: &Tlp<'_>) {
        let Tlp { time_ps, kind, address, bytes, tag, .. } = *tlp;
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.next += 1;
        if kept.records.len() == self.capacity {
            kept.records.pop_front();
        }
        if self.capacity > 0 {
            kept.records.push_back(Record { time_ps, kind, address, bytes, tag });
        }
    }

    /// The last `last` of them, of those from number `from` on if that is given.
    pub fn excerpt(&self, from: Option<u64>, last: usize) -> Excerpt {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let first_kept = kept.next - kept.records.len() as u64;
        let from = from.unwrap_or(0).min(kept.next);
        let skip = usize::try_from(from.saturating_sub(first_kept)).unwrap_or(usize::MAX);
        let there = kept.records.len().saturating_sub(skip);
        let shown = there.min(last).min(EXCERPT_EVENTS_MAX);
        let records = kept.records.range(kept.records.len() - shown..);
        let numbers = kept.next - shown as u64..;
        let events = numbers.zip(records).map(|(number, record)| record.event(number)).collect();
        Excerpt { events, next: kept.next, lost: kept.next - from - shown as u64 }
    }
}

impl Record {
    fn event(&self, number: u64) -> Event {
        let (kind, has_tag) = match self.kind {
            TlpKind::Write => ("dma_write", false),
            TlpKind::ReadRequest => ("dma_read", true),
            TlpKind::ReadCompletion => ("dma_read_data", true),
            TlpKind::Interrupt => ("interrupt", false),
            TlpKind::RegisterWrite => ("register_write", false),
            TlpKind::RegisterRead => ("register_read", false),
            TlpKind::RegisterAnswer => ("register_answer", false),
        };
        Event {
            number,
            time_ns: self.time_ps / 1000,
            kind: kind.to_owned(),
            address: self.address,
            bytes: self.bytes,
            tag: has_tag.then_some(self.tag),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn traced(capacity: usize, events: u64) -> Trace {
        let trace = Trace::new(capacity);
        let (kind, data) = (TlpKind::Write, b"payload".as_slice());
        for address in 0..events {
            trace.add(&Tlp { time_ps: 0, kind, address, bytes: 7, tag: 0, data });
        }
        trace
    }

    fn numbers(excerpt: &Excerpt) -> Vec<u64> {
        assert!(excerpt.events.iter().all(|event| event.number == event.address));
        excerpt.events.iter().map(|event| event.number).collect()
    }

    #[test]
    fn the_last_are_kept() {
        let excerpt = traced(4, 10).excerpt(None, 100);
        assert_eq!((numbers(&excerpt), excerpt.next, excerpt.lost), (vec![6, 7, 8, 9], 10, 6));
        let excerpt = traced(4, 10).excerpt(None, 2);
        assert_eq!((numbers(&excerpt), excerpt.next, excerpt.lost), (vec![8, 9], 10, 8));
    }

    #[test]
    fn what_came_since_is_found_or_counted_as_lost() {
        let trace = traced(4, 10);
        assert_eq!(numbers(&trace.excerpt(Some(8), 100)), [8, 9]);
        assert_eq!(trace.excerpt(Some(8), 100).lost, 0);
        assert_eq!(trace.excerpt(Some(5), 100).lost, 1);
        assert_eq!(trace.excerpt(Some(10), 100), Excerpt { next: 10, ..Excerpt::default() });
        assert_eq!(trace.excerpt(Some(u64::MAX), 100).lost, 0);
    }

    #[test]
    fn nothing_is_kept_without_room() {
        let excerpt = traced(0, 3).excerpt(None, 100);
        assert_eq!((excerpt.events.len(), excerpt.next, excerpt.lost), (0, 3, 3));
    }
}

//! What will happen at a later time, in the order of time and then of asking.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Event {
    /// The next packet of data of a read: its place, and its serial number.
    Data(u16, u64),
    /// An interrupt's handler runs.
    Handler(u32),
}

#[derive(Default)]
pub(crate) struct Events {
    heap: BinaryHeap<Reverse<(u64, u64, Event)>>,
    serial: u64,
}

impl Events {
    pub(crate) fn push(&mut self, time_ps: u64, event: Event) {
        self.serial += 1;
        self.heap.push(Reverse((time_ps, self.serial, event)));
    }

    pub(crate) fn due_ps(&self) -> Option<u64> {
        self.heap.peek().map(|Reverse((time_ps, ..))| *time_ps)
    }

    pub(crate) fn pop(&mut self, now_ps: u64) -> Option<(u64, Event)> {
        if self.due_ps()? > now_ps {
            return None;
        }
        self.heap.pop().map(|Reverse((time_ps, _, event))| (time_ps, event))
    }

    /// Forgets the data of all reads.
    pub(crate) fn forget_reads(&mut self) {
        self.heap.retain(|Reverse((_, _, event))| matches!(event, Event::Handler(_)));
    }
}

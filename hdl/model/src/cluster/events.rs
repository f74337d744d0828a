//! Events of contexts: their input is there, or a step ended. One per cycle is served.

use std::collections::VecDeque;

/// Kinds of ends of steps, in the order in which they are served.
#[derive(Clone, Copy)]
pub(crate) enum End {
    Ghash = 0,
    Forward = 1,
    Inverse = 2,
    /// A step without blocks.
    Skip = 3,
}

/// An event.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Event {
    pub(crate) ctx: u8,
    /// The input is there.
    pub(crate) start: bool,
    /// A read of the input failed.
    pub(crate) error: bool,
}

/// Queues of events.
#[derive(Default)]
pub(crate) struct Events {
    ends: [VecDeque<u8>; 4],
    starts: VecDeque<Event>,
    waiting: usize,
}

impl Events {
    pub(crate) fn end(&mut self, kind: End, ctx: u8) {
        self.ends[kind as usize].push_back(ctx);
        self.waiting += 1;
    }

    pub(crate) fn start(&mut self, ctx: u8, error: bool) {
        self.starts.push_back(Event { ctx, start: true, error });
        self.waiting += 1;
    }

    /// The event that is served; ends go before starts.
    pub(crate) fn take(&mut self) -> Option<Event> {
        if self.waiting == 0 {
            return None;
        }
        self.waiting -= 1;
        let end = self.ends.iter_mut().find_map(VecDeque::pop_front);
        match end {
            Some(ctx) => Some(Event { ctx, start: false, error: false }),
            None => self.starts.pop_front(),
        }
    }
}

//! The tags of read requests: which are free, what the others wait for.
//!
//! A tag rests as long as possible before it is used again. One whose data did not come in time
//! stays out of use until reset.

use super::errors::Errors;
use super::reads::{Read, Target};
use pcie_sim::Completion;
use std::collections::VecDeque;
use typex_abi::error;

/// The counter of time has 25 bits.
const TIME: u32 = (1 << 25) - 1;

/// One beat that came back, or the end of a read that did not.
#[derive(Clone, Copy)]
pub(crate) struct Beat {
    pub(crate) target: Target,
    pub(crate) line: u8,
    /// Data are good for this line.
    pub(crate) store: bool,
    /// Nothing more of this read.
    pub(crate) last: bool,
    /// With `last`: not all of it came.
    pub(crate) failed: bool,
    pub(crate) data: [u8; 64],
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Free,
    Waiting,
    /// What comes is thrown away.
    Dropping,
    /// It did not come in time.
    Lost,
}

#[derive(Clone, Copy)]
struct Tag {
    state: State,
    target: Target,
    line: u8,
    beats: u8,
    seen: u8,
    failed: bool,
    time: u32,
}

/// The tags.
pub(crate) struct Tags {
    tags: Vec<Tag>,
    free: VecDeque<u8>,
    /// Tags that were put into the queue after reset.
    filled: usize,
    waiting: usize,
    now: u32,
    scan: usize,
    beat: Option<Beat>,
}

impl Tags {
    pub(crate) fn new(count: usize) -> Self {
        let target = Target::Descriptors(0);
        let state = State::Free;
        let tag = Tag { state, target, line: 0, beats: 0, seen: 0, failed: false, time: 0 };
        Self {
            tags: vec![tag; count],
            free: VecDeque::new(),
            filled: 0,
            waiting: 0,
            now: 0,
            scan: 0,
            beat: None,
        }
    }

    /// The tag that the next request takes.
    pub(crate) fn free(&self) -> Option<u8> {
        self.free.front().copied()
    }

    pub(crate) fn beat(&mut self) -> Option<Beat> {
        self.beat.take()
    }

    pub(crate) fn is_waiting(&self) -> bool {
        self.waiting != 0
    }

    pub(crate) fn is_still(&self) -> bool {
        self.beat.is_none()
    }

    /// The core is reset: what is under way will be thrown away.
    pub(crate) fn reset(&mut self) {
        for tag in &mut self.tags {
            match tag.state {
                State::Waiting => tag.state = State::Dropping,
                State::Lost => tag.state = State::Free,
                _ => {}
            }
        }
        self.free.clear();
        self.filled = 0;
        self.beat = None;
    }

    /// One cycle: a request took the free tag, something came.
    pub(crate) fn cycle(
        &mut self,
        take: Option<Read>,
        came: Option<Completion>,
        timeout: u32,
        errors: &mut Errors,
    ) {
        let busy = self.waiting != 0;
        let freed = match came {
            Some(came) => self.come(&came, errors),
            None if busy => self.expire(timeout, errors),
            None => false,
        };
        // A tag that becomes free goes before those that are put into the queue after reset.
        if !freed {
            self.fill();
        }
        if let Some(read) = take {
            self.take(&read);
        }
        self.now = (self.now + 1) & TIME;
    }

    /// A cycle in reset: what came is thrown away.
    pub(crate) fn drop_one(&mut self, came: Option<Completion>) {
        if let Some(came) = came {
            self.come(&came, &mut Errors::default());
        }
        self.now = (self.now + 1) & TIME;
    }

    fn take(&mut self, read: &Read) {
        let Some(tag) = self.free.pop_front() else { return };
        self.waiting += 1;
        self.tags[usize::from(tag)] = Tag {
            state: State::Waiting,
            target: read.target,
            line: read.line,
            beats: read.bytes.div_ceil(64) as u8,
            seen: 0,
            failed: false,
            time: self.now,
        };
    }

    fn fill(&mut self) {
        if let Some(tag) = self.tags.get(self.filled) {
            if tag.state == State::Free {
                self.free.push_back(self.filled as u8);
            }
            self.filled += 1;
        }
    }

    /// True: a tag became free.
    fn come(&mut self, came: &Completion, errors: &mut Errors) -> bool {
        let index = usize::from(came.tag);
        let known = self.tags.get_mut(index);
        let Some(tag) = known.filter(|tag| matches!(tag.state, State::Waiting | State::Dropping))
        else {
            errors.report(error::UNEXPECTED_COMPLETION, 0, came.tag.into());
            return false;
        };
        let more = tag.seen < tag.beats;
        let short = !more || (came.last && tag.seen + 1 < tag.beats);
        let bad = came.error || tag.failed || short;
        if tag.state == State::Waiting {
            let store = more && !came.error && !tag.failed;
            if store || came.last {
                self.beat = Some(tag.beat(store, came.last, bad, &came.data));
            }
            if bad {
                let bits = if came.error { error::READ } else { 0 };
                let odd = if short && !came.error { error::UNEXPECTED_COMPLETION } else { 0 };
                errors.report(bits | odd, 0, came.tag.into());
            }
            tag.seen += u8::from(more);
            tag.failed = bad;
        }
        if came.last {
            tag.state = State::Free;
            self.waiting -= 1;
            if index < self.filled {
                self.free.push_back(came.tag);
            }
        }
        came.last
    }

    /// Tries one waiting tag for its time; none becomes free.
    fn expire(&mut self, timeout: u32, errors: &mut Errors) -> bool {
        let index = self.scan;
        self.scan = if index + 1 == self.tags.len() { 0 } else { index + 1 };
        let tag = &mut self.tags[index];
        let waits = matches!(tag.state, State::Waiting | State::Dropping);
        if !waits || (self.now.wrapping_sub(tag.time) & TIME) <= timeout {
            return false;
        }
        if tag.state == State::Waiting {
            self.beat = Some(tag.beat(false, true, true, &[0; 64]));
        }
        tag.state = State::Lost;
        self.waiting -= 1;
        errors.report(error::READ_TIMEOUT, 0, index as u16);
        false
    }
}

impl Tag {
    fn beat(&self, store: bool, last: bool, failed: bool, data: &[u8; 64]) -> Beat {
        Beat { target: self.target, line: self.line + self.seen, store, last, failed, data: *data }
    }
}

//! Register accesses, from the host to the device and back.

use crate::config::{COMPLETION_OVERHEAD_BYTES, REQUEST_OVERHEAD_BYTES};
use crate::fault::Victim;
use crate::host::{Answer, HostError};
use crate::limits;
use crate::pins::Inputs;
use crate::trace::TlpKind;
use crate::wire::Wire;
use std::collections::VecDeque;

const WORD_BYTES: u64 = 4;

#[derive(Default)]
pub(crate) struct Registers {
    /// On their way to the device, in order.
    flight: VecDeque<Access>,
    /// Reads without an answer of the device, in order; the first `expired` are given up.
    asked: VecDeque<Asked>,
    expired: usize,
    /// Answers on their way to the host.
    answers: VecDeque<(u64, u32, Answer<u32>)>,
}

struct Access {
    time_ps: u64,
    offset: u32,
    value: Option<u32>,
}

struct Asked {
    deadline_ps: u64,
    offset: u32,
    answer: Option<Answer<u32>>,
}

impl Registers {
    pub(crate) fn room(&self) -> bool {
        self.flight.len() < limits::MMIO_IN_FLIGHT
    }

    pub(crate) fn write(&mut self, wire: &mut Wire, now_ps: u64, offset: u32, value: u32) {
        let at = u64::from(offset);
        if wire.strike(Victim::RegisterWrite, now_ps, at).is_none() {
            wire.record_word(now_ps, TlpKind::RegisterWrite, at, Some(value));
            self.launch(wire, now_ps, offset, Some(value));
        }
    }

    pub(crate) fn read(&mut self, wire: &mut Wire, now_ps: u64, at: u32, answer: Answer<u32>) {
        if self.asked.len() >= limits::MMIO_READS {
            answer.give(Err(HostError::Busy));
            return;
        }
        wire.record_word(now_ps, TlpKind::RegisterRead, u64::from(at), None);
        self.launch(wire, now_ps, at, None);
        let deadline_ps = now_ps + wire.latency.mmio_timeout_ps;
        self.asked.push_back(Asked { deadline_ps, offset: at, answer: Some(answer) });
    }

    fn launch(&mut self, wire: &mut Wire, now_ps: u64, offset: u32, value: Option<u32>) {
        let payload = if value.is_some() { WORD_BYTES } else { 0 };
        let bytes = REQUEST_OVERHEAD_BYTES + payload;
        let sent_ps = wire.down.send(now_ps, 1, bytes, payload);
        let time_ps = sent_ps + wire.host_part(wire.latency.doorbell_ps, 0, bytes);
        self.flight.push_back(Access { time_ps, offset, value });
    }

    /// When the device has something to see.
    pub(crate) fn arrival_ps(&self) -> Option<u64> {
        self.flight.front().map(|access| access.time_ps)
    }

    /// When the host has something to see.
    pub(crate) fn due_ps(&self) -> Option<u64> {
        let answer_ps = self.answers.front().map(|answer| answer.0);
        let deadline_ps = self.asked.get(self.expired).map(|asked| asked.deadline_ps);
        answer_ps.into_iter().chain(deadline_ps).min()
    }

    /// Shows the device the next access, if one has arrived.
    #[inline]
    pub(crate) fn deliver(&mut self, wire: &mut Wire, now_ps: u64, inputs: &mut Inputs) {
        if self.flight.is_empty() {
            return;
        }
        let arrived = |access: &mut Access| access.time_ps <= now_ps;
        let Some(access) = self.flight.pop_front_if(arrived) else { return };
        match access.value {
            Some(value) => {
                wire.counts.register_writes += 1;
                inputs.mmio_write = Some((access.offset, value));
            }
            None => inputs.mmio_read = Some(access.offset),
        }
    }

    /// The device answers its oldest read; behind its earlier writes, the last of which lands at
    /// `landed_ps`.
    pub(crate) fn answer(&mut self, wire: &mut Wire, now_ps: u64, value: u32, landed_ps: u64) {
        let Some(asked) = self.asked.pop_front() else {
            wire.counts.violations += 1;
            return;
        };
        let bytes = COMPLETION_OVERHEAD_BYTES + WORD_BYTES;
        let leaves_ps = now_ps + wire.latency.hard_block_ps;
        let sent_ps = wire.up.send(leaves_ps, 1, bytes, WORD_BYTES);
        let back_ps = wire.latency.mmio_read_ps.saturating_sub(wire.latency.doorbell_ps);
        let time_ps = (sent_ps + wire.host_part(back_ps, 1, bytes)).max(landed_ps);
        match asked.answer {
            Some(answer) => {
                let at = u64::from(asked.offset);
                wire.record_word(time_ps, TlpKind::RegisterAnswer, at, Some(value));
                wire.counts.register_reads += 1;
                self.answers.push_back((time_ps, value, answer));
            }
            None => self.expired -= 1,
        }
    }

    /// Gives the host what has arrived, and gives up what is overdue.
    pub(crate) fn settle(&mut self, now_ps: u64) {
        while let Some((_, value, answer)) = self.answers.pop_front_if(|a| a.0 <= now_ps) {
            answer.give(Ok(value));
        }
        while let Some(asked) = self.asked.get_mut(self.expired) {
            if asked.deadline_ps > now_ps {
                break;
            }
            if let Some(answer) = asked.answer.take() {
                answer.give(Err(HostError::Timeout));
            }
            self.expired += 1;
        }
    }

    /// Discards everything under way.
    pub(crate) fn clear(&mut self, why: HostError) {
        self.flight.clear();
        self.expired = 0;
        let asked = self.asked.drain(..).filter_map(|asked| asked.answer);
        for answer in asked.chain(self.answers.drain(..).map(|answer| answer.2)) {
            answer.give(Err(why));
        }
    }
}

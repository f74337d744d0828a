//! Completions, every one of them checked before its job is believed to have ended.

use std::sync::atomic::Ordering;

use typex_abi::{Completion, Status, completion_at, register};

use super::{Flying, Queue};
use crate::backend::fpga::card::{Seat, lock};
use crate::backend::fpga::fault::FaultKind;
use crate::backend::fpga::is_first_lap;
use crate::backend::fpga::message::{End, PLACE_BYTES};
use crate::batch::Completion as Finished;
use crate::limits::{CARD_LOOKS_MAX, CARD_UNREAD_MAX};

impl Queue {
    pub(super) fn is_next_there(&self) -> bool {
        let mut word = [0; 8];
        self.rings.load(self.cq_at(usize::from(self.head) & (self.entries() - 1)), &mut word);
        self.is_flying()
            && Completion::phase_of(word[completion_at::FLAGS])
                == is_first_lap(self.head, self.log2)
    }

    pub(super) fn collect(&mut self, done: &mut Vec<Finished>) {
        let before = self.head;
        while self.is_next_there() {
            match self.next_completion().and_then(|completion| self.settle(&completion, done)) {
                Ok(()) => self.head = self.head.wrapping_add(1),
                Err(kind) => return self.fault(kind),
            }
        }
        let taken = self.head.wrapping_sub(before);
        if taken > 0 {
            self.suspected = None;
            Seat::add(&self.seat.completed, taken.into());
            if self.write(register::RING_CQ_HEAD, u32::from(self.head)).is_err() {
                self.fault(FaultKind::Link);
            }
        }
    }

    /// The entry whose phase has turned. An entry that is not whole gets a few more looks: it may
    /// become visible in pieces.
    fn next_completion(&self) -> Result<Completion, FaultKind> {
        let at = self.cq_at(usize::from(self.head) & (self.entries() - 1));
        let mut bytes = [0; Completion::LONG_BYTES];
        for _ in 0..CARD_LOOKS_MAX {
            self.rings.load(at, &mut bytes);
            if let Ok(completion) = Completion::decode_long(&bytes) {
                return self.checked(completion);
            }
            std::hint::spin_loop();
        }
        Err(FaultKind::Check)
    }

    /// A completion that names a job in flight, of this epoch, with counts that can be.
    fn checked(&self, completion: Completion) -> Result<Completion, FaultKind> {
        if self.session.as_ref().is_none_or(|session| session.epoch != completion.epoch) {
            return Err(FaultKind::Epoch);
        }
        let index = completion.tag & (self.entries() as u16 - 1);
        let flight = &self.flights[usize::from(index)];
        let named = flight.work.is_some() && flight.generation == completion.tag >> self.log2;
        let fetched = completion.sq_head.wrapping_sub(self.sq_head);
        let possible = fetched <= self.tail.wrapping_sub(self.sq_head);
        if named && possible { Ok(completion) } else { Err(FaultKind::Tag) }
    }

    fn settle(
        &mut self,
        completion: &Completion,
        done: &mut Vec<Finished>,
    ) -> Result<(), FaultKind> {
        let index = completion.tag & (self.entries() as u16 - 1);
        let flight = &mut self.flights[usize::from(index)];
        let work = flight.work.as_mut().ok_or(FaultKind::Tag)?;
        let unread = match work {
            Flying::Job { item, plan, .. } => {
                let at = usize::from(index) * PLACE_BYTES;
                match plan.end(&mut item.task, completion, &mut *self.places, at) {
                    End::Done(result) => {
                        done.push(Finished { tag: item.tag, result });
                        false
                    }
                    End::Unread => true,
                    End::Fault(kind) => return Err(kind),
                }
            }
            Flying::Load { .. } => match completion.status {
                Status::Ok => false,
                Status::DmaError => true,
                _ => return Err(FaultKind::Status),
            },
        };
        self.sq_head = completion.sq_head;
        self.land(index, unread);
        self.unread += u32::from(unread);
        if self.unread >= CARD_UNREAD_MAX { Err(FaultKind::DataRead) } else { Ok(()) }
    }

    /// Frees the tag. A job whose data was not read is handed out again.
    fn land(&mut self, index: u16, unread: bool) {
        self.shared.tally.unread.fetch_add(unread.into(), Ordering::Relaxed);
        let limit = u16::MAX >> self.log2;
        let flight = &mut self.flights[usize::from(index)];
        flight.generation = flight.generation.wrapping_add(1) & limit;
        let Some(work) = flight.work.take() else { return };
        self.free.push(index);
        self.seat.in_flight.fetch_sub(1, Ordering::SeqCst);
        let slots = self.session.as_ref().map(|session| lock(&session.slots));
        match work {
            Flying::Job { item, keys, .. } => {
                if let Some(mut slots) = slots {
                    slots.unpin(&keys);
                }
                if unread {
                    self.lost.push(item);
                }
            }
            Flying::Load { key, place } => {
                if let Some(mut slots) = slots {
                    slots.loaded(key, !unread);
                }
                self.free_loads.push(place);
            }
        }
    }
}

//! RSA operations that wait for a thread at the same time are computed side by side: lanes take
//! the same time for eight as for one.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Instant;

use arrayvec::ArrayVec;
use typex_kernels::rsa::lanes::{LANES, lanes_min};

use super::{CorePort, Parcel};
use crate::backend::Backend;
use crate::batch::{Batch, Completions};
use crate::execute;
use crate::handoff::Tag;
use crate::job::PrivateOperation;
use crate::limits::POOL_LOOK_AHEAD;

/// What one pool thread has taken from its inbox and not dealt with.
pub(super) struct Company {
    /// Oldest first, at most [`POOL_LOOK_AHEAD`].
    waiting: VecDeque<Box<Parcel>>,
    batch: Batch,
    completions: Completions,
}

/// A parcel whose only job is computed with those of others.
struct Member {
    parcel: Box<Parcel>,
    port: Arc<CorePort>,
    /// What its core calls the job; `None` if it is not to be computed.
    tag: Option<Tag>,
}

impl Company {
    pub(super) fn new() -> Self {
        let waiting = VecDeque::with_capacity(POOL_LOOK_AHEAD);
        Self { waiting, batch: Batch::with_room(), completions: Completions::with_room() }
    }

    /// Computes the oldest parcel, and beside it what is like it and waits, and gives them back.
    /// Returns how many; none if nothing waits.
    pub(super) fn deal(
        &mut self,
        backend: &mut dyn Backend,
        pop: impl FnMut() -> Option<Box<Parcel>>,
    ) -> usize {
        if self.look(pop) > 1 {
            let mut members = self.gather();
            self.compute(backend, &mut members);
            let count = members.len();
            members.into_iter().for_each(|member| give_back(&member.port, member.parcel));
            return count;
        }
        let Some(mut parcel) = self.waiting.pop_front() else { return 0 };
        if let Some(port) = parcel.port.take() {
            parcel.compute_all(backend, &port);
            give_back(&port, parcel);
        }
        1
    }

    /// Takes as much as is worth looking at; tells with how many others the oldest can be computed,
    /// itself counted.
    fn look(&mut self, mut pop: impl FnMut() -> Option<Box<Parcel>>) -> usize {
        if self.waiting.is_empty() {
            self.waiting.extend(pop());
        }
        let Some(operation) = self.oldest() else { return 1 };
        let Some(least) = lanes_min(operation.modulus_len) else { return 1 };
        let is_alike = |parcel: &Parcel| parcel.private_operation() == Some(operation);
        let mut alike = self.waiting.iter().filter(|parcel| is_alike(parcel)).count();
        while alike < LANES && self.waiting.len() < POOL_LOOK_AHEAD {
            let Some(parcel) = pop() else { break };
            alike += usize::from(is_alike(&parcel));
            self.waiting.push_back(parcel);
        }
        if alike < least { 1 } else { alike.min(LANES) }
    }

    fn oldest(&self) -> Option<PrivateOperation> {
        self.waiting.front().and_then(|oldest| oldest.private_operation())
    }

    /// Takes out the oldest and those like it, as far as they may share a batch.
    fn gather(&mut self) -> ArrayVec<Member, LANES> {
        let now = Instant::now();
        let oldest = self.oldest();
        let mut members = ArrayVec::new();
        for mut parcel in std::mem::take(&mut self.waiting) {
            let is_alike = parcel.private_operation() == oldest;
            let port = parcel.port.take_if(|_| is_alike && !members.is_full());
            match (port, parcel.batch.items()) {
                (Some(port), [item]) if self.batch.welcomes(item.partition, item.isolate) => {
                    parcel.screen(&port, now);
                    let tag = self.join(&mut parcel.batch, members.len());
                    members.push(Member { parcel, port, tag });
                }
                (port, _) => {
                    parcel.port = port.or(parcel.port.take());
                    self.waiting.push_back(parcel);
                }
            }
        }
        members
    }

    /// Moves the job of a screened parcel to the others, where it is called by its place.
    fn join(&mut self, from: &mut Batch, place: usize) -> Option<Tag> {
        let mut item = from.take(1).next()?;
        let tag = std::mem::replace(&mut item.tag, Tag::of_index(place));
        self.batch.push(item);
        Some(tag)
    }

    fn compute(&mut self, backend: &mut dyn Backend, members: &mut [Member]) {
        let beside = self.batch.items().len();
        execute::compute(backend, &mut self.batch, &mut self.completions);
        for completion in self.completions.drain() {
            let member = members.get_mut(completion.tag.index());
            if let Some(Member { parcel, tag: Some(tag), .. }) = member {
                parcel.beside = beside;
                parcel.batch.reset();
                parcel.completions.push(*tag, completion.result);
            }
        }
    }
}

fn give_back(port: &CorePort, parcel: Box<Parcel>) {
    let given = port.give_back(parcel);
    debug_assert!(given.is_ok(), "a core has a place for each of its parcels");
}

#[cfg(test)]
mod tests;

//! Runs a batch on a backend to the end, on whichever thread has it.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Instant;

use arrayvec::ArrayVec;
use typex_core::error::ErrorKind;

use crate::backend::Backend;
use crate::batch::{Batch, Completions};
use crate::handoff::{Slots, Tag};
use crate::limits::BATCH_JOBS_MAX;
use crate::platform::System;

/// Turns every job of `batch` into one completion, whatever happens, and empties it.
pub(crate) fn run(
    backend: &mut dyn Backend,
    slots: &Slots<System>,
    batch: &mut Batch,
    completions: &mut Completions,
    now: Instant,
) {
    screen(batch, completions, now, |tag| slots.begin(tag));
    compute(backend, batch, completions);
}

/// The same of a batch that was screened.
pub(crate) fn compute(backend: &mut dyn Backend, batch: &mut Batch, completions: &mut Completions) {
    let tags: ArrayVec<Tag, BATCH_JOBS_MAX> = batch.items().iter().map(|item| item.tag).collect();
    let before = completions.len();
    let run = catch_unwind(AssertUnwindSafe(|| burst(backend, batch, completions)));
    let kind = if run.is_ok() { ErrorKind::DeviceFault } else { ErrorKind::Internal };
    if completions.len() - before < tags.len() {
        for tag in tags {
            if !completions.contains(tag) {
                completions.push(tag, Err(kind));
            }
        }
    }
    batch.reset();
}

/// Submits and polls until the backend makes no progress.
fn burst(backend: &mut dyn Backend, batch: &mut Batch, completions: &mut Completions) {
    loop {
        let taken = backend.submit(batch);
        let polled = backend.poll(completions);
        if taken == 0 && polled == 0 {
            return;
        }
    }
}

/// Takes out what is not to be computed: cancelled, so that it cannot be claimed, expired, or of a
/// revoked key.
pub(crate) fn screen(
    batch: &mut Batch,
    completions: &mut Completions,
    now: Instant,
    claim: impl Fn(Tag) -> bool,
) {
    batch.items_mut().retain(|item| {
        let refusal = if !claim(item.tag) || item.deadline <= now {
            ErrorKind::Timeout
        } else if item.task.is_revoked() {
            ErrorKind::KeyState
        } else {
            return true;
        };
        completions.push(item.tag, Err(refusal));
        false
    });
}

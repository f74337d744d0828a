//! Contexts: the messages that a cluster holds, from admission to the end of their output.

use super::job::{Job, Kind};
use super::work::{Verdict, execute};
use crate::keys::KeyStore;
use std::collections::VecDeque;
use typex_abi::{Status, limits};

/// Bytes of one side of a context.
const BYTES: usize = limits::INPUT_BYTES_MAX;

/// A message and what was made of it.
pub(crate) struct Context {
    pub(crate) job: Job,
    pub(crate) input: Box<[u8]>,
    pub(crate) output: Box<[u8]>,
    verdict: Verdict,
    /// Step that is done next.
    pub(crate) next: u8,
    /// Step that is being done.
    pub(crate) doing: Kind,
}

impl Context {
    fn new() -> Self {
        Self {
            job: Job::default(),
            input: vec![0; BYTES].into(),
            output: vec![0; BYTES].into(),
            verdict: Verdict::default(),
            next: 0,
            doing: Kind::End,
        }
    }

    /// The first line of the input.
    pub(crate) fn header(&self) -> [u8; 64] {
        let mut header = [0; 64];
        header.copy_from_slice(&self.input[..64]);
        header
    }

    /// How the job ended; `error`: its input could not be read.
    pub(crate) fn status(&self, error: bool) -> Status {
        match self.verdict {
            _ if error => Status::DmaError,
            Verdict { mismatch: true, .. } => Status::TagMismatch,
            Verdict { bad_length: true, .. } => Status::BadData,
            _ => Status::Ok,
        }
    }
}

/// All contexts of a cluster, and which of them are free.
pub(crate) struct Contexts {
    contexts: Vec<Context>,
    fresh: usize,
    used: VecDeque<u8>,
    busy: usize,
}

impl Contexts {
    pub(crate) fn new(count: usize) -> Self {
        let contexts = (0..count).map(|_| Context::new()).collect();
        Self { contexts, fresh: 0, used: VecDeque::new(), busy: 0 }
    }

    /// A context that is free: fresh ones in their order, then as they became free.
    pub(crate) fn free(&self) -> Option<u8> {
        let fresh = (self.fresh < self.contexts.len()).then_some(self.fresh as u8);
        fresh.or_else(|| self.used.front().copied())
    }

    /// Takes the free context for a job.
    pub(crate) fn take(&mut self, job: Job) -> Option<u8> {
        let ctx = self.free()?;
        if self.fresh < self.contexts.len() {
            self.fresh += 1;
        } else {
            self.used.pop_front();
        }
        self.busy += 1;
        let context = &mut self.contexts[usize::from(ctx)];
        (context.job, context.next, context.doing) = (job, 0, Kind::End);
        Some(ctx)
    }

    pub(crate) fn give(&mut self, ctx: u8) {
        self.used.push_back(ctx);
        self.busy -= 1;
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.busy == 0
    }

    pub(crate) fn at(&self, ctx: u8) -> &Context {
        &self.contexts[usize::from(ctx)]
    }

    pub(crate) fn at_mut(&mut self, ctx: u8) -> &mut Context {
        &mut self.contexts[usize::from(ctx)]
    }

    /// Stores a line of input.
    pub(crate) fn store(&mut self, ctx: u8, line: usize, data: &[u8; 64]) {
        let input = &mut self.contexts[usize::from(ctx)].input;
        if let Some(place) = input.get_mut(64 * line..64 * line + 64) {
            place.copy_from_slice(data);
        }
    }

    /// All input is there: the job's result is made.
    pub(crate) fn run(&mut self, ctx: u8, keys: &KeyStore) {
        let context = &mut self.contexts[usize::from(ctx)];
        context.verdict = execute(&context.job, keys, &context.input, &mut context.output);
    }
}

//! A backend under test.

use std::time::{Duration, Instant};

use typex_core::error::ErrorKind;
use typex_engine::backend::BackendEntry;
use typex_engine::limits::BATCH_JOBS_MAX;
use typex_engine::{Backend, Batch, Completions, Outcome, Task};

use crate::case::Case;

/// No burst takes longer, on any backend: the longest, of bursts that reset the card, takes 8 s on
/// idle processors, and ten times as long where others keep them busy.
const BURST_LIMIT: Duration = Duration::from_secs(300);

/// A started backend and what it claims.
pub(crate) struct Subject {
    pub(crate) name: String,
    pub(crate) claims: Vec<&'static str>,
    backend: Box<dyn Backend>,
    /// What to do while there is nothing to poll.
    pub(crate) idle: Box<dyn FnMut() + Send>,
}

impl Subject {
    pub(crate) fn new(name: &str, entry: &BackendEntry, backend: Box<dyn Backend>) -> Self {
        let claims = entry.capabilities.iter().map(|can| can.operation).collect();
        Self { name: name.to_owned(), claims, backend, idle: Box::new(std::thread::yield_now) }
    }

    pub(crate) fn claims(&self, operation: &str) -> bool {
        self.claims.contains(&operation)
    }

    /// Runs tasks in batches; results in their order, each exactly once.
    pub(crate) fn run(&mut self, tasks: Vec<Task>) -> Vec<Result<Vec<u8>, ErrorKind>> {
        let mut tasks = tasks.into_iter();
        let mut results = Vec::new();
        loop {
            let burst: Vec<Task> = tasks.by_ref().take(BATCH_JOBS_MAX).collect();
            if burst.is_empty() {
                return results;
            }
            results.extend(self.burst(burst));
        }
    }

    fn burst(&mut self, tasks: Vec<Task>) -> Vec<Result<Vec<u8>, ErrorKind>> {
        let mut results: Vec<_> = tasks.iter().map(|_| None).collect();
        let (mut batch, mut completions) = (Batch::of(tasks), Completions::default());
        let started = Instant::now();
        let mut missing = results.len();
        while missing > 0 {
            assert!(started.elapsed() < BURST_LIMIT, "{}: {missing} jobs are lost", self.name);
            self.backend.submit(&mut batch);
            if self.backend.poll(&mut completions) == 0 {
                (self.idle)();
            }
            for done in completions.drain() {
                let place = &mut results[done.tag.index()];
                assert!(place.is_none(), "{}: answered twice", self.name);
                *place = Some(done.result.map(bytes));
                missing -= 1;
            }
        }
        assert_eq!(self.backend.in_flight(), 0, "{}: something is left", self.name);
        results.into_iter().map(Option::unwrap).collect()
    }

    /// Runs cases side by side and one at a time, and compares.
    pub(crate) fn check(&mut self, cases: &[Case]) {
        self.check_together(cases);
        for case in cases.iter().take(ALONE) {
            self.check_together(std::slice::from_ref(case));
        }
    }

    pub(crate) fn check_together(&mut self, cases: &[Case]) {
        let results = self.run(cases.iter().map(Case::task).collect());
        for (case, result) in cases.iter().zip(results) {
            let (shown, expected) = (show(&result), show(&case.expected));
            assert!(result == case.expected, "{}: {case}\n {shown}\n {expected}", self.name);
        }
    }
}

/// Cases of a list that are also run alone.
const ALONE: usize = 20;

fn bytes(outcome: Outcome) -> Vec<u8> {
    match outcome {
        Outcome::Sealed(bytes) => bytes.to_vec(),
        _ => panic!("not bytes"),
    }
}

fn show(result: &Result<Vec<u8>, ErrorKind>) -> String {
    match result {
        Ok(bytes) => const_hex::encode(bytes),
        Err(kind) => format!("{kind:?}"),
    }
}

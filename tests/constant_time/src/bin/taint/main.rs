//! Runs every operation under memcheck with its secrets marked as undefined, so that a branch or
//! an index that depends on one is reported as an error of memory. Ends with 1 if an operation
//! was reported, or a function that leaks on purpose was not.
#![forbid(unsafe_code)]

mod kernels;
mod padding;
mod rsa;

use std::process::ExitCode;

use crabgrind::memcheck::{MemState, mark_mem};
use crabgrind::{RunMode, count_errors, run_mode};
use typex_constant_time::operation::Operation;
use typex_constant_time::random::Random;
use typex_constant_time::{Outcome, Record, control};
use typex_engine::limits::BATCH_JOBS_MAX;
use typex_engine::payment::Error;
use typex_engine::payment::lanes::{Lanes, alone};

const SEED: u64 = 20_261_122;

fn main() -> ExitCode {
    if run_mode() != RunMode::Valgrind {
        eprintln!("taint: runs under `valgrind --tool=memcheck` only");
        return ExitCode::FAILURE;
    }
    println!("AES on {}, triple DES on {}", typex_kernels::Path::detect(), tdes_path());
    let mut report = Report::default();
    controls(&mut report);
    kernels::run(&mut report);
    rsa::run(&mut report);
    padding::run(&mut report);
    for operation in Operation::ALL {
        alone_in_turn(&mut report, operation);
        in_company(&mut report, operation);
    }
    mixed(&mut report);
    report.verdict()
}

fn tdes_path() -> typex_kernels::tdes::Path {
    typex_kernels::tdes::Path::detect()
}

/// Makes bytes secret.
fn hide(bytes: &mut [u8]) {
    // The result says nothing; that it works shows in the functions that leak on purpose.
    let _ = mark_mem(bytes.as_mut_ptr().cast(), bytes.len(), MemState::Undefined);
}

/// Makes bytes known again.
fn reveal(bytes: &mut [u8]) {
    let _ = mark_mem(bytes.as_mut_ptr().cast(), bytes.len(), MemState::Defined);
}

/// What was seen so far.
#[derive(Default)]
struct Report {
    checked: usize,
    faults: Vec<String>,
}

impl Report {
    /// Runs something that must not be reported.
    fn clean(&mut self, name: &str, run: impl FnOnce() -> Result<(), String>) {
        self.with_outcomes(0, name, run);
    }

    /// Runs something that must be reported as often as libraries branch on an outcome.
    fn with_outcomes(
        &mut self,
        outcomes: usize,
        name: &str,
        run: impl FnOnce() -> Result<(), String>,
    ) {
        let (found, result) = counted(run);
        self.checked += 1;
        println!("{found:>6}  {name}");
        if found != outcomes {
            self.faults.push(format!(
                "{name}: {found} branches or indices depend on secrets, {outcomes} are outcomes"
            ));
        }
        self.faults.extend(result.err().map(|fault| format!("{name}: {fault}")));
    }

    /// Runs something that must be reported.
    fn leaky(&mut self, name: &str, run: impl FnOnce()) {
        let (found, ()) = counted(run);
        println!("{found:>6}  {name} (leaks on purpose)");
        if found == 0 {
            self.faults.push(format!("{name}: leaks on purpose and was not found"));
        }
    }

    fn verdict(self) -> ExitCode {
        for fault in &self.faults {
            eprintln!("taint: {fault}");
        }
        println!("{} checked, {} faults", self.checked, self.faults.len());
        if self.faults.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
    }
}

fn counted<T>(run: impl FnOnce() -> T) -> (usize, T) {
    let before = count_errors();
    let result = run();
    (count_errors() - before, result)
}

fn controls(report: &mut Report) {
    let mut secret = *b"0123456789abcdef";
    hide(&mut secret);
    report.leaky("table index", || {
        std::hint::black_box(control::leaky_index(&secret));
    });
    let claimed = *b"0123456789abcdeg";
    report.leaky("early exit", || {
        std::hint::black_box(control::leaky_equal(&secret, &claimed));
    });
    let number = u64::from_ne_bytes(*secret.first_chunk().expect("16 bytes"));
    report.leaky("loop length", || {
        std::hint::black_box(control::leaky_bits(number));
    });
}

fn record(operation: Operation, outcome: Outcome, random: &mut Random) -> Record {
    let mut record = Record::new(operation, outcome, random).expect("the engine makes records");
    record.secrets.each_mut().into_iter().for_each(|bytes| hide(bytes));
    record
}

/// Each outcome on its own, which takes other ways through the kernels than a batch.
fn alone_in_turn(report: &mut Report, operation: Operation) {
    let mut random = Random::new(SEED);
    for outcome in Outcome::ALL {
        let record = record(operation, outcome, &mut random);
        let outcomes = operation.outcomes_of_libraries();
        report.with_outcomes(outcomes, &format!("{operation} {outcome:?}, alone"), || {
            expected(&record, alone(async |lanes| record.perform(lanes).await))
        });
    }
}

/// A full batch with all outcomes in it.
fn in_company(report: &mut Report, operation: Operation) {
    let mut random = Random::new(SEED + 1);
    let outcomes = Outcome::ALL.into_iter().cycle().take(BATCH_JOBS_MAX);
    let records = outcomes.map(|outcome| record(operation, outcome, &mut random)).collect();
    batch(report, &format!("{operation}, {BATCH_JOBS_MAX} together"), records);
}

/// A full batch of everything.
fn mixed(report: &mut Report) {
    let mut random = Random::new(SEED + 2);
    let operations = Operation::ALL.into_iter().cycle().take(BATCH_JOBS_MAX);
    let records = operations.zip(Outcome::ALL.into_iter().cycle());
    let records =
        records.map(|(operation, outcome)| record(operation, outcome, &mut random)).collect();
    batch(report, &format!("all kinds, {BATCH_JOBS_MAX} together"), records);
}

fn batch(report: &mut Report, name: &str, records: Vec<Record>) {
    let outcomes = records.iter().map(|one| one.operation.outcomes_of_libraries()).sum();
    report.with_outcomes(outcomes, name, || {
        let lanes = Lanes::new();
        let running = records.iter().map(|record| Box::pin(record.perform(&lanes))).collect();
        let answers = lanes.run(running);
        records.iter().zip(answers).try_for_each(|(record, answer)| expected(record, answer))
    });
}

fn expected(record: &Record, answer: Result<(), Error>) -> Result<(), String> {
    match answer {
        Ok(()) if record.succeeds => Ok(()),
        Err(error) if !record.succeeds && error != Error::Internal => Ok(()),
        Ok(()) => Err("succeeded, and must not".to_owned()),
        Err(error) => Err(format!("failed with {error}")),
    }
}

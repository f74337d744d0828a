//! Operations run side by side, their steps in the lanes of the vector units.
//!
//! An operation is straight code that awaits every step under a key: a few blocks, a message, a
//! MAC. [`Lanes::run`] lets all operations of a batch run until each waits for a step, computes
//! the steps that are alike together, a lane each, and lets them run on. So the steps of a
//! derivation meet those of the same depth without knowing of each other. What an operation
//! answers does not depend on its company.
//!
//! An operation awaits one step at a time, and nothing but steps. There are no wakers: who waits
//! is looked at when its step is done.
//!
//! A secret of fixed size that lives across an await and is then moved leaves its bytes in the
//! memory of the operation; what is handed on is on the heap, where moves take the pointer.
//!
//! ```
//! use typex_engine::payment::lanes::{self, Lanes};
//! use typex_engine::payment::mac::{MacWith, generate};
//! use typex_engine::payment::{Error, Key};
//!
//! let keys = [Key::tdes(&[0x1F; 16])?, Key::aes(&[0x2E; 32])?];
//! let lanes = Lanes::new();
//! let macs = keys.iter().map(|key| generate(&lanes, MacWith::Cmac(key), b"message", 4));
//! let macs = lanes.run(macs.map(Box::pin).collect());
//!
//! let with = MacWith::Cmac(&keys[0]);
//! let alone = lanes::alone(async |lanes| generate(lanes, with, b"message", 4).await);
//! assert_eq!(macs[0], alone);
//! # Ok::<(), Error>(())
//! ```

mod group;
mod pair;
mod primitive;
mod step;
mod table;

use std::cell::RefCell;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};

use self::table::Table;
use super::Error;
use crate::limits::BATCH_JOBS_MAX;

pub(crate) use self::step::Bytes;

/// The lanes of one batch: where its operations leave their steps.
#[derive(Default)]
pub struct Lanes {
    table: RefCell<Table>,
}

/// How well the lanes were used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Groups of steps that were computed together.
    pub groups: usize,
    /// Steps in all of them.
    pub steps: usize,
}

impl Lanes {
    /// Lanes without operations.
    pub fn new() -> Self {
        Self::default()
    }

    /// Runs operations to their ends, at most a batch of [`BATCH_JOBS_MAX`] at a time, and gives
    /// their answers in their order.
    ///
    /// # Errors
    /// By operation, its own; [`Error::Internal`] for one that takes more steps than any has, or
    /// waits for something else.
    pub fn run<F, T, E>(&self, mut operations: Vec<F>) -> Vec<Result<T, E>>
    where
        F: Future<Output = Result<T, E>> + Unpin,
        E: From<Error>,
    {
        let mut answers = Vec::with_capacity(operations.len());
        while !operations.is_empty() {
            let later = operations.split_off(operations.len().min(BATCH_JOBS_MAX));
            answers.append(&mut self.run_batch(operations));
            operations = later;
        }
        answers
    }

    fn run_batch<F, T, E>(&self, operations: Vec<F>) -> Vec<Result<T, E>>
    where
        F: Future<Output = Result<T, E>> + Unpin,
        E: From<Error>,
    {
        self.table.borrow_mut().seat(operations.len());
        let mut runs: Vec<Run<F, T, E>> = operations.into_iter().map(Run::Begun).collect();
        // A round computes a step at least, and the steps of an operation are bounded.
        while self.round(&mut runs) {
            self.table.borrow_mut().compute();
        }
        runs.into_iter().map(Run::answer).collect()
    }

    /// Lets all run on whose step is done; whether any waits for another.
    fn round<F, T, E>(&self, runs: &mut [Run<F, T, E>]) -> bool
    where
        F: Future<Output = Result<T, E>> + Unpin,
        E: From<Error>,
    {
        let mut waiting = false;
        for (at, run) in runs.iter_mut().enumerate() {
            let Run::Begun(operation) = run else { continue };
            if self.table.borrow_mut().call(at) {
                match Pin::new(operation).poll(&mut Context::from_waker(Waker::noop())) {
                    Poll::Ready(answer) => *run = Run::Ended(answer),
                    Poll::Pending if self.table.borrow().is_waiting(at) => waiting = true,
                    Poll::Pending => *run = Run::Ended(Err(Error::Internal.into())),
                }
            } else {
                waiting = true;
            }
        }
        waiting
    }

    /// How well the lanes were used up to now, by operations that ran in company.
    pub fn tally(&self) -> Tally {
        self.table.borrow().tally
    }
}

/// Runs one operation, its steps computed at once.
///
/// # Errors
/// Those of the operation; [`Error::Internal`] if it waits for something else than steps.
pub fn alone<T, E: From<Error>>(
    operation: impl AsyncFnOnce(&Lanes) -> Result<T, E>,
) -> Result<T, E> {
    let lanes = Lanes::new();
    let operation = pin!(operation(&lanes));
    match operation.poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(answer) => answer,
        Poll::Pending => Err(Error::Internal.into()),
    }
}

/// An operation on its way.
enum Run<F, T, E> {
    Begun(F),
    Ended(Result<T, E>),
}

impl<F, T, E: From<Error>> Run<F, T, E> {
    fn answer(self) -> Result<T, E> {
        match self {
            Self::Ended(answer) => answer,
            Self::Begun(_) => Err(Error::Internal.into()),
        }
    }
}

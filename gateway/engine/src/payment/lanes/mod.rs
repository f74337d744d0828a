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
mod primitive;
mod step;

use std::cell::RefCell;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};

use self::group::Group;
use self::step::{Kind, Step};
use super::Error;
use super::limits::STEPS_MAX;
use crate::limits::BATCH_JOBS_MAX;

pub(super) use self::step::Bytes;

/// The lanes of one batch: where its operations leave their steps.
#[derive(Default)]
pub struct Lanes {
    table: RefCell<Table>,
}

#[derive(Default)]
struct Table {
    /// One of each operation; none if there is a single one, whose steps are computed at once.
    seats: Vec<Seat>,
    /// The operation that runs.
    current: usize,
    tally: Tally,
}

/// How well the lanes were used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Groups of steps that were computed together.
    pub groups: usize,
    /// Steps in all of them.
    pub steps: usize,
}

/// What an operation and its lanes have left for each other.
struct Seat {
    waiting: Option<Step>,
    done: Option<Result<Bytes, Error>>,
    /// Steps that the operation may yet take.
    left: usize,
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

    /// Leaves a step of the operation that runs; gives it back if it is to be computed at once.
    fn leave(&self, step: Step) -> Result<Option<Step>, Error> {
        self.table.borrow_mut().leave(step)
    }

    /// What came of the step of the operation that runs.
    fn take(&self) -> Option<Result<Bytes, Error>> {
        let mut table = self.table.borrow_mut();
        let at = table.current;
        table.seats.get_mut(at)?.done.take()
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

impl Table {
    /// Makes room for so many operations.
    fn seat(&mut self, operations: usize) {
        let seats = if operations > 1 { operations } else { 0 };
        self.seats.clear();
        let seat = || Seat { waiting: None, done: None, left: STEPS_MAX };
        self.seats.resize_with(seats, seat);
    }

    /// Makes an operation the one that runs, unless it waits for a step.
    fn call(&mut self, at: usize) -> bool {
        self.current = at;
        !self.is_waiting(at)
    }

    fn is_waiting(&self, at: usize) -> bool {
        self.seats.get(at).is_some_and(|seat| seat.waiting.is_some())
    }

    fn leave(&mut self, step: Step) -> Result<Option<Step>, Error> {
        let Some(seat) = self.seats.get_mut(self.current) else { return Ok(Some(step)) };
        seat.left = seat.left.checked_sub(1).ok_or(Error::Internal)?;
        if seat.waiting.is_some() || seat.done.is_some() {
            return Err(Error::Internal);
        }
        seat.waiting = Some(step);
        Ok(None)
    }

    /// Computes all steps of AES that wait, and of those of triple DES the first kind: its lanes
    /// cost the same however many are in use, so the other kinds wait for more.
    fn compute(&mut self) {
        let waiting = |kind: &Kind| self.steps().any(|step| step.kind == *kind);
        let of_tdes = Kind::OF_TDES.into_iter().find(waiting);
        for kind in Kind::OF_AES.into_iter().chain(of_tdes) {
            self.compute_kind(kind);
        }
    }

    fn steps(&self) -> impl Iterator<Item = &Step> {
        self.seats.iter().filter_map(|seat| seat.waiting.as_ref())
    }

    fn compute_kind(&mut self, kind: Kind) {
        let steps = self.seats.iter_mut().filter_map(|seat| seat.waiting.as_mut());
        let mut group: Group<'_> = steps.filter(|step| step.kind == kind).collect();
        if group.is_empty() {
            return;
        }
        self.tally.groups += 1;
        self.tally.steps += group.len();
        group::compute(kind, &mut group);
        drop(group);
        for seat in &mut self.seats {
            if let Some(step) = seat.waiting.take_if(|step| step.kind == kind) {
                seat.done = Some(step.result());
            }
        }
    }
}

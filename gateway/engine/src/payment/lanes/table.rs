//! Where operations and lanes leave their steps for each other.

use typex_core::Secret;

use super::Tally;
use super::group::{self, Group};
use super::pair::{self, Pair, Pairs};
use super::step::{Bytes, Kind, Step};
use crate::payment::Error;
use crate::payment::limits::STEPS_MAX;

#[derive(Default)]
pub(super) struct Table {
    /// One of each operation; none if there is a single one, whose steps are computed at once.
    seats: Vec<Seat>,
    /// The operation that runs.
    current: usize,
    pub(super) tally: Tally,
}

/// Of an operation.
struct Seat {
    state: State,
    /// Unless it is a pair.
    step: Option<Step>,
    pair: Pair,
    /// Steps that the operation may yet take.
    left: usize,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    /// There is no step.
    Idle,
    /// The lanes have a step to compute.
    Waiting(Kind),
    /// The operation has a step to take back.
    Done,
}

impl Seat {
    /// The seat, if it waits for this kind, which is then done.
    fn serve(&mut self, kind: Kind) -> Option<&mut Self> {
        let waits = self.state == State::Waiting(kind);
        waits.then(|| {
            self.state = State::Done;
            self
        })
    }
}

impl Table {
    /// Makes room for so many operations.
    pub(super) fn seat(&mut self, operations: usize) {
        let seats = if operations > 1 { operations } else { 0 };
        self.seats.clear();
        let (state, left) = (State::Idle, STEPS_MAX);
        self.seats.resize_with(seats, || Seat { state, step: None, pair: Pair::default(), left });
    }

    /// Makes an operation the one that runs, unless it waits for a step.
    pub(super) fn call(&mut self, at: usize) -> bool {
        self.current = at;
        !self.is_waiting(at)
    }

    pub(super) fn is_waiting(&self, at: usize) -> bool {
        self.seats.get(at).is_some_and(|seat| matches!(seat.state, State::Waiting(_)))
    }

    /// Takes a step of the operation that runs, or gives it back if it is to be computed at once.
    pub(super) fn leave(&mut self, step: Step) -> Result<Option<Step>, Error> {
        let Some(seat) = self.place(step.kind)? else { return Ok(Some(step)) };
        seat.step = Some(step);
        Ok(None)
    }

    /// Takes a pair of the operation that runs; false if it is to be computed at once.
    pub(super) fn leave_pair(&mut self, kind: Kind, pair: &Pair) -> Result<bool, Error> {
        let Some(seat) = self.place(kind)? else { return Ok(false) };
        seat.pair.put(pair);
        Ok(true)
    }

    /// What came of the step of the operation that runs.
    pub(super) fn take(&mut self) -> Option<Result<Bytes, Error>> {
        self.done()?.step.take().map(Step::result)
    }

    /// What came of its pair.
    pub(super) fn take_pair(&mut self) -> Option<Secret<[u64; 2]>> {
        self.done().map(|seat| seat.pair.blocks())
    }

    /// The seat of the operation that runs, for a step of this kind; none if it is alone.
    fn place(&mut self, kind: Kind) -> Result<Option<&mut Seat>, Error> {
        let Some(seat) = self.seats.get_mut(self.current) else { return Ok(None) };
        seat.left = seat.left.checked_sub(1).ok_or(Error::Internal)?;
        if seat.state != State::Idle {
            return Err(Error::Internal);
        }
        seat.state = State::Waiting(kind);
        Ok(Some(seat))
    }

    fn done(&mut self) -> Option<&mut Seat> {
        let seat = self.seats.get_mut(self.current)?;
        let is_done = seat.state == State::Done;
        is_done.then(|| {
            seat.state = State::Idle;
            seat
        })
    }

    /// Computes all steps of AES that wait, and of those of triple DES the first kind: its lanes
    /// cost the same however many are in use, so the other kinds wait for more.
    pub(super) fn compute(&mut self) {
        let mut counts = [0; Kind::ALL.len()];
        for seat in &self.seats {
            if let State::Waiting(kind) = seat.state {
                counts[kind as usize] += 1;
            }
        }
        let mut has_tdes = false;
        for (kind, count) in Kind::ALL.into_iter().zip(counts) {
            if count > 0 && !(has_tdes && kind.is_tdes()) {
                has_tdes |= kind.is_tdes();
                self.tally.groups += 1;
                self.tally.steps += count;
                self.compute_kind(kind);
            }
        }
    }

    fn compute_kind(&mut self, kind: Kind) {
        let seats = self.seats.iter_mut().filter_map(|seat| seat.serve(kind));
        match kind {
            Kind::DesPair | Kind::TdesPair => {
                let mut pairs: Pairs<'_> = seats.map(|seat| &mut seat.pair).collect();
                pair::compute(kind, &mut pairs);
            }
            _ => {
                let mut group: Group<'_> = seats.filter_map(|seat| seat.step.as_mut()).collect();
                group::compute(kind, &mut group);
            }
        }
    }
}

//! The states of slots against a naive model: random operations, with every tag ever issued.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU32, Ordering};

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use typex_engine::handoff::{Finish, Platform, Queue, Slots, Step, Tag, Word};

const NOTHING: u32 = u32::MAX;

struct Plain<const OMIT: u32>;

impl<const OMIT: u32> Platform for Plain<OMIT> {
    type Word = PlainWord;
    type Queue<T: Send> = NoQueue;

    fn performs(step: Step) -> bool {
        step as u32 != OMIT
    }
}

struct PlainWord(AtomicU32);

impl Word for PlainWord {
    fn new(value: u32) -> Self {
        Self(AtomicU32::new(value))
    }

    fn load(&self) -> u32 {
        self.0.load(Ordering::Relaxed)
    }

    fn swap(&self, value: u32) -> u32 {
        self.0.swap(value, Ordering::Relaxed)
    }

    fn replace(&self, current: u32, value: u32) -> Result<(), u32> {
        self.0.compare_exchange(current, value, Ordering::Relaxed, Ordering::Relaxed).map(|_| ())
    }
}

/// Slots use no queue.
struct NoQueue;

impl<T: Send> Queue<T> for NoQueue {
    fn bounded(_places: usize) -> Self {
        Self
    }

    fn push(&self, item: T) -> Result<(), T> {
        Err(item)
    }

    fn pop(&self) -> Option<T> {
        None
    }

    fn is_empty(&self) -> bool {
        true
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    Queued,
    Running,
    Done,
    Cancelled,
}

#[derive(Clone, Copy, Debug)]
enum Op {
    Admit(usize),
    Begin(usize),
    Finish(usize),
    Take(usize),
    Cancel(usize),
}

fn ops() -> impl Strategy<Value = Vec<Op>> {
    let op = (0..5_u8, any::<usize>()).prop_map(|(kind, at)| match kind {
        0 => Op::Admit(at),
        1 => Op::Begin(at),
        2 => Op::Finish(at),
        3 => Op::Take(at),
        _ => Op::Cancel(at),
    });
    prop::collection::vec(op, 1..120)
}

const SLOTS: usize = 3;

/// Which job is in which phase; a job that is over is not in it.
#[derive(Default)]
struct Naive {
    live: HashMap<Tag, Phase>,
}

impl Naive {
    fn step(&mut self, tag: Tag, from: &[Phase], to: Option<Phase>) -> bool {
        let fits = self.live.get(&tag).is_some_and(|phase| from.contains(phase));
        if fits {
            match to {
                Some(to) => self.live.insert(tag, to),
                None => self.live.remove(&tag),
            };
        }
        fits
    }

    fn finish(&mut self, tag: Tag) -> Finish {
        if self.step(tag, &[Phase::Queued, Phase::Running], Some(Phase::Done)) {
            Finish::Deliver
        } else if self.step(tag, &[Phase::Cancelled], None) {
            Finish::Discard
        } else {
            Finish::Stale
        }
    }

    fn cancel(&mut self, tag: Tag) -> bool {
        let out = [Phase::Queued, Phase::Running];
        !self.step(tag, &out, Some(Phase::Cancelled)) && self.step(tag, &[Phase::Done], None)
    }
}

fn agree<const OMIT: u32>(ops: &[Op]) -> Result<(), TestCaseError> {
    let slots = Slots::<Plain<OMIT>>::new(SLOTS);
    let (mut naive, mut issued) = (Naive::default(), Vec::<Tag>::new());
    for op in ops {
        if let Op::Admit(at) = op {
            let index = at % SLOTS;
            let free = naive.live.keys().all(|tag| tag.index() != index);
            let tag = slots.admit(index);
            prop_assert_eq!(tag.is_some(), free);
            if let Some(tag) = tag {
                prop_assert!(!issued.contains(&tag));
                naive.live.insert(tag, Phase::Queued);
                issued.push(tag);
            }
            continue;
        }
        let (Op::Admit(at) | Op::Begin(at) | Op::Finish(at) | Op::Take(at) | Op::Cancel(at)) = op;
        let Some(tag) = issued.get(at % issued.len().max(1)).copied() else { continue };
        match op {
            Op::Admit(_) => {}
            Op::Begin(_) => prop_assert_eq!(
                slots.begin(tag),
                naive.step(tag, &[Phase::Queued], Some(Phase::Running))
            ),
            Op::Finish(_) => prop_assert_eq!(slots.finish(tag), naive.finish(tag)),
            Op::Take(_) => {
                prop_assert_eq!(slots.take(tag), naive.step(tag, &[Phase::Done], None));
            }
            Op::Cancel(_) => prop_assert_eq!(slots.cancel(tag), naive.cancel(tag)),
        }
    }
    Ok(())
}

fn run<const OMIT: u32>() -> bool {
    let config = Config { cases: 300, failure_persistence: None, ..Config::default() };
    TestRunner::new(config).run(&ops(), |ops| agree::<OMIT>(&ops)).is_ok()
}

#[test]
fn slots_do_what_the_naive_model_does() {
    assert!(run::<NOTHING>());
}

#[test]
fn a_double_completion_is_caught() {
    assert!(!run::<{ Step::FinishOnce as u32 }>());
}

#[test]
fn a_forgotten_generation_is_caught() {
    assert!(!run::<{ Step::Generation as u32 }>());
}

#[test]
fn a_cancelled_job_that_is_computed_is_caught() {
    assert!(!run::<{ Step::SkipCancelled as u32 }>());
}

#[test]
fn an_early_free_is_caught() {
    assert!(!run::<{ Step::KeepCancelled as u32 }>());
}

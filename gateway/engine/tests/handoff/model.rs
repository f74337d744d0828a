//! The platform of the model checker. The environment can name a step to leave out.

use std::collections::VecDeque;
use std::process::Command;
use std::sync::OnceLock;

use loom::sync::atomic::{AtomicU32, Ordering};
use loom::sync::{Arc, Condvar, Mutex};
use typex_engine::handoff::{Platform, Queue, Sleeper, Step, Word};

/// Names the step to leave out, in a process of its own: a schedule that fails may abort.
const OMIT: &str = "TYPEX_HANDOFF_OMIT";

pub(crate) struct Model;

impl Platform for Model {
    type Word = ModelWord;
    type Queue<T: Send> = ModelQueue<T>;

    fn performs(step: Step) -> bool {
        static OMITTED: OnceLock<Option<String>> = OnceLock::new();
        let omitted = OMITTED.get_or_init(|| std::env::var(OMIT).ok());
        omitted.as_deref() != Some(&format!("{step:?}"))
    }
}

pub(crate) struct ModelWord(AtomicU32);

impl Word for ModelWord {
    fn new(value: u32) -> Self {
        Self(AtomicU32::new(value))
    }

    fn load(&self) -> u32 {
        self.0.load(Ordering::Acquire)
    }

    fn swap(&self, value: u32) -> u32 {
        self.0.swap(value, Ordering::AcqRel)
    }

    fn replace(&self, current: u32, value: u32) -> Result<(), u32> {
        self.0.compare_exchange(current, value, Ordering::AcqRel, Ordering::Acquire).map(|_| ())
    }
}

pub(crate) struct ModelQueue<T> {
    items: Mutex<VecDeque<T>>,
    places: usize,
}

impl<T: Send> Queue<T> for ModelQueue<T> {
    fn bounded(places: usize) -> Self {
        Self { items: Mutex::new(VecDeque::new()), places }
    }

    fn push(&self, item: T) -> Result<(), T> {
        let mut items = self.items.lock().unwrap();
        if items.len() == self.places {
            return Err(item);
        }
        items.push_back(item);
        Ok(())
    }

    fn pop(&self) -> Option<T> {
        self.items.lock().unwrap().pop_front()
    }

    fn is_empty(&self) -> bool {
        self.items.lock().unwrap().is_empty()
    }
}

/// A sleeper with a token, as threads and tasks have it.
#[derive(Clone)]
pub(crate) struct Token(Arc<(Mutex<bool>, Condvar)>);

impl Token {
    pub(crate) fn new() -> Self {
        Self(Arc::new((Mutex::new(false), Condvar::new())))
    }

    pub(crate) fn sleep(&self) {
        let mut woken = self.0.0.lock().unwrap();
        while !*woken {
            woken = self.0.1.wait(woken).unwrap();
        }
        *woken = false;
    }
}

impl Sleeper for Token {
    fn wake(&self) {
        *self.0.0.lock().unwrap() = true;
        self.0.1.notify_one();
    }
}

/// Runs `body` under every schedule with at most two preemptions.
pub(crate) fn check(body: impl Fn() + Sync + Send + 'static) {
    let mut builder = loom::model::Builder::new();
    builder.preemption_bound = Some(2);
    builder.check(body);
}

/// Whether the test of this name fails when `step` is left out.
pub(crate) fn fails_without(step: Step, test: &str) -> bool {
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", test])
        .env(OMIT, format!("{step:?}"))
        .env("RUST_BACKTRACE", "0")
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(text.contains("running 1 test"), "no test of this name: {test}");
    !output.status.success()
}

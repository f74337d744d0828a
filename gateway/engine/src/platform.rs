//! The hand-off on this machine: std atomics, crossbeam queues, threads and tasks.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, OnceLock, PoisonError};
use std::task::Waker;
use std::thread::Thread;

use crossbeam_queue::ArrayQueue;

use crate::handoff::{Platform, Queue, Sleeper, Word};

/// The real thing.
pub struct System;

impl Platform for System {
    type Word = AtomicU32;
    type Queue<T: Send> = ArrayQueue<T>;
}

impl Word for AtomicU32 {
    fn new(value: u32) -> Self {
        Self::new(value)
    }

    #[inline]
    fn load(&self) -> u32 {
        self.load(Ordering::Acquire)
    }

    #[inline]
    fn swap(&self, value: u32) -> u32 {
        self.swap(value, Ordering::AcqRel)
    }

    #[inline]
    fn replace(&self, current: u32, value: u32) -> Result<(), u32> {
        self.compare_exchange(current, value, Ordering::AcqRel, Ordering::Acquire).map(|_| ())
    }
}

impl<T: Send> Queue<T> for ArrayQueue<T> {
    fn bounded(places: usize) -> Self {
        Self::new(places.max(1))
    }

    fn push(&self, item: T) -> Result<(), T> {
        self.push(item)
    }

    fn pop(&self) -> Option<T> {
        self.pop()
    }

    fn is_empty(&self) -> bool {
        self.is_empty()
    }
}

/// A pool thread. It names itself before it first sleeps.
#[derive(Default)]
pub struct PoolThread(OnceLock<Thread>);

impl PoolThread {
    /// Called on the thread itself.
    pub fn is_me(&self) {
        self.0.get_or_init(std::thread::current);
    }
}

impl Sleeper for PoolThread {
    fn wake(&self) {
        if let Some(thread) = self.0.get() {
            thread.unpark();
        }
    }
}

/// The task of a core that takes results in. Locked only to sleep and to wake.
#[derive(Default)]
pub struct CoreTask(Mutex<Option<Waker>>);

impl CoreTask {
    /// Called by the task before it sleeps.
    pub fn is_me(&self, waker: &Waker) {
        let mut slot = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match &mut *slot {
            Some(known) => known.clone_from(waker),
            none => *none = Some(waker.clone()),
        }
    }
}

impl Sleeper for CoreTask {
    fn wake(&self) {
        let slot = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(waker) = &*slot {
            waker.wake_by_ref();
        }
    }
}

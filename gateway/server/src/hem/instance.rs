//! One instance while the gateway runs.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::{RwLock, Semaphore};
use typex_core::limits::INSTANCE_LOG_ANSWERS_MAX;
use typex_core::op::instance::{
    Event, InstanceRecord, LogEvent, Outcome, Session, Settings, Situation, fault,
};
use typex_core::{PartitionId, UnixMs};

use super::book::Book;

/// One instance while the gateway runs.
pub(super) struct Instance {
    /// Where its keys are.
    pub(super) partition: PartitionId,
    /// Held shared by whatever makes keys, and alone by what erases all of them, so that none is
    /// made behind it.
    pub(super) life: Arc<RwLock<()>>,
    /// Log files of it that may be in memory for answers.
    pub(super) log_answers: Arc<Semaphore>,
    state: Mutex<State>,
}

/// What is known of an instance.
pub(super) struct State {
    /// As stored.
    pub(super) record: Arc<InstanceRecord>,
    /// Since its boot.
    pub(super) session: Session,
    /// Its log.
    pub(super) book: Book,
    /// Whether it serves, or was shut down.
    pub(super) serves: bool,
    /// Whether it was removed: nothing of it is stored any more.
    pub(super) is_gone: bool,
}

impl Instance {
    pub(super) fn new(state: State) -> Self {
        Self {
            partition: state.record.partition,
            life: Arc::default(),
            log_answers: Arc::new(Semaphore::new(INSTANCE_LOG_ANSWERS_MAX)),
            state: Mutex::new(state),
        }
    }

    /// For a decision; never over a wait.
    pub(super) fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// What a decision looks at.
    pub(super) fn situation<'a>(&'a self, settings: &'a Settings) -> Situation<'a> {
        Situation { settings, record: &self.record, session: &self.session }
    }

    /// Adds a line to the log.
    pub(super) fn log(&mut self, event: &LogEvent, now: UnixMs) {
        let time_s = self.session.log_time_s(now);
        let line = self.session.log.line(event, time_s);
        self.book.push(&line);
    }

    /// Puts the instance out of service until its next boot.
    pub(super) fn fail(&mut self, bit: u8, now: UnixMs) {
        if self.session.faults & bit != 0 {
            return;
        }
        self.session.faults |= bit;
        if bit == fault::ENTROPY {
            self.log(&failed(Event::RandomFailed), now);
        }
        self.log(&failed(Event::Failed), now);
    }
}

fn failed(event: Event) -> LogEvent {
    LogEvent { outcome: Outcome::Failed, ..LogEvent::done(event, None) }
}

//! The beginning of a boot: a session of its own, a log file of its own.
// spec: encedo-hem 2, 7.2

use std::sync::Arc;

use typex_core::op::instance::{
    Clock, Event, InstanceRecord, Log, LogEvent, LogFiles, Outcome, Session, SessionSeed, fault,
    file_name,
};
use typex_core::{Error, Secret, UnixMs};
use typex_engine::algorithm::Random;
use typex_store::Tx;

use super::book::Book;
use super::instance::State;
use super::{BANNER, internal};

/// What a boot begins with.
pub(super) struct Boot {
    seed: SessionSeed,
    clock: Clock,
    /// Bits of [`fault`] that the self-tests found.
    faults: u8,
    now: UnixMs,
}

impl Boot {
    pub(super) fn new(
        random: &Random,
        clock: Clock,
        faults: u8,
        now: UnixMs,
    ) -> Result<Self, Error> {
        let mut seed = Secret::new([0; 128]);
        random.fill(seed.expose_mut()).map_err(internal)?;
        Ok(Self { seed, clock, faults, now })
    }

    /// Boots an instance.
    pub(super) fn begin(
        &self,
        tx: &mut Tx<'_>,
        record: Arc<InstanceRecord>,
        (files, last): (LogFiles, Option<u32>),
    ) -> Result<State, Error> {
        let file = file_name(self.now.0 / 1000, last);
        let log = (file, BANNER);
        let (mut session, head) =
            Session::new(&self.seed, &record.identity, self.clock, log, self.now);
        session.faults = self.faults;
        let mut book = Book::begin(tx, files, file)?;
        book.push(&head);
        let mut state = State { record, session, book, serves: true, is_gone: false };
        state.log(&LogEvent::done(Event::Startup, None), self.now);
        state.log(&tested(self.faults), self.now);
        state.book.write(tx)?;
        Ok(state)
    }
}

impl State {
    /// Ends the boot that is, and begins another.
    pub(super) fn reboot(&mut self, tx: &mut Tx<'_>, boot: &Boot) -> Result<(), Error> {
        self.book.write(tx)?;
        let files = self.book.files().clone();
        let last = Some(self.session.log.file());
        *self = boot.begin(tx, Arc::clone(&self.record), (files, last))?;
        Ok(())
    }

    /// Stores what is pending of the log, and goes on in a new file where this one is full.
    pub(super) fn write_log(
        &mut self,
        tx: &mut Tx<'_>,
        random: &Random,
        now: UnixMs,
    ) -> Result<(), Error> {
        if self.is_gone {
            return Ok(());
        }
        self.book.write(tx)?;
        if !self.session.log.is_full() {
            return Ok(());
        }
        let mut key = Secret::new([0; 32]);
        if random.fill(key.expose_mut()).is_err() {
            // The instance is out of service, and logs next to nothing.
            return Ok(());
        }
        let file = file_name(now.0 / 1000, Some(self.session.log.file()));
        let time_s = self.session.log_time_s(now);
        let (log, head) = Log::open(file, BANNER, key, &self.record.identity.sign, time_s);
        self.book.turn(tx, file, &head)?;
        self.session.log = log;
        Ok(())
    }
}

/// The log line of self-tests that ended so.
pub(super) fn tested(faults: u8) -> LogEvent {
    if faults == 0 {
        return LogEvent::done(Event::SelfTestPassed, None);
    }
    let event = if faults == fault::ENTROPY { Event::RandomFailed } else { Event::Failed };
    LogEvent { outcome: Outcome::Failed, ..LogEvent::done(event, None) }
}

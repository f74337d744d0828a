//! Calls that show something of an instance, and its disks.
// spec: encedo-hem 4.2, 4.3, 4.4, 4.7, 7.1

use std::sync::Arc;

use bytes::Bytes;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use typex_core::error::Malformed;
use typex_core::limits::PARTITION_KEYS_MAX;
use typex_core::op::instance::{
    self as hem, Answer, Disk, Event, LogEvent, change_disk, check_in, checked_in, file_text,
    log_list, show_config, status,
};
use typex_core::{Error, ErrorKind};

use super::admitted::Admitted;
use super::book;
use super::boot::tested;

impl Admitted<'_> {
    pub(super) fn status(&self) -> Answer {
        let state = self.instance.lock();
        let situation = state.situation(&self.hems.settings);
        Answer::Status(status(situation, self.host.as_deref(), self.peer.secure, self.now))
    }

    pub(super) fn check_in(&self) -> Result<Answer, Error> {
        let (query, seed) = (self.seed()?, self.seed()?);
        let (settings, serial) = (&self.hems.settings, self.hems.tls.serial());
        let state = self.instance.lock();
        let check = check_in(settings, &state.session, &query, &serial, seed, self.now)?;
        Ok(Answer::CheckIn { check })
    }

    pub(super) async fn checked_in(&self, text: String) -> Result<Answer, Error> {
        let (settings, now) = (self.hems.settings.clone(), self.now);
        self.change(move |_, state| {
            let event = checked_in(&text, &settings, &mut state.session, now)?;
            state.log(&event, now);
            Ok(Answer::CheckedIn)
        })
        .await
    }

    pub(super) fn config(&self) -> Result<Answer, Error> {
        let seed = self.seed()?;
        let state = self.instance.lock();
        let view = show_config(state.situation(&self.hems.settings), seed, self.now)?;
        Ok(Answer::Config(Box::new(view)))
    }

    pub(super) async fn self_test(&self) -> Result<Answer, Error> {
        let asked = self.hems.asked.try_acquire().map_err(|_| ErrorKind::Busy)?;
        let faults = self.hems.tested().await?;
        drop(asked);
        let partition = self.instance.partition;
        let keys = self.hems.store.read(move |tx| tx.key_count(partition)).await?;
        let free = PARTITION_KEYS_MAX.saturating_sub(keys);
        self.log(&tested(faults)).await?;
        let mut state = self.instance.lock();
        self.check_owner(&state)?;
        state.session.faults |= faults;
        Ok(Answer::SelfTest(hem::self_test(&state.session, keys, free, self.now)))
    }

    pub(super) fn storage(&self, disk: Disk) -> Result<Answer, Error> {
        let claims = self.claims.as_ref().ok_or(ErrorKind::Forbidden)?;
        change_disk(&mut self.instance.lock().session, claims, disk)?;
        Ok(Answer::Done)
    }

    pub(super) fn log_key(&self) -> Result<Answer, Error> {
        let seed = self.seed()?;
        let state = self.instance.lock();
        Ok(hem::log_key(&state.record, &state.session, seed, self.now))
    }

    pub(super) async fn logs(&self, offset: usize) -> Result<Answer, Error> {
        self.log(&LogEvent::done(Event::LogListed, self.role())).await?;
        Ok(log_list(&self.instance.lock().book.names(), offset))
    }

    pub(super) async fn read_log(&self, name: u32) -> Result<Answer, Error> {
        let places = [place(&self.instance.log_answers)?, place(&self.hems.log_answers)?];
        let file = {
            let state = self.instance.lock();
            if state.session.log.file() == name {
                return Err(ErrorKind::Unsupported.into());
            }
            let file = state.book.files().find(name);
            file.ok_or(ErrorKind::Malformed(Malformed::Function))?
        };
        let partition = self.instance.partition;
        let text = self.hems.store.read(move |tx| book::read(tx, partition, file)).await?;
        let event = LogEvent::done(Event::LogRead, self.role());
        self.log(&event.with_text(&file_text(name))).await?;
        Ok(Answer::Log(Bytes::from_owner(Text { text, _places: places })))
    }
}

/// The text of a log file; its places are free when the last of the answer is sent or dropped.
struct Text {
    text: String,
    _places: [OwnedSemaphorePermit; 2],
}

impl AsRef<[u8]> for Text {
    fn as_ref(&self) -> &[u8] {
        self.text.as_bytes()
    }
}

fn place(places: &Arc<Semaphore>) -> Result<OwnedSemaphorePermit, Error> {
    Arc::clone(places).try_acquire_owned().map_err(|_| ErrorKind::Busy.into())
}

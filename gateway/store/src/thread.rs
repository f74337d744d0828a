//! The store thread: takes requests in batches, has each batch made durable once, and answers.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

use redb::ReadableDatabase;
use typex_core::Error;
use typex_core::audit::Entry;
use typex_core::secret::wipe_stack;

use crate::commit::Ledger;
use crate::directory::Directory;
use crate::error::StoreError;
use crate::journal::{DataLog, Wake};
use crate::limits::{BATCH_REQUESTS_MAX, HEAD_SEAL_MS};
use crate::log::FileName;
use crate::task::{Answer, LogFile, Message, ReadTask, Snapshot, WriteTask, send};

const HEAD_SEAL: Duration = Duration::from_millis(HEAD_SEAL_MS);

/// What the thread owns.
pub(crate) struct Worker {
    pub(crate) ledger: Ledger,
    pub(crate) receiver: Receiver<Box<Message>>,
    /// For the queues of data entries.
    pub(crate) wake: Wake,
    pub(crate) healthy: Arc<AtomicBool>,
    /// Set once no more requests are taken.
    pub(crate) closing: Arc<AtomicBool>,
    /// Holds the lock on the data directory.
    pub(crate) directory: Option<Directory>,
}

/// One drain of the queue.
#[derive(Default)]
struct Batch {
    reads: Vec<Box<dyn ReadTask>>,
    writes: Vec<Box<dyn WriteTask>>,
    entries: Vec<Entry>,
    recorders: Vec<Answer<()>>,
    snapshots: Vec<Answer<Snapshot>>,
    data_logs: Vec<Answer<DataLog>>,
    data_ready: Option<bool>,
    len: usize,
}

impl Worker {
    /// Serves until told to close or until nobody can ask any more.
    pub(crate) fn run(mut self) -> Result<(), StoreError> {
        let mut failure = None;
        let mut sealed = Instant::now();
        while let Some(batch) = self.next_batch(sealed) {
            match &failure {
                None => failure = self.serve(batch, &mut sealed).err(),
                Some(cause) => batch.refuse(cause),
            }
        }
        match failure {
            None => self.end(),
            Some(cause) => Err(StoreError::Failed { cause }),
        }
    }

    /// What is in the queue, up to a limit. Waits for the first, unless closing, but not past the
    /// time when the log must be made durable; then the batch is empty.
    fn next_batch(&self, sealed: Instant) -> Option<Batch> {
        let mut batch = Batch::default();
        match self.first(sealed) {
            Ok(first) => batch.push(*first),
            Err(RecvTimeoutError::Timeout) => return Some(batch),
            Err(RecvTimeoutError::Disconnected) => return None,
        }
        while batch.len < BATCH_REQUESTS_MAX {
            let Ok(message) = self.receiver.try_recv() else { break };
            batch.push(*message);
        }
        Some(batch)
    }

    fn first(&self, sealed: Instant) -> Result<Box<Message>, RecvTimeoutError> {
        if self.closing.load(Ordering::Acquire) {
            return self.receiver.try_recv().map_err(|_| RecvTimeoutError::Disconnected);
        }
        if let Ok(message) = self.receiver.try_recv() {
            return Ok(message);
        }
        wipe_stack();
        let seal_due = HEAD_SEAL.saturating_sub(sealed.elapsed());
        let seal_due = (!self.ledger.is_head_sealed()).then_some(seal_due);
        match self.ledger.journal.sleep_max().into_iter().chain(seal_due).min() {
            None => self.receiver.recv().map_err(|_| RecvTimeoutError::Disconnected),
            Some(sleep) => self.receiver.recv_timeout(sleep),
        }
    }

    /// Answers a batch, or refuses it and says why nothing more can be served.
    fn serve(&mut self, mut batch: Batch, sealed: &mut Instant) -> Result<(), Arc<StoreError>> {
        let done = self.make_durable(&mut batch, sealed);
        match done {
            Ok(()) => {
                batch.answer();
                Ok(())
            }
            Err(error) => {
                tracing::error!(%error, "the store failed and refuses everything until reopened");
                self.healthy.store(false, Ordering::Release);
                let cause = Arc::new(error);
                batch.refuse(&cause);
                Err(cause)
            }
        }
    }

    fn make_durable(&mut self, batch: &mut Batch, sealed: &mut Instant) -> Result<(), StoreError> {
        self.ledger.look(&mut batch.reads)?;
        if let Some(hurry) = batch.data_ready {
            self.ledger.journal.data_ready(hurry);
        }
        self.ledger.commit(&mut batch.writes, &batch.entries)?;
        if self.ledger.journal.is_due() {
            self.ledger.journal.sync()?;
        }
        if sealed.elapsed() >= HEAD_SEAL {
            self.ledger.seal_head()?;
            *sealed = Instant::now();
        }
        for answer in batch.data_logs.drain(..) {
            let ring = self.ledger.journal.ring(self.wake.clone());
            send(answer, ring.map_err(Error::from));
        }
        for answer in batch.snapshots.drain(..) {
            let snapshot = self.snapshot()?;
            send(answer, Ok(snapshot));
        }
        Ok(())
    }

    /// The last commit as it stands, with the log it was sealed over.
    fn snapshot(&mut self) -> Result<Snapshot, StoreError> {
        self.ledger.journal.sync()?;
        self.ledger.seal_head()?;
        let records = self.ledger.database.begin_read()?;
        let mut log = Vec::new();
        for file in self.ledger.journal.log().files()? {
            log.extend(self.log_file(file)?);
        }
        Ok(Snapshot { records, log })
    }

    fn log_file(&self, file: FileName) -> Result<Option<LogFile>, StoreError> {
        let Some(directory) = &self.directory else { return Ok(None) };
        let name = file.to_string();
        let path = directory.audit().join(&name);
        Ok(Some(match file {
            FileName::Segment(_) => LogFile::Start { name, bytes: path.metadata()?.len() },
            FileName::Tail | FileName::Checkpoint => {
                LogFile::Whole { name, contents: std::fs::read(path)? }
            }
        }))
    }

    /// Closes the log and seals how far it reached.
    fn end(self) -> Result<(), StoreError> {
        let Self { ledger, directory, .. } = self;
        let ended = ledger.close();
        drop(directory);
        ended
    }
}

impl Batch {
    fn push(&mut self, message: Message) {
        self.len += 1;
        match message {
            Message::Read(task) => self.reads.push(task),
            Message::Write(task) => self.writes.push(task),
            Message::Record(entry, answer) => {
                self.entries.push(*entry);
                self.recorders.push(answer);
            }
            Message::Snapshot(answer) => self.snapshots.push(answer),
            Message::NewDataLog(answer) => self.data_logs.push(answer),
            Message::DataReady { hurry } => {
                self.data_ready = Some(hurry || self.data_ready.unwrap_or(false));
            }
            Message::Close => {}
        }
    }

    fn answer(self) {
        self.writes.into_iter().for_each(|write| write.answer());
        self.recorders.into_iter().for_each(|answer| send(answer, Ok(())));
    }

    fn refuse(self, cause: &Arc<StoreError>) {
        let error = || Error::from(StoreError::Failed { cause: cause.clone() });
        self.reads.into_iter().for_each(|read| read.refuse(error()));
        self.writes.into_iter().for_each(|write| write.refuse(error()));
        self.recorders.into_iter().for_each(|answer| send(answer, Err(error())));
        self.snapshots.into_iter().for_each(|answer| send(answer, Err(error())));
        self.data_logs.into_iter().for_each(|answer| send(answer, Err(error())));
    }
}

//! The audit log as the store thread drives it: entries of requests, entries of data operations
//! from the cores, and when they must be durable.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::SyncSender;
use std::time::{Duration, Instant};

use rtrb::{Consumer, Producer, RingBuffer};
use typex_core::audit::{Entry, Head};

use crate::error::StoreError;
use crate::limits::{DATA_LOG_ENTRIES, DATA_LOGS_MAX};
use crate::log::Log;
use crate::options::Clock;
use crate::task::Message;

/// One core's way into the log for data operations: bounded, without locks.
///
/// Entries are boxed. A place of the queue keeps its bytes until it is used again, and the bytes
/// of what an entry does not have are whatever the stack held; a box is wiped when it is freed.
pub struct DataLog {
    entries: Producer<Box<Entry>>,
    wake: Wake,
}

/// The entry did not fit; nothing was recorded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the audit log is behind")]
pub struct Full;

impl DataLog {
    /// Hands over an entry. It is durable within
    /// [`data_durable_ms`](crate::Options::data_durable_ms).
    ///
    /// # Errors
    /// [`Full`] if the store thread is that far behind. What cannot be recorded must be refused.
    pub fn push(&mut self, entry: Entry) -> Result<(), Full> {
        self.entries.push(Box::new(entry)).map_err(|_| Full)?;
        self.wake.data_ready(self.entries.slots() < DATA_LOG_ENTRIES / 2);
        Ok(())
    }

    /// How many entries fit now.
    pub fn room(&self) -> usize {
        self.entries.slots()
    }
}

/// Tells the store thread that data entries wait, once until it has looked.
#[derive(Clone)]
pub(crate) struct Wake {
    told: Arc<AtomicBool>,
    hurried: Arc<AtomicBool>,
    sender: SyncSender<Box<Message>>,
}

impl Wake {
    pub(crate) fn new(sender: SyncSender<Box<Message>>, flags: &WakeFlags) -> Self {
        Self { told: flags.told.clone(), hurried: flags.hurried.clone(), sender }
    }

    fn data_ready(&self, hurry: bool) {
        let flag = if hurry { &self.hurried } else { &self.told };
        if !flag.load(Ordering::Relaxed) && !flag.swap(true, Ordering::AcqRel) {
            // If the queue is full the thread is awake and looks after each batch.
            let _awake = self.sender.try_send(Box::new(Message::DataReady { hurry }));
        }
    }
}

/// Whether the thread was told of waiting entries.
#[derive(Clone, Default)]
pub(crate) struct WakeFlags {
    told: Arc<AtomicBool>,
    hurried: Arc<AtomicBool>,
}

impl WakeFlags {
    /// Cleared before looking, so that what comes later tells again.
    fn clear(&self) {
        self.told.store(false, Ordering::Release);
        self.hurried.store(false, Ordering::Release);
    }
}

/// The log and what waits for it.
pub(crate) struct Journal {
    log: Log,
    clock: Clock,
    rings: Vec<Consumer<Box<Entry>>>,
    flags: WakeFlags,
    /// How long data entries may wait.
    patience: Duration,
    /// By when waiting data entries are to be durable.
    due: Option<Instant>,
    unsynced: bool,
}

impl Journal {
    pub(crate) fn new(log: Log, clock: Clock, flags: WakeFlags, patience: Duration) -> Self {
        Self { log, clock, rings: Vec::new(), flags, patience, due: None, unsynced: false }
    }

    /// A new queue for data entries.
    pub(crate) fn ring(&mut self, wake: Wake) -> Result<DataLog, StoreError> {
        self.rings.retain(|ring| !(ring.is_abandoned() && ring.is_empty()));
        if self.rings.len() >= DATA_LOGS_MAX {
            return Err(StoreError::TooManyDataLogs { limit: DATA_LOGS_MAX });
        }
        let (producer, consumer) = RingBuffer::new(DATA_LOG_ENTRIES);
        self.rings.push(consumer);
        Ok(DataLog { entries: producer, wake })
    }

    pub(crate) fn append(&mut self, entry: &Entry) -> Result<u64, StoreError> {
        self.unsynced = true;
        Ok(self.log.append(entry)?)
    }

    /// Notes that data entries wait.
    pub(crate) fn data_ready(&mut self, hurry: bool) {
        let due = Instant::now() + if hurry { Duration::ZERO } else { self.patience };
        self.due = Some(self.due.map_or(due, |earlier| earlier.min(due)));
    }

    /// How long the thread may sleep.
    pub(crate) fn sleep_max(&self) -> Option<Duration> {
        let data = self.due.map(|due| due.saturating_duration_since(Instant::now()));
        let checkpoint = self.log.checkpoint_due().map(|due| due.since((self.clock)()));
        data.into_iter().chain(checkpoint).min()
    }

    /// Whether something must be made durable now.
    pub(crate) fn is_due(&self) -> bool {
        self.sleep_max() == Some(Duration::ZERO)
    }

    /// Makes everything durable: what was appended and what waits in the queues.
    pub(crate) fn sync(&mut self) -> Result<Head, StoreError> {
        self.drain()?;
        self.unsynced = false;
        Ok(self.log.sync((self.clock)())?)
    }

    /// As [`sync`](Self::sync) if anything was appended since the last.
    pub(crate) fn sync_appended(&mut self) -> Result<(), StoreError> {
        if self.unsynced { self.sync().map(drop) } else { Ok(()) }
    }

    pub(crate) fn head(&self) -> Head {
        self.log.head()
    }

    pub(crate) fn log(&self) -> &Log {
        &self.log
    }

    /// Makes everything durable and signed.
    pub(crate) fn close(mut self) -> Result<Head, StoreError> {
        self.drain()?;
        Ok(self.log.close((self.clock)())?)
    }

    /// Takes what waits now; what comes meanwhile waits for the next time.
    fn drain(&mut self) -> Result<(), StoreError> {
        self.flags.clear();
        self.due = None;
        for ring in &mut self.rings {
            let waiting = ring.slots();
            for entry in ring.read_chunk(waiting).into_iter().flatten() {
                self.log.append(&entry)?;
            }
        }
        Ok(())
    }
}

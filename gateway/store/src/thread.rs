//! The store thread: takes requests in batches and commits each batch once.

use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::Receiver;

use redb::{Database, ReadTransaction, ReadableDatabase, Table};
use tokio::sync::oneshot;
use typex_core::{Error, ErrorKind};

use crate::database::{ROWS, write_root};
use crate::directory::Directory;
use crate::error::StoreError;
use crate::keyring::Keyring;
use crate::limits::BATCH_REQUESTS_MAX;
use crate::memory::Memory;
use crate::reply::Reply;
use crate::root::Root;
use crate::row::NAME_BYTES;
use crate::tx::{Changes, Tx};

type RowTable<'t> = Table<'t, &'static [u8; NAME_BYTES], &'static [u8]>;

/// A request on its way to the thread.
pub(crate) enum Message {
    Read(Box<dyn ReadTask>),
    Write(Box<dyn WriteTask>),
    Snapshot(oneshot::Sender<Result<ReadTransaction, Error>>),
    Close,
}

/// A closure that looks.
pub(crate) trait ReadTask: Send {
    fn run(self: Box<Self>, tx: &Tx<'_>);
    fn refuse(self: Box<Self>, error: Error);
}

/// A closure that changes, and afterwards its result.
pub(crate) trait WriteTask: Send {
    /// Runs the closure; says whether its changes are to be kept.
    fn run(&mut self, tx: &mut Tx<'_>) -> bool;
    /// Answers with the closure's result.
    fn answer(self: Box<Self>);
    /// Answers with `error` instead.
    fn refuse(self: Box<Self>, error: Error);
}

struct Task<F, T> {
    closure: Option<F>,
    result: Option<Result<T, Error>>,
    reply: oneshot::Sender<Result<T, Error>>,
}

/// A write request and where its answer will be.
pub(crate) fn write_task<T, F>(closure: F) -> (Box<dyn WriteTask>, Reply<T>)
where
    F: FnOnce(&mut Tx<'_>) -> Result<T, Error> + Send + 'static,
    T: Send + 'static,
{
    let (task, reply) = task(closure);
    (task, reply)
}

/// A read request and where its answer will be.
pub(crate) fn read_task<T, F>(closure: F) -> (Box<dyn ReadTask>, Reply<T>)
where
    F: FnOnce(&Tx<'_>) -> Result<T, Error> + Send + 'static,
    T: Send + 'static,
{
    let (task, reply) = task(closure);
    (task, reply)
}

fn task<T, F>(closure: F) -> (Box<Task<F, T>>, Reply<T>) {
    let (sender, receiver) = oneshot::channel();
    let task = Task { closure: Some(closure), result: None, reply: sender };
    (Box::new(task), Reply::waiting(receiver))
}

impl<T: Send, F: FnOnce(&mut Tx<'_>) -> Result<T, Error> + Send> WriteTask for Task<F, T> {
    fn run(&mut self, tx: &mut Tx<'_>) -> bool {
        let result = guarded(self.closure.take(), |closure| closure(tx));
        let keep = result.is_ok();
        self.result = Some(result);
        keep
    }

    fn answer(self: Box<Self>) {
        let result = self.result.unwrap_or_else(|| Err(ErrorKind::Internal.into()));
        // The caller may have gone; what it asked for is done all the same.
        let _gone = self.reply.send(result);
    }

    fn refuse(self: Box<Self>, error: Error) {
        let _gone = self.reply.send(Err(error));
    }
}

impl<T: Send, F: FnOnce(&Tx<'_>) -> Result<T, Error> + Send> ReadTask for Task<F, T> {
    fn run(mut self: Box<Self>, tx: &Tx<'_>) {
        let result = guarded(self.closure.take(), |closure| closure(tx));
        let _gone = self.reply.send(result);
    }

    fn refuse(self: Box<Self>, error: Error) {
        let _gone = self.reply.send(Err(error));
    }
}

/// Calls a closure; a panic of its own is its error and not the store's.
fn guarded<T, F>(closure: Option<F>, call: impl FnOnce(F) -> Result<T, Error>) -> Result<T, Error> {
    let run = AssertUnwindSafe(|| closure.map(call));
    match catch_unwind(run) {
        Ok(Some(result)) => result,
        Ok(None) | Err(_) => Err(ErrorKind::Internal.into()),
    }
}

/// What the thread owns.
pub(crate) struct Worker {
    database: Database,
    keyring: Arc<Keyring>,
    root: Root,
    receiver: Receiver<Message>,
    memory: RefCell<Memory>,
    healthy: Arc<AtomicBool>,
    failure: Option<Arc<StoreError>>,
    /// Holds the lock on the data directory; released last.
    _directory: Option<Directory>,
}

/// One drain of the queue.
#[derive(Default)]
struct Batch {
    reads: Vec<Box<dyn ReadTask>>,
    writes: Vec<Box<dyn WriteTask>>,
    snapshots: Vec<oneshot::Sender<Result<ReadTransaction, Error>>>,
    close: bool,
}

impl Worker {
    pub(crate) fn new(
        database: Database,
        keyring: Arc<Keyring>,
        root: Root,
        receiver: Receiver<Message>,
        healthy: Arc<AtomicBool>,
        directory: Option<Directory>,
    ) -> Self {
        let (memory, failure) = (RefCell::default(), None);
        let _directory = directory;
        Self { database, keyring, root, receiver, memory, healthy, failure, _directory }
    }

    /// Serves until told to close or until nobody can ask any more.
    pub(crate) fn run(mut self) -> Result<(), StoreError> {
        let mut closing = false;
        while let Some(batch) = self.next_batch(closing) {
            closing |= batch.close;
            self.serve_reads(batch.reads);
            self.serve_writes(batch.writes);
            self.serve_snapshots(batch.snapshots);
        }
        match self.failure {
            None => Ok(()),
            Some(cause) => Err(StoreError::Failed { cause }),
        }
    }

    /// What is in the queue, up to a limit; waits for the first unless `closing`.
    fn next_batch(&self, closing: bool) -> Option<Batch> {
        let mut batch = Batch::default();
        let first = if closing { self.receiver.try_recv().ok() } else { self.receiver.recv().ok() };
        batch.push(first?);
        while batch.len() < BATCH_REQUESTS_MAX {
            let Ok(message) = self.receiver.try_recv() else { break };
            batch.push(message);
        }
        Some(batch)
    }

    fn serve_reads(&mut self, reads: Vec<Box<dyn ReadTask>>) {
        if reads.is_empty() {
            return;
        }
        let table = match self.database.begin_read().map_err(StoreError::from) {
            Ok(txn) => txn.open_table(ROWS).map_err(StoreError::from),
            Err(error) => Err(error),
        };
        match table {
            Ok(table) => {
                for read in reads {
                    let epoch = self.root.epoch;
                    read.run(&Tx::new(&self.keyring, &table, &self.memory, epoch));
                }
            }
            Err(error) => {
                let cause = Arc::new(error);
                reads.into_iter().for_each(|read| read.refuse(refusal(&cause)));
            }
        }
    }

    /// Runs the closures, makes what they changed durable, and only then answers.
    fn serve_writes(&mut self, mut writes: Vec<Box<dyn WriteTask>>) {
        if writes.is_empty() {
            return;
        }
        if self.failure.is_none()
            && let Err(error) = self.commit(&mut writes)
        {
            self.healthy.store(false, Ordering::Release);
            self.failure = Some(Arc::new(error));
        }
        match &self.failure {
            None => writes.into_iter().for_each(|write| write.answer()),
            Some(cause) => writes.into_iter().for_each(|write| write.refuse(refusal(cause))),
        }
    }

    /// Gives out the last commit as it stands. Later commits do not change it.
    fn serve_snapshots(&self, snapshots: Vec<oneshot::Sender<Result<ReadTransaction, Error>>>) {
        for reply in snapshots {
            let taken = self.database.begin_read().map_err(StoreError::from);
            let _gone = reply.send(taken.map_err(Error::from));
        }
    }

    fn commit(&mut self, writes: &mut [Box<dyn WriteTask>]) -> Result<(), StoreError> {
        let mut root = self.root.clone();
        root.epoch += 1;
        let txn = self.database.begin_write()?;
        let mut table = txn.open_table(ROWS)?;
        let (mut changed, mut revoked) = (false, Vec::new());
        for write in writes {
            let mut tx = Tx::new(&self.keyring, &table, &self.memory, root.epoch);
            let keep = write.run(&mut tx);
            let changes = tx.changes;
            if !keep {
                continue;
            }
            changed |= !changes.rows.is_empty();
            revoked.extend_from_slice(&changes.revoked);
            apply(&self.keyring, &mut table, &mut root, changes, &self.memory)?;
        }
        drop(table);
        if !changed {
            return Ok(txn.abort()?);
        }
        write_root(&txn, &self.keyring, &root)?;
        txn.commit()?;
        self.root = root;
        let memory = self.memory.get_mut();
        revoked.into_iter().for_each(|key| memory.revoke(key));
        Ok(())
    }
}

impl Batch {
    fn push(&mut self, message: Message) {
        match message {
            Message::Read(task) => self.reads.push(task),
            Message::Write(task) => self.writes.push(task),
            Message::Snapshot(reply) => self.snapshots.push(reply),
            Message::Close => self.close = true,
        }
    }

    fn len(&self) -> usize {
        self.reads.len() + self.writes.len() + self.snapshots.len() + usize::from(self.close)
    }
}

/// Puts the changes of one closure into the open transaction, and into the root's account of it.
fn apply(
    keyring: &Keyring,
    table: &mut RowTable<'_>,
    root: &mut Root,
    changes: Changes,
    memory: &RefCell<Memory>,
) -> Result<(), StoreError> {
    for (name, row) in changes.rows {
        let bytes = name.as_bytes();
        let old = match &row {
            Some(row) => table.insert(bytes, row.as_slice())?,
            None => table.remove(bytes)?,
        };
        let old = old.map(|old| keyring.element(&name, old.value()));
        account(root, old, row.map(|row| keyring.element(&name, &row)));
    }
    let mut memory = memory.borrow_mut();
    changes.templates.into_iter().for_each(|change| memory.templates.apply(change));
    Ok(())
}

fn account(root: &mut Root, old: Option<[u8; 32]>, new: Option<[u8; 32]>) {
    if let Some(old) = old {
        root.digest.remove(&old);
        root.rows = root.rows.saturating_sub(1);
    }
    if let Some(new) = new {
        root.digest.add(&new);
        root.rows += 1;
    }
}

fn refusal(cause: &Arc<StoreError>) -> Error {
    StoreError::Failed { cause: cause.clone() }.into()
}

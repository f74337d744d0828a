//! Requests on their way to the store thread: closures, and where their answers go.

use std::panic::{AssertUnwindSafe, catch_unwind};

use redb::ReadTransaction;
use tokio::sync::oneshot;
use typex_core::audit::Entry;
use typex_core::{Error, ErrorKind};

use crate::journal::DataLog;
use crate::reply::Reply;
use crate::tx::Tx;

/// Where an answer goes.
pub(crate) type Answer<T> = oneshot::Sender<Result<T, Error>>;

/// A request on its way to the thread.
///
/// It travels boxed: a place of the queue keeps its bytes until it is used again, and those that a
/// variant does not use are whatever the stack held; a box is wiped when it is freed.
pub(crate) enum Message {
    Read(Box<dyn ReadTask>),
    Write(Box<dyn WriteTask>),
    Record(Box<Entry>, Answer<()>),
    Snapshot(Answer<Snapshot>),
    NewDataLog(Answer<DataLog>),
    DataReady {
        hurry: bool,
    },
    /// Wakes the thread, so that it sees that it is to close.
    Close,
}

/// The store at one moment: records, and how far each file of the log reaches.
pub(crate) struct Snapshot {
    pub(crate) records: ReadTransaction,
    pub(crate) log: Vec<LogFile>,
}

/// A file of the log in a snapshot.
pub(crate) enum LogFile {
    /// Grows only: its first bytes stay as they are.
    Start { name: String, bytes: u64 },
    /// Replaced as a whole: its contents at the moment.
    Whole { name: String, contents: Vec<u8> },
}

/// A closure that looks.
pub(crate) trait ReadTask: Send {
    fn run(self: Box<Self>, tx: &Tx<'_>);
    fn refuse(self: Box<Self>, error: Error);
}

/// A closure that changes, and afterwards its result.
pub(crate) trait WriteTask: Send {
    /// Runs the closure. Its changes are to be kept if this is `Ok`.
    fn run(&mut self, tx: &mut Tx<'_>) -> Result<(), ErrorKind>;
    /// Answers with the closure's result.
    fn answer(self: Box<Self>);
    /// Answers with `error` instead.
    fn refuse(self: Box<Self>, error: Error);
}

struct Task<F, T> {
    closure: Option<F>,
    result: Option<Result<T, Error>>,
    reply: Answer<T>,
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
    fn run(&mut self, tx: &mut Tx<'_>) -> Result<(), ErrorKind> {
        let result = guarded(self.closure.take(), |closure| closure(tx));
        // Nothing is done whose entries do not fit, whatever the closure makes of it.
        let result = tx.check_entries().map_err(Error::from).and(result);
        let kept = result.as_ref().map(|_| ()).map_err(|error| error.kind);
        self.result = Some(result);
        kept
    }

    fn answer(self: Box<Self>) {
        send(self.reply, self.result.unwrap_or_else(|| Err(ErrorKind::Internal.into())));
    }

    fn refuse(self: Box<Self>, error: Error) {
        send(self.reply, Err(error));
    }
}

impl<T: Send, F: FnOnce(&Tx<'_>) -> Result<T, Error> + Send> ReadTask for Task<F, T> {
    fn run(mut self: Box<Self>, tx: &Tx<'_>) {
        let result = guarded(self.closure.take(), |closure| closure(tx));
        send(self.reply, result);
    }

    fn refuse(self: Box<Self>, error: Error) {
        send(self.reply, Err(error));
    }
}

/// Answers. The caller may have gone; what it asked for is done all the same.
pub(crate) fn send<T>(answer: Answer<T>, result: Result<T, Error>) {
    let _gone = answer.send(result);
}

/// Calls a closure; a panic of its own is its error and not the store's.
fn guarded<T, F>(closure: Option<F>, call: impl FnOnce(F) -> Result<T, Error>) -> Result<T, Error> {
    let run = AssertUnwindSafe(|| closure.map(call));
    match catch_unwind(run) {
        Ok(Some(result)) => result,
        Ok(None) | Err(_) => Err(ErrorKind::Internal.into()),
    }
}

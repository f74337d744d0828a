//! What the host does: register accesses, memory, interrupts, resets.

use crate::fault::Fault;
use crate::limits;
use crate::memory::{MemoryError, Region, Table};
use crate::statistics::Statistics;
use crate::trace::Trace;
use crossbeam_queue::ArrayQueue;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::Thread;
use std::time::Duration;

/// Called when an interrupt's handler would run, on the simulation's thread; it must not wait.
pub type Wake = Arc<dyn Fn() + Send + Sync>;

/// Where interrupt messages go; a vector's message is a write of 4 bytes, its number, to this
/// address or one above it up to [`INTERRUPT_LAST`].
pub const INTERRUPT_BASE: u64 = 0xfee0_0000;
/// The last address of interrupt messages.
pub const INTERRUPT_LAST: u64 = 0xfeef_ffff;

/// Why the host did not get what it asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HostError {
    /// Too many accesses under way; nothing was sent.
    #[error("too many accesses under way")]
    Busy,
    /// No answer within [`mmio_timeout_ps`](crate::Latency::mmio_timeout_ps), or none in wall time.
    #[error("no answer from the device")]
    Timeout,
    /// The device is gone.
    #[error("the device is gone")]
    Removed,
    /// The device was reset before it answered.
    #[error("the device was reset")]
    Reset,
    /// The simulation has ended.
    #[error("the simulation has ended")]
    Closed,
    /// No such interrupt vector.
    #[error("no such interrupt vector")]
    BadVector,
    /// Memory cannot be had.
    #[error(transparent)]
    Memory(#[from] MemoryError),
}

/// A handle of the host's side. Clones reach the same device; each may be used on its own thread.
///
/// Nothing here waits for the simulation, apart from [`Ticket::wait`].
#[derive(Clone)]
pub struct Host {
    shared: Arc<Shared>,
}

impl Host {
    pub(crate) fn new(shared: Arc<Shared>) -> Self {
        Self { shared }
    }

    /// Writes a register. The write is posted: that it arrives is not known. Writes of one thread
    /// keep their order.
    ///
    /// # Errors
    /// [`HostError::Busy`], [`HostError::Closed`]
    pub fn write(&self, offset: u32, value: u32) -> Result<(), HostError> {
        self.shared.push(Command::Write { offset, value })
    }

    /// Reads a register, after all earlier writes of this thread.
    ///
    /// # Errors
    /// [`HostError::Busy`], [`HostError::Closed`]; with the ticket [`HostError::Timeout`],
    /// [`HostError::Removed`], [`HostError::Reset`].
    pub fn read(&self, offset: u32) -> Result<Ticket<u32>, HostError> {
        self.ask(|answer| Command::Read { offset, answer })
    }

    /// Maps zeroed memory for host and device, at a bus address that is a multiple of 4096. The
    /// length is rounded up to a multiple of 8.
    ///
    /// # Errors
    /// [`HostError::Memory`]
    pub fn allocate(&self, bytes: usize) -> Result<Region, HostError> {
        Ok(self.shared.memory.allocate(bytes)?)
    }

    /// Virtual time in picoseconds.
    pub fn now_ps(&self) -> u64 {
        self.shared.now_ps.load(Ordering::Acquire)
    }

    /// Virtual time.
    pub fn now(&self) -> Duration {
        Duration::from_nanos(self.now_ps() / 1000)
    }

    /// Lets virtual time reach `time_ps` even if nothing happens until then.
    ///
    /// # Errors
    /// [`HostError::Busy`], [`HostError::Closed`]
    pub fn advance_to(&self, time_ps: u64) -> Result<(), HostError> {
        self.shared.push(Command::Advance { time_ps })
    }

    /// Sets what an interrupt vector calls; gives the address and data of its message.
    ///
    /// # Errors
    /// [`HostError::BadVector`]
    pub fn on_interrupt(&self, vector: u16, wake: Wake) -> Result<(u64, u32), HostError> {
        let mut vectors = self.shared.vectors();
        let index = usize::from(vector);
        if index >= limits::VECTORS {
            return Err(HostError::BadVector);
        }
        if vectors.len() <= index {
            vectors.resize(index + 1, None);
        }
        vectors[index] = Some(wake);
        Ok((INTERRUPT_BASE, u32::from(vector)))
    }

    /// Resets the function. While it lasts the device reaches no memory; once the ticket is
    /// answered no write of the time before can land.
    ///
    /// # Errors
    /// [`HostError::Busy`], [`HostError::Closed`]; with the ticket [`HostError::Removed`].
    pub fn reset(&self) -> Result<Ticket<()>, HostError> {
        self.ask(|answer| Command::Reset { answer })
    }

    /// Plugs a removed device in again; it comes up as after a reset.
    ///
    /// # Errors
    /// [`HostError::Busy`], [`HostError::Closed`]
    pub fn plug(&self) -> Result<Ticket<()>, HostError> {
        self.ask(|answer| Command::Plug { answer })
    }

    /// Arms a fault; one above [`limits::FAULTS`] is ignored.
    ///
    /// # Errors
    /// [`HostError::Busy`], [`HostError::Closed`]
    pub fn inject(&self, fault: Fault) -> Result<(), HostError> {
        self.shared.push(Command::Inject { fault })
    }

    /// Sets, or with `None` ends, the record of packets.
    ///
    /// # Errors
    /// [`HostError::Busy`], [`HostError::Closed`]
    pub fn trace(&self, trace: Option<Trace>) -> Result<(), HostError> {
        self.shared.push(Command::Trace { trace })
    }

    /// Counts at the time at which the simulation takes the question.
    ///
    /// # Errors
    /// [`HostError::Busy`], [`HostError::Closed`]
    pub fn statistics(&self) -> Result<Ticket<Statistics>, HostError> {
        self.ask(|answer| Command::Count { answer })
    }

    fn ask<T>(&self, command: impl FnOnce(Answer<T>) -> Command) -> Result<Ticket<T>, HostError> {
        let slot = Arc::new(Slot { value: Mutex::new(None), ready: Condvar::new() });
        self.shared.push(command(Answer(Some(Arc::clone(&slot)))))?;
        Ok(Ticket(slot))
    }
}

/// An answer that is to come.
pub struct Ticket<T>(Arc<Slot<T>>);

impl<T: Copy> Ticket<T> {
    /// The answer, if it is there.
    pub fn poll(&self) -> Option<Result<T, HostError>> {
        *self.0.lock()
    }

    /// Waits for the answer, for [`limits::WALL_WAIT_S`] at most. The simulation has to be run by
    /// another thread meanwhile.
    ///
    /// # Errors
    /// What the answer says, or [`HostError::Timeout`].
    pub fn wait(self) -> Result<T, HostError> {
        let limit = Duration::from_secs(limits::WALL_WAIT_S);
        let empty = |value: &mut Option<_>| value.is_none();
        let (value, _) = self
            .0
            .ready
            .wait_timeout_while(self.0.lock(), limit, empty)
            .unwrap_or_else(PoisonError::into_inner);
        value.unwrap_or(Err(HostError::Timeout))
    }
}

struct Slot<T> {
    value: Mutex<Option<Result<T, HostError>>>,
    ready: Condvar,
}

impl<T> Slot<T> {
    fn lock(&self) -> MutexGuard<'_, Option<Result<T, HostError>>> {
        self.value.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn fill(&self, value: Result<T, HostError>) {
        *self.lock() = Some(value);
        self.ready.notify_all();
    }
}

/// The simulation's end of a ticket; dropped, it says that the simulation has ended.
pub(crate) struct Answer<T>(Option<Arc<Slot<T>>>);

impl<T> Answer<T> {
    pub(crate) fn give(mut self, value: Result<T, HostError>) {
        if let Some(slot) = self.0.take() {
            slot.fill(value);
        }
    }
}

impl<T> Drop for Answer<T> {
    fn drop(&mut self) {
        if let Some(slot) = self.0.take() {
            slot.fill(Err(HostError::Closed));
        }
    }
}

pub(crate) enum Command {
    Write { offset: u32, value: u32 },
    Read { offset: u32, answer: Answer<u32> },
    Reset { answer: Answer<()> },
    Plug { answer: Answer<()> },
    Advance { time_ps: u64 },
    Inject { fault: Fault },
    Trace { trace: Option<Trace> },
    Count { answer: Answer<Statistics> },
}

/// What the simulation and all host handles share.
pub(crate) struct Shared {
    pub(crate) commands: ArrayQueue<Command>,
    pub(crate) now_ps: AtomicU64,
    pub(crate) memory: Arc<Table>,
    vectors: Mutex<Vec<Option<Wake>>>,
    closed: AtomicBool,
    parked: AtomicBool,
    runner: Mutex<Option<Thread>>,
}

impl Shared {
    pub(crate) fn new() -> Self {
        Self {
            commands: ArrayQueue::new(limits::HOST_COMMANDS),
            now_ps: AtomicU64::new(0),
            memory: Arc::default(),
            vectors: Mutex::default(),
            closed: AtomicBool::new(false),
            parked: AtomicBool::new(false),
            runner: Mutex::default(),
        }
    }

    fn push(&self, command: Command) -> Result<(), HostError> {
        if self.closed.load(Ordering::SeqCst) {
            return Err(HostError::Closed);
        }
        self.commands.push(command).map_err(|_| HostError::Busy)?;
        if self.closed.load(Ordering::SeqCst) {
            self.drain();
            return Err(HostError::Closed);
        }
        self.unpark();
        Ok(())
    }

    pub(crate) fn close(&self) {
        self.closed.store(true, Ordering::SeqCst);
        self.drain();
    }

    fn drain(&self) {
        while self.commands.pop().is_some() {}
    }

    pub(crate) fn call(&self, vector: u32) {
        let wake = self.vectors().get(vector as usize).cloned().flatten();
        if let Some(wake) = wake {
            wake();
        }
    }

    fn vectors(&self) -> MutexGuard<'_, Vec<Option<Wake>>> {
        self.vectors.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Names the thread that commands wake.
    pub(crate) fn set_runner(&self, runner: Option<Thread>) {
        *self.runner.lock().unwrap_or_else(PoisonError::into_inner) = runner;
    }

    pub(crate) fn unpark(&self) {
        if self.parked.swap(false, Ordering::SeqCst) {
            let runner = self.runner.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some(thread) = &*runner {
                thread.unpark();
            }
        }
    }

    /// Parks the calling thread until a command comes or `stopped` says so. The flag is raised
    /// before the queue is looked at: a command pushed later finds it, one pushed earlier is seen.
    pub(crate) fn park(&self, stopped: impl Fn() -> bool) {
        self.parked.store(true, Ordering::SeqCst);
        while self.commands.is_empty() && !stopped() && self.parked.load(Ordering::SeqCst) {
            std::thread::park();
        }
        self.parked.store(false, Ordering::SeqCst);
    }
}

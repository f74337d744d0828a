//! Threads for work that is too dear for a core's own thread.

mod company;

use std::sync::Arc;
use std::time::{Duration, Instant};

use typex_core::secret::wipe_stack;

use crate::backend::{Backend, BackendEntry, Start};
use crate::batch::{Batch, Completions};
use crate::engine::StartError;
use crate::execute;
use crate::handoff::{Inbox, Port};
use crate::job::PrivateOperation;
use crate::limits::POOL_THREADS_MAX;
use crate::platform::{CoreTask, PoolThread, System};
use company::Company;

/// One core's end of the hand-off.
pub(crate) type CorePort = Port<System, Box<Parcel>, CoreTask>;

type PoolInbox = Inbox<System, Box<Parcel>, PoolThread>;

/// A batch on its way to a pool and back. Kept by its core for the next one.
pub(crate) struct Parcel {
    /// Where to send it back; `None` at home.
    pub(crate) port: Option<Arc<CorePort>>,
    pub(crate) batch: Batch,
    pub(crate) completions: Completions,
    /// How long it waited for a thread.
    pub(crate) waited: Duration,
    /// Jobs, it included, that were computed side by side; 0 if it was computed by itself.
    pub(crate) beside: usize,
    /// More of the same request, which goes with it.
    pub(crate) next: Option<Box<Parcel>>,
}

impl Parcel {
    pub(crate) fn new() -> Box<Self> {
        Box::new(Self {
            port: None,
            batch: Batch::with_room(),
            completions: Completions::with_room(),
            waited: Duration::ZERO,
            beside: 0,
            next: None,
        })
    }

    /// What its only job is like, if that is an RSA private operation.
    fn private_operation(&self) -> Option<PrivateOperation> {
        match (self.batch.items(), &self.next) {
            ([item], None) => item.task.private_operation(),
            _ => None,
        }
    }

    /// Computes it and all that goes with it.
    fn compute_all(&mut self, backend: &mut dyn Backend, port: &CorePort) {
        let mut at = Some(self);
        while let Some(parcel) = at {
            parcel.screen(port, Instant::now());
            execute::compute(backend, &mut parcel.batch, &mut parcel.completions);
            at = parcel.next.as_deref_mut();
        }
    }

    /// Takes out what is not to be computed.
    fn screen(&mut self, port: &CorePort, now: Instant) {
        let oldest = self.batch.oldest();
        self.waited = oldest.map_or(Duration::ZERO, |oldest| now.saturating_duration_since(oldest));
        self.beside = 0;
        let claim = |tag| port.slots.begin(tag);
        execute::screen(&mut self.batch, &mut self.completions, now, claim);
    }
}

/// Threads that serve one inbox; they sleep while it is empty.
pub(crate) struct Pool {
    inbox: Arc<PoolInbox>,
    _threads: rayon::ThreadPool,
}

/// How a pool is set up.
pub(crate) struct PoolOptions {
    pub(crate) name: &'static str,
    pub(crate) threads: usize,
    pub(crate) places: usize,
    /// How far it gives way to other threads, 0 to 19.
    pub(crate) nice: i32,
    pub(crate) start: Start,
}

impl Pool {
    pub(crate) fn start(
        options: &PoolOptions,
        backend: &'static BackendEntry,
    ) -> Result<Self, StartError> {
        let threads = options.threads.clamp(1, POOL_THREADS_MAX);
        let sleepers = (0..threads).map(|_| PoolThread::default());
        let inbox = Arc::new(PoolInbox::new(options.places, sleepers));
        let (name, nice, start) = (options.name, options.nice, options.start.clone());
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .thread_name(move |index| format!("{name}-{index}"))
            .start_handler(move |_| give_way(nice))
            .build()?;
        let shared = Arc::clone(&inbox);
        pool.spawn_broadcast(move |context| consume(&shared, context.index(), backend, &start));
        Ok(Self { inbox, _threads: pool })
    }

    /// Hands a parcel over.
    ///
    /// # Errors
    /// The parcel, when there is no room.
    pub(crate) fn push(&self, parcel: Box<Parcel>) -> Result<(), Box<Parcel>> {
        self.inbox.push(parcel)
    }
}

impl Drop for Pool {
    /// The threads finish what is queued and end.
    fn drop(&mut self) {
        self.inbox.close();
    }
}

/// What is dear fills the gaps that requests leave: so far below the threads of this process, of
/// which an operator may have changed all. A system that forbids it only costs latency.
pub(crate) fn give_way(nice: i32) {
    if nice > 0 {
        let others = rustix::process::getpriority_process(None).unwrap_or(0);
        let _ = rustix::process::setpriority_process(None, others.saturating_add(nice));
    }
}

fn consume(inbox: &PoolInbox, index: usize, entry: &'static BackendEntry, start: &Start) {
    let Some(bell) = inbox.bell(index) else { return };
    bell.sleeper().is_me();
    let mut backend = (entry.start)(start);
    let mut company = Company::new();
    while !inbox.is_finished() {
        loop {
            let dealt = company.deal(&mut *backend, || inbox.pop());
            if dealt == 0 {
                break;
            }
            (0..dealt).for_each(|_| inbox.leave());
        }
        wipe_stack();
        if bell.doze(|| inbox.is_idle()) {
            std::thread::park();
            bell.rise();
        }
    }
}

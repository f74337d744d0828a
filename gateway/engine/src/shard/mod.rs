//! One core's part of the engine.

mod check;
mod state;

use std::cell::{Cell, RefCell};
use std::future::poll_fn;
use std::rc::{Rc, Weak};
use std::sync::Arc;
use std::task::{Poll, Waker};
use std::time::Instant;

use typex_core::error::{Error, ErrorKind};
use typex_core::id::PartitionId;
use typex_core::policy::Grant;

use crate::admit::Budget;
use crate::backend::Backend;
use crate::counters::{Counters, Route};
use crate::engine::Engine;
use crate::handoff::Tag;
use crate::job::{Computation, Done, Job, PasswordJob, Task};
use crate::pending::Pending;
use crate::pool::CorePort;
use state::{Request, State, Submitted};

thread_local! {
    static CURRENT: RefCell<Weak<Inner>> = const { RefCell::new(Weak::new()) };
}

/// One core's part of the engine: bound to the thread that made it.
#[derive(Clone)]
pub struct Shard {
    inner: Rc<Inner>,
}

pub(crate) struct Inner {
    state: RefCell<State>,
    /// Wakers to call once the state is no longer borrowed; kept for its capacity.
    woken: Cell<Vec<Waker>>,
}

/// [`Shard::flush`] of this thread's shard, for the runtime to call before the thread sleeps.
/// Without a shard it does nothing.
pub fn flush_current() {
    let shard = CURRENT.with_borrow(Weak::upgrade);
    if let Some(inner) = shard {
        inner.flush(Instant::now());
    }
}

impl Shard {
    pub(crate) fn new(
        engine: Arc<Engine>,
        port: Arc<CorePort>,
        counters: Arc<Counters>,
        aes: Arc<Budget>,
        backend: Box<dyn Backend>,
    ) -> Self {
        let state = RefCell::new(State::new(engine, port, counters, aes, backend));
        let inner = Rc::new(Inner { state, woken: Cell::default() });
        CURRENT.set(Rc::downgrade(&inner));
        Self { inner }
    }

    /// Admits an authorized job, or refuses it at once.
    ///
    /// # Errors
    /// [`ErrorKind::Busy`] when outstanding work is at its limit, [`ErrorKind::Timeout`] past the
    /// deadline, [`ErrorKind::ShuttingDown`] when closed, [`ErrorKind::KeyState`] for a revoked
    /// key, [`ErrorKind::InvalidData`] or [`ErrorKind::Malformed`] for a length that the key does
    /// not permit, [`ErrorKind::Internal`] for a grant of something else.
    #[inline]
    pub fn submit(&self, grant: Grant, job: Job) -> Result<Pending, Error> {
        let (partition, isolate) = (grant.partition(), grant.isolate());
        let Job { now, deadline, request_ns, .. } = job;
        let seed = match check::job(&grant, &job).and_then(|()| check::seed(&job.work)) {
            Ok(seed) => seed,
            Err(kind) => return self.inner.refuse(kind),
        };
        let task = match Task::admitted(job.work, seed) {
            Ok(task) => Some(task),
            Err(kind) => return self.inner.refuse(kind),
        };
        let grant = Some(grant);
        let mut request = Request { task, grant, partition, isolate, now, deadline, request_ns };
        self.inner.submit(&mut request)
    }

    /// Admits a password check, which comes before any grant, or refuses it at once.
    ///
    /// # Errors
    /// As for [`submit`](Self::submit).
    pub fn submit_password(&self, job: PasswordJob) -> Result<Pending, Error> {
        let (now, deadline) = (job.now, job.deadline);
        let task = Some(Task::of(Computation::Password(job)));
        let (partition, isolate) = (PartitionId::SERVICE, false);
        let (grant, request_ns) = (None, 0);
        let mut request = Request { task, grant, partition, isolate, now, deadline, request_ns };
        self.inner.submit(&mut request)
    }

    /// Where the jobs of a request go whose estimated work is this, if nothing keeps them from it.
    pub fn route(&self, request_ns: u64) -> Route {
        self.inner.state.borrow().route_request(request_ns)
    }

    /// Computes what waits for company, takes in what pools have finished, and wakes the waiters.
    /// To be called when the core has nothing else to do. Returns how many results were delivered.
    pub fn flush(&self, now: Instant) -> usize {
        self.inner.flush(now)
    }

    /// Takes in what pools finish. To be spawned once on the shard's own core; never ends.
    pub async fn drive(&self) {
        poll_fn(|context| {
            self.inner.collect(context.waker());
            Poll::<()>::Pending
        })
        .await;
    }
}

impl Inner {
    #[inline]
    fn submit(self: &Rc<Self>, request: &mut Request) -> Result<Pending, Error> {
        let submitted = self.state.borrow_mut().submit(request);
        let pending = match submitted {
            Ok(Submitted::Done(result)) => return Ok(Pending::ready(result)),
            Ok(Submitted::Waiting(tag)) => Ok(Pending::waiting(Rc::clone(self), tag)),
            Err(kind) => self.refuse(kind),
        };
        self.wake();
        pending
    }

    fn refuse(&self, kind: ErrorKind) -> Result<Pending, Error> {
        self.state.borrow().counters().count_refused(kind);
        Err(kind.into())
    }

    fn flush(&self, now: Instant) -> usize {
        let delivered = self.state.borrow_mut().flush(now);
        self.wake();
        delivered
    }

    fn collect(&self, waker: &Waker) {
        self.state.borrow_mut().collect_or_doze(waker);
        self.wake();
    }

    /// The result, if it is there; else remembers whom to wake.
    pub(crate) fn take(&self, tag: Tag, waker: &Waker) -> Option<Result<Done, ErrorKind>> {
        self.state.borrow_mut().take(tag, waker)
    }

    pub(crate) fn cancel(&self, tag: Tag) {
        // Dropped after the borrow ends: a result may hold anything.
        let _result = self.state.borrow_mut().cancel(tag);
    }

    /// Wakes outside of any borrow, since a waker is foreign code.
    fn wake(&self) {
        if !self.state.borrow().has_woken() {
            return;
        }
        let mut woken = self.state.borrow_mut().woken(self.woken.take());
        woken.drain(..).for_each(Waker::wake);
        self.woken.set(woken);
    }
}

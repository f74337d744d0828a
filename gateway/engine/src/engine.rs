//! What all cores share: pools, budgets, and whether jobs are admitted at all.

use std::num::NonZeroUsize;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use crate::admit::Budget;
use crate::backend::{self, BackendEntry, Card, Place, Start, Wake};
use crate::cost::LaneClass;
use crate::counters::Counters;
use crate::limits;
use crate::platform::CoreTask;
use crate::pool::{CorePort, Pool, PoolOptions};
use crate::reserve::Reserve;
use crate::shard::Shard;

/// How an engine is set up.
#[derive(Clone, Debug)]
pub struct Options {
    /// Cores that will have a [`Shard`].
    pub cores: NonZeroUsize,
    /// What computes.
    pub backend: &'static BackendEntry,
    /// Threads for spilled batches.
    pub lanes_threads: NonZeroUsize,
    /// Threads for RSA. One fewer than there are cores leaves one for requests.
    pub rsa_threads: NonZeroUsize,
    /// Threads for key generation and passwords.
    pub dear_threads: NonZeroUsize,
    /// RSA keys of each size that are kept ready once one of the size was asked for; 0: none, keys
    /// are made while their creator waits.
    pub rsa_keys_ready: usize,
    /// Routing and admission.
    pub tuning: Tuning,
    /// The card, for a backend that needs one.
    pub card: Option<Arc<Card>>,
}

/// Where jobs go and when they are refused. Work is estimated, in nanoseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tuning {
    /// Below this a job runs on the spot.
    pub inline_ns_max: u64,
    /// Longest a job waits for company when its core is never idle.
    pub linger: Duration,
    /// Batches from this on go to a pool, and the jobs of requests whose work is as much.
    pub pool_batch_ns: u64,
    /// Lane work of a core since it was idle, above which its batches go to other cores.
    pub spill_ns: u64,
    /// Outstanding symmetric work per core.
    pub aes_outstanding_ns: u64,
    /// Outstanding RSA work per pool thread.
    pub rsa_outstanding_ns: u64,
    /// The same when it does not go away.
    pub rsa_standing_ns: u64,
    /// Outstanding dear work per thread.
    pub dear_outstanding_ns: u64,
}

impl Default for Tuning {
    fn default() -> Self {
        Self {
            inline_ns_max: limits::INLINE_NS_MAX,
            linger: limits::LINGER,
            pool_batch_ns: limits::POOL_BATCH_NS,
            spill_ns: limits::SPILL_NS,
            aes_outstanding_ns: limits::AES_OUTSTANDING_NS,
            rsa_outstanding_ns: limits::RSA_OUTSTANDING_NS,
            rsa_standing_ns: limits::RSA_STANDING_NS,
            dear_outstanding_ns: limits::DEAR_OUTSTANDING_NS,
        }
    }
}

impl Default for Options {
    /// One core, the first backend of the table, one thread per pool.
    fn default() -> Self {
        Self {
            cores: NonZeroUsize::MIN,
            backend: &backend::BACKENDS[0],
            lanes_threads: NonZeroUsize::MIN,
            rsa_threads: NonZeroUsize::MIN,
            dear_threads: NonZeroUsize::MIN,
            rsa_keys_ready: 0,
            tuning: Tuning::default(),
            card: None,
        }
    }
}

/// Why an engine or a shard does not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The system refuses threads.
    #[error("cannot start pool threads")]
    Threads(#[from] rayon::ThreadPoolBuildError),
    /// The system refuses the thread that makes keys ahead.
    #[error("cannot start the thread that makes RSA keys")]
    Thread(#[from] std::io::Error),
    /// The backend needs a card and there is none.
    #[error("the backend {0} needs a card")]
    NoCard(&'static str),
    /// There is no core of that index.
    #[error("there is no core {0}")]
    NoSuchCore(usize),
    /// The core has its shard already.
    #[error("core {0} has its shard already")]
    CoreTaken(usize),
}

/// Outstanding work of one lane class.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Gauge {
    /// Which class.
    pub class: LaneClass,
    /// Estimated work, ns.
    pub outstanding_ns: u64,
    /// Jobs.
    pub jobs: usize,
}

/// The process-wide part: one per gateway.
pub struct Engine {
    backend: &'static BackendEntry,
    card: Option<Arc<Card>>,
    reserve: Option<Arc<Reserve>>,
    cores: Vec<Core>,
    pub(crate) tuning: Tuning,
    pub(crate) rsa: Budget,
    pub(crate) dear: Budget,
    pub(crate) lanes_pool: Pool,
    pub(crate) rsa_pool: Pool,
    pub(crate) dear_pool: Pool,
}

/// What others may see of one core.
struct Core {
    port: Arc<CorePort>,
    counters: Arc<Counters>,
    aes: Arc<Budget>,
    taken: AtomicBool,
}

/// How far RSA and dear work give way: far, but not behind everything else on the machine. A core's
/// own thread then runs as soon as a request comes for it, and takes nine tenths of a processor
/// that both want.
const POOL_NICE: i32 = 10;

impl Engine {
    /// Starts the pools.
    ///
    /// # Errors
    /// [`StartError::Threads`], [`StartError::NoCard`].
    pub fn start(options: Options) -> Result<Arc<Self>, StartError> {
        if options.backend.needs_card && options.card.is_none() {
            return Err(StartError::NoCard(options.backend.name));
        }
        let (cores, tuning) = (options.cores.get(), options.tuning);
        let places = limits::PARCELS_PER_SHARD.saturating_mul(cores);
        let kept = NonZeroUsize::new(options.rsa_keys_ready);
        let reserve = kept.map(|keys| Reserve::start(keys.get())).transpose()?;
        let start = |name, threads: NonZeroUsize, nice| {
            let start = Start { reserve: reserve.clone(), ..Start::default() };
            let threads = threads.get();
            Pool::start(&PoolOptions { name, threads, places, nice, start }, options.backend)
        };
        let per = |ns: u64, threads: NonZeroUsize| ns.saturating_mul(threads.get() as u64);
        let (rsa_threads, dear_threads) = (options.rsa_threads, options.dear_threads);
        let rsa_ns = per(tuning.rsa_outstanding_ns, rsa_threads);
        Ok(Arc::new(Self {
            backend: options.backend,
            card: options.card.clone(),
            cores: (0..cores).map(|_| Core::new(&tuning)).collect(),
            tuning,
            rsa: Budget::with_standing(rsa_ns, per(tuning.rsa_standing_ns, rsa_threads)),
            dear: Budget::new(per(tuning.dear_outstanding_ns, dear_threads)),
            lanes_pool: start("lanes", options.lanes_threads, 0)?,
            rsa_pool: start("rsa", rsa_threads, POOL_NICE)?,
            dear_pool: start("dear", dear_threads, POOL_NICE)?,
            reserve,
        }))
    }

    /// The shard of one core, made on the core's own thread, once.
    ///
    /// # Errors
    /// [`StartError::NoSuchCore`] and [`StartError::CoreTaken`].
    pub fn shard(self: &Arc<Self>, index: usize) -> Result<Shard, StartError> {
        let core = self.cores.get(index).ok_or(StartError::NoSuchCore(index))?;
        if core.taken.swap(true, Ordering::AcqRel) {
            return Err(StartError::CoreTaken(index));
        }
        let (port, counters) = (Arc::clone(&core.port), Arc::clone(&core.counters));
        let bell = Arc::clone(&port);
        let wake: Wake = Arc::new(move || {
            bell.bell.ring();
        });
        let (card, reserve) = (self.card.clone(), self.reserve.clone());
        let start = Start { place: Place::Core(index), wake: Some(wake), card, reserve };
        let backend = (self.backend.start)(&start);
        Ok(Shard::new(Arc::clone(self), port, counters, Arc::clone(&core.aes), backend))
    }

    /// Counters of each core.
    pub fn counters(&self) -> impl ExactSizeIterator<Item = &Counters> {
        self.cores.iter().map(|core| &*core.counters)
    }

    /// Outstanding work now, by lane class.
    pub fn gauges(&self) -> [Gauge; 3] {
        LaneClass::ALL.map(|class| {
            let budgets = self.budgets(class);
            let (ns, jobs) = budgets.fold((0, 0), |(ns, jobs), budget| {
                (ns + budget.outstanding_ns(), jobs + budget.jobs())
            });
            Gauge { class, outstanding_ns: ns, jobs }
        })
    }

    /// Sizes of RSA keys in bits, and how many of each are ready.
    pub fn keys_ready(&self) -> impl Iterator<Item = (u32, usize)> + '_ {
        self.reserve.iter().flat_map(|reserve| reserve.ready())
    }

    /// What computes.
    pub fn backend(&self) -> &'static BackendEntry {
        self.backend
    }

    /// Admits nothing any more. What was admitted is finished.
    pub fn close(&self) {
        for core in &self.cores {
            core.port.gate.close();
        }
    }

    /// Whether nothing admitted is unfinished.
    pub fn is_idle(&self) -> bool {
        self.cores.iter().all(|core| core.port.gate.inside() == 0)
    }

    fn budgets(&self, class: LaneClass) -> impl Iterator<Item = &Budget> {
        let aes = self.cores.iter().map(|core| &*core.aes);
        let shared = match class {
            LaneClass::Aes => None,
            LaneClass::Rsa => Some(&self.rsa),
            LaneClass::Dear => Some(&self.dear),
        };
        aes.filter(move |_| class == LaneClass::Aes).chain(shared)
    }
}

impl Core {
    fn new(tuning: &Tuning) -> Self {
        let (jobs, parcels) = (limits::SLOTS_PER_SHARD, limits::PARCELS_PER_SHARD);
        Self {
            port: Arc::new(CorePort::new(jobs, parcels, CoreTask::default())),
            counters: Arc::default(),
            aes: Arc::new(Budget::new(tuning.aes_outstanding_ns)),
            taken: AtomicBool::new(false),
        }
    }
}

//! Starts the cores, and ends them.

use std::io;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, mpsc};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use thiserror::Error;
use tokio::sync::watch;

use super::bind::{bind, connections_possible};
use super::census::Census;
use super::core::{Core, Gate};
use super::observer::Observer;
use super::shard::Shared;
use super::tls::{Identity, TlsError};
use super::{Config, Kind, Role, Service, http3};

/// Starts servers.
#[derive(Debug)]
pub struct Server;

/// A server whose listeners accept.
#[derive(Debug)]
pub struct Running {
    addresses: Vec<Bound>,
    control: Control,
    threads: Vec<JoinHandle<()>>,
}

/// Ends a server or reloads its certificates, from any thread.
#[derive(Clone, Debug)]
pub struct Control {
    end: Arc<watch::Sender<Option<Instant>>>,
    ending: Arc<AtomicBool>,
    identity: Option<Arc<Identity>>,
}

/// Where a listener accepts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bound {
    /// The listener's role.
    pub role: Role,
    /// The listener's kind.
    pub kind: Kind,
    /// Its address, with the port that was taken.
    pub address: SocketAddr,
    /// Whether it speaks TLS.
    pub tls: bool,
    /// Whether it speaks HTTP/3 on the same port number.
    pub quic: bool,
}

/// Why a server did not start, or did not end well.
#[derive(Debug, Error)]
pub enum StartError {
    /// No listener, or too many.
    #[error("between 1 and {most} listeners are needed")]
    Listeners {
        /// The most listeners there may be.
        most: usize,
    },
    /// Too many cores.
    #[error("at most {most} cores can be used")]
    Cores {
        /// The most cores there may be.
        most: usize,
    },
    /// The observer has fewer sets of counters than there are cores.
    #[error("the observer is for fewer cores than the server")]
    Observer,
    /// The limit for heads is below what the HTTP library can do.
    #[error("head_bytes must be at least {least}")]
    HeadBytes {
        /// The least there may be.
        least: usize,
    },
    /// The certificate cannot be used.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// An address cannot be listened on.
    #[error("cannot listen on {address}: {source}")]
    Bind {
        /// The address.
        address: SocketAddr,
        /// What the system said.
        source: io::Error,
    },
    /// A thread, its runtime or its sockets could not be made.
    #[error("core {core}: {source}")]
    Core {
        /// The core.
        core: usize,
        /// What the system said.
        source: io::Error,
    },
    /// A core's thread panicked.
    #[error("core {core} panicked")]
    Panicked {
        /// The core.
        core: usize,
    },
}

impl Server {
    /// Starts a server and returns once all its listeners accept on every core.
    ///
    /// `make_service` is called once on each core's thread with the number of the core, within its
    /// runtime: `spawn_local` works there. `on_park` is called on that thread whenever it has
    /// nothing to do, before it sleeps; tasks it wakes run first. Raises the process's limit of
    /// descriptors to its maximum.
    ///
    /// # Errors
    /// Any [`StartError`]. Nothing listens then.
    pub fn start<S, M, P>(
        config: Config,
        observer: Arc<Observer>,
        make_service: M,
        on_park: P,
    ) -> Result<Running, StartError>
    where
        S: Service,
        M: Fn(usize) -> S + Send + Sync + 'static,
        P: Fn(usize) + Send + Sync + 'static,
    {
        config.validate()?;
        if observer.cores().len() < config.cores.get() {
            return Err(StartError::Observer);
        }
        let identity = config.tls.clone().map(Identity::load).transpose()?;
        let (addresses, gates) = listen(&config)?;
        let (end, ended) = watch::channel(None);
        let shared = share(&config, observer, identity.as_ref())?;
        let ending = Arc::clone(&shared.ending);
        let start = Start {
            shared,
            make_service: Arc::new(make_service),
            on_park: Arc::new(on_park),
            ended,
        };
        let threads = start.cores(gates)?;
        Ok(Running {
            addresses,
            control: Control { end: Arc::new(end), ending, identity },
            threads,
        })
    }
}

impl Running {
    /// Where each listener of [`Config::listeners`] accepts, in the same order.
    pub fn addresses(&self) -> &[Bound] {
        &self.addresses
    }

    /// A handle that can do all of this from another thread.
    pub fn control(&self) -> Control {
        self.control.clone()
    }

    /// See [`Control::shutdown`].
    pub fn shutdown(&self, grace: Duration) {
        self.control.shutdown(grace);
    }

    /// See [`Control::reload_certificates`].
    ///
    /// # Errors
    /// Any of [`TlsError`]; the old certificate stays in use.
    pub fn reload_certificates(&self) -> Result<(), TlsError> {
        self.control.reload_certificates()
    }

    /// Waits until every core has ended. Without [`shutdown`](Self::shutdown) that is forever.
    ///
    /// # Errors
    /// The first core that did not end well; the others have ended too.
    pub fn join(self) -> Result<(), StartError> {
        let mut result = Ok(());
        for (core, thread) in self.threads.into_iter().enumerate() {
            let ended = thread.join().map_err(|_| StartError::Panicked { core });
            result = result.and(ended);
        }
        result
    }
}

impl Control {
    /// Begins the end and returns at once.
    ///
    /// No connection is accepted any more; requests that were admitted are finished; those that
    /// come after the return, on connections that live, get
    /// [`Refusal::ShuttingDown`](super::Refusal); clients of HTTP/2 and HTTP/3 are told to go away;
    /// connections without requests close after [`linger_time`](super::Limits). After `grace`
    /// everything that is left is cut off. A second call can only shorten the grace.
    pub fn shutdown(&self, grace: Duration) {
        let Some(deadline) = Instant::now().checked_add(grace) else { return };
        self.ending.store(true, Ordering::Release);
        self.end.send_if_modified(|end| {
            let sooner = end.is_none_or(|end| deadline < end);
            if sooner {
                *end = Some(deadline);
            }
            sooner
        });
    }

    /// Reads certificate and key again. New connections, TCP and QUIC, get the new certificate;
    /// those that exist go on.
    ///
    /// # Errors
    /// Any of [`TlsError`]; the old certificate stays in use.
    pub fn reload_certificates(&self) -> Result<(), TlsError> {
        self.identity.as_ref().ok_or(TlsError::Absent)?.reload()
    }
}

fn listen(config: &Config) -> Result<(Vec<Bound>, Vec<Vec<Gate>>), StartError> {
    let mut cores: Vec<Vec<Gate>> = (0..config.cores.get()).map(|_| Vec::new()).collect();
    let mut addresses = Vec::with_capacity(config.listeners.len());
    for listener in &config.listeners {
        let quic = config.quic(listener);
        let failed = |source| StartError::Bind { address: listener.address, source };
        let (address, sockets) = bind(listener.address, quic, cores.len()).map_err(failed)?;
        let tls = config.tls.is_some() && listener.kind != Kind::JsonLines;
        let bound = Bound { role: listener.role, kind: listener.kind, address, tls, quic };
        for (core, sockets) in cores.iter_mut().zip(sockets) {
            core.push(Gate { bound, plaintext: listener.plaintext, sockets });
        }
        addresses.push(bound);
    }
    Ok((addresses, cores))
}

fn share(
    config: &Config,
    observer: Arc<Observer>,
    identity: Option<&Arc<Identity>>,
) -> Result<Arc<Shared>, StartError> {
    let mut limits = config.limits.clone();
    limits.connections = limits.connections.min(connections_possible());
    let census = Census::new(limits.connections, limits.connections_per_peer);
    let tls = identity.map(Identity::tcp).transpose()?;
    let quic = identity.map(|identity| http3::settings(identity, &limits)).transpose()?;
    let ending = Arc::default();
    Ok(Arc::new(Shared { ending, limits, observer, census, tls, quic }))
}

type Thread = JoinHandle<()>;

/// What it takes to start the cores.
struct Start<M, P> {
    shared: Arc<Shared>,
    make_service: Arc<M>,
    on_park: Arc<P>,
    ended: watch::Receiver<Option<Instant>>,
}

impl<M, P> Start<M, P> {
    fn cores<S>(&self, gates: Vec<Vec<Gate>>) -> Result<Vec<Thread>, StartError>
    where
        S: Service,
        M: Fn(usize) -> S + Send + Sync + 'static,
        P: Fn(usize) + Send + Sync + 'static,
    {
        let (ready, started) = mpsc::channel();
        let mut threads = Vec::with_capacity(gates.len());
        for (index, gates) in gates.into_iter().enumerate() {
            let core =
                Core { index, gates, shared: self.shared.clone(), ended: self.ended.clone() };
            threads.push(self.core(core, ready.clone())?);
        }
        drop(ready);
        for core in 0..threads.len() {
            // Each core says how it went, or drops its sender as it panics.
            started.recv().unwrap_or(Err(StartError::Panicked { core }))?;
        }
        Ok(threads)
    }

    fn core<S>(
        &self,
        core: Core,
        ready: mpsc::Sender<Result<(), StartError>>,
    ) -> Result<Thread, StartError>
    where
        S: Service,
        M: Fn(usize) -> S + Send + Sync + 'static,
        P: Fn(usize) + Send + Sync + 'static,
    {
        let index = core.index;
        let (make_service, on_park) = (self.make_service.clone(), self.on_park.clone());
        let body = move || {
            let park = move || on_park(index);
            core.run(|| make_service(index), park, ready)
        };
        let thread = thread::Builder::new().name(format!("typex-core-{index}")).spawn(body);
        thread.map_err(|source| StartError::Core { core: index, source })
    }
}

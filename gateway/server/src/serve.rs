//! Starts the gateway, waits for signals, ends it.

use std::io::Write;
use std::net::SocketAddr;
use std::num::NonZeroUsize;
use std::path::Path;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::Signals;
use typex_core::audit::{Detail, Operator};
use typex_core::key::DataLengths;
use typex_dialect::DIALECTS;
use typex_engine::algorithm::{self, Random};
use typex_engine::{Engine, Tuning};
use typex_store::{DataLog, Mark, Store};

use crate::admin::payments::Ceremonies;
use crate::card::{self, Card};
use crate::config::{BlockLengths, Config, Durability};
use crate::gateway::{Core, Gateway, Payments, Revocations, Role, Rules, Tokens};
use crate::hem::{self, Hems};
use crate::metrics::Metrics;
use crate::opening::{self, OpenError};
use crate::ready::Reachable;
use crate::transport::{self, Kind, Listener, Observer, Running, Server, tls};
use crate::{admin, demo, hardening, invitation, mark, ready, registration};

/// How often shutdown looks whether the engine has finished.
const IDLE_CHECK: Duration = Duration::from_millis(5);

/// Why the gateway did not start or did not end well.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The data directory cannot be used.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// The listeners or cores did not start.
    #[error(transparent)]
    Transport(#[from] transport::StartError),
    /// The engine did not start.
    #[error(transparent)]
    Engine(#[from] typex_engine::StartError),
    /// The system's random generator failed its tests.
    #[error(transparent)]
    Random(#[from] algorithm::Error),
    /// The card did not start.
    #[error(transparent)]
    Card(#[from] card::StartError),
    /// The development certificate could not be made.
    #[error(transparent)]
    Certificate(#[from] tls::TlsError),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] typex_store::StoreError),
    /// Keys that every store has could not be made.
    #[error("first keys: {0}")]
    Furnish(typex_core::Error),
    /// A file, socket or signal handler could not be made.
    #[error("{what}: {source}")]
    System {
        /// What.
        what: &'static str,
        /// Why.
        source: std::io::Error,
    },
}

/// Serves until SIGTERM or SIGINT; SIGHUP reloads certificates.
///
/// # Errors
/// Any [`ServeError`]; what was acknowledged is on disk all the same.
pub fn serve(data: &Path, config: &Config, ready_file: Option<&Path>) -> Result<(), ServeError> {
    let mut signals = Signals::new([SIGTERM, SIGINT, SIGHUP])
        .map_err(|source| ServeError::System { what: "signals", source })?;
    let granted = hardening::harden();
    tracing::debug!(?granted, "process hardened");
    Card::check(config)?;
    let store = opening::open(data, config)?;
    mark::check(data, &store, config)?;
    demo::furnish(&store).map_err(ServeError::Furnish)?;
    let control = admin::Listener::bind(data)
        .map_err(|source| ServeError::System { what: "control.sock", source })?;
    let files = certificate(data, config, &store)?;
    let (gateway, observer) = assemble(&store, config, &files)?;
    let running = start(files, config, &gateway, observer)?;
    let reachable = ready::reachable(running.addresses(), &gateway.roles);
    invite(config, &gateway, &reachable)?;
    hear_operator(control, &gateway)?;
    announce(&reachable, &gateway, (data, ready_file))?;
    record(&store, Operator::Start);
    let renew = || {
        // Names of instances that came since enter a development certificate.
        certificate(data, config, &store)?;
        running.reload_certificates()?;
        gateway.hems.reload_certificate();
        Ok(())
    };
    wait(&mut signals, &store, &renew);
    finish(running, &gateway, data, config)
}

/// Answers operators, and forgets components of keys in time, for as long as the process lives.
fn hear_operator(control: admin::Listener, gateway: &Arc<Gateway>) -> Result<(), ServeError> {
    let ceremonies = Arc::new(Ceremonies::default());
    let (watched, store) = (Arc::clone(&ceremonies), gateway.store.clone());
    thread("components", move || watched.watch(&store))?;
    let gateway = Arc::clone(gateway);
    thread("operator", move || control.serve(|request| perform(&gateway, &ceremonies, request)))
}

/// Begins a thread that lives as long as the process.
fn thread(name: &'static str, run: impl FnOnce() + Send + 'static) -> Result<(), ServeError> {
    let thread = std::thread::Builder::new().name(name.to_owned());
    thread.spawn(run).map(drop).map_err(|source| ServeError::System { what: name, source })
}

/// Carries out what an operator asks of the running gateway.
fn perform(gateway: &Gateway, ceremonies: &Ceremonies, request: admin::Request) -> admin::Answer {
    let desk = admin::Desk {
        store: &gateway.store,
        revoked: &|| gateway.revocations.raise(),
        backend: Some(gateway.engine.backend().name),
        card: gateway.card.as_deref(),
        hems: Some(&gateway.hems),
        ceremonies: Some(ceremonies),
        counts: Some(gateway.payments.counts()),
        payments: gateway.rules.payments,
        rows_max: admin::ROWS_MAX,
    };
    admin::perform(&desk, request)
}

/// A gateway without listeners, for this process alone.
pub(crate) fn private(
    data: &Path,
    config: &Config,
    store: &Store,
) -> Result<Arc<Gateway>, ServeError> {
    let files = certificate(data, config, store)?;
    Ok(assemble(store, config, &files)?.0)
}

fn assemble(
    store: &Store,
    config: &Config,
    files: &tls::Files,
) -> Result<(Arc<Gateway>, Arc<Observer>), ServeError> {
    let random = Arc::new(Random::start()?);
    let hems = Hems::open(store, Arc::clone(&random), instances(config, files));
    let hems = hems.map_err(ServeError::Furnish)?;
    let payments = Payments::open(store, config.payments.rules().abuse);
    let payments = payments.map_err(ServeError::Furnish)?;
    let tokens = Tokens::open(store).map_err(ServeError::Furnish)?;
    let cores = cores(config);
    let card = Card::start(config)?;
    let engine = engine(config, cores, card.as_deref())?;
    let observer = Arc::new(Observer::new(cores.get()));
    let gateway = Gateway {
        store: store.clone(),
        random,
        hems,
        payments,
        tokens,
        roles: roles(),
        rules: rules(config),
        registration: OnceLock::new(),
        revocations: Revocations::default(),
        metrics: Metrics::new(Arc::clone(&engine), Arc::clone(&observer), card.clone()),
        engine,
        card,
    };
    Ok((Arc::new(gateway), observer))
}

fn engine(
    config: &Config,
    cores: NonZeroUsize,
    card: Option<&Card>,
) -> Result<Arc<Engine>, typex_engine::StartError> {
    let configured = NonZeroUsize::new(config.engine.pool_threads);
    let pool_threads = configured.unwrap_or(cores);
    // One core stays for requests while RSA keeps the others busy.
    let all_but_one = NonZeroUsize::new(cores.get() - 1).unwrap_or(NonZeroUsize::MIN);
    Engine::start(typex_engine::Options {
        cores,
        backend: config.engine.backend.entry(),
        lanes_threads: pool_threads,
        rsa_threads: configured.unwrap_or(all_but_one),
        dear_threads: pool_threads,
        rsa_keys_ready: config.engine.rsa_keys_ready,
        tuning: tuning(config),
        card: card.map(Card::engine),
    })
}

fn rules(config: &Config) -> Rules {
    Rules {
        deadline: Duration::from_millis(config.engine.deadline_ms),
        strict_audit: config.audit.data == Durability::Strict,
        block_lengths: match config.keys.block_lengths {
            BlockLengths::OneBlock => DataLengths::Exactly(16),
            BlockLengths::OneOrTwoBlocks => DataLengths::OneOrTwoBlocks,
        },
        payments: config.payments.rules(),
        transform_mount: config.vault.transform.clone(),
    }
}

fn instances(config: &Config, files: &tls::Files) -> hem::Options {
    hem::Options {
        default: config.hem.default.clone(),
        backends: config.hem.backend_keys().unwrap_or_default(),
        strict_tls: config.hem.strict_tls,
        clock: config.hem.clock.into(),
        tls: hem::Tls::new(files.clone()),
        self_test: hem::SelfTest::default(),
    }
}

/// The configured certificate, or one for development, for the names that there are.
fn certificate(data: &Path, config: &Config, store: &Store) -> Result<tls::Files, ServeError> {
    if !config.listen.certificate.as_os_str().is_empty() {
        let chain = config.listen.certificate.clone();
        return Ok(tls::Files { chain, key: config.listen.private_key.clone() });
    }
    let dir = data.join("tls");
    opening::private_directory(&dir)
        .map_err(|source| ServeError::System { what: "certificate directory", source })?;
    let names = hem::host_names(store).map_err(ServeError::Furnish)?;
    Ok(tls::develop(&dir, &names)?)
}

fn cores(config: &Config) -> NonZeroUsize {
    let available = std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN);
    NonZeroUsize::new(config.engine.cores).unwrap_or(available)
}

fn tuning(config: &Config) -> Tuning {
    let engine = &config.engine;
    Tuning {
        aes_outstanding_ns: engine.aes_outstanding_us * 1000,
        rsa_outstanding_ns: engine.rsa_outstanding_us * 1000,
        rsa_standing_ns: engine.rsa_outstanding_us * 1000 / 3,
        dear_outstanding_ns: engine.dear_outstanding_us * 1000,
        ..Tuning::default()
    }
}

/// Every listener of every dialect.
pub(crate) fn roles() -> Vec<Role> {
    let of = |dialect: &'static dyn typex_dialect::Dialect| {
        dialect.listeners().iter().map(move |listener| Role { dialect, listener })
    };
    DIALECTS.iter().flat_map(|dialect| of(*dialect)).collect()
}

fn start(
    files: tls::Files,
    config: &Config,
    gateway: &Arc<Gateway>,
    observer: Arc<Observer>,
) -> Result<Running, ServeError> {
    let transport = transport::Config {
        cores: cores(config),
        listeners: listeners(config, &gateway.roles),
        tls: Some(files),
        limits: limits(config),
    };
    // Asking the store blocks, and the cores' threads must not.
    let logs = (0..transport.cores.get()).map(|_| gateway.store.data_log().map(Some));
    let logs = Mutex::new(logs.collect::<Result<Vec<_>, _>>()?);
    let shared = Arc::clone(gateway);
    let make = move |core: usize| {
        let mut logs = logs.lock().unwrap_or_else(PoisonError::into_inner);
        let log = logs[core].take().expect("each core starts once");
        core_service(&shared, core, log)
    };
    Ok(Server::start(transport, observer, make, |_| typex_engine::flush_current())?)
}

/// Runs on the core's own thread. A core that cannot be made is a defect found at start.
pub(crate) fn core_service(gateway: &Arc<Gateway>, core_number: usize, log: DataLog) -> Core {
    let shard = gateway.engine.shard(core_number).expect("each core asks for its own shard once");
    let driven = shard.clone();
    tokio::task::spawn_local(async move { driven.drive().await });
    let service = Core::new(Arc::clone(gateway), shard, log);
    tokio::task::spawn_local(service.clone().forget_revoked());
    tokio::task::spawn_local(Core::wipe_stack_often());
    if core_number == 0 {
        tokio::task::spawn_local(service.clone().sweep_failures());
        tokio::task::spawn_local(crate::payment::keys::delete_due_often(Arc::clone(gateway)));
    }
    service
}

/// Where the gateway listens: to `roles`, then to operators.
pub(crate) fn listeners(config: &Config, roles: &[Role]) -> Vec<Listener> {
    let dialect = roles.iter().enumerate().map(|(index, role)| {
        let port = config.listen.ports[role.dialect.name()][role.listener.name];
        Listener {
            kind: match role.listener.kind {
                typex_dialect::Kind::Http | typex_dialect::Kind::Frames => {
                    Kind::Http { quic: true }
                }
                typex_dialect::Kind::JsonLines => Kind::JsonLines,
            },
            address: SocketAddr::new(config.listen.address, port),
            role: role_number(index),
            plaintext: config.listen.plaintext || role.listener.guards_plaintext,
        }
    });
    let operator = Listener {
        kind: Kind::Http { quic: false },
        address: SocketAddr::new(config.listen.operator_address, config.listen.operator_port),
        role: role_number(roles.len()),
        plaintext: config.listen.plaintext,
    };
    dialect.chain([operator]).collect()
}

pub(crate) fn role_number(index: usize) -> transport::Role {
    transport::Role(u8::try_from(index).expect("far fewer listeners than 256"))
}

fn limits(config: &Config) -> transport::limits::Limits {
    let limits = &config.limits;
    transport::limits::Limits {
        head_bytes: limits.head_bytes_max,
        body_bytes: limits.body_bytes_max,
        line_bytes: limits.body_bytes_max,
        body_time: Duration::from_millis(limits.body_ms),
        idle_time: Duration::from_millis(limits.idle_ms),
        streams: limits.streams_per_connection_max,
        connections: limits.connections_max,
        connections_per_peer: limits.connections_per_peer_max,
        ..Default::default()
    }
}

/// Registration tells clients the ports, so it opens once they are known.
fn invite(config: &Config, gateway: &Gateway, reachable: &[Reachable]) -> Result<(), ServeError> {
    let context = registration::Context::new(
        gateway.store.clone(),
        invitation::settings(config, reachable)?,
        registration::PASSWORD_COST,
        gateway.rules.deadline,
    );
    let context = context.map_err(ServeError::Furnish)?;
    assert!(gateway.registration.set(context).is_ok(), "registration opens once");
    Ok(())
}

/// Which backend computes, and on which card.
fn computes(gateway: &Gateway) -> String {
    let backend = gateway.engine.backend().name;
    match card_name(gateway) {
        None => format!("backend {backend}"),
        Some(card) => format!("backend {backend}, card={card}"),
    }
}

fn card_name(gateway: &Gateway) -> Option<&'static str> {
    gateway.card.as_ref().map(|card| card.kind())
}

fn announce(
    reachable: &[Reachable],
    gateway: &Gateway,
    (data, ready_file): (&Path, Option<&Path>),
) -> Result<(), ServeError> {
    let demo = gateway.store.mark() == Mark::Development;
    let program = std::env::args().next();
    let next = ready::next(program.as_deref().unwrap_or("typex"), data);
    let banner = ready::banner(reachable, &computes(gateway), demo) + &next;
    // Who started the gateway may have closed its output; it serves nonetheless.
    let _ = std::io::stdout().write_all(banner.as_bytes());
    tracing::info!(backend = gateway.engine.backend().name, card = card_name(gateway), "ready");
    if let Some(path) = ready_file {
        ready::write(path, reachable)
            .map_err(|source| ServeError::System { what: "ready file", source })?;
    }
    Ok(())
}

fn wait(signals: &mut Signals, store: &Store, renew: &dyn Fn() -> Result<(), ServeError>) {
    for signal in signals.forever() {
        if signal != SIGHUP {
            return;
        }
        match renew() {
            Ok(()) => record(store, Operator::CertificateReload),
            Err(error) => tracing::error!(%error, "certificates not reloaded, old ones stay"),
        }
    }
}

fn record(store: &Store, verb: Operator) {
    if let Err(error) = store.record(admin::entry(verb, None, Detail::None)).wait() {
        tracing::error!(%error, ?verb, "not recorded");
    }
}

/// Finishes what was admitted, refuses the rest, then closes the store.
fn finish(
    running: Running,
    gateway: &Gateway,
    data: &Path,
    config: &Config,
) -> Result<(), ServeError> {
    tracing::info!("shutting down");
    let grace = Duration::from_millis(config.limits.grace_ms);
    let end = Instant::now() + grace;
    running.shutdown(grace);
    running.join()?;
    gateway.engine.close();
    while !gateway.engine.is_idle() && Instant::now() < end {
        std::thread::sleep(IDLE_CHECK);
    }
    gateway.hems.close();
    record(&gateway.store, Operator::Stop);
    admin::withdraw(data);
    gateway.store.close()?;
    Ok(())
}

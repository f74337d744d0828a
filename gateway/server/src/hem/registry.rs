//! Which instances there are, and which of them a request is for.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use tokio::sync::Semaphore;
use typex_core::Error;
use typex_core::limits::LOG_ANSWERS_MAX;
use typex_core::op::instance::{Clock, InstanceRecord, LogFiles, Settings, TOKEN_S_MAX};
use typex_engine::algorithm::Random;
use typex_store::{Reply, Store, Tx, system_clock};

use super::boot::Boot;
use super::instance::Instance;
use super::self_test::SelfTest;
use super::{FIRST, Tls, stored, version};

/// Sectors that the two disks are shown with: there is nothing on them.
const DISK_SECTORS: [u64; 2] = [0, 0];

/// What the operator settled about instances.
pub struct Options {
    /// The instance that answers to every name that is no other's; none if empty.
    pub default: String,
    /// Public keys of time services that are trusted.
    pub backends: Vec<[u8; 32]>,
    /// Whether plain HTTP serves no more on this machine than from elsewhere.
    pub strict_tls: bool,
    /// Whether the time is known at every boot.
    pub clock: Clock,
    /// The gateway's certificate.
    pub tls: Tls,
    /// What is run at every boot.
    pub self_test: SelfTest,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            default: FIRST.to_owned(),
            backends: Vec::new(),
            strict_tls: false,
            clock: Clock::Set,
            tls: Tls::default(),
            self_test: SelfTest::default(),
        }
    }
}

/// Every instance.
pub struct Hems {
    pub(super) settings: Settings,
    pub(super) clock: Clock,
    pub(super) tls: Tls,
    pub(super) self_test: SelfTest,
    /// Self-tests take a processor for a while: one at a time.
    pub(super) testing: Arc<Semaphore>,
    /// One that a client merely asked for; boots and wipes wait for no more than that one.
    pub(super) asked: Semaphore,
    /// Certificate requests take a processor too: one at a time.
    pub(super) requesting: Arc<Semaphore>,
    /// Log files that may be in memory for answers.
    pub(super) log_answers: Arc<Semaphore>,
    pub(super) store: Store,
    pub(super) random: Arc<Random>,
    default: String,
    directory: RwLock<Directory>,
}

/// Instances by their names. An operator's names come before owners'.
#[derive(Default)]
struct Directory {
    all: Vec<Arc<Instance>>,
    given: HashMap<String, Arc<Instance>>,
    configured: HashMap<String, Arc<Instance>>,
}

impl Hems {
    /// Boots every instance of the store.
    ///
    /// # Errors
    /// `Storage` if one cannot be read or its log not begun.
    pub fn open(store: &Store, random: Arc<Random>, options: Options) -> Result<Arc<Self>, Error> {
        let hems = Arc::new(Self {
            settings: Settings {
                version: version(),
                token_s_max: TOKEN_S_MAX,
                strict_tls: options.strict_tls,
                backends: options.backends,
                tls: true,
                disk_sectors: DISK_SECTORS,
            },
            clock: options.clock,
            tls: options.tls,
            self_test: options.self_test,
            testing: Arc::new(Semaphore::new(1)),
            asked: Semaphore::new(1),
            requesting: Arc::new(Semaphore::new(1)),
            log_answers: Arc::new(Semaphore::new(LOG_ANSWERS_MAX)),
            store: store.clone(),
            random,
            default: options.default,
            directory: RwLock::default(),
        });
        let records = stored(store)?;
        let faults = if records.is_empty() { 0 } else { hems.self_test.run(&hems.random) };
        for record in records {
            hems.admit(record, faults)?;
        }
        Ok(hems)
    }

    /// The instance that a client means which calls this name.
    ///
    /// No instance is locked here: whoever has one locked may be waiting for the directory.
    pub(super) fn find(&self, host: Option<&str>) -> Option<Arc<Instance>> {
        let directory = self.directory();
        let host = host.unwrap_or_default();
        let found = directory.given.get(host).or_else(|| directory.configured.get(host));
        found.or_else(|| directory.given.get(&self.default)).cloned()
    }

    /// The instance that an operator calls so.
    pub(super) fn named(&self, name: &str) -> Option<Arc<Instance>> {
        let directory = self.directory();
        directory.given.get(name).cloned()
    }

    /// Whether an instance that is not `instance` has this name.
    pub(super) fn is_taken(&self, host: &str, instance: &Arc<Instance>) -> bool {
        let directory = self.directory();
        let owner = directory.given.get(host).or_else(|| directory.configured.get(host));
        owner.is_some_and(|owner| !Arc::ptr_eq(owner, instance))
    }

    /// Whether clients without a name for an instance call this, and so mean the default one,
    /// which is not `instance`; nor did an operator give `instance` this name.
    pub(super) fn is_default(&self, host: &str, instance: &Arc<Instance>) -> bool {
        let is_machine = host == "localhost" || host.parse::<IpAddr>().is_ok();
        let is_gateway = is_machine || self.tls.is_named(host);
        let directory = self.directory();
        let meant = directory.given.get(host).or_else(|| directory.given.get(&self.default));
        is_gateway && meant.is_some_and(|meant| !Arc::ptr_eq(meant, instance))
    }

    /// Serves a stored instance. Blocks.
    pub(super) fn admit(&self, record: InstanceRecord, faults: u8) -> Result<(), Error> {
        let boot = self.boot(faults)?;
        let (names, owner) = (record.names.clone(), record.owner.clone());
        let record = Arc::new(record);
        let state = self.store.write(move |tx| {
            let files = files(tx, &record)?;
            let last = files.files.last().map(|file| file.name);
            boot.begin(tx, record, (files, last))
        });
        let instance = Arc::new(Instance::new(state.wait()?));
        let mut directory = self.change_directory();
        directory.all.push(Arc::clone(&instance));
        for name in names {
            directory.given.insert(name, Arc::clone(&instance));
        }
        if let Some(owner) = owner {
            directory.configured.insert(owner.config.hostname, instance);
        }
        Ok(())
    }

    /// Serves an instance no more.
    pub(super) fn dismiss(&self, instance: &Arc<Instance>) {
        let mut directory = self.change_directory();
        directory.all.retain(|one| !Arc::ptr_eq(one, instance));
        directory.given.retain(|_, one| !Arc::ptr_eq(one, instance));
        directory.configured.retain(|_, one| !Arc::ptr_eq(one, instance));
    }

    /// Keeps the name that an owner gave; `None` takes it away.
    pub(super) fn rename(&self, instance: &Arc<Instance>, host: Option<&str>) {
        let mut directory = self.change_directory();
        directory.configured.retain(|_, one| !Arc::ptr_eq(one, instance));
        if let Some(host) = host {
            directory.configured.insert(host.to_owned(), Arc::clone(instance));
        }
    }

    fn directory(&self) -> RwLockReadGuard<'_, Directory> {
        self.directory.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn change_directory(&self) -> RwLockWriteGuard<'_, Directory> {
        self.directory.write().unwrap_or_else(PoisonError::into_inner)
    }

    /// What a boot of now begins with.
    pub(super) fn boot(&self, faults: u8) -> Result<Boot, Error> {
        Boot::new(&self.random, self.clock, faults, system_clock())
    }

    /// Tells of the certificate as its files are now.
    pub fn reload_certificate(&self) {
        self.tls.reload();
    }

    /// Stores what is pending of an instance's log.
    pub(super) fn flush(&self, instance: &Arc<Instance>) -> Reply<()> {
        let (instance, random) = (Arc::clone(instance), Arc::clone(&self.random));
        self.store.write(move |tx| instance.lock().write_log(tx, &random, system_clock()))
    }

    /// Stores what is pending of every log. Blocks.
    pub fn close(&self) {
        let all = self.directory().all.clone();
        for instance in all {
            if let Err(error) = self.flush(&instance).wait() {
                tracing::error!(%error, "end of an instance's log not stored");
            }
        }
    }
}

/// The log files of a stored instance.
pub(super) fn files(tx: &Tx<'_>, record: &InstanceRecord) -> Result<LogFiles, Error> {
    let found = tx.get(record.partition, &[])?;
    Ok(found.unwrap_or_else(|| LogFiles::none(record.partition)))
}

//! The handle to a store: making it, opening it, asking it.

use std::cell::RefCell;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

use redb::Database;
use tokio::sync::oneshot;
use typex_core::audit::{Detail, Entry, Operator, Phase, Verb};
use typex_core::principal::{Principal, Proof};
use typex_core::{Error, ErrorKind, PartitionId, Secret, UnixMs};

use crate::backup::{self, BackupSummary};
use crate::commit::Ledger;
use crate::database;
use crate::directory::{AUDIT, Directory};
use crate::error::StoreError;
use crate::header::{Header, Identity, KdfCost, Mark};
use crate::journal::{DataLog, Journal, Wake, WakeFlags};
use crate::keyring::{Keyring, Purpose, fill_random};
use crate::limits::QUEUE_REQUESTS_MAX;
use crate::log::{self, Disk, FileDisk, Log, Signer};
use crate::options::Options;
use crate::reply::Reply;
use crate::root::Root;
use crate::signing::{self, TAIL_KEY};
use crate::task::{self, Message};
use crate::thread::Worker;
use crate::tx::Tx;
use crate::unlock::Unlock;

/// What a new store shall be.
#[derive(Clone, Copy, Debug)]
pub struct NewStore {
    /// What for; never changes.
    pub mark: Mark,
    /// How dear a guess of its passphrase is.
    pub kdf: KdfCost,
    /// Now.
    pub created: UnixMs,
}

/// An open store. Clones share it; it is closed by [`close`](Self::close) or with the last clone.
#[derive(Clone)]
pub struct Store(Arc<Shared>);

struct Shared {
    keyring: Arc<Keyring>,
    /// As it stands in the file, for backups.
    header: Vec<u8>,
    path: Option<PathBuf>,
    sender: SyncSender<Box<Message>>,
    closing: Arc<AtomicBool>,
    healthy: Arc<AtomicBool>,
    thread: Mutex<Option<JoinHandle<Result<(), StoreError>>>>,
}

impl Store {
    /// Makes an empty store in `dir`, which must be missing or empty. It is there as a whole or
    /// not at all.
    ///
    /// # Errors
    /// `NotEmpty`; `WeakUnlock`; what the system refuses.
    pub fn create(dir: &Path, unlock: &Unlock, new: &NewStore) -> Result<(), StoreError> {
        let mut master = Secret::new([0; 32]);
        fill_random(master.expose_mut())?;
        let identity = Identity::new(new.mark)?;
        let header = Header::wrap(identity, new.created, new.kdf, &unlock.read()?, &master)?;
        let header = Header::from_bytes(&header.to_bytes())?;
        let keyring = Keyring::new(identity, &master);
        Directory::create(dir, &header.to_bytes(), |path, _audit| {
            let database = database::builder().create(path)?;
            database::initialize(&database, &keyring, &Root::default())
        })
    }

    /// Opens a store for this process alone and verifies its set of records.
    ///
    /// # Errors
    /// `Missing`; `InUse`; `WrongUnlock`; `Development` if production was asked for; `Tampered`.
    pub fn open(dir: &Path, unlock: &Unlock, options: Options) -> Result<Self, StoreError> {
        let directory = Directory::open(dir)?;
        let bytes = directory.header()?;
        let header = Header::from_bytes(&bytes)?;
        if options.production && header.identity.mark != Mark::Production {
            return Err(StoreError::Development);
        }
        let keyring = Keyring::new(header.identity, &header.unwrap(&unlock.read()?)?);
        let database = database::builder().open(directory.database())?;
        let signer = signing::signer(dir, &options, &keyring)?;
        signing::note_verifier(&directory, &keyring, &signer)?;
        let disk = Box::new(FileDisk::open(&directory.audit())?);
        let directory = Some(directory);
        Self::start(Files { database, keyring, header: bytes, directory, disk, signer }, &options)
    }

    /// Starts the thread over open files.
    pub(crate) fn start(files: Files, options: &Options) -> Result<Self, StoreError> {
        let Files { database, keyring, header, directory, disk, signer } = files;
        let keyring = Arc::new(keyring);
        let root = database::verified_root(&database, &keyring)?;
        let flags = WakeFlags::default();
        let mut ledger = Ledger {
            journal: open_journal(disk, signer, &keyring, &root, &flags, options)?,
            database,
            keyring: keyring.clone(),
            root,
            memory: RefCell::default(),
        };
        ledger.seal_head()?;
        let (sender, receiver) = sync_channel(options.queue.clamp(1, QUEUE_REQUESTS_MAX));
        let healthy = Arc::new(AtomicBool::new(true));
        let wake = Wake::new(sender.clone(), &flags);
        let path = directory.as_ref().map(|directory| directory.path().to_owned());
        let closing = Arc::new(AtomicBool::new(false));
        let worker = Worker {
            ledger,
            receiver,
            wake,
            healthy: healthy.clone(),
            closing: closing.clone(),
            directory,
        };
        let run = move || worker.run();
        let thread = std::thread::Builder::new().name("store".into()).spawn(run)?;
        let thread = Mutex::new(Some(thread));
        Ok(Self(Arc::new(Shared { keyring, header, path, sender, closing, healthy, thread })))
    }

    /// Runs `change` on the store thread. The answer comes once its changes are durable; if it
    /// returns an error or panics, nothing of them is kept.
    ///
    /// `Busy` at once if the queue is full, `ShuttingDown` after [`close`](Self::close),
    /// `Storage` if the changes could not be made durable: the store then refuses everything
    /// until it is opened again.
    pub fn write<T, F>(&self, change: F) -> Reply<T>
    where
        F: FnOnce(&mut Tx<'_>) -> Result<T, Error> + Send + 'static,
        T: Send + 'static,
    {
        let (task, reply) = task::write_task(change);
        self.send(Message::Write(task), reply)
    }

    /// Runs `look` on the store thread against the last commit. It sees every change whose
    /// answer has come. Errors as for [`write`](Self::write).
    pub fn read<T, F>(&self, look: F) -> Reply<T>
    where
        F: FnOnce(&Tx<'_>) -> Result<T, Error> + Send + 'static,
        T: Send + 'static,
    {
        let (task, reply) = task::read_task(look);
        self.send(Message::Read(task), reply)
    }

    /// Puts an entry into the audit log as it is. The answer comes once it is durable.
    /// Errors as for [`write`](Self::write).
    pub fn record(&self, entry: Entry) -> Reply<()> {
        let (sender, receiver) = oneshot::channel();
        self.send(Message::Record(Box::new(entry), sender), Reply::waiting(receiver))
    }

    /// A way into the audit log for the data operations of one core. Blocks for the thread.
    ///
    /// # Errors
    /// If there are too many or the store is closed.
    pub fn data_log(&self) -> Result<DataLog, StoreError> {
        let (sender, receiver) = oneshot::channel();
        let reply = self.send(Message::NewDataLog(sender), Reply::waiting(receiver));
        reply.wait().map_err(|_| StoreError::Closed)
    }

    /// The keyed digest under which a name is kept that must not be stored itself. No I/O.
    pub fn lookup_digest(&self, purpose: Purpose, name: &[u8]) -> [u8; 32] {
        self.0.keyring.lookup(purpose, name)
    }

    /// What the store was made for.
    pub fn mark(&self) -> Mark {
        self.0.keyring.identity().mark
    }

    /// Whether no write has failed.
    pub fn is_healthy(&self) -> bool {
        self.0.healthy.load(Ordering::Acquire)
    }

    /// Writes a consistent copy of the store to a new file while it goes on serving. Blocks.
    ///
    /// # Errors
    /// If the file exists or cannot be written; if the store is busy or closed.
    pub fn backup(&self, file: &Path) -> Result<BackupSummary, StoreError> {
        let (sender, receiver) = oneshot::channel();
        let reply = self.send(Message::Snapshot(sender), Reply::waiting(receiver));
        let snapshot = reply.wait().map_err(|_| StoreError::Closed)?;
        let audit = self.0.path.as_ref().map(|path| path.join(AUDIT)).unwrap_or_default();
        backup::write(file, &self.0.header, &self.0.keyring, &snapshot, &audit)
    }

    /// Takes no more requests, finishes those that were taken, and closes the files. Blocks.
    ///
    /// # Errors
    /// What failed first in the life of the store.
    pub fn close(&self) -> Result<(), StoreError> {
        self.0.close()
    }

    fn send<T>(&self, message: Message, reply: Reply<T>) -> Reply<T> {
        if self.0.closing.load(Ordering::Acquire) {
            return Reply::refused(ErrorKind::ShuttingDown);
        }
        match self.0.sender.try_send(Box::new(message)) {
            Ok(()) => reply,
            Err(TrySendError::Full(_)) => Reply::refused(ErrorKind::Busy),
            Err(TrySendError::Disconnected(_)) => Reply::refused(ErrorKind::ShuttingDown),
        }
    }
}

impl Shared {
    fn close(&self) -> Result<(), StoreError> {
        self.closing.store(true, Ordering::Release);
        let thread = self.thread.lock().unwrap_or_else(|poisoned| poisoned.into_inner()).take();
        let Some(thread) = thread else { return Ok(()) };
        if thread.thread().id() == std::thread::current().id() {
            // The last handle went with a closure: the thread sees `closing` after its batch.
            return Ok(());
        }
        // Fails only if the thread is gone, and then there is nothing to stop.
        let _gone = self.sender.send(Box::new(Message::Close));
        thread.join().unwrap_or(Err(StoreError::Closed))
    }
}

impl Drop for Shared {
    fn drop(&mut self) {
        // Whoever wants to know how it ended calls `close`.
        let _ended = self.close();
    }
}

/// Whether there is a store in `dir`.
pub fn exists(dir: &Path) -> bool {
    Directory::exists(dir)
}

/// What a store runs on.
pub(crate) struct Files {
    pub(crate) database: Database,
    pub(crate) keyring: Keyring,
    pub(crate) header: Vec<u8>,
    pub(crate) directory: Option<Directory>,
    pub(crate) disk: Box<dyn Disk>,
    pub(crate) signer: Signer,
}

/// Opens the log and records that the store was opened, and what was found.
fn open_journal(
    disk: Box<dyn Disk>,
    signer: Signer,
    keyring: &Keyring,
    root: &Root,
    flags: &WakeFlags,
    options: &Options,
) -> Result<Journal, StoreError> {
    let mut log_options = log::Options::new(signer, keyring.derive(TAIL_KEY));
    log_options.known = root.head()?;
    log_options.checkpoint_entries = options.checkpoint_entries;
    log_options.checkpoint_ms = options.checkpoint_ms;
    let witnesses = options.witnesses.iter().map(|text| text.parse());
    log_options.witnesses = witnesses.collect::<Result<_, _>>()?;
    let now = (options.clock)();
    let (log, recovery) = Log::open(disk, log_options, now)?;
    // The rest is for the sync itself.
    let patience = Duration::from_millis(options.data_durable_ms) * 3 / 4;
    let mut journal = Journal::new(log, options.clock, flags.clone(), patience);
    if recovery.cut_bytes > 0 {
        let detail = Detail::Bytes(recovery.cut_bytes);
        journal.append(&operator_entry(Operator::LogRecovered, detail, now))?;
    }
    if root.is_restored() {
        let detail = Detail::Count(root.epoch);
        journal.append(&operator_entry(Operator::Restore, detail, now))?;
    }
    journal.append(&operator_entry(Operator::Open, Detail::Count(root.epoch), now))?;
    journal.sync()?;
    Ok(journal)
}

fn operator_entry(what: Operator, detail: Detail, time: UnixMs) -> Entry {
    let (partition, proof) = (PartitionId::SERVICE, Proof::Operator);
    Entry {
        time,
        principal: Principal { partition, client: None, api_key: None, proof },
        peer: None,
        verb: Verb::Operator(what),
        key: None,
        path: None,
        phase: Phase::Single { result: Ok(()) },
        detail,
    }
}

/// Changes the passphrase or key file of a store that is not open. A copy of the old header
/// still opens with the old secret.
///
/// # Errors
/// As for [`Store::open`]; `WeakUnlock` for the new secret.
pub fn change_unlock(
    dir: &Path,
    old: &Unlock,
    new: &Unlock,
    kdf: KdfCost,
) -> Result<(), StoreError> {
    let directory = Directory::open(dir)?;
    let header = Header::from_bytes(&directory.header()?)?;
    let master = header.unwrap(&old.read()?)?;
    let header = Header::wrap(header.identity, header.created, kdf, &new.read()?, &master)?;
    let bytes = header.to_bytes();
    Header::from_bytes(&bytes)?.unwrap(&new.read()?)?;
    directory.replace_header(&bytes)
}

//! What tests of whole requests stand on: a store and an engine of their own, a gateway over them,
//! and one core.

use std::path::PathBuf;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use tempfile::TempDir;
use tokio::task::LocalSet;
use typex_core::key::DataLengths;
use typex_core::{Secret, UnixMs};
use typex_engine::algorithm::Random;
use typex_engine::{Engine, Shard};
use typex_store::{KdfCost, Mark, NewStore, Options, Store, Unlock, verify_audit};

use crate::gateway::{Core, Gateway, Payments, Revocations, Rules, Tokens};
use crate::hem::{self, Hems};
use crate::metrics::Metrics;
use crate::transport::Observer;

/// A folder with a new store, which one [`Stand`] after the other may open.
pub(crate) struct Place {
    /// Where the store is.
    pub(crate) path: PathBuf,
    _dir: TempDir,
}

impl Place {
    pub(crate) fn new(created: UnixMs) -> Self {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let path = dir.path().join("data");
        let new = NewStore { mark: Mark::Test, kdf: KdfCost::TEST, created };
        Store::create(&path, &unlock(), &new).expect("a new store");
        Self { path, _dir: dir }
    }

    /// Opens the store, which must be closed.
    pub(crate) fn stand(&self) -> Stand<'_> {
        let engine = Engine::start(typex_engine::Options::default()).expect("an engine");
        Stand { store: self.open(), engine, place: self }
    }

    /// Only the store.
    pub(crate) fn open(&self) -> Store {
        Store::open(&self.path, &unlock(), Options::default()).expect("the store made here")
    }

    /// Runs `test` as a task of one core of a gateway; then the audit log must verify.
    pub(crate) fn serve(&self, rules: Rules, test: impl AsyncFnOnce(Core)) {
        let stand = self.stand();
        stand.serve(stand.gateway(rules), false, test);
        stand.close();
    }

    /// All of the audit log.
    pub(crate) fn log(&self) -> String {
        let folder = std::fs::read_dir(self.path.join("audit")).expect("the log");
        let texts = folder.map(|file| std::fs::read(file.expect("a file").path()).expect("text"));
        texts.map(|text| String::from_utf8_lossy(&text).into_owned()).collect()
    }

    /// Lines of the log that name this operation.
    pub(crate) fn logged(&self, operation: &str) -> usize {
        self.logged_with(&[&format!("\"action\":\"{operation}\"")])
    }

    /// Lines of the log with all of these words.
    pub(crate) fn logged_with(&self, words: &[&str]) -> usize {
        self.log().lines().filter(|line| words.iter().all(|word| line.contains(word))).count()
    }

    /// The audit log of the closed store must verify.
    pub(crate) fn verify(&self) {
        let report = verify_audit(&self.path, &unlock(), None).expect("a log");
        assert!(report.is_clean(), "{report:?}");
    }
}

/// A store and an engine for one test.
pub(crate) struct Stand<'a> {
    pub(crate) store: Store,
    pub(crate) engine: Arc<Engine>,
    pub(crate) place: &'a Place,
}

impl Stand<'_> {
    /// A gateway that serves nobody but the test.
    pub(crate) fn gateway(&self, rules: Rules) -> Gateway {
        let Self { store, engine, .. } = self;
        let random = Arc::new(Random::start().expect("a sound generator"));
        let hems = Hems::open(store, Arc::clone(&random), hem::Options::default());
        Gateway {
            store: store.clone(),
            hems: hems.expect("none yet"),
            random,
            engine: Arc::clone(engine),
            card: None,
            roles: vec![],
            payments: Payments::open(store, rules.payments.abuse).expect("a store"),
            rules,
            tokens: Tokens::open(store).expect("a store"),
            registration: OnceLock::new(),
            revocations: Revocations::default(),
            metrics: Metrics::new(Arc::clone(engine), Arc::new(Observer::new(1)), None),
        }
    }

    /// Runs `test` as a task of one core. If `is_paused`, time passes when nothing else happens:
    /// nobody waits for a delay.
    pub(crate) fn run<T>(&self, is_paused: bool, test: impl AsyncFnOnce(Shard) -> T) -> T {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .start_paused(is_paused)
            .on_thread_park(typex_engine::flush_current)
            .build()
            .expect("a runtime");
        LocalSet::new().block_on(&runtime, async {
            let shard = self.engine.shard(0).expect("the only one");
            let driven = shard.clone();
            tokio::task::spawn_local(async move { driven.drive().await });
            test(shard).await
        })
    }

    /// The same with a core of a gateway.
    pub(crate) fn serve<T>(
        &self,
        gateway: Gateway,
        is_paused: bool,
        test: impl AsyncFnOnce(Core) -> T,
    ) -> T {
        let log = self.store.data_log().expect("the first");
        let gateway = Arc::new(gateway);
        self.run(is_paused, async |shard| test(Core::new(gateway, shard, log)).await)
    }

    /// Closes the store; then its audit log must verify.
    pub(crate) fn close(self) {
        self.store.close().expect("a healthy store");
        self.place.verify();
    }
}

/// What operators decide who decide nothing, with a minute for each request.
pub(crate) fn rules() -> Rules {
    Rules {
        deadline: Duration::from_secs(60),
        strict_audit: false,
        transform_mount: String::new(),
        block_lengths: DataLengths::OneOrTwoBlocks,
        payments: crate::config::Payments::default().rules(),
    }
}

fn unlock() -> Unlock {
    Unlock::Passphrase(Secret::new("correct horse".to_owned()))
}

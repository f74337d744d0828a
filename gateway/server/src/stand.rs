//! What tests of whole requests stand on: a store and an engine of their own, and one core.

use std::path::PathBuf;
use std::sync::Arc;

use tempfile::TempDir;
use tokio::task::LocalSet;
use typex_core::{Secret, UnixMs};
use typex_engine::{Engine, Shard};
use typex_store::{KdfCost, Mark, NewStore, Options, Store, Unlock, verify_audit};

/// A store and an engine for one test.
pub(crate) struct Stand {
    pub(crate) store: Store,
    pub(crate) engine: Arc<Engine>,
    /// Where the store is.
    pub(crate) path: PathBuf,
    _dir: TempDir,
}

impl Stand {
    /// With a new store.
    pub(crate) fn new(created: UnixMs) -> Self {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let path = dir.path().join("data");
        let new = NewStore { mark: Mark::Test, kdf: KdfCost::TEST, created };
        Store::create(&path, &unlock(), &new).expect("a new store");
        let store = Store::open(&path, &unlock(), Options::default()).expect("the one just made");
        let engine = Engine::start(typex_engine::Options::default()).expect("an engine");
        Self { store, engine, path, _dir: dir }
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

    /// Closes the store; then its audit log must verify.
    pub(crate) fn close(self) {
        self.store.close().expect("a healthy store");
        let report = verify_audit(&self.path, &unlock(), None).expect("a log");
        assert!(report.is_clean(), "{report:?}");
    }
}

fn unlock() -> Unlock {
    Unlock::Passphrase(Secret::new("correct horse".to_owned()))
}

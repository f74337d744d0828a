//! The disk refuses: nothing is acknowledged, and nothing more is tried.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use typex_core::{ErrorKind, PartitionId};

use super::crash::{formatted, open_with};
use super::disk::Sync;
use super::{Note, note};
use crate::{Reply, Store, StoreError};

#[test]
fn a_failed_sync_refuses_the_whole_batch_and_everything_after() {
    for log_fails in [false, true] {
        let medium = formatted();
        let now = Arc::new(AtomicBool::new(false));
        let fails = Sync::Fail(now.clone());
        let (database, log) = if log_fails { (Sync::Honest, fails) } else { (fails, Sync::Honest) };
        let store = open_with(&medium, database, log).unwrap();
        store.write(|tx| tx.put(&note(1, "before", ""))).wait().unwrap();
        now.store(true, Ordering::SeqCst);
        let batch = [put(&store, "a", log_fails), put(&store, "b", log_fails)];
        for reply in batch {
            assert_eq!(reply.wait().unwrap_err().kind, ErrorKind::Storage);
        }
        assert!(!store.is_healthy());
        now.store(false, Ordering::SeqCst);
        let later = put(&store, "later", log_fails);
        assert_eq!(later.wait().unwrap_err().kind, ErrorKind::Storage);
        let read = store.read(|tx| tx.get::<Note>(PartitionId([1; 16]), b"before"));
        assert_eq!(read.wait().unwrap_err().kind, ErrorKind::Storage);
        assert!(matches!(store.close(), Err(StoreError::Failed { .. })));

        let store = open_with(&medium, Sync::Honest, Sync::Honest).unwrap();
        let read = store.read(|tx| {
            let found = |name: &[u8]| tx.get::<Note>(PartitionId([1; 16]), name);
            Ok((found(b"before")?.is_some(), found(b"later")?.is_some()))
        });
        assert_eq!(read.wait().unwrap(), (true, false));
    }
}

fn put(store: &Store, name: &'static str, recorded: bool) -> Reply<()> {
    store.write(move |tx| {
        if recorded {
            tx.record(super::crash::entry());
        }
        tx.put(&note(1, name, ""))
    })
}

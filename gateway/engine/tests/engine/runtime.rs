//! In a runtime as the gateway has it: one thread, `flush_current` before it sleeps, one task that
//! drives the shard.

use std::time::Duration;

use tokio::runtime::Builder;
use tokio::task::LocalSet;
use typex_engine::{Options, Route, Tuning, flush_current};

use crate::harness::*;
use crate::operations::rsa_private;

/// Nothing but the idle scheduler closes the batches: they are neither full nor old.
#[test]
fn an_idle_scheduler_flushes_and_pool_results_wake_it() {
    let runtime = Builder::new_current_thread().on_thread_park(flush_current).build().unwrap();
    let tuning =
        Tuning { inline_ns_max: 0, linger: Duration::from_secs(3600), ..Tuning::default() };
    let world = world_of(Options { tuning, ..Options::default() });
    let tasks = LocalSet::new();
    let shard = world.shard.clone();
    tasks.spawn_local(async move { shard.drive().await });
    let (aes, rsa) = (aes(), rsa_private());
    tasks.block_on(&runtime, async {
        for _ in 0..3 {
            let requests: Vec<_> = (0..30_u8)
                .map(|at| {
                    let (key, len) = if at % 10 == 0 { (&rsa, 128) } else { (&aes, 16) };
                    let pending = world.submit(key, key.seal([at; 8], &vec![0; len])).unwrap();
                    let key = key.clone();
                    tokio::task::spawn_local(async move {
                        let answer = sealed_of(pending.await).unwrap();
                        key.open([at; 8], &answer).len() == len
                    })
                })
                .collect();
            for request in requests {
                assert!(request.await.unwrap());
            }
        }
    });
    assert!(world.engine.is_idle());
    assert!(world.counter(|counters| counters.routed(Route::Lanes)) > 50);
    assert_eq!(world.counter(|counters| counters.routed(Route::Pool)), 9);
}

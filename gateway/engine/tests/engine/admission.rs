//! What is refused at once, what is dropped, and what a full pool does.

use std::num::NonZeroUsize;
use std::time::{Duration, Instant};

use typex_core::error::ErrorKind;
use typex_core::id::PartitionId;
use typex_core::key::Material;
use typex_core::op::Action;
use typex_core::secret::Secret;
use typex_engine::{
    Job, LaneClass, Options, PasswordCost, PasswordJob, Pending, Refusal, Route, StartError,
    Tuning, Work, backend,
};

use crate::harness::*;
use crate::operations::rsa_private;

const NONCE: [u8; 8] = [1; 8];

fn tuned(tuning: Tuning) -> World {
    world_of(Options { tuning, ..Options::default() })
}

/// Room for about four RSA-1024 private operations, beyond which shares count.
fn narrow() -> World {
    let (rsa_outstanding_ns, rsa_standing_ns) = (220_000, 220_000);
    tuned(Tuning { rsa_outstanding_ns, rsa_standing_ns, ..Tuning::default() })
}

#[test]
fn a_full_pool_refuses_at_once_and_keeps_answering() {
    let (world, key, aes) = (narrow(), rsa_private(), aes());
    for _ in 0..3 {
        let (mut admitted, mut refused) = (Vec::<Pending>::new(), 0);
        for _ in 0..50 {
            match world.submit(&key, key.seal(NONCE, &[0; 128])) {
                Ok(pending) => admitted.push(pending),
                Err(error) => {
                    assert_eq!(error.kind, ErrorKind::Busy);
                    assert!(error.kind.is_retryable());
                    refused += 1;
                }
            }
        }
        // Nothing comes back before the core looks, so the limit is exact.
        assert_eq!((admitted.len(), refused), (4, 46));
        // Symmetric work has a budget of its own.
        assert!(world.ask(&aes, aes.seal(NONCE, &[0; 16])).is_ok());
        for pending in admitted {
            assert!(sealed_of(world.finish(pending)).is_ok());
        }
    }
    assert_eq!(world.counter(|counters| counters.refused_for(Refusal::Busy)), 138);
    assert!(world.engine.gauges().iter().all(|gauge| gauge.jobs == 0 && gauge.outstanding_ns == 0));
}

#[test]
fn a_late_partition_is_admitted_beside_a_greedy_one() {
    let (world, greedy) = (narrow(), rsa_private());
    let mut record = greedy.loaded.record().clone();
    record.partition = PartitionId([2; 16]);
    record.object = Some(0x1234);
    let der = Secret::new(crate::operations::rsa().to_der().unwrap().to_vec());
    let modest = key(record, Material::RsaPrivate(der));
    let fill = |key: &Key| -> Vec<Pending> {
        std::iter::from_fn(|| world.submit(key, key.seal(NONCE, &[0; 128])).ok()).collect()
    };
    let first = fill(&greedy);
    let second = fill(&modest);
    assert_eq!((first.len(), second.len()), (4, 2));
    for pending in first.into_iter().chain(second) {
        assert!(world.finish(pending).is_ok());
    }
}

#[test]
fn expired_jobs_are_refused_or_dropped_uncomputed() {
    let (world, key) = (lanes_world(), aes());
    let now = Instant::now();
    let job = |deadline| {
        let work = key.process(key.seal(NONCE, &[0; 16]));
        Job { work, now, deadline, request_ns: 0 }
    };
    let refused = world.shard.submit(grant(&key), job(now)).err().unwrap();
    assert_eq!(refused.kind, ErrorKind::Timeout);
    let soon = now + Duration::from_secs(5);
    let mut late = world.shard.submit(grant(&key), job(soon)).unwrap();
    let mut timely = world.shard.submit(grant(&key), job(soon + Duration::from_secs(5))).unwrap();
    world.shard.flush(soon);
    assert_eq!(poll_now(&mut late).unwrap().err().unwrap().kind, ErrorKind::Timeout);
    assert!(poll_now(&mut timely).unwrap().is_ok());
    assert_eq!(
        world.counter(|counters| counters.expired.load(std::sync::atomic::Ordering::Relaxed)),
        1
    );
}

#[test]
fn a_closed_engine_finishes_what_it_admitted() {
    let (world, rsa, aes) = (lanes_world(), rsa_private(), aes());
    let pending = [
        world.submit(&aes, aes.seal(NONCE, &[0; 16])).unwrap(),
        world.submit(&rsa, rsa.seal(NONCE, &[0; 128])).unwrap(),
        world.submit(&aes, aes.seal(NONCE, &[0; 16])).unwrap(),
    ];
    assert!(!world.engine.is_idle());
    world.engine.close();
    for key in [&aes, &rsa] {
        let data = vec![0; if key.loaded.record().object == Some(0xee01) { 16 } else { 128 }];
        let refused = world.submit(key, key.seal(NONCE, &data)).err().unwrap();
        assert_eq!(refused.kind, ErrorKind::ShuttingDown);
    }
    for pending in pending {
        assert!(sealed_of(world.finish(pending)).is_ok());
    }
    assert!(world.engine.is_idle());
}

#[test]
fn a_batch_too_dear_for_its_core_goes_to_a_pool() {
    let base = Tuning { inline_ns_max: 0, linger: Duration::from_secs(3600), ..Tuning::default() };
    let cases = [
        (Tuning { pool_batch_ns: 2_000, ..base }, Route::Pool, 0),
        (Tuning { spill_ns: 2_000, ..base }, Route::Spill, 64),
    ];
    for (tuning, route, at_home) in cases {
        let (world, key) = (tuned(tuning), long_aes(7));
        world.make_busy();
        let before = world.counter(|counters| counters.routed(Route::Lanes));
        let send = |at: u8| world.submit(&key, key.seal([at; 8], &[at; 64])).unwrap();
        let pending: Vec<_> = (0..128).map(send).collect();
        for (at, pending) in pending.into_iter().enumerate() {
            let answer = sealed_of(world.finish(pending)).unwrap();
            assert_eq!(key.open([at as u8; 8], &answer).len(), 64);
        }
        let lanes = world.counter(|counters| counters.routed(Route::Lanes)) - before;
        let sent = world.counter(|counters| counters.routed(route));
        assert!(lanes >= at_home && sent >= 64 && lanes + sent >= 128, "{route:?} {lanes} {sent}");
    }
}

/// Logins fill their own pool; requests do not notice.
#[test]
fn dear_work_starves_nobody() {
    let tuning = Tuning { dear_outstanding_ns: 3_000_000, ..Tuning::default() };
    let (world, rsa) = (tuned(tuning), rsa_private());
    let login = || {
        let now = Instant::now();
        let cost = PasswordCost { memory_kib: 1024, passes: 1, lanes: 1 };
        let (password, salt) = (Secret::new(vec![1]), [1; 16]);
        let deadline = now + Duration::from_secs(60);
        PasswordJob { password, salt, cost, expected: None, now, deadline }
    };
    let logins: Vec<_> = std::iter::from_fn(|| world.shard.submit_password(login()).ok()).collect();
    assert_eq!(logins.len(), 4);
    let refused = world.shard.submit_password(login()).err().unwrap();
    assert_eq!(refused.kind, ErrorKind::Busy);
    // Dearer than the limit, so it runs only when nothing else of its class does.
    let grant = allow(PartitionId([1; 16]), Action::ImportKey, None);
    let made = world.shard.submit(grant, job(Work::GenerateRsa { bits: 1024 }));
    assert_eq!(made.err().unwrap().kind, ErrorKind::Busy);
    assert!(world.ask(&rsa, rsa.seal(NONCE, &[0; 128])).is_ok());
    for login in logins {
        assert!(world.finish(login).is_ok());
    }
    assert_eq!(world.counter(|counters| counters.admitted_of(LaneClass::Dear)), 4);
}

#[test]
fn a_shard_is_made_once_for_each_core() {
    let cores = NonZeroUsize::new(2).unwrap();
    let engine = typex_engine::Engine::start(Options { cores, ..Options::default() }).unwrap();
    let _first = engine.shard(0).unwrap();
    assert!(matches!(engine.shard(0), Err(StartError::CoreTaken(0))));
    assert!(matches!(engine.shard(2), Err(StartError::NoSuchCore(2))));
    assert!(engine.shard(1).is_ok());
}

#[test]
fn the_null_backend_answers_in_the_same_shape_by_every_route() {
    for inline_ns_max in [0, 1_000_000] {
        let tuning = Tuning { inline_ns_max, ..Tuning::default() };
        let backend = backend::find("null").unwrap();
        assert!(!backend.computes);
        let null = world_of(Options { backend, tuning, ..Options::default() });
        let soft = tuned(tuning);
        for key in [aes(), rsa_private()] {
            let bytes = if key.loaded.record().object == Some(0xee01) { 16 } else { 128 };
            let ask = |world: &World| world.ask(&key, key.seal(NONCE, &vec![0; bytes]));
            let (null, soft) = (ask(&null).unwrap(), ask(&soft).unwrap());
            assert_eq!(null.len(), soft.len());
            assert!(null != soft);
        }
        let refused = null.ask(&aes(), aes().seal(NONCE, &[0; 100]));
        assert_eq!(refused, soft.ask(&aes(), aes().seal(NONCE, &[0; 100])));
    }
}

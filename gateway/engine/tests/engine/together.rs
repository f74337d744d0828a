//! Jobs of one request: where they go is decided for all of them, by what they are worth together.

use std::time::Duration;

use typex_core::id::PartitionId;
use typex_core::key::{DataLengths, Material, Usage};
use typex_core::secret::Secret;
use typex_engine::{Job, Options, Pending, Refusal, Route, Tuning, backend, limits};

use crate::harness::*;

const DEAR: u64 = limits::POOL_BATCH_NS;

/// No job waits longer for company than a test takes.
fn patient() -> Tuning {
    Tuning { linger: Duration::from_secs(3600), ..Tuning::default() }
}

fn tuned(tuning: Tuning) -> World {
    world_of(Options { tuning, ..Options::default() })
}

/// One of the jobs of a request of so much work.
fn part(world: &World, key: &Key, at: u8, request_ns: u64) -> Pending {
    let job = Job { request_ns, ..job(key.process(key.seal([at; 8], &[at; 16]))) };
    world.shard.submit(grant(key), job).unwrap()
}

fn are_right(world: &World, key: &Key, pending: Vec<Pending>) {
    for (at, pending) in pending.into_iter().enumerate() {
        let answer = sealed_of(world.finish(pending)).unwrap();
        assert_eq!(key.open([at as u8; 8], &answer).len(), 16);
    }
}

/// Jobs by the way they took.
fn routes(world: &World) -> [u64; 6] {
    Route::ALL.map(|route| world.counter(|counters| counters.routed(route)))
}

fn routed(world: &World, route: Route) -> u64 {
    world.counter(|counters| counters.routed(route))
}

#[test]
fn a_request_crosses_as_a_whole_from_the_threshold_on() {
    let (world, key) = (tuned(patient()), aes());
    assert_eq!(world.shard.route(DEAR - 1), Route::Lanes);
    let near = (0..200).map(|at| part(&world, &key, at, DEAR - 1)).collect();
    are_right(&world, &key, near);
    assert_eq!(routed(&world, Route::Inline) + routed(&world, Route::Lanes), 200);
    let before = routes(&world);
    assert_eq!(world.shard.route(DEAR), Route::Together);
    let away = (0..200).map(|at| part(&world, &key, at, DEAR)).collect();
    are_right(&world, &key, away);
    assert_eq!(routed(&world, Route::Together), 200);
    let others = routes(&world).iter().sum::<u64>() - 200;
    assert_eq!(others, before.iter().sum::<u64>(), "and by no other way");
}

#[test]
fn pieces_are_full_but_the_last() {
    let (world, key) = (tuned(patient()), aes());
    let pending: Vec<_> = (0..200).map(|at| part(&world, &key, at, DEAR)).collect();
    are_right(&world, &key, pending);
    let parcels = |counters: &typex_engine::Counters| {
        counters.parcels.load(std::sync::atomic::Ordering::Relaxed)
    };
    assert_eq!(world.counter(parcels), 4, "three of 64 jobs and one of 8");
    let up_to = |bucket: usize| {
        world.counter(|counters| {
            counters.batch_jobs[bucket].load(std::sync::atomic::Ordering::Relaxed)
        })
    };
    assert_eq!([3, 6].map(up_to), [1, 3]);
    assert!(world.engine.is_idle());
}

/// A thread is woken for a piece that is worth it, and before for what nothing follows.
#[test]
fn pieces_are_sent_once_they_are_worth_a_wake() {
    let (world, key) = (tuned(patient()), aes());
    let each = key.loaded.process_ns(key.seal([0; 8], &[0; 16]).len());
    let batches = limits::PIECE_NS.div_ceil(64 * each);
    let mut pending = Vec::new();
    for batch in 1..=batches {
        assert_eq!(routed(&world, Route::Together), 0, "{batch} of {batches}");
        pending.extend((0..64).map(|at| part(&world, &key, at, DEAR)));
    }
    assert_eq!(routed(&world, Route::Together), 64 * batches);
    for (at, pending) in pending.into_iter().enumerate() {
        let answer = sealed_of(world.finish(pending)).unwrap();
        assert_eq!(key.open([at as u8 % 64; 8], &answer).len(), 16);
    }
}

/// A core that is never idle sends them as well, once another job comes.
#[test]
fn what_waits_too_long_is_sent_by_the_next_job() {
    let (world, key) = (tuned(Tuning { linger: Duration::ZERO, ..patient() }), aes());
    let first = part(&world, &key, 0, DEAR);
    assert_eq!(routed(&world, Route::Together), 0);
    let mut alone = part(&world, &key, 0, 0);
    assert!(poll_now(&mut alone).is_some());
    assert_eq!(routed(&world, Route::Together), 1);
    are_right(&world, &key, vec![first]);
}

/// Without room nothing is refused: the core computes what it would have computed anyway.
#[test]
fn a_request_leaves_half_of_the_room_to_others() {
    let tuning = Tuning { aes_outstanding_ns: 20_000, ..patient() };
    let (world, key) = (tuned(tuning), aes());
    let each = key.loaded.process_ns(key.seal([0; 8], &[0; 16]).len());
    let fits = tuning.aes_outstanding_ns / 2 / each;
    let pending: Vec<_> = (0..200).map(|at| part(&world, &key, at, DEAR)).collect();
    world.shard.flush(std::time::Instant::now());
    assert_eq!(routed(&world, Route::Together), fits);
    assert_eq!(routed(&world, Route::Inline) + routed(&world, Route::Lanes), 200 - fits);
    are_right(&world, &key, pending);
    assert_eq!(world.counter(|counters| counters.refused_for(Refusal::Busy)), 0);
    assert!(world.engine.gauges().iter().all(|gauge| gauge.jobs == 0));
}

fn isolated(id: u8) -> Key {
    let mut record = record(Usage::EncryptBlocks, u32::from(id));
    (record.partition, record.isolate) = (PartitionId([id; 16]), true);
    record.lengths = DataLengths::Exactly(16);
    key(record, Material::Aes128(Secret::new(APP)))
}

#[test]
fn an_isolated_job_crosses_alone() {
    let (world, plain, other) = (tuned(patient()), aes(), isolated(9));
    let first = part(&world, &plain, 0, DEAR);
    let second = part(&world, &other, 0, DEAR);
    assert_eq!(routed(&world, Route::Together), 1, "sent before the isolated job came in");
    are_right(&world, &plain, vec![first]);
    are_right(&world, &other, vec![second]);
    assert_eq!(routed(&world, Route::Together), 2);
}

#[test]
fn what_is_dropped_is_forgotten() {
    let (world, key) = (tuned(patient()), aes());
    drop((0..70).map(|at| part(&world, &key, at, DEAR)).collect::<Vec<_>>());
    are_right(&world, &key, vec![part(&world, &key, 0, DEAR)]);
    while !world.engine.is_idle() {
        world.shard.flush(std::time::Instant::now());
        std::thread::yield_now();
    }
    assert!(world.engine.gauges().iter().all(|gauge| gauge.jobs == 0));
}

/// A pool of two threads gets through more pieces than its cores have parcels.
#[test]
fn threads_of_a_pool_share_the_pieces() {
    let lanes_threads = std::num::NonZeroUsize::new(2).unwrap();
    let options = Options { lanes_threads, tuning: patient(), ..Options::default() };
    let (world, key) = (world_of(options), aes());
    for _ in 0..20 {
        let pending = (0..=255).map(|at| part(&world, &key, at, DEAR)).collect();
        are_right(&world, &key, pending);
    }
    assert_eq!(routed(&world, Route::Together), 20 * 256);
    let stale = |counters: &typex_engine::Counters| {
        counters.stale.load(std::sync::atomic::Ordering::Relaxed)
    };
    assert_eq!(world.counter(stale), 0);
}

#[test]
fn a_backend_that_prices_the_framework_takes_the_same_ways() {
    let backend = backend::find("null").unwrap();
    let (world, key) = (world_of(Options { backend, ..Options::default() }), aes());
    let pending: Vec<_> = (0..100).map(|at| part(&world, &key, at, DEAR)).collect();
    for pending in pending {
        assert!(world.finish(pending).is_ok());
    }
    assert_eq!(routed(&world, Route::Together), 100);
}

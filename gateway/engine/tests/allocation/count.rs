//! After warm-up neither engine nor kernels allocate for a job: by no route, for success, failure
//! and cancellation.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

use allocation_counter::measure;
use bytes::BytesMut;
use typex_core::error::Error;
use typex_core::id::{KeyId, PartitionId};
use typex_core::key::{Channel, KeyRecord, Material, Usage};
use typex_core::op::Action;
use typex_core::policy::{Grant, Verdict, authorize};
use typex_core::principal::{Principal, Proof};
use typex_core::secret::Secret;
use typex_core::time::UnixMs;
use typex_engine::{Done, Engine, Job, LoadedKey, Options, Pending, Route, Shard, Tuning, Work};

const JOBS: usize = 100;

fn key(usage: Usage, material: Material) -> Arc<LoadedKey> {
    let record = KeyRecord {
        object: Some(1),
        ..KeyRecord::first(KeyId([1; 16]), PartitionId([1; 16]), usage, UnixMs(0))
    };
    let channel = Channel { enc: Secret::new([3; 32]), mac: Secret::new([4; 32]) };
    Arc::new(LoadedKey::new(record, Some(channel), material, Arc::default()).unwrap())
}

fn aes() -> Arc<LoadedKey> {
    key(Usage::EncryptBlocks, Material::Aes128(Secret::new([5; 16])))
}

fn sealed(key: &LoadedKey, data: &[u8]) -> BytesMut {
    let mut clear = vec![0x1f, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0];
    clear.extend_from_slice(data);
    let pad = 16 - clear.len() % 16;
    clear.resize(clear.len() + pad, pad as u8);
    let keys = |byte| typex_kernels::RoundKeys::new(&[byte; 32]).unwrap();
    typex_kernels::cbc_encrypt(&keys(3), &[0; 16], &mut clear).unwrap();
    let tag = typex_kernels::cbc_mac(&keys(4), &clear).unwrap();
    let mut sealed = BytesMut::with_capacity(key.answer_bytes_max());
    sealed.extend_from_slice(&clear);
    sealed.extend_from_slice(&tag);
    sealed
}

fn request(key: &Arc<LoadedKey>, data: &[u8], broken: bool) -> (Grant, Job) {
    let mut sealed = sealed(key, data);
    sealed[0] ^= u8::from(broken);
    let record = key.record();
    let partition = record.partition;
    let principal = Principal { partition, client: None, api_key: None, proof: Proof::ApiKey };
    let verdict = authorize(&principal, Action::ProcessData, Some(record), UnixMs(1));
    let Verdict::Allow(grant) = verdict else { panic!("denied") };
    let now = Instant::now();
    let work = Work::Process { key: Arc::clone(key), sealed };
    (grant, Job { work, now, deadline: now + Duration::from_secs(60), request_ns: 0 })
}

fn shard(tuning: Tuning) -> (Arc<Engine>, Shard) {
    let engine = Engine::start(Options { tuning, ..Options::default() }).unwrap();
    let shard = engine.shard(0).unwrap();
    (engine, shard)
}

fn poll(pending: &mut Pending) -> Poll<Result<Done, Error>> {
    Pin::new(pending).poll(&mut Context::from_waker(Waker::noop()))
}

/// Submits everything, drops every `cancel`th, and finishes the rest.
fn run(shard: &Shard, requests: &mut Vec<(Grant, Job)>, held: &mut Vec<Pending>, cancel: usize) {
    for (at, (grant, job)) in requests.drain(..).enumerate() {
        let mut pending = shard.submit(grant, job).unwrap();
        if at % cancel != 0 && poll(&mut pending).is_pending() {
            held.push(pending);
        }
    }
    while let Some(mut pending) = held.pop() {
        while poll(&mut pending).is_pending() {
            shard.flush(Instant::now());
            std::thread::yield_now();
        }
    }
}

/// Allocations of the second of two equal runs.
fn allocations(shard: &Shard, key: &Arc<LoadedKey>, data: &[u8]) -> u64 {
    let mut held = Vec::with_capacity(JOBS);
    let requests = || -> Vec<_> { (0..JOBS).map(|at| request(key, data, at % 3 == 0)).collect() };
    for _ in 0..3 {
        run(shard, &mut requests(), &mut held, 7);
    }
    let mut requests = requests();
    measure(|| run(shard, &mut requests, &mut held, 7)).count_total
}

#[test]
fn nothing_is_allocated_on_the_spot() {
    let (engine, shard) = shard(Tuning { inline_ns_max: u64::MAX, ..Tuning::default() });
    assert_eq!(allocations(&shard, &aes(), &[0; 16]), 0);
    let random = key(Usage::Random, Material::None);
    assert_eq!(allocations(&shard, &random, &[16, 0]), 0);
    assert!(engine.counters().all(|counters| counters.routed(Route::Inline) > 0));
}

#[test]
fn nothing_is_allocated_in_lanes() {
    let tuning =
        Tuning { inline_ns_max: 0, linger: Duration::from_secs(3600), ..Tuning::default() };
    let (engine, shard) = shard(tuning);
    assert_eq!(allocations(&shard, &aes(), &[0; 32]), 0);
    assert!(engine.counters().all(|counters| counters.routed(Route::Lanes) > JOBS as u64));
}

#[test]
fn nothing_is_allocated_on_the_way_to_a_pool_and_back() {
    let tuning = Tuning {
        inline_ns_max: 0,
        spill_ns: 0,
        linger: Duration::from_secs(3600),
        ..Tuning::default()
    };
    let (engine, shard) = shard(tuning);
    assert_eq!(allocations(&shard, &aes(), &[0; 16]), 0);
    assert!(engine.counters().all(|counters| counters.routed(Route::Spill) > JOBS as u64));
}

#[test]
fn nothing_is_allocated_on_the_way_of_a_dear_request() {
    let (engine, shard) = shard(Tuning { pool_batch_ns: 0, ..Tuning::default() });
    assert_eq!(allocations(&shard, &aes(), &[0; 16]), 0);
    assert!(engine.counters().all(|counters| counters.routed(Route::Together) > JOBS as u64));
}

/// The count itself works.
#[test]
fn an_allocation_is_counted() {
    assert_eq!(measure(|| drop(std::hint::black_box(Box::new(1_u64)))).count_total, 1);
}

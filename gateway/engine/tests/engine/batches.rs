//! A batch gives what its jobs give alone, in any order and number.

use bytes::BytesMut;
use proptest::prelude::*;
use typex_core::error::ErrorKind;
use typex_core::id::PartitionId;
use typex_core::key::{DataLengths, Material, Usage};
use typex_core::secret::Secret;
use typex_engine::Route;

use crate::harness::*;

/// One request: its key, blocks of data, and the byte to break.
#[derive(Clone, Debug)]
struct Asked {
    key: u8,
    blocks: usize,
    broken: Option<prop::sample::Index>,
}

fn asked() -> impl Strategy<Value = Vec<Asked>> {
    let one = (1..9_u8, 1..40_usize, prop::option::weighted(0.2, any::<prop::sample::Index>()))
        .prop_map(|(key, blocks, broken)| Asked { key, blocks, broken });
    prop::collection::vec(one, 1..100)
}

fn requests(asked: &[Asked]) -> Vec<(Key, BytesMut)> {
    let keys: Vec<Key> = (0..9).map(|object| long_aes(object + 1)).collect();
    let request = |(at, asked): (usize, &Asked)| {
        let key = keys[usize::from(asked.key)].clone();
        let mut sealed = key.seal([at as u8; 8], &vec![at as u8; asked.blocks * 16]);
        if let Some(index) = asked.broken {
            let at = index.index(sealed.len());
            sealed[at] ^= 0x20;
        }
        (key, sealed)
    };
    asked.iter().enumerate().map(request).collect()
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 24, failure_persistence: None, ..ProptestConfig::default()
    })]

    #[test]
    fn a_batch_gives_what_its_jobs_give_alone(asked in asked()) {
        let (alone, lanes) = (world(), lanes_world());
        let alone: Vec<_> =
            requests(&asked).into_iter().map(|(key, sealed)| alone.ask(&key, sealed)).collect();
        for reverse in [false, true] {
            let mut order: Vec<_> = requests(&asked).into_iter().enumerate().collect();
            if reverse {
                order.reverse();
            }
            lanes.make_busy();
            let pending: Vec<_> = order
                .into_iter()
                .map(|(at, (key, sealed))| (at, lanes.submit(&key, sealed).unwrap()))
                .collect();
            for (at, pending) in pending {
                let broken = asked[at].broken.is_some();
                let result = sealed_of(lanes.finish(pending));
                prop_assert_eq!(result.as_ref().err(), broken.then_some(&ErrorKind::VerifyFailed));
                prop_assert_eq!(&result, &alone[at]);
            }
        }
    }
}

#[test]
fn a_full_batch_is_closed_at_once_and_an_open_one_by_the_idle_core() {
    let (world, key) = (lanes_world(), aes());
    let send = |count: usize| -> Vec<_> {
        (0..count).map(|_| world.submit(&key, key.seal([1; 8], &[1; 16])).unwrap()).collect()
    };
    let mut full = send(64);
    assert!(full.iter_mut().all(|pending| poll_now(pending).is_some()));
    let mut open = send(5);
    assert!(open.iter_mut().all(|pending| poll_now(pending).is_none()));
    assert_eq!(world.shard.flush(std::time::Instant::now()), 5);
    assert!(open.iter_mut().all(|pending| poll_now(pending).is_some()));
}

#[test]
fn one_request_in_flight_never_waits() {
    let (world, key) = (lanes_world(), aes());
    // A core that has been busy needs one quiet turn to notice.
    world.shard.flush(std::time::Instant::now());
    world.shard.flush(std::time::Instant::now());
    for _ in 0..10 {
        let mut pending = world.submit(&key, key.seal([1; 8], &[1; 16])).unwrap();
        assert!(poll_now(&mut pending).is_some());
        world.shard.flush(std::time::Instant::now());
    }
    assert_eq!(world.counter(|counters| counters.routed(Route::Inline)), 11);
}

fn in_partition(id: u8, isolate: bool) -> Key {
    let mut record = record(Usage::EncryptBlocks, u32::from(id));
    record.partition = PartitionId([id; 16]);
    record.isolate = isolate;
    record.lengths = DataLengths::Exactly(16);
    key(record, Material::Aes128(Secret::new(APP)))
}

#[test]
fn an_isolated_job_shares_no_batch_with_another_partition() {
    let (world, plain, isolated) = (lanes_world(), in_partition(1, false), in_partition(2, true));
    let send = |key: &Key| world.submit(key, key.seal([1; 8], &[1; 16])).unwrap();
    let mut first = send(&plain);
    let mut second = send(&isolated);
    assert!(poll_now(&mut first).is_some(), "closed before the isolated job came in");
    let mut third = send(&isolated);
    assert!(poll_now(&mut second).is_none(), "its own partition is welcome");
    let mut fourth = send(&plain);
    assert!(poll_now(&mut second).is_some() && poll_now(&mut third).is_some());
    assert!(poll_now(&mut fourth).is_none());
}

#[test]
fn mixed_kinds_of_work_share_a_batch() {
    let (world, aes) = (lanes_world(), aes());
    let random = key(record(Usage::Random, 0x77ee), Material::None);
    let pending: Vec<_> = (0..10)
        .map(|at| match at % 2 {
            0 => (&aes, world.submit(&aes, aes.seal([1; 8], &[at; 16])).unwrap()),
            _ => (&random, world.submit(&random, random.seal([1; 8], &[0, at])).unwrap()),
        })
        .collect();
    for (at, (key, pending)) in pending.into_iter().enumerate() {
        let data = key.open([1; 8], &sealed_of(world.finish(pending)).unwrap());
        assert_eq!(data.len(), if at % 2 == 0 { 16 } else { at });
    }
}

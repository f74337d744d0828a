//! Raw descriptors of every opcode against software.

use typex_abi::{Descriptor, Opcode, Status, usage};

use crate::bench::Bench;
use crate::jobs::{Job, Key, Kind};
use crate::random::Random;
use crate::{card, full};

/// Lengths around every border of block, line, request and message.
const LENGTHS: [usize; 22] = [
    0, 1, 13, 15, 16, 17, 31, 32, 33, 63, 64, 65, 127, 255, 256, 257, 511, 513, 1024, 2047, 4095,
    4096,
];
const AADS: [usize; 8] = [0, 1, 15, 16, 17, 33, 64, 128];

/// A card with `count` keys of all lengths.
fn with_keys(random: &mut Random, count: u16) -> (Bench, Vec<Key>) {
    let mut bench = Bench::new(card(), 1);
    let lengths = [16, 24, 32].into_iter().cycle();
    let keys: Vec<_> =
        (0..count).zip(lengths).map(|(slot, bytes)| Key::random(random, slot, bytes)).collect();
    keys.iter().for_each(|key| bench.load(key));
    (bench, keys)
}

#[track_caller]
fn check(bench: &mut Bench, jobs: &[Job]) {
    for (at, (job, outcome)) in jobs.iter().zip(bench.run(jobs)).enumerate() {
        let what = (&job.descriptor, job.input.len());
        assert_eq!(outcome.status, job.expected.0, "job {at}: {what:?}");
        assert_eq!(outcome.output, job.expected.1, "job {at}: {what:?}");
    }
}

#[test]
fn every_opcode_at_every_edge() {
    let mut random = Random::new(1);
    let (mut bench, keys) = with_keys(&mut random, 3);
    let mut jobs = Vec::new();
    for kind in Kind::ALL {
        for (at, &bytes) in LENGTHS.iter().enumerate() {
            let aad = AADS[(at + at / 8) % AADS.len()];
            jobs.extend(keys.iter().map(|key| kind.job(&mut random, key, bytes, aad)));
        }
    }
    check(&mut bench, &jobs);
}

/// A length with weight on the borders of blocks.
pub(crate) fn length(random: &mut Random) -> usize {
    let blocks = if random.below(4) == 0 { 257 } else { 20 };
    (16 * random.below(blocks) + random.below(3)).saturating_sub(1).min(4096)
}

#[test]
fn random_jobs_of_every_opcode() {
    let (seed, count) = (0x5eed_0001, if full() { 200_000 } else { 6_000 });
    println!("seed {seed:#x}, {count} jobs");
    let mut random = Random::new(seed);
    let (mut bench, keys) = with_keys(&mut random, 24);
    for _ in 0..count / 100 {
        let mut one = || {
            let kind = Kind::ALL[random.below(Kind::ALL.len())];
            let (bytes, aad) = (length(&mut random), random.below(129));
            let key = &keys[random.below(keys.len())];
            kind.job(&mut random, key, bytes, aad)
        };
        let jobs: Vec<_> = (0..100).map(|_| one()).collect();
        check(&mut bench, &jobs);
    }
}

#[test]
fn a_wrong_tag_gives_zeros() {
    let mut random = Random::new(3);
    let (mut bench, keys) = with_keys(&mut random, 2);
    for bytes in [1, 16, 64, 1000] {
        let good = Kind::GcmDecrypt.job(&mut random, &keys[0], bytes, 20);
        for (at, bit) in [(0, 1), (15, 0x80), (7, 0x10)] {
            let mut bad = good.clone();
            bad.descriptor.inline[at] ^= bit;
            let outcome = bench.run(&[bad, good.clone()]);
            assert_eq!(outcome[0].status, Status::TagMismatch);
            assert!(outcome[0].output.iter().all(|byte| *byte == 0), "{:?}", outcome[0].output);
            assert_eq!(outcome[1].output, good.expected.1);
        }
    }
}

/// The status of one job.
fn status(bench: &mut Bench, job: Job) -> Status {
    let outcome = bench.run(&[job]).remove(0);
    assert!(outcome.output.iter().all(|byte| *byte == 0));
    outcome.status
}

#[test]
fn what_a_descriptor_must_not_say_is_refused() {
    let mut random = Random::new(4);
    let (mut bench, keys) = with_keys(&mut random, 2);
    let good = Kind::CbcEncrypt.job(&mut random, &keys[0], 64, 0);
    let other = |change: &dyn Fn(&mut Job)| {
        let mut job = good.clone();
        change(&mut job);
        job
    };
    let cases = [
        (other(&|job| job.descriptor.generation += 1), Status::StaleKey),
        (other(&|job| job.descriptor.slot = 60), Status::EmptySlot),
        (other(&|job| job.descriptor.slot = 0xffff), Status::EmptySlot),
        (other(&|job| job.input_bytes = 63), Status::BadLength),
        (other(&|job| job.input_bytes = 0), Status::BadLength),
        (other(&|job| job.input_bytes = 4112), Status::BadLength),
        (other(&|job| job.descriptor.opcode = Opcode::Program), Status::BadOpcode),
    ];
    for (at, (job, expected)) in cases.into_iter().enumerate() {
        assert_eq!(status(&mut bench, job), expected, "case {at}");
    }
    assert_eq!(status_of(&mut bench, good), Status::Ok, "the card goes on");
}

fn status_of(bench: &mut Bench, job: Job) -> Status {
    bench.run(&[job]).remove(0).status
}

#[test]
fn rights_come_from_the_wrapped_key_alone() {
    let mut random = Random::new(5);
    let mut bench = Bench::new(card(), 1);
    let rights = [
        usage::ECB_ENCRYPT,
        usage::ECB_DECRYPT,
        usage::CBC_ENCRYPT,
        usage::CBC_DECRYPT,
        usage::CTR,
        usage::GCM_ENCRYPT,
        usage::GCM_DECRYPT,
        usage::CMAC,
        usage::CBC_MAC,
    ];
    for (slot, right) in (0..).zip(rights) {
        let mut key = Key::random(&mut random, slot, 16);
        key.header.usage = right;
        bench.load(&key);
        let jobs = Kind::ALL.map(|kind| kind.job(&mut random, &key, 32, 0));
        let got: Vec<_> = bench.run(&jobs).into_iter().map(|outcome| outcome.status).collect();
        let place = |at| if rights[at] == right { Status::Ok } else { Status::Policy };
        assert_eq!(got, (0..rights.len()).map(place).collect::<Vec<_>>(), "{right:#x}");
    }
}

#[test]
fn a_damaged_wrapped_key_is_not_loaded() {
    let mut random = Random::new(6);
    let (mut bench, keys) = with_keys(&mut random, 1);
    let key = Key::random(&mut random, 5, 32);
    for at in [0, 2, 63, 64, 95] {
        let mut job = bench.load_job(&key);
        job.input[at] ^= 1;
        let got = status_of(&mut bench, job);
        assert_ne!(got, Status::Ok, "byte {at}");
        let use_it = Kind::EcbEncrypt.job(&mut random, &key, 16, 0);
        assert_eq!(status(&mut bench, use_it), Status::EmptySlot, "byte {at}");
    }
    let good = Kind::EcbEncrypt.job(&mut random, &keys[0], 64, 0);
    check(&mut bench, &[good]);
}

#[test]
fn a_zeroised_slot_is_empty() {
    let mut random = Random::new(7);
    let (mut bench, keys) = with_keys(&mut random, 3);
    let zeroise = Descriptor::key_zeroise(keys[1].slot);
    assert_eq!(status_of(&mut bench, Job::new(zeroise, Vec::new(), 0)), Status::Ok);
    let jobs: Vec<_> = keys.iter().map(|key| Kind::Cmac.job(&mut random, key, 100, 0)).collect();
    let got: Vec<_> = bench.run(&jobs).into_iter().map(|outcome| outcome.status).collect();
    assert_eq!(got, [Status::Ok, Status::EmptySlot, Status::Ok]);
}

#[test]
fn nop_completes() {
    let mut bench = Bench::new(card(), 1);
    let jobs = vec![Job::new(Descriptor::new(Opcode::Nop), Vec::new(), 0); 300];
    assert!(bench.run(&jobs).into_iter().all(|outcome| outcome.status == Status::Ok));
}

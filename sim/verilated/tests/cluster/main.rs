//! The cluster against the modes in software: every kind of job, the pace of a saturated lane,
//! and timing that does not know data or keys.
#![cfg(feature = "units")]

mod bench;
mod jobs;
mod random;

use bench::{Bench, FULL_SPEED, Pace};
use jobs::{Job, KINDS, Kind, Mode, Slot, Wish};
use random::Random;

const SEED: u64 = 20_260_101;

/// Lengths around the edges of blocks, lines, chunks of GHASH, and TLPs.
fn edges() -> Vec<usize> {
    let around = |edge: usize| [edge.saturating_sub(1), edge, edge + 1];
    let mut edges: Vec<usize> = [16, 32, 64, 256, 384, 480, 512, 528, 1024, 4080]
        .into_iter()
        .flat_map(around)
        .chain([0, 1, 13, 4096])
        .collect();
    edges.retain(|bytes| *bytes <= 4096);
    edges
}

#[test]
fn every_kind_at_every_edge() {
    let mut random = Random::new(SEED);
    let mut bench = Bench::new(SEED);
    let slots = bench.fill(&mut random, 64, true);
    for kind in KINDS {
        let mut jobs = Vec::new();
        for bytes in edges() {
            for aad_bytes in [0, 1, 16, 17, 128] {
                jobs.push(Job::new(&mut random, &slots, Wish { kind, bytes, aad_bytes, spoil: 0 }));
            }
        }
        println!("{kind:?}");
        bench.run(jobs, FULL_SPEED);
    }
}

fn mixture(random: &mut Random, slots: &[Slot], count: usize) -> Vec<Job> {
    let edges = edges();
    let one = |random: &mut Random| {
        let wish = Wish {
            kind: KINDS[random.below(KINDS.len())],
            bytes: match random.below(8) {
                0 => edges[random.below(edges.len())],
                1 => random.below(4097),
                _ => random.below(130),
            },
            aad_bytes: random.below(129) * random.below(2),
            spoil: random.below(12) as u8,
        };
        let job = Job::new(random, slots, wish);
        if random.below(50) == 0 { job.unreadable() } else { job }
    };
    (0..count).map(|_| one(random)).collect()
}

#[test]
fn mixtures_at_every_pace() {
    let mut random = Random::new(SEED + 1);
    let mut bench = Bench::new(SEED + 1);
    let slots = bench.fill(&mut random, 64, true);
    for (interval, latency, ready) in
        [(3, 1, 16), (1, 20, 8), (4, 150, 15), (1, 3, 3), (40, 30, 12)]
    {
        let jobs = mixture(&mut random, &slots, 600);
        bench.run(jobs, Pace { interval, latency, ready });
    }
}

#[test]
fn timing_knows_neither_data_nor_keys() {
    let trace = |seed: u64, spoiled: bool| {
        let mut random = Random::new(seed);
        let mut bench = Bench::new(SEED + 2);
        let slots = bench.fill(&mut random, 16, true);
        let mut shapes = Random::new(SEED + 2);
        let mut jobs = Vec::new();
        for _ in 0..400 {
            let kind = KINDS[shapes.below(KINDS.len())];
            let (bytes, aad_bytes) = (shapes.below(300), shapes.below(20));
            // The length of the outgoing AAD is drawn by the job: none of it here.
            let aad_bytes = if matches!(kind, Kind::Reencrypt { .. }) { 0 } else { aad_bytes };
            let spoil = if spoiled { random.below(7) as u8 } else { 0 };
            let mut job = Job::new(&mut random, &slots, Wish { kind, bytes, aad_bytes, spoil });
            job.inline &= false;
            jobs.push(job);
        }
        bench.run(jobs, Pace { interval: 2, latency: 10, ready: 13 });
        bench.trace
    };
    let first = trace(1, false);
    assert!(first == trace(2, false), "other data and keys");
    assert!(first == trace(3, true), "failed checks");
}

#[test]
fn a_saturated_lane_is_full() {
    let mut random = Random::new(SEED + 3);
    let mut bench = Bench::new(SEED + 3);
    let slots = bench.fill(&mut random, 64, true);
    let mut share = |name: &str, kind, sizes, interval, least: f64| {
        let jobs = Bench::like(&mut random, &slots, kind, sizes, 2000);
        let share = bench.occupancy(jobs, Pace { interval, ..FULL_SPEED });
        println!("{name}: {share:.4} forward blocks per cycle");
        assert!(share >= least, "{name}: {share}");
    };
    share("cbc64", Kind::CbcEncrypt, [64, 0], 3, 0.98);
    share("gcm64", Kind::GcmSeal, [64, 0], 3, 0.98);
    share("gcm64 aad16", Kind::GcmSeal, [64, 16], 3, 0.82);
    share("gcm4096", Kind::GcmSeal, [4096, 0], 3, 0.98);
    share("process16", Kind::Process { encrypt: true }, [16, 0], 3, 0.9);
    share("reencrypt64", Kind::Reencrypt { from: Mode::Cbc, to: Mode::Gcm }, [64, 0], 3, 0.98);
    share("reencrypt64 gcm", Kind::Reencrypt { from: Mode::Gcm, to: Mode::Gcm }, [64, 0], 3, 0.95);
    share("ctr4096", Kind::Ctr, [4096, 0], 3, 0.98);
    share("cbc4096", Kind::CbcEncrypt, [4096, 0], 3, 0.95);
}

#[test]
fn a_zeroised_slot_forgets() {
    let mut random = Random::new(SEED + 4);
    let mut bench = Bench::new(SEED + 4);
    let mut slots = bench.fill(&mut random, 64, true);
    for slot in 0..64 {
        bench.zeroise(slot);
    }
    // A key that comes at once into a zeroised slot works; the last slots are wiped last.
    for slot in [63, 0, 31] {
        slots[slot] = Slot::new(slot as u8, random.bytes(32));
        bench.load(&slots[slot], true);
    }
    let fresh = [slots[63].clone(), slots[0].clone(), slots[31].clone()];
    let jobs = mixture(&mut random, &fresh, 200);
    bench.run(jobs, FULL_SPEED);
}

#[test]
fn keys_come_and_go_under_load() {
    let mut random = Random::new(SEED + 5);
    let mut bench = Bench::new(SEED + 5);
    let mut slots = bench.fill(&mut random, 64, true);
    let others = slots.split_off(32);
    for round in 0..40 {
        let jobs = mixture(&mut random, &slots, 60);
        bench.submit(jobs, Pace { interval: 3, latency: 40, ready: 16 });
        // No job is on the upper slots but those of the round before, which have ended.
        let slot = &others[round % 32];
        bench.zeroise(slot.slot);
        let fresh = Slot::new(slot.slot, random.bytes(16 + 8 * (round % 3)));
        bench.load(&fresh, round % 4 != 3);
        assert!(bench.open() > 0, "there was load");
        let wish = Wish { kind: Kind::Cmac, bytes: 40, aad_bytes: 0, spoil: 0 };
        let check = Job::new(&mut random, &[fresh], wish);
        bench.run(vec![check], FULL_SPEED);
    }
}

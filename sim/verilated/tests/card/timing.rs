//! Time depends on what is asked for, never on keys or data.

use std::sync::{Arc, Mutex};

use pcie_sim::TlpKind;

use crate::jobs::{Job, Key, Kind};
use crate::opcodes::length;
use crate::programs;
use crate::random::Random;

/// Everything that an observer of the link can time.
type Seen = Vec<(u64, TlpKind, u64, u32, u8)>;

/// The jobs of `plan` with keys and data of `seed`: what the link saw, and the cycles told.
fn observe(plan: u64, seed: u64) -> (Seen, Vec<(usize, u32)>) {
    let mut data = Random::new(seed);
    let (mut bench, sets) = programs::bench(&mut data);
    let keys: Vec<_> = (20..26_u16)
        .map(|slot| Key::random(&mut data, slot, [16, 24, 32][usize::from(slot) % 3]))
        .collect();
    keys.iter().for_each(|key| bench.load(key));
    let seen = Arc::new(Mutex::new(Seen::new()));
    let sink = seen.clone();
    bench.simulation.trace(Some(Box::new(move |tlp| {
        let one = (tlp.time_ps, tlp.kind, tlp.address, tlp.bytes, tlp.tag);
        sink.lock().expect("not poisoned").push(one);
    })));
    let jobs = jobs(&mut Random::new(plan), &mut data, &keys, &sets);
    let cycles = bench.run(&jobs).into_iter().map(|outcome| (outcome.place, outcome.cycles));
    let cycles = cycles.collect();
    bench.simulation.trace(None);
    let seen = std::mem::take(&mut *seen.lock().expect("not poisoned"));
    (seen, cycles)
}

/// Lengths, keys and kinds from `plan`; contents from `data`. One in eight is damaged.
fn jobs(plan: &mut Random, data: &mut Random, keys: &[Key], sets: &[[Key; 3]]) -> Vec<Job> {
    let mut one = || {
        let bytes = length(plan);
        let mut job = if plan.below(2) == 0 {
            let kind = Kind::ALL[plan.below(Kind::ALL.len())];
            // Whether a message is inline is part of the plan, too.
            let bytes = bytes.max(17);
            kind.job(data, &keys[plan.below(keys.len())], bytes, plan.below(65))
        } else {
            let kind = programs::Kind::ALL[plan.below(programs::Kind::ALL.len())];
            let (set, aads) = (plan.below(3), [plan.below(65), plan.below(65)]);
            kind.job(data, &sets[set], bytes, aads).0
        };
        if plan.below(8) == 0 {
            let at = data.below(job.input.len());
            job.input[at] ^= 1;
        }
        job
    };
    (0..120).map(|_| one()).collect()
}

#[test]
fn other_keys_and_data_take_the_same_cycles() {
    for plan in [21, 22, 23] {
        let first = observe(plan, 100);
        assert!(first.0.len() > 500, "the link was watched");
        for seed in [101, 102] {
            let other = observe(plan, seed);
            let differs = first.0.iter().zip(&other.0).position(|(a, b)| a != b);
            assert_eq!(differs, None, "plan {plan}, seed {seed}");
            assert_eq!(first, other, "plan {plan}, seed {seed}");
        }
    }
}

#[test]
fn another_plan_is_seen() {
    assert_ne!(observe(21, 100).0, observe(22, 100).0);
}

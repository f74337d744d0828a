//! What crosses the link.

use std::collections::HashSet;
use std::sync::{Arc, Mutex};

use typex_card::host::Block;

use crate::bench::Bench;
use crate::jobs::{Job, Key};
use crate::programs::{self, Kind};
use crate::random::Random;

/// Bytes of a value that are looked for wherever they lie: a run of them is no accident.
const RUN: usize = 8;

fn runs(values: &[Block]) -> HashSet<[u8; RUN]> {
    let windows = values.iter().flat_map(|block| block.windows(RUN));
    let runs = windows.map(|run| run.try_into().expect("its length"));
    // Padding and zeros are everywhere.
    runs.filter(|run: &[u8; RUN]| run.iter().collect::<HashSet<_>>().len() > 4).collect()
}

/// Jobs of every program, each also damaged, and every value that must stay on the card.
fn jobs_and_inner(random: &mut Random, sets: &[[Key; 3]]) -> (Vec<Job>, Vec<Block>) {
    let (mut jobs, mut inner) = (Vec::new(), Vec::new());
    for kind in Kind::ALL {
        for bytes in [16, 64, 77, 300, 1000] {
            for set in sets {
                let (job, values) = kind.job(random, set, bytes, [20, 33]);
                let mut damaged = job.clone();
                *damaged.input.last_mut().expect("an input") ^= 1;
                jobs.extend([job, damaged]);
                inner.extend(values);
            }
        }
    }
    for key in sets.iter().flatten() {
        inner.extend(key.cipher.bytes().as_chunks().0);
    }
    (jobs, inner)
}

/// Every byte that crosses the link from now on.
fn watch(bench: &mut Bench) -> Arc<Mutex<Vec<u8>>> {
    let bytes = Arc::new(Mutex::new(Vec::new()));
    let sink = bytes.clone();
    bench.simulation.trace(Some(Box::new(move |tlp| {
        let mut bytes = sink.lock().expect("not poisoned");
        bytes.extend_from_slice(tlp.data);
    })));
    bytes
}

#[test]
fn no_inner_value_of_a_program_crosses_the_link() {
    let mut random = Random::new(31);
    let (mut bench, sets) = programs::bench(&mut random);
    let (jobs, inner) = jobs_and_inner(&mut random, &sets);
    let bytes = watch(&mut bench);
    sets.iter().flatten().for_each(|key| bench.load(key));
    let outcomes = bench.run(&jobs);
    let seen = bytes.lock().expect("not poisoned");
    assert!(seen.len() > 100_000, "the link was watched");
    let outputs = outcomes.iter().filter(|outcome| outcome.output.len() >= 64);
    let found = outputs.take(3).all(|one| seen.windows(64).any(|run| run == &one.output[..64]));
    assert!(found, "what does cross the link is found");
    let inner = runs(&inner);
    assert!(inner.len() > 10_000);
    let at = seen.windows(RUN).position(|run| inner.contains(run));
    assert_eq!(at.map(|at| &seen[at..at + RUN]), None);
}

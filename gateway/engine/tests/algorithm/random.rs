//! The random source: what its tests find, and that it then gives nothing more.

use std::sync::atomic::{AtomicUsize, Ordering};

use typex_core::key::{Algorithm, MlKem};
use typex_core::op::crypto::Scheme;
use typex_engine::algorithm::{
    Error, Random, RandomTest, encapsulate, generate, known_answers, public_of, sign,
};
use typex_engine::limits::{RANDOM_PROPORTION_MAX, RANDOM_REPEATS_MAX, RANDOM_WINDOW_BYTES};

use crate::harness::*;

/// Bytes that differ from their neighbours, each value as often as the others.
fn counting(bytes: usize) -> Vec<u8> {
    (0..=u8::MAX).cycle().take(bytes).collect()
}

#[test]
fn the_systems_generator_passes() {
    let random = Random::start().unwrap();
    let (mut all, mut chunk) = (Vec::new(), [0; 4096]);
    for _ in 0..64 {
        random.fill(&mut chunk).unwrap();
        all.extend_from_slice(&chunk);
    }
    assert_eq!(random.check(), Ok(()));
    let ones: u32 = all.iter().map(|byte| byte.count_ones()).sum();
    let half = u32::try_from(all.len()).unwrap() * 4;
    // Twelve standard deviations of 2^21 bits.
    assert!(ones.abs_diff(half) < 12 * 725, "{ones}");
}

#[test]
fn a_value_that_repeats_is_found_at_the_bound() {
    for value in [0, 0x5a, 0xff] {
        let below = vec![value; RANDOM_REPEATS_MAX - 1];
        let other = [value ^ 1];
        let mut test = RandomTest::default();
        assert_eq!(test.observe(&[&below[..], &other, &below].concat()), Ok(()));
        assert_eq!(test.observe(&[value]), Err(Error::Random), "across calls");
        let at_once = vec![value; RANDOM_REPEATS_MAX];
        assert_eq!(RandomTest::default().observe(&at_once), Err(Error::Random));
    }
}

#[test]
fn a_value_that_is_too_frequent_is_found_at_the_bound() {
    // The window's first value comes at every sixth place until it has come `times`.
    let stream = |times: usize| {
        let mut bytes: Vec<u8> = counting(RANDOM_WINDOW_BYTES).iter().map(|b| b | 1).collect();
        bytes.iter_mut().step_by(6).take(times).for_each(|byte| *byte = 0);
        bytes
    };
    let below = stream(RANDOM_PROPORTION_MAX - 1);
    assert_eq!(RandomTest::default().observe(&below), Ok(()));
    let enough = stream(RANDOM_PROPORTION_MAX);
    assert_eq!(RandomTest::default().observe(&enough), Err(Error::Random));
    // The same across the border of two windows is none.
    let shifted = [&counting(RANDOM_WINDOW_BYTES / 2)[..], &enough].concat();
    assert_eq!(RandomTest::default().observe(&shifted), Ok(()));
}

#[test]
fn a_source_that_fails_once_stays_failed() {
    let calls = std::sync::Arc::new(AtomicUsize::new(0));
    let count = calls.clone();
    let random = Random::over(move |out| {
        out.copy_from_slice(&counting(out.len()));
        count.fetch_add(1, Ordering::Relaxed) != 1
    });
    let mut out = [9; 16];
    assert_eq!(random.fill(&mut out), Ok(()));
    assert_eq!(random.fill(&mut out), Err(Error::Random));
    assert_eq!(out, [0; 16]);
    out = [9; 16];
    assert_eq!(random.fill(&mut out), Err(Error::Random));
    assert_eq!((out, random.check()), ([0; 16], Err(Error::Random)));
    assert_eq!(calls.load(Ordering::Relaxed), 2, "asked no more");
}

#[test]
fn nothing_is_made_of_a_stuck_source() {
    for algorithm in Algorithm::ALL {
        let stuck = Random::over(|out| {
            out.fill(1);
            true
        });
        assert_eq!(generate(algorithm, &stuck).err(), Some(Error::Random), "{algorithm:?}");
        assert_eq!(stuck.check(), Err(Error::Random));
    }
    let broken = Random::over(|_| false);
    for (algorithm, _) in schemes().into_iter().filter(|(_, scheme)| *scheme == Scheme::MlDsa) {
        let found = sign(algorithm, Scheme::MlDsa, &fresh(algorithm), b"m", b"", &broken);
        assert_eq!(found, Err(Error::Random));
    }
    let set = MlKem::MlKem768;
    let public = public_of(Algorithm::MlKem(set), &fresh(Algorithm::MlKem(set))).unwrap();
    assert_eq!(encapsulate(set, &public, &broken).err(), Some(Error::Random));
    assert!(known_answers(Algorithm::MlKem(set)).iter().all(|known| known.check().is_ok()));
}

#[test]
fn a_scalar_out_of_range_is_drawn_again() {
    let draws = std::sync::Arc::new(AtomicUsize::new(0));
    let count = draws.clone();
    // Above the order of P-256 first, in range then.
    let random = Random::over(move |out| {
        let first = count.fetch_add(1, Ordering::Relaxed) == 0;
        out.copy_from_slice(&counting(out.len()));
        if first {
            out[..8].copy_from_slice(&[0xff; 8]);
        }
        true
    });
    let key = generate(Algorithm::P256, &random).unwrap();
    assert_eq!(key.expose(), &counting(32));
    assert_eq!(draws.load(Ordering::Relaxed), 2);
}

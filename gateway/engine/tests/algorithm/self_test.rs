//! Known answers: all hold, and any change of one is noticed.

use std::time::{Duration, Instant};

use typex_core::key::Algorithm;
use typex_engine::algorithm::{Error, known_answers, self_test};

#[test]
fn every_algorithm_gives_its_known_answers() {
    for algorithm in Algorithm::ALL {
        assert!(!known_answers(algorithm).is_empty(), "{algorithm:?}");
        for known in known_answers(algorithm) {
            assert_eq!(known.check(), Ok(()), "{known:?}");
        }
        assert_eq!(self_test(algorithm), Ok(()));
    }
}

#[test]
fn a_changed_answer_is_noticed() {
    for known in Algorithm::ALL.into_iter().flat_map(known_answers) {
        for at in [0, known.answer.len() / 2, known.answer.len() - 1] {
            let mut changed = known.clone();
            changed.answer[at] ^= 1;
            assert_eq!(changed.check(), Err(Error::Broken), "{changed:?}");
        }
        let mut short = known.clone();
        short.answer.pop();
        assert_eq!(short.check(), Err(Error::Broken), "{short:?}");
        let mut none = known;
        none.answer.clear();
        assert_eq!(none.check(), Err(Error::Broken), "{none:?}");
    }
}

/// An instance cannot serve before them. The bound is loose for a machine with other work.
#[test]
fn all_of_them_are_quick() {
    let quickest = (0..3).map(|_| {
        let start = Instant::now();
        Algorithm::ALL.into_iter().for_each(|algorithm| self_test(algorithm).unwrap());
        start.elapsed()
    });
    let quickest = quickest.min().unwrap();
    println!("all known answers in {quickest:?}");
    assert!(quickest < Duration::from_secs(1), "{quickest:?}");
}

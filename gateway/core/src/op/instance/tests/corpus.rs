//! Replays the corpora of the fuzz targets here, and anything else.

use std::fs;
use std::path::Path;

use proptest::prelude::*;

use super::super::fuzzing::TARGETS;
use super::owned;
use crate::codec::Record;

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/fuzz/corpus");

#[test]
fn every_corpus_is_replayed() {
    for (name, entry) in TARGETS {
        let mut replayed = 0;
        for file in fs::read_dir(Path::new(FOLDER).join(name)).expect("a corpus") {
            let path = file.expect("readable").path();
            println!("{}", path.display());
            entry(&fs::read(path).expect("readable"));
            replayed += 1;
        }
        assert!(replayed > 0, "the corpus of {name} is empty");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn no_bytes_break_an_invariant(input: Vec<u8>, text: String) {
        for (_, entry) in TARGETS {
            entry(&input);
            entry(text.as_bytes());
        }
    }

    #[test]
    fn almost_good_records_and_claims_do_not_either(at: prop::sample::Index, to: u8, cut: bool) {
        let claims = super::samples::sample("init_claims");
        for good in [owned().to_bytes().expose().clone(), claims.as_bytes().to_vec()] {
            let (mut changed, at) = (good.clone(), at.index(good.len()));
            changed[at] = to;
            if cut {
                changed.truncate(at);
            }
            TARGETS.iter().for_each(|(_, entry)| entry(&changed));
        }
    }
}

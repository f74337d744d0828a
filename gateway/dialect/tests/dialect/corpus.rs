//! Replays `tests/fuzz/corpus/*`: whatever a fuzzer or a person once found worth keeping.

use std::fs;
use std::path::Path;

use typex_dialect::{aws_payment, encedo_hem, enigma_bridge, stream, vault};

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/fuzz/corpus");

/// Every target with the name of its corpus.
fn targets() -> impl Iterator<Item = (&'static str, fn(&[u8]))> {
    let older = enigma_bridge::fuzzing::TARGETS.into_iter().chain(encedo_hem::fuzzing::TARGETS);
    let later = vault::fuzzing::TARGETS.into_iter().chain(stream::fuzzing::TARGETS);
    older.chain(aws_payment::fuzzing::TARGETS).chain(later)
}

#[test]
fn every_corpus_is_replayed() {
    for (name, entry) in targets() {
        let mut replayed = 0;
        for file in fs::read_dir(Path::new(FOLDER).join(name)).unwrap() {
            let path = file.unwrap().path();
            println!("{}", path.display());
            entry(&fs::read(path).unwrap());
            replayed += 1;
        }
        assert!(replayed > 0, "the corpus of {name} is empty");
    }
}

proptest::proptest! {
    #![proptest_config(proptest::test_runner::Config::with_cases(256))]
    #[test]
    fn no_bytes_break_an_invariant(input: Vec<u8>, text: String) {
        for (_, entry) in targets() {
            entry(&input);
            entry(text.as_bytes());
        }
    }
}

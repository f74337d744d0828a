//! Replays the fuzz corpora of this crate's parsers.

use std::path::Path;

use typex_core::audit::fuzzing::{checkpoint, segment_line, verifier_key};
use typex_core::op::user_auth::fuzzing::parse;

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/fuzz/corpus");

/// A target and the name of its corpus.
type Target = (&'static str, fn(&[u8]));

const TARGETS: [Target; 4] = [
    ("audit_segment_line", segment_line),
    ("audit_checkpoint", checkpoint),
    ("audit_verifier_key", verifier_key),
    ("user_auth", parse),
];

#[test]
fn every_corpus_is_replayed() {
    for (name, entry) in TARGETS {
        let files = std::fs::read_dir(Path::new(FOLDER).join(name)).expect("a corpus");
        let mut replayed = 0;
        for file in files {
            let path = file.expect("readable").path();
            println!("{}", path.display());
            entry(&std::fs::read(path).expect("readable"));
            replayed += 1;
        }
        assert!(replayed > 0, "the corpus of {name} is empty");
    }
}

//! One function per parser for fuzz targets: it must return for every input, and whatever it
//! accepts must be written back as it was.

use super::{SignedCheckpoint, VerifierKey, line};

/// A line of a segment, its newline included; also every entry.
pub fn segment_line(bytes: &[u8]) {
    let body = line::split(bytes).map_or(bytes, |(body, _)| body);
    if let Ok(found) = line::Line::parse(body) {
        let mut again = Vec::new();
        found.write(&mut again);
        assert_eq!(again, body, "a line has one form");
    }
}

/// Signed checkpoints, alone, in a row, or in one line.
pub fn checkpoint(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    if let Ok(found) = SignedCheckpoint::parse(text) {
        assert_eq!(found.to_string(), text, "a note has one form");
    }
    if let Ok(found) = SignedCheckpoint::parse_all(text) {
        let again: String = found.iter().map(ToString::to_string).collect();
        assert_eq!(again, text, "notes have one form");
    }
    if let Ok(found) = SignedCheckpoint::from_line(text) {
        assert_eq!(found.to_line(), text, "a line has one form");
    }
}

/// Verifier keys.
pub fn verifier_key(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    if let Ok(found) = text.parse::<VerifierKey>() {
        assert_eq!(found.to_string(), text, "a key has one form");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit::entry::tests::sample;
    use proptest::prelude::*;

    const SEEDS: [&str; 3] = [
        "{\"segment\":1,\"origin\":\"a\",\"first\":1,\"previous\":\
         \"00000000000000000000000000000000\",\"peaks\":\"\"",
        "{\"mac\":1,\"size\":2,\"tag\":\"00\"",
        "a\n1\nAAAA\nchain 00\ntime 2023-11-14T22:13:20.000Z\n\n\u{2014} a AAAA\n",
    ];

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(256))]

        #[test]
        fn no_input_panics(
            seed in 0..=SEEDS.len(), at: prop::sample::Index, with: Vec<u8>, cut in 0usize..4,
        ) {
            let mut bytes = Vec::new();
            match SEEDS.get(seed) {
                Some(text) => bytes.extend_from_slice(text.as_bytes()),
                None => sample(3).write(7, &mut bytes),
            }
            let at = at.index(bytes.len());
            let end = (at + cut).min(bytes.len());
            bytes.splice(at..end, with);
            segment_line(&bytes);
            checkpoint(&bytes);
            verifier_key(&bytes);
        }
    }
}

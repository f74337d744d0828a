//! What a security module worked with is in no file and, once its keys are deleted, not in memory.

use std::collections::BTreeMap;

use crate::harness::{Gateway, Search, on_card, python};

/// Secrets by name, in base64, as the client wrote them.
fn search(text: &str) -> Search {
    let secrets: BTreeMap<String, String> = serde_json::from_str(text).expect("JSON");
    assert!(secrets.len() > 100, "only {} secrets", secrets.len());
    let mut search = Search::new();
    for (name, secret) in secrets {
        search.add(&name, &decoded(&secret));
    }
    search
}

fn decoded(base64: &str) -> Vec<u8> {
    const DIGITS: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let value = |digit| DIGITS.find(digit).expect("a digit of base64");
    let bits: Vec<usize> = base64.trim_end_matches('=').chars().map(value).collect();
    let quads = bits.chunks(4).map(|quad| {
        let sum = quad.iter().fold(0, |sum, value| sum << 6 | value) << (6 * (4 - quad.len()));
        [sum >> 16, sum >> 8, sum].map(|byte| byte as u8)[..quad.len() * 3 / 4].to_vec()
    });
    quads.flatten().collect()
}

#[test]
fn nothing_of_a_deleted_key_stays() {
    assert_eq!(decoded("YWJjZA=="), b"abcd");
    let dir = tempfile::tempdir().expect("a temporary directory");
    let note = tempfile::NamedTempFile::new().expect("a temporary file");
    let gateway = Gateway::start_in(&dir.path().join("data"), &[], &[]);
    let path = note.path().to_str().expect("text");
    python(&["-m", "hem.traces"], &gateway, &[super::FIRST, path]);
    let search = search(&std::fs::read_to_string(path).expect("the client's note"));
    assert_eq!(search.files(dir.path()), []);
    if on_card() {
        return println!("memory not searched: a simulated card keeps its keys there");
    }
    search.until_forgotten(gateway.pid());
}

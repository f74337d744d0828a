//! `typex bench card`: figures in virtual time, from the command line.

use serde_json::Value;

use super::kind;
use crate::harness::typex;

/// Enough for a steady part.
const MESSAGES: &str = "1000";

/// Runs it on the card of these tests; it needs no gateway and no data directory.
fn bench(args: &[&str]) -> crate::harness::Ran {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let common = ["bench", "card", "--card", kind(), "--messages", MESSAGES];
    let ran = typex(&dir.path().join("data"), &[&common, args].concat());
    assert!(!dir.path().join("data").exists(), "it made a data directory");
    ran
}

fn report(args: &[&str]) -> Value {
    let text = bench(&[args, &["--json"]].concat()).succeeds();
    serde_json::from_str(&text).expect("JSON")
}

#[test]
fn a_report_names_the_card_and_its_rows_and_repeats() {
    let rows = ["--row", "gcm64", "--row", "idle64"];
    let one = report(&rows);
    for member in ["rtl_hash", "config", "clock_mhz", "link", "lanes", "regs_per_round"] {
        assert!(!one[member].is_null(), "no {member} in {one:.500}");
    }
    assert_eq!((&one["card"], &one["seed"]), (&kind().into(), &1.into()));
    assert_eq!(one["rtl_hash"] == "", kind() == "model", "{}", one["rtl_hash"]);
    assert_eq!(one["key_slots"], 64);
    let names: Vec<_> =
        one["rows"].as_array().expect("rows").iter().map(|row| &row["name"]).collect();
    assert!(names.iter().all(|name| name.as_str().is_some()), "{names:?}");
    assert!(names.contains(&&"gcm64".into()) && names.contains(&&"idle64".into()), "{names:?}");
    assert_eq!(one, report(&rows), "the same seed gives the same figures");
    let other = report(&[&rows[..], &["--seed", "2"]].concat());
    assert_eq!(other["seed"], 2);
    assert_ne!(one["rows"], other["rows"], "another seed gives other latencies");
}

#[test]
fn a_table_says_which_card_and_that_time_is_virtual() {
    let text = bench(&["--row", "idle64_gcm"]).succeeds();
    for word in [&format!("card={}", kind()), "usp-model", "virtual time", "idle64_gcm", "us"] {
        assert!(text.contains(word), "{word:?} is not in: {text}");
    }
    bench(&["--row", "nothing64"]).fails_with(&["--row nothing64"]);
    bench(&["--messages", "1"]).fails_with(&["--messages"]);
}

#[test]
fn sweeps_are_drawn() {
    let plots = tempfile::tempdir().expect("a temporary directory");
    let folder = plots.path().join("made");
    let folder = folder.to_str().expect("text");
    bench(&["--row", "backlog/", "--plots", folder]).succeeds();
    let files: Vec<_> = std::fs::read_dir(folder).expect("a folder").collect();
    assert_eq!(files.len(), 1, "{files:?}");
}

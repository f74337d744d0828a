//! Keys of instances beside each other, in the operator's lists and hands, and in a backup.

use std::path::Path;

use serde_json::Value;

use crate::harness::{Gateway, Ran, command, python, typex};

const NAMES: [&str; 2] = [super::FIRST, "second.localhost"];

/// One object a line.
fn rows(text: &str) -> Vec<Value> {
    text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
}

/// The client makes keys and notes what to expect, or expects it where the note is there.
fn client(gateway: &Gateway, note: &Path) {
    let note = note.to_str().expect("text");
    python(&["-m", "hem.keep"], gateway, &[NAMES[0], NAMES[1], note]);
}

/// The ids of keys that the operator sees in an instance's partition are those that its client
/// made.
fn check_lists(gateway: &Gateway, note: &Path) {
    let notes = std::fs::read_to_string(note).expect("the client's note");
    let notes: Vec<Value> = serde_json::from_str(&notes).expect("JSON");
    let modules = rows(&gateway.typex(&["hem", "list", "--json"]).succeeds());
    for (name, note) in NAMES.into_iter().zip(notes) {
        let module = modules.iter().find(|module| module["name"] == name).expect("a module");
        assert_eq!((&module["owner"], &module["serves"]), (&"Owner One".into(), &true.into()));
        let partition = module["partition"].as_str().expect("text");
        let list = gateway.typex(&["key", "list", "--json", "--partition", partition]).succeeds();
        let ids = |rows: &[Value], name: &str| {
            let mut ids: Vec<_> = rows.iter().map(|row| row[name].clone()).collect();
            ids.sort_by_key(Value::to_string);
            ids
        };
        let listed = rows(&list);
        assert_eq!(ids(&listed, "id"), ids(note["list"].as_array().expect("a list"), "kid"));
        let labels = listed.iter().filter_map(|key| key["label"].as_str());
        assert!(labels.into_iter().all(|label| label.starts_with("kept ")), "{list}");
    }
}

#[test]
fn keys_are_in_lists_and_backups() {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let (data, note) = (dir.path().join("data"), dir.path().join("note"));
    let gateway = Gateway::start_in(&data, &[], &[]);
    gateway.typex(&["hem", "add", NAMES[1]]).succeeds();
    client(&gateway, &note);
    check_lists(&gateway, &note);
    let backup = dir.path().join("backup");
    gateway.typex(&["backup", backup.to_str().expect("text")]).succeeds();
    gateway.stop();

    let restored = dir.path().join("restored");
    let mut restore = command(&restored);
    restore.arg("restore").arg(&backup).env("TYPEX_STORE_KEY_FILE", data.join("master.key"));
    Ran::of(&mut restore).succeeds();
    std::fs::copy(data.join("master.key"), restored.join("master.key")).expect("writable");
    typex(&restored, &["fsck"]).succeeds();
    let gateway = Gateway::start_in(&restored, &[], &[]);
    client(&gateway, &note);
    check_lists(&gateway, &note);
    gateway.stop();
    typex(&restored, &["audit", "verify"]).succeeds();
}

/// SHA-1 of the public half of the authenticator in `hem/phone.py`.
const PHONE: &str = "58e3f6f9c10722cfe3ce02a207e97e3f";

#[test]
fn an_operator_stops_an_authenticator_by_its_key() {
    let gateway = Gateway::start(&[]);
    let step = |step: &str| python(&["-m", "hem.phone"], &gateway, &[super::FIRST, step]);
    step("pair");
    step("works");
    gateway.typex(&["key", "suspend", PHONE]).succeeds();
    step("refused");
    gateway.typex(&["key", "resume", PHONE]).succeeds();
    step("works");
    gateway.typex(&["key", "destroy", "--yes", PHONE]).succeeds();
    step("refused");
}

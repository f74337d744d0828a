//! Records and log: copies of them, damage to them, their older selves, and what `doctor` says.

use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::{Value, json};

use super::{block, rows};
use crate::harness::{Connection, Gateway, Hotp, Object, Ran, Random, command, create_aes, typex};

/// A data directory with keys, a client and a log, whose gateway has ended.
fn used(dir: &Path, environment: &[(&str, &str)]) -> PathBuf {
    let data = dir.join("data");
    let gateway = Gateway::start_in(&data, &[], environment);
    gateway.typex(&["client", "add", "somebody"]).succeeds();
    let mut process = Connection::open(gateway.address("process/http"));
    for _ in 0..50 {
        assert_eq!(block(&mut process, &Object::demo_a(0xee01)), "9000");
    }
    gateway.stop();
    data
}

fn copy(from: &Path, to: &Path) {
    let copied = Command::new("cp").arg("-a").args([from, to]).status().expect("cp runs");
    assert!(copied.success());
}

/// Answers of an object and of a demo object.
fn answers(process: &mut Connection, object: &Object) -> [Value; 2] {
    [object, &Object::demo_a(0xee01)].map(|object| {
        let body = json!({ "data": object.seal([1; 8], &[2; 16]) }).to_string();
        process.post(&object.path([1; 8]), &body)
    })
}

#[test]
fn a_backup_restores_what_was_there() {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let data = dir.path().join("data");
    let mut random = Random::seeded("backup");
    let gateway = Gateway::start_in(&data, &[], &[]);
    let mut enrol = Connection::open(gateway.address("enrol/http"));
    let mut process = Connection::open(gateway.address("process/http"));
    let object = create_aes(&mut enrol, "TEST_API", &mut random, &[7; 16]).expect("running");
    let mut hotp = Hotp::create(&mut process, &mut random).expect("running");
    hotp.authenticate(&mut process, &mut random).expect("running");
    let before = answers(&mut process, &object);
    let backup = dir.path().join("backup");
    let path = backup.to_str().expect("text");
    gateway.typex(&["backup", path]).succeeds();
    gateway.typex(&["backup", path]).fails_with(&["exist"]);
    gateway.stop();

    let restored = dir.path().join("restored");
    let restore = || {
        let mut command = command(&restored);
        command.args(["restore", path]).env("TYPEX_STORE_KEY_FILE", data.join("master.key"));
        Ran::of(&mut command)
    };
    restore().succeeds();
    restore().fails_with(&["not empty"]);
    std::fs::copy(data.join("master.key"), restored.join("master.key")).expect("writable");
    typex(&restored, &["fsck"]).succeeds();
    let gateway = Gateway::start_in(&restored, &[], &[]);
    let mut process = Connection::open(gateway.address("process/http"));
    assert_eq!(answers(&mut process, &object), before);
    hotp.check_used_code_is_refused(&mut process, &mut random);
    hotp.authenticate(&mut process, &mut random).expect("running");
    gateway.stop();
    typex(&restored, &["audit", "verify"]).succeeds();
}

#[test]
fn a_damaged_backup_is_refused() {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let data = used(dir.path(), &[]);
    let backup = dir.path().join("backup");
    typex(&data, &["backup", backup.to_str().expect("text")]).succeeds();
    let sound = std::fs::read(&backup).expect("a file");
    let restored = dir.path().join("restored");
    for at in (0..sound.len()).step_by(sound.len() / 12) {
        let mut bytes = sound.clone();
        bytes[at] ^= 1;
        std::fs::write(&backup, bytes).expect("writable");
        let mut command = command(&restored);
        command.arg("restore").arg(&backup);
        Ran::of(command.env("TYPEX_STORE_KEY_FILE", data.join("master.key"))).fails_with(&[]);
        assert!(!restored.join("store/header").exists(), "byte {at} is not covered");
    }
}

/// A byte that no record uses may change unseen; then everything still reads as before.
#[test]
fn a_flipped_byte_of_the_records_is_found_or_harmless() {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let data = used(dir.path(), &[]);
    let listed = typex(&data, &["key", "list", "--json"]).succeeds();
    typex(&data, &["fsck"]).succeeds();
    let file = data.join("store/records.redb");
    let sound = std::fs::read(&file).expect("a file");
    let used: Vec<usize> = (0..sound.len()).filter(|at| sound[*at] != 0).collect();
    let mut found = 0;
    for at in used.iter().step_by(used.len() / 40) {
        let mut bytes = sound.clone();
        bytes[*at] ^= 0x10;
        std::fs::write(&file, bytes).expect("writable");
        let ran = typex(&data, &["fsck"]);
        assert!(!ran.err.contains("panicked"), "byte {at}: {}", ran.err);
        if !ran.ok {
            found += 1;
            continue;
        }
        assert_eq!(typex(&data, &["key", "list", "--json"]).succeeds(), listed, "byte {at}");
    }
    assert!(found >= 10, "only {found} of 40 were found");
    std::fs::write(&file, &sound).expect("writable");
    typex(&data, &["fsck"]).succeeds();
}

/// The segments of the log.
fn segments(data: &Path) -> Vec<PathBuf> {
    let files = data.join("store/audit").read_dir().expect("a directory");
    let files = files.map(|file| file.expect("an entry").path());
    let large = files.filter(|file| std::fs::metadata(file).is_ok_and(|meta| meta.len() > 4000));
    large.collect()
}

#[test]
fn damage_to_the_log_is_found() {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let data = used(dir.path(), &[]);
    let clean = typex(&data, &["audit", "verify"]).succeeds();
    assert!(clean.contains("nothing found"), "{clean}");
    let file = &segments(&data)[0];
    let sound = std::fs::read(file).expect("a file");
    for at in (0..sound.len()).step_by(sound.len() / 60) {
        let mut bytes = sound.clone();
        bytes[at] ^= 1;
        std::fs::write(file, bytes).expect("writable");
        typex(&data, &["audit", "verify"]).fails_with(&[]);
    }
    let lines: Vec<usize> = (0..sound.len()).filter(|at| sound[*at] == b'\n').collect();
    for end in [sound.len() - 1, sound.len() / 2, lines[lines.len() - 2] + 1, lines[1] + 1, 0] {
        std::fs::write(file, &sound[..end]).expect("writable");
        typex(&data, &["audit", "verify"]).fails_with(&[]);
    }
    std::fs::remove_file(file).expect("writable");
    typex(&data, &["audit", "verify"]).fails_with(&[]);
    std::fs::write(file, &sound).expect("writable");
    typex(&data, &["audit", "verify"]).succeeds();
}

/// An older copy of everything is whole in itself; only what was kept elsewhere tells.
#[test]
fn a_rollback_is_found_by_what_a_witness_kept() {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let witness = dir.path().join("witness");
    let target = format!("file:{}", witness.display());
    let environment = [("TYPEX_AUDIT_WITNESSES", &*target)];
    let data = used(dir.path(), &environment);
    let older = dir.path().join("older");
    copy(&data, &older);
    let since = ["audit", "verify", "--since", witness.to_str().expect("text")];
    typex(&older, &since).succeeds();
    used(dir.path(), &environment);
    typex(&data, &since).succeeds();
    typex(&older, &["audit", "verify"]).succeeds();
    typex(&older, &since).fails_with(&["size"]);
    std::fs::write(&witness, "no checkpoint").expect("writable");
    typex(&data, &since).fails_with(&["checkpoint"]);
}

#[test]
fn the_log_is_shown_filtered_and_followed() {
    let gateway = Gateway::start(&[]);
    let mut process = Connection::open(gateway.address("process/http"));
    let unknown = Object { id: 0xffff, ..Object::demo_a(0xee01) };
    for _ in 0..3 {
        assert_eq!(block(&mut process, &Object::demo_a(0xee01)), "9000");
        assert_eq!(block(&mut process, &unknown), "8034");
    }
    let mut follow = command(gateway.data())
        .args(["audit", "show", "--follow", "--json", "--action", "operator.client_add"])
        .stdout(Stdio::piped())
        .spawn()
        .expect("typex starts");
    gateway.typex(&["client", "add", "followed"]).succeeds();
    let mut line = String::new();
    let lines = follow.stdout.take().expect("piped");
    BufReader::new(lines).read_line(&mut line).expect("a line");
    follow.kill().expect("running");
    follow.wait().expect("a child");
    assert!(line.contains("client_add"), "{line}");

    let all = rows(&gateway, &["audit", "show", "--json"]);
    let failed = rows(&gateway, &["audit", "show", "--json", "--failed"]);
    assert_eq!(failed.len(), 3, "{failed:?}");
    let last = rows(&gateway, &["audit", "show", "--json", "--last", "2"]);
    assert_eq!(last, all[all.len() - 2..]);
    let done = rows(&gateway, &["audit", "show", "--json", "--action", "process_data"]);
    assert_eq!(done.len(), 6, "{done:?}");
    let text = gateway.typex(&["audit", "show"]).succeeds();
    assert_eq!(text.lines().count(), all.len());
    gateway.typex(&["audit", "show", "--action", "frobnicate"]).fails_with(&["frobnicate"]);
    gateway.typex(&["audit", "show", "--partition", "x"]).fails_with(&[]);
}

#[test]
fn doctor_finds_what_would_hurt() {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let data = dir.path().join("data");
    let doctor = |environment: &[(&str, &str)]| {
        Ran::of(command(&data).arg("doctor").envs(environment.iter().copied()))
    };
    let gateway = Gateway::start_in(&data, &[], &[]);
    let text = doctor(&[]).succeeds();
    assert!(text.contains("running on this data directory"), "{text}");
    gateway.stop();
    let taken = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let port = taken.local_addr().expect("bound").port().to_string();
    doctor(&[("TYPEX_LISTEN_PORTS_ENIGMA_BRIDGE_PROCESS", &port)]).fails_with(&["taken", &port]);
    doctor(&[("TYPEX_STORE_PRODUCTION", "true")]).fails_with(&["BAD", "store"]);
    doctor(&[("TYPEX_LISTEN_CERTIFICATE", "/none"), ("TYPEX_LISTEN_PRIVATE_KEY", "/none")])
        .fails_with(&["BAD", "certificate", "/none"]);
    let open = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    std::fs::set_permissions(&data, open).expect("ours");
    doctor(&[]).fails_with(&["open to others"]);
}

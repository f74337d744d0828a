//! Payments under the operator's hand: access keys, pairs, components.

use std::io::Write;
use std::process::Stdio;

use serde_json::Value;

use super::rows;
use crate::harness::{Gateway, Ran, command, interpreter, program, root, typex};

/// Vector `components-tdes`: custodian, component, its check value.
const COMPONENTS: [(&str, &str, &str); 2] = [
    ("ada", "10233245546776899801ABBACDDCEFFE", "5ED7EA"),
    ("grace", "A1A2A2A4A4A7A7A8A8ABABADADAEAEB0", "A42499"),
];

fn one(gateway: &Gateway, args: &[&str]) -> Value {
    rows(gateway, args).into_iter().next().expect("one row")
}

fn text<'a>(row: &'a Value, member: &str) -> &'a str {
    row[member].as_str().unwrap_or_else(|| panic!("no text {member} in {row}"))
}

/// A command with one line of standard input.
fn typed(gateway: &Gateway, args: &[&str], line: &str) -> Ran {
    let mut command = command(gateway.data());
    command.args(args).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("the program runs");
    let mut input = child.stdin.take().expect("piped");
    writeln!(input, "{line}").expect("it reads");
    drop(input);
    let output = child.wait_with_output().expect("it ends");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    Ran { ok: output.status.success(), out: text(&output.stdout), err: text(&output.stderr) }
}

#[test]
fn access_keys_outlive_the_gateway() {
    let dir = tempfile::tempdir().expect("a temporary folder");
    let gateway = Gateway::start_in(dir.path(), &[], &[]);
    let create = ["payments", "access-key", "create", "--json", "--partition"];
    let made = one(&gateway, &[&create[..], &["new", "--allow", "translate_pin"]].concat());
    let (id, secret) = (text(&made, "access_key_id"), text(&made, "secret_access_key"));
    assert_eq!((id.len(), secret.len(), text(&made, "account").len()), (20, 40, 12));
    let partition = text(&made, "partition");
    let other = one(&gateway, &[&create[..], &[partition]].concat());
    assert_eq!(text(&other, "partition"), partition);
    let list = ["payments", "access-key", "list", "--json"];
    let listed = rows(&gateway, &list);
    assert_eq!(listed.len(), 2);
    assert!(listed.iter().all(|row| row.get("secret_access_key").is_none()));
    gateway.typex(&["payments", "access-key", "disable", id]).succeeds();
    gateway.typex(&[&create[..], &["new", "--allow", "cards"]].concat()).fails_with(&["cards"]);
    let entries =
        rows(&gateway, &["audit", "show", "--json", "--action", "operator.access_key_disable"]);
    assert_eq!(text(&entries[0], "access_key"), text(&listed[0], "api_key"));
    gateway.stop();
    let text = typex(dir.path(), &list).succeeds();
    let states: Vec<Value> =
        text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    assert_eq!([&states[0]["state"], &states[1]["state"]], ["disabled", "enabled"]);
}

fn add(gateway: &Gateway, ceremony: &str, (custodian, component, value): (&str, &str, &str)) {
    let add = ["key", "components", "add", ceremony, "--custodian", custodian];
    let said = typed(gateway, &add, component).succeeds();
    assert!(said.contains(value) && !said.contains(component), "{said}");
    typed(gateway, &add, component).fails_with(&["already"]);
}

/// A new partition, as making an access key for it shows.
fn partition(gateway: &Gateway) -> Value {
    one(gateway, &["payments", "access-key", "create", "--json", "--partition", "new"])
}

/// The pairs of one partition are one, of another none, of one that is not there an error.
fn listed_by_partition(gateway: &Gateway, partition_of: &str) {
    let list = ["payments", "pair", "list", "--json", "--partition"];
    assert_eq!(rows(gateway, &[&list[..], &[partition_of]].concat()).len(), 1);
    let other = partition(gateway);
    assert!(rows(gateway, &[&list[..], &[text(&other, "partition")]].concat()).is_empty());
    gateway.typex(&[&list[..], &[&"ab".repeat(16)]].concat()).fails_with(&["no partition"]);
}

#[test]
fn custodians_bring_in_a_key_and_approve_a_pair() {
    let gateway = Gateway::start(&[]);
    let made = partition(&gateway);
    let partition = text(&made, "partition");
    let begin = ["key", "components", "begin", "--json", "--partition", partition];
    let kind = ["--algorithm", "TDES_2KEY", "--usage", "K0", "--mode", "B", "--count", "2"];
    let begun = one(&gateway, &[&begin[..], &kind].concat());
    let ceremony = text(&begun, "ceremony");
    COMPONENTS.into_iter().for_each(|component| add(&gateway, ceremony, component));
    let made = one(&gateway, &["key", "components", "finish", "--json", ceremony]);
    assert_eq!(text(&made, "check_value"), "47C4A4");
    let key = text(&made, "key");
    let listed = one(&gateway, &["payments", "key", "list", "--json"]);
    assert_eq!((text(&listed, "id"), text(&listed, "entry")), (key, "components"));
    let listed = gateway.typex(&["key", "list", "--partition", partition]).succeeds();
    assert!(listed.contains("K0 TDES_2KEY B"), "{listed}");
    let set = ["payments", "key", "set", "--partition", partition, "--key", key];
    let said = gateway.typex(&[&set[..], &["--brings", "P0,D0"]].concat()).succeeds();
    assert!(said.contains("brings D0,P0"), "{said}");
    gateway.typex(&[&set[..], &["--accept-format-1"]].concat()).fails_with(&["P0 and B0"]);
    let grant = ["payments", "pair", "grant", "--json", "--partition", partition];
    let ends = ["--incoming", key, "--incoming-wrapped", "--outgoing", key, "--outgoing-wrapped"];
    let pair = one(&gateway, &[&grant[..], &ends, &["--passage", "pin"]].concat());
    listed_by_partition(&gateway, partition);
    let (pair, mut states) = (text(&pair, "id"), vec![text(&pair, "state").to_owned()]);
    for custodian in ["ada", "grace"] {
        gateway.typex(&["payments", "pair", "approve", pair, "--custodian", custodian]).succeeds();
        states.push(
            text(&one(&gateway, &["payments", "pair", "list", "--json"]), "state").to_owned(),
        );
    }
    assert_eq!(states, ["needs approval", "needs approval", "in force"]);
    gateway.typex(&["payments", "pair", "revoke", pair]).succeeds();
    assert!(rows(&gateway, &["payments", "pair", "list", "--json"]).is_empty());
}

#[test]
fn the_model_is_one_object() {
    let dir = tempfile::tempdir().expect("a temporary folder");
    let model = typex(dir.path(), &["payments", "model"]).succeeds();
    let model: Value = serde_json::from_str(&model).expect("JSON");
    let operations = model["payment-cryptography-data"].as_object().expect("a service");
    assert!(
        operations.contains_key("TranslatePinData") && operations.len() >= 15,
        "{operations:?}"
    );
    assert!(model["payment-cryptography"]["CreateKey"]["refused"].is_null());
}

#[test]
fn five_calls_translate_a_pin_and_re_encrypt_a_card() {
    let dir = tempfile::tempdir().expect("a temporary folder");
    let shown = typex(dir.path(), &["payments", "demo"]).succeeds();
    assert_eq!(shown.matches("\n200 OK\n").count(), 5, "{shown}");
    let calls =
        ["GeneratePinData", "TranslatePinData", "VerifyPinData", "EncryptData", "ReEncryptData"];
    assert!(calls.iter().all(|name| shown.contains(name)), "{shown}");
    assert_eq!(std::fs::read_dir(dir.path()).expect("a folder").count(), 0, "nothing is left");
}

/// What `--allow` takes is in its help and in the document.
#[test]
fn names_of_operations_are_told() {
    let dir = tempfile::tempdir().expect("a temporary folder");
    let create = ["payments", "access-key", "create", "--help"];
    let help = typex(dir.path(), &create).succeeds();
    let (_, names) = help.split_once("The names:").expect("a list of names");
    let is_name = |line: &&str| line.contains('_') && !line.contains([' ', '-']);
    let names: Vec<_> = names.lines().map(str::trim).filter(is_name).collect();
    assert!(names.len() > 40 && names.contains(&"translate_pin"), "{names:?}");
    let document = std::fs::read_to_string(root().join("docs/payments.md")).expect("a document");
    for name in names {
        // Families are told by what they share.
        let start =
            ["payment_", "generate_mac_", "verify_mac_"].map(|start| name.strip_prefix(start));
        let told = start.into_iter().flatten().next().unwrap_or(name);
        assert!(document.contains(&format!("`{told}`")), "{name} is not in the document");
    }
}

/// Who reads the first lines alone, as `head` does, has read enough.
#[test]
fn a_closed_pipe_is_no_failure() {
    let gateway = Gateway::start(&[]);
    gateway.typex(&["payments", "access-key", "create", "--partition", "new"]).succeeds();
    for args in [
        &["doctor"][..],
        &["payments", "model"],
        &["payments", "access-key", "list"],
        &["payments", "access-key", "list", "--json"],
        &["payments", "access-key", "create", "--partition", "new"],
        &["audit", "show"],
        &["audit", "show", "--json"],
        &["key", "list", "--json"],
        &["completions", "bash"],
        &["hem", "list"],
    ] {
        let (reader, writer) = std::io::pipe().expect("a pipe");
        drop(reader);
        let ran = Ran::of(command(gateway.data()).args(args).stdout(writer));
        assert!(ran.ok && ran.err.is_empty(), "{args:?}: {}", ran.err);
    }
}

/// Ctrl-C where a component is typed ends the command and gives the terminal back as it was.
#[test]
fn an_interrupt_leaves_a_terminal_that_shows_what_is_typed() {
    let dir = tempfile::tempdir().expect("a temporary folder");
    let mut command = interpreter();
    command.arg("terminal.py").arg(program()).arg("--data").arg(dir.path());
    let add = ["key", "components", "add", &"0".repeat(32), "--custodian", "ada"];
    Ran::of(command.args(add)).succeeds();
}

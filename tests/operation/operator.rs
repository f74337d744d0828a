//! Keys and clients under the operator's hand, while clients use them.

use serde_json::json;

use super::{block, connections, id, rows};
use crate::harness::{Connection, Gateway, Object, Random, create_aes, status};

fn key_id(gateway: &Gateway, object: &str) -> String {
    id(&rows(gateway, &["key", "list", "--json"]), "object", object)
}

#[test]
fn a_key_follows_its_state_at_the_next_request() {
    let gateway = Gateway::start(&[]);
    let object = Object::demo_a(0xee01);
    let mut connections = connections(&gateway);
    let mut all = |expected: &str| {
        for connection in &mut connections {
            assert_eq!(block(connection, &object), expected);
        }
    };
    let key = key_id(&gateway, "0000ee01");
    for _ in 0..3 {
        all("9000");
        gateway.typex(&["key", "suspend", &key]).succeeds();
        all("4081");
        gateway.typex(&["key", "resume", &key]).succeeds();
    }
    all("9000");
    gateway.typex(&["key", "destroy", &key]).fails_with(&["--yes"]);
    all("9000");
    gateway.typex(&["key", "destroy", "--yes", &key]).succeeds();
    all("4081");
    gateway.typex(&["key", "resume", &key]).fails_with(&[]);
    all("4081");
    let shown = gateway.typex(&["key", "show", &key]).succeeds();
    assert!(shown.contains("destroyed"), "{shown}");
    gateway.typex(&["key", "show", "00"]).fails_with(&["32"]);
    gateway.typex(&["key", "show", &"0".repeat(32)]).fails_with(&["no key"]);
}

#[test]
fn a_refusal_is_recorded_with_its_key() {
    let gateway = Gateway::start(&[]);
    let mut process = Connection::open(gateway.address("process/http"));
    let key = key_id(&gateway, "0000ee01");
    let show = ["audit", "show", "--json", "--failed", "--action", "process_data"];
    for (change, refusals) in [(&["key", "suspend"][..], 1), (&["key", "destroy", "--yes"], 2)] {
        gateway.typex(&[change, &[&key]].concat()).succeeds();
        assert_eq!(block(&mut process, &Object::demo_a(0xee01)), "4081");
        let refused = rows(&gateway, &show);
        assert_eq!(refused.len(), refusals, "{refused:?}");
        assert!(refused.iter().all(|entry| entry["key"] == *key), "{change:?}: {refused:?}");
    }
}

#[test]
fn keys_are_listed_and_shown() {
    let gateway = Gateway::start(&[]);
    let keys = rows(&gateway, &["key", "list", "--json"]);
    assert_eq!(keys.len(), 12, "eleven demo objects and the import key");
    let partition = keys.iter().find(|key| key["object"] == "0000ee01").expect("a demo object");
    let partition = partition["partition"].as_str().expect("text");
    assert_eq!(rows(&gateway, &["key", "list", "--json", "--partition", partition]).len(), 11);
    let text = gateway.typex(&["key", "list"]).succeeds();
    assert_eq!(text.lines().count(), 13, "{text}");
    let key = key_id(&gateway, "00009876");
    let shown = rows(&gateway, &["key", "show", "--json", &key]);
    assert_eq!(shown, [keys.iter().find(|one| one["id"] == key).expect("listed").clone()]);
    let words = ["usage", "state", "lengths", "residency", "origin"].map(|name| &shown[0][name]);
    assert_eq!(words, ["rsa_private", "active", "exactly", "any", "service"]);
    let numbers = ["modulus_bits", "length_bytes"].map(|name| &shown[0][name]);
    assert_eq!(numbers, [2048, 256]);
    assert!(gateway.typex(&["key", "list"]).succeeds().contains("rsa_private 2048"));
}

/// The API key in what `client add` prints.
fn add_client(gateway: &Gateway, name: &str) -> (String, &'static str) {
    let text = gateway.typex(&["client", "add", name]).succeeds();
    let word = |title: &str| {
        let line = text.lines().find(|line| line.starts_with(title)).expect("a line");
        line[title.len()..].split_whitespace().next().expect("a word").to_owned()
    };
    (word("client"), word("api key").leak())
}

#[test]
fn a_revoked_client_is_unknown_at_the_next_request() {
    let gateway = Gateway::start(&[]);
    let mut random = Random::seeded("operation");
    let (client, api_key) = add_client(&gateway, "to be revoked");
    let (_, other) = add_client(&gateway, "to stay");
    let mut enrol = Connection::open(gateway.address("enrol/http"));
    let made = [api_key, other].map(|api_key| {
        let app = random.bytes();
        create_aes(&mut enrol, api_key, &mut random, &app).expect("running")
    });
    let mut connections = connections(&gateway);
    for connection in &mut connections {
        assert_eq!(made.each_ref().map(|object| block(connection, object)), ["9000", "9000"]);
    }
    let clients = rows(&gateway, &["client", "list", "--json"]);
    assert_eq!(id(&clients, "name", "to be revoked"), client);
    gateway.typex(&["client", "revoke", &client]).succeeds();
    for connection in &mut connections {
        assert_eq!(made.each_ref().map(|object| block(connection, object)), ["8068", "9000"]);
    }
    let text = gateway.typex(&["client", "list"]).succeeds();
    assert!(text.lines().any(|line| line.contains(&client) && line.contains("removed")), "{text}");
    gateway.typex(&["client", "revoke", &"0".repeat(32)]).fails_with(&["no client"]);
}

/// A client that registered by itself loses its password too.
#[test]
fn a_revoked_client_cannot_log_in() {
    let gateway = Gateway::start(&[]);
    let mut register = Connection::open(gateway.address("register/http"));
    let mut ask = |function: &str, client: serde_json::Value| {
        let body = json!({ "nonce": "00", "version": 1, "function": function,
            "environment": "dev", "client": client });
        register.post("/api/v1/client", &body.to_string())
    };
    let client = json!({ "name": "self-made", "authentication": "type", "type": "test" });
    let made = ask("create", client)["response"].clone();
    let login = json!({ "authentication": "password", "username": made["username"],
        "password": made["password"] });
    let added = ask("addapi", login.clone());
    assert_eq!(added["status"], 0x9000, "{added}");
    let api_key = added["response"]["apikey"].as_str().expect("text");
    let path = format!("/1.0/{api_key}0000000001/GetImportPublicKey/0102030405060708");
    let mut process = Connection::open(gateway.address("process/http"));
    assert_eq!(status(&process.post(&path, "{}")), "9000");
    let client = id(&rows(&gateway, &["client", "list", "--json"]), "name", "self-made");
    gateway.typex(&["client", "revoke", &client]).succeeds();
    assert_eq!(status(&process.post(&path, "{}")), "8068");
    assert_eq!(ask("addapi", login)["status"], 0x8069);
}

/// The same commands work on the store itself when no gateway runs.
#[test]
fn commands_need_no_gateway() {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let data = dir.path().join("data");
    crate::harness::typex(&data, &["key", "list"]).fails_with(&["holds no store"]);
    assert!(!data.exists());
    Gateway::start_in(&data, &[], &[]).stop();
    let listed = crate::harness::typex(&data, &["key", "list"]).succeeds();
    let line = listed.lines().find(|line| line.contains("0000ee01")).expect("a demo object");
    let key = line.split_whitespace().next().expect("an id");
    crate::harness::typex(&data, &["key", "suspend", key]).succeeds();
    let gateway = Gateway::start_in(&data, &[], &[]);
    let mut connection = Connection::open(gateway.address("process/http"));
    assert_eq!(block(&mut connection, &Object::demo_a(0xee01)), "4081");
}

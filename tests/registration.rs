//! Clients that join over the wire, and what the operator decides about them.
// spec: enigma-bridge 6

use serde_json::{Value, json};

use crate::harness::{Connection, Gateway, Hotp, Random, status};

const SUCCESS: u64 = 0x9000;
const REFUSED: u64 = 0x20bc;

/// What the gateway answers to a function at a path of the registration API.
fn ask(gateway: &Gateway, place: &str, function: &str, members: Value) -> Value {
    let mut body = json!({ "nonce": "n", "version": 1, "function": function });
    let body_members = body.as_object_mut().expect("an object");
    body_members.extend(members.as_object().expect("an object").clone());
    let body = body.to_string();
    let request = format!(
        "POST /api/v1/{place} HTTP/1.1\r\nhost: test\r\nx-auth-token: approve-anything\r\n\
         content-length: {}\r\n\r\n{body}",
        body.len()
    );
    let mut connection = Connection::open(gateway.address("register/http"));
    let text = connection.exchange_raw(request.as_bytes()).expect("an answer");
    serde_json::from_str(&text).expect("JSON")
}

/// An API key of a new client, for some operations or all.
fn api_key(gateway: &Gateway, operations: Value) -> String {
    let client = json!({ "client": { "name": "till 7", "type": "test" } });
    let made = ask(gateway, "client", "create", client);
    let client = json!({
        "username": made["response"]["username"],
        "password": made["response"]["password"],
    });
    let members = json!({ "client": client, "endpoint": {}, "operations": operations });
    let added = ask(gateway, "client", "addapi", members);
    added["response"]["apikey"].as_str().expect("a key").to_owned()
}

/// The status of a request for a template.
fn open_template(gateway: &Gateway, api_key: &str, kind: &str) -> String {
    let data = json!({ "data": { "format": 1, "protocol": 1, "type": kind } });
    let path = format!("/1.0/{api_key}0000000001/GetUserObjectTemplate/0011223344556677");
    let mut enrol = Connection::open(gateway.address("enrol/http"));
    status(&enrol.post(&path, &data.to_string())).to_owned()
}

#[test]
fn the_operator_lets_clients_in_where_registration_is_not_open() {
    let gateway = Gateway::start_with(&[("TYPEX_REGISTRATION_OPEN", "false")]);
    let begun = ask(&gateway, "client", "initauth", json!({ "client": { "type": "client" } }));
    let id = begun["response"]["clientid"].as_str().expect("an id");
    let create = |id: &str| {
        let client = json!({ "name": "till 7", "type": "client", "clientid": id });
        ask(&gateway, "client", "create", json!({ "client": client }))["status"].clone()
    };
    assert_eq!(create(id), REFUSED);
    gateway.typex(&["client", "confirm", &"x".repeat(40)]).fails_with(&["no open registration"]);
    assert_eq!(create(id), REFUSED);
    gateway.typex(&["client", "confirm", id]).succeeds();
    assert_eq!(create(id), SUCCESS);
    let shown = gateway.typex(&["audit", "show", "--action", "operator.client_confirm"]);
    assert_eq!(shown.succeeds().lines().count(), 1);
}

#[test]
fn an_api_key_for_some_operations_creates_others_once_they_are_approved() {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let token = dir.path().join("token");
    std::fs::write(&token, "approve-anything\n").expect("writable");
    let token = token.to_str().expect("plain").to_owned();
    let gateway = Gateway::start_with(&[("TYPEX_REGISTRATION_APPROVAL_TOKEN_FILE", &token)]);
    let key = api_key(&gateway, json!(["basic_rsa1024_decrypt"]));
    assert_eq!(open_template(&gateway, &key, "300005"), "9000");
    assert_eq!(open_template(&gateway, &key, "300004"), "20bc");
    let request = json!({ "apikey": key, "objecttype": 4, "objectpolicy": {} });
    let approved = ask(&gateway, "business", "authorizecreate", json!({ "request": request }));
    assert_eq!(approved["status"], SUCCESS, "{approved}");
    assert_eq!(open_template(&gateway, &key, "300004"), "9000");
    assert_eq!(open_template(&gateway, &key, "30000f"), "20bc");
}

#[test]
fn without_a_token_nobody_approves() {
    let gateway = Gateway::start(&[]);
    let key = api_key(&gateway, Value::Null);
    let request = json!({ "apikey": key, "objecttype": 4, "objectpolicy": {} });
    let refused = ask(&gateway, "business", "authorizecreate", json!({ "request": request }));
    assert_eq!(refused["status"], REFUSED, "{refused}");
}

#[test]
fn a_wrong_code_of_a_user_shows_in_the_audit_log() {
    let gateway = Gateway::start_with(&[("TYPEX_AUDIT_DATA", "strict")]);
    let mut random = Random::seeded("wrong code");
    let mut process = Connection::open(gateway.address("process/http"));
    let mut user = Hotp::create(&mut process, &mut random).expect("running");
    let counter = user.counter;
    assert_eq!(user.attempt(&mut process, counter, &mut random), Some(0x9000));
    assert_eq!(user.attempt(&mut process, counter, &mut random), Some(0xa0b0));
    let failed = gateway.typex(&["audit", "show", "--failed"]).succeeds();
    assert_eq!(failed.lines().count(), 1, "{failed}");
    assert!(failed.contains("process_data ok") && failed.contains("user_auth=wrong_code"));
}

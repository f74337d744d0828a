//! Answers to requests that no parser sees, and the choice between two readings of a handle.

use bytes::Bytes;
use serde_json::Value;
use typex_core::ErrorKind;
use typex_core::op::Output;
use typex_dialect::Dialect;
use typex_dialect::enigma_bridge::EnigmaBridge;

use crate::message;

fn json(body: &[u8]) -> Value {
    serde_json::from_slice(body).expect("an answer is JSON")
}

#[test]
fn a_refusal_repeats_what_the_head_told() {
    let target = "POST /1.0/TEST_API000000ee01/GetImportPublicKey/0a0b HTTP/1.1\n\n";
    let (parts, _) = message::http(target);
    let listener = message::listener("process");
    let answer = EnigmaBridge.refuse(listener, Some(&parts), ErrorKind::TooLarge);
    assert_eq!(answer.status(), 200);
    let answer = json(answer.body());
    assert_eq!(answer["function"], "GetImportPublicKey");
    assert_eq!(answer["nonce"], "0a0b");
    assert_eq!(answer["status"], "8031");
    assert_eq!(answer["result"], Value::Array(vec![]));
}

#[test]
fn a_refusal_without_a_head_is_still_an_answer() {
    let listener = message::listener("enrol");
    let answer = json(EnigmaBridge.refuse(listener, None, ErrorKind::ShuttingDown).body());
    assert_eq!((&answer["function"], &answer["nonce"]), (&"Unknown".into(), &"".into()));
    assert_eq!((&answer["status"], &answer["result"]), (&"100f".into(), &Value::Null));
    let listener = message::listener("process-tcp");
    let answer = EnigmaBridge.refuse_line(listener, ErrorKind::Timeout);
    assert!(!answer.contains(&b'\n'));
    assert_eq!(json(&answer)["status"], "1006");
}

#[test]
fn the_registration_listener_refuses_in_its_own_form() {
    let listener = message::listener("register");
    let answer = json(EnigmaBridge.refuse(listener, None, ErrorKind::Busy).body());
    assert_eq!(answer["status"], 0x10a6);
    assert_eq!(answer["response"], Value::Null);
    assert!(!answer["function"].as_str().unwrap().is_empty());
}

#[test]
fn the_handle_of_a_new_object_begins_with_the_chosen_api_key() {
    let body = r#"{"data":{"objectid":"00002248","importkey":"1","object":"a10000a20000"}}"#;
    let url = "/1.0/TEST_API00000022480000300004/CreateUserObject/00";
    for (choice, handle) in
        [(0, "TEST_API00000022480000300004"), (1, "TEST_API000000224800000022480000300004")]
    {
        let request = format!("POST {url} HTTP/1.1\n\n{body}");
        let Ok(mut call) = message::parse(message::listener("enrol"), &request) else {
            panic!("it is well-formed")
        };
        assert_eq!(call.candidates.as_slice().len(), 2);
        call.reply.choose(choice);
        let output = Output::KeyCreated { object: 0x2248, foreign_type: 0x30_0004, public: None };
        let answer = EnigmaBridge.render(&call.reply, Ok(output));
        assert_eq!(json(answer.body())["result"]["handle"], handle);
    }
}

#[test]
fn every_http_listener_answers_a_preflight() {
    for name in ["process", "enrol", "register"] {
        let (parts, _) = message::http("OPTIONS /api/v1/client HTTP/1.1\n\n");
        let answer = EnigmaBridge.parse(message::listener(name), &parts, &Bytes::new());
        let Err(answer) = answer else { panic!("a preflight is no call") };
        assert_eq!(answer.status(), 204);
        assert_eq!(answer.headers()["access-control-allow-origin"], "*");
    }
}

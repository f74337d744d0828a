//! JSON line listeners.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpStream};
use std::time::Duration;

use serde_json::{Value, json};

use super::{Neighbour, sound_body};
use crate::harness::Gateway;

const LISTENERS: [&str; 2] = ["process-tcp/tcp", "enrol-tcp/tcp"];

/// All that comes back until the gateway closes.
fn talk(gateway: &Gateway, listener: &str, bytes: &[u8], end: bool) -> String {
    let mut stream = TcpStream::connect(gateway.address(listener)).expect("accepts");
    stream.set_read_timeout(Some(Duration::from_secs(30))).expect("an option");
    stream.write_all(bytes).expect("writable");
    if end {
        stream.shutdown(Shutdown::Write).expect("open");
    }
    let mut text = String::new();
    stream.read_to_string(&mut text).expect("an answer or the end");
    text
}

fn request(handle: &str) -> Value {
    let data: Value = serde_json::from_str(&sound_body()).expect("JSON");
    json!({ "function": "ProcessData", "version": "1.0", "objectid": handle,
        "nonce": "0102030405060708", "data": data["data"] })
}

fn without(member: &str) -> String {
    let mut request = request("TEST_API000000ee01");
    request.as_object_mut().expect("an object").remove(member);
    request.to_string()
}

fn with(member: &str, value: Value) -> String {
    let mut request = request("TEST_API000000ee01");
    request[member] = value;
    request.to_string()
}

#[test]
fn wrong_lines_get_their_status_and_the_end() {
    let gateway = Gateway::start(&[]);
    let mut neighbour = Neighbour::of(&gateway);
    let cases = [
        ("GET / HTTP/1.1".to_owned(), "8037"),
        ("[1]".to_owned(), "8037"),
        ("{]".to_owned(), "8037"),
        ("{\"function\":\"ProcessData\"".to_owned() + "}x", "8037"),
        (without("version"), "8038"),
        (with("version", json!("9")), "8038"),
        (without("function"), "8001"),
        (with("function", json!(["ProcessData"])), "8001"),
        (without("nonce"), "803a"),
        (without("objectid"), "8068"),
        (with("objectid", json!("TEST_API000000ffff")), "8034"),
        (without("data"), "8039"),
        (with("data", json!({})), "8039"),
        (with("data", json!("zz")), "8039"),
    ];
    for listener in LISTENERS {
        for (line, expected) in &cases {
            let text = talk(&gateway, listener, format!("{line}\n").as_bytes(), false);
            let answer: Value = serde_json::from_str(&text).expect("one JSON object");
            assert_eq!(answer["status"], *expected, "{line:.60}: {answer}");
            assert!(answer["function"].is_string() && answer["result"].is_null(), "{answer}");
            assert!(text.ends_with("}\n"));
        }
        neighbour.is_served();
    }
}

#[test]
fn one_request_is_answered_and_what_follows_is_not() {
    let gateway = Gateway::start(&[]);
    let line = request("TEST_API000000ee01").to_string();
    for listener in LISTENERS {
        for bytes in [format!("{line}\n{line}\n{line}\n"), format!("\r\n \n{line} \r\n\n")] {
            let text = talk(&gateway, listener, bytes.as_bytes(), false);
            assert_eq!(text.matches("\"9000\"").count(), 1, "{text}");
        }
        assert!(talk(&gateway, listener, line.as_bytes(), true).contains("\"9000\""));
    }
}

#[test]
fn truncated_slow_and_large_lines_end() {
    let environment = [
        ("TYPEX_LIMITS_BODY_MS", "300"),
        ("TYPEX_LIMITS_BODY_BYTES_MAX", "4096"),
        ("TYPEX_LIMITS_IDLE_MS", "300"),
    ];
    let gateway = Gateway::start_with(&environment);
    let line = request("TEST_API000000ee01").to_string();
    for listener in LISTENERS {
        assert_eq!(talk(&gateway, listener, &line.as_bytes()[..50], true), "", "truncated");
        assert_eq!(talk(&gateway, listener, b"", false), "", "silent");
        let large = format!("{{\"data\":\"{}\"}}\n", "0".repeat(5_000));
        let text = talk(&gateway, listener, large.as_bytes(), false);
        assert!(text.contains("\"8031\""), "large: {text}");
        let deep = "{\"a\":".repeat(500) + "1" + &"}".repeat(500) + "\n";
        let text = talk(&gateway, listener, deep.as_bytes(), false);
        assert!(text.contains("\"80"), "deep: {text}");
    }
    Neighbour::of(&gateway).is_served();
}

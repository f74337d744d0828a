//! The gateway with a card: the driver and the behavioural card in the real binary, under the
//! operator's commands and under faults. The last module checks the programmer's guide.

mod bench;
mod faults;
mod guide;
mod operator;

use serde_json::Value;

use crate::harness::{Connection, Gateway, Object, status};

/// The published demo key of the object `ee01`.
const DEMO_KEY: &str = "11223344556677889900aabbccddeeff";

/// The status of one request over an object whose answer is known; a success must be right.
fn ask(connection: &mut Connection, at: u64) -> String {
    let object = Object::demo_a(0xee01);
    let (nonce, block) = (at.to_be_bytes(), block(at));
    let body = format!("{{\"data\":\"{}\"}}", object.seal(nonce, &block));
    let answer = connection.post(&object.path(nonce), &body);
    if status(&answer) == "9000" {
        let result = answer["result"].as_str().expect("a result");
        assert_eq!(object.open(result), Some((nonce, encrypted(&block))), "request {at}");
    }
    status(&answer).to_owned()
}

fn block(at: u64) -> [u8; 16] {
    u128::from(at).wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835).to_be_bytes()
}

fn encrypted(block: &[u8; 16]) -> Vec<u8> {
    use aes::cipher::{BlockCipherEncrypt, KeyInit};
    let key: [u8; 16] = const_hex::decode_to_array(DEMO_KEY).expect("hex");
    let mut state = (*block).into();
    aes::Aes128::new(&key.into()).encrypt_block(&mut state);
    state.to_vec()
}

/// The card that these tests run on: `TEST_BACKEND=rtl` makes it the RTL.
fn kind() -> &'static str {
    if std::env::var("TEST_BACKEND").is_ok_and(|value| value == "rtl") { "rtl" } else { "model" }
}

/// What `typex card --json` tells.
fn report(gateway: &Gateway) -> Value {
    let text = gateway.typex(&["card", "--json"]).succeeds();
    serde_json::from_str(&text).expect("JSON")
}

/// The sum of the values of a list of counts.
fn sum(counts: &Value) -> u64 {
    let rows = counts.as_array().unwrap_or_else(|| panic!("not a list: {counts}"));
    rows.iter().map(|row| row["value"].as_u64().expect("a number")).sum()
}

/// The value of one of a list of counts.
fn count(counts: &Value, name: &str) -> u64 {
    let rows = counts.as_array().unwrap_or_else(|| panic!("not a list: {counts}"));
    let row = rows.iter().find(|row| row["name"] == name);
    row.unwrap_or_else(|| panic!("no {name} in {counts}"))["value"].as_u64().expect("a number")
}

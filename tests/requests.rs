//! Requests recorded from public clients, and what their documents say of answers.
// spec: enigma-bridge 2.2, 2.5, 2.6, 5.1

use std::io::{Read, Write};
use std::net::TcpStream;

use serde_json::Value;

use crate::harness::{Connection, Gateway, Object, status};

const BLOCK: &str = "6bc1bee22e409f96e93d7e117393172a";
const SEALED_BLOCK: &str = "95c6bb9b6a1c3835f98cc56087a03e82";

/// Nonce and sealed part of the recorded requests to object ee01.
const ONE_BLOCK: (&str, &str) = (
    "e718e27a1016452c",
    "32245a350877442a67a724f18dfea1f857a6113beb82e76874f27165a3404754\
     84f71cc9864906fd816b594923aa6aeb",
);
const TWO_BLOCKS: (&str, &str) = (
    "66123593d123b195",
    "f31434e22ec8536981742e030824b14fcd6e42a3e7e7b48be7b0a366a5484678\
     aba5797f4b82ee6c39c003b3d9acb9a5416cdb3e93d22cd47f9873951567f477",
);
const THIRTEEN_BYTES: (&str, &str) = (
    "6dbe8767455f178b",
    "9e72ee9f90a2095984cf8310e3a32fb068e221b44f54b82800104dc028c95994\
     beebe94293d05327fc3a8acd489dcb50",
);
const WRONG_TAG: (&str, &str) = (
    "0f9c939678529459",
    "45a6ee4615a55f3b96c52e8d0ae706c3ad71b94fe6936e7985e888b8fc72b4c5\
     2b33b517ed94948033df09f642e46629",
);

fn get(connection: &mut Connection, (nonce, sealed): (&str, &str)) -> Value {
    let handle = "TEST_API000000ee01";
    connection.get(&format!("/1.0/{handle}/ProcessData/{nonce}/Packet0_PLAINAES_0000{sealed}"))
}

fn opened(object: &Object, answer: &Value) -> Vec<u8> {
    let result = answer["result"].as_str().unwrap_or_else(|| panic!("no result: {answer}"));
    object.open(result).expect("the answer verifies").1
}

fn unhex(text: &str) -> Vec<u8> {
    const_hex::decode(text).expect("hex")
}

#[test]
fn recorded_requests_give_what_their_document_says() {
    let gateway = Gateway::start(&[]);
    let mut connection = Connection::open(gateway.address("process/http"));
    let object = Object::demo_a(0xee01);
    let answer = get(&mut connection, ONE_BLOCK);
    assert_eq!(status(&answer), "9000");
    assert_eq!(answer["nonce"], ONE_BLOCK.0);
    assert_eq!(opened(&object, &answer), unhex(SEALED_BLOCK));

    let answer = get(&mut connection, TWO_BLOCKS);
    assert_eq!(status(&answer), "9000");
    assert_eq!(opened(&object, &answer)[..16], unhex(SEALED_BLOCK));
    assert_eq!(opened(&object, &answer).len(), 32);

    assert_eq!(status(&get(&mut connection, THIRTEEN_BYTES)), "6f00");
    assert_eq!(status(&get(&mut connection, WRONG_TAG)), "a0a1");

    let keys = connection.get("/1.0/TEST_API0000000000/GetImportPublicKey/ef7c8caed801136f/{}");
    assert_eq!(status(&keys), "9000");
    assert!(keys["result"][0]["id"].is_u64());
    assert!(keys["result"][0]["key"].as_str().is_some_and(|key| key.starts_with("8100")));
    gateway.stop();
}

#[test]
fn worked_example_is_answered_byte_for_byte() {
    let gateway = Gateway::start(&[]);
    let mut connection = Connection::open(gateway.address("process/http"));
    let object = Object::demo_a(0xee01);
    let nonce = [0xda, 0x39, 0x03, 0xed, 0x18, 0x94, 0xe3, 0x07];
    let body = format!("{{\"data\":\"{}\"}}", object.seal(nonce, &unhex(BLOCK)));
    let path = "/1.0/TEST_API000000ee010000000004/ProcessData/da3903ed1894e307";
    let answer = connection.post(path, &body);
    assert_eq!(
        answer["result"],
        "0000b5551a29363147c03a6061427abf53f5dbaa559d6446468c4970ad96feeb575a\
         9f0bffa7f339c9318c6fbea4f036837e_"
    );
}

/// CBC-MAC over messages of different lengths can be joined without a key; the joined message
/// verifies, so only its length gives it away.
#[test]
fn joined_recordings_are_refused() {
    let gateway = Gateway::start(&[]);
    let mut connection = Connection::open(gateway.address("process/http"));
    let recordings = [ONE_BLOCK, TWO_BLOCKS, THIRTEEN_BYTES].map(|(_, sealed)| unhex(sealed));
    for first in &recordings {
        for second in &recordings {
            let (head, tag) = first.split_at(first.len() - 16);
            let mut joined = head.to_vec();
            joined.extend(second[..16].iter().zip(tag).map(|(byte, tag)| byte ^ tag));
            joined.extend(&second[16..]);
            let answer = get(&mut connection, ("00", &const_hex::encode(&joined)));
            assert_ne!(status(&answer), "9000");
            assert_eq!(answer["result"], Value::Null);
        }
    }
}

#[test]
fn every_way_of_sealing_wrongly_gets_one_answer() {
    let gateway = Gateway::start(&[]);
    let mut connection = Connection::open(gateway.address("process/http"));
    let object = Object::demo_a(0xee01);
    let clear = |mark: u8, id: u32| {
        let mut clear = vec![mark];
        clear.extend(id.to_be_bytes());
        clear.extend([7; 8]);
        clear.extend([1; 16]);
        clear
    };
    let mut wrong_tag = object.clone();
    wrong_tag.mac[0] ^= 1;
    let mut wrong_key = object.clone();
    wrong_key.enc[0] ^= 1;
    let cases = [
        wrong_tag.seal_clear(clear(0x1f, 0xee01)),
        wrong_key.seal_clear(clear(0x1f, 0xee01)),
        object.seal_clear(clear(0x1e, 0xee01)),
        object.seal_clear(clear(0x1f, 0xee02)),
    ];
    let answers: Vec<Value> = cases
        .iter()
        .map(|data| connection.post(&object.path([7; 8]), &format!("{{\"data\":\"{data}\"}}")))
        .collect();
    assert_eq!(status(&answers[0]), "a0a1");
    assert!(answers.iter().all(|answer| *answer == answers[0]), "{answers:?}");
}

#[test]
fn tcp_answers_one_line_and_closes() {
    let gateway = Gateway::start(&[]);
    let object = Object::demo_a(0xee01);
    let data = object.seal([9; 8], &unhex(BLOCK));
    let request = format!(
        "{{\"function\":\"ProcessData\",\"version\":\"1.0\",\
         \"objectid\":\"TEST_API000000ee010000000004\",\"nonce\":\"0909090909090909\",\
         \"data\":\"{data}\"}}\n\n"
    );
    for listener in ["process-tcp/tcp", "enrol-tcp/tcp"] {
        let mut stream = TcpStream::connect(gateway.address(listener)).expect("accepts");
        stream.write_all(request.as_bytes()).expect("writable");
        let mut text = String::new();
        stream.read_to_string(&mut text).expect("an answer, then the end");
        let answer: Value = serde_json::from_str(&text).expect("JSON");
        assert_eq!(status(&answer), "9000");
        assert_eq!(opened(&object, &answer), unhex(SEALED_BLOCK));
        assert!(text.ends_with("}\n"));
    }
}

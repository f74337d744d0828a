//! Keys that clients make, order and bring in; and blobs that are none.
// spec: enigma-bridge 5

use std::sync::Barrier;

use aes::cipher::{BlockCipherEncrypt, KeyInit};
use serde_json::Value;

use crate::harness::{Connection, Gateway, Random, Template, create_aes, full, status};

const CREATE: &str = "/1.0/TEST_API0000000001/CreateUserObject/0011223344556677";

fn mutations() -> usize {
    if full() { 100_000 } else { 10_000 }
}

#[test]
fn client_made_key_works_at_once_and_only_for_its_owner() {
    let gateway = Gateway::start(&[]);
    let mut random = Random::seeded("enrolment");
    let mut enrol = Connection::open(gateway.address("enrol/http"));
    let app = random.bytes();
    let object = create_aes(&mut enrol, "TEST_API", &mut random, &app).expect("an object");
    let mut process = Connection::open(gateway.address("process/http"));
    let body = format!("{{\"data\":\"{}\"}}", object.seal([5; 8], &[9; 16]));
    let answer = process.post(&object.path([5; 8]), &body);
    assert_eq!(status(&answer), "9000");
    let (nonce, result) = object.open(answer["result"].as_str().expect("text")).expect("sound");
    let mut expected = [9; 16].into();
    aes::Aes128::new(&app.into()).encrypt_block(&mut expected);
    assert_eq!((nonce, result.as_slice()), ([5; 8], expected.as_slice()));
}

#[test]
fn the_same_message_again_gets_the_same_handle() {
    let gateway = Gateway::start(&[]);
    let mut random = Random::seeded("enrolment");
    let mut enrol = Connection::open(gateway.address("enrol/http"));
    let mut template = Template::open(&mut enrol, "TEST_API", "300004").expect("running");
    template.fill(&random.bytes(), &random.bytes(), Some(&[7; 16]));
    let body = template.body(&template.seal(&mut random));
    let first = enrol.post(CREATE, &body);
    let again = enrol.post(CREATE, &body);
    assert_eq!(status(&first), "9000", "{first}");
    assert_eq!(first, again);
    let handle = first["result"]["handle"].as_str().expect("a handle");
    assert_eq!(handle, format!("TEST_API00{}0000300004", template.object_id));
    template.fill(&random.bytes(), &random.bytes(), Some(&[8; 16]));
    let other = template.body(&template.seal(&mut random));
    assert_eq!(status(&enrol.post(CREATE, &other)), "4078");
}

/// Requests that were under way before the key was made find its template closed or its number
/// taken, depending on how far they had come.
#[test]
fn the_same_message_many_times_at_once_gets_one_handle() {
    const SENDERS: usize = 8;
    let gateway = Gateway::start(&[]);
    let address = gateway.address("enrol/http");
    let mut random = Random::seeded("at once");
    let mut enrol = Connection::open(address);
    for _ in 0..20 {
        let mut template = Template::open(&mut enrol, "TEST_API", "300004").expect("running");
        template.fill(&random.bytes(), &random.bytes(), Some(&[7; 16]));
        let body = template.body(&template.seal(&mut random));
        let barrier = Barrier::new(SENDERS);
        let send = || {
            let mut connection = Connection::open(address);
            barrier.wait();
            connection.post(CREATE, &body)
        };
        let answers: Vec<Value> = std::thread::scope(|scope| {
            let senders: Vec<_> = (0..SENDERS).map(|_| scope.spawn(send)).collect();
            senders.into_iter().map(|sender| sender.join().expect("an answer")).collect()
        });
        assert_eq!(status(&answers[0]), "9000", "{answers:?}");
        assert!(answers.iter().all(|answer| *answer == answers[0]), "{answers:?}");
    }
}

/// Objects sent for one template, which is open for ten minutes only.
const PER_TEMPLATE: usize = 5_000;

/// One answer for everything that is wrong inside the sealed object, so that a client cannot
/// learn which part it was: with PKCS#1 v1.5 each distinction would be an oracle.
#[test]
fn mutated_objects_see_one_answer() {
    let gateway = Gateway::start(&[]);
    let mut random = Random::seeded("mutated objects");
    let mut enrol = Connection::open(gateway.address("enrol/http"));
    let mut answers: Vec<Value> = Vec::new();
    let mut left = mutations();
    while left > 0 {
        let mut template = Template::open(&mut enrol, "TEST_API", "300004").expect("running");
        template.fill(&random.bytes(), &random.bytes(), Some(&[7; 16]));
        let sound = template.seal(&mut random);
        for _ in 0..left.min(PER_TEMPLATE) {
            let body = template.body(&mutated(&sound, &mut random));
            let answer = enrol.post(CREATE, &body);
            if !answers.contains(&answer) {
                answers.push(answer);
            }
        }
        assert_eq!(status(&enrol.post(CREATE, &template.body(&sound))), "9000");
        left = left.saturating_sub(PER_TEMPLATE);
    }
    assert_eq!(answers.len(), 1, "{answers:?}");
    assert_eq!(status(&answers[0]), "a0a1");
}

/// Another object than `sound`.
fn mutated(sound: &[u8], random: &mut Random) -> Vec<u8> {
    let block_bytes = 3 + usize::from(u16::from_be_bytes([sound[1], sound[2]]));
    let mut object = sound.to_vec();
    while object == sound {
        mutate(&mut object, block_bytes, random);
    }
    object
}

/// Changes bits, but not the TLV frame: that is in clear and has a status of its own.
fn mutate(object: &mut [u8], block_bytes: usize, random: &mut Random) {
    let flips = 1 + random.below(4);
    for _ in 0..flips {
        let at = loop {
            let at = random.below(object.len());
            if at >= 3 && !(block_bytes..block_bytes + 3).contains(&at) {
                break at;
            }
        };
        object[at] ^= 1 << random.below(8);
    }
}

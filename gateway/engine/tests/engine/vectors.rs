//! The published example and the recorded requests, on the spot and in lanes.
// spec: enigma-bridge 2.5, 2.6

use bytes::BytesMut;
use typex_core::error::{ErrorKind, InvalidData};
use typex_engine::Route;

use crate::harness::*;

pub(crate) const EXAMPLE: &str = concat!(
    "a83d7c7200e54ab8c47b81931a675bcf8ebcb9c68aa7b8519e49aefd1bfb3525",
    "b55f531fe5b2d7ab30ed4fdd2c13bd52",
);
pub(crate) const ANSWER: &str = concat!(
    "b5551a29363147c03a6061427abf53f5dbaa559d6446468c4970ad96feeb575a",
    "9f0bffa7f339c9318c6fbea4f036837e",
);

/// Nonce, sealed data, clear data.
const RECORDED: [(&str, &str, &str); 2] = [
    (
        "e718e27a1016452c",
        concat!(
            "32245a350877442a67a724f18dfea1f857a6113beb82e76874f27165a340475484f71cc9864906fd",
            "816b594923aa6aeb",
        ),
        "6bc1bee22e409f96e93d7e117393172a",
    ),
    (
        "66123593d123b195",
        concat!(
            "f31434e22ec8536981742e030824b14fcd6e42a3e7e7b48be7b0a366a5484678aba5797f4b82ee6c",
            "39c003b3d9acb9a5416cdb3e93d22cd47f9873951567f477",
        ),
        "6bc1bee22e409f96e93d7e117393172a10101010101010101010101010101010",
    ),
];

const REFUSED: [(&str, ErrorKind); 2] = [
    (
        concat!(
            "9e72ee9f90a2095984cf8310e3a32fb068e221b44f54b82800104dc028c95994beebe94293d05327",
            "fc3a8acd489dcb50",
        ),
        ErrorKind::InvalidData(InvalidData::Raw),
    ),
    (
        concat!(
            "45a6ee4615a55f3b96c52e8d0ae706c3ad71b94fe6936e7985e888b8fc72b4c52b33b517ed949480",
            "33df09f642e46629",
        ),
        ErrorKind::VerifyFailed,
    ),
];

fn sealed(text: &str) -> BytesMut {
    BytesMut::from(&hex(text)[..])
}

fn worlds() -> [(World, Route); 2] {
    [(world(), Route::Inline), (lanes_world(), Route::Lanes)]
}

#[test]
fn the_published_example_is_answered_byte_for_byte() {
    for (world, route) in worlds() {
        let before = world.counter(|counters| counters.routed(route));
        let answer = world.ask(&aes(), sealed(EXAMPLE)).unwrap();
        assert_eq!(const_hex::encode(answer), ANSWER, "{route:?}");
        assert_eq!(world.counter(|counters| counters.routed(route)), before + 1);
    }
}

#[test]
fn recorded_requests_are_understood() {
    for (world, route) in worlds() {
        for (nonce, request, data) in RECORDED {
            let answer = world.ask(&aes(), sealed(request)).unwrap();
            let nonce = hex(nonce).try_into().unwrap();
            let mut expected = hex(data);
            typex_kernels::ecb_encrypt(
                &typex_kernels::RoundKeys::new(&APP).unwrap(),
                &mut expected,
            )
            .unwrap();
            assert_eq!(aes().open(nonce, &answer), expected, "{route:?}");
        }
    }
}

#[test]
fn recorded_refusals_are_refused() {
    for (world, route) in worlds() {
        for (request, kind) in REFUSED {
            assert_eq!(world.ask(&aes(), sealed(request)).unwrap_err(), kind, "{route:?}");
        }
    }
}

#[test]
fn all_of_them_in_one_batch_do_not_disturb_each_other() {
    let (world, key) = (lanes_world(), aes());
    let requests = [EXAMPLE, RECORDED[0].1, REFUSED[0].0, RECORDED[1].1, REFUSED[1].0, EXAMPLE];
    let pending = requests.map(|request| world.submit(&key, sealed(request)).unwrap());
    let results = pending.map(|pending| sealed_of(world.finish(pending)));
    assert_eq!(const_hex::encode(results[0].as_ref().unwrap()), ANSWER);
    assert_eq!(const_hex::encode(results[5].as_ref().unwrap()), ANSWER);
    assert!(results[1].is_ok() && results[3].is_ok());
    assert_eq!(results[2], Err(REFUSED[0].1));
    assert_eq!(results[4], Err(REFUSED[1].1));
}

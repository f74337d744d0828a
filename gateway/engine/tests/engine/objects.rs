//! Objects whose layout is ours: requests opened and answers sealed, keys of transactions.
// spec: enigma-bridge 2.2, 4.5

use std::sync::Arc;

use typex_core::error::{ErrorKind, InvalidData, KeyImport, Malformed, Payment};
use typex_core::key::{Material, ObjectUse, Usage};
use typex_core::op::object::{SessionKey, WhichKey};
use typex_core::secret::Secret;
use typex_engine::payment::{FILL_BYTES, Key as Cipher, key_block, lanes};
use typex_engine::{Done, ObjectAnswer, ObjectRequest, Step, Work, check_object};

use crate::harness::*;

fn hmac() -> Key {
    let material = Material::Object(Secret::new(vec![7; 32]));
    key(record(Usage::Object(ObjectUse::Hmac), 0x71), material)
}

fn contents(records: &[(u8, &[u8])]) -> Material {
    let record = |(tag, value): &(u8, &[u8])| {
        let length = u16::try_from(value.len()).unwrap().to_be_bytes();
        [&[*tag], &length[..], *value].concat()
    };
    Material::Object(Secret::new(records.iter().map(record).collect::<Vec<_>>().concat()))
}

fn opened(
    world: &World,
    key: &Key,
    sealed: bytes::BytesMut,
) -> Result<Step<ObjectRequest>, ErrorKind> {
    let work = Work::OpenObject { key: Arc::clone(&key.loaded), sealed };
    let pending = world.shard.submit(grant(key), job(work)).map_err(|error| error.kind)?;
    match world.finish(pending).map_err(|error| error.kind)? {
        Done::Object(step) => Ok(*step),
        _ => panic!("not opened"),
    }
}

fn data(records: &[u8]) -> Vec<u8> {
    [&u16::try_from(records.len()).unwrap().to_be_bytes()[..], records].concat()
}

#[test]
fn requests_are_opened_and_answers_sealed() {
    let (world, key) = (world(), hmac());
    for size in [0, 1, 13, 14, 500, 1022] {
        let records = vec![0xb0; size];
        let step = opened(&world, &key, key.seal([3; 8], &data(&records))).unwrap();
        let Step { value: ObjectRequest { nonce, records: found }, grant } = step;
        assert_eq!((nonce, found.expose()), ([3; 8], &records));
        let answer = ObjectAnswer { nonce, data: Secret::new(data(b"\x90\x00")) };
        let work = Work::SealObject { key: Arc::clone(&key.loaded), answer };
        let sealed = sealed_of(world.finish(world.shard.submit(grant, job(work)).unwrap()));
        assert_eq!(key.open([3; 8], &sealed.unwrap()), b"\0\x02\x90\0");
    }
    let long = key.seal([3; 8], &data(&[0; 1040]));
    let refused = opened(&world, &key, long).map(|_| ());
    assert_eq!(refused, Err(ErrorKind::InvalidData(InvalidData::TooLong)));
    let short = bytes::BytesMut::zeroed(40);
    let refused = opened(&world, &key, short).map(|_| ());
    assert_eq!(refused, Err(ErrorKind::Malformed(Malformed::Length)));
}

#[test]
fn a_length_that_is_not_that_of_the_rest_is_a_wrong_tag() {
    let (world, key) = (world(), hmac());
    for wrong in [&b""[..], b"\0", b"\0\x01", b"\0\x03\xb0\0", b"\xff\xff\xb0\0\0", b"\0\0\0"] {
        let refused = opened(&world, &key, key.seal([1; 8], wrong)).map(|_| ());
        assert_eq!(refused, Err(ErrorKind::VerifyFailed), "{wrong:x?}");
    }
}

/// Of two recorded messages, without a key: the second behind the first, its first block changed.
/// The tag is right. Only the length inside tells.
#[test]
fn joined_messages_are_refused() {
    let (world, key) = (world(), hmac());
    let message = |size: usize, nonce| key.seal([nonce; 8], &data(&vec![0xb0; size]));
    for (one, other) in [(1, 1), (1, 40), (40, 1), (100, 300)] {
        let (one, other) = (message(one, 1), message(other, 2));
        let (body, tag) = one.split_at(one.len() - 16);
        let mut joined = bytes::BytesMut::from(body);
        joined.extend_from_slice(&other);
        for at in 0..16 {
            joined[body.len() + at] ^= tag[at];
        }
        let refused = opened(&world, &key, joined).map(|_| ());
        assert_eq!(refused, Err(ErrorKind::VerifyFailed));
    }
}

#[test]
fn an_object_serves_its_own_work_alone() {
    let (world, key, aes) = (world(), hmac(), aes());
    let refused = |key: &Key, work| world.shard.submit(grant(key), job(work)).err();
    let sealed = || key.seal([1; 8], &data(b""));
    let process = Work::Process { key: Arc::clone(&key.loaded), sealed: sealed() };
    let open = Work::OpenObject { key: Arc::clone(&aes.loaded), sealed: sealed() };
    let user = Work::OpenUserAuth { key: Arc::clone(&key.loaded), sealed: sealed() };
    for (of, work) in [(&key, process), (&aes, open), (&key, user)] {
        assert_eq!(refused(of, work).map(|error| error.kind), Some(ErrorKind::Internal));
    }
}

fn session(base: &[u8], protection: &[u8]) -> Key {
    let material = contents(&[(0xc0, base), (0xc2, protection)]);
    key(record(Usage::Object(ObjectUse::DukptSessionKeys), 0x1f), material)
}

fn block(world: &World, key: &Key, asked: SessionKey) -> Result<String, ErrorKind> {
    let fill = Secret::new((0..FILL_BYTES).map(|at| at as u8).collect());
    let work = Work::SessionKey { key: Arc::clone(&key.loaded), asked, fill };
    let pending = world.shard.submit(grant(key), job(work)).map_err(|error| error.kind)?;
    match world.finish(pending).map_err(|error| error.kind)? {
        Done::SessionKey(step) => Ok(String::from_utf8(step.value.expose().clone()).unwrap()),
        _ => panic!("no block"),
    }
}

/// ANSI X9.24-1 (2009), A.4, counter 1: the PIN key, and the MAC key of requests.
#[test]
fn session_keys_of_the_published_terminal() {
    let base = [&b"T"[..], &hex("0123456789abcdeffedcba9876543210")].concat();
    let protection = [0x5c; 32];
    let key = session(&base, &[&b"A"[..], &protection].concat());
    let world = world();
    let ksn = hex("ffff9876543210e00001");
    for (which, usage, expected) in [
        (WhichKey::Pin, "P0T", "042666b49184cf5c68de9628d0397b36"),
        (WhichKey::Mac, "M3T", "042666b4918430a368de9628d03984c9"),
    ] {
        let text = block(&world, &key, SessionKey { ksn: ksn.clone(), which }).unwrap();
        assert!(text.starts_with('D') && &text[5..8] == usage, "{usage}");
        let under = Cipher::aes(&protection).unwrap();
        let read =
            lanes::alone(async |lanes| key_block::read(lanes, &under, text.as_bytes()).await);
        assert_eq!(const_hex::encode(read.unwrap().key.expose()), expected);
    }
    let never = SessionKey { ksn: hex("ffff9876543210e00000"), which: WhichKey::Data };
    assert_eq!(block(&world, &key, never), Err(ErrorKind::Payment(Payment::Ksn)));
}

#[test]
fn no_session_key_leaves_under_a_weaker_one() {
    let base = [&b"A"[..], &[9; 32]].concat();
    let key = session(&base, &[&b"A"[..], &[8; 16]].concat());
    let ksn = hex("123456789012345600000001");
    let asked = SessionKey { ksn, which: WhichKey::Pin };
    assert_eq!(block(&world(), &key, asked), Err(ErrorKind::KeyUsage));
}

#[test]
fn weak_keys_and_numbers_that_are_no_public_key_are_not_held() {
    let check = |what, records: &[(u8, &[u8])]| check_object(what, &contents(records));
    let outgoing = [&b"A"[..], &[8; 16]].concat();
    let rewrap = |base: &str| {
        let base = [&b"T"[..], &hex(base)].concat();
        check(ObjectUse::DukptRewrap, &[(0xc0, &base), (0xc2, &outgoing)])
    };
    assert_eq!(rewrap("0123456789abcdeffedcba9876543210"), Ok(()));
    for weak in [
        "0101010101010101fedcba9876543210",
        "0123456789abcdef0123456789abcdef",
        "0022446688aaccee0123456789abcdef",
    ] {
        assert_eq!(rewrap(weak), Err(KeyImport::Material), "{weak}");
    }
    let incoming = [&b"A"[..], &[8; 16]].concat();
    let public = |exponent: &[u8]| {
        let modulus = [0xff; 256];
        let parts = [&[0x81, 0, exponent.len() as u8][..], exponent, &[0x82, 1, 0], &modulus];
        check(ObjectUse::AesToRsa, &[(0xc1, &incoming), (0xc3, &parts.concat())])
    };
    assert_eq!(public(&[1, 0, 1]), Ok(()));
    assert_eq!(public(&[2]), Err(KeyImport::Material));
    assert_eq!(check_object(ObjectUse::Hmac, &Material::None), Err(KeyImport::Material));
}

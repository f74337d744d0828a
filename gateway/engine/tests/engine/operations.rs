//! Each operation of a key, and what it refuses.
// spec: enigma-bridge 2.2, 4.1, 4.2, 4.3

use std::sync::atomic::Ordering;
use std::sync::{Arc, OnceLock};

use bytes::BytesMut;
use typex_core::error::{ErrorKind, InvalidData, Malformed};
use typex_core::key::{Material, Usage};
use typex_core::op::Action;
use typex_core::secret::Secret;
use typex_engine::{Route, Work};
use typex_kernels::rsa::RsaPrivate;

use crate::harness::*;

const NONCE: [u8; 8] = [1, 2, 3, 4, 5, 6, 7, 0xff];
const RAW: ErrorKind = ErrorKind::InvalidData(InvalidData::Raw);
const PARAMETER: ErrorKind = ErrorKind::InvalidData(InvalidData::Parameter);

/// One RSA-1024 key for all tests: making one takes a while.
pub(crate) fn rsa() -> &'static RsaPrivate {
    static KEY: OnceLock<RsaPrivate> = OnceLock::new();
    KEY.get_or_init(|| RsaPrivate::generate(1024).unwrap())
}

pub(crate) fn rsa_private() -> Key {
    static KEY: OnceLock<Key> = OnceLock::new();
    let load = || {
        let der = Secret::new(rsa().to_der().unwrap().to_vec());
        let record = record(Usage::RsaPrivate { modulus_bytes: 128 }, 0x7654);
        key(record, Material::RsaPrivate(der))
    };
    KEY.get_or_init(load).clone()
}

fn rsa_public() -> Key {
    let public = rsa().public();
    let (modulus, exponent) = (public.modulus().to_vec(), public.exponent().to_vec());
    let record = record(Usage::RsaPublic { modulus_bytes: 128 }, 0x7655);
    key(record, Material::RsaPublic { modulus, exponent })
}

fn random() -> Key {
    key(record(Usage::Random, 0x77ee), Material::None)
}

fn both(check: impl Fn(&World)) {
    check(&world());
    check(&lanes_world());
}

#[test]
fn blocks_are_decrypted_each_alone() {
    let decrypt = key(record(Usage::DecryptBlocks, 0xee02), Material::Aes128(Secret::new(APP)));
    let data = hex("95c6bb9b6a1c3835f98cc56087a03e8295c6bb9b6a1c3835f98cc56087a03e82");
    both(|world| {
        let answer = world.ask(&decrypt, decrypt.seal(NONCE, &data)).unwrap();
        let expected = "6bc1bee22e409f96e93d7e117393172a".repeat(2);
        assert_eq!(const_hex::encode(decrypt.open(NONCE, &answer)), expected);
    });
}

#[test]
fn raw_rsa_inverts_itself_and_fixes_zero_and_one() {
    let (private, public) = (rsa_private(), rsa_public());
    let world = world();
    for value in [0_u8, 1, 2, 200] {
        let mut data = [0; 128];
        data[127] = value;
        let sealed = world.ask(&public, public.seal(NONCE, &data)).unwrap();
        let cipher = public.open(NONCE, &sealed);
        assert_eq!(cipher == data, value < 2);
        let sealed = world.ask(&private, private.seal(NONCE, &cipher)).unwrap();
        assert_eq!(private.open(NONCE, &sealed), data);
    }
    assert_eq!(world.counter(|counters| counters.routed(Route::Pool)), 8);
}

#[test]
fn raw_rsa_refuses_values_not_below_the_modulus() {
    let (private, world) = (rsa_private(), world());
    for data in [rsa().public().modulus().to_vec(), vec![0xff; 128]] {
        assert_eq!(world.ask(&private, private.seal(NONCE, &data)), Err(RAW));
    }
}

#[test]
fn random_bytes_come_in_the_length_asked_and_never_twice() {
    let random = random();
    both(|world| {
        let mut seen = Vec::new();
        for len in [0_u16, 1, 32, 120, 4096] {
            let ask = || {
                let sealed = world.ask(&random, random.seal(NONCE, &len.to_be_bytes())).unwrap();
                random.open(NONCE, &sealed)
            };
            let (one, two) = (ask(), ask());
            assert_eq!((one.len(), two.len()), (usize::from(len), usize::from(len)));
            assert!(len < 32 || one != two);
            seen.push(one);
        }
        assert!(seen[4][..120] != seen[3][..]);
    });
}

#[test]
fn random_refuses_other_parameters() {
    let random = random();
    both(|world| {
        for data in [&[16, 1][..], &[0xff, 0xff], &[], &[1], &[0, 1, 2], &[0; 30]] {
            assert_eq!(world.ask(&random, random.seal(NONCE, data)), Err(PARAMETER), "{data:?}");
        }
    });
}

#[test]
fn lengths_are_refused_before_the_tag_is_looked_at() {
    let (aes, rsa, random, world) = (aes(), rsa_private(), random(), world());
    let sent = |key: &Key, bytes: usize| world.ask(key, BytesMut::zeroed(bytes)).unwrap_err();
    for (key, kind) in [(&aes, RAW), (&rsa, RAW), (&random, PARAMETER)] {
        assert_eq!(sent(key, 16 * 40), kind);
        for bytes in [0, 1, 15, 16, 17, 33] {
            let malformed = ErrorKind::Malformed(Malformed::Length);
            assert_eq!(sent(key, bytes), malformed, "{bytes}");
        }
    }
    assert_eq!(sent(&aes, 16 + 16), RAW);
    assert_eq!(sent(&aes, 48 + 32), RAW);
    assert_eq!(sent(&aes, 32 + 16), ErrorKind::VerifyFailed);
}

/// Two recordings joined so that the CBC-MAC still holds: the length gives it away.
// spec: enigma-bridge 2.2
#[test]
fn spliced_recordings_are_refused() {
    let (key, world) = (aes(), world());
    let (one, two) = (key.seal(NONCE, &[1; 16]), key.seal(NONCE, &[2; 16]));
    let (body, tag) = one.split_at(32);
    let mut spliced = BytesMut::from(body);
    let joint: Vec<u8> = two[..16].iter().zip(tag).map(|(block, tag)| block ^ tag).collect();
    spliced.extend_from_slice(&joint);
    spliced.extend_from_slice(&two[16..]);
    let mac = typex_kernels::RoundKeys::new(&key.mac).unwrap();
    assert_eq!(typex_kernels::cbc_mac(&mac, &spliced[..64]).unwrap(), spliced[64..]);
    assert_eq!(world.ask(&key, spliced), Err(RAW));
}

#[test]
fn a_revoked_key_does_nothing_any_more() {
    let key = aes();
    both(|world| {
        key.loaded.revoked().store(false, Ordering::Relaxed);
        let queued = world.submit(&key, key.seal(NONCE, &[0; 16])).unwrap();
        let last = world.submit(&key, key.seal(NONCE, &[0; 16])).unwrap();
        key.loaded.revoked().store(true, Ordering::Relaxed);
        let refused = world.ask(&key, key.seal(NONCE, &[0; 16]));
        assert_eq!(refused, Err(ErrorKind::KeyState));
        drop(queued);
        let waited = world.counter(|counters| counters.routed(Route::Inline)) < 2;
        let result = sealed_of(world.finish(last));
        assert_eq!(result.err(), waited.then_some(ErrorKind::KeyState));
    });
}

#[test]
fn a_grant_for_something_else_is_refused() {
    let (one, mut other) = (aes(), record(Usage::EncryptBlocks, 0xee02));
    let world = world();
    let work = || one.process(one.seal(NONCE, &[0; 16]));
    let refused = |grant, work| world.shard.submit(grant, job(work)).err().unwrap().kind;
    let partition = other.partition;
    let for_other = allow(partition, Action::ProcessData, Some(&other));
    assert_eq!(refused(for_other, work()), ErrorKind::Internal);
    other.id = one.loaded.record().id;
    other.version = 2;
    let for_version = allow(partition, Action::ProcessData, Some(&other));
    assert_eq!(refused(for_version, work()), ErrorKind::Internal);
    let for_import = || allow(partition, Action::ImportKey, None);
    assert_eq!(refused(for_import(), work()), ErrorKind::Internal);
    assert_eq!(refused(grant(&one), Work::GenerateRsa { bits: 1024 }), ErrorKind::Internal);
    let open = Work::OpenUserAuth { key: Arc::clone(&one.loaded), sealed: BytesMut::zeroed(48) };
    assert_eq!(refused(grant(&one), open), ErrorKind::Internal);
}

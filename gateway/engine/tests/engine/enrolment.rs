//! Bringing keys in: wrapped templates, RSA parts, generated keys, passwords.
// spec: enigma-bridge 5.3, 5.5, 5.6

use std::sync::atomic::AtomicBool;
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use bytes::Bytes;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use typex_core::error::{ErrorKind, KeyImport};
use typex_core::id::PartitionId;
use typex_core::key::{Material, Usage};
use typex_core::op::Action;
use typex_core::policy::Grant;
use typex_core::secret::Secret;
use typex_engine::{Done, LoadedKey, PasswordCost, PasswordJob, Work, WrappedTemplate};

use crate::harness::*;
use crate::operations::rsa;

const OBJECT: u32 = 0x226a;
const TEK: &str = "12291ae8552842a6df9c6df165dbca2363500d284002e08c721aa68c1528ddbe";
const TMK: &str = "1f62a13103ed3c3e5909c6eea323d43ee2fc04a0591a0312d8eb797463b5ba20";
const HEAD: &str = concat!(
    "01134301010000226a00300004040200170035002300fdd00000000000000000010db00010010000",
    "00000000000000000000000000",
);
const SEALED: &str = concat!(
    "6c063d46dd808616a5979af881ae2a757fdd36bebe89c2f58b6134fdde9a39ec8f037489dfa2da94",
    "3c55c8862afd7e8a60377058c5f8c8cb220fa26e80a95aee65580b65511decde8a7b7e142445e103",
    "82c0b9a97e1de28e49b2f8d6e9c7607546c0e0db474de07787a43f65c0305fcb619e86eb713b9df4",
    "e790486ded39317dc2dd28aab3b4d9e2e54a24d3312b99e7044273384d76ffa5b3b589e1c2042329",
    "3997b1c6fd918d927c11eb33fbf0a85b7641deecf21491a4348986ceb69b4560833c40ba81ff2f39",
    "078387c9954dc3803c0dac2f69476c52509e33459111b0db",
);
const MAC_TAG: &str = "5ef81fd00a8f6f2368b9428a621f9067";
const COMENC: &str = "80895c2291b54eeb447aefdba4ef5b03dce3003c72f1c451f722c519aa5a1377";
const COMMAC: &str = "51f80524e521a3f32ce4bc9c45df3ac37217482843fd196a457ef12a574479a0";
const APP_KEY: &str = "97ea4f23b43d64acc69316db58c180f4";

fn import_key() -> Arc<LoadedKey> {
    static KEY: OnceLock<Arc<LoadedKey>> = OnceLock::new();
    let load = || {
        let mut record = record(Usage::ImportUnwrap, 0);
        record.partition = PartitionId::SERVICE;
        record.object = None;
        let der = Material::RsaPrivate(Secret::new(rsa().to_der().unwrap().to_vec()));
        Arc::new(LoadedKey::new(record, None, der, Arc::new(AtomicBool::new(false))).unwrap())
    };
    Arc::clone(KEY.get_or_init(load))
}

fn import_grant() -> Grant {
    allow(PartitionId([1; 16]), Action::ImportKey, None)
}

/// Encrypts an RSA block as clients do.
fn rsa_block(message: &[u8]) -> Vec<u8> {
    let mut block = vec![0xa7; 128];
    block[..2].copy_from_slice(&[0, 2]);
    let start = 128 - message.len();
    block[start - 1] = 0;
    block[start..].copy_from_slice(message);
    let mut sealed = vec![0; 128];
    rsa().public().public_raw(&block, &mut sealed).unwrap();
    sealed
}

fn wrapped_keys(object: u32) -> Vec<u8> {
    rsa_block(&[&object.to_be_bytes()[..], &hex(TEK), &hex(TMK)].concat())
}

fn protected() -> Vec<u8> {
    [hex(HEAD), hex(SEALED), vec![0x0b; 11], hex(MAC_TAG)].concat()
}

fn unwrap_as(
    world: &World,
    object: u32,
    head_bytes: usize,
    wrapped_keys: Vec<u8>,
    protected: Vec<u8>,
) -> Result<Vec<u8>, ErrorKind> {
    let (wrapped_keys, protected) = (Bytes::from(wrapped_keys), Bytes::from(protected));
    let import = WrappedTemplate { object, head_bytes, wrapped_keys, protected };
    let work = Work::Unwrap { key: import_key(), import };
    let pending = world.shard.submit(import_grant(), job(work)).map_err(|error| error.kind)?;
    match world.finish(pending).map_err(|error| error.kind)? {
        Done::Template(step) => {
            assert_eq!(step.grant.action(), Action::ImportKey);
            Ok(step.value.expose().clone())
        }
        _ => panic!("not a template"),
    }
}

fn unwrap(world: &World, keys: Vec<u8>, protected: Vec<u8>) -> Result<Vec<u8>, ErrorKind> {
    unwrap_as(world, OBJECT, 53, keys, protected)
}

#[test]
fn the_published_template_opens() {
    let clear = unwrap(&world(), wrapped_keys(OBJECT), protected()).unwrap();
    assert_eq!(clear.len(), 275);
    assert_eq!(clear[..53], hex(HEAD));
    assert_eq!(clear[89..121], hex(COMENC));
    assert_eq!(clear[121..153], hex(COMMAC));
    assert_eq!(clear[259..], hex(APP_KEY));
}

#[test]
fn whatever_is_wrong_has_one_answer() {
    let world = world();
    let refused = |keys, protected| {
        assert_eq!(unwrap(&world, keys, protected), Err(ErrorKind::VerifyFailed));
    };
    refused(wrapped_keys(OBJECT + 1), protected());
    refused(rsa_block(&[1; 67]), protected());
    refused(vec![], protected());
    refused(vec![0xff; 128], protected());
    refused(vec![1; 129], protected());
    refused(wrapped_keys(OBJECT), vec![]);
    refused(wrapped_keys(OBJECT), protected()[16..].to_vec());
    refused(wrapped_keys(OBJECT), vec![0; 5000]);
    for head in [0, 52, 54, 300, usize::MAX] {
        let result = unwrap_as(&world, OBJECT, head, wrapped_keys(OBJECT), protected());
        assert_eq!(result, Err(ErrorKind::VerifyFailed), "{head}");
    }
}

#[test]
fn every_mutation_has_the_same_answer() {
    let world = world();
    let config = Config { cases: 200, failure_persistence: None, ..Config::default() };
    let mutation = (any::<bool>(), any::<prop::sample::Index>(), 1..=255_u8);
    let run = TestRunner::new(config).run(&mutation, |(keys, at, change)| {
        let (mut wrapped, mut template) = (wrapped_keys(OBJECT), protected());
        let target = if keys { &mut wrapped } else { &mut template };
        let at = at.index(target.len());
        target[at] ^= change;
        prop_assert_eq!(unwrap(&world, wrapped, template), Err(ErrorKind::VerifyFailed));
        Ok(())
    });
    run.unwrap();
}

fn key_job(world: &World, work: Work) -> Result<(Material, Vec<u8>), ErrorKind> {
    let pending = world.shard.submit(import_grant(), job(work)).map_err(|error| error.kind)?;
    match world.finish(pending).map_err(|error| error.kind)? {
        Done::Key(step) => Ok((step.value.material, step.value.public.modulus)),
        _ => panic!("not a key"),
    }
}

fn loads(material: Material, modulus_bytes: u16) -> bool {
    let record = record(Usage::RsaPrivate { modulus_bytes }, 5);
    let channel = typex_core::key::Channel { enc: Secret::new([1; 32]), mac: Secret::new([2; 32]) };
    LoadedKey::new(record, Some(channel), material, Arc::default()).is_ok()
}

#[test]
fn a_generated_key_can_be_used() {
    let world = world();
    let (material, modulus) = key_job(&world, Work::GenerateRsa { bits: 1024 }).unwrap();
    assert_eq!(modulus.len(), 128);
    assert!(loads(material.clone(), 128) && !loads(material, 256));
    let odd = key_job(&world, Work::GenerateRsa { bits: 512 });
    assert_eq!(odd.err(), Some(ErrorKind::Unsupported));
}

/// The five parts as Java sends them, of a textbook-size key that is written down here.
fn parts() -> Secret<Vec<u8>> {
    let der = rsa().to_der().unwrap();
    // PKCS#1: SEQUENCE of version, n, e, d, p, q, dP, dQ, qInv.
    let mut at = 4;
    let mut numbers = Vec::new();
    while at < der.len() {
        let (head, len) = match der[at + 1] {
            short @ 0..=0x7f => (2, usize::from(short)),
            0x81 => (3, usize::from(der[at + 2])),
            _ => (4, usize::from(der[at + 2]) << 8 | usize::from(der[at + 3])),
        };
        let number = &der[at + head..at + head + len];
        numbers.push(number.strip_prefix(&[0]).unwrap_or(number).to_vec());
        at += head + len;
    }
    let mut parts = Vec::new();
    for index in [6, 7, 4, 5, 8] {
        parts.extend_from_slice(&(numbers[index].len() as u16).to_be_bytes());
        parts.extend_from_slice(&numbers[index]);
    }
    parts.resize(330, 0);
    Secret::new(parts)
}

#[test]
fn an_imported_key_is_the_key_of_its_parts() {
    let work = Work::ImportRsa { parts: parts(), modulus_bytes: 128 };
    let (material, modulus) = key_job(&world(), work).unwrap();
    assert_eq!(modulus, rsa().public().modulus());
    assert!(loads(material, 128));
}

#[test]
fn parts_that_make_no_key_are_refused() {
    let world = world();
    let refused = |parts: Vec<u8>, modulus_bytes| {
        let work = Work::ImportRsa { parts: Secret::new(parts), modulus_bytes };
        let result = key_job(&world, work).map(|_| ());
        assert_eq!(result, Err(ErrorKind::KeyImport(KeyImport::Material)));
    };
    let sound = parts().expose().clone();
    refused(sound.clone(), 256);
    refused(Vec::new(), 128);
    refused(vec![0; 330], 128);
    refused(sound[..100].to_vec(), 128);
    for at in [10, 80, 140, 210, 270, 329] {
        let mut changed = sound.clone();
        changed[at] ^= 2;
        refused(changed, 128);
    }
}

fn password(world: &World, password: &[u8], expected: Option<[u8; 32]>) -> Done {
    let now = Instant::now();
    let job = PasswordJob {
        password: Secret::new(password.to_vec()),
        salt: [2; 16],
        cost: PasswordCost { memory_kib: 32, passes: 3, lanes: 4 },
        expected: expected.map(Secret::new),
        now,
        deadline: now + Duration::from_secs(60),
    };
    world.finish(world.shard.submit_password(job).unwrap()).map_err(|error| error.kind).unwrap()
}

#[test]
fn passwords_are_hashed_and_compared() {
    let world = world();
    let Done::PasswordHash(hash) = password(&world, &[1; 32], None) else { panic!() };
    // The inputs of RFC 9106, 5.3, without secret and associated data, by the reference program.
    let expected = "03aab965c12001c9d7d0d2de33192c0494b684bb148196d73c1df1acaf6d0c2e";
    assert_eq!(const_hex::encode(hash.expose()), expected);
    let right = password(&world, &[1; 32], Some(*hash.expose()));
    assert!(matches!(right, Done::PasswordMatches(true)));
    let wrong = password(&world, &[1; 31], Some(*hash.expose()));
    assert!(matches!(wrong, Done::PasswordMatches(false)));
}

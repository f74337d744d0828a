//! Keys of RSA with padding: made, brought in, used, and apart from those of raw RSA.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use typex_core::error::{Error, ErrorKind, InvalidData, KeyImport};
use typex_core::id::{KeyId, PartitionId};
use typex_core::key::payment::RsaBits;
use typex_core::key::{Algorithm, Channel, General, KeyRecord, Material, Purposes, Usage};
use typex_core::op::Action;
use typex_core::op::crypto::{CryptoAnswer, CryptoCall, Scheme};
use typex_core::op::manage::ManageKind;
use typex_core::op::rsa::{Oaep, Pss, RsaEncryption, RsaHash, RsaSignature, Salt};
use typex_core::policy::{Grant, Verdict, authorize};
use typex_core::principal::{Principal, Proof};
use typex_core::secret::Secret;
use typex_core::time::UnixMs;
use typex_engine::{
    CryptoJob, Done, LaneClass, LoadedKey, MakeKey, Pending, Rest, RsaPrivate, Work,
};
use typex_kernels::rsa::lanes::lanes_min;

use super::harness::{World, job, world};

const OWNER: PartitionId = PartitionId([1; 16]);
const BITS: RsaBits = RsaBits::Rsa2048;
const RSA: Algorithm = Algorithm::Rsa(BITS);

fn grant(action: Action, key: Option<&KeyRecord>) -> Result<Grant, ErrorKind> {
    grant_with(Proof::Token, action, key)
}

fn grant_with(proof: Proof, action: Action, key: Option<&KeyRecord>) -> Result<Grant, ErrorKind> {
    let principal = Principal { partition: OWNER, client: None, api_key: None, proof };
    match authorize(&principal, action, key, UnixMs(1)) {
        Verdict::Allow(grant) => Ok(grant),
        Verdict::Deny(error) => Err(error.kind),
    }
}

fn load_as(usage: Usage, material: Material) -> Result<Arc<LoadedKey>, ErrorKind> {
    let record = KeyRecord::first(KeyId([3; 16]), OWNER, usage, UnixMs(0));
    let key = LoadedKey::new(record, None, material, Arc::new(AtomicBool::new(false)));
    key.map(Arc::new).map_err(|error| error.kind)
}

fn load(purposes: Purposes, material: Material) -> Arc<LoadedKey> {
    load_as(Usage::General(General::new(RSA, Some(purposes))), material).unwrap()
}

fn make(world: &World, kind: ManageKind, make: MakeKey) -> Result<Material, ErrorKind> {
    let grant = grant(Action::Manage(kind), None)?;
    let pending = world.shard.submit(grant, job(Work::MakeKey(make)));
    match world.finish(pending.map_err(|error| error.kind)?).map_err(|error| error.kind)? {
        Done::Made(step) => Ok(step.value),
        _ => panic!("not a key"),
    }
}

fn made(world: &World) -> Material {
    make(world, ManageKind::Create, MakeKey::GenerateRsa { bits: BITS }).unwrap()
}

fn imported(world: &World, bits: RsaBits, der: &[u8]) -> Result<Material, ErrorKind> {
    let der = Secret::new(der.to_vec());
    make(world, ManageKind::Import, MakeKey::ImportRsa { bits, der })
}

fn apply(world: &World, key: &Arc<LoadedKey>, call: CryptoCall) -> Result<Vec<u8>, ErrorKind> {
    let grant = grant(Action::Crypto(call.kind()), Some(key.record()))?;
    apply_with(world, grant, key, call)
}

fn apply_with(
    world: &World,
    grant: Grant,
    key: &Arc<LoadedKey>,
    call: CryptoCall,
) -> Result<Vec<u8>, ErrorKind> {
    let (pending, rest) = submit(world, grant, key, call)?;
    answer(rest, world.finish(pending))
}

fn submit(
    world: &World,
    grant: Grant,
    key: &Arc<LoadedKey>,
    call: CryptoCall,
) -> Result<(Pending, Rest), ErrorKind> {
    let (key, random) = (Arc::clone(key), Secret::new([0xa7; 32]));
    let (work, rest) = CryptoJob { key, peer: None, call, random }.plan()?;
    Ok((world.shard.submit(grant, job(work)).map_err(|error| error.kind)?, rest))
}

fn answer(rest: Rest, done: Result<Done, Error>) -> Result<Vec<u8>, ErrorKind> {
    match rest.answer(done.map_err(|error| error.kind)?)? {
        CryptoAnswer::Public(bytes) => Ok(bytes),
        CryptoAnswer::Secret(bytes) => Ok(bytes.expose().clone()),
        CryptoAnswer::Verified => Ok(Vec::new()),
        _ => panic!("another answer"),
    }
}

fn pss() -> Scheme {
    let (hash, mask, salt) = (RsaHash::Sha256, RsaHash::Sha384, Salt::Any);
    Scheme::Rsa { padding: RsaSignature::Pss(Pss { hash, mask, salt }), is_digest: false }
}

fn sign(scheme: Scheme) -> CryptoCall {
    CryptoCall::Sign { scheme, message: Secret::new(b"message".to_vec()), context: vec![] }
}

fn verify(scheme: Scheme, message: &[u8], signature: &[u8]) -> CryptoCall {
    let (message, signature) = (Secret::new(message.to_vec()), signature.to_vec());
    CryptoCall::Verify { scheme, message, context: vec![], signature }
}

fn encrypt(padding: &RsaEncryption, message: &[u8]) -> CryptoCall {
    CryptoCall::EncryptRsa { padding: padding.clone(), message: Secret::new(message.to_vec()) }
}

fn decrypt(padding: &RsaEncryption, text: &[u8]) -> CryptoCall {
    CryptoCall::DecryptRsa { padding: padding.clone(), message: text.to_vec() }
}

/// The private half in PKCS#1, and the public one.
fn halves(material: &Material) -> (Vec<u8>, Vec<u8>) {
    let Material::Pair { private, public } = material else { panic!("a pair") };
    (private.expose().clone(), public.clone())
}

#[test]
fn a_key_is_made_brought_in_and_its_public_half_goes_out() {
    let world = world();
    let dear = || world.counter(|counters| counters.admitted_of(LaneClass::Dear));
    let before = dear();
    let material = made(&world);
    let (private, public) = halves(&material);
    assert_eq!((dear() - before, public.len()), (1, 294));
    let again = imported(&world, BITS, &private).unwrap();
    assert_eq!(halves(&again), (private.clone(), public.clone()));
    let refused = Err(ErrorKind::KeyImport(KeyImport::Material));
    for (bits, der) in
        [(RsaBits::Rsa3072, &private[..]), (BITS, &private[1..]), (BITS, &public), (BITS, b"")]
    {
        assert_eq!(imported(&world, bits, der).map(drop), refused);
    }
    let small = RsaPrivate::generate(1024).unwrap().to_der().unwrap();
    assert_eq!(imported(&world, BITS, &small).map(drop), refused, "too short");
    let import = |public: Vec<u8>| {
        make(&world, ManageKind::Import, MakeKey::Import { algorithm: RSA, public })
    };
    assert!(matches!(import(public.clone()), Ok(Material::Public(half)) if half == public));
    assert_eq!(import(public[1..].to_vec()).map(drop), refused);
    let wrong = make(&world, ManageKind::Import, MakeKey::GenerateRsa { bits: BITS });
    assert_eq!(wrong.map(drop), Err(ErrorKind::Internal), "a grant of something else");
}

#[test]
fn a_signature_verifies_with_both_halves_until_it_is_changed() {
    let world = world();
    let material = made(&world);
    let (_, public) = halves(&material);
    let general = General::new(RSA, Some(Purposes::Sign));
    let half = load_as(Usage::General(general.public_half()), Material::Public(public)).unwrap();
    let key = load(Purposes::Sign, material);
    let pkcs1 = RsaSignature::Pkcs1(RsaHash::Sha512);
    for scheme in [pss(), Scheme::Rsa { padding: pkcs1, is_digest: false }] {
        let signature = apply(&world, &key, sign(scheme)).unwrap();
        assert_eq!(apply(&world, &key, sign(scheme)).as_ref(), Ok(&signature), "of one seed");
        for key in [&key, &half] {
            let judge = |message: &[u8]| apply(&world, key, verify(scheme, message, &signature));
            assert_eq!(judge(b"message"), Ok(vec![]));
            assert_eq!(judge(b"massage"), Err(ErrorKind::VerifyFailed));
        }
        assert_eq!(apply(&world, &half, sign(scheme)), Err(ErrorKind::KeyUsage));
    }
    let digest = Scheme::Rsa { padding: pkcs1, is_digest: true };
    let parameter = Err(ErrorKind::InvalidData(InvalidData::Parameter));
    assert_eq!(apply(&world, &key, sign(digest)), parameter, "not as long as the hash");
    let ecdsa = Scheme::Ecdsa(typex_core::key::Hash::Sha256);
    assert_eq!(apply(&world, &key, sign(ecdsa)), Err(ErrorKind::KeyUsage));
    assert_eq!(apply(&world, &key, verify(ecdsa, b"", b"")), Err(ErrorKind::KeyUsage));
}

#[test]
fn a_message_comes_back_and_every_defect_is_one_error() {
    let world = world();
    let key = load(Purposes::Decrypt, made(&world));
    let (hash, mask, label) = (RsaHash::Sha512, RsaHash::Sha1, b"label".to_vec());
    let oaep = RsaEncryption::Oaep(Oaep { hash, mask, label });
    for padding in [&oaep, &RsaEncryption::Pkcs1] {
        let text = apply(&world, &key, encrypt(padding, b"message")).unwrap();
        assert_eq!(apply(&world, &key, decrypt(padding, &text)), Ok(b"message".to_vec()));
        for wrong in [&text[1..], &[0xff; 256], b""] {
            let refused = apply(&world, &key, decrypt(padding, wrong));
            assert_eq!(refused, Err(ErrorKind::VerifyFailed));
        }
        let long = apply(&world, &key, encrypt(padding, &[7; 250]));
        assert_eq!(long, Err(ErrorKind::InvalidData(InvalidData::Parameter)));
    }
    let mut text = apply(&world, &key, encrypt(&oaep, b"message")).unwrap();
    text[255] ^= 1;
    let refused = apply(&world, &key, decrypt(&oaep, &text));
    assert_eq!(refused, Err(ErrorKind::VerifyFailed));
    // With PKCS#1 v1.5 there is another message, always the same one.
    let other = apply(&world, &key, decrypt(&RsaEncryption::Pkcs1, &text)).unwrap();
    assert_eq!(apply(&world, &key, decrypt(&RsaEncryption::Pkcs1, &text)), Ok(other));
}

#[test]
fn a_key_signs_or_decrypts() {
    let world = world();
    let material = made(&world);
    let signs = load(Purposes::Sign, material.clone());
    let decrypts = load(Purposes::Decrypt, material);
    let (usage, plain) = (Err(ErrorKind::KeyUsage), RsaEncryption::Pkcs1);
    assert_eq!(apply(&world, &signs, encrypt(&plain, b"")), usage);
    assert_eq!(apply(&world, &signs, decrypt(&plain, b"")), usage);
    assert_eq!(apply(&world, &decrypts, sign(pss())), usage);
    assert_eq!(apply(&world, &decrypts, verify(pss(), b"", b"")), usage);
}

/// A key of raw RSA, with all that such a key has besides.
fn load_raw(usage: Usage, material: Material) -> Result<LoadedKey, ErrorKind> {
    let first = KeyRecord::first(KeyId([3; 16]), OWNER, usage, UnixMs(0));
    let record = KeyRecord { object: Some(0x9876), ..first };
    let channel = Channel { enc: Secret::new([1; 32]), mac: Secret::new([2; 32]) };
    let key = LoadedKey::new(record, Some(channel), material, Arc::new(AtomicBool::new(false)));
    key.map_err(|error| error.kind)
}

#[test]
fn raw_keys_and_keys_with_padding_are_apart() {
    let world = world();
    let material = made(&world);
    let (private, public) = halves(&material);
    let raw = Usage::RsaPrivate { modulus_bytes: 256 };
    let general = Usage::General(General::new(RSA, Some(Purposes::Decrypt)));
    // Neither holds what the other is made of.
    let of_raw = Material::RsaPrivate(Secret::new(private));
    assert_eq!(load_raw(raw, of_raw.clone()).map(drop), Ok(()));
    assert_eq!(load_raw(raw, material.clone()).map(drop), Err(ErrorKind::Internal));
    assert_eq!(load_as(general, material.clone()).map(drop), Ok(()));
    assert_eq!(load_as(general, of_raw.clone()).map(drop), Err(ErrorKind::Internal));
    // Policy gives no grant, and a grant for another key does nothing.
    let key = load(Purposes::Decrypt, material);
    let process = grant_with(Proof::ApiKey, Action::ProcessData, Some(key.record()));
    assert_eq!(process.err(), Some(ErrorKind::KeyUsage));
    let record = KeyRecord::first(KeyId([3; 16]), OWNER, raw, UnixMs(0));
    let call = || decrypt(&RsaEncryption::Pkcs1, &[1; 256]);
    let refused = grant(Action::Crypto(call().kind()), Some(&record));
    assert_eq!(refused.err(), Some(ErrorKind::KeyUsage));
    // Even with a grant that names it, a raw key answers no such call.
    let unwrap = load_as(Usage::ImportUnwrap, of_raw).unwrap();
    let forged = grant(Action::Crypto(call().kind()), Some(key.record())).unwrap();
    assert_eq!(apply_with(&world, forged, &unwrap, call()), Err(ErrorKind::KeyUsage));
    let other = Material::Pair { private: Secret::new(vec![1; 1190]), public };
    assert_eq!(load_as(general, other).err(), Some(ErrorKind::Internal));
}

/// What waits for the pool together goes in lanes, signatures and decryptions side by side, and one
/// that is refused changes no other.
#[test]
fn operations_that_wait_together_give_what_they_give_alone() {
    let world = world();
    let material = made(&world);
    let keys = [load(Purposes::Sign, material.clone()), load(Purposes::Decrypt, material)];
    let pkcs1 = Scheme::Rsa { padding: RsaSignature::Pkcs1(RsaHash::Sha256), is_digest: false };
    let oaep = RsaEncryption::Oaep(Oaep::plain(RsaHash::Sha256));
    let text = apply(&world, &keys[1], encrypt(&oaep, b"message")).unwrap();
    let calls = || {
        (0..32).map(|at| match at % 4 {
            0 => (&keys[0], sign(pkcs1)),
            1 => (&keys[1], decrypt(&oaep, &text)),
            2 => (&keys[0], sign(pss())),
            _ => (&keys[1], decrypt(&oaep, &text[..at])),
        })
    };
    let alone: Vec<_> = calls().map(|(key, call)| apply(&world, key, call)).collect();
    assert_eq!(alone.iter().filter(|result| result.is_ok()).count(), 24);
    let before = world.counter(|core| core.beside.load(Ordering::Relaxed));
    assert_eq!(before, 0, "each of them waited alone");
    let submitted: Vec<_> = calls()
        .map(|(key, call)| {
            let grant = grant(Action::Crypto(call.kind()), Some(key.record())).unwrap();
            submit(&world, grant, key, call).unwrap()
        })
        .collect();
    for ((pending, rest), alone) in submitted.into_iter().zip(alone) {
        assert_eq!(answer(rest, world.finish(pending)), alone);
    }
    let beside = world.counter(|core| core.beside.load(Ordering::Relaxed));
    assert_eq!(beside > 0, lanes_min(256).is_some());
}

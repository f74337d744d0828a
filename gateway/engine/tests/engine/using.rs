//! Use of keys that serve every operation of an algorithm.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use typex_core::error::{ErrorKind, InvalidData, Malformed};
use typex_core::id::{KeyId, PartitionId};
use typex_core::key::{
    AesBits, Algorithm, General, Hash, KeyRecord, Material, MlDsa, MlKem, Purposes, Usage,
};
use typex_core::op::Action;
use typex_core::op::crypto::{AesCipher, AesMode, CryptoAnswer, CryptoCall, CryptoKind, Scheme};
use typex_core::policy::{Grant, Verdict, authorize, authorize_agreed};
use typex_core::principal::{Principal, Proof};
use typex_core::secret::Secret;
use typex_core::time::UnixMs;
use typex_engine::algorithm::{self, Random};
use typex_engine::{CryptoJob, LoadedKey, Route};

use super::card::on_card;
use super::harness::{World, job, world};

const OWNER: PartitionId = PartitionId([1; 16]);
const RANDOM: [u8; 32] = [0xa7; 32];

fn load(algorithm: Algorithm) -> Arc<LoadedKey> {
    let secret = algorithm::generate(algorithm, &Random::start().unwrap()).unwrap();
    let material = match algorithm::public_of(algorithm, &secret) {
        Ok(public) => Material::Pair { private: secret, public },
        Err(_) => Material::Symmetric(secret),
    };
    let usage = Usage::General(General::new(algorithm, Some(Purposes::AgreeAndSign)));
    let record = KeyRecord::first(KeyId([3; 16]), OWNER, usage, UnixMs(0));
    Arc::new(LoadedKey::new(record, None, material, Arc::new(AtomicBool::new(false))).unwrap())
}

fn grant(kind: CryptoKind, key: &LoadedKey, is_agreed: bool) -> Grant {
    let proof = Proof::Token;
    let principal = Principal { partition: OWNER, client: None, api_key: None, proof };
    let authorize = if is_agreed { authorize_agreed } else { authorize };
    match authorize(&principal, Action::Crypto(kind), Some(key.record()), UnixMs(1)) {
        Verdict::Allow(grant) => grant,
        Verdict::Deny(error) => panic!("{kind:?}: {error}"),
    }
}

fn apply(
    world: &World,
    key: &Arc<LoadedKey>,
    peer: Option<&Arc<LoadedKey>>,
    call: CryptoCall,
) -> Result<CryptoAnswer, ErrorKind> {
    let grant = grant(call.kind(), key, peer.is_some());
    let peer = peer.map(|peer| public(peer).to_vec());
    apply_with(world, grant, key, peer, call)
}

fn apply_with(
    world: &World,
    grant: Grant,
    key: &Arc<LoadedKey>,
    peer: Option<Vec<u8>>,
    call: CryptoCall,
) -> Result<CryptoAnswer, ErrorKind> {
    let (key, random) = (Arc::clone(key), Secret::new(RANDOM));
    let (work, rest) = CryptoJob { key, peer, call, random }.plan()?;
    let pending = world.shard.submit(grant, job(work)).map_err(|error| error.kind)?;
    rest.answer(world.finish(pending).map_err(|error| error.kind)?)
}

fn public(key: &LoadedKey) -> &[u8] {
    key.general().unwrap().public().unwrap()
}

fn encrypt(cipher: AesCipher, message: &[u8]) -> CryptoCall {
    let (aad, context) = (Vec::new(), b"context".to_vec());
    CryptoCall::Encrypt { cipher, message: Secret::new(message.to_vec()), aad, context }
}

/// Decryption of what [`encrypt`] gave.
fn decrypt(cipher: AesCipher, answer: CryptoAnswer) -> CryptoCall {
    let CryptoAnswer::Encrypted { ciphertext: message, iv, tag } = answer else {
        panic!("not encrypted")
    };
    let (aad, context) = (Vec::new(), b"context".to_vec());
    CryptoCall::Decrypt { cipher, message, aad, context, iv, tag }
}

fn cipher(bits: AesBits, mode: AesMode) -> AesCipher {
    AesCipher { bits, mode }
}

fn clear(answer: Result<CryptoAnswer, ErrorKind>) -> Vec<u8> {
    match answer {
        Ok(CryptoAnswer::Secret(clear)) => clear.expose().clone(),
        _ => panic!("not a secret"),
    }
}

const MODES: [AesMode; 3] = [AesMode::Ecb, AesMode::Cbc, AesMode::Gcm];

#[test]
fn stored_and_agreed_aes_keys_open_what_they_sealed() {
    let world = world();
    let aes = load(Algorithm::Aes(AesBits::Aes256));
    let (ours, theirs) = (load(Algorithm::X25519), load(Algorithm::X25519));
    for mode in MODES {
        let cipher = cipher(AesBits::Aes192, mode);
        let sealed = apply(&world, &aes, None, encrypt(cipher, &[5; 48])).unwrap();
        assert_eq!(clear(apply(&world, &aes, None, decrypt(cipher, sealed))), [5; 48]);
        let sealed = apply(&world, &ours, Some(&theirs), encrypt(cipher, &[6; 16])).unwrap();
        let opened = apply(&world, &theirs, Some(&ours), decrypt(cipher, sealed));
        assert_eq!(clear(opened), [6; 16], "{mode:?}");
    }
}

/// As a function of key, message and randomness alone.
#[test]
fn blocks_are_those_of_the_software_algorithm() {
    let (world, aes) = (world(), load(Algorithm::Aes(AesBits::Aes256)));
    let secret = aes.general().unwrap().secret().unwrap().expose().clone();
    for (mode, length) in [(AesMode::Ecb, 32), (AesMode::Cbc, 0), (AesMode::Cbc, 33)] {
        let (cipher, message) = (cipher(AesBits::Aes128, mode), vec![7; length]);
        let answer = apply(&world, &aes, None, encrypt(cipher, &message)).unwrap();
        let CryptoAnswer::Encrypted { ciphertext, iv, tag: None } = answer else {
            panic!("{mode:?}")
        };
        let expected = RANDOM.first_chunk::<16>().unwrap();
        assert_eq!(iv, (mode == AesMode::Cbc).then_some(*expected));
        let sealed = algorithm::encrypt(cipher, &secret, expected, b"", &message).unwrap();
        assert_eq!(ciphertext, sealed.ciphertext);
    }
}

#[test]
fn what_is_not_whole_or_not_padded_is_refused() {
    let (world, aes) = (world(), load(Algorithm::Aes(AesBits::Aes128)));
    let (ecb, cbc) = (cipher(AesBits::Aes128, AesMode::Ecb), cipher(AesBits::Aes128, AesMode::Cbc));
    let long = cipher(AesBits::Aes256, AesMode::Ecb);
    let refused = |call| apply(&world, &aes, None, call).err();
    assert_eq!(refused(encrypt(ecb, &[0; 15])), Some(ErrorKind::Malformed(Malformed::Length)));
    let too_short = ErrorKind::InvalidData(InvalidData::Parameter);
    assert_eq!(refused(encrypt(long, &[0; 16])), Some(too_short));
    let broken = |bytes: usize| CryptoCall::Decrypt {
        cipher: cbc,
        message: vec![1; bytes],
        aad: Vec::new(),
        context: Vec::new(),
        iv: Some([0; 16]),
        tag: None,
    };
    assert_eq!(refused(broken(17)), Some(ErrorKind::InvalidData(InvalidData::Raw)));
    assert_eq!(refused(broken(32)), Some(ErrorKind::VerifyFailed));
}

#[test]
fn a_card_computes_blocks_under_stored_keys() {
    for name in ["fpga", "failover"] {
        let on_card = on_card(name);
        let (world, aes) = (&on_card.world, load(Algorithm::Aes(AesBits::Aes256)));
        for mode in [AesMode::Ecb, AesMode::Cbc] {
            let cipher = cipher(AesBits::Aes256, mode);
            let sealed = apply(world, &aes, None, encrypt(cipher, &[8; 2032])).unwrap();
            assert_eq!(clear(apply(world, &aes, None, decrypt(cipher, sealed))), [8; 2032]);
        }
        assert_eq!(world.counter(|counters| counters.routed(Route::Card)), 4, "{name}");
    }
}

#[test]
fn signatures_verify_until_they_are_changed() {
    let world = world();
    let message = || Secret::new(b"message".to_vec());
    let of = |algorithm| match algorithm {
        Algorithm::Ed25519 => Scheme::Ed25519,
        Algorithm::Ed448 => Scheme::Ed448,
        Algorithm::MlDsa(_) => Scheme::MlDsa,
        _ => Scheme::Ecdsa(Hash::Sha384),
    };
    let signers = [Algorithm::P256, Algorithm::Ed25519, Algorithm::Ed448];
    for algorithm in signers.into_iter().chain([Algorithm::MlDsa(MlDsa::MlDsa44)]) {
        let (key, scheme) = (load(algorithm), of(algorithm));
        let sign = CryptoCall::Sign { scheme, message: message(), context: Vec::new() };
        let Ok(CryptoAnswer::Public(mut signature)) = apply(&world, &key, None, sign) else {
            panic!("{algorithm:?}")
        };
        for expected in [Ok(()), Err(ErrorKind::VerifyFailed)] {
            let (message, context) = (message(), Vec::new());
            let signature_now = signature.clone();
            let verify = CryptoCall::Verify { scheme, message, context, signature: signature_now };
            assert_eq!(apply(&world, &key, None, verify).map(drop), expected, "{algorithm:?}");
            *signature.last_mut().unwrap() ^= 1;
        }
    }
}

#[test]
fn macs_and_shared_secrets_come_back() {
    let world = world();
    let message = || Secret::new(b"message".to_vec());
    let mac = load(Algorithm::Hmac(Hash::Sha256));
    let call = CryptoCall::Mac { hash: None, message: message() };
    let Ok(CryptoAnswer::Public(tag)) = apply(&world, &mac, None, call) else { panic!("a MAC") };
    let verify = CryptoCall::VerifyMac { hash: None, message: message(), mac: tag };
    assert!(matches!(apply(&world, &mac, None, verify), Ok(CryptoAnswer::Verified)));
    let kem = load(Algorithm::MlKem(MlKem::MlKem768));
    let made = apply(&world, &kem, None, CryptoCall::Encapsulate);
    let Ok(CryptoAnswer::Encapsulated { secret, ciphertext }) = made else { panic!("a secret") };
    let opened = apply(&world, &kem, None, CryptoCall::Decapsulate { ciphertext });
    assert_eq!(clear(opened), *secret.expose());
}

#[test]
fn a_grant_is_for_one_kind_one_key_and_one_way() {
    let world = world();
    let (aes, curve) = (load(Algorithm::Aes(AesBits::Aes128)), load(Algorithm::P256));
    let ecb = cipher(AesBits::Aes128, AesMode::Ecb);
    let gcm = cipher(AesBits::Aes128, AesMode::Gcm);
    for cipher in [ecb, gcm] {
        let other = grant(CryptoKind::Decrypt, &aes, false);
        let refused = apply_with(&world, other, &aes, None, encrypt(cipher, &[0; 16]));
        assert_eq!(refused.err(), Some(ErrorKind::Internal));
        let agreed = grant(CryptoKind::Encrypt, &curve, true);
        let refused = apply_with(&world, agreed, &curve, None, encrypt(cipher, &[0; 16]));
        assert_eq!(refused.err(), Some(ErrorKind::Internal));
    }
    aes.revoked().store(true, Ordering::Release);
    for cipher in [ecb, gcm] {
        let refused = apply(&world, &aes, None, encrypt(cipher, &[0; 16]));
        assert_eq!(refused.err(), Some(ErrorKind::KeyState));
    }
}

//! Keys that serve every operation of an algorithm: made, brought in, derived, loaded.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use typex_core::error::{ErrorKind, InvalidData, KeyImport};
use typex_core::id::{KeyId, PartitionId};
use typex_core::key::{AesBits, Algorithm, General, Hash, KeyRecord, Material, Purposes, Usage};
use typex_core::op::Action;
use typex_core::op::manage::ManageKind;
use typex_core::policy::{Grant, Verdict, authorize};
use typex_core::principal::{Principal, Proof};
use typex_core::secret::Secret;
use typex_core::time::UnixMs;
use typex_engine::algorithm::{Random, generate};
use typex_engine::{Done, LoadedKey, MakeKey, Work};

use super::harness::{World, job, world};

const OWNER: PartitionId = PartitionId([1; 16]);
const AES256: Algorithm = Algorithm::Aes(AesBits::Aes256);

fn record(general: General) -> KeyRecord {
    KeyRecord::first(KeyId([3; 16]), OWNER, Usage::General(general), UnixMs(0))
}

fn load(general: General, material: Material) -> Result<Arc<LoadedKey>, ErrorKind> {
    let loaded = LoadedKey::new(record(general), None, material, Arc::new(AtomicBool::new(false)));
    loaded.map(Arc::new).map_err(|error| error.kind)
}

fn grant(kind: ManageKind, key: Option<&KeyRecord>) -> Grant {
    let proof = Proof::Token;
    let principal = Principal { partition: OWNER, client: None, api_key: None, proof };
    match authorize(&principal, Action::Manage(kind), key, UnixMs(1)) {
        Verdict::Allow(grant) => grant,
        Verdict::Deny(error) => panic!("{error}"),
    }
}

fn run(world: &World, grant: Grant, make: MakeKey) -> Result<Material, ErrorKind> {
    let pending = world.shard.submit(grant, job(Work::MakeKey(make)));
    match world.finish(pending.map_err(|error| error.kind)?).map_err(|error| error.kind)? {
        Done::Made(step) => Ok(step.value),
        _ => panic!("not a key"),
    }
}

fn made(world: &World, algorithm: Algorithm) -> Material {
    let secret = generate(algorithm, &Random::start().unwrap()).unwrap();
    let make = MakeKey::Complete { algorithm, secret };
    run(world, grant(ManageKind::Create, None), make).unwrap()
}

/// A whole pair that agrees, and its public half.
fn pair(world: &World, algorithm: Algorithm) -> (Arc<LoadedKey>, Vec<u8>) {
    let material = made(world, algorithm);
    let public = material.public().unwrap().to_vec();
    (load(General::new(algorithm, Some(Purposes::Agree)), material).unwrap(), public)
}

fn derive(
    world: &World,
    from: &Arc<LoadedKey>,
    peer: &[u8],
    target: Algorithm,
) -> Result<Material, ErrorKind> {
    let info = format!("encedo-{}", target.name()).into_bytes();
    let make = MakeKey::Derive { from: Arc::clone(from), peer: peer.to_vec(), target, info };
    run(world, grant(ManageKind::Derive, Some(from.record())), make)
}

#[test]
fn every_algorithm_makes_keys_that_load_and_public_halves_that_come_in() {
    let world = world();
    for algorithm in Algorithm::ALL {
        let material = made(&world, algorithm);
        let public = material.public().map(<[u8]>::to_vec);
        assert_eq!(public.is_some(), algorithm.is_pair(), "{algorithm:?}");
        let general = General::new(algorithm, None);
        let key = load(general, material).unwrap();
        let parts = key.general().unwrap();
        assert_eq!(parts.secret().unwrap().expose().len(), algorithm.secret_bytes());
        assert_eq!(parts.public(), public.as_deref());
        let import = |public: Vec<u8>| {
            let make = MakeKey::Import { algorithm, public };
            run(&world, grant(ManageKind::Import, None), make)
        };
        let Some(public) = public else {
            assert_eq!(import(vec![1; 32]).err(), Some(ErrorKind::KeyUsage));
            continue;
        };
        let short = import(public[1..].to_vec()).err();
        assert_eq!(short, Some(ErrorKind::KeyImport(KeyImport::Material)));
        let key = load(general.public_half(), import(public.clone()).unwrap()).unwrap();
        let parts = key.general().unwrap();
        assert!(parts.secret().is_none() && parts.public() == Some(&public[..]));
    }
}

#[test]
fn both_sides_derive_the_same_key_every_time() {
    let world = world();
    for curve in [Algorithm::P256, Algorithm::P521, Algorithm::X25519, Algorithm::X448] {
        let (one, other) = (pair(&world, curve), pair(&world, curve));
        let symmetric = |from: &Arc<LoadedKey>, peer: &[u8]| {
            let key = derive(&world, from, peer, AES256).unwrap();
            let Material::Symmetric(key) = key else { panic!("not symmetric") };
            key.expose().clone()
        };
        let key = symmetric(&one.0, &other.1);
        assert_eq!(key, symmetric(&other.0, &one.1));
        assert_eq!(key, symmetric(&one.0, &other.1));
        assert_ne!(key, symmetric(&one.0, &one.1));
        let mac = derive(&world, &one.0, &other.1, Algorithm::Hmac(Hash::Sha256)).unwrap();
        let differs = matches!(&mac, Material::Symmetric(mac) if *mac.expose() != key);
        assert!(differs, "the name of the algorithm counts");
        let signer = derive(&world, &one.0, &other.1, Algorithm::Ed25519).unwrap();
        load(General::new(Algorithm::Ed25519, None), signer).unwrap();
    }
}

#[test]
fn a_key_too_long_for_the_secret_and_a_wrong_peer_are_refused() {
    let world = world();
    let (from, public) = pair(&world, Algorithm::X25519);
    let long = derive(&world, &from, &public, Algorithm::Hmac(Hash::Sha512));
    assert_eq!(long.err(), Some(ErrorKind::InvalidData(InvalidData::Parameter)));
    for peer in [vec![0; 32], vec![9; 31], vec![]] {
        let refused = derive(&world, &from, &peer, AES256).err();
        assert_eq!(refused, Some(ErrorKind::KeyImport(KeyImport::Material)), "{peer:?}");
    }
}

#[test]
fn a_revoked_key_and_a_grant_of_something_else_derive_nothing() {
    let world = world();
    let (from, public) = pair(&world, Algorithm::X25519);
    let make = || MakeKey::Derive {
        from: Arc::clone(&from),
        peer: public.clone(),
        target: AES256,
        info: vec![],
    };
    for kind in [ManageKind::Create, ManageKind::Import, ManageKind::List] {
        assert_eq!(run(&world, grant(kind, None), make()).err(), Some(ErrorKind::Internal));
    }
    let other = KeyRecord { id: KeyId([4; 16]), ..from.record().clone() };
    let wrong = run(&world, grant(ManageKind::Derive, Some(&other)), make());
    assert_eq!(wrong.err(), Some(ErrorKind::Internal), "a grant for another key");
    from.revoked().store(true, Ordering::Release);
    let revoked = run(&world, grant(ManageKind::Derive, Some(from.record())), make());
    assert_eq!(revoked.err(), Some(ErrorKind::KeyState));
}

#[test]
fn an_aes_key_serves_in_its_own_length_and_shorter() {
    let aes = |bits: AesBits| {
        let material = Material::Symmetric(Secret::new(vec![7; bits.bytes()]));
        load(General::new(Algorithm::Aes(bits), None), material).unwrap()
    };
    let all = [AesBits::Aes128, AesBits::Aes192, AesBits::Aes256];
    for own in all {
        let key = aes(own);
        let key = key.general().unwrap();
        for asked in all {
            match key.aes(asked) {
                Ok(expanded) => {
                    assert!(asked <= own);
                    assert!(Arc::ptr_eq(&expanded, &key.aes(asked).unwrap()), "expanded once");
                }
                Err(kind) => {
                    assert!(asked > own);
                    assert_eq!(kind, ErrorKind::InvalidData(InvalidData::Parameter));
                }
            }
        }
    }
    let mac = Material::Symmetric(Secret::new(vec![7; 32]));
    let mac = load(General::new(Algorithm::Hmac(Hash::Sha256), None), mac).unwrap();
    assert_eq!(mac.general().unwrap().aes(AesBits::Aes128).err(), Some(ErrorKind::KeyUsage));
}

#[test]
fn material_of_another_algorithm_does_not_load() {
    let short = Material::Symmetric(Secret::new(vec![7; 31]));
    assert_eq!(load(General::new(AES256, None), short).err(), Some(ErrorKind::Internal));
    let half = General::new(Algorithm::X25519, None);
    let public = || Material::Public(vec![9; 32]);
    assert_eq!(load(half, public()).err(), Some(ErrorKind::Internal));
    assert!(load(half.public_half(), public()).is_ok());
}

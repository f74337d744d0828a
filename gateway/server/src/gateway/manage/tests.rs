//! Key management against a real store and the engine's pools.

use std::collections::BTreeSet;

use typex_core::error::{InvalidData, KeyImport, Malformed, Unauthenticated};
use typex_core::key::{AesBits, Algorithm, Hash, KeyState, MlKem, Purposes};
use typex_core::op::crypto::Party;
use typex_core::op::manage::{
    Attributes, KeyView, Manage, Managed, Needle, NewKey as Wanted, Page,
};
use typex_core::principal::{Principal, Proof};
use typex_core::{Error, ErrorKind, KeyId, PartitionId, UnixMs};
use typex_store::Store;

use super::{KeyName, Peer};
use crate::admin::{Answer, Change, Desk, Request, perform};
use crate::gateway::{Core, Rules};
use crate::stand::{Place, rules};
use crate::transport::{Role, Transport};

const OWNER: PartitionId = PartitionId([0x0a; 16]);
const OTHER: PartitionId = PartitionId([0x0b; 16]);
const AES: Algorithm = Algorithm::Aes(AesBits::Aes256);

struct World<'a> {
    core: Core,
    store: Store,
    place: &'a Place,
}

/// Runs `test` as a task of one core; then the log must verify.
fn run(test: impl AsyncFnOnce(&World<'_>)) {
    let place = Place::new(UnixMs(1));
    place.serve(Rules { strict_audit: true, ..rules() }, async |core| {
        let store = core.inner().gateway.store.clone();
        test(&World { core, store, place: &place }).await;
    });
}

fn caller(partition: PartitionId, proof: Proof) -> Principal {
    Principal { partition, client: None, api_key: None, proof }
}

fn wanted(algorithm: Algorithm, purposes: Option<Purposes>, description: &[u8]) -> Wanted {
    let attributes = Attributes { label: "a key".into(), description: description.to_vec() };
    Wanted { algorithm, purposes, attributes }
}

fn page(offset: usize) -> Page {
    Page { offset, count: 15 }
}

fn info(algorithm: Algorithm) -> Vec<u8> {
    format!("encedo-{}", algorithm.name()).into_bytes()
}

impl World<'_> {
    async fn ask_as(&self, who: &Principal, request: Manage) -> Result<Managed, ErrorKind> {
        let address = ([192, 0, 2, 1], 4000).into();
        let (role, transport) = (Role(0), Transport::H1);
        let peer = Peer { address, role, transport, secure: true };
        self.core.manage(&peer, who, request).await.map_err(|error: Error| error.kind)
    }

    async fn ask(&self, request: Manage) -> Result<Managed, ErrorKind> {
        self.ask_as(&caller(OWNER, Proof::Token), request).await
    }

    async fn make(&self, request: Manage) -> Result<KeyId, ErrorKind> {
        match self.ask(request).await? {
            Managed::Made(id) => Ok(id),
            _ => panic!("another answer"),
        }
    }

    async fn create(&self, algorithm: Algorithm) -> KeyId {
        let purposes = algorithm.is_ecdsa().then_some(Purposes::AgreeAndSign);
        self.make(Manage::Create(wanted(algorithm, purposes, b""))).await.expect("a new key")
    }

    async fn import(&self, algorithm: Algorithm, public: Vec<u8>) -> Result<KeyId, ErrorKind> {
        self.make(Manage::Import { new: wanted(algorithm, None, b""), public }).await
    }

    async fn derive(&self, from: KeyId, peer: Party, to: Algorithm) -> Result<KeyId, ErrorKind> {
        let new = wanted(to, None, b"derived");
        self.make(Manage::Derive { new, from, peer, info: info(to) }).await
    }

    async fn get(&self, id: KeyId) -> Result<KeyView, ErrorKind> {
        match self.ask(Manage::Get(id)).await? {
            Managed::Shown(view) => Ok(*view),
            _ => panic!("another answer"),
        }
    }

    async fn list(&self, request: Manage) -> (usize, Vec<KeyId>) {
        match self.ask(request).await {
            Ok(Managed::Listed { total, keys, .. }) => {
                (total, keys.iter().map(|key| key.id).collect())
            }
            _ => panic!("another answer"),
        }
    }

    /// Lines of the log that name this function and this key.
    fn logged(&self, function: &str, key: Option<KeyId>) -> usize {
        let key = key.map(|key| key.to_string()).unwrap_or_default();
        self.place.logged_with(&[function, &key])
    }
}

#[test]
fn every_algorithm_makes_keys_that_are_shown_listed_changed_and_removed() {
    run(async |world| {
        let mut made = Vec::new();
        for algorithm in Algorithm::ALL {
            let id = world.create(algorithm).await;
            made.push(id);
            assert!(world.logged("create_key", Some(id)) > 0, "on disk before the answer");
            let view = world.get(id).await.unwrap();
            assert_eq!((view.id, view.algorithm, view.made_here), (id, algorithm, true));
            assert_eq!(view.has_private, algorithm.is_pair());
            assert_eq!(view.public.as_ref().map(Vec::len), algorithm.public_bytes());
            assert_eq!((view.attributes.label.as_str(), view.updated), ("a key", view.created));
        }
        assert_eq!(made.iter().collect::<BTreeSet<_>>().len(), made.len());
        let (total, first) = world.list(Manage::List(page(0))).await;
        assert_eq!((total, &first[..]), (23, &made[..15]));
        assert_eq!(world.list(Manage::List(page(15))).await, (23, made[15..].to_vec()));
        let attributes = Attributes { label: "new".into(), description: b"sought".to_vec() };
        let update = Manage::Update { key: made[20], attributes: attributes.clone() };
        assert!(matches!(world.ask(update).await, Ok(Managed::Done)));
        let view = world.get(made[20]).await.unwrap();
        assert!(view.attributes == attributes && view.updated > view.created);
        let needle = Needle { bytes: b"sou".to_vec(), at_start: true, at_end: false };
        let search = Manage::Search { needle, page: page(0) };
        assert_eq!(world.list(search).await, (1, vec![made[20]]));
        for id in &made {
            assert!(matches!(world.ask(Manage::Delete(*id)).await, Ok(Managed::Done)));
            assert_eq!(world.get(*id).await, Err(ErrorKind::KeyNotFound));
            assert!(world.logged("delete_key", Some(*id)) > 0);
        }
        assert_eq!(world.list(Manage::List(page(0))).await, (0, vec![]));
    });
}

#[test]
fn keys_of_rsa_are_made_shown_and_removed() {
    run(async |world| {
        let rsa = Algorithm::Rsa(typex_core::key::payment::RsaBits::Rsa2048);
        for purposes in [None, Some(Purposes::Decrypt)] {
            let id = world.make(Manage::Create(wanted(rsa, purposes, b""))).await.unwrap();
            let view = world.get(id).await.unwrap();
            assert_eq!((view.algorithm, view.has_private), (rsa, true));
            assert_eq!(view.purposes, Some(purposes.unwrap_or(Purposes::Sign)));
            let public = view.public.unwrap();
            assert_eq!(public.len(), 294);
            let half = world.import(rsa, public.clone()).await;
            assert_eq!(half, Err(ErrorKind::KeyExists), "its private half is here");
            assert!(matches!(world.ask(Manage::Delete(id)).await, Ok(Managed::Done)));
            assert_eq!(world.import(rsa, public).await, Ok(id));
        }
        assert_eq!(world.list(Manage::List(page(0))).await.0, 2);
        let from = world.create(Algorithm::X25519).await;
        let derived = world.derive(from, Party::Stored(from), rsa).await;
        assert_eq!(derived, Err(ErrorKind::KeyUsage));
    });
}

#[test]
fn an_id_follows_from_the_public_half_and_finds_duplicates() {
    run(async |world| {
        // RFC 7748 6.1: Bob's public key, and the first 16 bytes of its SHA-1.
        let bob = "de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f";
        let bob = const_hex::decode(bob).unwrap();
        let id = world.import(Algorithm::X25519, bob.clone()).await.unwrap();
        assert_eq!(id.to_string(), SHA1_OF_BOB);
        let view = world.get(id).await.unwrap();
        assert!(!view.made_here && !view.has_private && view.public == Some(bob.clone()));
        let again = world.import(Algorithm::X25519, bob.clone()).await;
        assert_eq!(again, Err(ErrorKind::KeyExists));
        world.ask(Manage::Delete(id)).await.map(|_| ()).unwrap();
        assert_eq!(world.import(Algorithm::X25519, bob).await, Ok(id));
        let own = world.create(Algorithm::P384).await;
        let public = world.get(own).await.unwrap().public.unwrap();
        let public_half = world.import(Algorithm::P384, public).await;
        assert_eq!(public_half, Err(ErrorKind::KeyExists), "its private half is here");
    });
}

const SHA1_OF_BOB: &str = "82c55f2e66fbca3186063042e3f5497a";

#[test]
fn derivation_is_deterministic_and_works_from_both_ends() {
    run(async |world| {
        let (one, two) = (world.create(Algorithm::P256).await, world.create(Algorithm::P256).await);
        let key = world.derive(one, Party::Stored(two), AES).await.unwrap();
        assert!(world.logged("derive_key", Some(key)) > 0);
        let view = world.get(key).await.unwrap();
        assert!(view.made_here && view.public.is_none());
        let again = world.derive(one, Party::Stored(two), AES).await;
        assert_eq!(again, Err(ErrorKind::KeyExists));
        let other_end = world.derive(two, Party::Stored(one), AES).await;
        assert_eq!(other_end, Err(ErrorKind::KeyExists), "the same key");
        world.ask(Manage::Delete(key)).await.map(|_| ()).unwrap();
        let public = world.get(one).await.unwrap().public.unwrap();
        assert_eq!(world.derive(two, Party::Public(public), AES).await, Ok(key));
        let own = world.derive(one, Party::Stored(one), AES).await.unwrap();
        assert_ne!(own, key);
        let curve = world.derive(one, Party::Stored(two), Algorithm::Ed25519).await.unwrap();
        assert!(world.get(curve).await.unwrap().has_private);
    });
}

/// What makes no key: from, with whom, what, and why not. Keys that agree on X25519, sign, agree on
/// another curve.
fn hopeless([agreeing, signing, other]: [KeyId; 3]) -> [(KeyId, Party, Algorithm, ErrorKind); 8] {
    let absent = KeyId([9; 16]);
    let own = || Party::Stored(agreeing);
    let (long, pqc) = (Algorithm::Hmac(Hash::Sha512), Algorithm::MlKem(MlKem::MlKem768));
    let material = ErrorKind::KeyImport(KeyImport::Material);
    [
        (signing, own(), AES, ErrorKind::KeyUsage),
        (agreeing, Party::Stored(signing), AES, ErrorKind::KeyUsage),
        (agreeing, Party::Stored(other), AES, ErrorKind::KeyUsage),
        (agreeing, Party::Stored(absent), AES, ErrorKind::KeyNotFound),
        (absent, own(), AES, ErrorKind::KeyNotFound),
        (agreeing, Party::Public(vec![0; 32]), AES, material),
        (agreeing, own(), long, ErrorKind::InvalidData(InvalidData::Parameter)),
        (agreeing, own(), pqc, ErrorKind::KeyUsage),
    ]
}

#[test]
fn a_derivation_that_cannot_be_is_refused_and_recorded() {
    run(async |world| {
        let curves = [Algorithm::X25519, Algorithm::Ed25519, Algorithm::P256];
        let mut keys = [KeyId([0; 16]); 3];
        for (key, curve) in keys.iter_mut().zip(curves) {
            *key = world.create(curve).await;
        }
        for (number, (from, peer, to, expected)) in hopeless(keys).into_iter().enumerate() {
            let before = world.logged("derive_key", None);
            assert_eq!(world.derive(from, peer, to).await, Err(expected), "case {number}");
            assert_eq!(world.logged("derive_key", None), before + 1, "case {number}");
        }
        assert_eq!(world.list(Manage::List(page(0))).await.0, 3, "nothing was made");
    });
}

#[test]
fn keys_that_cannot_be_are_neither_made_nor_brought_in() {
    run(async |world| {
        let material = Err(ErrorKind::KeyImport(KeyImport::Material));
        assert_eq!(world.import(Algorithm::P256, vec![0xff; 33]).await, material);
        assert_eq!(world.import(Algorithm::P256, vec![2; 32]).await, material);
        assert_eq!(world.import(AES, vec![1; 32]).await, Err(ErrorKind::KeyUsage));
        assert_eq!(world.logged("import_public_key", None), 3);
        let mut bad = wanted(AES, None, b"");
        bad.attributes.label.clear();
        let value = ErrorKind::Malformed(Malformed::Value);
        assert_eq!(world.make(Manage::Create(bad)).await, Err(value));
        assert_eq!(world.list(Manage::List(page(0))).await.0, 0, "nothing was made");
    });
}

#[test]
fn partitions_are_apart_and_only_a_search_is_open() {
    run(async |world| {
        let id = world.create(AES).await;
        let other = caller(OTHER, Proof::Token);
        let foreign = world.ask_as(&other, Manage::Get(id)).await;
        assert_eq!(foreign.err(), Some(ErrorKind::KeyNotFound));
        let foreign = world.ask_as(&other, Manage::Delete(id)).await;
        assert_eq!(foreign.err(), Some(ErrorKind::KeyNotFound));
        let anyone = caller(OWNER, Proof::Anonymous);
        let needle = || Needle { bytes: vec![], at_start: true, at_end: false };
        let search = Manage::Search { needle: needle(), page: page(0) };
        assert!(world.ask_as(&anyone, search).await.is_ok());
        for request in [Manage::List(page(0)), Manage::Get(id), Manage::Delete(id)] {
            let refused = world.ask_as(&anyone, request).await.err();
            assert!(matches!(refused, Some(ErrorKind::Unauthenticated(Unauthenticated::ApiKey))));
        }
        world.get(id).await.unwrap();
    });
}

#[test]
fn a_removed_or_suspended_key_is_no_longer_used_from_the_cache() {
    run(async |world| {
        let from = world.create(Algorithm::X25519).await;
        let cached = world.core.inner().resolve(OWNER, KeyName::Id(from)).await.unwrap();
        world.derive(from, Party::Stored(from), AES).await.unwrap();
        let change = |to| {
            let changed = move |tx: &mut typex_store::Tx<'_>| {
                tx.change_state(OWNER, KeyName::Id(from), to).map(|_| ())
            };
            world.store.write(changed)
        };
        change(KeyState::Suspended).await.unwrap();
        assert!(cached.revoked().load(std::sync::atomic::Ordering::Acquire));
        let mac = Algorithm::Hmac(Hash::Sha256);
        let suspended = world.derive(from, Party::Stored(from), mac).await;
        assert_eq!(suspended, Err(ErrorKind::KeyState));
        change(KeyState::Active).await.unwrap();
        world.derive(from, Party::Stored(from), mac).await.unwrap();
        world.ask(Manage::Delete(from)).await.map(|_| ()).unwrap();
        let gone = world.derive(from, Party::Stored(from), mac).await;
        assert_eq!(gone, Err(ErrorKind::KeyNotFound));
    });
}

fn operator(store: &Store, request: Request) -> Answer {
    let rules = crate::config::Payments::default().rules();
    perform(&Desk::alone(store, rules), request)
}

#[test]
fn an_operator_sees_such_keys_and_names_them_with_their_partition() {
    run(async |world| {
        let public = [&[9][..], &[0; 31]].concat();
        let id = world.import(Algorithm::X25519, public.clone()).await.unwrap();
        world.create(Algorithm::P256).await;
        let other = caller(OTHER, Proof::Token);
        let new = wanted(Algorithm::X25519, None, b"");
        world.ask_as(&other, Manage::Import { new, public }).await.map(|_| ()).unwrap();
        let store = world.store.clone();
        let requests = move || {
            let Answer::Keys(keys) = operator(&store, Request::Keys { partition: None }) else {
                panic!("no keys");
            };
            let shown: BTreeSet<_> =
                keys.iter().map(|key| (key.algorithm.as_deref(), key.label.as_deref())).collect();
            let name = format!("{OWNER}/{id}");
            let destroy = |id: String| Request::ChangeKey { id, to: Change::Destroy };
            (
                keys.len() == 3
                    && shown.contains(&(Some("CURVE25519 public"), Some("a key")))
                    && shown.contains(&(Some("SECP256R1 agree_and_sign"), Some("a key"))),
                matches!(operator(&store, destroy(id.to_string())), Answer::Refused { .. }),
                matches!(operator(&store, Request::Key { id: name.clone() }), Answer::Keys(_)),
                operator(&store, destroy(name)) == Answer::Done,
            )
        };
        let done = tokio::task::spawn_blocking(requests).await.unwrap();
        assert_eq!(done, (true, true, true, true));
        assert_eq!(world.list(Manage::List(page(0))).await.0, 1);
        assert_eq!(world.get(id).await, Err(ErrorKind::KeyNotFound));
        let taken = world.import(Algorithm::X25519, [&[9][..], &[0; 31]].concat()).await;
        assert_eq!(taken, Err(ErrorKind::KeyExists), "destroyed for ever");
        assert!(world.ask_as(&other, Manage::Get(id)).await.is_ok());
    });
}

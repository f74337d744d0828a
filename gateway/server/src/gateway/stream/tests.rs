//! Access keys on connections that export different key material.
// spec: stream 4

use aws_lc_rs::hmac;
use typex_core::id::ApiKeyId;
use typex_core::key::payment::{Algorithm, Attributes, ModeOfUse, Usage};
use typex_core::key::{AesBits, KeyRecord, Material, Usage as KeyUsage};
use typex_core::op::payment::access::{
    AccessKeyId, AccessKeyRecord, AccessRules, AccessSecret, AccessState,
};
use typex_core::{KeyId, PartitionId, UnixMs};
use typex_store::{NewKey, Store};
use typex_wire::{Credential, KeyName, Possession};

use super::*;
use crate::gateway::Core;
use crate::stand::{Place, rules};
use crate::transport::{Role, Transport};

const OWNER: PartitionId = PartitionId([0x0a; 16]);
const KEYS: [KeyId; 2] = [KeyId([1; 16]), KeyId([2; 16])];

fn access_key(number: u8) -> AccessKeyRecord {
    AccessKeyRecord {
        id: AccessKeyId::of_random([number; 16]),
        api_key: ApiKeyId([number; 16]),
        partition: OWNER,
        name: "a terminal".to_owned(),
        secret: AccessSecret::of_random(&Secret::new([number; 30])),
        state: AccessState::Enabled,
        rules: AccessRules::default(),
        created: UnixMs(1),
    }
}

async fn fill(store: &Store) {
    let access = access_key(7);
    store.write(move |tx| tx.put(&access)).await.expect("a healthy store");
    for id in KEYS {
        let algorithm = Algorithm::Aes(AesBits::Aes128);
        let attributes = Attributes::new(Usage::CMAC, algorithm, ModeOfUse::GenerateAndVerify);
        let record = KeyRecord::first(id, OWNER, KeyUsage::Payment(attributes), UnixMs(1));
        let material = Material::Symmetric(Secret::new(vec![id.0[0]; 16]));
        let new = NewKey { record, channel: None, material };
        store.write(|tx| tx.create_key(new)).await.expect("a new key");
    }
}

/// A connection that exports these bytes.
fn session(exported: u8) -> Session {
    let address = ([192, 0, 2, 1], 4000).into();
    let peer = Peer { address, role: Role(0), transport: Transport::Frames, secure: true };
    Session::new(peer, Secret::new([exported; EXPORTER_BYTES]))
}

fn proof(access: &AccessKeyRecord, exported: u8, handle: u32, key: KeyId) -> [u8; 32] {
    let key = KeyName::Id(key.0);
    let text = Possession { exporter: &[exported; EXPORTER_BYTES], handle, key }.bytes();
    let secret = hmac::Key::new(hmac::HMAC_SHA256, access.secret.expose());
    hmac::sign(&secret, &text).as_ref().try_into().expect("32 bytes")
}

/// How the gateway answers an OPEN.
async fn open(
    (core, session): (&Core, &Session),
    id: AccessKeyId,
    (handle, key): (u32, KeyId),
    proof: &[u8; 32],
) -> Status {
    let id = id.to_string();
    let credential = Credential::AccessKey { id: &id, proof: Some(proof) };
    let (mut frames, mut answers) = (BytesMut::new(), BytesMut::new());
    Open::write(&mut frames, 1, handle, credential, KeyName::Id(key.0)).expect("short");
    let frame = Frame::take(&mut frames, &LIMITS).expect("a frame").expect("whole");
    assert!(session.answer(core.inner(), frame, &mut answers).await.is_continue());
    let answer = Frame::take(&mut answers, &LIMITS).expect("a frame").expect("whole");
    match answer.body() {
        Ok(Body::Opened(opened)) => opened.status,
        _ => panic!("another answer"),
    }
}

#[test]
fn a_proof_holds_on_its_connection_for_its_handle_and_name() {
    let place = Place::new(UnixMs(1));
    place.serve(rules(), async |core| {
        fill(&core.inner().gateway.store).await;
        let (access, stranger) = (access_key(7), access_key(8));
        let ours = session(1);
        let sound = proof(&access, 1, 0, KEYS[0]);
        let wrong = proof(&stranger, 1, 0, KEYS[0]);
        let theirs = session(2);
        let on = (&core, &ours);
        for (on, id, opened, proof) in [
            ((&core, &theirs), access.id, (0, KEYS[0]), &sound),
            (on, access.id, (1, KEYS[0]), &sound),
            (on, access.id, (0, KEYS[1]), &sound),
            (on, access.id, (0, KEYS[0]), &wrong),
            (on, stranger.id, (0, KEYS[0]), &wrong),
        ] {
            assert_eq!(open(on, id, opened, proof).await, Status::Unauthenticated);
        }
        assert_eq!(open(on, access.id, (0, KEYS[0]), &sound).await, Status::Done);
        assert_eq!(open(on, access.id, (0, KEYS[0]), &sound).await, Status::Malformed, "in use");
    });
    let refused = ["\"action\":\"open_handle\"", "unauthenticated.signature"];
    assert_eq!(place.logged_with(&refused), 5);
}

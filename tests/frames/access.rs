//! Access keys: who has the secret, on which connection, for what.
// spec: stream 4

use bytes::BytesMut;
use serde_json::json;
use typex_client::{Credential, KeyName, Status, operation, tag};
use typex_wire::{BatchWriter, Body, Open, Record};

use super::service::{CHECKED, Service, hex, parameters, words};
use super::{MEDIA_TYPE, frames, is_refused, run};
use crate::harness::{Access, Gateway};

const CMAC: &str = "TR31_M6_ISO_9797_5_CMAC_KEY";
const FIELDS: [(u8, &[u8]); 2] = [(tag::LENGTH, &[8]), (tag::METHOD, &[3])];

#[test]
fn a_secret_that_is_not_known_opens_nothing() {
    run(async |gateway, client| {
        let service = Service::new(gateway, client).await;
        let key = service.key(CMAC, "AES_128", &CHECKED).await;
        let name = KeyName::Id(const_hex::decode_to_array(&key.id).expect("an identity"));
        let Access { id, secret, .. } = &service.access;
        let wrong = secret.to_lowercase();
        let unknown = id[..16].to_owned() + "7777";
        for (id, secret) in [(&**id, &*wrong), (&unknown, secret), ("nobody", secret), ("", "")] {
            let opened = service.stream.open_with(Credential::AccessKey { id, secret }, name).await;
            assert!(is_refused(&opened, Status::Unauthenticated), "{id} {secret}: {opened:?}");
        }
        let other = Access::create(gateway, "new", &[]);
        let credential = Credential::AccessKey { id: &other.id, secret: &other.secret };
        let opened = service.stream.open_with(credential, name).await;
        assert!(is_refused(&opened, Status::NotFound), "another tenant: {opened:?}");
    });
}

/// In a body of HTTP there is no connection to prove anything for.
#[test]
fn an_unsigned_request_opens_nothing_with_an_access_key() {
    let gateway = Gateway::start(&[]);
    let access = Access::create(&gateway, "new", &[]);
    let key = access.new_key(CMAC, "AES_128", &CHECKED);
    let name = KeyName::Id(const_hex::decode_to_array(&key).expect("an identity"));
    let mut body = BytesMut::new();
    for proof in [None, Some(&[7; 32])] {
        let credential = typex_wire::Credential::AccessKey { id: &access.id, proof };
        Open::write(&mut body, 1, 0, credential, name).expect("short");
    }
    let (_, answer) = super::post(gateway.address("frames/http"), "/typex/1", MEDIA_TYPE, &body);
    for frame in frames(&answer) {
        let Ok(Body::Opened(opened)) = frame.body() else { panic!("OPENED") };
        assert_eq!(opened.status, Status::Unauthenticated, "not signed");
    }
    gateway.stop();
}

/// Handles 0 and 1 for access keys that come without a proof, and a MAC of `amount` under 0.
fn unproved(ids: [&str; 2], key: &str) -> BytesMut {
    let name = KeyName::Id(const_hex::decode_to_array(key).expect("an identity"));
    let mut body = BytesMut::new();
    for (handle, id) in (0..).zip(ids) {
        let credential = typex_wire::Credential::AccessKey { id, proof: None };
        Open::write(&mut body, 1, handle, credential, name).expect("short");
    }
    let parameters = parameters(&FIELDS);
    let parameters = parameters.bytes();
    let mut batch = BatchWriter::begin(&mut body, 2, 0);
    let operation = operation::GENERATE_MAC;
    let record = Record { id: 1, operation, handle: 0, parameters, data: b"amount" };
    batch.record(&record).expect("there is room");
    batch.end();
    body
}

/// Frames in a body of HTTP under an access key that signs the request.
#[test]
fn a_signed_request_opens_what_its_signer_may() {
    let gateway = Gateway::start(&[]);
    let access = Access::create(&gateway, "new", &[]);
    let other = Access::create(&gateway, &access.partition, &[]);
    let key = access.new_key(CMAC, "AES_128", &CHECKED);
    let body = unproved([&access.id, &other.id], &key);
    let head = access.head("/typex/1", MEDIA_TYPE, &[("connection", "close")], &body);
    let (head, answer) = super::exchange(gateway.address("frames/http"), &head, &body);
    assert!(head.starts_with("HTTP/1.1 200"), "{head}");
    let mut bodies = frames(&answer).into_iter().map(|frame| frame.body().expect("its form"));
    for expected in [Status::Done, Status::Unauthenticated] {
        let Some(Body::Opened(opened)) = bodies.next() else { panic!("OPENED") };
        assert_eq!(opened.status, expected);
    }
    let Some(Body::Results(mut results)) = bodies.next() else { panic!("RESULTS") };
    let outcome = results.next().expect("an answer").expect("whole");
    assert_eq!(outcome.status, Status::Done, "{}", words(&outcome));
    let request = json!({
        "KeyIdentifier": key,
        "MessageData": hex(b"amount"),
        "GenerationAttributes": { "Algorithm": "CMAC" },
        "MacLength": 8,
    });
    let mac = access.data("/mac/generate", &request);
    assert_eq!(mac["Mac"].as_str(), Some(&*hex(&outcome.data)));
    gateway.stop();
}

#[test]
fn an_access_key_does_what_its_rules_name() {
    run(async |gateway, client| {
        let mut service = Service::new(gateway, client).await;
        let key = service.key(CMAC, "AES_128", &CHECKED).await;
        let other = service.key(CMAC, "AES_128", &CHECKED).await;
        let rules = ["--allow", "generate_mac", "--key", &key.id];
        let partition = service.access.partition.clone();
        service.access = Access::create(gateway, &partition, &rules);
        let name = |id: &str| KeyName::Id(const_hex::decode_to_array(id).expect("an identity"));
        let Access { id, secret, .. } = &service.access;
        let credential = Credential::AccessKey { id, secret };
        let opened = service.stream.open_with(credential, name(&other.id)).await;
        assert!(is_refused(&opened, Status::Forbidden), "{opened:?}");
        let handle = service.open(name(&key.id)).await;
        let mac = service.done(operation::GENERATE_MAC, handle, &FIELDS, b"text").await.data;
        let fields = [(tag::VALUE, &mac[..]), FIELDS[1]];
        let refused = service.ask(operation::VERIFY_MAC, handle, &fields, b"text").await;
        assert_eq!(refused.status, Status::Forbidden, "{}", words(&refused));
        // The second handle of a record was opened by another.
        let two = [FIELDS[1], (tag::SECOND + tag::HANDLE, &key.handle.to_be_bytes()[..])];
        let refused = service.ask(operation::TRANSLATE_PIN, handle, &two, b"text").await;
        assert_eq!(refused.status, Status::Malformed, "{}", words(&refused));
    });
}

/// Handles stay open; what they stand for does not.
#[test]
fn disabled_access_keys_and_stopped_keys_serve_no_more() {
    run(async |gateway, client| {
        let service = Service::new(gateway, client).await;
        let key = service.key(CMAC, "AES_128", &CHECKED).await;
        service.done(operation::GENERATE_MAC, key.handle, &FIELDS, b"text").await;
        let id = service.access.id.clone();
        gateway.typex(&["payments", "access-key", "disable", &id]).succeeds();
        let refused = service.ask(operation::GENERATE_MAC, key.handle, &FIELDS, b"text").await;
        assert_eq!(refused.status, Status::Unauthenticated, "{}", words(&refused));
        gateway.typex(&["payments", "access-key", "enable", &id]).succeeds();
        service.done(operation::GENERATE_MAC, key.handle, &FIELDS, b"text").await;
        service.access.control("StopKeyUsage", &json!({ "KeyIdentifier": key.id }));
        let refused = service.ask(operation::GENERATE_MAC, key.handle, &FIELDS, b"text").await;
        assert_eq!(refused.status, Status::Key, "{}", words(&refused));
    });
}

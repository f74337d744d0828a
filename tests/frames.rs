//! Batches in frames, over QUIC and as bodies of HTTP: each record is answered for itself.
// spec: stream 1 to 8

mod access;
mod counts;
mod cut;
mod instance;
mod instance_rsa;
mod payments;
mod rsa;
mod service;
mod tokens;

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use bytes::BytesMut;
use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use typex_client::{
    Carrier, Client, ClientError, KeyName, Options, Outcome, Record, Status, Stream,
};
use typex_wire::{
    BatchWriter, Body, Credential, FRAME_BYTES_MAX, Frame, Hello, Limits, Open, RECORDS_MAX,
};

use crate::harness::{Gateway, Object};

const PROCESS_DATA: u16 = 1;
const BLOCK: [u8; 16] = [0x6b; 16];

/// Runs `test` as a client of a gateway of its own.
fn run(test: impl AsyncFnOnce(&Gateway, &Client)) {
    let gateway = Gateway::start(&[]);
    running(async {
        let client = connect(&gateway, "frames/typex/1").await.expect("it listens");
        test(&gateway, &client).await;
        client.close().await;
    });
    gateway.stop();
}

/// Runs something on this thread.
fn running(future: impl Future<Output = ()>) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.expect("a runtime").block_on(future);
}

fn is_refused<T>(opened: &Result<T, ClientError>, why: Status) -> bool {
    matches!(opened, Err(ClientError::Refused(status)) if *status == why)
}

async fn connect(gateway: &Gateway, listener: &str) -> Result<Client, ClientError> {
    connect_over(gateway, listener, Carrier::Quic).await
}

async fn connect_over(
    gateway: &Gateway,
    listener: &str,
    carrier: Carrier,
) -> Result<Client, ClientError> {
    let mut roots = RootCertStore::empty();
    let file = gateway.data().join("tls").join("development.crt.pem");
    for certificate in CertificateDer::pem_file_iter(file).expect("a development certificate") {
        roots.add(certificate.expect("it is one")).expect("it is one");
    }
    let options = Options::new(gateway.address(listener), "localhost", roots);
    Client::connect(&options.over(carrier)).await
}

/// The sealed message as it goes in a record.
fn sealed(object: &Object, nonce: u64, data: &[u8]) -> Vec<u8> {
    let text = object.seal(nonce.to_be_bytes(), data);
    const_hex::decode(text.strip_prefix("Packet0_TEST_0000").expect("its form")).expect("hex")
}

/// ProcessData with nothing beside its data.
fn record(id: u32, handle: u32, data: &[u8]) -> Record<'_> {
    Record { id, operation: PROCESS_DATA, handle, parameters: b"", data }
}

/// The nonce and the result of an answer that verifies.
fn opened(object: &Object, data: &[u8]) -> (u64, Vec<u8>) {
    let text = format!("0000{}_", const_hex::encode(data));
    let (nonce, result) = object.open(&text).expect("the answer verifies");
    (u64::from_be_bytes(nonce), result)
}

fn of(outcomes: &[Outcome], id: u32) -> &Outcome {
    let mut found = outcomes.iter().filter(|outcome| outcome.id == id);
    let first = found.next().unwrap_or_else(|| panic!("no answer to {id}"));
    assert!(found.next().is_none(), "{id} is answered twice");
    first
}

/// What is sent as the record of a number: every tenth is wrong in one way or another.
fn message(object: &Object, id: u32) -> Vec<u8> {
    let mut message = sealed(object, id.into(), &BLOCK);
    match id % 10 {
        3 => message[5] ^= 1,
        5 => message.truncate(17),
        _ => {}
    }
    message
}

fn record_of(id: u32, handle: u32, data: &[u8]) -> Record<'_> {
    let record = record(id + 1000, handle, data);
    match id % 10 {
        7 => Record { operation: 0x7777, ..record },
        8 => Record { handle: 99, ..record },
        9 => Record { parameters: b"unasked", ..record },
        _ => record,
    }
}

fn expected(id: u32) -> Status {
    match id % 10 {
        3 => Status::VerifyFailed,
        5 | 7 | 9 => Status::Malformed,
        8 => Status::NotFound,
        _ => Status::Done,
    }
}

#[test]
fn every_record_is_answered_for_itself() {
    run(async |_, client| {
        let stream = client.stream().await.expect("a stream");
        let objects = [0xee01, 0xee02].map(Object::demo_a);
        let mut handles = Vec::new();
        for object in &objects {
            let key = KeyName::Object(object.id);
            handles.push(stream.open(object.api_key, key).await.expect("the demo's"));
        }
        let messages: Vec<_> =
            (0..400_u32).map(|id| message(&objects[id as usize % 2], id)).collect();
        let records = (0..400_u32).zip(&messages);
        let records: Vec<_> =
            records.map(|(id, data)| record_of(id, handles[id as usize % 2], data)).collect();
        let outcomes = stream.batch(&records, None).await.expect("answers");
        assert_eq!(outcomes.len(), 400);
        for id in 0..400_u32 {
            let outcome = of(&outcomes, id + 1000);
            assert_eq!(outcome.status, expected(id), "{id}: {:?}", outcome.parameters);
            if outcome.status == Status::Done {
                let (nonce, _) = opened(&objects[id as usize % 2], &outcome.data);
                assert_eq!(nonce, u64::from(id));
            } else {
                assert!(!outcome.parameters.is_empty() && outcome.data.is_empty(), "words");
            }
        }
    });
}

#[test]
fn records_that_end_alike_share_an_entry_of_the_audit_log() {
    run(async |gateway, client| {
        let stream = client.stream().await.expect("a stream");
        let object = Object::demo_a(0xee01);
        let key = KeyName::Object(object.id);
        let handle = stream.open(object.api_key, key).await.expect("the demo's");
        let messages: Vec<_> = (0..200_u32).map(|id| message(&object, id)).collect();
        let records: Vec<_> =
            (0..).zip(&messages).map(|(id, data)| record(id, handle, data)).collect();
        stream.batch(&records, None).await.expect("answers");
        // A refusal is on disk before it is told, and what came before it too.
        let refused = stream.open(object.api_key, KeyName::Object(1)).await;
        assert!(is_refused(&refused, Status::NotFound));
        let log = gateway.typex(&["audit", "show"]).succeeds();
        let told = |outcome: &str| -> u64 {
            let lines = log.lines().filter(|line| {
                line.contains("process_data") && line.contains(outcome) && line.contains("count=")
            });
            let count = |line: &str| -> Option<u64> {
                line.split("count=").nth(1)?.split(' ').next()?.parse().ok()
            };
            lines.map(|line| count(line).expect("a number")).sum()
        };
        assert_eq!([told(" ok"), told("verify_failed"), told("malformed")], [160, 20, 20], "{log}");
        assert!(log.lines().count() < 100, "not one for each");
    });
}

#[test]
fn what_one_record_says_is_what_the_json_call_says() {
    run(async |gateway, client| {
        let object = Object::demo_a(0xee01);
        let stream = client.stream().await.expect("a stream");
        let handle = stream.open("TEST_API", KeyName::Object(object.id)).await.expect("the demo's");
        let data = sealed(&object, 77, &BLOCK);
        let record =
            Record { id: 1, operation: PROCESS_DATA, handle, parameters: b"", data: &data };
        let outcomes = stream.batch(&[record], None).await.expect("an answer");
        let mut json = crate::harness::Connection::open(gateway.address("process/http"));
        let body = format!("{{\"data\":\"{}\"}}", object.seal(77_u64.to_be_bytes(), &BLOCK));
        let answer = json.post(&object.path(77_u64.to_be_bytes()), &body);
        let result = answer["result"].as_str().expect("a result");
        assert_eq!(
            object.open(result).expect("it verifies").1,
            opened(&object, &outcomes[0].data).1
        );
    });
}

#[test]
fn handles_are_refused_with_the_reason() {
    run(async |_, client| {
        let stream = client.stream().await.expect("a stream");
        let welcome = *stream.welcome();
        assert_eq!((welcome.version, welcome.records), (1, RECORDS_MAX));
        for (api_key, key, why) in [
            ("NOBODY", KeyName::Object(0xee01), Status::Unauthenticated),
            ("TEST_API", KeyName::Object(0x00ff_ffff), Status::NotFound),
            ("TEST_API", KeyName::Text("alias/none"), Status::NotFound),
            ("TEST_API", KeyName::Text("no name of anything"), Status::NotFound),
        ] {
            let refused = stream.open(api_key, key).await;
            assert!(is_refused(&refused, why), "{refused:?} is not {why:?}");
        }
    });
}

#[test]
fn closed_handles_and_suspended_keys_serve_no_more() {
    run(async |gateway, client| {
        let object = Object::demo_a(0xee01);
        let stream = client.stream().await.expect("a stream");
        let first = stream.open("TEST_API", KeyName::Object(object.id)).await.expect("a handle");
        let second = stream.open("TEST_API", KeyName::Object(object.id)).await.expect("another");
        stream.close(second).await.expect("it was open");
        assert!(matches!(stream.close(second).await, Err(ClientError::Refused(Status::NotFound))));
        let data = sealed(&object, 1, &BLOCK);
        let records = [record(first, first, &data), record(second, second, &data)];
        let answers = stream.batch(&records, None).await.expect("answers");
        assert_eq!(of(&answers, first).status, Status::Done);
        assert_eq!(of(&answers, second).status, Status::NotFound);

        let listed = gateway.typex(&["key", "list", "--json"]).succeeds();
        let key = listed.lines().find(|line| line.contains("ee01")).expect("the demo key");
        let key: serde_json::Value = serde_json::from_str(key).expect("JSON");
        gateway.typex(&["key", "suspend", key["id"].as_str().expect("an id")]).succeeds();
        let answers = stream.batch(&records[..1], None).await.expect("an answer");
        assert_eq!(of(&answers, first).status, Status::Key, "the handle is still open");
    });
}

#[test]
fn streams_of_a_connection_are_side_by_side() {
    run(async |_, client| {
        let object = Object::demo_a(0xee01);
        let mut streams = Vec::new();
        for _ in 0..8 {
            let stream = client.stream().await.expect("a stream");
            let key = KeyName::Object(object.id);
            assert_eq!(stream.open("TEST_API", key).await.expect("a handle"), 0, "of its own");
            streams.push(stream);
        }
        let data = sealed(&object, 1, &BLOCK);
        for stream in streams.iter().rev() {
            let answers =
                stream.batch(&[record(5, 0, &data); 64], Some(Duration::from_secs(50))).await;
            let answers = answers.expect("answers");
            assert_eq!(answers.len(), 64);
            assert!(answers.iter().all(|answer| answer.status == Status::Done));
        }
    });
}

#[test]
fn a_client_that_goes_in_the_middle_of_a_frame_disturbs_nobody() {
    run(async |gateway, client| {
        let object = Object::demo_a(0xee01);
        for round in 0..20 {
            let other = connect(gateway, "frames/typex/1").await.expect("it listens");
            let stream = other.stream().await.expect("a stream");
            stream.open("TEST_API", KeyName::Object(object.id)).await.expect("a handle");
            let data = sealed(&object, round, &BLOCK);
            let records = vec![record(5, 0, &data); 500];
            let batch = stream.batch(&records, None);
            let gone = tokio::time::timeout(Duration::from_micros(round * 300), batch).await;
            other.close().await;
            drop(gone);
        }
        let stream = client.stream().await.expect("a stream");
        stream.open("TEST_API", KeyName::Object(object.id)).await.expect("a handle");
        let data = sealed(&object, 1, &BLOCK);
        let answers = stream.batch(&[record(5, 0, &data)], None).await.expect("an answer");
        assert_eq!(answers[0].status, Status::Done);
    });
}

#[test]
fn other_ports_take_no_frames() {
    run(async |gateway, _| {
        let client = connect(gateway, "process/http3").await.expect("QUIC");
        let refused = client.stream().await.err();
        let is_told = matches!(refused, Some(ClientError::Bye { status: Status::Unsupported, .. }));
        assert!(is_told, "{refused:?}");
    });
}

/// A request of HTTP/1.1 and its answer: status and body.
fn post(address: SocketAddr, path: &str, media_type: &str, body: &[u8]) -> (String, Vec<u8>) {
    let head = format!(
        "POST {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\
         content-type: {media_type}\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    exchange(address, &head, body)
}

/// A request as it is, after which the connection closes, and its answer.
fn exchange(address: SocketAddr, head: &str, body: &[u8]) -> (String, Vec<u8>) {
    let mut tcp = TcpStream::connect(address).expect("it listens");
    tcp.write_all(head.as_bytes()).expect("it reads");
    tcp.write_all(body).expect("it reads");
    let mut answer = Vec::new();
    tcp.read_to_end(&mut answer).expect("an answer");
    let end = answer.windows(4).position(|four| four == b"\r\n\r\n").expect("a head");
    let head = String::from_utf8_lossy(&answer[..end]).into_owned();
    (head, answer.split_off(end + 4))
}

const MEDIA_TYPE: &str = "application/vnd.typex.batch";

fn frames(body: &[u8]) -> Vec<Frame> {
    let mut bytes = BytesMut::from(body);
    let limits = Limits { frame_bytes: FRAME_BYTES_MAX, ..Limits::default() };
    let mut frames = Vec::new();
    while let Some(frame) = Frame::take(&mut bytes, &limits).expect("frames") {
        frames.push(frame);
    }
    assert!(bytes.is_empty(), "whole frames");
    frames
}

#[test]
fn a_body_of_http_holds_frames() {
    let gateway = Gateway::start(&[]);
    let address = gateway.address("frames/http");
    let object = Object::demo_a(0xee01);
    let mut body = BytesMut::new();
    Hello { least: 1, greatest: 1 }.write(&mut body, 1);
    let credential = Credential::ApiKey("TEST_API");
    Open::write(&mut body, 2, 0, credential, KeyName::Object(object.id)).expect("short");
    let messages: Vec<_> = (0..64).map(|id| sealed(&object, id, &BLOCK)).collect();
    let mut batch = BatchWriter::begin(&mut body, 3, 0);
    for (id, data) in (0_u32..).zip(&messages) {
        batch.record(&record(id, 0, data)).expect("there is room");
    }
    batch.end();
    let (head, answer) = post(address, "/typex/1", MEDIA_TYPE, &body);
    assert!(head.starts_with("HTTP/1.1 200"), "{head}");
    assert!(head.contains(MEDIA_TYPE), "{head}");
    let frames = frames(&answer);
    assert_eq!(frames.iter().map(|frame| frame.id).collect::<Vec<_>>(), [1, 2, 3]);
    let mut bodies = frames.into_iter().map(|frame| frame.body().expect("its form"));
    assert!(matches!(bodies.next(), Some(Body::Welcome(_))));
    assert!(matches!(bodies.next(), Some(Body::Opened(opened)) if opened.status == Status::Done));
    let Some(Body::Results(results)) = bodies.next() else { panic!("RESULTS") };
    let outcomes: Vec<_> = results.collect::<Result<_, _>>().expect("whole answers");
    for id in 0..64 {
        assert_eq!(opened(&object, &of(&outcomes, id).data).0, u64::from(id));
    }
    gateway.stop();
}

#[test]
fn what_is_no_body_of_frames_is_refused_in_words() {
    let gateway = Gateway::start(&[]);
    let address = gateway.address("frames/http");
    for (path, media_type, expected) in
        [("/typex/2", MEDIA_TYPE, "HTTP/1.1 404"), ("/typex/1", "application/json", "HTTP/1.1 415")]
    {
        let (head, body) = post(address, path, media_type, b"x");
        assert!(head.starts_with(expected), "{head}");
        assert!(!body.is_empty());
    }
    let mut hello = BytesMut::new();
    Hello { least: 2, greatest: 9 }.write(&mut hello, 1);
    let mut cut = BytesMut::new();
    Hello { least: 1, greatest: 1 }.write(&mut cut, 1);
    let welcomed = &cut.clone()[..];
    let cases = [
        (&hello[..], Status::Version),
        (&cut[..cut.len() - 1], Status::Protocol),
        (&b"GET / HTTP/1.1\r\n\r\n"[..], Status::Protocol),
        (&[&welcomed[..4], &[0x81], &welcomed[5..]].concat(), Status::Protocol),
    ];
    for (body, expected) in cases {
        let (head, answer) = post(address, "/typex/1", MEDIA_TYPE, body);
        assert!(head.starts_with("HTTP/1.1 200"), "{head}");
        let last = frames(&answer).pop().expect("a frame").body().expect("its form");
        let Body::Bye(bye) = last else { panic!("no BYE to {body:?}") };
        assert_eq!(bye.status, expected, "{}", bye.text);
    }
    gateway.stop();
}

/// Asks for RSA forty times; how often there was an answer, and how often no room.
async fn insist(stream: Stream, asker: u64) -> (u32, u32) {
    let object = Object::demo_b(0x9876);
    let handle = stream.open("TEST_API", KeyName::Object(object.id)).await.expect("a handle");
    let mut message = [2; 256];
    message[0] = 0;
    let data = sealed(&object, asker, &message);
    let (mut done, mut refused) = (0, 0);
    for _ in 0..40 {
        match stream.batch(&[record(1, handle, &data)], None).await {
            Ok(answers) => {
                assert_eq!(answers[0].status, Status::Done);
                done += 1;
            }
            Err(ClientError::Overload { status: Status::Busy, wait_ms }) => {
                assert!(wait_ms > 0);
                refused += 1;
            }
            Err(error) => panic!("{error}"),
        }
    }
    (done, refused)
}

/// Batches that find no room are refused whole, at once, and may come again.
#[test]
fn full_queues_are_told_by_a_frame() {
    let gateway = Gateway::start_with(&[("TYPEX_ENGINE_RSA_OUTSTANDING_US", "1000")]);
    running(async {
        let client = connect(&gateway, "frames/typex/1").await.expect("it listens");
        let mut askers = tokio::task::JoinSet::new();
        for asker in 0..8_u64 {
            askers.spawn(insist(client.stream().await.expect("a stream"), asker));
        }
        let counts = askers.join_all().await;
        let sum = |(done, refused): (u32, u32), one: &(u32, u32)| (done + one.0, refused + one.1);
        let (done, refused) = counts.iter().fold((0, 0), sum);
        assert_eq!(done + refused, 320);
        assert!(done > 0 && refused > 0, "{counts:?}");
        client.close().await;
    });
    gateway.stop();
}

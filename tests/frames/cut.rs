//! Connections that end in the middle of a frame: what was acknowledged holds, and others go on.
// spec: stream 1, 8.3

use std::collections::BTreeMap;
use std::io::Write;
use std::net::TcpStream;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use bytes::BytesMut;
use typex_client::{Carrier, KeyName, Status, Stream, operation, tag};
use typex_wire::{BatchWriter, Credential, Open};

use super::tokens::{ask, open, prepare, texts, value};
use super::{BLOCK, MEDIA_TYPE, connect, connect_over, record, running, sealed};
use crate::harness::{Gateway, Object, Random, full};

const CARRIERS: [Carrier; 3] = [Carrier::Quic, Carrier::Http2, Carrier::Http1];
/// Frames that are answered before the one in which the connection ends.
const FRAMES: u64 = 2;
/// Values of each of them, and of the last one.
const VALUES: [u64; 2] = [64, 256];
/// Records of the frames of those who go on.
const RECORDS: u32 = 64;

/// Connections of each carrier that are cut.
fn rounds() -> u64 {
    if full() { 100 } else { 8 }
}

/// Goes on with frames of its own until told to end; how many were answered.
fn go_on(gateway: &Gateway, carrier: Carrier, is_over: &AtomicBool) -> u64 {
    let (object, mut answered) = (Object::demo_a(0xee01), 0);
    let data = sealed(&object, 1, &BLOCK);
    running(async {
        let client = connect_over(gateway, "frames/typex/1", carrier).await.expect("it listens");
        let stream = client.stream().await.expect("a stream");
        let key = KeyName::Object(object.id);
        let handle = stream.open(object.api_key, key).await.expect("the demo's");
        let records: Vec<_> = (0..RECORDS).map(|id| record(id, handle, &data)).collect();
        while !is_over.load(Ordering::Acquire) {
            let answers = stream.batch(&records, None).await.expect("nobody cuts this one");
            assert_eq!(answers.len(), records.len());
            assert!(answers.iter().all(|answer| answer.status == Status::Done));
            answered += 1;
        }
        client.close().await;
    });
    answered
}

/// Tokens for values until the connection ends: no word is said, its sockets are gone. What was
/// acknowledged.
fn tokenize_until_cut(
    gateway: &Gateway,
    carrier: Carrier,
    first: u64,
    delay: Duration,
) -> Vec<(String, String)> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.expect("a runtime");
    let promised = runtime.block_on(async {
        let client = connect_over(gateway, "frames/typex/1", carrier).await.expect("it listens");
        let stream = client.stream().await.expect("a stream");
        let handle = open(&stream).await;
        let (mut promised, mut first) = (Vec::new(), first);
        for frame in 0..=FRAMES {
            let count = VALUES[usize::from(frame == FRAMES)];
            let values: Vec<_> = (first..first + count).map(value).collect();
            first += count;
            let asked = ask(&stream, (operation::TOKENIZE, handle), &[], &values);
            let answers = if frame < FRAMES {
                asked.await
            } else {
                tokio::time::timeout(delay, asked).await.ok().flatten()
            };
            assert!(frame == FRAMES || answers.is_some(), "nothing was cut yet");
            promised.extend(answers.map(|answers| values.into_iter().zip(texts(&answers))));
        }
        // Not closed: with the runtime goes what would say so.
        std::mem::forget(client);
        promised
    });
    runtime.shutdown_background();
    promised.into_iter().flatten().collect()
}

/// Every token that was told stands for its value.
async fn resolve(stream: &Stream, promised: BTreeMap<String, String>) {
    let handle = open(stream).await;
    let why: [(u8, &[u8]); 1] = [(tag::PURPOSE, b"after a cut")];
    let (values, tokens): (Vec<_>, Vec<_>) = promised.into_iter().unzip();
    for (values, tokens) in values.chunks(500).zip(tokens.chunks(500)) {
        let back = (operation::DETOKENIZE, handle);
        let answers = ask(stream, back, &why, tokens).await.expect("answers");
        assert_eq!(texts(&answers), values);
    }
}

#[test]
fn a_connection_that_is_cut_loses_nothing_that_was_acknowledged() {
    let mut random = Random::seeded("cut connections");
    let gateway = Gateway::start(&[]);
    prepare(&gateway);
    let (mut promised, mut first, is_over) = (BTreeMap::new(), 0, AtomicBool::new(false));
    std::thread::scope(|scope| {
        let others = CARRIERS.map(|carrier| (&gateway, &is_over, carrier)).map(
            |(gateway, is_over, carrier)| scope.spawn(move || go_on(gateway, carrier, is_over)),
        );
        for carrier in CARRIERS {
            for _ in 0..rounds() {
                let delay = Duration::from_micros(random.next() % 10_000);
                promised.extend(tokenize_until_cut(&gateway, carrier, first, delay));
                first += FRAMES * VALUES[0] + VALUES[1];
            }
        }
        is_over.store(true, Ordering::Release);
        for other in others {
            assert!(other.join().expect("it goes on") > 0, "frames were answered meanwhile");
        }
    });
    let whole = 3 * rounds() * FRAMES * VALUES[0];
    assert!(promised.len() as u64 >= whole, "{} of {whole}", promised.len());
    println!("{} tokens were acknowledged, of them {whole} before the last frames", promised.len());
    running(async {
        let client = connect(&gateway, "frames/typex/1").await.expect("it listens");
        resolve(&client.stream().await.expect("a stream"), promised).await;
        client.close().await;
    });
    gateway.stop();
}

/// A body of HTTP that ends too early was no request: nothing of it is done, however much came.
#[test]
fn a_body_that_is_cut_does_nothing() {
    let gateway = Gateway::start(&[]);
    let object = Object::demo_a(0xee01);
    let data = sealed(&object, 1, &BLOCK);
    let mut body = BytesMut::new();
    let credential = Credential::ApiKey(object.api_key);
    Open::write(&mut body, 1, 0, credential, KeyName::Object(object.id)).expect("short");
    let mut batch = BatchWriter::begin(&mut body, 2, 0);
    for id in 0..RECORDS {
        batch.record(&record(id, 0, &data)).expect("there is room");
    }
    batch.end();
    let head = format!(
        "POST /typex/1 HTTP/1.1\r\nhost: localhost\r\ncontent-type: {MEDIA_TYPE}\r\n\
         content-length: {}\r\n\r\n",
        body.len()
    );
    for cut in (0..body.len()).step_by(body.len() / 16) {
        let mut tcp = TcpStream::connect(gateway.address("frames/http")).expect("it listens");
        tcp.write_all(head.as_bytes()).expect("it reads");
        tcp.write_all(&body[..cut]).expect("it reads");
    }
    let is_over = AtomicBool::new(true);
    assert_eq!(go_on(&gateway, Carrier::Http1, &is_over), 0, "and others are served");
    let log = gateway.typex(&["audit", "show"]).succeeds();
    assert!(!log.lines().any(|line| line.contains("process_data")), "{log}");
    gateway.stop();
}

//! The frames that the page shows, written and read.

#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;

use bytes::BytesMut;
use typex_wire::{
    Answer, BatchWriter, Body, Bye, Closed, Credential, Frame, Hello, KeyName, Kind, Limits, Open,
    Opened, Overload, Parameters, ParametersReader, Record, ResultsWriter, Status, Welcome,
    WireError, cipher, operation, rsa_hash, scheme, tag,
};

const PAGE: &str = include_str!("../../../docs/dialects/stream.md");

/// The frames of the page by name.
fn page() -> BTreeMap<&'static str, BytesMut> {
    let blocks = PAGE.split("```hex ").skip(1);
    let frame = |block: &'static str| {
        let (name, rest) = block.split_once('\n').unwrap();
        let (digits, _) = rest.split_once("```").unwrap();
        let digits: String = digits.split_whitespace().collect();
        (name, BytesMut::from(&const_hex::decode(digits).unwrap()[..]))
    };
    blocks.map(frame).collect()
}

fn shown(name: &str) -> BytesMut {
    page().remove(name).unwrap_or_else(|| panic!("the page has no frame {name}"))
}

fn body(name: &str) -> (Frame, BytesMut) {
    let mut stream = shown(name);
    let frame = Frame::take(&mut stream, &Limits::default()).unwrap().unwrap();
    (frame, stream)
}

fn assert_written(name: &str, write: impl FnOnce(&mut BytesMut)) {
    let mut stream = BytesMut::from(&b"before"[..]);
    write(&mut stream);
    assert_eq!(const_hex::encode(&stream[6..]), const_hex::encode(shown(name)), "{name}");
}

#[test]
fn every_frame_of_the_page_is_whole_and_read() {
    let page = page();
    assert_eq!(page.len(), 19);
    for (name, bytes) in page {
        for cut in 0..bytes.len() {
            let mut part = BytesMut::from(&bytes[..cut]);
            assert!(Frame::take(&mut part, &Limits::default()).unwrap().is_none(), "{name} {cut}");
            assert_eq!(part.len(), cut, "nothing is lost");
        }
        let (frame, rest) = body(name);
        assert!(rest.is_empty(), "{name}");
        assert!(frame.body().is_ok(), "{name}");
    }
}

#[test]
fn ends_greet_each_other() {
    let hello = Hello { least: 1, greatest: 1 };
    assert_written("hello", |stream| hello.write(stream, 1));
    let Body::Hello(read) = body("hello").0.body().unwrap() else { panic!("a HELLO") };
    assert_eq!(read, hello);
    assert!(read.includes(1) && !read.includes(2) && !read.includes(0));
    let welcome = Welcome { version: 1, records: 4096, frame_bytes: 4 << 20, handles: 1024 };
    assert_written("welcome", |stream| welcome.write(stream, 1));
    let Body::Welcome(read) = body("welcome").0.body().unwrap() else { panic!("a WELCOME") };
    assert_eq!(read, welcome);
}

#[test]
fn handles_are_opened_and_closed() {
    let (credential, key) = (Credential::ApiKey("TEST_API"), KeyName::Object(0xee01));
    assert_written("open", |stream| Open::write(stream, 2, 0, credential, key).unwrap());
    let Body::Open(open) = body("open").0.body().unwrap() else { panic!("an OPEN") };
    assert_eq!((open.handle(), open.key()), (0, key));
    assert!(open.credential() == credential);
    let opened = Opened { handle: 0, status: Status::Done };
    assert_written("opened", |stream| opened.write(stream, 2));
    let Body::Opened(read) = body("opened").0.body().unwrap() else { panic!("an OPENED") };
    assert_eq!(read, opened);
    for key in [KeyName::Id([7; 16]), KeyName::Text("alias/cards"), KeyName::Text("")] {
        let mut stream = BytesMut::new();
        Open::write(&mut stream, 9, 5, credential, key).unwrap();
        let frame = Frame::take(&mut stream, &Limits::default()).unwrap().unwrap();
        assert_eq!((frame.kind, frame.id), (Kind::Open, 9));
        let Body::Open(open) = frame.body().unwrap() else { panic!("an OPEN") };
        assert_eq!((open.handle(), open.key()), (5, key));
    }
    let mut stream = BytesMut::new();
    Frame::write_close(&mut stream, 3, 5);
    Closed { handle: 5, status: Status::Key }.write(&mut stream, 3);
    let mut next = || Frame::take(&mut stream, &Limits::default()).unwrap().unwrap().body();
    assert!(matches!(next(), Ok(Body::Close(5))));
    assert!(matches!(next(), Ok(Body::Closed(Closed { handle: 5, status: Status::Key }))));
}

#[test]
fn access_keys_come_with_a_proof_or_without() {
    let proof: [u8; 32] = std::array::from_fn(|at| 0x60 + at as u8);
    let (id, key) = ("AKIA2222222222222222", KeyName::Text("alias/mac"));
    let shown = Credential::AccessKey { id, proof: Some(&proof) };
    assert_written("open_access_key", |stream| Open::write(stream, 6, 1, shown, key).unwrap());
    for credential in [shown, Credential::AccessKey { id, proof: None }] {
        let mut stream = BytesMut::new();
        Open::write(&mut stream, 6, 1, credential, key).unwrap();
        let frame = Frame::take(&mut stream, &Limits::default()).unwrap().unwrap();
        let Body::Open(open) = frame.body().unwrap() else { panic!("an OPEN") };
        assert!(open.credential() == credential);
        assert_eq!((open.handle(), open.key()), (1, key));
    }
}

#[test]
fn access_tokens_come_with_the_name_of_their_instance() {
    let key = KeyName::Id(std::array::from_fn(|at| 0xd0 + at as u8));
    let shown = Credential::Token { token: "eyJ0.eyJz.c2ln", instance: "hem.localhost" };
    assert_written("open_token", |stream| Open::write(stream, 11, 2, shown, key).unwrap());
    for credential in [shown, Credential::Token { token: "", instance: "" }] {
        let mut stream = BytesMut::new();
        Open::write(&mut stream, 11, 2, credential, key).unwrap();
        let frame = Frame::take(&mut stream, &Limits::default()).unwrap().unwrap();
        let Body::Open(open) = frame.body().unwrap() else { panic!("an OPEN") };
        assert!(open.credential() == credential);
        assert_eq!((open.handle(), open.key()), (2, key));
    }
    let long = "a".repeat(0x10000);
    for credential in [
        Credential::Token { token: &long, instance: "" },
        Credential::Token { token: "", instance: &long },
    ] {
        assert!(Open::write(&mut BytesMut::new(), 1, 0, credential, key).is_err());
    }
}

#[test]
fn signatures_are_asked_for() {
    let mut parameters = Parameters::default();
    parameters.put(tag::SCHEME, &[scheme::ED25519]).unwrap();
    let record = Record {
        id: 1,
        operation: operation::SIGN,
        handle: 2,
        parameters: parameters.bytes(),
        data: b"amount 12.50",
    };
    assert_written("sign", |stream| {
        let mut batch = BatchWriter::begin(stream, 12, 0);
        batch.record(&record).unwrap();
        batch.end();
    });
}

#[test]
fn keys_of_rsa_are_asked_for() {
    let digest: [u8; 32] = std::array::from_fn(|at| 0x40 + at as u8);
    let mut signed = Parameters::default();
    signed.put(tag::SCHEME, &[scheme::PSS_SHA256]).unwrap();
    signed.put(tag::SALT, &20_u16.to_be_bytes()).unwrap().put(tag::DIGEST, &[1]).unwrap();
    let mut sealed = Parameters::default();
    sealed.put(tag::CIPHER, &[cipher::OAEP_SHA256]).unwrap();
    sealed.put(tag::MASK_HASH, &[rsa_hash::SHA1]).unwrap().put(tag::LABEL, b"till 7").unwrap();
    let cases: [(_, _, _, _, &[u8]); 2] = [
        ("sign_digest", 13, operation::SIGN, &signed, &digest),
        ("encrypt_rsa", 14, operation::ENCRYPT_RSA, &sealed, b"amount 12.50"),
    ];
    for (name, id, operation, parameters, data) in cases {
        let parameters = parameters.bytes();
        assert_written(name, |stream| {
            let mut batch = BatchWriter::begin(stream, id, 0);
            batch.record(&Record { id: 1, operation, handle: 2, parameters, data }).unwrap();
            batch.end();
        });
    }
}

/// The parameters of the page's re-encryption, and of its answer.
#[test]
fn parameters_are_written_and_read() {
    let mut parameters = Parameters::default();
    let iv: [u8; 8] = std::array::from_fn(|at| 0x10 + at as u8);
    parameters.put(tag::CIPHER, &[cipher::CBC]).unwrap().put(tag::IV, &iv).unwrap();
    parameters.put(tag::SECOND + tag::HANDLE, &3_u32.to_be_bytes()).unwrap();
    parameters.put(tag::SECOND + tag::CIPHER, &[cipher::GCM]).unwrap();
    parameters.put(tag::SECOND + tag::AAD, b"till 7").unwrap();
    let data: [u8; 16] = std::array::from_fn(|at| 0x40 + at as u8);
    let (operation, parameters) = (operation::REENCRYPT, parameters.bytes());
    assert_written("reencrypt", |stream| {
        let mut batch = BatchWriter::begin(stream, 7, 0);
        batch.record(&Record { id: 1, operation, handle: 2, parameters, data: &data }).unwrap();
        batch.end();
    });
    let Body::Results(mut results) = body("reencrypted").0.body().unwrap() else { panic!() };
    let answer = results.next().unwrap().unwrap();
    let mut told = ParametersReader::new(&answer.parameters);
    assert_eq!(told.take(tag::TAG), None, "not yet");
    assert_eq!(told.take(tag::NONCE).map(<[u8]>::len), Some(12));
    assert_eq!(told.take(tag::TAG).map(<[u8]>::len), Some(16));
    assert!(told.is_empty());
    let mut cut = ParametersReader::new(&answer.parameters[..14]);
    assert_eq!(cut.take(tag::NONCE), None);
    assert!(!cut.is_empty());
    let long = Parameters::default().put(tag::IV, &[0; 65_536]).err();
    assert_eq!(long, Some(typex_wire::WriteError::Length("a parameter")));
}

#[test]
fn records_go_and_answers_come() {
    let data: Vec<u8> = (0..24).collect();
    let record = Record { id: 1, operation: 1, handle: 0, parameters: b"", data: &data };
    assert_written("batch", |stream| {
        let mut batch = BatchWriter::begin(stream, 3, 250);
        batch.record(&record).unwrap();
        batch.end();
    });
    let Body::Batch(mut batch) = body("batch").0.body().unwrap() else { panic!("a BATCH") };
    assert_eq!((batch.deadline_ms, batch.len()), (250, 1));
    let read = batch.next().unwrap().unwrap();
    assert_eq!((read.id, read.operation, read.handle), (1, 1, 0));
    assert_eq!((&read.parameters[..], &read.data[..]), (&b""[..], &data[..]));
    assert!(batch.next().is_none() && batch.is_empty());

    let result: Vec<u8> = (0xa0..0xac).collect();
    let done = Answer { id: 1, status: Status::Done, wait_s: 0, parameters: b"", data: &result };
    let text = b"does not verify";
    let failed =
        Answer { id: 2, status: Status::VerifyFailed, parameters: text, data: b"", ..done };
    for (name, id, answer) in [("results", 3, done), ("failure", 4, failed)] {
        assert_written(name, |stream| {
            let mut results = ResultsWriter::begin(stream, id);
            results.answer(&answer).unwrap();
            results.end();
        });
        let Body::Results(mut results) = body(name).0.body().unwrap() else { panic!("RESULTS") };
        let read = results.next().unwrap().unwrap();
        assert_eq!((read.id, read.status, read.wait_s), (answer.id, answer.status, 0));
        assert_eq!((&read.parameters[..], &read.data[..]), (answer.parameters, answer.data));
        assert!(results.next().is_none());
    }
}

#[test]
fn refusals_of_batches_and_of_clients_are_told() {
    let overload = Overload { status: Status::Busy, wait_ms: 50 };
    assert_written("overload", |stream| overload.write(stream, 5));
    let Body::Overload(read) = body("overload").0.body().unwrap() else { panic!("an OVERLOAD") };
    assert_eq!(read, overload);
    let bye = Bye { status: Status::ShuttingDown, text: "going down: bye ".to_owned() };
    assert_written("bye", |stream| bye.write(stream, 0));
    let Body::Bye(read) = body("bye").0.body().unwrap() else { panic!("a BYE") };
    assert_eq!(read, bye);
    let long = Bye { status: Status::Fault, text: "\u{e9}".repeat(2000) };
    let mut stream = BytesMut::new();
    long.write(&mut stream, 0);
    let frame = Frame::take(&mut stream, &Limits::default()).unwrap().unwrap();
    let Body::Bye(read) = frame.body().unwrap() else { panic!("a BYE") };
    assert_eq!(read.text, "\u{e9}".repeat(512), "whole letters");
}

#[test]
fn the_page_names_every_kind_and_status() {
    for status in Status::ALL {
        let row = format!("| {} | `{}` |", *status as u16, status.name());
        assert!(PAGE.contains(&row), "{row}");
    }
    for kind in Kind::ALL {
        let row = format!("| `{:02x}` | {} |", kind as u8, format!("{kind:?}").to_uppercase());
        assert!(PAGE.contains(&row), "{row}");
    }
}

#[test]
fn what_is_no_frame_is_told_as_soon_as_the_header_shows_it() {
    let header = |at: usize, bytes: &[u8]| {
        let mut header = shown("hello");
        header[at..at + bytes.len()].copy_from_slice(bytes);
        header.truncate(16);
        Frame::take(&mut header, &Limits::default()).err()
    };
    assert_eq!(header(0, &[0, 0, 0, 16]), None, "the body is missing");
    assert_eq!(header(0, &[0, 0, 0, 11]), Some(WireError::FrameTooShort));
    assert_eq!(header(0, &[0, 0x40, 0, 0]), Some(WireError::FrameTooLong(4 << 20)));
    assert_eq!(header(0, &[0, 0x3f, 0xff, 0xfc]), None, "exactly the limit");
    assert_eq!(header(0, &[0xff; 4]), Some(WireError::FrameTooLong(4 << 20)));
    assert_eq!(header(4, &[0]), Some(WireError::Kind(0)));
    assert_eq!(header(4, &[0x80]), Some(WireError::Kind(0x80)));
    assert_eq!(header(5, &[1]), Some(WireError::Flags));
    assert_eq!(header(6, &[0, 1]), Some(WireError::Records(4096)));
    assert_eq!(header(4, &[4]), Some(WireError::Records(4096)), "a batch of none");
    assert_eq!(header(4, &[4, 0, 0x10, 0]), None);
    assert_eq!(header(4, &[4, 0, 0x10, 1]), Some(WireError::Records(4096)));
}

#[test]
fn bodies_that_are_not_of_their_form_are_refused() {
    let changed = |name: &str, change: &dyn Fn(&mut BytesMut)| {
        let mut bytes = shown(name);
        change(&mut bytes);
        let length = u32::try_from(bytes.len() - 4).unwrap();
        bytes[..4].copy_from_slice(&length.to_be_bytes());
        let frame = Frame::take(&mut bytes, &Limits::default()).unwrap().unwrap();
        match frame.body() {
            Ok(Body::Batch(batch)) => batch.filter_map(Result::err).next(),
            Ok(Body::Results(results)) => results.filter_map(Result::err).next(),
            body => body.err(),
        }
    };
    for name in page().into_keys() {
        assert_eq!(changed(name, &|_| ()), None, "{name}");
        let longer = changed(name, &|bytes| bytes.extend_from_slice(b"x"));
        assert_eq!(longer, Some(WireError::Trailing), "{name}");
        let shorter = changed(name, &|bytes| bytes.truncate(bytes.len() - 1));
        assert_eq!(shorter, Some(WireError::Truncated), "{name}");
    }
    let field = |name, at: usize, to: u8| changed(name, &move |bytes| bytes[at] = to);
    assert_eq!(field("hello", 17, 2), Some(WireError::Field("the greatest version")));
    assert_eq!(field("welcome", 18, 0xff), Some(WireError::Field("the number of records")));
    assert_eq!(field("welcome", 20, 0xff), Some(WireError::Field("the length of frames")));
    assert_eq!(field("open", 20, 9), Some(WireError::Field("the kind of a credential")));
    assert_eq!(field("open", 21, 9), Some(WireError::Field("the kind of a key's name")));
    assert_eq!(field("open_access_key", 45, 31), Some(WireError::Field("the length of a proof")));
    assert_eq!(field("open", 21, 2), Some(WireError::Field("the length of a key's name")));
    assert_eq!(field("open", 24, 0xff), Some(WireError::Text("a credential")));
    assert_eq!(field("opened", 21, 99), Some(WireError::Field("the status")));
    assert_eq!(field("results", 21, 99), Some(WireError::Field("the status")));
    assert_eq!(field("bye", 20, 0xff), Some(WireError::Text("the text")));
}

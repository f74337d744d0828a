//! Random batches and random bytes.

#![allow(clippy::unwrap_used)]

use bytes::BytesMut;
use proptest::prelude::*;
use typex_wire::{
    Answer, BatchWriter, Body, Frame, Limits, Outcome, RECORDS_MAX, Record, Request, ResultsWriter,
    Status, WriteError,
};

fn taken(stream: &mut BytesMut) -> Frame {
    Frame::take(stream, &Limits::default()).unwrap().unwrap()
}

/// Id, operation, handle, parameters, data.
type Sent = (u32, u16, u32, Vec<u8>, Vec<u8>);

fn record() -> impl Strategy<Value = Sent> {
    let bytes = || prop::collection::vec(any::<u8>(), 0..300);
    (any::<u32>(), any::<u16>(), any::<u32>(), bytes(), bytes())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn records_arrive_as_they_were_sent(
        sent in prop::collection::vec(record(), 1..40),
        (id, deadline_ms) in any::<(u64, u32)>(),
        pieces in prop::collection::vec(1_usize..700, 1..20),
    ) {
        let mut written = BytesMut::new();
        let mut batch = BatchWriter::begin(&mut written, id, deadline_ms);
        for (id, operation, handle, parameters, data) in &sent {
            let (id, operation, handle) = (*id, *operation, *handle);
            batch.record(&Record { id, operation, handle, parameters, data }).unwrap();
        }
        batch.end();
        let mut pieces = pieces.into_iter().cycle();
        let mut stream = BytesMut::new();
        let frame = loop {
            let piece = pieces.next().unwrap().min(written.len());
            stream.extend_from_slice(&written.split_to(piece));
            if let Some(frame) = Frame::take(&mut stream, &Limits::default()).unwrap() {
                break frame;
            }
        };
        prop_assert!(stream.is_empty() && written.is_empty());
        prop_assert_eq!(frame.id, id);
        let Body::Batch(batch) = frame.body().unwrap() else { panic!("a batch") };
        prop_assert_eq!(batch.deadline_ms, deadline_ms);
        let read: Vec<Request> = batch.collect::<Result<_, _>>().unwrap();
        prop_assert_eq!(read.len(), sent.len());
        for (read, (id, operation, handle, parameters, data)) in read.iter().zip(&sent) {
            prop_assert_eq!((read.id, read.operation, read.handle), (*id, *operation, *handle));
            prop_assert_eq!((&read.parameters[..], &read.data[..]), (&parameters[..], &data[..]));
        }
    }

    #[test]
    fn answers_arrive_as_they_were_sent(sent in prop::collection::vec(record(), 1..40)) {
        let mut stream = BytesMut::new();
        let status = |code: u16| Status::ALL[usize::from(code) % Status::ALL.len()];
        let mut results = ResultsWriter::begin(&mut stream, 1);
        for (id, code, wait_s, parameters, data) in &sent {
            let answer =
                Answer { id: *id, status: status(*code), wait_s: *wait_s, parameters, data };
            results.answer(&answer).unwrap();
        }
        results.end();
        let Body::Results(results) = taken(&mut stream).body().unwrap() else { panic!("results") };
        let read: Vec<Outcome> = results.collect::<Result<_, _>>().unwrap();
        prop_assert_eq!(read.len(), sent.len());
        for (read, (id, code, wait_s, parameters, data)) in read.iter().zip(&sent) {
            prop_assert_eq!((read.id, read.status, read.wait_s), (*id, status(*code), *wait_s));
            prop_assert_eq!((&read.parameters[..], &read.data[..]), (&parameters[..], &data[..]));
        }
    }

    /// Nothing panics, and no frame is larger than allowed.
    #[test]
    fn any_bytes_are_read_or_refused(
        bytes in prop::collection::vec(any::<u8>(), 0..200),
        kind in prop::sample::select(vec![1_u8, 2, 3, 4, 0x81, 0x82, 0x83, 0x84, 0x85, 0x86]),
        records in 0_u16..4,
    ) {
        let mut stream = BytesMut::new();
        let length = u32::try_from(bytes.len() + 12).unwrap();
        stream.extend_from_slice(&length.to_be_bytes());
        stream.extend_from_slice(&[kind, 0]);
        stream.extend_from_slice(&records.to_be_bytes());
        stream.extend_from_slice(&[0; 8]);
        stream.extend_from_slice(&bytes);
        let Ok(Some(frame)) = Frame::take(&mut stream, &Limits::default()) else {
            return Ok(());
        };
        match frame.body() {
            Ok(Body::Batch(batch)) => prop_assert!(batch.count() <= usize::from(records)),
            Ok(Body::Results(results)) => prop_assert!(results.count() <= usize::from(records)),
            Ok(_) | Err(_) => {}
        }
    }
}

#[test]
fn a_frame_has_no_more_records_than_may_be() {
    let mut stream = BytesMut::new();
    let mut batch = BatchWriter::begin(&mut stream, 1, 0);
    let record = Record { id: 0, operation: 1, handle: 0, parameters: b"", data: b"" };
    for id in 0..u32::from(RECORDS_MAX) {
        batch.record(&Record { id, ..record }).unwrap();
    }
    assert_eq!(batch.record(&record), Err(WriteError::Records));
    let long = vec![0; 1 << 16];
    let longer = Record { parameters: &long, ..record };
    batch.end();
    let mut other = BatchWriter::begin(&mut stream, 2, 0);
    assert_eq!(other.record(&longer), Err(WriteError::Length("the parameters")));
    assert_eq!(other.frame_bytes(), 20);
    other.end();
    let Body::Batch(batch) = taken(&mut stream).body().unwrap() else { panic!("a batch") };
    assert_eq!(batch.map(|record| record.unwrap().id).last(), Some(4095));
    assert!(stream.is_empty(), "a batch of none is not written");
}

//! Entry for a fuzz target. It panics when an invariant breaks, and a plain test replays its
//! corpus.

use bytes::BytesMut;
use typex_wire::{Body, Frame, Limits, RECORDS_MAX};

use super::asked;

/// A fuzz target: takes any bytes.
pub type Entry = fn(&[u8]);

/// Every target with the name of its corpus.
pub static TARGETS: [(&str, Entry); 1] = [("stream_frames", frames)];

/// Frames as they come from a client, all that bytes hold.
pub fn frames(input: &[u8]) {
    let mut stream = BytesMut::from(input);
    while let Ok(Some(frame)) = Frame::take(&mut stream, &Limits::default()) {
        match frame.body() {
            Ok(Body::Batch(batch)) => {
                let announced = batch.len();
                let mut records = 0;
                for record in batch {
                    let Ok(record) = record else { return };
                    let id = record.id;
                    assert_eq!(asked(record).id, id);
                    records += 1;
                }
                assert_eq!(records, announced);
                assert!(records <= usize::from(RECORDS_MAX));
            }
            Ok(Body::Open(open)) => {
                let _ = (open.handle(), open.credential() == open.credential(), open.key());
            }
            Ok(Body::Results(results)) => results.for_each(drop),
            Ok(_) | Err(_) => {}
        }
    }
}

//! Entry for a fuzz target. It panics when an invariant breaks, and a plain test replays its
//! corpus.

use bytes::BytesMut;
use typex_core::KeyId;
use typex_core::key::KeyName;
use typex_core::token::DomainName;
use typex_wire::{Body, Frame, Limits, Possession, RECORDS_MAX};

use super::{Name, Target, asked};

/// A fuzz target: takes any bytes.
pub type Entry = fn(&[u8]);

/// Every target with the name of its corpus.
pub static TARGETS: [(&str, Entry); 1] = [("stream_frames", frames)];

/// Handles that are open: 0 an object, 1 to 6 payment keys, 7 a domain, 8 a key of an instance.
fn targets() -> Vec<Target> {
    let keys = (1..7).map(|handle| Target::Payment(KeyId([handle; 16])));
    let domain = DomainName::parse("cards").map(Target::Domain);
    let object = Target::Process(KeyName::Object(0xee01));
    let instance = Target::Instance(KeyId([8; 16]));
    std::iter::once(object).chain(keys).chain(domain).chain([instance]).collect()
}

/// Frames as they come from a client, all that bytes hold.
pub fn frames(input: &[u8]) {
    let targets = targets();
    let mut stream = BytesMut::from(input);
    while let Ok(Some(frame)) = Frame::take(&mut stream, &Limits::default()) {
        match frame.body() {
            Ok(Body::Batch(batch)) => {
                let announced = batch.len();
                let mut records = 0;
                for record in batch {
                    let Ok(record) = record else { return };
                    let (id, handle) = (record.id, record.handle);
                    let asked = asked(record, &|handle| targets.get(handle as usize));
                    assert_eq!((asked.id, asked.handles[0]), (id, handle));
                    let is_open = |handle: &u32| (*handle as usize) < targets.len();
                    assert!(asked.work.is_err() || asked.handles.iter().all(is_open));
                    records += 1;
                }
                assert_eq!(records, announced);
                assert!(records <= usize::from(RECORDS_MAX));
            }
            Ok(Body::Open(open)) => {
                let (handle, key) = (open.handle(), open.key());
                assert!(open.credential() == open.credential());
                let possession = Possession { exporter: &[0; 32], handle, key };
                assert!(possession.bytes().len() > 36);
                let _ = Name::read(key);
            }
            Ok(Body::Results(results)) => results.for_each(drop),
            Ok(_) | Err(_) => {}
        }
    }
}

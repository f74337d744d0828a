//! `typex/1`: batches of records in frames, byte for byte as `docs/dialects/stream.md` has them.
//!
//! Both ends use it: the gateway reads what its clients write and the other way round. Nothing is
//! copied but the bytes of a frame that a caller builds; a frame that is read keeps the memory that
//! it came in, and its records are cut from that.
//!
//! ```
//! use bytes::BytesMut;
//! use typex_wire::{BatchWriter, Body, Frame, Limits, Record};
//!
//! let mut stream = BytesMut::new();
//! let mut batch = BatchWriter::begin(&mut stream, 7, 250);
//! let data = b"sealed";
//! batch.record(&Record { id: 1, operation: 0x0001, handle: 0, parameters: b"", data })?;
//! batch.end();
//!
//! let frame = Frame::take(&mut stream, &Limits::default())?.expect("it is whole");
//! assert_eq!(frame.id, 7);
//! let Body::Batch(mut batch) = frame.body()? else { panic!("it is a batch") };
//! assert_eq!(batch.deadline_ms, 250);
//! let record = batch.next().expect("the only one")?;
//! assert_eq!(&record.data[..], b"sealed");
//! assert!(batch.next().is_none());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
#![forbid(unsafe_code)]

mod batch;
mod code;
mod error;
mod frame;
mod handle;
mod hello;
mod limits;
mod parameters;
mod possession;
mod results;
mod rows;
mod status;

pub use batch::{BatchReader, BatchWriter, Record, Request};
pub use code::{SALT_ANY, cipher, operation, rsa_hash, scheme, tag};
pub use error::{WireError, WriteError};
pub use frame::{Body, Frame, HEADER_BYTES, Kind};
pub use handle::{Closed, Credential, KeyName, Open, Opened};
pub use hello::{Hello, Welcome};
pub use limits::{
    FRAME_BYTES_MAX, FRAME_BYTES_MIN, Limits, PARAMETER_BYTES_MAX, RECORDS_MAX, TEXT_BYTES_MAX,
    VERSION,
};
pub use parameters::{Parameters, ParametersReader};
pub use possession::{EXPORTER_BYTES, EXPORTER_LABEL, Possession};
pub use results::{Answer, Bye, Outcome, Overload, ResultsReader, ResultsWriter};
pub use status::Status;

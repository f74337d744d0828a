//! What records ask for, and what they are answered.
// spec: stream 8

use bytes::BytesMut;
use typex_core::error::Malformed;
use typex_core::op::process_data::ProcessData;
use typex_core::op::{Action, Op, Output};
use typex_core::{Error, ErrorKind};
use typex_wire::Request;

/// ProcessData of an Enigma Bridge object.
const PROCESS_DATA: u16 = 0x0001;

/// What a record asks for, under the handle that it names.
pub struct Asked {
    /// That of the record.
    pub id: u32,
    /// The handle.
    pub handle: u32,
    /// The request, or what is wrong with it.
    pub op: Result<Op, ErrorKind>,
}

impl Asked {
    /// The kind of request; `None` if it is not known.
    pub fn action(&self) -> Option<Action> {
        self.op.as_ref().ok().map(Op::action)
    }
}

/// Reads a record. The data stays in the memory that it came in.
pub fn asked(record: Request) -> Asked {
    let Request { id, operation, handle, parameters, data } = record;
    let op = match operation {
        PROCESS_DATA if parameters.is_empty() => Ok(Op::ProcessData(ProcessData { sealed: data })),
        PROCESS_DATA => Err(ErrorKind::Malformed(Malformed::Member)),
        _ => Err(ErrorKind::Malformed(Malformed::Function)),
    };
    Asked { id, handle, op }
}

/// The data of the answer to a record that was carried out.
///
/// # Errors
/// [`ErrorKind::Internal`] for a result that no record asks for.
pub fn answer(output: Output) -> Result<BytesMut, Error> {
    match output {
        Output::Sealed(bytes) => Ok(bytes),
        _ => Err(ErrorKind::Internal.into()),
    }
}

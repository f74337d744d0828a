//! Records to carry out.
// spec: stream 5

use bytes::{Buf, BufMut, BytesMut};

use crate::rows::{Row, RowsReader, RowsWriter};
use crate::{Kind, WireError, WriteError};

/// Bytes in front of the records.
const HEAD_BYTES: usize = 4;

/// A record as it is written.
#[derive(Clone, Copy)]
pub struct Record<'a> {
    /// Chosen by the client; the answer has it.
    pub id: u32,
    /// What is asked for.
    pub operation: u16,
    /// The key and who asks.
    pub handle: u32,
    /// What the operation needs to know.
    pub parameters: &'a [u8],
    /// What it works on.
    pub data: &'a [u8],
}

/// A record as it was read. Its parts are cut from the frame's memory and can be worked on there.
#[derive(PartialEq, Eq)]
pub struct Request {
    /// Chosen by the client; the answer has it.
    pub id: u32,
    /// What is asked for.
    pub operation: u16,
    /// The key and who asks.
    pub handle: u32,
    /// What the operation needs to know.
    pub parameters: BytesMut,
    /// What it works on.
    pub data: BytesMut,
}

/// Writes a batch behind what is in a buffer.
pub struct BatchWriter<'a>(RowsWriter<'a>);

impl<'a> BatchWriter<'a> {
    /// Begins. Records that were not begun `deadline_ms` after the gateway had the frame are
    /// answered with [`Status::Timeout`](crate::Status::Timeout); 0 leaves that to the gateway.
    pub fn begin(stream: &'a mut BytesMut, id: u64, deadline_ms: u32) -> Self {
        let rows = RowsWriter::begin(stream, Kind::Batch, id);
        rows.stream.put_u32(deadline_ms);
        Self(rows)
    }

    /// Adds a record.
    ///
    /// # Errors
    /// [`WriteError`] for one too many, or one with too long a part; it is left out.
    pub fn record(&mut self, record: &Record<'_>) -> Result<(), WriteError> {
        let Record { id, operation: code, handle: number, parameters, data } = *record;
        self.0.row(&Row { id, code, number, parameters, data })
    }

    /// Bytes of the frame so far.
    pub fn frame_bytes(&self) -> usize {
        self.0.frame_bytes()
    }

    /// Ends. A batch needs a record: without one nothing is written.
    pub fn end(self) {
        self.0.end();
    }
}

/// Reads a batch, record by record. After an error there is nothing more.
pub struct BatchReader {
    /// How long the client waits, in milliseconds; 0 if it leaves that to the gateway.
    pub deadline_ms: u32,
    rows: RowsReader,
}

impl BatchReader {
    pub(crate) fn new(mut body: BytesMut, records: u16) -> Result<Self, WireError> {
        if body.len() < HEAD_BYTES {
            return Err(WireError::Truncated);
        }
        Ok(Self { deadline_ms: body.get_u32(), rows: RowsReader::new(body, records) })
    }

    /// Records that are left, as the frame says.
    pub fn len(&self) -> usize {
        self.rows.left()
    }

    /// Bytes of the records that are left.
    pub fn bytes(&self) -> usize {
        self.rows.bytes()
    }

    /// Whether none is left.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl Iterator for BatchReader {
    type Item = Result<Request, WireError>;

    fn next(&mut self) -> Option<Self::Item> {
        self.rows.next(|row| {
            let Row { id, code: operation, number: handle, parameters, data } = row;
            Ok(Request { id, operation, handle, parameters, data })
        })
    }
}

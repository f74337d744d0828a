//! What the gateway answers to batches.
// spec: stream 6

use bytes::{BufMut, BytesMut};

use crate::frame::{Fields, put_counted};
use crate::rows::{Row, RowsReader, RowsWriter};
use crate::{Frame, Kind, Status, TEXT_BYTES_MAX, WireError, WriteError};

/// The answer to a record as it is written.
#[derive(Clone, Copy)]
pub struct Answer<'a> {
    /// That of the record.
    pub id: u32,
    /// How it ended.
    pub status: Status,
    /// When to ask again, in seconds, after [`Status::Quota`]; 0 otherwise.
    pub wait_s: u32,
    /// What belongs to the result: a nonce, a tag. Of a failure, the text for people.
    pub parameters: &'a [u8],
    /// The result.
    pub data: &'a [u8],
}

/// The answer to a record as it was read; its parts are cut from the frame's memory.
#[derive(PartialEq, Eq)]
pub struct Outcome {
    /// That of the record.
    pub id: u32,
    /// How it ended.
    pub status: Status,
    /// When to ask again, in seconds, after [`Status::Quota`]; 0 otherwise.
    pub wait_s: u32,
    /// What belongs to the result. Of a failure, the text for people.
    pub parameters: BytesMut,
    /// The result.
    pub data: BytesMut,
}

/// Writes answers behind what is in a buffer. The answers to one batch may come in several frames.
pub struct ResultsWriter<'a>(RowsWriter<'a>);

impl<'a> ResultsWriter<'a> {
    /// Begins; `id` is that of the batch.
    pub fn begin(stream: &'a mut BytesMut, id: u64) -> Self {
        Self(RowsWriter::begin(stream, Kind::Results, id))
    }

    /// Adds an answer.
    ///
    /// # Errors
    /// [`WriteError`] for one too many, or one with too long a part; it is left out.
    pub fn answer(&mut self, answer: &Answer<'_>) -> Result<(), WriteError> {
        let Answer { id, status, wait_s: number, parameters, data } = *answer;
        self.0.row(&Row { id, code: status as u16, number, parameters, data })
    }

    /// Bytes of the frame so far.
    pub fn frame_bytes(&self) -> usize {
        self.0.frame_bytes()
    }

    /// Ends. Without an answer nothing is written.
    pub fn end(self) {
        self.0.end();
    }
}

/// Reads answers one by one. After an error there is nothing more.
pub struct ResultsReader(RowsReader);

impl ResultsReader {
    pub(crate) fn new(body: BytesMut, records: u16) -> Self {
        Self(RowsReader::new(body, records))
    }
}

impl Iterator for ResultsReader {
    type Item = Result<Outcome, WireError>;

    fn next(&mut self) -> Option<Self::Item> {
        self.0.next(|row| {
            let Row { id, code, number: wait_s, parameters, data } = row;
            Ok(Outcome { id, status: Status::read(code)?, wait_s, parameters, data })
        })
    }
}

/// A whole batch that was not begun, for want of room: nothing of it was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Overload {
    /// [`Status::Busy`] or [`Status::ShuttingDown`].
    pub status: Status,
    /// When to send it again, in milliseconds.
    pub wait_ms: u32,
}

impl Overload {
    pub(crate) fn read(body: &[u8]) -> Result<Self, WireError> {
        let read = |fields: &mut Fields<'_>| {
            Ok(Self { status: Status::read(fields.u16()?)?, wait_ms: fields.u32()? })
        };
        Fields(body).only(read)
    }

    /// Writes the frame; `id` is that of the batch.
    pub fn write(&self, stream: &mut BytesMut, id: u64) {
        Frame::write(stream, Kind::Overload, id, |body| {
            body.put_u16(self.status as u16);
            body.put_u32(self.wait_ms);
        });
    }
}

/// The last frame of the gateway: why it ends the connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bye {
    /// Why.
    pub status: Status,
    /// For people; at most [`TEXT_BYTES_MAX`] bytes.
    pub text: String,
}

impl Bye {
    pub(crate) fn read(body: &[u8]) -> Result<Self, WireError> {
        let read = |fields: &mut Fields<'_>| {
            let status = Status::read(fields.u16()?)?;
            let text = fields.text("the text")?;
            if text.len() > TEXT_BYTES_MAX {
                return Err(WireError::Field("the length of the text"));
            }
            Ok(Self { status, text: text.to_owned() })
        };
        Fields(body).only(read)
    }

    /// Writes the frame; `id` is that of the frame that was wrong, or 0. A text that is too long
    /// is cut.
    pub fn write(&self, stream: &mut BytesMut, id: u64) {
        let text = &self.text[..self.text.floor_char_boundary(TEXT_BYTES_MAX)];
        Frame::write(stream, Kind::Bye, id, |body| {
            body.put_u16(self.status as u16);
            put_counted(body, text.as_bytes());
        });
    }
}

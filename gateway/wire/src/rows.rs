//! Records and answers as they lie in a frame: a number, a code, another number, two parts.
// spec: stream 5, 6

use bytes::{Buf, BufMut, BytesMut};

use crate::frame::{begin, end};
use crate::{Kind, RECORDS_MAX, WireError, WriteError};

/// Bytes in front of the parts.
const HEAD_BYTES: usize = 16;

/// A record or an answer; the parts are cut from the frame's memory, or are to be copied into it.
pub(crate) struct Row<P> {
    pub(crate) id: u32,
    /// Operation or status.
    pub(crate) code: u16,
    /// Handle or time to wait.
    pub(crate) number: u32,
    pub(crate) parameters: P,
    pub(crate) data: P,
}

/// Writes a frame of rows behind what is in a buffer.
pub(crate) struct RowsWriter<'a> {
    pub(crate) stream: &'a mut BytesMut,
    at: usize,
    rows: u16,
}

impl<'a> RowsWriter<'a> {
    pub(crate) fn begin(stream: &'a mut BytesMut, kind: Kind, id: u64) -> Self {
        let at = begin(stream, kind, id);
        Self { stream, at, rows: 0 }
    }

    /// Adds one, or leaves it out if there is no room or a part is too long.
    pub(crate) fn row(&mut self, row: &Row<&[u8]>) -> Result<(), WriteError> {
        if self.rows >= RECORDS_MAX {
            return Err(WriteError::Records);
        }
        let parameters = u16::try_from(row.parameters.len());
        let parameters = parameters.map_err(|_| WriteError::Length("the parameters"))?;
        let data = u32::try_from(row.data.len()).map_err(|_| WriteError::Length("the data"))?;
        self.rows += 1;
        let mut head = [0; HEAD_BYTES];
        let mut fields = &mut head[..];
        fields.put_u32(row.id);
        fields.put_u16(row.code);
        fields.put_u16(parameters);
        fields.put_u32(row.number);
        fields.put_u32(data);
        self.stream.reserve(HEAD_BYTES + row.parameters.len() + row.data.len());
        self.stream.put_slice(&head);
        self.stream.put_slice(row.parameters);
        self.stream.put_slice(row.data);
        Ok(())
    }

    pub(crate) fn frame_bytes(&self) -> usize {
        self.stream.len() - self.at
    }

    /// Ends. A frame without rows is not written.
    pub(crate) fn end(self) {
        if self.rows == 0 {
            return self.stream.truncate(self.at);
        }
        end(self.stream, self.at, self.rows);
    }
}

/// Reads rows one by one. After an error there is nothing more.
pub(crate) struct RowsReader {
    rows: u16,
    body: BytesMut,
}

impl RowsReader {
    pub(crate) fn new(body: BytesMut, rows: u16) -> Self {
        Self { rows, body }
    }

    /// Rows that are left, as the frame says.
    pub(crate) fn left(&self) -> usize {
        usize::from(self.rows)
    }

    /// Bytes of them.
    pub(crate) fn bytes(&self) -> usize {
        self.body.len()
    }

    /// The next one as `read` understands it.
    pub(crate) fn next<T>(
        &mut self,
        read: impl FnOnce(Row<BytesMut>) -> Result<T, WireError>,
    ) -> Option<Result<T, WireError>> {
        self.rows = self.rows.checked_sub(1)?;
        let row = self.row().and_then(read);
        if row.is_err() {
            self.rows = 0;
        }
        Some(row)
    }

    fn row(&mut self) -> Result<Row<BytesMut>, WireError> {
        let body = &mut self.body;
        let head: [u8; HEAD_BYTES] = *body.first_chunk().ok_or(WireError::Truncated)?;
        let mut head = &head[..];
        let (id, code, parameters) = (head.get_u32(), head.get_u16(), head.get_u16());
        let (number, data) = (head.get_u32(), head.get_u32());
        body.advance(HEAD_BYTES);
        let parameters = cut(body, usize::from(parameters))?;
        let data = cut(body, data as usize)?;
        if self.rows == 0 && !body.is_empty() {
            return Err(WireError::Trailing);
        }
        Ok(Row { id, code, number, parameters, data })
    }
}

fn cut(body: &mut BytesMut, bytes: usize) -> Result<BytesMut, WireError> {
    if body.len() < bytes {
        return Err(WireError::Truncated);
    }
    // Nothing is nobody's memory.
    Ok(if bytes == 0 { BytesMut::new() } else { body.split_to(bytes) })
}

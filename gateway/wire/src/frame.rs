//! Frames: a header of 16 bytes and a body.
// spec: stream 2

use bytes::{Buf, BufMut, BytesMut};

use crate::{
    BatchReader, Bye, Closed, Hello, Limits, Open, Opened, Overload, RECORDS_MAX, ResultsReader,
    Welcome, WireError,
};

/// Bytes of a header.
pub const HEADER_BYTES: usize = 16;

/// Bytes of a header behind the length.
const REST_BYTES: u32 = 12;

/// What a frame is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Kind {
    /// What a client can speak.
    Hello = 0x01,
    /// A client names a key and who it is.
    Open = 0x02,
    /// A client needs a handle no longer.
    Close = 0x03,
    /// Records to carry out.
    Batch = 0x04,
    /// What is spoken, and what the gateway accepts.
    Welcome = 0x81,
    /// Whether a handle may be used.
    Opened = 0x82,
    /// A handle means nothing any more.
    Closed = 0x83,
    /// Answers to records.
    Results = 0x84,
    /// A whole batch that was not begun.
    Overload = 0x85,
    /// Why the gateway ends the connection.
    Bye = 0x86,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Self; 10] = [
        Self::Hello,
        Self::Open,
        Self::Close,
        Self::Batch,
        Self::Welcome,
        Self::Opened,
        Self::Closed,
        Self::Results,
        Self::Overload,
        Self::Bye,
    ];

    fn read(code: u8) -> Result<Self, WireError> {
        Self::ALL.into_iter().find(|kind| *kind as u8 == code).ok_or(WireError::Kind(code))
    }

    const fn has_records(self) -> bool {
        matches!(self, Self::Batch | Self::Results)
    }
}

/// A frame as it came. It may hold secrets, so there is no `Debug` of it.
#[derive(PartialEq, Eq)]
pub struct Frame {
    /// What it is for.
    pub kind: Kind,
    /// Chosen by the client; an answer has that of what it answers.
    pub id: u64,
    records: u16,
    body: BytesMut,
}

/// The contents of a frame.
pub enum Body {
    /// Of [`Kind::Hello`].
    Hello(Hello),
    /// Of [`Kind::Open`].
    Open(Open),
    /// Of [`Kind::Close`]: the handle.
    Close(u32),
    /// Of [`Kind::Batch`].
    Batch(BatchReader),
    /// Of [`Kind::Welcome`].
    Welcome(Welcome),
    /// Of [`Kind::Opened`].
    Opened(Opened),
    /// Of [`Kind::Closed`].
    Closed(Closed),
    /// Of [`Kind::Results`].
    Results(ResultsReader),
    /// Of [`Kind::Overload`].
    Overload(Overload),
    /// Of [`Kind::Bye`].
    Bye(Bye),
}

impl Frame {
    /// Cuts the first frame from what has come; `None` if it is not whole. The frame keeps the
    /// memory of its bytes.
    ///
    /// # Errors
    /// As soon as the header shows that there will be none: nothing after it can be read.
    pub fn take(stream: &mut BytesMut, limits: &Limits) -> Result<Option<Self>, WireError> {
        let Some(header) = stream.first_chunk::<HEADER_BYTES>() else { return Ok(None) };
        let mut header = &header[..];
        let length = header.get_u32();
        let (kind, flags) = (Kind::read(header.get_u8())?, header.get_u8());
        let (records, id) = (header.get_u16(), header.get_u64());
        let body = length.checked_sub(REST_BYTES).ok_or(WireError::FrameTooShort)?;
        if body > limits.frame_bytes.saturating_sub(REST_BYTES + 4) {
            return Err(WireError::FrameTooLong(limits.frame_bytes));
        }
        if flags != 0 {
            return Err(WireError::Flags);
        }
        let most = limits.records.min(RECORDS_MAX);
        let fits = if kind.has_records() { (1..=most).contains(&records) } else { records == 0 };
        if !fits {
            return Err(WireError::Records(most));
        }
        let body = body as usize;
        if stream.len() < HEADER_BYTES + body {
            return Ok(None);
        }
        stream.advance(HEADER_BYTES);
        Ok(Some(Self { kind, id, records, body: stream.split_to(body) }))
    }

    /// Reads the body. Records of it are read one by one, so that one that makes no sense does not
    /// disturb those before it.
    ///
    /// # Errors
    /// For a body that is not of the kind's form.
    pub fn body(self) -> Result<Body, WireError> {
        let Self { kind, records, body, .. } = self;
        Ok(match kind {
            Kind::Hello => Body::Hello(Hello::read(&body)?),
            Kind::Open => Body::Open(Open::read(body)?),
            Kind::Close => Body::Close(Fields(&body).only(Fields::u32)?),
            Kind::Batch => Body::Batch(BatchReader::new(body, records)?),
            Kind::Welcome => Body::Welcome(Welcome::read(&body)?),
            Kind::Opened => Body::Opened(Opened::read(&body)?),
            Kind::Closed => Body::Closed(Closed::read(&body)?),
            Kind::Results => Body::Results(ResultsReader::new(body, records)),
            Kind::Overload => Body::Overload(Overload::read(&body)?),
            Kind::Bye => Body::Bye(Bye::read(&body)?),
        })
    }

    /// Writes a frame without records behind what is there.
    pub(crate) fn write(
        stream: &mut BytesMut,
        kind: Kind,
        id: u64,
        body: impl FnOnce(&mut BytesMut),
    ) {
        let at = begin(stream, kind, id);
        body(stream);
        end(stream, at, 0);
    }

    /// Asks to close a handle.
    pub fn write_close(stream: &mut BytesMut, id: u64, handle: u32) {
        Self::write(stream, Kind::Close, id, |body| body.put_u32(handle));
    }
}

/// Begins a frame whose length and records are not known yet; where it begins.
pub(crate) fn begin(stream: &mut BytesMut, kind: Kind, id: u64) -> usize {
    let at = stream.len();
    stream.put_u32(0);
    stream.put_u8(kind as u8);
    stream.put_u8(0);
    stream.put_u16(0);
    stream.put_u64(id);
    at
}

/// Ends the frame that began at `at`.
pub(crate) fn end(stream: &mut BytesMut, at: usize, records: u16) {
    // Frames are far below 4 GiB: what they are made of is checked as it is written.
    let length = u32::try_from(stream.len() - at - 4).unwrap_or(u32::MAX);
    stream[at..at + 4].copy_from_slice(&length.to_be_bytes());
    stream[at + 6..at + 8].copy_from_slice(&records.to_be_bytes());
}

/// A body without records, field by field.
pub(crate) struct Fields<'a>(pub(crate) &'a [u8]);

impl<'a> Fields<'a> {
    pub(crate) fn bytes(&mut self, count: usize) -> Result<&'a [u8], WireError> {
        let (first, rest) = self.0.split_at_checked(count).ok_or(WireError::Truncated)?;
        self.0 = rest;
        Ok(first)
    }

    pub(crate) fn u8(&mut self) -> Result<u8, WireError> {
        Ok(self.bytes(1)?[0])
    }

    pub(crate) fn u16(&mut self) -> Result<u16, WireError> {
        Ok(self.bytes(2)?.get_u16())
    }

    pub(crate) fn u32(&mut self) -> Result<u32, WireError> {
        Ok(self.bytes(4)?.get_u32())
    }

    /// A field of 16 bits that says how long what follows it is.
    pub(crate) fn counted(&mut self) -> Result<&'a [u8], WireError> {
        let count = self.u16()?;
        self.bytes(usize::from(count))
    }

    pub(crate) fn text(&mut self, name: &'static str) -> Result<&'a str, WireError> {
        std::str::from_utf8(self.counted()?).map_err(|_| WireError::Text(name))
    }

    pub(crate) fn end(self) -> Result<(), WireError> {
        if self.0.is_empty() { Ok(()) } else { Err(WireError::Trailing) }
    }

    /// The one thing that a body consists of.
    pub(crate) fn only<T>(
        mut self,
        read: impl FnOnce(&mut Self) -> Result<T, WireError>,
    ) -> Result<T, WireError> {
        let read = read(&mut self)?;
        self.end().map(|()| read)
    }
}

/// Writes a field of 16 bits that says how long `bytes` are, then those; cut if they are too long.
pub(crate) fn put_counted(body: &mut BytesMut, bytes: &[u8]) {
    let bytes = &bytes[..bytes.len().min(usize::from(u16::MAX))];
    body.put_u16(bytes.len() as u16);
    body.put_slice(bytes);
}

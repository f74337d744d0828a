//! The first frame of each end.
// spec: stream 3

use bytes::{BufMut, BytesMut};

use crate::frame::Fields;
use crate::{FRAME_BYTES_MAX, FRAME_BYTES_MIN, Frame, Kind, RECORDS_MAX, WireError};

/// What a client can speak.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hello {
    /// The least version.
    pub least: u16,
    /// The greatest version, at least as great.
    pub greatest: u16,
}

/// What is spoken from now on, and what the gateway accepts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Welcome {
    /// One of the versions that the client can speak.
    pub version: u16,
    /// Records of a frame.
    pub records: u16,
    /// Bytes of a frame, with its header.
    pub frame_bytes: u32,
    /// Handles that may be open; they are numbered from 0.
    pub handles: u32,
}

impl Hello {
    pub(crate) fn read(body: &[u8]) -> Result<Self, WireError> {
        let read =
            |fields: &mut Fields<'_>| Ok(Self { least: fields.u16()?, greatest: fields.u16()? });
        let hello = Fields(body).only(read)?;
        if hello.least > hello.greatest {
            return Err(WireError::Field("the greatest version"));
        }
        Ok(hello)
    }

    /// Writes the frame.
    pub fn write(&self, stream: &mut BytesMut, id: u64) {
        Frame::write(stream, Kind::Hello, id, |body| {
            body.put_u16(self.least);
            body.put_u16(self.greatest);
        });
    }

    /// Whether a version can be spoken.
    pub fn includes(&self, version: u16) -> bool {
        (self.least..=self.greatest).contains(&version)
    }
}

impl Welcome {
    pub(crate) fn read(body: &[u8]) -> Result<Self, WireError> {
        let read = |fields: &mut Fields<'_>| {
            Ok(Self {
                version: fields.u16()?,
                records: fields.u16()?,
                frame_bytes: fields.u32()?,
                handles: fields.u32()?,
            })
        };
        let welcome = Fields(body).only(read)?;
        if !(1..=RECORDS_MAX).contains(&welcome.records) {
            return Err(WireError::Field("the number of records"));
        }
        if !(FRAME_BYTES_MIN..=FRAME_BYTES_MAX).contains(&welcome.frame_bytes) {
            return Err(WireError::Field("the length of frames"));
        }
        Ok(welcome)
    }

    /// Writes the frame.
    pub fn write(&self, stream: &mut BytesMut, id: u64) {
        Frame::write(stream, Kind::Welcome, id, |body| {
            body.put_u16(self.version);
            body.put_u16(self.records);
            body.put_u32(self.frame_bytes);
            body.put_u32(self.handles);
        });
    }
}

//! Handles: a key and who asks, named once for many records.
// spec: stream 4

use bytes::{BufMut, BytesMut};

use crate::frame::{Fields, put_counted};
use crate::{Frame, Kind, Status, WireError, WriteError};

/// Who asks.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Credential<'a> {
    /// The API key of a partition.
    ApiKey(&'a str),
}

/// Which key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyName<'a> {
    /// The number of an Enigma Bridge object.
    Object(u32),
    /// The id of a key.
    Id([u8; 16]),
    /// An alias or another name.
    Text(&'a str),
}

/// A client names a key and who it is. What it holds is a secret, so there is no `Debug` of it.
#[derive(PartialEq, Eq)]
pub struct Open(BytesMut);

const API_KEY: u8 = 1;
const OBJECT: u8 = 1;
const ID: u8 = 2;
const TEXT: u8 = 3;

impl Open {
    pub(crate) fn read(body: BytesMut) -> Result<Self, WireError> {
        Fields(&body).only(Parts::read)?;
        Ok(Self(body))
    }

    /// Chosen by the client: a number below what the gateway accepts, not in use.
    pub fn handle(&self) -> u32 {
        self.parts().handle
    }

    /// Who asks.
    pub fn credential(&self) -> Credential<'_> {
        self.parts().credential
    }

    /// The key.
    pub fn key(&self) -> KeyName<'_> {
        self.parts().key
    }

    fn parts(&self) -> Parts<'_> {
        Parts::read(&mut Fields(&self.0)).expect("it was read before")
    }

    /// Writes the frame.
    ///
    /// # Errors
    /// [`WriteError::Length`] for a credential or a name that is too long.
    pub fn write(
        stream: &mut BytesMut,
        id: u64,
        handle: u32,
        credential: Credential<'_>,
        key: KeyName<'_>,
    ) -> Result<(), WriteError> {
        let Credential::ApiKey(api_key) = credential;
        if api_key.len() > usize::from(u16::MAX) {
            return Err(WriteError::Length("a credential"));
        }
        let (kind, name) = match key {
            KeyName::Object(number) => (OBJECT, &number.to_be_bytes()[..]),
            KeyName::Id(ref id) => (ID, &id[..]),
            KeyName::Text(text) => (TEXT, text.as_bytes()),
        };
        if name.len() > usize::from(u16::MAX) {
            return Err(WriteError::Length("the name of a key"));
        }
        Frame::write(stream, Kind::Open, id, |body| {
            body.put_u32(handle);
            body.put_u8(API_KEY);
            body.put_u8(kind);
            put_counted(body, api_key.as_bytes());
            put_counted(body, name);
        });
        Ok(())
    }
}

struct Parts<'a> {
    handle: u32,
    credential: Credential<'a>,
    key: KeyName<'a>,
}

impl<'a> Parts<'a> {
    fn read(fields: &mut Fields<'a>) -> Result<Self, WireError> {
        let handle = fields.u32()?;
        let (credential, key) = (fields.u8()?, fields.u8()?);
        let credential = match credential {
            API_KEY => Credential::ApiKey(fields.text("a credential")?),
            _ => return Err(WireError::Field("the kind of a credential")),
        };
        let fixed = |_| WireError::Field("the length of a key's name");
        let key = match key {
            OBJECT => {
                let number = fields.counted()?.try_into().map_err(fixed)?;
                KeyName::Object(u32::from_be_bytes(number))
            }
            ID => KeyName::Id(fields.counted()?.try_into().map_err(fixed)?),
            TEXT => KeyName::Text(fields.text("the name of a key")?),
            _ => return Err(WireError::Field("the kind of a key's name")),
        };
        Ok(Self { handle, credential, key })
    }
}

/// Whether a handle may be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Opened {
    /// The handle.
    pub handle: u32,
    /// [`Status::Done`] if it may.
    pub status: Status,
}

/// A handle means nothing any more: the client closed it, or its key or credential was revoked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Closed {
    /// The handle.
    pub handle: u32,
    /// [`Status::Done`] if the client asked.
    pub status: Status,
}

impl Opened {
    pub(crate) fn read(body: &[u8]) -> Result<Self, WireError> {
        let (handle, status) = Fields(body).only(state)?;
        Ok(Self { handle, status })
    }

    /// Writes the frame.
    pub fn write(&self, stream: &mut BytesMut, id: u64) {
        write_state(stream, Kind::Opened, id, (self.handle, self.status));
    }
}

impl Closed {
    pub(crate) fn read(body: &[u8]) -> Result<Self, WireError> {
        let (handle, status) = Fields(body).only(state)?;
        Ok(Self { handle, status })
    }

    /// Writes the frame.
    pub fn write(&self, stream: &mut BytesMut, id: u64) {
        write_state(stream, Kind::Closed, id, (self.handle, self.status));
    }
}

fn state(fields: &mut Fields<'_>) -> Result<(u32, Status), WireError> {
    Ok((fields.u32()?, Status::read(fields.u16()?)?))
}

fn write_state(stream: &mut BytesMut, kind: Kind, id: u64, (handle, status): (u32, Status)) {
    Frame::write(stream, kind, id, |body| {
        body.put_u32(handle);
        body.put_u16(status as u16);
    });
}

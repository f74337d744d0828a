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
    /// An access key, and a proof that the client has its secret.
    AccessKey {
        /// Its name.
        id: &'a str,
        /// HMAC-SHA-256 of [`Possession`](crate::Possession); `None` where the client signed the
        /// request of HTTP whose body this is.
        proof: Option<&'a [u8; PROOF_BYTES]>,
    },
    /// An access token of an Encedo HEM instance.
    Token {
        /// The token.
        token: &'a str,
        /// The name of the instance; empty for the one that answers to any name.
        instance: &'a str,
    },
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

impl<'a> KeyName<'a> {
    /// Kind and bytes, as they are in a frame.
    pub(crate) fn parts(self) -> (u8, NameBytes<'a>) {
        match self {
            Self::Object(number) => (OBJECT, NameBytes::Object(number.to_be_bytes())),
            Self::Id(id) => (ID, NameBytes::Id(id)),
            Self::Text(text) => (TEXT, NameBytes::Text(text.as_bytes())),
        }
    }
}

/// The bytes of a name.
pub(crate) enum NameBytes<'a> {
    Object([u8; 4]),
    Id([u8; 16]),
    Text(&'a [u8]),
}

impl AsRef<[u8]> for NameBytes<'_> {
    fn as_ref(&self) -> &[u8] {
        match self {
            Self::Object(bytes) => bytes,
            Self::Id(bytes) => bytes,
            Self::Text(bytes) => bytes,
        }
    }
}

/// A client names a key and who it is. What it holds is a secret, so there is no `Debug` of it.
#[derive(PartialEq, Eq)]
pub struct Open(BytesMut);

/// Bytes of a proof of possession.
const PROOF_BYTES: usize = 32;

const API_KEY: u8 = 1;
const ACCESS_KEY: u8 = 2;
const TOKEN: u8 = 3;
const PROOF_LENGTH: WireError = WireError::Field("the length of a proof");
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
        let (holder, text, behind) = match credential {
            Credential::ApiKey(text) => (API_KEY, text, None),
            Credential::AccessKey { id, proof } => {
                (ACCESS_KEY, id, Some(proof.map_or(&[][..], |proof| &proof[..])))
            }
            Credential::Token { token, instance } => (TOKEN, token, Some(instance.as_bytes())),
        };
        if [text.as_bytes(), behind.unwrap_or_default()].iter().any(|part| is_long(part)) {
            return Err(WriteError::Length("a credential"));
        }
        let (kind, name) = key.parts();
        let name = name.as_ref();
        if is_long(name) {
            return Err(WriteError::Length("the name of a key"));
        }
        Frame::write(stream, Kind::Open, id, |body| {
            body.put_u32(handle);
            body.put_u8(holder);
            body.put_u8(kind);
            put_counted(body, text.as_bytes());
            if let Some(behind) = behind {
                put_counted(body, behind);
            }
            put_counted(body, name);
        });
        Ok(())
    }
}

/// Whether two bytes do not hold the length.
fn is_long(part: &[u8]) -> bool {
    part.len() > usize::from(u16::MAX)
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
            ACCESS_KEY => {
                let id = fields.text("a credential")?;
                let proof = match fields.counted()? {
                    [] => None,
                    proof => Some(proof.try_into().map_err(|_| PROOF_LENGTH)?),
                };
                Credential::AccessKey { id, proof }
            }
            TOKEN => {
                let token = fields.text("a credential")?;
                Credential::Token { token, instance: fields.text("the name of an instance")? }
            }
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

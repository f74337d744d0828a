//! Data from one key to another, as one step: nobody sees what is inside.

use typex_core::Secret;

use super::cipher::{Mode, Nonce, decrypt_any, encrypt_any, open_any, seal_any};
use super::dukpt::Dukpt;
use super::lanes::{Bytes, Lanes};
use super::limits::CIPHERTEXT_BYTES_MAX;
use super::outcome::public;
use super::track::Track;
use super::{Error, Key, Pan};

/// The key of one side.
#[derive(Clone, Copy)]
pub enum KeySource<'a> {
    /// A key as it is, also one that came in a key block.
    Static(&'a Key),
    /// The data key of a transaction.
    Dukpt(&'a Dukpt<'a>),
}

/// How a message was encrypted.
#[derive(Clone, Copy)]
pub enum Opening<'a> {
    /// Without authentication.
    Mode(Mode<'a>),
    /// GCM with any nonce of 12 bytes.
    Gcm {
        /// The nonce.
        nonce: &'a [u8; 12],
        /// Associated data.
        aad: &'a [u8],
        /// The tag.
        tag: &'a [u8; 16],
    },
}

/// How a message is to be encrypted.
#[derive(Clone, Copy)]
pub enum Sealing<'a> {
    /// Without authentication.
    Mode(Mode<'a>),
    /// GCM with a nonce of the gateway.
    Gcm {
        /// The nonce.
        nonce: &'a Nonce,
        /// Associated data.
        aad: &'a [u8],
    },
}

/// What comes in.
pub struct Incoming<'a> {
    /// The key that opens it.
    pub key: KeySource<'a>,
    /// How it was encrypted.
    pub opening: Opening<'a>,
    /// At most [`CIPHERTEXT_BYTES_MAX`](super::limits::CIPHERTEXT_BYTES_MAX).
    pub ciphertext: &'a [u8],
}

/// What goes out.
pub struct Outgoing<'a> {
    /// The key that seals it.
    pub key: KeySource<'a>,
    /// How it is to be encrypted.
    pub sealing: Sealing<'a>,
}

/// A message under its new key.
pub struct Reencrypted {
    /// As long as the message that came.
    pub ciphertext: Vec<u8>,
    /// Of GCM.
    pub tag: Option<[u8; 16]>,
    /// The PAN, if it was asked for; for tokenization in the same step, never for an answer.
    pub pan: Option<Pan>,
}

/// Decrypts a message and encrypts it anew. All or nothing: a message whose tag or track is wrong
/// leaves no byte. Whether the caller may use this pair of keys, and ECB for more than one block,
/// is decided before.
///
/// # Errors
/// [`Error::InvalidInput`] for lengths that one of the modes does not take, the same key in the
/// same mode on both sides, and a track in which no PAN is found; [`Error::KeyUsage`] for a mode
/// that a key's algorithm does not have; [`Error::InvalidKsn`];
/// [`Error::AuthenticationFailed`] if the tag does not verify.
pub async fn reencrypt(
    lanes: &Lanes,
    incoming: &Incoming<'_>,
    outgoing: &Outgoing<'_>,
    extract: Option<Track>,
) -> Result<Reencrypted, Error> {
    let (from, to) = (incoming.key.data_key(lanes).await?, outgoing.key.data_key(lanes).await?);
    let (from, to) = (from.key(), to.key());
    if incoming.opening.is_like(&outgoing.sealing) && bool::from(public(from.ct_eq(to))) {
        return Err(Error::InvalidInput);
    }
    if incoming.ciphertext.len() > CIPHERTEXT_BYTES_MAX {
        return Err(Error::InvalidInput);
    }
    let data = Secret::new(incoming.ciphertext.to_vec());
    let data = incoming.opening.open(lanes, from, data).await?;
    let pan = extract.map(|track| track.pan(&data)).transpose()?;
    let (mut data, tag) = outgoing.sealing.seal(lanes, to, data).await?;
    Ok(Reencrypted { ciphertext: std::mem::take(data.expose_mut()), tag, pan })
}

/// A key of somebody else's or of one's own.
enum DataKey<'a> {
    Static(&'a Key),
    Derived(Box<Key>),
}

impl DataKey<'_> {
    fn key(&self) -> &Key {
        match self {
            Self::Static(key) => key,
            Self::Derived(key) => key,
        }
    }
}

impl<'a> KeySource<'a> {
    async fn data_key(&self, lanes: &Lanes) -> Result<DataKey<'a>, Error> {
        match self {
            Self::Static(key) => Ok(DataKey::Static(key)),
            Self::Dukpt(dukpt) => Ok(DataKey::Derived(Box::new(dukpt.data_key(lanes).await?))),
        }
    }
}

impl Opening<'_> {
    async fn open(&self, lanes: &Lanes, key: &Key, mut data: Bytes) -> Result<Bytes, Error> {
        match self {
            Self::Mode(mode) => return decrypt_any(lanes, key, mode, data).await,
            Self::Gcm { nonce, aad, tag } => open_any(key, nonce, aad, tag, data.expose_mut())?,
        };
        Ok(data)
    }

    fn is_like(&self, sealing: &Sealing<'_>) -> bool {
        match (self, sealing) {
            (Self::Mode(from), Sealing::Mode(to)) => from.is_like(to),
            (Self::Gcm { .. }, Sealing::Gcm { .. }) => true,
            _ => false,
        }
    }
}

impl Sealing<'_> {
    async fn seal(
        &self,
        lanes: &Lanes,
        key: &Key,
        mut data: Bytes,
    ) -> Result<(Bytes, Option<[u8; 16]>), Error> {
        let tag = match self {
            Self::Mode(mode) => return Ok((encrypt_any(lanes, key, mode, data).await?, None)),
            Self::Gcm { nonce, aad } => seal_any(key, nonce.bytes(), aad, data.expose_mut())?,
        };
        Ok((data, Some(tag)))
    }
}

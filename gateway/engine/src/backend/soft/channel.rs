//! Requests and answers between which something is decided elsewhere: opened and sealed alone.
// spec: enigma-bridge 2.1, 2.2, 2.4

use bytes::BytesMut;
use typex_core::error::ErrorKind;
use typex_core::op::process_data::{HEADER_BYTES, TAG_BYTES, answer_header};
use typex_core::secret::Secret;

use super::envelope::{Envelope, inspect, tag_differences};
use super::{answer, cipher};
use crate::key::LoadedKey;
use crate::length;
use crate::padding::padded_len;

/// Decrypts a request in place and looks inside, whether or not its tag is right.
pub(super) fn decrypt(key: &LoadedKey, sealed: &mut BytesMut) -> Result<Envelope, ErrorKind> {
    let channel = key.channel()?;
    let body = length::body_bytes(key.record(), sealed.len())?;
    let (body, tag) = sealed.split_at_mut(body);
    let expected = cipher::cbc_mac(&channel.mac, body)?;
    cipher::cbc_decrypt(&channel.enc, body)?;
    Ok(inspect(body, key.object(), tag_differences(tag, &expected)))
}

/// The data of a request that verified.
pub(super) fn data<'a>(opened: &'a [u8], envelope: &Envelope) -> Result<&'a [u8], ErrorKind> {
    let end = HEADER_BYTES + envelope.data_bytes as usize;
    opened.get(HEADER_BYTES..end).ok_or(ErrorKind::Internal)
}

/// Seals the data of an answer.
pub(super) fn seal(
    key: &LoadedKey,
    nonce: [u8; 8],
    data: &Secret<Vec<u8>>,
) -> Result<BytesMut, ErrorKind> {
    let channel = key.channel()?;
    let clear = HEADER_BYTES + data.expose().len();
    let mut sealed = BytesMut::with_capacity(padded_len(clear) + TAG_BYTES);
    sealed.resize(clear, 0);
    sealed[HEADER_BYTES..].copy_from_slice(data.expose());
    let header = answer_header(key.object(), nonce);
    let body = answer::lay_out(&mut sealed, &header, data.expose().len());
    cipher::cbc_encrypt(&channel.enc, &mut sealed[..body])?;
    let tag = cipher::cbc_mac(&channel.mac, &sealed[..body])?;
    sealed[body..].copy_from_slice(&tag);
    Ok(sealed)
}

//! Requests to objects whose layout is ours: opened, sealed, and the keys of transactions.
// spec: enigma-bridge 2.2, 4.5

use bytes::BytesMut;
use subtle::{Choice, ConstantTimeEq};
use typex_core::error::ErrorKind;
use typex_core::op::object::{LENGTH_BYTES, SessionKey};
use typex_core::op::payment::Part;
use typex_core::op::process_data::HEADER_BYTES;
use typex_core::secret::Secret;
use zeroize::Zeroize;

use super::channel;
use crate::job::{ObjectAnswer, ObjectRequest};
use crate::key::LoadedKey;

/// Opens a request. The buffer is wiped.
pub(super) fn open(key: &LoadedKey, mut sealed: BytesMut) -> Result<ObjectRequest, ErrorKind> {
    let opened = open_in_place(key, &mut sealed);
    sealed.zeroize();
    opened
}

fn open_in_place(key: &LoadedKey, sealed: &mut BytesMut) -> Result<ObjectRequest, ErrorKind> {
    let envelope = channel::decrypt(key, sealed)?;
    let says_its_length = says(sealed, envelope.data_bytes);
    if !bool::from(envelope.intact & says_its_length) {
        return Err(ErrorKind::VerifyFailed);
    }
    let data = channel::data(sealed, &envelope)?;
    let records = data.get(LENGTH_BYTES..).ok_or(ErrorKind::Internal)?;
    Ok(ObjectRequest { nonce: envelope.nonce, records: Secret::new(records.to_vec()) })
}

/// Whether the data begins with the length of the rest: then no request that verifies is the
/// beginning of another, nor two joined.
fn says(opened: &[u8], data_bytes: u32) -> Choice {
    let said = opened.get(HEADER_BYTES..).and_then(|data| data.first_chunk());
    let said = u32::from(u16::from_be_bytes(*said.unwrap_or(&[0; LENGTH_BYTES])));
    (said + LENGTH_BYTES as u32).ct_eq(&data_bytes)
}

/// The block of a key of a transaction.
pub(super) fn session_key(
    key: &LoadedKey,
    asked: &SessionKey,
    fill: &Secret<Vec<u8>>,
) -> Result<Secret<Vec<u8>>, ErrorKind> {
    let object = key.object_key().ok_or(ErrorKind::Internal)?;
    let held = object.key(Part::Incoming).zip(object.key(Part::Protection));
    let (base, protection) = held.ok_or(ErrorKind::KeyUsage)?;
    crate::payment::session_key((base, protection), asked, fill)
}

/// Seals an answer.
pub(super) fn seal(key: &LoadedKey, answer: &ObjectAnswer) -> Result<BytesMut, ErrorKind> {
    channel::seal(key, answer.nonce, &answer.data)
}

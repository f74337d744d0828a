//! GCM, and re-encryption with it.

use aws_lc_rs::aead::{Aad, Nonce};
use bytes::BytesMut;
use typex_core::error::ErrorKind;
use typex_kernels::Block;
use zeroize::Zeroize;

use super::{cipher, single};
use crate::cipher::{GcmKey, KeyPart, OpenMode, ReencryptJob, SealMode, TAG};

/// Encrypts `data` and appends the tag.
pub(super) fn seal(
    key: &GcmKey,
    nonce: [u8; 12],
    aad: &[u8],
    data: &mut BytesMut,
) -> Result<(), ErrorKind> {
    let nonce = Nonce::assume_unique_for_key(nonce);
    let tag = key.raw().seal_in_place_separate_tag(nonce, Aad::from(aad), data);
    data.extend_from_slice(tag.map_err(|_| ErrorKind::Internal)?.as_ref());
    Ok(())
}

/// Decrypts `data`, which ends in its tag, and takes the tag off.
pub(super) fn open(
    key: &GcmKey,
    nonce: [u8; 12],
    aad: &[u8],
    data: &mut BytesMut,
) -> Result<(), ErrorKind> {
    let nonce = Nonce::assume_unique_for_key(nonce);
    let opened = key.raw().open_in_place(nonce, Aad::from(aad), data).is_ok();
    data.truncate(data.len().saturating_sub(TAG));
    if opened { Ok(()) } else { Err(ErrorKind::VerifyFailed) }
}

/// Opens under one key and seals under the other. What does not open is sealed as well, as zeros,
/// and thrown away.
pub(super) fn reencrypt(job: &mut ReencryptJob) -> Result<BytesMut, ErrorKind> {
    job.check()?;
    let mut data = std::mem::take(&mut job.data);
    let key = &job.key;
    let opened = match key.mode() {
        OpenMode::Cbc => cipher::cbc_decrypt_from(&key.open.rounds, &job.open_iv, &mut data),
        OpenMode::Gcm => open(&key.open.gcm, job.open_nonce(), &job.open_aad, &mut data),
        OpenMode::Ctr => count(&key.open, &job.open_iv, &mut data),
        OpenMode::Ecb => cipher::ecb_decrypt(&key.open.rounds, &mut data),
    };
    if opened.is_err() {
        data.fill(0);
    }
    let sealed = match key.seal_mode() {
        SealMode::Cbc => cipher::cbc_encrypt_from(&key.seal.rounds, &job.seal_iv, &mut data),
        SealMode::Gcm => seal(&key.seal.gcm, job.seal_nonce(), &job.seal_aad, &mut data),
        SealMode::Ctr => count(&key.seal, &job.seal_iv, &mut data),
    };
    let result = opened.and(sealed);
    if result.is_err() {
        data.zeroize();
    }
    result.map(|()| data)
}

/// Counter mode, which takes any data.
fn count(key: &KeyPart, iv: &Block, data: &mut [u8]) -> Result<(), ErrorKind> {
    single::ctr(&key.rounds, iv, data);
    Ok(())
}

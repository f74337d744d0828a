//! GCM, and re-encryption with it.

use bytes::BytesMut;
use typex_core::error::ErrorKind;
use typex_kernels::Block;
use typex_kernels::gcm::{self, GcmKey};
use zeroize::Zeroize;

use super::{cipher, single};
use crate::cipher::{KeyPart, OpenMode, ReencryptJob, SealMode, TAG};

/// Encrypts `data` and appends the tag.
pub(super) fn seal(
    key: &GcmKey,
    nonce: [u8; 12],
    aad: &[u8],
    data: &mut BytesMut,
) -> Result<(), ErrorKind> {
    let tag = gcm::seal(key, &nonce, aad, data).map_err(|_| ErrorKind::Internal)?;
    data.extend_from_slice(&tag);
    Ok(())
}

/// Decrypts `data`, which ends in its tag, and takes the tag off.
pub(super) fn open(
    key: &GcmKey,
    nonce: [u8; 12],
    aad: &[u8],
    data: &mut BytesMut,
) -> Result<(), ErrorKind> {
    let Some((text, tag)) = data.split_last_chunk_mut::<TAG>() else {
        data.clear();
        return Err(ErrorKind::VerifyFailed);
    };
    let opened = gcm::open(key, &nonce, aad, text, tag);
    data.truncate(data.len() - TAG);
    opened.map_err(|_| ErrorKind::VerifyFailed)
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

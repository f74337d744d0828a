//! Expected answers: the portable path of the kernels, and another implementation of GCM.

use aes_gcm::aead::{AeadInOut, KeyInit, array::Array};
use aes_gcm::{AesGcm, Tag};
use typex_core::error::ErrorKind;
use typex_engine::Cipher;
use typex_kernels::{Path, RoundKeys};

fn portable() -> Path {
    *Path::available().last().unwrap()
}

/// What `cipher` makes of `data`, whose length it takes.
pub(crate) fn cipher(
    which: Cipher,
    key: &[u8],
    iv: &[u8; 16],
    aad: &[u8],
    data: &[u8],
) -> Result<Vec<u8>, ErrorKind> {
    let (path, keys, mut data) = (portable(), RoundKeys::new(key).unwrap(), data.to_vec());
    match which {
        Cipher::EcbEncrypt => path.ecb_encrypt(&keys, &mut data).unwrap(),
        Cipher::EcbDecrypt => path.ecb_decrypt(&keys, &mut data).unwrap(),
        Cipher::CbcEncrypt => path.cbc_encrypt(&keys, iv, &mut data).unwrap(),
        Cipher::CbcDecrypt => path.cbc_decrypt(&keys, iv, &mut data).unwrap(),
        Cipher::Ctr => ctr(&keys, iv, &mut data),
        Cipher::GcmEncrypt => return Ok(gcm_seal(key, &iv[..12], aad, &data)),
        Cipher::GcmDecrypt => return gcm_open(key, &iv[..12], aad, &data),
        Cipher::Cmac => return Ok(path.cmac(&keys, &data).to_vec()),
        Cipher::CbcMac => return Ok(path.cbc_mac(&keys, &data).unwrap().to_vec()),
    }
    Ok(data)
}

/// Block by block, the low 32 bits counting.
fn ctr(keys: &RoundKeys, first: &[u8; 16], data: &mut [u8]) {
    let mut counter = *first;
    for block in data.chunks_mut(16) {
        let mut stream = counter;
        portable().ecb_encrypt(keys, &mut stream).unwrap();
        block.iter_mut().zip(stream).for_each(|(byte, key)| *byte ^= key);
        let low = u32::from_be_bytes(counter[12..].try_into().unwrap()).wrapping_add(1);
        counter[12..].copy_from_slice(&low.to_be_bytes());
    }
}

pub(crate) fn gcm_seal(key: &[u8], nonce: &[u8], aad: &[u8], data: &[u8]) -> Vec<u8> {
    let mut out = data.to_vec();
    let tag = match key.len() {
        16 => seal::<aes::Aes128>(key, nonce, aad, &mut out),
        24 => seal::<aes::Aes192>(key, nonce, aad, &mut out),
        _ => seal::<aes::Aes256>(key, nonce, aad, &mut out),
    };
    out.extend_from_slice(&tag);
    out
}

pub(crate) fn gcm_open(
    key: &[u8],
    nonce: &[u8],
    aad: &[u8],
    sealed: &[u8],
) -> Result<Vec<u8>, ErrorKind> {
    let (data, tag) = sealed.split_at(sealed.len() - 16);
    // GCM decrypts by the same key stream, so the tag of what comes out is the tag.
    let clear = gcm_seal(key, nonce, aad, data)[..data.len()].to_vec();
    let genuine = gcm_seal(key, nonce, aad, &clear)[data.len()..] == *tag;
    if genuine { Ok(clear) } else { Err(ErrorKind::VerifyFailed) }
}

fn seal<Aes>(key: &[u8], nonce: &[u8], aad: &[u8], data: &mut Vec<u8>) -> Vec<u8>
where
    Aes: aes::cipher::BlockCipherEncrypt
        + KeyInit
        + aes::cipher::BlockSizeUser<BlockSize = aes::cipher::consts::U16>,
{
    let gcm = AesGcm::<Aes, aes::cipher::consts::U12>::new_from_slice(key).unwrap();
    let nonce: [u8; 12] = nonce.try_into().unwrap();
    let tag: Tag =
        gcm.encrypt_inout_detached(&Array::from(nonce), aad, data.as_mut_slice().into()).unwrap();
    tag.to_vec()
}

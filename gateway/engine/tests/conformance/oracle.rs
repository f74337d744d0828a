//! Expected answers: other implementations of the modes than the kernels'.

use typex_card::host::Key;
use typex_core::error::ErrorKind;
use typex_engine::Cipher;

/// What `cipher` makes of `data`, whose length it takes.
pub(crate) fn cipher(
    which: Cipher,
    key: &[u8],
    iv: &[u8; 16],
    aad: &[u8],
    data: &[u8],
) -> Result<Vec<u8>, ErrorKind> {
    let aes = Key::new(key);
    Ok(match which {
        Cipher::EcbEncrypt => aes.ecb(data, false),
        Cipher::EcbDecrypt => aes.ecb(data, true),
        Cipher::CbcEncrypt => aes.cbc_encrypt(*iv, data),
        Cipher::CbcDecrypt => aes.cbc_decrypt(*iv, data),
        Cipher::Ctr => aes.ctr(*iv, data),
        Cipher::GcmEncrypt => gcm_seal(key, &iv[..12], aad, data),
        Cipher::GcmDecrypt => return gcm_open(key, &iv[..12], aad, data),
        Cipher::Cmac => aes.cmac(data).to_vec(),
        Cipher::CbcMac => aes.cbc_mac(data).to_vec(),
    })
}

/// Ciphertext and tag.
pub(crate) fn gcm_seal(key: &[u8], nonce: &[u8], aad: &[u8], data: &[u8]) -> Vec<u8> {
    let (secret, tag) = Key::new(key).gcm_seal(nonce.try_into().unwrap(), aad, data);
    [&secret[..], &tag].concat()
}

fn gcm_open(key: &[u8], nonce: &[u8], aad: &[u8], sealed: &[u8]) -> Result<Vec<u8>, ErrorKind> {
    let (secret, tag) = sealed.split_last_chunk().unwrap();
    let (clear, genuine) = Key::new(key).gcm_open(nonce.try_into().unwrap(), aad, secret);
    if genuine == *tag { Ok(clear) } else { Err(ErrorKind::VerifyFailed) }
}

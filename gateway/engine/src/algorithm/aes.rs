//! AES in its modes.

use aes_gcm::aead::consts::U16;
use aes_gcm::aead::{AeadInOut, KeyInit};
use aes_gcm::aes::{Aes128, Aes192, Aes256};
use aes_gcm::{AesGcm, Nonce, Tag};
use typex_core::Secret;
use typex_core::key::AesBits;
use typex_core::op::crypto::{AesCipher, AesMode};
use typex_kernels::{BLOCK, Block, LengthError, RoundKeys};

use super::{Bytes, Error};
use crate::padding;

/// What encryption gives.
pub struct Sealed {
    /// As long as the message; in CBC, padded to whole blocks.
    pub ciphertext: Vec<u8>,
    /// GCM only.
    pub tag: Option<Block>,
}

/// Encrypts `message`. `iv` is not looked at in ECB, `aad` only in GCM; an IV must serve one
/// message only.
///
/// # Errors
/// [`Error::TooShort`] for a key shorter than the cipher asks (a longer one is cut to its first
/// bytes), [`Error::Length`] in ECB unless the message is of whole blocks, at least one.
pub fn encrypt(
    cipher: AesCipher,
    key: &[u8],
    iv: &Block,
    aad: &[u8],
    message: &[u8],
) -> Result<Sealed, Error> {
    let key = cut(cipher.bits, key)?;
    let mut data = laid_out(cipher.mode, message);
    let buffer = data.expose_mut();
    let tag = match cipher.mode {
        AesMode::Ecb => blocks(key, buffer, typex_kernels::ecb_encrypt).map(|()| None),
        AesMode::Cbc => {
            let encrypt = |keys: &_, data: &mut [u8]| typex_kernels::cbc_encrypt(keys, iv, data);
            blocks(key, buffer, encrypt).map(|()| None)
        }
        AesMode::Gcm => gcm(cipher.bits, key, Gcm { iv, aad, tag: None }, buffer).map(Some),
    }?;
    Ok(Sealed { ciphertext: std::mem::take(buffer), tag })
}

/// The inverse of [`encrypt`].
///
/// # Errors
/// [`Error::Verify`] alike for a wrong tag, a missing one, and wrong padding; [`Error::TooShort`];
/// [`Error::Length`] in ECB and CBC unless the ciphertext is of whole blocks, at least one.
pub fn decrypt(
    cipher: AesCipher,
    key: &[u8],
    iv: &Block,
    aad: &[u8],
    tag: Option<&Block>,
    ciphertext: &[u8],
) -> Result<Bytes, Error> {
    let key = cut(cipher.bits, key)?;
    let mut data = Secret::new(ciphertext.to_vec());
    let buffer = data.expose_mut();
    match cipher.mode {
        AesMode::Ecb => blocks(key, buffer, typex_kernels::ecb_decrypt)?,
        AesMode::Cbc => {
            let decrypt = |keys: &_, data: &mut [u8]| typex_kernels::cbc_decrypt(keys, iv, data);
            blocks(key, buffer, decrypt)?;
            padding::unpad(buffer).then_some(()).ok_or(Error::Verify)?;
        }
        AesMode::Gcm => {
            let tag = Some(tag.ok_or(Error::Verify)?);
            gcm(cipher.bits, key, Gcm { iv, aad, tag }, buffer)?;
        }
    }
    Ok(data)
}

/// The part of a key that a cipher of `bits` uses.
pub(super) fn cut(bits: AesBits, key: &[u8]) -> Result<&[u8], Error> {
    key.get(..bits.bytes()).ok_or(Error::TooShort)
}

/// The key as the kernels use it.
pub(super) fn rounds(key: &[u8]) -> Result<Box<RoundKeys>, Error> {
    RoundKeys::boxed(key).map_err(|_| Error::TooShort)
}

/// A buffer with the message and, in CBC, its padding.
fn laid_out(mode: AesMode, message: &[u8]) -> Bytes {
    let length =
        if mode == AesMode::Cbc { padding::padded_len(message.len()) } else { message.len() };
    let mut buffer = Vec::with_capacity(length);
    buffer.extend_from_slice(message);
    buffer.resize(length, 0);
    padding::pad(&mut buffer, message.len());
    Secret::new(buffer)
}

fn blocks(
    key: &[u8],
    data: &mut [u8],
    run: impl FnOnce(&RoundKeys, &mut [u8]) -> Result<(), LengthError>,
) -> Result<(), Error> {
    if data.is_empty() || !data.len().is_multiple_of(BLOCK) {
        return Err(Error::Length);
    }
    run(&*rounds(key)?, data).map_err(|_| Error::Length)
}

/// What GCM takes besides key and data.
struct Gcm<'a> {
    iv: &'a Block,
    aad: &'a [u8],
    /// Of what is decrypted; none when encrypting.
    tag: Option<&'a Block>,
}

fn gcm(bits: AesBits, key: &[u8], with: Gcm<'_>, data: &mut [u8]) -> Result<Block, Error> {
    match bits {
        AesBits::Aes128 => with.run::<AesGcm<Aes128, U16>>(key, data),
        AesBits::Aes192 => with.run::<AesGcm<Aes192, U16>>(key, data),
        AesBits::Aes256 => with.run::<AesGcm<Aes256, U16>>(key, data),
    }
}

impl Gcm<'_> {
    /// Encrypts or decrypts in place and returns the tag.
    fn run<C>(self, key: &[u8], data: &mut [u8]) -> Result<Block, Error>
    where
        C: AeadInOut<NonceSize = U16, TagSize = U16> + KeyInit,
    {
        let cipher = C::new_from_slice(key).map_err(|_| Error::TooShort)?;
        let (nonce, data): (&Nonce<U16>, _) = (self.iv.into(), data.into());
        match self.tag {
            None => cipher.encrypt_inout_detached(nonce, self.aad, data).map(Into::into),
            Some(tag) => {
                let expected: &Tag = tag.into();
                cipher.decrypt_inout_detached(nonce, self.aad, data, expected).map(|()| *tag)
            }
        }
        .map_err(|_| Error::Verify)
    }
}

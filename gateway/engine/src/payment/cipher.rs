//! Modes of operation over clear keys, in place. Nothing is padded.

use aes_gcm::aead::consts::U12;
use aes_gcm::aead::{AeadInOut, KeyInit};
use aes_gcm::aes::{Aes128, Aes192, Aes256};
use aes_gcm::{AesGcm, Tag};
use typex_core::Secret;

use super::limits::{AAD_BYTES_MAX, CIPHERTEXT_BYTES_MAX, NONCES_MAX, PLAINTEXT_BYTES_MAX};
use super::{Algorithm, Error, Key};

/// The IV where none is given: its first bytes, as many as a block has.
pub const ZERO_IV: [u8; 16] = [0; 16];

/// A mode without authentication, and its IV, which is as long as a block.
#[derive(Clone, Copy)]
pub enum Mode<'a> {
    /// Each block alone. Whole blocks, at least one.
    Ecb,
    /// Cipher block chaining. Whole blocks, at least one.
    Cbc(&'a [u8]),
    /// Cipher feedback in segments. Any length.
    Cfb(Segment, &'a [u8]),
    /// Output feedback. Any length.
    Ofb(&'a [u8]),
    /// Counter mode, AES only; all 128 bits count. Any length.
    Ctr(&'a [u8]),
}

/// Bits that cipher feedback takes at once; at most those of a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Segment {
    /// 1 bit: a block of the cipher for each bit of data.
    Bits1,
    /// 8 bits: a block of the cipher for each byte of data.
    Bits8,
    /// 64 bits.
    Bits64,
    /// 128 bits, AES only.
    Bits128,
}

/// A nonce of GCM encryption, which serves one message.
#[derive(Debug, PartialEq, Eq)]
pub struct Nonce([u8; 12]);

/// Where nonces come from: 48 bits drawn for one process and registered, so that no process has
/// the same, 8 bits of the shard, 40 bits that count. Nothing is resumed.
#[derive(Debug)]
pub struct Nonces {
    process: [u8; 6],
    shard: u8,
    next: u64,
}

impl Mode<'_> {
    /// Whether both are the same mode, whatever their IVs.
    pub fn is_like(&self, other: &Mode<'_>) -> bool {
        match (self, other) {
            (Self::Cfb(one, _), Mode::Cfb(two, _)) => one == two,
            (one, two) => std::mem::discriminant(one) == std::mem::discriminant(two),
        }
    }

    /// Checks that the mode goes with the key, its IV and the length of the data.
    fn check(&self, key: &Key, bytes: usize) -> Result<(), Error> {
        let block = key.block_bytes();
        let fits = match self {
            Self::Ecb => bytes > 0 && bytes.is_multiple_of(block),
            Self::Cbc(iv) => bytes > 0 && bytes.is_multiple_of(block) && iv.len() == block,
            Self::Cfb(_, iv) | Self::Ofb(iv) | Self::Ctr(iv) => iv.len() == block,
        };
        let permitted = match self {
            Self::Ctr(_) | Self::Cfb(Segment::Bits128, _) => key.algorithm() == Algorithm::Aes,
            _ => true,
        };
        permitted.then_some(()).ok_or(Error::KeyUsage)?;
        fits.then_some(()).ok_or(Error::InvalidInput)
    }
}

impl Nonce {
    /// A nonce that [`Nonces`] gave before and that came with its job.
    pub fn reserved(bytes: [u8; 12]) -> Self {
        Self(bytes)
    }

    /// Its bytes, for the answer.
    pub fn bytes(&self) -> &[u8; 12] {
        &self.0
    }
}

impl Nonces {
    /// The nonces of one shard of a process that registered `process`.
    pub fn new(process: [u8; 6], shard: u8) -> Self {
        Self { process, shard, next: 0 }
    }

    /// The next one.
    ///
    /// # Errors
    /// [`Error::Internal`] when all are used up.
    pub fn draw(&mut self) -> Result<Nonce, Error> {
        if self.next >= NONCES_MAX {
            return Err(Error::Internal);
        }
        let count = self.next.to_be_bytes();
        self.next += 1;
        let mut nonce = [0; 12];
        nonce[..6].copy_from_slice(&self.process);
        nonce[6] = self.shard;
        nonce[7..].copy_from_slice(&count[3..]);
        Ok(Nonce(nonce))
    }
}

/// Encrypts `data`, at most [`PLAINTEXT_BYTES_MAX`].
///
/// # Errors
/// [`Error::InvalidInput`] for a length of data or IV that the mode does not take,
/// [`Error::KeyUsage`] for a mode that the key's algorithm does not have. `data` is then unchanged.
pub fn encrypt(key: &Key, mode: &Mode<'_>, data: &mut [u8]) -> Result<(), Error> {
    within(data, PLAINTEXT_BYTES_MAX)?;
    encrypt_any(key, mode, data)
}

/// The inverse of [`encrypt`], of at most [`CIPHERTEXT_BYTES_MAX`].
///
/// # Errors
/// As of [`encrypt`].
pub fn decrypt(key: &Key, mode: &Mode<'_>, data: &mut [u8]) -> Result<(), Error> {
    within(data, CIPHERTEXT_BYTES_MAX)?;
    decrypt_any(key, mode, data)
}

/// [`decrypt`] of what is bounded already.
pub(super) fn decrypt_any(key: &Key, mode: &Mode<'_>, data: &mut [u8]) -> Result<(), Error> {
    mode.check(key, data.len())?;
    match mode {
        Mode::Ecb => key.decrypt(data),
        Mode::Cbc(iv) => cbc_decrypt(key, iv, data),
        Mode::Cfb(Segment::Bits1, iv) => cfb1(key, iv, data, false),
        Mode::Cfb(segment, iv) => cfb(key, iv, segment.bytes(), data, false),
        Mode::Ofb(iv) => ofb(key, iv, data),
        Mode::Ctr(counter) => ctr(key, counter, data),
    }
}

/// Encrypts `data` under AES in GCM and returns the tag. `aad` is at most [`AAD_BYTES_MAX`].
///
/// # Errors
/// [`Error::KeyUsage`] unless the key is of AES, [`Error::InvalidInput`] for too long inputs.
pub fn gcm_seal(key: &Key, nonce: &Nonce, aad: &[u8], data: &mut [u8]) -> Result<[u8; 16], Error> {
    within(data, PLAINTEXT_BYTES_MAX)?;
    gcm(key, nonce.bytes(), aad, None, data)
}

/// The inverse of [`gcm_seal`], under any nonce of 12 bytes. Nothing is decrypted unless the tag
/// verifies.
///
/// # Errors
/// [`Error::AuthenticationFailed`]; as of [`gcm_seal`].
pub fn gcm_open(
    key: &Key,
    nonce: &[u8; 12],
    aad: &[u8],
    tag: &[u8; 16],
    data: &mut [u8],
) -> Result<(), Error> {
    within(data, CIPHERTEXT_BYTES_MAX)?;
    gcm(key, nonce, aad, Some(tag), data).map(|_| ())
}

/// [`encrypt`] of what is bounded already.
pub(super) fn encrypt_any(key: &Key, mode: &Mode<'_>, data: &mut [u8]) -> Result<(), Error> {
    mode.check(key, data.len())?;
    match mode {
        Mode::Ecb => key.encrypt(data),
        Mode::Cbc(iv) => cbc_encrypt(key, iv, data),
        Mode::Cfb(Segment::Bits1, iv) => cfb1(key, iv, data, true),
        Mode::Cfb(segment, iv) => cfb(key, iv, segment.bytes(), data, true),
        Mode::Ofb(iv) => ofb(key, iv, data),
        Mode::Ctr(counter) => ctr(key, counter, data),
    }
}

/// GCM in place; without a tag to compare with, encryption.
pub(super) fn gcm(
    key: &Key,
    nonce: &[u8; 12],
    aad: &[u8],
    tag: Option<&[u8; 16]>,
    data: &mut [u8],
) -> Result<[u8; 16], Error> {
    within(aad, AAD_BYTES_MAX)?;
    let with = Gcm { nonce, aad, tag };
    match (key.algorithm(), key.expose().len()) {
        (Algorithm::Tdes, _) => Err(Error::KeyUsage),
        (_, 16) => with.run::<AesGcm<Aes128, U12>>(key, data),
        (_, 24) => with.run::<AesGcm<Aes192, U12>>(key, data),
        _ => with.run::<AesGcm<Aes256, U12>>(key, data),
    }
}

struct Gcm<'a> {
    nonce: &'a [u8; 12],
    aad: &'a [u8],
    tag: Option<&'a [u8; 16]>,
}

impl Gcm<'_> {
    fn run<C>(self, key: &Key, data: &mut [u8]) -> Result<[u8; 16], Error>
    where
        C: AeadInOut<NonceSize = U12, TagSize = aes_gcm::aead::consts::U16> + KeyInit,
    {
        let cipher = C::new_from_slice(key.expose()).map_err(|_| Error::Internal)?;
        let (nonce, data) = (self.nonce.into(), data.into());
        match self.tag {
            None => cipher.encrypt_inout_detached(nonce, self.aad, data).map(Into::into),
            Some(tag) => {
                let expected: &Tag = tag.into();
                cipher.decrypt_inout_detached(nonce, self.aad, data, expected).map(|()| *tag)
            }
        }
        .map_err(|_| Error::AuthenticationFailed)
    }
}

impl Segment {
    /// Whole bytes of a segment; none of a single bit.
    fn bytes(self) -> usize {
        match self {
            Self::Bits1 => 0,
            Self::Bits8 => 1,
            Self::Bits64 => 8,
            Self::Bits128 => 16,
        }
    }
}

fn within(data: &[u8], bytes_max: usize) -> Result<(), Error> {
    if data.len() <= bytes_max { Ok(()) } else { Err(Error::InvalidInput) }
}

fn cbc_encrypt(key: &Key, iv: &[u8], data: &mut [u8]) -> Result<(), Error> {
    let mut last = Secret::new(iv.to_vec());
    for block in data.chunks_mut(key.block_bytes()) {
        add(block, last.expose());
        key.encrypt(block)?;
        last.expose_mut().copy_from_slice(block);
    }
    Ok(())
}

fn cbc_decrypt(key: &Key, iv: &[u8], data: &mut [u8]) -> Result<(), Error> {
    let ciphertext = data.to_vec();
    key.decrypt(data)?;
    let size = key.block_bytes();
    let before = std::iter::once(iv).chain(ciphertext.chunks(size));
    data.chunks_mut(size).zip(before).for_each(|(block, before)| add(block, before));
    Ok(())
}

/// Cipher feedback in segments of whole bytes; the last may be shorter.
fn cfb(key: &Key, iv: &[u8], segment: usize, data: &mut [u8], encrypts: bool) -> Result<(), Error> {
    let mut register = iv.to_vec();
    for chunk in data.chunks_mut(segment) {
        let mut stream = Secret::new(register.clone());
        key.encrypt(stream.expose_mut())?;
        register.drain(..chunk.len());
        if encrypts {
            add(chunk, stream.expose());
            register.extend_from_slice(chunk);
        } else {
            register.extend_from_slice(chunk);
            add(chunk, stream.expose());
        }
    }
    Ok(())
}

/// Cipher feedback of single bits, the highest of a byte first.
fn cfb1(key: &Key, iv: &[u8], data: &mut [u8], encrypts: bool) -> Result<(), Error> {
    let mut register = iv.to_vec();
    for byte in data {
        for bit in (0..8).rev() {
            let mut stream = Secret::new(register.clone());
            key.encrypt(stream.expose_mut())?;
            let before = *byte >> bit & 1;
            *byte ^= (stream.expose()[0] >> 7) << bit;
            let sent = if encrypts { *byte >> bit & 1 } else { before };
            shift_in(&mut register, sent);
        }
    }
    Ok(())
}

/// Moves all bits one place up and puts `bit` into the lowest.
fn shift_in(register: &mut [u8], mut bit: u8) {
    for byte in register.iter_mut().rev() {
        let carry = *byte >> 7;
        *byte = *byte << 1 | bit;
        bit = carry;
    }
}

fn ofb(key: &Key, iv: &[u8], data: &mut [u8]) -> Result<(), Error> {
    let mut stream = Secret::new(iv.to_vec());
    for chunk in data.chunks_mut(key.block_bytes()) {
        key.encrypt(stream.expose_mut())?;
        add(chunk, stream.expose());
    }
    Ok(())
}

fn ctr(key: &Key, counter: &[u8], data: &mut [u8]) -> Result<(), Error> {
    let counter = counter.try_into().map_err(|_| Error::InvalidInput)?;
    typex_kernels::ctr(key.rounds().ok_or(Error::KeyUsage)?, counter, data);
    Ok(())
}

/// Adds, modulo 2, as many bytes as `data` has.
pub(super) fn add(data: &mut [u8], other: &[u8]) {
    data.iter_mut().zip(other).for_each(|(byte, other)| *byte ^= other);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nonces_count_and_end() {
        let mut nonces = Nonces::new([0xA0, 0xA1, 0xA2, 0xA3, 0xA4, 0xA5], 7);
        let first = nonces.draw().unwrap();
        assert_eq!(first.bytes(), &[0xA0, 0xA1, 0xA2, 0xA3, 0xA4, 0xA5, 7, 0, 0, 0, 0, 0]);
        assert_eq!(nonces.draw().unwrap().bytes()[11], 1);
        nonces.next = NONCES_MAX - 1;
        assert_eq!(nonces.draw().unwrap().bytes()[7..], [0xFF; 5]);
        assert_eq!(nonces.draw(), Err(Error::Internal));
    }
}

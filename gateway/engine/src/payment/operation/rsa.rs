//! RSA encryption: OAEP and PKCS#1 v1.5 around the raw operation.
//!
//! Padding is put on from the job's own random bytes, and taken off without a branch on what it
//! is: every defect is [`Error::InvalidInput`], decided once at the end. Of PKCS#1 v1.5 even that
//! much would be an oracle: whoever is not shown messages could ask it for them. So re-encryption
//! does not fail: what is padded wrongly has a message as well, drawn from key and ciphertext.
//! Whoever decrypts is shown the message anyway, and is told.

use aws_lc_rs::digest::{self, Algorithm};
use subtle::{Choice, ConditionallySelectable, ConstantTimeEq, ConstantTimeLess};
use typex_core::op::payment::RsaPadding;
use typex_core::secret::Secret;
use typex_kernels::rsa::{RsaPrivate, RsaPublic};

use super::random::Random;
use super::substitute::{Substitute, Substitutes};
use crate::payment::Error;

/// 00 02, at least eight random bytes, 00.
const PKCS1_OVERHEAD: usize = 11;

type Bytes = Secret<Vec<u8>>;

pub(super) fn encrypt(
    key: &RsaPublic,
    padding: RsaPadding,
    message: &[u8],
    random: Random<'_>,
) -> Result<Vec<u8>, Error> {
    let block = match oaep(padding) {
        Some(hash) => oaep_block(hash, message, key.modulus_len(), random)?,
        None => pkcs1_block(message, key.modulus_len(), random)?,
    };
    let mut output = vec![0; key.modulus_len()];
    key.public_raw(block.expose(), &mut output).map_err(|_| Error::InvalidInput)?;
    Ok(output)
}

pub(super) fn decrypt(
    key: &RsaPrivate,
    padding: RsaPadding,
    ciphertext: &[u8],
) -> Result<Bytes, Error> {
    let mut block = Secret::new(vec![0; key.modulus_len()]);
    key.private_raw(ciphertext, block.expose_mut()).map_err(|_| Error::InvalidInput)?;
    match oaep(padding) {
        Some(hash) => oaep_message(hash, block),
        None => pkcs1_message(&block),
    }
}

/// The message of a ciphertext, for an operation that does not show it. With PKCS#1 v1.5 there
/// always is one.
pub(super) fn decrypt_unseen(
    (key, substitutes): (&RsaPrivate, &Substitutes),
    padding: RsaPadding,
    ciphertext: &[u8],
) -> Result<Bytes, Error> {
    if oaep(padding).is_some() {
        return decrypt(key, padding, ciphertext);
    }
    let room = key.modulus_len().checked_sub(PKCS1_OVERHEAD).ok_or(Error::InvalidInput)?;
    let mut block = Secret::new(vec![0; key.modulus_len()]);
    key.private_raw(ciphertext, block.expose_mut()).map_err(|_| Error::InvalidInput)?;
    let room = u32::try_from(room).map_err(|_| Error::Internal)?;
    substituted(block, &substitutes.draw(ciphertext, room)?)
}

/// The hash of OAEP, which is also that of its mask.
fn oaep(padding: RsaPadding) -> Option<&'static Algorithm> {
    match padding {
        RsaPadding::Pkcs1 => None,
        RsaPadding::OaepSha1 => Some(&digest::SHA1_FOR_LEGACY_USE_ONLY),
        RsaPadding::OaepSha256 => Some(&digest::SHA256),
        RsaPadding::OaepSha512 => Some(&digest::SHA512),
    }
}

/// RFC 8017, 7.1.1: 00, masked seed, masked hash of no label, zeros, 01, message.
fn oaep_block(
    hash: &'static Algorithm,
    message: &[u8],
    bytes: usize,
    random: Random<'_>,
) -> Result<Bytes, Error> {
    let length = hash.output_len();
    let room = bytes.checked_sub(2 * length + 2).ok_or(Error::InvalidInput)?;
    if message.len() > room {
        return Err(Error::InvalidInput);
    }
    let mut block = Secret::new(vec![0; bytes]);
    let (seed, data) = block.expose_mut()[1..].split_at_mut(length);
    seed.copy_from_slice(random.bytes(length)?.expose());
    data[..length].copy_from_slice(digest::digest(hash, b"").as_ref());
    let start = data.len() - message.len();
    data[start - 1] = 1;
    data[start..].copy_from_slice(message);
    mask(hash, seed, data);
    mask(hash, data, seed);
    Ok(block)
}

fn oaep_message(hash: &'static Algorithm, mut block: Bytes) -> Result<Bytes, Error> {
    let length = hash.output_len();
    if block.expose().len() < 2 * length + 2 {
        return Err(Error::InvalidInput);
    }
    let (first, rest) = block.expose_mut().split_at_mut(1);
    let (seed, data) = rest.split_at_mut(length);
    mask(hash, data, seed);
    mask(hash, seed, data);
    let (label, rest) = data.split_at(length);
    let mut sound = first[0].ct_eq(&0) & label.ct_eq(digest::digest(hash, b"").as_ref());
    // The first byte that is not 00 has to be 01; the message is behind it.
    let (mut found, mut start) = (Choice::from(0), 0_u32);
    for (at, byte) in (1_u32..).zip(rest.iter()) {
        let begins = !found & !byte.ct_eq(&0);
        sound &= !begins | byte.ct_eq(&1);
        start.conditional_assign(&at, begins);
        found |= begins;
    }
    message(rest, start, sound & found)
}

/// RFC 8017, 7.2.1: 00 02, random bytes other than 00, 00, message.
fn pkcs1_block(message: &[u8], bytes: usize, random: Random<'_>) -> Result<Bytes, Error> {
    let room = bytes.checked_sub(PKCS1_OVERHEAD).ok_or(Error::InvalidInput)?;
    if message.len() > room {
        return Err(Error::InvalidInput);
    }
    let padding = bytes - 3 - message.len();
    // One byte in 256 is 00; of twice as many there are enough.
    let drawn = random.bytes(2 * bytes)?;
    let drawn: Bytes = Secret::new(
        drawn.expose().iter().copied().filter(|byte| *byte != 0).take(padding).collect(),
    );
    if drawn.expose().len() < padding {
        return Err(Error::Internal);
    }
    let mut block = Secret::new(vec![0; bytes]);
    let out = block.expose_mut();
    out[1] = 2;
    out[2..2 + padding].copy_from_slice(drawn.expose());
    out[bytes - message.len()..].copy_from_slice(message);
    Ok(block)
}

fn pkcs1_message(block: &Bytes) -> Result<Bytes, Error> {
    let (start, sound) = pkcs1_start(block)?;
    message(block.expose(), start, sound)
}

/// The message, or in place of one that is padded wrongly its substitute.
fn substituted(mut block: Bytes, other: &Substitute) -> Result<Bytes, Error> {
    let (mut start, sound) = pkcs1_start(&block)?;
    let bytes = u32::try_from(other.block.expose().len()).map_err(|_| Error::Internal)?;
    let its_start = bytes.checked_sub(other.length).ok_or(Error::Internal)?;
    start.conditional_assign(&its_start, !sound);
    for (byte, other) in block.expose_mut().iter_mut().zip(other.block.expose()) {
        byte.conditional_assign(other, !sound);
    }
    message(block.expose(), start, Choice::from(1))
}

/// Where the message begins, and whether what is before it is as it should be.
fn pkcs1_start(block: &Bytes) -> Result<(u32, Choice), Error> {
    let [first, second, rest @ ..] = block.expose().as_slice() else {
        return Err(Error::InvalidInput);
    };
    let mut sound = first.ct_eq(&0) & second.ct_eq(&2);
    let (mut found, mut start) = (Choice::from(0), 0_u32);
    for (at, byte) in (3_u32..).zip(rest.iter()) {
        let ends = !found & byte.ct_eq(&0);
        start.conditional_assign(&at, ends);
        found |= ends;
    }
    // Eight bytes and the 00 behind them.
    sound &= found & !start.ct_lt(&(PKCS1_OVERHEAD as u32));
    Ok((start, sound))
}

/// What begins at `start`, if all is sound. Its length is what the caller gets to know.
fn message(block: &[u8], start: u32, sound: Choice) -> Result<Bytes, Error> {
    if !bool::from(sound) {
        return Err(Error::InvalidInput);
    }
    let start = usize::try_from(start).map_err(|_| Error::Internal)?;
    let message = block.get(start..).ok_or(Error::InvalidInput)?;
    Ok(Secret::new(message.to_vec()))
}

/// Adds MGF1 of `seed` to `out`.
fn mask(hash: &'static Algorithm, seed: &[u8], out: &mut [u8]) {
    for (counter, chunk) in (0_u32..).zip(out.chunks_mut(hash.output_len())) {
        let mut context = digest::Context::new(hash);
        context.update(seed);
        context.update(&counter.to_be_bytes());
        let digest = context.finish();
        chunk.iter_mut().zip(digest.as_ref()).for_each(|(byte, mask)| *byte ^= mask);
    }
}

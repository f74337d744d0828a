//! RSA encryption: OAEP and PKCS#1 v1.5 around the raw operation.
//!
//! Padding is put on from the job's own random bytes, and taken off without a branch on what it
//! is: every defect is [`Error::InvalidInput`], decided once at the end. What remains to be seen is
//! that much, and with PKCS#1 v1.5 that is an oracle: re-encryption counts such failures and slows
//! further tries; whoever decrypts is shown the message anyway.

use aws_lc_rs::digest::{self, Algorithm};
use subtle::{Choice, ConditionallySelectable, ConstantTimeEq, ConstantTimeLess};
use typex_core::op::payment::RsaPadding;
use typex_core::secret::Secret;
use typex_kernels::rsa::{RsaPrivate, RsaPublic};

use super::random::Random;
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
    let [first, second, rest @ ..] = block.expose().as_slice() else {
        return Err(Error::InvalidInput);
    };
    let mut sound = first.ct_eq(&0) & second.ct_eq(&2);
    let (mut found, mut start) = (Choice::from(0), 0_u32);
    for (at, byte) in (1_u32..).zip(rest.iter()) {
        let ends = !found & byte.ct_eq(&0);
        start.conditional_assign(&at, ends);
        found |= ends;
    }
    // Eight bytes and the 00 behind them.
    sound &= found & !start.ct_lt(&9);
    message(rest, start, sound)
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

//! AES key wrap. RFC 3394.

use subtle::ConstantTimeEq;
use typex_core::Secret;
use typex_core::key::AesBits;
use typex_kernels::{Block, RoundKeys};

use super::aes::{cut, rounds};
use super::{Bytes, Error};

/// Bytes of a half block, in which the standard counts.
const HALF: usize = 8;

/// The initial value of section 2.2.3.1.
const INITIAL: [u8; HALF] = [0xa6; HALF];

/// Wraps `message` with the standard's initial value or another.
///
/// # Errors
/// [`Error::Length`] unless the message is a multiple of 8 bytes, at least 16;
/// [`Error::TooShort`] for a key shorter than `bits` (a longer one is cut to its first bytes).
pub fn wrap(
    bits: AesBits,
    key: &[u8],
    iv: Option<&[u8; HALF]>,
    message: &[u8],
) -> Result<Vec<u8>, Error> {
    let keys = rounds(cut(bits, key)?)?;
    check_length(message.len())?;
    let mut data = Secret::new(message.to_vec());
    let mut check = *iv.unwrap_or(&INITIAL);
    let halves = u64::try_from(data.expose().len() / HALF).map_err(|_| Error::Length)?;
    for round in 0..6 {
        for (step, half) in (1..).zip(data.expose_mut().chunks_exact_mut(HALF)) {
            let mut block = joined(check, half);
            one_block(&keys, &mut block, typex_kernels::ecb_encrypt)?;
            check = split(block, half);
            count(&mut check, halves * round + step);
        }
    }
    Ok([&check, data.expose().as_slice()].concat())
}

/// The inverse of [`wrap`].
///
/// # Errors
/// [`Error::Verify`] if key, initial value or data are not those of the wrapping;
/// [`Error::Length`] unless `wrapped` is a multiple of 8 bytes, at least 24; [`Error::TooShort`].
pub fn unwrap(
    bits: AesBits,
    key: &[u8],
    iv: Option<&[u8; HALF]>,
    wrapped: &[u8],
) -> Result<Bytes, Error> {
    let keys = rounds(cut(bits, key)?)?;
    let (check, data) = wrapped.split_first_chunk::<HALF>().ok_or(Error::Length)?;
    check_length(data.len())?;
    let (mut check, mut data) = (*check, Secret::new(data.to_vec()));
    let halves = u64::try_from(data.expose().len() / HALF).map_err(|_| Error::Length)?;
    for round in (0..6).rev() {
        let steps = (1..=halves).rev();
        for (step, half) in steps.zip(data.expose_mut().chunks_exact_mut(HALF).rev()) {
            count(&mut check, halves * round + step);
            let mut block = joined(check, half);
            one_block(&keys, &mut block, typex_kernels::ecb_decrypt)?;
            check = split(block, half);
        }
    }
    let genuine = bool::from(check.ct_eq(iv.unwrap_or(&INITIAL)));
    if genuine { Ok(data) } else { Err(Error::Verify) }
}

fn check_length(bytes: usize) -> Result<(), Error> {
    if bytes >= 2 * HALF && bytes.is_multiple_of(HALF) { Ok(()) } else { Err(Error::Length) }
}

fn one_block(
    keys: &RoundKeys,
    block: &mut Block,
    cipher: fn(&RoundKeys, &mut [u8]) -> Result<(), typex_kernels::LengthError>,
) -> Result<(), Error> {
    cipher(keys, block).map_err(|_| Error::Length)
}

fn joined(check: [u8; HALF], half: &[u8]) -> Block {
    let mut block = [0; 2 * HALF];
    let (first, second) = block.split_at_mut(HALF);
    first.copy_from_slice(&check);
    second.copy_from_slice(half);
    block
}

/// Puts the second half of `block` in its place and returns the first.
fn split(block: Block, half: &mut [u8]) -> [u8; HALF] {
    let (first, second) = block.split_at(HALF);
    half.copy_from_slice(second);
    let mut check = [0; HALF];
    check.copy_from_slice(first);
    check
}

/// Adds the number of the step, modulo 2.
fn count(check: &mut [u8; HALF], step: u64) {
    *check = (u64::from_be_bytes(*check) ^ step).to_be_bytes();
}

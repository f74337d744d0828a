//! RSAES-OAEP: RFC 8017, 7.1. A block is 00, the masked seed, and masked: hash of the label,
//! zeros, 01, message.

use aws_lc_rs::digest;
use subtle::{Choice, ConstantTimeEq};
use typex_core::op::rsa::Oaep;
use typex_core::secret::Secret;

use super::mgf1::mask;
use super::unpad::{message, select};
use super::{Bytes, Error, algorithm};

/// Bytes that a message may have.
pub(super) fn room(oaep: &Oaep, bytes: usize) -> Result<usize, Error> {
    let around = 2 * algorithm(oaep.hash).output_len() + 2;
    bytes.checked_sub(around).ok_or(Error::Length)
}

pub(super) fn block(
    oaep: &Oaep,
    message: &[u8],
    bytes: usize,
    draw: impl FnOnce(&mut [u8]) -> Result<(), Error>,
) -> Result<Bytes, Error> {
    if message.len() > room(oaep, bytes)? {
        return Err(Error::Length);
    }
    let hash = algorithm(oaep.hash);
    let mut block = Secret::new(vec![0; bytes]);
    let (seed, data) = block.expose_mut()[1..].split_at_mut(hash.output_len());
    draw(seed)?;
    data[..seed.len()].copy_from_slice(digest::digest(hash, &oaep.label).as_ref());
    let start = data.len() - message.len();
    data[start - 1] = 1;
    data[start..].copy_from_slice(message);
    mask(oaep.mask, seed, data);
    mask(oaep.mask, data, seed);
    Ok(block)
}

/// The message of a block that has room for one.
pub(super) fn unpad(oaep: &Oaep, mut block: Bytes) -> Result<Bytes, Error> {
    let hash = algorithm(oaep.hash);
    let (first, rest) = block.expose_mut().split_at_mut(1);
    let (seed, data) = rest.split_at_mut(hash.output_len());
    mask(oaep.mask, data, seed);
    mask(oaep.mask, seed, data);
    let (label, rest) = data.split_at(seed.len());
    let labelled = label.ct_eq(digest::digest(hash, &oaep.label).as_ref());
    let mut sound = first[0].ct_eq(&0) & labelled;
    // The first byte that is not 00 has to be 01; the message is behind it.
    let (mut found, mut start) = (Choice::from(0), 0_u32);
    for (at, byte) in (1_u32..).zip(rest.iter()) {
        let begins = !found & !byte.ct_eq(&0);
        sound &= !begins | byte.ct_eq(&1);
        start = select(start, at, begins);
        found |= begins;
    }
    message(rest, start, sound & found)
}

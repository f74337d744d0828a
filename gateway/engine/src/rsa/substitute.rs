//! What stands for the message of a ciphertext that is padded wrongly.

use aws_lc_rs::{digest, hmac};
use subtle::ConstantTimeLess;
use typex_core::secret::Secret;

use super::unpad::select;
use super::{Bytes, Error};

/// What the key of substitutes is for, beside the private key that it is derived from.
const LABEL: &[u8] = b"typex rsa substitute";

/// Lengths that are drawn, of which the last that fits is taken: at least every second fits, so
/// that none does once in 2^128.
const LENGTHS: usize = 128;

/// Draws a message for each ciphertext under one private key, always the same one. To whoever is
/// not shown messages it is like the message of a ciphertext that is padded rightly.
pub struct Substitutes(hmac::Key);

/// A message, at the end of a block.
pub(super) struct Substitute {
    /// As many bytes as the modulus has.
    pub(super) block: Bytes,
    /// Bytes of the message.
    pub(super) length: u32,
}

impl Substitutes {
    /// Of an encoded private key; another encoding of the same key draws others.
    pub fn new(private: &[u8]) -> Self {
        let mut context = digest::Context::new(&digest::SHA256);
        context.update(LABEL);
        context.update(private);
        Self(hmac::Key::new(hmac::HMAC_SHA256, context.finish().as_ref()))
    }

    /// The substitute of a ciphertext: up to `length_max` bytes, fewer than the block has.
    pub(super) fn draw(&self, ciphertext: &[u8], length_max: usize) -> Result<Substitute, Error> {
        let length_max = u32::try_from(length_max).map_err(|_| Error::Length)?;
        let lengths = self.bytes(b"length", ciphertext, 2 * LENGTHS)?;
        let mask = length_max.checked_add(1).ok_or(Error::Length)?.next_power_of_two() - 1;
        let mut length = 0_u32;
        for drawn in lengths.expose().as_chunks::<2>().0 {
            let drawn = u32::from(u16::from_be_bytes(*drawn)) & mask;
            length = select(length, drawn, !length_max.ct_lt(&drawn));
        }
        let block = self.bytes(b"message", ciphertext, ciphertext.len())?;
        Ok(Substitute { block, length })
    }

    fn bytes(&self, label: &[u8], seed: &[u8], count: usize) -> Result<Bytes, Error> {
        let mut bytes = Secret::new(Vec::with_capacity(count + 32));
        for counter in 0..count.div_ceil(32) {
            let counter = u32::try_from(counter).map_err(|_| Error::Length)?;
            let mut context = hmac::Context::with_key(&self.0);
            context.update(&counter.to_be_bytes());
            context.update(label);
            context.update(seed);
            bytes.expose_mut().extend_from_slice(context.sign().as_ref());
        }
        bytes.expose_mut().truncate(count);
        Ok(bytes)
    }
}

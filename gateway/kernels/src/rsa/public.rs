//! The public half of a key.

use super::ffi::{Key, Number};
use super::{RsaError, check_bits, check_buffers};
use crate::limits::RSA_EXPONENT_BITS_MAX;

/// An RSA public key. May be shared between threads.
pub struct RsaPublic {
    key: Key,
    modulus: Vec<u8>,
    exponent: Vec<u8>,
}

impl RsaPublic {
    /// A key from its big-endian numbers; leading zeros are ignored.
    ///
    /// # Errors
    /// [`RsaError::ModulusBits`], [`RsaError::PublicExponent`], or [`RsaError::Inconsistent`] for
    /// an even modulus.
    pub fn new(modulus: &[u8], exponent: &[u8]) -> Result<Self, RsaError> {
        let (modulus, exponent) = (significant(modulus), significant(exponent));
        let bits = bits(modulus);
        check_bits(bits)?;
        check_exponent(exponent)?;
        let n = Number::from_bytes(modulus).map_err(|_| RsaError::Fault)?;
        let e = Number::from_bytes(exponent).map_err(|_| RsaError::Fault)?;
        let key = Key::public(&n, &e).map_err(|_| RsaError::Inconsistent)?;
        Ok(Self { key, modulus: modulus.to_vec(), exponent: exponent.to_vec() })
    }

    /// The modulus, big endian, without leading zeros.
    #[must_use]
    pub fn modulus(&self) -> &[u8] {
        &self.modulus
    }

    /// The public exponent, big endian, without leading zeros.
    #[must_use]
    pub fn exponent(&self) -> &[u8] {
        &self.exponent
    }

    /// Bytes of the modulus, and so of every input and output.
    #[must_use]
    pub fn modulus_len(&self) -> usize {
        self.modulus.len()
    }

    /// `input ^ e mod n`; input and output have exactly the length of the modulus.
    ///
    /// # Errors
    /// [`RsaError::InputLength`], [`RsaError::OutputLength`], [`RsaError::InputRange`];
    /// [`RsaError::Fault`] when memory is exhausted.
    pub fn public_raw(&self, input: &[u8], output: &mut [u8]) -> Result<(), RsaError> {
        check_buffers(&self.modulus, input, output)?;
        self.key.public_transform(input, output).map_err(|_| RsaError::Fault)
    }
}

fn significant(number: &[u8]) -> &[u8] {
    let zeros = number.iter().take_while(|&&byte| byte == 0).count();
    &number[zeros..]
}

/// Bits of a number without leading zeros; saturates far above every limit.
fn bits(number: &[u8]) -> u32 {
    let unused = number.first().map_or(0, |first| first.leading_zeros());
    u32::try_from(number.len()).unwrap_or(u32::MAX).saturating_mul(8).saturating_sub(unused)
}

/// Refuses exponents that are even, below 3 or too large.
fn check_exponent(exponent: &[u8]) -> Result<(), RsaError> {
    let odd = exponent.last().is_some_and(|last| last % 2 == 1);
    let sized = (2..=RSA_EXPONENT_BITS_MAX).contains(&bits(exponent));
    if odd && sized { Ok(()) } else { Err(RsaError::PublicExponent) }
}

//! Raw RSA: the private and public operation without padding, from 1024 to 4096 bits.
//!
//! The arithmetic is aws-lc's: blinded and constant time. What this module adds: each private
//! result is raised to the public exponent again and compared with the input before it is
//! released, so that a fault in the machine cannot leak the key; the three inputs that aws-lc
//! refuses are answered; and a PKCS#1 v1.5 block can be unwrapped without telling anyone whether
//! its padding was right. Operations that wait together can go side by side in [`lanes`], with
//! arithmetic of our own.
//!
//! Raw RSA has no security of its own. Whoever uses it brings the padding.

#[allow(unsafe_code)]
mod ffi;
pub mod lanes;
mod private;
mod public;

pub use lanes::{Operation, private_raw_many};
pub use private::{CrtParts, RsaPrivate};
pub use public::RsaPublic;

use crate::limits::{RSA_MODULUS_BITS_MAX, RSA_MODULUS_BITS_MIN, RSA_MODULUS_BITS_STEP};

/// Why a key or an operation is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RsaError {
    /// Neither PKCS#1 nor PKCS#8 of a two-prime RSA key, or its numbers do not agree.
    #[error("the encoding is not a consistent RSA private key")]
    Encoding,
    /// The modulus has a size that is not taken.
    #[error("a modulus has 1024 to 4096 bits in steps of 128, this one has {bits}")]
    ModulusBits {
        /// Bits of the modulus.
        bits: u32,
    },
    /// The public exponent is even, below 3 or over 33 bits.
    #[error("the public exponent is not an odd number from 3 up to 33 bits")]
    PublicExponent,
    /// The primes have different sizes, or the numbers do not belong to one key.
    #[error("the parts do not make a key")]
    Inconsistent,
    /// A factor of the modulus is not prime.
    #[error("a factor of the modulus is not prime")]
    NotPrime,
    /// The input is shorter or longer than the modulus.
    #[error("the input has {actual} bytes, the modulus has {expected}")]
    InputLength {
        /// Bytes of the modulus.
        expected: usize,
        /// Bytes of the input.
        actual: usize,
    },
    /// The output is shorter or longer than the modulus.
    #[error("the output has {actual} bytes, the modulus has {expected}")]
    OutputLength {
        /// Bytes of the modulus.
        expected: usize,
        /// Bytes of the output.
        actual: usize,
    },
    /// The input is a number not below the modulus.
    #[error("the input is not below the modulus")]
    InputRange,
    /// The result did not pass its check and was destroyed, or the library ran out of memory.
    #[error("the operation failed and its result was destroyed")]
    Fault,
}

/// Refuses modulus sizes that are not taken.
fn check_bits(bits: u32) -> Result<(), RsaError> {
    let sized = (RSA_MODULUS_BITS_MIN..=RSA_MODULUS_BITS_MAX).contains(&bits);
    if sized && bits.is_multiple_of(RSA_MODULUS_BITS_STEP) {
        Ok(())
    } else {
        Err(RsaError::ModulusBits { bits })
    }
}

/// Refuses buffers of another length than the modulus, and inputs not below it.
fn check_buffers(modulus: &[u8], input: &[u8], output: &[u8]) -> Result<(), RsaError> {
    let expected = modulus.len();
    if input.len() != expected {
        return Err(RsaError::InputLength { expected, actual: input.len() });
    }
    if output.len() != expected {
        return Err(RsaError::OutputLength { expected, actual: output.len() });
    }
    // Big-endian numbers of one length compare like their bytes. Both are public.
    if input < modulus { Ok(()) } else { Err(RsaError::InputRange) }
}

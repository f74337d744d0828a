//! The private half: making a key, the checked private operation, and unwrapping.

use std::sync::OnceLock;

use subtle::{Choice, ConditionallySelectable, ConstantTimeEq};
use zeroize::{Zeroize, Zeroizing};

use super::ffi::{Failure, Key, Number, Parts};
use super::lanes::LaneKey;
use super::{RsaError, RsaPublic, check_bits, check_buffers};
use crate::limits::{RSA_DER_BYTES_MAX, RSA_EXPONENT_BITS_MAX, RSA_MODULUS_BYTES_MAX};

/// Bytes of a PKCS#1 v1.5 block around its message: 00 02, at least eight of padding, 00.
const PADDING_MIN: usize = 11;

/// The parts of a private key that some clients send alone, big endian.
// spec: enigma-bridge 5.5
pub struct CrtParts<'a> {
    /// d mod (p - 1).
    pub dp: &'a [u8],
    /// d mod (q - 1).
    pub dq: &'a [u8],
    /// The first prime.
    pub p: &'a [u8],
    /// The second prime.
    pub q: &'a [u8],
    /// The inverse of q modulo p.
    pub q_inv: &'a [u8],
}

/// An RSA private key. May be shared between threads; cleared when dropped.
///
/// A private operation costs from 0.1 ms (1024 bits) to 1.5 ms (4096 bits) and allocates inside the
/// library.
pub struct RsaPrivate {
    key: Key,
    public: RsaPublic,
    /// The key for the lanes, made when it first goes with others; `None` if they do not take it.
    lanes: OnceLock<Option<Box<LaneKey>>>,
}

impl RsaPrivate {
    /// A key from PKCS#1 or PKCS#8 DER of any origin. Takes tens to hundreds of milliseconds, for
    /// the primality of the factors.
    ///
    /// # Errors
    /// [`RsaError::Encoding`] for anything else, for trailing bytes and for numbers that do not
    /// agree; [`RsaError::ModulusBits`], [`RsaError::PublicExponent`],
    /// [`RsaError::Inconsistent`] and [`RsaError::NotPrime`].
    pub fn from_der(der: &[u8]) -> Result<Self, RsaError> {
        let loaded = Self::from_trusted_der(der)?;
        let (p, q) = loaded.key.primes().ok_or(RsaError::Encoding)?;
        check_primes(&loaded.public, &p, &q)?;
        Ok(loaded)
    }

    /// As [`RsaPrivate::from_der`] without the check that the factors are primes of one size: for
    /// a key that was checked before and kept where nobody could change it.
    ///
    /// # Errors
    /// [`RsaError::Encoding`], [`RsaError::ModulusBits`] and [`RsaError::PublicExponent`].
    pub fn from_trusted_der(der: &[u8]) -> Result<Self, RsaError> {
        if der.len() > RSA_DER_BYTES_MAX {
            return Err(RsaError::Encoding);
        }
        let key = Key::from_pkcs1(der)
            .or_else(|_| Key::from_pkcs8(der))
            .map_err(|_| RsaError::Encoding)?;
        let public = public_half(&key)?;
        Ok(Self::with_public(key, public))
    }

    /// A key from its CRT parts: n = p q, and e is the inverse of dP modulo p - 1.
    ///
    /// # Errors
    /// [`RsaError::ModulusBits`], [`RsaError::PublicExponent`], [`RsaError::Inconsistent`] and
    /// [`RsaError::NotPrime`].
    pub fn from_crt(parts: &CrtParts<'_>) -> Result<Self, RsaError> {
        let number = |bytes: &[u8]| match bytes.len() {
            ..=RSA_MODULUS_BYTES_MAX => Number::from_bytes(bytes).map_err(exhausted),
            _ => Err(RsaError::Inconsistent),
        };
        let (p, q) = (&number(parts.p)?, &number(parts.q)?);
        let (dp, dq, q_inv) = (&number(parts.dp)?, &number(parts.dq)?, &number(parts.q_inv)?);
        let n = &p.product(q).map_err(exhausted)?;
        check_bits(n.bits())?;
        let (p_less, q_less) = (p.less_one().map_err(disagree)?, q.less_one().map_err(disagree)?);
        let e = &dp.inverse(&p_less).map_err(disagree)?;
        if !e.is_odd() || !(2..=RSA_EXPONENT_BITS_MAX).contains(&e.bits()) {
            return Err(RsaError::PublicExponent);
        }
        let d = &e.inverse(&p_less.product(&q_less).map_err(exhausted)?).map_err(disagree)?;
        let key = Key::private(&Parts { n, e, d, p, q, dp, dq, q_inv }).map_err(disagree)?;
        let public = RsaPublic::new(&n.to_bytes(), &e.to_bytes())?;
        check_primes(&public, p, q)?;
        Ok(Self::with_public(key, public))
    }

    /// A new key with the public exponent 65537. Takes from tens of milliseconds to seconds.
    ///
    /// # Errors
    /// [`RsaError::ModulusBits`]; [`RsaError::Fault`] when memory is exhausted.
    pub fn generate(bits: u32) -> Result<Self, RsaError> {
        check_bits(bits)?;
        let size = i32::try_from(bits).map_err(|_| RsaError::ModulusBits { bits })?;
        let key = Key::generate(size).map_err(exhausted)?;
        let public = public_half(&key)?;
        Ok(Self::with_public(key, public))
    }

    /// The key in PKCS#1 DER.
    ///
    /// # Errors
    /// [`RsaError::Fault`] when memory is exhausted.
    pub fn to_der(&self) -> Result<Zeroizing<Vec<u8>>, RsaError> {
        self.key.to_pkcs1().map_err(exhausted)
    }

    fn with_public(key: Key, public: RsaPublic) -> Self {
        Self { key, public, lanes: OnceLock::new() }
    }

    /// The key for the lanes, if it is of a size that they take.
    pub(super) fn lane_key(&self) -> Option<&LaneKey> {
        let lanes = self.lanes.get_or_init(|| {
            let [p, q, dp, dq, q_inv] = &self.key.crt_parts()?;
            let parts = CrtParts { dp, dq, p, q, q_inv };
            LaneKey::new(&self.public, &parts).map(Box::new)
        });
        lanes.as_deref()
    }

    /// The public half.
    #[must_use]
    pub fn public(&self) -> &RsaPublic {
        &self.public
    }

    /// Bytes of the modulus, and so of every input and output.
    #[must_use]
    pub fn modulus_len(&self) -> usize {
        self.public.modulus_len()
    }

    /// `input ^ d mod n`; input and output have exactly the length of the modulus.
    ///
    /// Blinded. The result is checked with the public exponent against the input; one that fails
    /// is destroyed. 0, 1 and n - 1, whose results are themselves, take no private operation.
    ///
    /// # Errors
    /// [`RsaError::InputLength`], [`RsaError::OutputLength`], [`RsaError::InputRange`], all with
    /// the output unchanged; [`RsaError::Fault`] with the output cleared.
    pub fn private_raw(&self, input: &[u8], output: &mut [u8]) -> Result<(), RsaError> {
        check_buffers(self.public.modulus(), input, output)?;
        if self.is_fixed_point(input) {
            output.copy_from_slice(input);
            return Ok(());
        }
        let released = self.checked_transform(input, output);
        if released.is_err() {
            output.zeroize();
        }
        released
    }

    /// The `LEN`-byte message of a PKCS#1 v1.5 encryption block, or `substitute` (implicit
    /// rejection) for whatever is wrong: length, range, padding, message length, a fault.
    ///
    /// Neither the answer nor the time tells which of the two it is. The block is a big-endian
    /// number of up to the modulus length, leading zeros may be missing. The caller draws the
    /// substitute at random, one for each block.
    // spec: enigma-bridge 5.3
    #[must_use]
    pub fn unwrap_fixed<const LEN: usize>(
        &self,
        block: &[u8],
        substitute: &[u8; LEN],
    ) -> Zeroizing<[u8; LEN]> {
        let mut message = Zeroizing::new(*substitute);
        let size = self.modulus_len();
        let Some(start) = size.checked_sub(LEN).filter(|start| *start >= PADDING_MIN) else {
            return message;
        };
        let (mut input, mut output) =
            ([0; RSA_MODULUS_BYTES_MAX], Zeroizing::new([0; RSA_MODULUS_BYTES_MAX]));
        let (input, plain) = (&mut input[..size], &mut output[..size]);
        let usable = self.prepare(block, input);
        let done = self.private_raw(input, plain).is_ok();
        let good = Choice::from(u8::from(usable & done)) & padding_is_good(&plain[..start]);
        for (out, byte) in message.iter_mut().zip(&plain[start..]) {
            *out = u8::conditional_select(out, byte, good);
        }
        message
    }

    /// Writes the block as a number of full length and tells whether it takes a private operation
    /// as it is. One that does not, which anyone can see, is replaced by 2: the work is the same.
    fn prepare(&self, block: &[u8], input: &mut [u8]) -> bool {
        let start = input.len().checked_sub(block.len());
        if let Some(start) = start {
            input[start..].copy_from_slice(block);
        }
        let usable =
            start.is_some() && *input < *self.public.modulus() && !self.is_fixed_point(input);
        if !usable {
            input.fill(0);
            input[self.modulus_len() - 1] = 2;
        }
        usable
    }

    /// Whether a number below the modulus is 0, 1 or n - 1. The modulus is odd, so n - 1 differs
    /// from it in the last bit only.
    fn is_fixed_point(&self, input: &[u8]) -> bool {
        let (Some((last, high)), Some((modulus_last, modulus_high))) =
            (input.split_last(), self.public.modulus().split_last())
        else {
            return false;
        };
        let tiny = *last <= 1 && high.iter().all(|&byte| byte == 0);
        tiny || (high == modulus_high && *last == modulus_last ^ 1)
    }

    /// The private operation and its check, over buffers of the right length.
    fn checked_transform(&self, input: &[u8], output: &mut [u8]) -> Result<(), RsaError> {
        self.key.private_transform(input, output).map_err(exhausted)?;
        let mut again = [0; RSA_MODULUS_BYTES_MAX];
        let again = &mut again[..input.len()];
        self.public.public_raw(output, again)?;
        if bool::from(again.ct_eq(input)) { Ok(()) } else { Err(RsaError::Fault) }
    }
}

/// The library failed where only memory can be short, or where its own check found a fault.
fn exhausted(_: Failure) -> RsaError {
    RsaError::Fault
}

fn disagree(_: Failure) -> RsaError {
    RsaError::Inconsistent
}

fn public_half(key: &Key) -> Result<RsaPublic, RsaError> {
    let (modulus, exponent) = key.public_parts().ok_or(RsaError::Encoding)?;
    RsaPublic::new(&modulus, &exponent)
}

/// Refuses factors that are not primes of half the modulus each. That their product is the
/// modulus has been checked by the library.
fn check_primes(public: &RsaPublic, p: &Number, q: &Number) -> Result<(), RsaError> {
    let half = public.modulus_len() * 4;
    for prime in [p, q] {
        if prime.bits() as usize != half {
            return Err(RsaError::Inconsistent);
        }
        if !prime.is_prime().map_err(exhausted)? {
            return Err(RsaError::NotPrime);
        }
    }
    Ok(())
}

/// Whether all before the message is 00 02, bytes other than 00, and 00.
fn padding_is_good(padding: &[u8]) -> Choice {
    let [zero, two, random @ .., end] = padding else { return Choice::from(0) };
    let good = zero.ct_eq(&0) & two.ct_eq(&2) & end.ct_eq(&0);
    random.iter().fold(good, |good, byte| good & !byte.ct_eq(&0))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A result that the library got wrong, and noticed, is not released.
    #[test]
    fn a_corrupted_exponent_releases_nothing() {
        let mut key = RsaPrivate::generate(1024).unwrap();
        let input = [0x42; 128];
        let mut output = [7; 128];
        key.private_raw(&input, &mut output).unwrap();
        key.key.corrupt();
        assert_eq!(key.private_raw(&input, &mut output), Err(RsaError::Fault));
        assert_eq!(output, [0; 128]);
        assert_eq!(*key.unwrap_fixed(&input, &[3; 32]), [3; 32]);
    }

    /// Our own check, alone: the library holds a sound key for another exponent and releases its
    /// result, which the exponent on record does not confirm.
    #[test]
    fn a_result_that_the_exponent_does_not_confirm_is_destroyed() {
        let mut key = RsaPrivate::generate(1024).unwrap();
        let modulus = key.public.modulus().to_vec();
        key.public = RsaPublic::new(&modulus, &[17]).unwrap();
        let (input, mut output) = ([0x42; 128], [7; 128]);
        key.key.private_transform(&input, &mut output).unwrap();
        assert_eq!(key.private_raw(&input, &mut output), Err(RsaError::Fault));
        assert_eq!(output, [0; 128]);
        assert_eq!(*key.unwrap_fixed(&input, &[3; 32]), [3; 32]);
    }
}

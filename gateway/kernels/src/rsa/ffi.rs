//! The only file that calls aws-lc: owners for its objects and safe functions over them.
//!
//! JUSTIFICATION for every block here: aws-lc-rs offers neither raw RSA nor RSA-1024, so the C
//! functions of aws-lc-sys, the same library, are called directly.
//!
//! Every owner holds a valid, non-null object that nothing else frees. aws-lc clears memory when
//! it frees it. A failed call leaves an entry in the thread's error queue, which [`Failure`]
//! clears.

use std::ptr::{NonNull, null_mut};

use aws_lc_sys as lc;
use zeroize::Zeroizing;

/// A call failed: out of memory, or the arguments do not make sense together.
#[derive(Debug)]
pub(super) struct Failure;

impl Failure {
    fn new() -> Self {
        // SAFETY: no precondition.
        unsafe { lc::ERR_clear_error() };
        Self
    }
}

type Outcome<T> = Result<T, Failure>;

/// `Ok` for the library's 1.
fn check(status: i32) -> Outcome<()> {
    if status == 1 { Ok(()) } else { Err(Failure::new()) }
}

/// A number of any size, not negative.
pub(super) struct Number(NonNull<lc::BIGNUM>);

impl Number {
    fn zero() -> Outcome<Self> {
        // SAFETY: no precondition.
        NonNull::new(unsafe { lc::BN_new() }).map(Self).ok_or_else(Failure::new)
    }

    /// The number with these big-endian bytes.
    pub(super) fn from_bytes(bytes: &[u8]) -> Outcome<Self> {
        // SAFETY: the pointer and length are of one slice; null asks for a new number.
        NonNull::new(unsafe { lc::BN_bin2bn(bytes.as_ptr(), bytes.len(), null_mut()) })
            .map(Self)
            .ok_or_else(Failure::new)
    }

    /// Big-endian bytes without leading zeros.
    pub(super) fn to_bytes(&self) -> Vec<u8> {
        to_bytes(self.0.as_ptr())
    }

    pub(super) fn bits(&self) -> u32 {
        // SAFETY: the number is valid.
        unsafe { lc::BN_num_bits(self.0.as_ptr()) }
    }

    pub(super) fn is_odd(&self) -> bool {
        // SAFETY: the number is valid.
        unsafe { lc::BN_is_odd(self.0.as_ptr()) == 1 }
    }

    /// This number less one. Fails for zero.
    pub(super) fn less_one(&self) -> Outcome<Self> {
        let out = Self::zero()?;
        // SAFETY: all three are valid; the result is not one of the operands.
        check(unsafe { lc::BN_usub(out.0.as_ptr(), self.0.as_ptr(), lc::BN_value_one()) })?;
        Ok(out)
    }

    pub(super) fn product(&self, other: &Self) -> Outcome<Self> {
        let (out, context) = (Self::zero()?, Context::new()?);
        let context = context.0.as_ptr();
        // SAFETY: all four are valid.
        check(unsafe { lc::BN_mul(out.0.as_ptr(), self.0.as_ptr(), other.0.as_ptr(), context) })?;
        Ok(out)
    }

    /// The inverse modulo `modulus`. Fails where there is none.
    pub(super) fn inverse(&self, modulus: &Self) -> Outcome<Self> {
        let (out, context) = (Self::zero()?, Context::new()?);
        // SAFETY: all four are valid.
        let done = unsafe {
            let (number, modulus) = (self.0.as_ptr(), modulus.0.as_ptr());
            lc::BN_mod_inverse(out.0.as_ptr(), number, modulus, context.0.as_ptr())
        };
        if done.is_null() { Err(Failure::new()) } else { Ok(out) }
    }

    /// Whether the number is prime, by 64 rounds of Miller-Rabin: it may have been chosen to
    /// deceive.
    pub(super) fn is_prime(&self) -> Outcome<bool> {
        let context = Context::new()?;
        let mut prime = 0;
        // SAFETY: number and context are valid, the result is a local, no callback is given.
        check(unsafe {
            let (number, context) = (self.0.as_ptr(), context.0.as_ptr());
            lc::BN_primality_test(&mut prime, number, PRIME_ROUNDS, context, 1, null_mut())
        })?;
        Ok(prime == 1)
    }
}

const PRIME_ROUNDS: i32 = 64;

impl Drop for Number {
    fn drop(&mut self) {
        // SAFETY: owned, and not used again.
        unsafe { lc::BN_clear_free(self.0.as_ptr()) }
    }
}

/// Big-endian bytes of a valid number.
fn to_bytes(number: *const lc::BIGNUM) -> Vec<u8> {
    // SAFETY: callers pass valid numbers; the buffer has exactly the bytes that are written.
    unsafe {
        let mut bytes = vec![0; lc::BN_num_bytes(number) as usize];
        lc::BN_bn2bin(number, bytes.as_mut_ptr());
        bytes
    }
}

/// Working memory of the library.
struct Context(NonNull<lc::BN_CTX>);

impl Context {
    fn new() -> Outcome<Self> {
        // SAFETY: no precondition.
        NonNull::new(unsafe { lc::BN_CTX_new() }).map(Self).ok_or_else(Failure::new)
    }
}

impl Drop for Context {
    fn drop(&mut self) {
        // SAFETY: owned, and not used again.
        unsafe { lc::BN_CTX_free(self.0.as_ptr()) }
    }
}

/// The numbers of a private key.
pub(super) struct Parts<'a> {
    pub(super) n: &'a Number,
    pub(super) e: &'a Number,
    pub(super) d: &'a Number,
    pub(super) p: &'a Number,
    pub(super) q: &'a Number,
    pub(super) dp: &'a Number,
    pub(super) dq: &'a Number,
    pub(super) q_inv: &'a Number,
}

/// A public or private key of the library.
pub(super) struct Key(NonNull<lc::RSA>);

// SAFETY: the library allows a key to move between threads.
unsafe impl Send for Key {}
// SAFETY: the library allows concurrent use of a key that no one changes; its caches are locked.
// Only a test changes one, and it owns it.
unsafe impl Sync for Key {}

impl Key {
    fn own(key: *mut lc::RSA) -> Outcome<Self> {
        NonNull::new(key).map(Self).ok_or_else(Failure::new)
    }

    /// A public key; the library checks modulus and exponent for sense.
    pub(super) fn public(n: &Number, e: &Number) -> Outcome<Self> {
        // SAFETY: both numbers are valid and copied.
        Self::own(unsafe { lc::RSA_new_public_key(n.0.as_ptr(), e.0.as_ptr()) })
    }

    /// A private key; the library checks that the numbers agree.
    pub(super) fn private(parts: &Parts<'_>) -> Outcome<Self> {
        let Parts { n, e, d, p, q, dp, dq, q_inv } = parts;
        // SAFETY: all numbers are valid and copied.
        Self::own(unsafe {
            lc::RSA_new_private_key(
                n.0.as_ptr(),
                e.0.as_ptr(),
                d.0.as_ptr(),
                p.0.as_ptr(),
                q.0.as_ptr(),
                dp.0.as_ptr(),
                dq.0.as_ptr(),
                q_inv.0.as_ptr(),
            )
        })
    }

    /// A new key pair with the exponent 65537.
    pub(super) fn generate(bits: i32) -> Outcome<Self> {
        let exponent = Number::from_bytes(&[1, 0, 1])?;
        // SAFETY: no precondition.
        let key = Self::own(unsafe { lc::RSA_new() })?;
        // SAFETY: key and exponent are valid; no callback is given.
        check(unsafe {
            lc::RSA_generate_key_ex(key.0.as_ptr(), bits, exponent.0.as_ptr(), null_mut())
        })?;
        Ok(key)
    }

    /// A private key in PKCS#1, nothing after it; the library checks that its numbers agree.
    pub(super) fn from_pkcs1(der: &[u8]) -> Outcome<Self> {
        // SAFETY: the pointer and length are of one slice.
        Self::own(unsafe { lc::RSA_private_key_from_bytes(der.as_ptr(), der.len()) })
    }

    /// A private RSA key in PKCS#8, nothing after it.
    pub(super) fn from_pkcs8(der: &[u8]) -> Outcome<Self> {
        let mut input = lc::CBS { data: der.as_ptr(), len: der.len() };
        // SAFETY: the input describes one slice, which lives longer.
        let envelope = NonNull::new(unsafe { lc::EVP_parse_private_key(&mut input) })
            .ok_or_else(Failure::new)?;
        // SAFETY: the envelope is valid and freed once; the key has a reference of its own.
        let key = unsafe {
            let plain = lc::EVP_PKEY_id(envelope.as_ptr()) == lc::EVP_PKEY_RSA;
            let key = if plain { lc::EVP_PKEY_get1_RSA(envelope.as_ptr()) } else { null_mut() };
            lc::EVP_PKEY_free(envelope.as_ptr());
            Self::own(key)?
        };
        if input.len == 0 { Ok(key) } else { Err(Failure::new()) }
    }

    /// The private key in PKCS#1.
    pub(super) fn to_pkcs1(&self) -> Outcome<Zeroizing<Vec<u8>>> {
        let (mut bytes, mut length) = (null_mut(), 0);
        // SAFETY: the key is valid; on success `bytes` is an allocation of `length` bytes that
        // is ours to free, which clears it.
        unsafe {
            check(lc::RSA_private_key_to_bytes(&mut bytes, &mut length, self.0.as_ptr()))?;
            let copy = Zeroizing::new(std::slice::from_raw_parts(bytes, length).to_vec());
            lc::OPENSSL_free(bytes.cast());
            Ok(copy)
        }
    }

    /// Modulus and public exponent, big endian. `None` for a key without one of them.
    pub(super) fn public_parts(&self) -> Option<(Vec<u8>, Vec<u8>)> {
        // SAFETY: the key is valid and lends its numbers.
        let (n, e) = unsafe { (lc::RSA_get0_n(self.0.as_ptr()), lc::RSA_get0_e(self.0.as_ptr())) };
        (!n.is_null() && !e.is_null()).then(|| (to_bytes(n), to_bytes(e)))
    }

    /// Both primes. `None` for a key without them.
    pub(super) fn primes(&self) -> Option<(Number, Number)> {
        // SAFETY: the key is valid and lends its numbers; null is checked by `duplicate`.
        let (p, q) = unsafe { (lc::RSA_get0_p(self.0.as_ptr()), lc::RSA_get0_q(self.0.as_ptr())) };
        Some((duplicate(p)?, duplicate(q)?))
    }

    /// p, q, dP, dQ and 1/q mod p, big endian. `None` for a key without one of them.
    pub(super) fn crt_parts(&self) -> Option<[Zeroizing<Vec<u8>>; 5]> {
        let key = self.0.as_ptr();
        // SAFETY: the key is valid and lends its numbers.
        let numbers = unsafe {
            [
                lc::RSA_get0_p(key),
                lc::RSA_get0_q(key),
                lc::RSA_get0_dmp1(key),
                lc::RSA_get0_dmq1(key),
                lc::RSA_get0_iqmp(key),
            ]
        };
        let whole = numbers.iter().all(|number| !number.is_null());
        whole.then(|| numbers.map(|number| Zeroizing::new(to_bytes(number))))
    }

    /// `input ^ d mod n`, blinded. Both slices have the length of the modulus. The library
    /// refuses 0, 1, n-1 and everything from n up, and checks its result against the exponent.
    pub(super) fn private_transform(&self, input: &[u8], output: &mut [u8]) -> Outcome<()> {
        let mut written = 0;
        let (from, to) = (input.as_ptr(), output.as_mut_ptr());
        // SAFETY: the key is valid and locks what it changes; pointers and lengths are of one
        // slice each.
        check(unsafe {
            let key = self.0.as_ptr();
            lc::RSA_decrypt(key, &mut written, to, output.len(), from, input.len(), NO_PADDING)
        })?;
        if written == output.len() { Ok(()) } else { Err(Failure) }
    }

    /// `input ^ e mod n`. Both slices have the length of the modulus.
    pub(super) fn public_transform(&self, input: &[u8], output: &mut [u8]) -> Outcome<()> {
        let mut written = 0;
        let (from, to) = (input.as_ptr(), output.as_mut_ptr());
        // SAFETY: as for `private_transform`.
        check(unsafe {
            let key = self.0.as_ptr();
            lc::RSA_encrypt(key, &mut written, to, output.len(), from, input.len(), NO_PADDING)
        })?;
        if written == output.len() { Ok(()) } else { Err(Failure) }
    }

    /// Breaks the key: adds two to its dP, as a flipped bit would.
    #[cfg(test)]
    pub(super) fn corrupt(&mut self) {
        // SAFETY: the key is valid and exclusively borrowed; the new number becomes its own.
        unsafe {
            let dp = lc::BN_dup(lc::RSA_get0_dmp1(self.0.as_ptr()));
            assert_eq!(lc::BN_add_word(dp, 2), 1);
            let rest = null_mut();
            assert_eq!(lc::RSA_set0_crt_params(self.0.as_ptr(), dp, rest, rest), 1);
        }
    }
}

const NO_PADDING: i32 = lc::RSA_NO_PADDING;

/// A copy of a number that is valid or null.
fn duplicate(number: *const lc::BIGNUM) -> Option<Number> {
    // SAFETY: the library accepts null here and returns null for it.
    NonNull::new(unsafe { lc::BN_dup(number) }).map(Number)
}

impl Drop for Key {
    fn drop(&mut self) {
        // SAFETY: owned, and not used again.
        unsafe { lc::RSA_free(self.0.as_ptr()) }
    }
}

//! Keys with what the engine wants of them, and the answers that it must give.

use num_bigint::BigUint;
use typex_kernels::rsa::RsaPrivate;

pub(crate) fn number(bytes: &[u8]) -> BigUint {
    BigUint::from_bytes_be(bytes)
}

fn hex(digits: &str) -> BigUint {
    BigUint::parse_bytes(digits.as_bytes(), 16).expect("hex")
}

/// A private key with the public exponent 65537.
pub(crate) struct Key {
    pub(crate) p: BigUint,
    pub(crate) q: BigUint,
    pub(crate) n: BigUint,
    pub(crate) dp: BigUint,
    pub(crate) dq: BigUint,
    kernel: Option<RsaPrivate>,
}

impl Key {
    /// Of two primes in hexadecimal; smaller than aws-lc takes.
    pub(crate) fn small(p: &str, q: &str) -> Self {
        Self::new(hex(p), hex(q), None)
    }

    /// A new one, whose answers are aws-lc's.
    pub(crate) fn generate(bits: u32) -> Self {
        let kernel = RsaPrivate::generate(bits).expect("a key");
        let der = kernel.to_der().expect("its encoding");
        let found = integers(&der);
        Self::new(found[4].clone(), found[5].clone(), Some(kernel))
    }

    fn new(p: BigUint, q: BigUint, kernel: Option<RsaPrivate>) -> Self {
        let e = BigUint::from(65_537u32);
        let exponent = |prime: &BigUint| e.modinv(&(prime - 1u32)).expect("e has an inverse");
        let (n, dp, dq) = (&p * &q, exponent(&p), exponent(&q));
        Self { p, q, n, dp, dq, kernel }
    }

    pub(crate) fn bits(&self) -> u64 {
        self.n.bits()
    }

    /// What a private operation gives.
    pub(crate) fn private(&self, message: &BigUint) -> BigUint {
        let Some(kernel) = &self.kernel else {
            let d = BigUint::from(65_537u32).modinv(&((&self.p - 1u32) * (&self.q - 1u32)));
            return message.modpow(&d.expect("e has an inverse"), &self.n);
        };
        let size = kernel.modulus_len();
        let digits = message.to_bytes_be();
        let (mut input, mut output) = (vec![0; size - digits.len()], vec![0; size]);
        input.extend(digits);
        kernel.private_raw(&input, &mut output).expect("a message below the modulus");
        number(&output)
    }
}

/// The integers of a PKCS#1 key: version, n, e, d, p, q, dP, dQ, qInv.
fn integers(der: &[u8]) -> Vec<BigUint> {
    let mut rest = element(der).0;
    let mut found = Vec::new();
    while !rest.is_empty() {
        let (value, after) = element(rest);
        found.push(number(value));
        rest = after;
    }
    found
}

/// The contents of the first element, and what follows it.
fn element(der: &[u8]) -> (&[u8], &[u8]) {
    let more = if der[1] < 0x80 { 0 } else { usize::from(der[1] & 0x7f) };
    let length = match more {
        0 => usize::from(der[1]),
        _ => der[2..2 + more].iter().fold(0, |length, byte| length << 8 | usize::from(*byte)),
    };
    der[2 + more..].split_at(length)
}

//! RSA in lanes against aws-lc, one operation at a time: sizes, keys, exponents and numbers of
//! operations in any mixture, and inputs at the edges.

#![allow(clippy::unwrap_used)]

use std::sync::LazyLock;

use num_bigint::BigUint;
use proptest::prelude::*;
use typex_kernels::rsa::lanes::{LANES, Path};
use typex_kernels::rsa::{CrtParts, Operation, RsaError, RsaPrivate, private_raw_many};

/// Keys of all sizes, some of which the lanes do not take, and of other public exponents.
static KEYS: LazyLock<Vec<RsaPrivate>> = LazyLock::new(|| {
    let sizes = [2048, 2048, 2048, 3072, 3072, 4096, 4096, 1024, 2176];
    let mut keys: Vec<_> =
        sizes.into_iter().map(|bits| RsaPrivate::generate(bits).unwrap()).collect();
    for exponent in [3_u64, 17, 0x1_ffff_ffff] {
        let key = with_exponent(&keys[0], exponent);
        keys.extend(key);
    }
    keys
});

/// The integers of a PKCS#1 key: version, n, e, d, p, q, dP, dQ, qInv.
fn integers(key: &RsaPrivate) -> Vec<BigUint> {
    let der = key.to_der().unwrap();
    let mut rest = contents(&der).1;
    let mut found = Vec::new();
    while !rest.is_empty() {
        let (after, value) = contents(rest);
        found.push(BigUint::from_bytes_be(value));
        rest = after;
    }
    found
}

/// What follows the first element, and the contents of that.
fn contents(der: &[u8]) -> (&[u8], &[u8]) {
    let more = if der[1] < 0x80 { 0 } else { usize::from(der[1] & 0x7f) };
    let header = 2 + more;
    let length = match more {
        0 => usize::from(der[1]),
        _ => der[2..header].iter().fold(0, |length, byte| length << 8 | usize::from(*byte)),
    };
    (&der[header + length..], &der[header..header + length])
}

/// A key of the same primes for another public exponent, if they have one.
fn with_exponent(key: &RsaPrivate, exponent: u64) -> Option<RsaPrivate> {
    let all = integers(key);
    let (p, q, e) = (&all[4], &all[5], BigUint::from(exponent));
    let bytes = |number: BigUint| number.to_bytes_be();
    let (dp, dq) = (bytes(e.modinv(&(p - 1_u8))?), bytes(e.modinv(&(q - 1_u8))?));
    let (p, q, q_inv) = (bytes(p.clone()), bytes(q.clone()), bytes(all[8].clone()));
    let parts = CrtParts { dp: &dp, dq: &dq, p: &p, q: &q, q_inv: &q_inv };
    Some(RsaPrivate::from_crt(&parts).unwrap())
}

/// Big-endian bytes, padded on the left.
fn padded(number: &BigUint, size: usize) -> Vec<u8> {
    let digits = number.to_bytes_be();
    [vec![0; size - digits.len()], digits].concat()
}

fn alone(key: &RsaPrivate, input: &[u8]) -> Vec<u8> {
    let mut output = vec![0xaa; key.modulus_len()];
    key.private_raw(input, &mut output).unwrap();
    output
}

/// Runs operations and compares each with the same alone.
fn compare(work: &[(&RsaPrivate, Vec<u8>)], run: impl Fn(&mut [Operation<'_>])) {
    let mut outputs: Vec<_> = work.iter().map(|(key, _)| vec![0xaa; key.modulus_len()]).collect();
    let mut operations: Vec<_> = work
        .iter()
        .zip(&mut outputs)
        .map(|((key, input), output)| Operation::new(key, input, output).unwrap())
        .collect();
    assert!(operations.iter().all(|one| one.outcome() == Err(RsaError::Fault)));
    run(&mut operations);
    assert!(operations.iter().all(|one| one.outcome() == Ok(())));
    drop(operations);
    for ((key, input), output) in work.iter().zip(outputs) {
        assert_eq!(alone(key, input), output, "{} bytes", key.modulus_len());
    }
}

/// An input below the modulus made of 32 bytes.
fn input(key: &RsaPrivate, seed: &[u8; 32]) -> Vec<u8> {
    let n = BigUint::from_bytes_be(key.public().modulus());
    let number = BigUint::from_bytes_be(&seed.repeat(key.modulus_len() / 32 + 1)) % &n;
    padded(&number, key.modulus_len())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn any_mixture_equals_one_by_one(
        work in prop::collection::vec((0_usize..20, prop::array::uniform32(any::<u8>())), 0..40),
    ) {
        let work: Vec<_> = work
            .iter()
            .map(|(at, seed)| (&KEYS[at % KEYS.len()], seed))
            .map(|(key, seed)| (key, input(key, seed)))
            .collect();
        compare(&work, private_raw_many);
    }
}

/// 10 000 operations, or as many as `RSA_OPERATIONS` says, with eight and with fewer lanes in use.
#[test]
fn many_operations_equal_aws_lc() {
    let count = std::env::var("RSA_OPERATIONS").ok().and_then(|text| text.parse().ok());
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut seed = || {
        let mut seed = [0; 32];
        for byte in &mut seed {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695);
            *byte = (state >> 56) as u8;
        }
        seed
    };
    let mut left = count.unwrap_or(10_000_usize);
    while left > 0 {
        // Mostly the small ones, which are quick.
        let key = &KEYS[[0, 1, 2, 0, 1, 2, 0, 1, 3, 5][left % 10]];
        let some = left.min(4 + left % 5);
        let work: Vec<_> = (0..some).map(|_| (key, input(key, &seed()))).collect();
        compare(&work, private_raw_many);
        left -= some;
    }
}

/// 0, 1, n - 1 and what is next to them, tiny numbers, and numbers of which many bytes are zero or
/// all ones, on every path.
#[test]
fn edges_of_the_input_range() {
    for key in [&KEYS[0], &KEYS[3], &KEYS[5]] {
        let size = key.modulus_len();
        let all = integers(key);
        let (n, p, q) = (&all[1], &all[4], &all[5]);
        let one = BigUint::from(1_u8);
        let mut numbers: Vec<_> = (0_u8..4).map(BigUint::from).collect();
        numbers.extend((1_u8..4).map(|less| n - less));
        numbers.extend([p.clone(), q.clone(), n - p, p * &(q - 1_u8), (&one << 64_u8) - 1_u8]);
        numbers.extend([&one << (4 * size), (&one << (8 * size - 1)) - 1_u8, &one << 52_u8]);
        for path in Path::available() {
            let work: Vec<_> = numbers.iter().map(|number| (key, padded(number, size))).collect();
            for work in work.chunks(LANES) {
                compare(work, |operations| path.private_raw_many(operations));
            }
        }
    }
}

#[test]
fn every_path_takes_every_size() {
    for path in Path::available() {
        for key in KEYS.iter() {
            let work: Vec<_> = (1..=7_u8).map(|at| (key, input(key, &[at * 31; 32]))).collect();
            compare(&work, |operations| path.private_raw_many(operations));
        }
    }
}

#[test]
fn operations_are_checked_when_they_are_made() {
    let key = &KEYS[0];
    let n = key.public().modulus();
    let refused = |input: &[u8], output: &mut [u8]| Operation::new(key, input, output).err();
    let long = Some(RsaError::InputLength { expected: 256, actual: 257 });
    assert_eq!(refused(&[1; 257], &mut [0; 256]), long);
    let short = Some(RsaError::OutputLength { expected: 256, actual: 255 });
    assert_eq!(refused(&[1; 256], &mut [0; 255]), short);
    assert_eq!(refused(n, &mut [0; 256]), Some(RsaError::InputRange));
}

//! RSA private operations in lanes: whether their time tells one key from another, or one message.

use std::hint::black_box;

use typex_constant_time::random::Random;
use typex_kernels::rsa::lanes::{LANES, lanes_min};
use typex_kernels::rsa::{Operation, RsaPrivate, private_raw_many};

use super::timing::{differs, measured, verdict};

const BITS: u32 = 2048;
const BYTES: usize = BITS as usize / 8;

/// Messages of a class.
const MESSAGES: usize = 32;

/// Exponents of the leak on purpose, with many and with few bits.
const EXPONENTS: [u64; 2] = [u64::MAX, 1 << 63];

/// Prints a line for each pair of classes; whether the leak on purpose was found.
pub(crate) fn report(samples: usize) -> bool {
    let control = measured(samples, MESSAGES, |class, record| {
        black_box(leaky_power(black_box(record as u64 + 2), black_box(EXPONENTS[class])));
    });
    println!("{control:>10.1}  t of a power that multiplies for bits that are set");
    let found = differs(control);
    if lanes_min(BYTES).is_none() {
        println!("SKIPPED: RSA in lanes: there are none on this machine");
        return found;
    }
    let keys: [_; 2] = std::array::from_fn(|_| RsaPrivate::generate(BITS).expect("a key"));
    let messages = [short(), long()];
    let of_keys = measured(samples, MESSAGES, |class, record| {
        raise(&keys[class], &messages[1][record]);
    });
    println!("{of_keys:>10.1}  RSA in lanes, two keys: {}", verdict(found, of_keys));
    let of_messages = measured(samples, MESSAGES, |class, record| {
        raise(&keys[0], &messages[class][record]);
    });
    let said = verdict(found, of_messages);
    println!("{of_messages:>10.1}  RSA in lanes, numbers of 8 and of 2040 bits: {said}");
    found
}

/// Numbers of one byte.
fn short() -> Vec<[u8; BYTES]> {
    let number = |at: u8| {
        let mut number = [0; BYTES];
        number[BYTES - 1] = at + 2;
        number
    };
    (0..MESSAGES as u8).map(number).collect()
}

/// Numbers that are a byte shorter than a modulus.
fn long() -> Vec<[u8; BYTES]> {
    let mut random = Random::new(3);
    let mut number = || {
        let mut number = std::array::from_fn(|_| random.below(256) as u8);
        (number[0], number[1]) = (0, 0xff);
        number
    };
    (0..MESSAGES).map(|_| number()).collect()
}

/// The same operation in all lanes.
fn raise(key: &RsaPrivate, message: &[u8]) {
    let mut outputs = [[0; BYTES]; LANES];
    let operation = |output| Operation::new(key, message, output).expect("it is below the modulus");
    let mut operations: Vec<_> = outputs.iter_mut().map(|output| operation(output)).collect();
    private_raw_many(&mut operations);
    assert!(operations.iter().all(|operation| operation.outcome().is_ok()));
    drop(operations);
    black_box(&outputs);
}

/// `base ^ exponent` modulo a prime, as it must not be done.
fn leaky_power(base: u64, exponent: u64) -> u64 {
    const PRIME: u128 = (1 << 61) - 1;
    let (mut power, base) = (1, u128::from(base));
    for bit in (0..u64::BITS).rev() {
        power = power * power % PRIME;
        if exponent >> bit & 1 == 1 {
            power = power * base % PRIME;
        }
    }
    power as u64
}

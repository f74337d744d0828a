//! Names of requests, by which client and gateway speak of the same one.
// spec: aws-payment 1.4, vault 1.3

use std::cell::Cell;
use std::hash::{BuildHasher, RandomState};

thread_local! {
    static NAMES: Names =
        Names { keys: [RandomState::new(), RandomState::new()], next: Cell::new(0) };
}

/// Keyed hashes of a number that counts up: two threads, or two gateways, have different keys.
struct Names {
    keys: [RandomState; 2],
    next: Cell<u64>,
}

/// A name that was never drawn before, in the form of a random UUID.
pub(crate) fn draw() -> String {
    let [high, low] = NAMES.with(|names| {
        let number = names.next.replace(names.next.get().wrapping_add(1));
        names.keys.each_ref().map(|key| key.hash_one(number))
    });
    format!(
        "{:08x}-{:04x}-4{:03x}-{:04x}-{:012x}",
        high >> 32,
        (high >> 16) & 0xffff,
        high & 0xfff,
        (low >> 48) & 0x3fff | 0x8000,
        low & 0xffff_ffff_ffff,
    )
}

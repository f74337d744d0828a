//! Our lanes against multi-buffer code in C and against OpenSSL, in processes that take turns.

use std::hint::black_box;

use typex_kernels::{CbcJob, RoundKeys, tdes};

use super::figure::Round;
use super::peer::Peer;
use super::procedure::{Failure, Plan, alternate};
use crate::CpuClock;

/// Messages of a batch, each under a key of its own.
pub(super) const COUNT: usize = 64;
/// Calls between two looks at the clock.
const CALLS: usize = 8;

/// AES-256-CBC encryption against the program that `argument` names, with the bytes of a message:
/// `ipsec-mb 256`.
pub(super) fn aes_cbc(plan: &Plan, argument: &str) -> Result<Vec<Round>, Failure> {
    let keys = keys::<32>().iter().map(|key| RoundKeys::new(key)).collect::<Result<Vec<_>, _>>()?;
    against(plan, "aes-256-cbc", argument, &mut |messages| {
        let mut both = keys.iter().zip(messages);
        let mut jobs: [CbcJob<'_>; COUNT] = std::array::from_fn(|_| {
            let (key, message) = both.next().expect("a message for each key");
            CbcJob::new(key, [0; 16], message).expect("whole blocks")
        });
        typex_kernels::cbc_encrypt_lanes(&mut jobs);
    })
}

/// The same of triple DES under keys of 24 bytes.
pub(super) fn tdes_cbc(plan: &Plan, argument: &str) -> Result<Vec<Round>, Failure> {
    let keys =
        keys::<24>().iter().map(|key| tdes::TdesKey::new(key)).collect::<Result<Vec<_>, _>>()?;
    against(plan, "des-ede3-cbc", argument, &mut |messages| {
        let both = keys.iter().zip(messages);
        let jobs = both.map(|(key, data)| tdes::CbcJob::new(key, [0; 8], data));
        let mut jobs: Vec<_> = jobs.map(|job| job.expect("whole blocks")).collect();
        tdes::cbc_encrypt_lanes(&mut jobs);
    })
}

/// Rounds of nanoseconds a message; the first results of both sides are compared.
fn against(
    plan: &Plan,
    operation: &str,
    argument: &str,
    batch: &mut dyn FnMut(&mut [Vec<u8>]),
) -> Result<Vec<Round>, Failure> {
    let (program, bytes) = argument.split_once(' ').ok_or("not a program and a length")?;
    let bytes: usize = bytes.parse()?;
    let mut peer = Peer::start(program, operation, bytes, COUNT, plan.window)?;
    let mut messages = messages(bytes);
    batch(&mut messages);
    if checksum(&messages) != peer.checksum {
        return Err(format!("{program} and the lanes give different results").into());
    }
    let ours = || Ok(window(plan, COUNT, &mut || batch(&mut messages)));
    alternate(plan, ours, || peer.window())
}

/// Nanoseconds of processor time a message, of which each call does `count`.
pub(super) fn window(plan: &Plan, count: usize, batch: &mut dyn FnMut()) -> f64 {
    // The other side has had the caches.
    batch();
    let (start, mut calls) = (CpuClock::Thread.now(), 0);
    loop {
        (0..CALLS).for_each(|_| black_box(&mut *batch)());
        calls += CALLS;
        let spent = CpuClock::Thread.now().saturating_sub(start);
        if spent >= plan.window {
            return spent.as_nanos() as f64 / (calls * count) as f64;
        }
    }
}

/// Keys and messages as the programs make them.
pub(super) fn keys<const BYTES: usize>() -> Vec<[u8; BYTES]> {
    (0..COUNT).map(|at| std::array::from_fn(|byte| (at * 37) as u8 ^ byte as u8)).collect()
}

pub(super) fn messages(bytes: usize) -> Vec<Vec<u8>> {
    (0..COUNT).map(|at| (0..bytes).map(|byte| (at * 31 + byte * 7) as u8).collect()).collect()
}

/// FNV-1a with 64 bits over all messages in their order.
fn checksum(messages: &[Vec<u8>]) -> u64 {
    let step = |sum: u64, byte: &u8| (sum ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
    messages.iter().flatten().fold(0xcbf2_9ce4_8422_2325, step)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_checksum_is_the_published_one() {
        assert_eq!(checksum(&[]), 0xcbf2_9ce4_8422_2325);
        assert_eq!(checksum(&[b"foo".to_vec(), b"bar".to_vec()]), 0x8594_4171_f739_67e8);
    }

    #[test]
    fn an_argument_without_a_length_is_refused() {
        for argument in ["", "openssl", "openssl many"] {
            assert!(aes_cbc(&Plan::new(true), argument).is_err(), "{argument}");
        }
    }
}

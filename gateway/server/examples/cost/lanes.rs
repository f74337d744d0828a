//! Mixed-key CBC lanes against one message at a time through aws-lc. `typex-kernels`' example
//! `lanes` has more lengths and every instruction set.

use std::hint::black_box;
use std::time::Duration;

use aws_lc_rs::cipher::{AES_256, EncryptingKey, EncryptionContext, UnboundCipherKey};
use aws_lc_rs::error::Unspecified;
use aws_lc_rs::iv::FixedLength;
use typex_kernels::{CbcJob, Path, RoundKeys};

use crate::Failure;
use crate::figure::{Figure, Target};
use crate::handoff::cpu;

/// Messages, each with a key of its own.
const KEYS: usize = 64;
const MESSAGE_BYTES: usize = 256;
/// A window is a few milliseconds, so there can be many.
const ROUNDS: usize = 101;
const CALLS: usize = 200;

pub(crate) fn measure() -> Result<Vec<Figure>, Failure> {
    let bytes: Vec<[u8; 32]> = (0..KEYS as u8).map(|at| [at ^ 0x5a; 32]).collect();
    let peers = bytes.iter().map(peer).collect::<Result<Vec<_>, _>>()?;
    let keys = bytes.iter().map(|key| RoundKeys::new(key)).collect::<Result<Vec<_>, _>>()?;
    let path = Path::detect();
    let mut messages: Vec<Vec<u8>> = (0..KEYS as u8).map(|at| vec![at; MESSAGE_BYTES]).collect();
    let mut expected = messages.clone();
    singly(&peers, &mut expected)?;
    lanes(path, &keys, &mut messages);
    if messages != expected {
        return Err("the lanes and aws-lc differ".into());
    }
    let (mut gateway, mut against) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        against.push(window(|| singly(&peers, &mut messages).is_ok()));
        gateway.push(window(|| lanes(path, &keys, &mut messages)));
    }
    Ok(vec![Figure {
        name: "4 CBC of mixed keys, aws-lc / lanes",
        unit: "ns",
        gateway,
        against,
        target: Target::GainAtLeast(2.0),
        conditions: format!(
            "AES-256, {KEYS} keys, {MESSAGE_BYTES} bytes a message, in place, keys expanded \
             beforehand, {path}, {ROUNDS} windows"
        ),
    }])
}

/// Thread CPU nanoseconds per message.
fn window<T>(mut call: impl FnMut() -> T) -> f64 {
    let start = cpu();
    for _ in 0..CALLS {
        black_box(call());
    }
    let spent: Duration = cpu() - start;
    spent.as_nanos() as f64 / (CALLS * KEYS) as f64
}

fn peer(key: &[u8; 32]) -> Result<EncryptingKey, Unspecified> {
    EncryptingKey::cbc(UnboundCipherKey::new(&AES_256, key)?)
}

fn singly(keys: &[EncryptingKey], messages: &mut [Vec<u8>]) -> Result<(), Unspecified> {
    for (key, message) in keys.iter().zip(messages) {
        let iv = EncryptionContext::Iv128(FixedLength::from([0; 16]));
        key.less_safe_encrypt(black_box(message), iv)?;
    }
    Ok(())
}

fn lanes(path: Path, keys: &[RoundKeys], messages: &mut [Vec<u8>]) {
    let mut messages = messages.iter_mut();
    let mut jobs: [CbcJob<'_>; KEYS] = std::array::from_fn(|at| {
        let message = messages.next().expect("a message for each key");
        CbcJob::new(&keys[at], [0; 16], message).expect("whole blocks")
    });
    path.cbc_encrypt_lanes(black_box(&mut jobs));
}

//! AES modes in lanes, message by message, and message by message through aws-lc.

use aws_lc_rs::cipher::{
    AES_256, DecryptingKey, DecryptionContext, EncryptingKey, EncryptionContext, UnboundCipherKey,
};
use aws_lc_rs::error::Unspecified;
use aws_lc_rs::iv::FixedLength;
use typex_kernels::{CbcJob, CtrJob, EcbJob, Path, RoundKeys};

use crate::Failure;
use crate::batch::{COUNT, keys, messages, row, side, throughput};
use crate::cpu::Bench;

/// Expanded keys of a batch.
pub(crate) fn round_keys() -> Result<Vec<RoundKeys>, Failure> {
    Ok(keys::<32>().iter().map(|key| RoundKeys::new(key)).collect::<Result<_, _>>()?)
}

/// The same keys as aws-lc has them.
pub(crate) fn peers<K>(
    of: fn(UnboundCipherKey) -> Result<K, Unspecified>,
) -> Result<Vec<K>, Unspecified> {
    keys::<32>().iter().map(|key| of(UnboundCipherKey::new(&AES_256, key)?)).collect()
}

fn zero_iv() -> FixedLength<16> {
    FixedLength::from([0; 16])
}

/// CBC or counter mode message by message through aws-lc.
pub(crate) fn encrypt_peer(keys: &[EncryptingKey], messages: &mut [Vec<u8>]) {
    for (key, message) in keys.iter().zip(messages) {
        let context = EncryptionContext::Iv128(zero_iv());
        key.less_safe_encrypt(message, context).expect("whole blocks");
    }
}

/// A job for each message; an array, since a batch of the engine does not allocate either.
fn jobs<'a, J>(
    keys: &'a [RoundKeys],
    messages: &'a mut [Vec<u8>],
    job: impl Fn(&'a RoundKeys, &'a mut [u8]) -> J,
) -> [J; COUNT] {
    let mut both = keys.iter().zip(messages);
    std::array::from_fn(|_| {
        let (key, message) = both.next().expect("a message for each key");
        job(key, message)
    })
}

fn cbc_job<'a>(key: &'a RoundKeys, message: &'a mut [u8]) -> CbcJob<'a> {
    CbcJob::new(key, [0; 16], message).expect("whole blocks")
}

fn encrypt_lanes(path: Path, keys: &[RoundKeys], messages: &mut [Vec<u8>]) {
    path.cbc_encrypt_lanes(&mut jobs(keys, messages, cbc_job));
}

fn encrypt_alone(keys: &[RoundKeys], messages: &mut [Vec<u8>]) {
    for (key, message) in keys.iter().zip(messages) {
        typex_kernels::cbc_encrypt(key, &[0; 16], message).expect("whole blocks");
    }
}

/// A batch in lanes of the fastest path, one by one, and with 256 bytes on the other paths.
pub(crate) fn cbc_encrypt(bench: &mut Bench) -> Result<(), Failure> {
    let (keys, peers) = (round_keys()?, peers(EncryptingKey::cbc)?);
    let mut group = bench.benchmark_group("cbc_encrypt");
    for bytes in [32, 64, 256, 1024, 4096] {
        group.throughput(throughput(bytes));
        let mut sides = vec![
            side("lanes", |data: &mut Vec<_>| encrypt_lanes(Path::detect(), &keys, data)),
            side("aws_lc", |data: &mut Vec<_>| encrypt_peer(&peers, data)),
            side("alone", |data: &mut Vec<_>| encrypt_alone(&keys, data)),
        ];
        for path in Path::available()[1..].iter().filter(|_| bytes == 256) {
            let run = |data: &mut Vec<_>| encrypt_lanes(*path, &keys, data);
            sides.push(side(path.name(), run));
        }
        row(&mut group, bytes, &messages(bytes), sides)?;
    }
    group.finish();
    Ok(())
}

/// Wide within a message.
pub(crate) fn cbc_decrypt(bench: &mut Bench) -> Result<(), Failure> {
    let (keys, peers) = (round_keys()?, peers(DecryptingKey::cbc)?);
    let peer = |messages: &mut Vec<Vec<u8>>| {
        for (key, message) in peers.iter().zip(messages) {
            key.decrypt(message, DecryptionContext::Iv128(zero_iv())).expect("whole blocks");
        }
    };
    let lanes = |data: &mut Vec<Vec<u8>>| {
        typex_kernels::cbc_decrypt_lanes(&mut jobs(&keys, data, cbc_job));
    };
    let mut group = bench.benchmark_group("cbc_decrypt");
    for bytes in [64, 256, 4096] {
        group.throughput(throughput(bytes));
        row(&mut group, bytes, &messages(bytes), vec![side("lanes", lanes), side("aws_lc", peer)])?;
    }
    group.finish();
    Ok(())
}

/// Likewise.
pub(crate) fn ctr(bench: &mut Bench) -> Result<(), Failure> {
    let (keys, peers) = (round_keys()?, peers(EncryptingKey::ctr)?);
    let lanes = |data: &mut Vec<Vec<u8>>| {
        typex_kernels::ctr_lanes(&mut jobs(&keys, data, |key, data| {
            CtrJob::new(key, [0; 16], data)
        }));
    };
    let peer = |data: &mut Vec<Vec<u8>>| encrypt_peer(&peers, data);
    let mut group = bench.benchmark_group("ctr");
    for bytes in [64, 256, 4096] {
        group.throughput(throughput(bytes));
        row(&mut group, bytes, &messages(bytes), vec![side("lanes", lanes), side("aws_lc", peer)])?;
    }
    group.finish();
    Ok(())
}

/// Blocks on their own: the cipher and nothing else.
pub(crate) fn ecb(bench: &mut Bench) -> Result<(), Failure> {
    let (keys, peers) = (round_keys()?, peers(EncryptingKey::ecb)?);
    let lanes = |data: &mut Vec<Vec<u8>>| {
        typex_kernels::ecb_encrypt_lanes(&mut jobs(&keys, data, |key, data| {
            EcbJob::new(key, data).expect("whole blocks")
        }));
    };
    let peer = |messages: &mut Vec<Vec<u8>>| {
        for (key, message) in peers.iter().zip(messages) {
            key.less_safe_encrypt(message, EncryptionContext::None).expect("whole blocks");
        }
    };
    let mut group = bench.benchmark_group("ecb_encrypt");
    group.throughput(throughput(4096));
    row(&mut group, 4096, &messages(4096), vec![side("lanes", lanes), side("aws_lc", peer)])?;
    group.finish();
    Ok(())
}

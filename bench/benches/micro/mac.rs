//! CBC-MAC and CMAC in lanes, message by message, and message by message through aws-lc.

use aws_lc_rs::cipher::EncryptingKey;
use aws_lc_rs::cmac;
use typex_kernels::{Block, CmacJob, MacJob, RoundKeys};

use crate::Failure;
use crate::aes::{encrypt_peer, peers, round_keys};
use crate::batch::{COUNT, keys, messages, row, side, throughput};
use crate::cpu::Bench;

/// Messages and what was made of them.
type Tagged = (Vec<Vec<u8>>, Vec<Block>);

fn tagged(bytes: usize) -> Tagged {
    (messages(bytes), vec![[0; 16]; COUNT])
}

fn mac_lanes(keys: &[RoundKeys], (messages, tags): &mut Tagged) {
    let mut jobs: [MacJob<'_>; COUNT] =
        std::array::from_fn(|at| MacJob::new(&keys[at], &messages[at]).expect("whole blocks"));
    typex_kernels::cbc_mac_lanes(&mut jobs);
    jobs.iter().zip(tags).for_each(|(job, tag)| *tag = job.tag());
}

fn cmac_lanes(keys: &[RoundKeys], (messages, tags): &mut Tagged) {
    let mut jobs: [CmacJob<'_>; COUNT] =
        std::array::from_fn(|at| CmacJob::new(&keys[at], &messages[at]));
    typex_kernels::cmac_lanes(&mut jobs);
    jobs.iter().zip(tags).for_each(|(job, tag)| *tag = job.tag());
}

/// aws-lc has no CBC-MAC: the other side encrypts a copy, whose last block is the tag.
pub(crate) fn cbc_mac(bench: &mut Bench) -> Result<(), Failure> {
    let (keys, peers) = (round_keys()?, peers(EncryptingKey::cbc)?);
    let mut copies = messages(4096);
    let mut peer = |(messages, tags): &mut Tagged| {
        for (copy, message) in copies.iter_mut().zip(&*messages) {
            copy.clear();
            copy.extend_from_slice(message);
        }
        encrypt_peer(&peers, &mut copies);
        for (copy, tag) in copies.iter().zip(tags) {
            *tag = *copy.last_chunk().expect("a block at least");
        }
    };
    let alone = |(messages, tags): &mut Tagged| {
        for ((key, message), tag) in keys.iter().zip(messages).zip(tags) {
            *tag = typex_kernels::cbc_mac(key, message).expect("whole blocks");
        }
    };
    let mut group = bench.benchmark_group("cbc_mac");
    for bytes in [32, 64, 256, 4096] {
        group.throughput(throughput(bytes));
        let lanes = side("lanes", |data: &mut Tagged| mac_lanes(&keys, data));
        let sides = vec![lanes, side("aws_lc", &mut peer), side("alone", alone)];
        row(&mut group, bytes, &tagged(bytes), sides)?;
    }
    group.finish();
    Ok(())
}

/// aws-lc's keys are kept as contexts, which it copies for every message.
pub(crate) fn cmac(bench: &mut Bench) -> Result<(), Failure> {
    let (own, bytes) = (round_keys()?, keys::<32>());
    let peers = bytes.iter().map(|key| cmac::Key::new(cmac::AES_256, key));
    let peers = peers.collect::<Result<Vec<_>, _>>()?;
    let peer = |(messages, tags): &mut Tagged| {
        for ((key, message), tag) in peers.iter().zip(messages).zip(tags) {
            let made = cmac::sign(key, message).expect("any message has a tag");
            tag.copy_from_slice(made.as_ref());
        }
    };
    let alone = |(messages, tags): &mut Tagged| {
        for ((key, message), tag) in own.iter().zip(messages).zip(tags) {
            *tag = typex_kernels::cmac(key, message);
        }
    };
    let mut group = bench.benchmark_group("cmac");
    for bytes in [64, 256, 4096] {
        group.throughput(throughput(bytes));
        let lanes = side("lanes", |data: &mut Tagged| cmac_lanes(&own, data));
        let sides = vec![lanes, side("aws_lc", peer), side("alone", alone)];
        row(&mut group, bytes, &tagged(bytes), sides)?;
    }
    group.finish();
    Ok(())
}

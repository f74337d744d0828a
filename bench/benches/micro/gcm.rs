//! AES-256-GCM through the kernels, aws-lc and ring.

use aws_lc_rs::aead as lc;
use criterion::Throughput;
use ring::aead as ring;
use typex_kernels::Block;
use typex_kernels::gcm::{self, GcmJob, GcmKey};

use crate::Failure;
use crate::batch::{COUNT, keys, messages, row, side, throughput};
use crate::cpu::Bench;

const NONCE: [u8; 12] = *b"twelve bytes";
const AAD: &[u8] = b"";

/// Messages in clear, then sealed, and their tags.
type Sealed = (Vec<Vec<u8>>, Vec<Block>);

fn own_keys() -> Result<Vec<GcmKey>, Failure> {
    Ok(keys::<32>().iter().map(|key| GcmKey::new(key)).collect::<Result<_, _>>()?)
}

fn lc_keys() -> Result<Vec<lc::LessSafeKey>, Failure> {
    let key = |key: &[u8; 32]| lc::UnboundKey::new(&lc::AES_256_GCM, key).map(lc::LessSafeKey::new);
    Ok(keys().iter().map(key).collect::<Result<_, _>>()?)
}

fn ring_keys() -> Result<Vec<ring::LessSafeKey>, Failure> {
    let key =
        |key: &[u8; 32]| ring::UnboundKey::new(&ring::AES_256_GCM, key).map(ring::LessSafeKey::new);
    Ok(keys().iter().map(key).collect::<Result<_, _>>().map_err(|_| "ring refuses a key")?)
}

fn seal_lc(key: &lc::LessSafeKey, data: &mut [u8], tag: &mut Block) {
    let nonce = lc::Nonce::assume_unique_for_key(NONCE);
    let made = key.seal_in_place_separate_tag(nonce, lc::Aad::from(AAD), data);
    tag.copy_from_slice(made.expect("a message of this length").as_ref());
}

fn seal_ring(key: &ring::LessSafeKey, data: &mut [u8], tag: &mut Block) {
    let nonce = ring::Nonce::assume_unique_for_key(NONCE);
    let made = key.seal_in_place_separate_tag(nonce, ring::Aad::from(AAD), data);
    tag.copy_from_slice(made.expect("a message of this length").as_ref());
}

/// One message at a time under one key.
pub(crate) fn seal(bench: &mut Bench) -> Result<(), Failure> {
    let (own, lc, ring) = (own_keys()?, lc_keys()?, ring_keys()?);
    let mut group = bench.benchmark_group("gcm_seal");
    for bytes in [16, 64, 256, 1024, 4096, 16_384] {
        group.throughput(Throughput::Bytes(bytes as u64));
        let sides = vec![
            side("kernel", |(data, tag): &mut (Vec<u8>, Block)| {
                *tag = gcm::seal(&own[1], &NONCE, AAD, data).expect("a message of this length");
            }),
            side("aws_lc", |(data, tag): &mut (Vec<u8>, Block)| seal_lc(&lc[1], data, tag)),
            side("ring", |(data, tag): &mut (Vec<u8>, Block)| seal_ring(&ring[1], data, tag)),
        ];
        row(&mut group, bytes, &(messages(bytes).swap_remove(0), [0; 16]), sides)?;
    }
    group.finish();
    Ok(())
}

/// A batch of messages, each under a key of its own.
pub(crate) fn seal_batch(bench: &mut Bench) -> Result<(), Failure> {
    let (own, lc, ring) = (own_keys()?, lc_keys()?, ring_keys()?);
    let lanes = |(messages, tags): &mut Sealed| {
        let mut messages = messages.iter_mut();
        let mut jobs: [GcmJob<'_>; COUNT] = std::array::from_fn(|at| {
            let message = messages.next().expect("a message for each key");
            GcmJob::new(&own[at], NONCE, AAD, message).expect("a message of this length")
        });
        gcm::seal_lanes(&mut jobs);
        jobs.iter().zip(tags).for_each(|(job, tag)| *tag = job.tag());
    };
    let with_lc = |(messages, tags): &mut Sealed| {
        let all = lc.iter().zip(messages).zip(tags);
        all.for_each(|((key, data), tag)| seal_lc(key, data, tag));
    };
    let with_ring = |(messages, tags): &mut Sealed| {
        let all = ring.iter().zip(messages).zip(tags);
        all.for_each(|((key, data), tag)| seal_ring(key, data, tag));
    };
    let mut group = bench.benchmark_group("gcm_seal_batch");
    for bytes in [16, 64, 256, 1024] {
        group.throughput(throughput(bytes));
        let sides = vec![side("lanes", lanes), side("aws_lc", with_lc), side("ring", with_ring)];
        row(&mut group, bytes, &(messages(bytes), vec![[0; 16]; COUNT]), sides)?;
    }
    group.finish();
    Ok(())
}

/// One message at a time; each is opened, and sealed again, by the same side.
pub(crate) fn seal_open(bench: &mut Bench) -> Result<(), Failure> {
    let (own, lc) = (own_keys()?, lc_keys()?);
    let mut group = bench.benchmark_group("gcm_seal_open");
    for bytes in [64, 256, 4096] {
        group.throughput(Throughput::Bytes(2 * bytes as u64));
        let sides = vec![
            side("kernel", |data: &mut Vec<u8>| {
                let tag = gcm::seal(&own[1], &NONCE, AAD, data).expect("a message of this length");
                gcm::open(&own[1], &NONCE, AAD, data, &tag).expect("its own tag");
            }),
            side("aws_lc", |data: &mut Vec<u8>| {
                let mut tag = [0; 16];
                seal_lc(&lc[1], data, &mut tag);
                let nonce = lc::Nonce::assume_unique_for_key(NONCE);
                let opened =
                    lc[1].open_in_place_separate_tag(nonce, lc::Aad::from(AAD), &tag, data);
                opened.expect("its own tag");
            }),
        ];
        row(&mut group, bytes, &messages(bytes).swap_remove(0), sides)?;
    }
    group.finish();
    Ok(())
}

//! Private operations, against signatures by aws-lc-rs: the same operation and a hash.

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{KeyPair, RSA_PKCS1_SHA256, RsaKeyPair};
use aws_lc_rs::{digest, signature};
use criterion::{BenchmarkId, SamplingMode, Throughput};
use typex_kernels::rsa::RsaPrivate;

use crate::Failure;
use crate::cpu::Bench;

const MESSAGE: &[u8] = b"signed";
/// What stands in front of a SHA-256 hash in a signature (RFC 8017, 9.2).
const SHA256_PREFIX: [u8; 19] =
    [0x30, 0x31, 0x30, 0x0d, 6, 9, 0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 1, 5, 0, 4, 0x20];

pub(crate) fn private(bench: &mut Bench) -> Result<(), Failure> {
    let mut group = bench.benchmark_group("rsa_private");
    group.sampling_mode(SamplingMode::Flat);
    group.throughput(Throughput::Elements(1));
    for bits in [2048, 3072, 4096] {
        let key = RsaPrivate::generate(bits)?;
        let peer = RsaKeyPair::from_der(&key.to_der()?)?;
        let (padded, mut output) = (padded(key.modulus_len()), vec![0; key.modulus_len()]);
        key.private_raw(&padded, &mut output)?;
        let (random, mut signed) = (SystemRandom::new(), vec![0; key.modulus_len()]);
        peer.sign(&RSA_PKCS1_SHA256, &random, MESSAGE, &mut signed)?;
        if output != signed {
            return Err(format!("RSA-{bits}: the sides differ").into());
        }
        let public = peer.public_key().as_ref();
        signature::UnparsedPublicKey::new(&signature::RSA_PKCS1_2048_8192_SHA256, public)
            .verify(MESSAGE, &output)?;
        group.bench_function(BenchmarkId::new("kernel", bits), |bencher| {
            bencher.iter(|| key.private_raw(&padded, &mut output));
        });
        group.bench_function(BenchmarkId::new("aws_lc", bits), |bencher| {
            bencher.iter(|| peer.sign(&RSA_PKCS1_SHA256, &random, MESSAGE, &mut signed));
        });
    }
    group.finish();
    Ok(())
}

/// The block that a signature of the message is made of.
fn padded(bytes: usize) -> Vec<u8> {
    let hash = digest::digest(&digest::SHA256, MESSAGE);
    let mut block = vec![0xff; bytes - SHA256_PREFIX.len() - hash.as_ref().len() - 1];
    block[..2].copy_from_slice(&[0, 1]);
    block.push(0);
    block.extend_from_slice(&SHA256_PREFIX);
    block.extend_from_slice(hash.as_ref());
    block
}

//! Private operations, alone and eight in lanes, against signatures by aws-lc-rs: the same
//! operation and a hash.

use std::cell::OnceCell;

use aws_lc_rs::digest;
use aws_lc_rs::error::Unspecified;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{RSA_PKCS1_SHA256, RsaKeyPair};
use criterion::{BenchmarkId, SamplingMode, Throughput};
use typex_kernels::rsa::lanes::LANES;
use typex_kernels::rsa::{Operation, RsaError, RsaPrivate, private_raw_many};

use crate::Failure;
use crate::cpu::Bench;

const MESSAGE: &[u8] = b"signed";
/// What stands in front of a SHA-256 hash in a signature (RFC 8017, 9.2).
const SHA256_PREFIX: [u8; 19] =
    [0x30, 0x31, 0x30, 0x0d, 6, 9, 0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 1, 5, 0, 4, 0x20];

/// A key on both sides, and the block that both work on. Made only when it is measured: finding the
/// primes takes seconds.
struct Sides {
    own: RsaPrivate,
    peer: RsaKeyPair,
    random: SystemRandom,
    padded: Vec<u8>,
}

impl Sides {
    fn new(bits: u32) -> Result<Self, Failure> {
        let own = RsaPrivate::generate(bits)?;
        let peer = RsaKeyPair::from_der(&own.to_der()?)?;
        let padded = padded(own.modulus_len());
        let sides = Self { own, peer, random: SystemRandom::new(), padded };
        let same = sides.raw()? == sides.signed()?;
        if same { Ok(sides) } else { Err(format!("RSA-{bits}: the sides differ").into()) }
    }

    fn raw(&self) -> Result<Vec<u8>, RsaError> {
        let mut output = vec![0; self.own.modulus_len()];
        self.own.private_raw(&self.padded, &mut output).map(|()| output)
    }

    fn signed(&self) -> Result<Vec<u8>, Unspecified> {
        let mut output = vec![0; self.own.modulus_len()];
        self.peer.sign(&RSA_PKCS1_SHA256, &self.random, MESSAGE, &mut output).map(|()| output)
    }
}

pub(crate) fn private(bench: &mut Bench) -> Result<(), Failure> {
    let mut group = bench.benchmark_group("rsa_private");
    group.sampling_mode(SamplingMode::Flat);
    group.throughput(Throughput::Elements(1));
    for bits in [2048, 3072, 4096] {
        let made = OnceCell::new();
        let sides = || made.get_or_init(|| Sides::new(bits).expect("both sides sign alike"));
        group.bench_function(BenchmarkId::new("kernel", bits), |bencher| {
            let sides = sides();
            bencher.iter(|| sides.raw());
        });
        group.bench_function(BenchmarkId::new("aws_lc", bits), |bencher| {
            let sides = sides();
            bencher.iter(|| sides.signed());
        });
    }
    group.finish();
    Ok(())
}

/// Eight operations, each under a key of its own: together, one after the other by aws-lc-rs, and
/// one after the other by the kernel.
pub(crate) fn lanes(bench: &mut Bench) -> Result<(), Failure> {
    let mut group = bench.benchmark_group("rsa_lanes");
    group.sampling_mode(SamplingMode::Flat);
    group.throughput(Throughput::Elements(LANES as u64));
    for bits in [2048, 3072, 4096] {
        let made = OnceCell::new();
        let keys = || made.get_or_init(|| keys(bits).expect("all sides sign alike"));
        group.bench_function(BenchmarkId::new("lanes", bits), |bencher| {
            bencher.iter(|| together(keys()));
        });
        group.bench_function(BenchmarkId::new("aws_lc", bits), |bencher| {
            bencher.iter(|| one_by_one(keys()));
        });
        group.bench_function(BenchmarkId::new("alone", bits), |bencher| {
            bencher.iter(|| keys().iter().map(Sides::raw).collect::<Result<Vec<_>, _>>());
        });
    }
    group.finish();
    Ok(())
}

/// Keys under which both sides sign alike.
fn keys(bits: u32) -> Result<Vec<Sides>, Failure> {
    let keys = (0..LANES).map(|_| Sides::new(bits)).collect::<Result<Vec<_>, _>>()?;
    let same = together(&keys)? == one_by_one(&keys)?;
    if same { Ok(keys) } else { Err(format!("RSA-{bits}: the lanes differ").into()) }
}

fn together(keys: &[Sides]) -> Result<Vec<Vec<u8>>, RsaError> {
    let mut outputs: Vec<_> = keys.iter().map(|sides| vec![0; sides.padded.len()]).collect();
    let both = keys.iter().zip(&mut outputs);
    let mut operations = both
        .map(|(sides, output)| Operation::new(&sides.own, &sides.padded, output))
        .collect::<Result<Vec<_>, _>>()?;
    private_raw_many(&mut operations);
    operations.iter().try_for_each(Operation::outcome)?;
    drop(operations);
    Ok(outputs)
}

fn one_by_one(keys: &[Sides]) -> Result<Vec<Vec<u8>>, Unspecified> {
    keys.iter().map(Sides::signed).collect()
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

//! FF1 over digits in lanes, on the general path, and through the `fpe` crate.

use std::hint::black_box;

use aes::Aes256;
use criterion::{BenchmarkId, Throughput};
use fpe::ff1::{FF1, FlexibleNumeralString};
use typex_kernels::RoundKeys;
use typex_kernels::ff1::{self, CardJob, Opening, Shape};

use crate::Failure;
use crate::aes::round_keys;
use crate::batch::{COUNT, keys};
use crate::cpu::Bench;

const TWEAK: &[u8] = b"\x01\x10\x04\x01\x11\x11\x11\x11";

/// Keys and strings as every side has them. Ours are turned from digits to numbers and back within
/// the time; the crate gets its numeral strings made.
struct Batch {
    keys: Vec<RoundKeys>,
    openings: Vec<Opening>,
    shape: Shape,
    peers: Vec<FF1<Aes256>>,
    digits: Vec<Vec<u8>>,
    numerals: Vec<Vec<u16>>,
    strings: Vec<FlexibleNumeralString>,
}

impl Batch {
    fn new(digits: usize) -> Result<Self, Failure> {
        let own = round_keys()?;
        let text = |at| (0..digits).map(|place| ((at * 7 + place * 3) % 10) as u16).collect();
        let numerals: Vec<Vec<u16>> = (0..COUNT).map(text).collect();
        let openings = own.iter().map(|keys| Opening::new(keys, digits, TWEAK.len()));
        let bytes = keys::<32>();
        let peers = bytes.iter().map(|key| FF1::new(key, 10).map_err(|_| "10 is no radix"));

        Ok(Self {
            openings: openings.collect::<Result<_, _>>()?,
            shape: Shape::new(10, digits)?,
            peers: peers.collect::<Result<_, _>>()?,
            digits: numerals.iter().map(|all| all.iter().map(|one| *one as u8).collect()).collect(),
            strings: numerals.iter().cloned().map(FlexibleNumeralString::from).collect(),
            numerals,
            keys: own,
        })
    }

    fn lanes(&mut self) {
        let sides = self.keys.iter().zip(&self.openings).zip(&mut self.digits);
        let jobs = sides.map(|((keys, opening), text)| CardJob::new(keys, opening, TWEAK, text));
        let mut jobs: Vec<_> = jobs.map(|job| job.expect("it fits")).collect();
        ff1::encrypt_lanes(black_box(&mut jobs));
    }

    fn general(&mut self) {
        for (keys, text) in self.keys.iter().zip(&mut self.numerals) {
            ff1::encrypt(keys, &self.shape, TWEAK, black_box(text)).expect("it fits");
        }
    }

    fn peer(&self) -> Vec<FlexibleNumeralString> {
        let sides = self.peers.iter().zip(&self.strings);
        sides.map(|(key, text)| key.encrypt(TWEAK, text).expect("it fits")).collect()
    }

    /// All sides encrypt the same strings to the same.
    fn check(&mut self) -> Result<(), Failure> {
        let expected: Vec<Vec<u16>> = self.peer().into_iter().map(Vec::from).collect();
        self.lanes();
        self.general();
        let digits = self.digits.iter().map(|text| text.iter().copied().map(u16::from).collect());
        let digits: Vec<Vec<u16>> = digits.collect();
        let same = digits == expected && self.numerals == expected;
        if same { Ok(()) } else { Err("the lanes, the general path and fpe differ".into()) }
    }
}

pub(crate) fn encrypt(bench: &mut Bench) -> Result<(), Failure> {
    let mut group = bench.benchmark_group("ff1");
    group.throughput(Throughput::Elements(COUNT as u64));
    for digits in [12, 16, 19] {
        let mut batch = Batch::new(digits)?;
        batch.check()?;
        let id = |side| BenchmarkId::new(side, digits);
        group.bench_function(id("lanes"), |bencher| bencher.iter(|| batch.lanes()));
        group.bench_function(id("fpe"), |bencher| bencher.iter(|| batch.peer()));
        group.bench_function(id("general"), |bencher| bencher.iter(|| batch.general()));
    }
    group.finish();
    Ok(())
}

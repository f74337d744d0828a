//! Times operations with inputs of two classes, in turns drawn at random, and prints Welch's t of
//! each: `dudect [SAMPLES]`. A report, not a test: what it says depends on the machine. Without
//! finding the function that leaks on purpose it says nothing at all, and says so.
#![forbid(unsafe_code)]

use std::hint::black_box;
use std::time::Instant;

use typex_constant_time::operation::{Mac, Operation};
use typex_constant_time::random::Random;
use typex_constant_time::{Outcome, Record, control};
use typex_engine::payment::Error;
use typex_engine::payment::key_block::Version;
use typex_engine::payment::lanes::alone;
use typex_engine::payment::mac::Padding;
use typex_engine::payment::pin_block::Format;

const SAMPLES: usize = 20_000;

/// Records of a class, so that none is in a cache more than another.
const RECORDS: usize = 32;

/// Part of the slowest samples that is left out: what the machine did meanwhile.
const LEFT_OUT: f64 = 0.1;

/// Above this, two classes differ beyond doubt.
const THRESHOLD: f64 = 10.0;

const OPERATIONS: [Operation; 9] = [
    Operation::VerifyPvv(Format::Iso0),
    Operation::VerifyOffset(Format::Iso3),
    Operation::DecodePin(Format::Iso0),
    Operation::DecodePin(Format::Iso4),
    Operation::VerifyMac(Mac::Retail(Padding::Bit)),
    Operation::VerifyMac(Mac::Cmac(typex_engine::payment::Algorithm::Aes)),
    Operation::CardValue,
    Operation::ReadKeyBlock(Version::B),
    Operation::ReadKeyBlock(Version::D),
];

/// Two classes that should take the same time.
const PAIRS: [(Outcome, Outcome); 2] =
    [(Outcome::Right, Outcome::WrongData), (Outcome::WrongData, Outcome::WrongValue)];

fn main() {
    let samples = std::env::args().nth(1).and_then(|count| count.parse().ok()).unwrap_or(SAMPLES);
    let leaky = Operation::VerifyPvv(Format::Iso0);
    let control = measured(samples, leaky, PAIRS[0], &|record| {
        alone(async |lanes| control::leaky_verify(lanes, record).await)
    });
    println!("{control:>10.1}  t of a PVV verification that leaks on purpose");
    let found = control.abs() > THRESHOLD;
    for operation in OPERATIONS {
        for pair in PAIRS {
            let t = measured(samples, operation, pair, &|record| {
                alone(async |lanes| record.perform(lanes).await)
            });
            let verdict = match (found, t.abs() > THRESHOLD) {
                (false, _) => "inconclusive",
                (true, true) => "differs",
                (true, false) => "no difference found",
            };
            println!("{t:>10.1}  {operation} {:?} / {:?}: {verdict}", pair.0, pair.1);
        }
    }
    if !found {
        println!("inconclusive: the leak on purpose was not found, so nothing can be said");
    }
}

/// Welch's t of the times of two classes.
fn measured(
    samples: usize,
    operation: Operation,
    pair: (Outcome, Outcome),
    perform: &dyn Fn(&Record) -> Result<(), Error>,
) -> f64 {
    let records = |outcome| -> Vec<Record> {
        // The same numbers for both classes, so that lengths are the same.
        let mut random = Random::new(1);
        let records = (0..RECORDS).map(|_| Record::new(operation, outcome, &mut random));
        records.map(|record| record.expect("the engine makes records")).collect()
    };
    let (mut random, classes) = (Random::new(2), [records(pair.0), records(pair.1)]);
    let mut times = [Vec::with_capacity(samples), Vec::with_capacity(samples)];
    for _ in 0..samples {
        let class = random.below(2) as usize;
        let record = &classes[class][random.below(RECORDS as u64) as usize];
        let start = Instant::now();
        let _ = black_box(perform(black_box(record)));
        times[class].push(start.elapsed().as_nanos() as f64);
    }
    welch(&cropped(times))
}

/// The samples below a limit that both classes have in common.
fn cropped(times: [Vec<f64>; 2]) -> [Vec<f64>; 2] {
    let mut all = times.concat();
    all.sort_by(f64::total_cmp);
    let kept = (all.len() as f64 * (1.0 - LEFT_OUT)) as usize;
    let limit = all.get(kept).copied().unwrap_or(f64::MAX);
    times.map(|times| times.into_iter().filter(|time| *time < limit).collect())
}

fn welch([one, other]: &[Vec<f64>; 2]) -> f64 {
    let ((mean, error), (other_mean, other_error)) = (moments(one), moments(other));
    (mean - other_mean) / (error + other_error).sqrt()
}

/// The mean, and the variance of the mean.
fn moments(times: &[f64]) -> (f64, f64) {
    let count = times.len() as f64;
    let mean = times.iter().sum::<f64>() / count;
    let squares: f64 = times.iter().map(|time| (time - mean).powi(2)).sum();
    (mean, squares / (count - 1.0) / count)
}

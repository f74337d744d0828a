//! Times operations with inputs of two classes, in turns drawn at random, and prints Welch's t of
//! each: `dudect [SAMPLES]`. A report, not a test: what it says depends on the machine. Without
//! finding the function that leaks on purpose it says nothing at all, and says so.
#![forbid(unsafe_code)]

mod rsa;
mod timing;

use std::hint::black_box;

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
    let control = times(samples, leaky, PAIRS[0], &|record| {
        alone(async |lanes| control::leaky_verify(lanes, record).await)
    });
    println!("{control:>10.1}  t of a PVV verification that leaks on purpose");
    let found = timing::differs(control);
    for operation in OPERATIONS {
        for pair in PAIRS {
            let t = times(samples, operation, pair, &|record| {
                alone(async |lanes| record.perform(lanes).await)
            });
            let verdict = timing::verdict(found, t);
            println!("{t:>10.1}  {operation} {:?} / {:?}: {verdict}", pair.0, pair.1);
        }
    }
    if !(found & rsa::report(samples / 10)) {
        println!("inconclusive: a leak on purpose was not found, so nothing can be said");
    }
}

/// Welch's t of the times of an operation on records of two classes.
fn times(
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
    let classes = [records(pair.0), records(pair.1)];
    timing::measured(samples, RECORDS, |class, record| {
        let _ = black_box(perform(black_box(&classes[class][record])));
    })
}

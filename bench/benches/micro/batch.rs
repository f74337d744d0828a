//! Messages, keys and sides that go together.

use std::hint::black_box;

use criterion::{BenchmarkId, Throughput};

use crate::Failure;
use crate::cpu::Group;

/// Messages of a batch, each under a key of its own.
pub(crate) const COUNT: usize = 64;

/// A batch of messages of so many bytes.
pub(crate) fn messages(bytes: usize) -> Vec<Vec<u8>> {
    (0..COUNT).map(|at| (0..bytes).map(|byte| (at * 31 + byte * 7) as u8).collect()).collect()
}

/// A key for each message.
pub(crate) fn keys<const BYTES: usize>() -> Vec<[u8; BYTES]> {
    (0..COUNT).map(|at| std::array::from_fn(|byte| (at * 37) as u8 ^ byte as u8)).collect()
}

/// What a batch of messages of so many bytes moves.
pub(crate) fn throughput(bytes: usize) -> Throughput {
    Throughput::Bytes((COUNT * bytes) as u64)
}

/// One way to do what a row does, in place.
pub(crate) type Side<'a, T> = (&'a str, Box<dyn FnMut(&mut T) + 'a>);

/// A side by its name.
pub(crate) fn side<'a, T>(name: &'a str, run: impl FnMut(&mut T) + 'a) -> Side<'a, T> {
    (name, Box::new(run))
}

/// Measures the sides of a row one after the other, each on data of its own.
///
/// # Errors
/// Two sides make different things of the same data.
pub(crate) fn row<T: Clone + PartialEq>(
    group: &mut Group<'_>,
    size: usize,
    data: &T,
    sides: Vec<Side<'_, T>>,
) -> Result<(), Failure> {
    let mut expected: Option<(&str, T)> = None;
    for (name, mut run) in sides {
        let mut own = data.clone();
        run(&mut own);
        match &expected {
            None => expected = Some((name, own.clone())),
            Some((first, of_first)) if *of_first != own => {
                return Err(format!("size {size}: {first} and {name} differ").into());
            }
            Some(_) => {}
        }
        group.bench_function(BenchmarkId::new(name, size), |bencher| {
            bencher.iter(|| run(black_box(&mut own)));
        });
    }
    Ok(())
}

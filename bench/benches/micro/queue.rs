//! What carries a job from one thread to another, one push and one pop on a thread.

use std::hint::black_box;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use criterion::Throughput;
use crossbeam_queue::ArrayQueue;
use tokio::sync::{mpsc, oneshot};

use crate::Failure;
use crate::cpu::Bench;

const PLACES: usize = 256;

pub(crate) fn one_thread(bench: &mut Bench) -> Result<(), Failure> {
    let mut group = bench.benchmark_group("queue");
    group.throughput(Throughput::Elements(1));

    let queue = ArrayQueue::new(PLACES);
    let passed = |number: u64| queue.push(number).ok().and_then(|()| queue.pop());
    expect("ArrayQueue", passed(7))?;
    group.bench_function("array_queue", |bencher| bencher.iter(|| passed(black_box(7))));

    let (mut to, mut from) = rtrb::RingBuffer::new(PLACES);
    let mut passed = |number: u64| to.push(number).ok().and_then(|()| from.pop().ok());
    expect("rtrb", passed(7))?;
    group.bench_function("rtrb", |bencher| bencher.iter(|| passed(black_box(7))));

    let (to, mut from) = mpsc::channel(PLACES);
    let mut passed = |number: u64| to.try_send(number).ok().and_then(|()| from.try_recv().ok());
    expect("mpsc", passed(7))?;
    group.bench_function("tokio_mpsc", |bencher| bencher.iter(|| passed(black_box(7))));

    expect("oneshot", answered(7))?;
    group.bench_function("tokio_oneshot", |bencher| bencher.iter(|| answered(black_box(7))));
    group.finish();
    Ok(())
}

/// The whole life of a oneshot whose receiver waits first.
fn answered(number: u64) -> Option<u64> {
    let (to, from) = oneshot::channel();
    let (mut from, mut context) = (pin!(from), Context::from_waker(Waker::noop()));
    if from.as_mut().poll(&mut context).is_ready() || to.send(number).is_err() {
        return None;
    }
    match from.poll(&mut context) {
        Poll::Ready(Ok(number)) => Some(number),
        _ => None,
    }
}

fn expect(what: &str, passed: Option<u64>) -> Result<(), Failure> {
    if passed == Some(7) { Ok(()) } else { Err(format!("{what} loses what it is given").into()) }
}

//! What it costs to have another thread seal 256 bytes: on the spot, by the engine's bulk path,
//! and by a channel with a oneshot for each answer. Processor time of all threads.
//!
//! Every way seals [`MESSAGES`] messages in an iteration, allocates their buffers and gives each
//! its answer; at most [`IN_FLIGHT`] of them are under way.

use std::collections::VecDeque;
use std::hint::black_box;
use std::sync::Arc;
use std::thread::{self, JoinHandle};

use criterion::Throughput;
use tokio::runtime::{Builder, Runtime};
use tokio::sync::{mpsc, oneshot};
use typex_engine::handoff::{Finish, Inbox, PoolThread, Port, System, Tag};
use typex_engine::limits::BATCH_JOBS_MAX;
use typex_kernels::gcm::{self, GcmKey};

use crate::Failure;
use crate::cpu::Bench;

const IN_FLIGHT: usize = 256;
/// So many that starting and ending with nothing under way does not count.
const MESSAGES: usize = 2048;
const BYTES: usize = 256;

/// A message, and then what it became.
type Buffer = Vec<u8>;

/// What takes the answers, with the number of each message.
type Take<'a> = &'a mut dyn FnMut(usize, Buffer);

/// A way by its name.
type Way<'a> = (&'a str, &'a mut dyn FnMut(Take<'_>));

pub(crate) fn gcm_256(bench: &mut Bench) -> Result<(), Failure> {
    let seal = Arc::new(Seal::new()?);
    let (mut bulk, mut channel) = (Bulk::start(&seal)?, Channel::start(&seal)?);
    let mut inline =
        |take: Take<'_>| (0..MESSAGES).for_each(|at| take(at, seal.sealed(message(at))));
    let mut bulk = |take: Take<'_>| bulk.run(take);
    let mut channel = |take: Take<'_>| channel.run(take);
    let ways: [Way<'_>; 3] =
        [("inline", &mut inline), ("bulk", &mut bulk), ("tokio", &mut channel)];
    let mut group = bench.benchmark_group("handoff");
    group.throughput(Throughput::Elements(MESSAGES as u64));
    for (name, run) in ways {
        let mut answers = vec![Buffer::new(); MESSAGES];
        run(&mut |at, answer| answers[at] = answer);
        let right = |(at, answer): (usize, &Buffer)| *answer == seal.sealed(message(at));
        if !answers.iter().enumerate().all(right) {
            return Err(format!("{name} answers otherwise").into());
        }
        group.bench_function(name, |bencher| {
            bencher.iter(|| run(&mut |_, answer| drop(black_box(answer))));
        });
    }
    group.finish();
    Ok(())
}

/// A message in a buffer of its own, with room for its tag.
fn message(at: usize) -> Buffer {
    let mut buffer = Vec::with_capacity(BYTES + 16);
    buffer.resize(BYTES, at as u8);
    buffer
}

struct Seal(GcmKey);

impl Seal {
    fn new() -> Result<Self, Failure> {
        Ok(Self(GcmKey::new(&[7; 32])?))
    }

    fn sealed(&self, mut buffer: Buffer) -> Buffer {
        let tag = gcm::seal(&self.0, &[1; 12], b"", &mut buffer);
        buffer.extend_from_slice(&tag.expect("a message of this length"));
        buffer
    }
}

/// Jobs on their way together.
#[derive(Default)]
struct Parcel {
    jobs: Vec<(Tag, usize, Buffer)>,
}

type Pool = Inbox<System, Box<Parcel>, PoolThread>;
type Core = Port<System, Box<Parcel>, PoolThread>;

/// The engine's own hand-off: parcels over a queue, a state for each job, sleepers behind flags.
struct Bulk {
    pool: Arc<Pool>,
    core: Arc<Core>,
    thread: Option<JoinHandle<()>>,
    #[expect(clippy::vec_box, reason = "queues carry the boxes, so they are kept")]
    home: Vec<Box<Parcel>>,
}

impl Bulk {
    fn start(seal: &Arc<Seal>) -> Result<Self, Failure> {
        let parcels = IN_FLIGHT.div_ceil(BATCH_JOBS_MAX);
        let pool = Arc::new(Pool::new(parcels, [PoolThread::default()]));
        let core = Arc::new(Core::new(IN_FLIGHT, parcels, PoolThread::default()));
        core.bell.sleeper().is_me();
        let (seal, its_pool, its_core) = (Arc::clone(seal), Arc::clone(&pool), Arc::clone(&core));
        let thread = thread::Builder::new().spawn(move || serve(&its_pool, &its_core, &seal))?;
        let home = (0..parcels).map(|_| Box::default()).collect();
        Ok(Self { pool, core, thread: Some(thread), home })
    }

    fn run(&mut self, take: Take<'_>) {
        let mut free: Vec<usize> = (0..IN_FLIGHT).collect();
        for first in (0..MESSAGES).step_by(BATCH_JOBS_MAX) {
            while self.home.is_empty() {
                self.collect(&mut free, take);
            }
            let mut parcel = self.home.pop().unwrap_or_default();
            for at in first..first + BATCH_JOBS_MAX {
                let slot = free.pop().and_then(|slot| self.core.slots.admit(slot));
                parcel.jobs.push((slot.expect("a parcel has its slots"), at, message(at)));
            }
            let sent = self.pool.push(parcel);
            debug_assert!(sent.is_ok(), "the queue has a place for each parcel");
        }
        while free.len() < IN_FLIGHT {
            self.collect(&mut free, take);
        }
    }

    /// Takes in what has come back, or sleeps.
    fn collect(&mut self, free: &mut Vec<usize>, take: Take<'_>) {
        let mut nothing = true;
        while let Some(mut parcel) = self.core.returned() {
            nothing = false;
            for (tag, at, answer) in parcel.jobs.drain(..) {
                if self.core.slots.finish(tag) == Finish::Deliver && self.core.slots.take(tag) {
                    take(at, answer);
                }
                free.push(tag.index());
            }
            self.home.push(parcel);
        }
        if nothing && self.core.bell.doze(|| self.core.is_quiet()) {
            thread::park();
            self.core.bell.rise();
        }
    }
}

impl Drop for Bulk {
    fn drop(&mut self) {
        self.pool.close();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// What a thread of a pool does.
fn serve(pool: &Pool, core: &Core, seal: &Seal) {
    let Some(bell) = pool.bell(0) else { return };
    bell.sleeper().is_me();
    while !pool.is_finished() {
        while let Some(mut parcel) = pool.pop() {
            for (tag, _, buffer) in &mut parcel.jobs {
                if core.slots.begin(*tag) {
                    *buffer = seal.sealed(std::mem::take(buffer));
                }
            }
            let given = core.give_back(parcel);
            debug_assert!(given.is_ok(), "the core has a place for each parcel");
            pool.leave();
        }
        if bell.doze(|| pool.is_idle()) {
            thread::park();
            bell.rise();
        }
    }
}

type Asked = (Buffer, oneshot::Sender<Buffer>);

/// What a program does that has tokio: a message at a time over a channel, a oneshot for each.
struct Channel {
    runtime: Runtime,
    jobs: Option<mpsc::Sender<Asked>>,
    thread: Option<JoinHandle<()>>,
}

impl Channel {
    fn start(seal: &Arc<Seal>) -> Result<Self, Failure> {
        let (jobs, mut taken) = mpsc::channel::<Asked>(IN_FLIGHT);
        let seal = Arc::clone(seal);
        let serve = move || {
            while let Some((buffer, answer)) = taken.blocking_recv() {
                // Whoever asked may have gone.
                let _ = answer.send(seal.sealed(buffer));
            }
        };
        let thread = Some(thread::Builder::new().spawn(serve)?);
        Ok(Self { runtime: Builder::new_current_thread().build()?, jobs: Some(jobs), thread })
    }

    fn run(&mut self, take: Take<'_>) {
        let Some(jobs) = &self.jobs else { return };
        self.runtime.block_on(async {
            let mut waiting = VecDeque::with_capacity(IN_FLIGHT);
            for at in 0..MESSAGES + IN_FLIGHT {
                if at >= IN_FLIGHT
                    && let Some(receiver) = waiting.pop_front()
                {
                    let receiver: oneshot::Receiver<Buffer> = receiver;
                    take(at - IN_FLIGHT, receiver.await.unwrap_or_default());
                }
                if at < MESSAGES {
                    let (answer, receiver) = oneshot::channel();
                    if jobs.send((message(at), answer)).await.is_ok() {
                        waiting.push_back(receiver);
                    }
                }
            }
        });
    }
}

impl Drop for Channel {
    fn drop(&mut self) {
        self.jobs = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

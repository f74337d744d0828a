//! What it costs to have another thread seal 256 bytes: on the spot, by the engine's bulk path,
//! and by a channel with a oneshot for each answer. Processor time of all threads.
//!
//! Every way seals [`IN_FLIGHT`] messages in an iteration, allocates their buffers and gives each
//! its answer.

use std::sync::Arc;
use std::thread::{self, JoinHandle};

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use criterion::Throughput;
use tokio::runtime::{Builder, Runtime};
use tokio::sync::{mpsc, oneshot};
use typex_engine::handoff::{Finish, Inbox, PoolThread, Port, System, Tag};
use typex_engine::limits::BATCH_JOBS_MAX;

use crate::Failure;
use crate::cpu::Bench;

const IN_FLIGHT: usize = 256;
const BYTES: usize = 256;

/// A message, and then what it became.
type Buffer = Vec<u8>;

pub(crate) fn gcm_256(bench: &mut Bench) -> Result<(), Failure> {
    let seal = Arc::new(Seal::new()?);
    let expected: Vec<Buffer> = (0..IN_FLIGHT).map(|at| seal.sealed(message(at))).collect();
    let (mut bulk, mut channel) = (Bulk::start(&seal)?, Channel::start(&seal)?);
    let mut group = bench.benchmark_group("handoff");
    group.throughput(Throughput::Elements(IN_FLIGHT as u64));
    let inline = || (0..IN_FLIGHT).map(|at| seal.sealed(message(at))).collect::<Vec<_>>();
    group.bench_function("inline", |bencher| bencher.iter(inline));
    check("the bulk path", &bulk.run(), &expected)?;
    group.bench_function("bulk", |bencher| bencher.iter(|| bulk.run()));
    check("the channel", &channel.run(), &expected)?;
    group.bench_function("tokio", |bencher| bencher.iter(|| channel.run()));
    group.finish();
    Ok(())
}

fn check(way: &str, answers: &[Buffer], expected: &[Buffer]) -> Result<(), Failure> {
    if answers == expected { Ok(()) } else { Err(format!("{way} answers otherwise").into()) }
}

/// A message in a buffer of its own, with room for its tag.
fn message(at: usize) -> Buffer {
    let mut buffer = Vec::with_capacity(BYTES + 16);
    buffer.resize(BYTES, at as u8);
    buffer
}

struct Seal(LessSafeKey);

impl Seal {
    fn new() -> Result<Self, Failure> {
        Ok(Self(LessSafeKey::new(UnboundKey::new(&AES_256_GCM, &[7; 32])?)))
    }

    fn sealed(&self, mut buffer: Buffer) -> Buffer {
        let nonce = Nonce::assume_unique_for_key([1; 12]);
        let sealed = self.0.seal_in_place_append_tag(nonce, Aad::empty(), &mut buffer);
        sealed.expect("a message of this length");
        buffer
    }
}

/// Jobs on their way together.
#[derive(Default)]
struct Parcel {
    jobs: Vec<(Tag, Buffer)>,
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

    fn run(&mut self) -> Vec<Buffer> {
        let mut parcel = self.home.pop().unwrap_or_default();
        for at in 0..IN_FLIGHT {
            let tag = self.core.slots.admit(at).expect("every slot is free");
            parcel.jobs.push((tag, message(at)));
            if parcel.jobs.len() == BATCH_JOBS_MAX || at + 1 == IN_FLIGHT {
                let sent = self.pool.push(parcel);
                debug_assert!(sent.is_ok(), "the queue has a place for each parcel");
                parcel = self.home.pop().unwrap_or_default();
            }
        }
        self.home.push(parcel);
        self.collect()
    }

    fn collect(&mut self) -> Vec<Buffer> {
        let (mut answers, mut missing) = (vec![Buffer::new(); IN_FLIGHT], IN_FLIGHT);
        while missing > 0 {
            while let Some(mut parcel) = self.core.returned() {
                for (tag, answer) in parcel.jobs.drain(..) {
                    if self.core.slots.finish(tag) == Finish::Deliver && self.core.slots.take(tag) {
                        answers[tag.index()] = answer;
                    }
                    missing -= 1;
                }
                self.home.push(parcel);
            }
            if missing > 0 && self.core.bell.doze(|| self.core.is_quiet()) {
                thread::park();
                self.core.bell.rise();
            }
        }
        answers
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
            for (tag, buffer) in &mut parcel.jobs {
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

    fn run(&mut self) -> Vec<Buffer> {
        let Some(jobs) = &self.jobs else { return Vec::new() };
        self.runtime.block_on(async {
            let mut waiting = Vec::with_capacity(IN_FLIGHT);
            for at in 0..IN_FLIGHT {
                let (answer, receiver) = oneshot::channel();
                if jobs.send((message(at), answer)).await.is_ok() {
                    waiting.push(receiver);
                }
            }
            let mut answers = Vec::with_capacity(IN_FLIGHT);
            for receiver in waiting {
                answers.push(receiver.await.unwrap_or_default());
            }
            answers
        })
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

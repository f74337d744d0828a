//! What a request costs by length and route: alone and on the spot, through the backend that
//! computes nothing, and as one of many through the lanes; thread CPU time in short alternating
//! windows. What the engine adds to a call is a figure of the server's example `cost`.
//!
//! `cargo run --release -p typex-engine --example handoff`

use std::hint::black_box;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

use bytes::BytesMut;
use rustix::time::{ClockId, clock_gettime};
use typex_core::id::{KeyId, PartitionId};
use typex_core::key::{Channel, DataLengths, KeyRecord, Material, Usage};
use typex_core::op::Action;
use typex_core::policy::{Grant, Verdict, authorize};
use typex_core::principal::{Principal, Proof};
use typex_core::secret::Secret;
use typex_core::time::UnixMs;
use typex_engine::{Done, Engine, Job, LoadedKey, Options, Pending, Shard, Tuning, Work, backend};
use typex_kernels::{RoundKeys, cbc_encrypt, cbc_mac};

/// Rounds of one window of each kind, and calls per window: about 3 ms.
const ROUNDS: usize = 101;
const CALLS: usize = 5_000;
/// Requests at once for the lanes.
const IN_FLIGHT: usize = 64;

type Failure = Box<dyn std::error::Error>;

fn main() -> Result<(), Failure> {
    println!("path {}; {ROUNDS} rounds of {CALLS} calls", typex_kernels::Path::detect());
    for blocks in [1, 2, 8, 16, 62] {
        measure(blocks)?;
    }
    Ok(())
}

fn measure(blocks: usize) -> Result<(), Failure> {
    let bench = Bench::new(blocks)?;
    let soft = bench.shard("soft", Tuning::default())?;
    let lanes = bench.shard("soft", Tuning { inline_ns_max: 0, ..Tuning::default() })?;
    let null = bench.shard("null", Tuning::default())?;
    let mut rounds: [Vec<f64>; 3] = Default::default();
    for _ in 0..ROUNDS {
        rounds[0].push(window(CALLS, || bench.through(&soft.1)));
        rounds[1].push(window(CALLS, || bench.through(&null.1)));
        rounds[2].push(window(CALLS / IN_FLIGHT, || bench.at_once(&lanes.1)) / IN_FLIGHT as f64);
    }
    let [soft, null, lanes] = rounds.map(|mut round| median(&mut round));
    println!(
        "{:4} B, ns: on the spot {soft:5.0}  null {null:4.0}  lanes, {IN_FLIGHT} in flight \
         {lanes:5.0}",
        blocks * 16,
    );
    Ok(())
}

/// Thread CPU nanoseconds per call.
fn window(calls: usize, mut call: impl FnMut()) -> f64 {
    let start = cpu();
    (0..calls).for_each(|_| call());
    (cpu() - start).as_nanos() as f64 / calls as f64
}

fn cpu() -> Duration {
    let now = clock_gettime(ClockId::ThreadCPUTime);
    Duration::new(now.tv_sec.unsigned_abs(), u32::try_from(now.tv_nsec).unwrap_or_default())
}

fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

struct Bench {
    key: Arc<LoadedKey>,
    sealed: Vec<u8>,
    now: Instant,
}

impl Bench {
    fn new(blocks: usize) -> Result<Self, Failure> {
        let (enc, mac) = (RoundKeys::new(&[3; 32])?, RoundKeys::new(&[4; 32])?);
        let mut sealed = vec![0x1f, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0];
        sealed.resize(13 + blocks * 16, 7);
        sealed.extend_from_slice(&[3; 3]);
        cbc_encrypt(&enc, &[0; 16], &mut sealed)?;
        let tag = cbc_mac(&mac, &sealed)?;
        sealed.extend_from_slice(&tag);
        let channel = Channel { enc: Secret::new([3; 32]), mac: Secret::new([4; 32]) };
        let material = Material::Aes128(Secret::new([5; 16]));
        let key = Arc::new(LoadedKey::new(record(), Some(channel), material, Arc::default())?);
        Ok(Self { key, sealed, now: Instant::now() })
    }

    fn shard(&self, name: &str, tuning: Tuning) -> Result<(Arc<Engine>, Shard), Failure> {
        let backend = backend::find(name).ok_or("no such backend")?;
        let engine = Engine::start(Options { backend, tuning, ..Options::default() })?;
        let shard = engine.shard(0)?;
        Ok((engine, shard))
    }

    fn through(&self, shard: &Shard) {
        if let Some(mut pending) = self.submit(shard) {
            black_box(poll(&mut pending).is_ready());
        }
        shard.flush(self.now);
    }

    fn at_once(&self, shard: &Shard) {
        let mut all: [Option<Pending>; IN_FLIGHT] = std::array::from_fn(|_| self.submit(shard));
        shard.flush(self.now);
        for pending in all.iter_mut().flatten() {
            black_box(poll(pending).is_ready());
        }
    }

    fn submit(&self, shard: &Shard) -> Option<Pending> {
        let sealed = BytesMut::from(&self.sealed[..]);
        let work = Work::Process { key: Arc::clone(&self.key), sealed };
        let deadline = self.now + Duration::from_secs(3600);
        shard.submit(grant(&self.key)?, Job { work, now: self.now, deadline, request_ns: 0 }).ok()
    }
}

fn poll(pending: &mut Pending) -> Poll<Result<Done, typex_core::Error>> {
    Pin::new(pending).poll(&mut Context::from_waker(Waker::noop()))
}

fn grant(key: &LoadedKey) -> Option<Grant> {
    let record = key.record();
    let partition = record.partition;
    let principal = Principal { partition, client: None, api_key: None, proof: Proof::ApiKey };
    match authorize(&principal, Action::ProcessData, Some(record), UnixMs(1)) {
        Verdict::Allow(grant) => Some(grant),
        Verdict::Deny(_) => None,
    }
}

fn record() -> KeyRecord {
    KeyRecord {
        object: Some(1),
        lengths: DataLengths::UpTo(1000),
        ..KeyRecord::first(KeyId([1; 16]), PartitionId([1; 16]), Usage::EncryptBlocks, UnixMs(0))
    }
}

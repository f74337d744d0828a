//! What the engine adds to a call: one request in flight, the same authorized chain in place
//! against `submit`, in short alternating windows of thread CPU time. Beside it the kernels' calls
//! alone, the backend that computes nothing, and many requests at once through the lanes.
//!
//! `cargo run --release -p typex-engine --example handoff`

use std::hint::black_box;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

use bytes::BytesMut;
use rustix::time::{ClockId, clock_gettime};
use subtle::{ConstantTimeEq, ConstantTimeGreater};
use typex_core::id::{KeyId, PartitionId};
use typex_core::key::{Channel, DataLengths, KeyRecord, Material, Usage};
use typex_core::op::Action;
use typex_core::op::process_data::answer_header;
use typex_core::policy::{Grant, Verdict, authorize};
use typex_core::principal::{Principal, Proof};
use typex_core::secret::Secret;
use typex_core::time::UnixMs;
use typex_engine::{Done, Engine, Job, LoadedKey, Options, Pending, Shard, Tuning, Work, backend};
use typex_kernels::{RoundKeys, cbc_decrypt, cbc_encrypt, cbc_mac, ecb_encrypt};

/// Rounds of one window of each kind, and calls per window: about 3 ms.
const ROUNDS: usize = 101;
const CALLS: usize = 5_000;
/// Requests at once for the lanes.
const IN_FLIGHT: usize = 64;

type Failure = Box<dyn std::error::Error>;

fn main() -> Result<(), Failure> {
    println!("path {}; {ROUNDS} rounds of {CALLS} calls", typex_kernels::Path::detect());
    for blocks in [1, 2, 16, 62] {
        measure(blocks)?;
    }
    Ok(())
}

fn measure(blocks: usize) -> Result<(), Failure> {
    let bench = Bench::new(blocks)?;
    let soft = bench.shard("soft", Tuning::default())?;
    let lanes = bench.shard("soft", Tuning { inline_ns_max: 0, ..Tuning::default() })?;
    let null = bench.shard("null", Tuning::default())?;
    let mut rounds: [Vec<f64>; 5] = Default::default();
    for _ in 0..ROUNDS {
        rounds[0].push(window(|| drop(black_box(bench.inline()))));
        rounds[4].push(window(|| bench.kernels()));
        rounds[1].push(window(|| bench.through(&soft.1)));
        rounds[2].push(window(|| bench.through(&null.1)));
        rounds[3].push(window_of(CALLS / IN_FLIGHT, || bench.at_once(&lanes.1)) / IN_FLIGHT as f64);
    }
    let mut ratios: Vec<f64> =
        rounds[1].iter().zip(&rounds[0]).map(|(through, inline)| through / inline).collect();
    let [inline, through, null, lanes, kernels] = rounds.map(|mut round| median(&mut round));
    println!(
        "{:4} B, ns: kernels {kernels:5.0}  inline {inline:5.0}  engine {through:5.0}  \
         ratio {:.2}  null {null:4.0}  lanes, {IN_FLIGHT} in flight {lanes:5.0}",
        blocks * 16,
        median(&mut ratios),
    );
    Ok(())
}

/// Thread CPU nanoseconds per call.
fn window(call: impl FnMut()) -> f64 {
    window_of(CALLS, call)
}

fn window_of(calls: usize, mut call: impl FnMut()) -> f64 {
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
    enc: RoundKeys,
    mac: RoundKeys,
    app: RoundKeys,
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
        let app = RoundKeys::new(&[5; 16])?;
        Ok(Self { key, enc, mac, app, sealed, now: Instant::now() })
    }

    fn shard(&self, name: &str, tuning: Tuning) -> Result<(Arc<Engine>, Shard), Failure> {
        let backend = backend::find(name).ok_or("no such backend")?;
        let engine = Engine::start(Options { backend, tuning, ..Options::default() })?;
        let shard = engine.shard(0)?;
        Ok((engine, shard))
    }

    /// The least that the chain can be: the kernels' calls, one after the other.
    fn kernels(&self) {
        let mut sealed = BytesMut::from(&self.sealed[..]);
        let body = sealed.len() - 16;
        black_box(cbc_mac(&self.mac, &sealed[..body]).unwrap_or_default());
        let _ = cbc_decrypt(&self.enc, &[0; 16], &mut sealed[..body]);
        let _ = ecb_encrypt(&self.app, &mut sealed[13..body - 3]);
        let _ = cbc_encrypt(&self.enc, &[0; 16], &mut sealed[..body]);
        let tag = cbc_mac(&self.mac, &sealed[..body]).unwrap_or_default();
        sealed[body..].copy_from_slice(&tag);
        black_box(sealed);
    }

    /// What a program without an engine runs in place: the grant, the chain, its checks.
    fn inline(&self) -> Option<BytesMut> {
        let grant = grant(&self.key)?;
        let mut sealed = BytesMut::from(&self.sealed[..]);
        let body = sealed.len() - 16;
        let tag = cbc_mac(&self.mac, &sealed[..body]).ok()?;
        let mut sound = tag[..].ct_eq(&sealed[body..]);
        cbc_decrypt(&self.enc, &[0; 16], &mut sealed[..body]).ok()?;
        sound &= sealed[0].ct_eq(&0x1f) & sealed[1..5].ct_eq(&1_u32.to_be_bytes());
        let pad = sealed[body - 1];
        for (from_end, byte) in (1..=16_u8).zip(sealed[..body].iter().rev()) {
            sound &= from_end.ct_gt(&pad) | byte.ct_eq(&pad);
        }
        sound &= !pad.ct_gt(&16) & !pad.ct_eq(&0);
        let nonce = sealed[5..13].try_into().ok()?;
        ecb_encrypt(&self.app, &mut sealed[13..body - 3]).ok()?;
        sealed[..13].copy_from_slice(&answer_header(1, nonce));
        cbc_encrypt(&self.enc, &[0; 16], &mut sealed[..body]).ok()?;
        let tag = cbc_mac(&self.mac, &sealed[..body]).ok()?;
        sealed[body..].copy_from_slice(&tag);
        black_box(grant);
        bool::from(sound).then_some(sealed)
    }

    fn through(&self, shard: &Shard) {
        let mut pending = self.submit(shard);
        if let Some(mut pending) = pending.take() {
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
        shard.submit(grant(&self.key)?, Job { work, now: self.now, deadline }).ok()
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

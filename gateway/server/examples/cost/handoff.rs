//! What the engine adds to a call: one request in flight, through `submit` and `await` against the
//! same authorized chain on the same backend, called in place. `typex-engine`'s example `handoff`
//! has other lengths and routes.

use std::hint::black_box;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

use bytes::BytesMut;
use rustix::time::{ClockId, clock_gettime};
use typex_core::id::{KeyId, PartitionId};
use typex_core::key::{Channel, DataLengths, KeyRecord, Material, Usage};
use typex_core::op::Action;
use typex_core::op::process_data::{REQUEST, answer_header};
use typex_core::policy::{Grant, Verdict, authorize};
use typex_core::principal::{Principal, Proof};
use typex_core::{Error, ErrorKind, Secret, UnixMs};
use typex_engine::backend::Start;
use typex_engine::{Backend, Done, Engine, Job, LoadedKey, Options, Outcome, Shard, Task, Work};
use typex_kernels::{RoundKeys, cbc_decrypt, cbc_encrypt, cbc_mac, ecb_encrypt};

use crate::figure::{Figure, Target, median};
use crate::object::Object;
use crate::{Failure, allocations};

/// A window is about 3 ms, so there can be many.
const ROUNDS: usize = 101;
const CALLS: usize = 5_000;
const OBJECT: u32 = 1;
const NONCE: u64 = 7;

pub(crate) fn measure() -> Result<Vec<Figure>, Failure> {
    let bench = Bench::new()?;
    let engine = Engine::start(Options::default())?;
    let shard = engine.shard(0)?;
    bench.check(&shard)?;
    let (mut gateway, mut against, mut allocated) = (Vec::new(), Vec::new(), Vec::new());
    let (mut kernels, mut by_hand) = (Vec::new(), Vec::new());
    let mut backend = (engine.backend().start)(&Start::default());
    let mut buffer = bench.buffer();
    for _ in 0..ROUNDS {
        kernels.push(window(|| bench.kernels(&mut buffer)));
        by_hand.push(window(|| bench.by_hand(&mut buffer).is_some()));
        against.push(window(|| bench.inline(&mut *backend, &mut buffer).is_some()));
        let before = allocations();
        gateway.push(window(|| bench.through(&shard, &mut buffer)));
        allocated.push((allocations() - before) as f64 / CALLS as f64);
    }
    let conditions = format!("16 bytes PLAINAES, one thread, {ROUNDS} windows of {CALLS} calls");
    let beside = format!(
        "{conditions}; kernels alone {:.2} ns, a chain by hand for this one length {:.2} ns",
        median(&kernels),
        median(&by_hand)
    );
    Ok(vec![
        Figure {
            name: "2 CPU through the engine / backend in place",
            unit: "ns",
            gateway,
            against,
            target: Target::RatioAtMost(1.5),
            conditions: beside,
        },
        Figure {
            name: "3 allocations a request, engine and kernels",
            unit: "",
            against: vec![0.0; ROUNDS],
            gateway: vec![median(&allocated); ROUNDS],
            target: Target::MoreAtMost(0.0),
            conditions,
        },
    ])
}

/// Thread CPU nanoseconds per call.
fn window<T>(mut call: impl FnMut() -> T) -> f64 {
    let start = cpu();
    for _ in 0..CALLS {
        black_box(call());
    }
    (cpu() - start).as_nanos() as f64 / CALLS as f64
}

/// CPU time of this thread.
fn cpu() -> Duration {
    let now = clock_gettime(ClockId::ThreadCPUTime);
    Duration::new(now.tv_sec.unsigned_abs(), u32::try_from(now.tv_nsec).unwrap_or_default())
}

struct Bench {
    object: Object,
    key: Arc<LoadedKey>,
    enc: RoundKeys,
    mac: RoundKeys,
    app: RoundKeys,
    sealed: Vec<u8>,
    now: Instant,
}

impl Bench {
    fn new() -> Result<Self, Failure> {
        let object = Object::demo()?;
        let channel = Channel { enc: Secret::new(object.enc), mac: Secret::new(object.mac) };
        let material = Material::Aes128(Secret::new(object.app));
        let key = LoadedKey::new(record(), Some(channel), material, Arc::default())?;
        Ok(Self {
            key: Arc::new(key),
            enc: RoundKeys::new(&object.enc)?,
            mac: RoundKeys::new(&object.mac)?,
            app: RoundKeys::new(&object.app)?,
            sealed: object.seal(OBJECT, NONCE)?,
            object,
            now: Instant::now(),
        })
    }

    fn buffer(&self) -> BytesMut {
        BytesMut::with_capacity(self.key.answer_bytes_max().max(self.sealed.len()))
    }

    /// Both ways give what aws-lc says.
    fn check(&self, shard: &Shard) -> Result<(), Failure> {
        let through = |buffer: &mut BytesMut| self.through(shard, buffer);
        let by_hand = |buffer: &mut BytesMut| self.by_hand(buffer).unwrap_or_default();
        let inline = |buffer: &mut BytesMut| {
            let mut backend = (Options::default().backend.start)(&Start::default());
            self.inline(&mut *backend, buffer).unwrap_or_default();
        };
        for call in [&through as &dyn Fn(&mut BytesMut), &by_hand, &inline] {
            let mut buffer = self.buffer();
            call(&mut buffer);
            self.object.check(OBJECT, NONCE, &buffer)?;
        }
        Ok(())
    }

    /// The kernels' calls of the chain and nothing else; the answer is no good.
    fn kernels(&self, buffer: &mut BytesMut) {
        self.fill(buffer);
        let body = buffer.len() - 16;
        black_box(cbc_mac(&self.mac, &buffer[..body]).unwrap_or_default());
        let _ = cbc_decrypt(&self.enc, &[0; 16], &mut buffer[..body]);
        let _ = ecb_encrypt(&self.app, &mut buffer[13..29]);
        let _ = cbc_encrypt(&self.enc, &[0; 16], &mut buffer[..body]);
        black_box(cbc_mac(&self.mac, &buffer[..body]).unwrap_or_default());
    }

    /// The inline call: the grant, then the backend that the engine has, on the spot.
    fn inline(&self, backend: &mut dyn Backend, buffer: &mut BytesMut) -> Option<()> {
        black_box(grant(&self.key)?);
        self.fill(buffer);
        let mut task = Task::process(Arc::clone(&self.key), std::mem::take(buffer));
        match backend.run(&mut task)? {
            Ok(Outcome::Sealed(sealed)) => {
                *buffer = sealed;
                Some(())
            }
            _ => None,
        }
    }

    /// The least that a program for one operation and one length can do: the grant, the chain, its
    /// checks without branches.
    fn by_hand(&self, buffer: &mut BytesMut) -> Option<()> {
        black_box(grant(&self.key)?);
        self.fill(buffer);
        let body = buffer.len() - 16;
        let tag = u128::from_be_bytes(cbc_mac(&self.mac, &buffer[..body]).ok()?);
        let found = u128::from_be_bytes(*buffer.last_chunk()?);
        cbc_decrypt(&self.enc, &[0; 16], &mut buffer[..body]).ok()?;
        let object = u32::from_be_bytes(*buffer[1..].first_chunk()?);
        let nonce = *buffer[5..].first_chunk()?;
        let wrong = (tag ^ found)
            | u128::from(buffer[0] ^ REQUEST)
            | u128::from(object ^ OBJECT)
            | padding(&buffer[..body]);
        ecb_encrypt(&self.app, &mut buffer[13..29]).ok()?;
        buffer[..13].copy_from_slice(&answer_header(OBJECT, nonce));
        cbc_encrypt(&self.enc, &[0; 16], &mut buffer[..body]).ok()?;
        let tag = cbc_mac(&self.mac, &buffer[..body]).ok()?;
        buffer[body..].copy_from_slice(&tag);
        (black_box(wrong) == 0).then_some(())
    }

    fn through(&self, shard: &Shard, buffer: &mut BytesMut) {
        self.fill(buffer);
        let sealed = std::mem::take(buffer);
        let mut answer = pin!(self.answer(shard, sealed));
        let mut context = Context::from_waker(Waker::noop());
        let mut polled = answer.as_mut().poll(&mut context);
        if polled.is_pending() {
            shard.flush(self.now);
            polled = answer.poll(&mut context);
        }
        if let Poll::Ready(Ok(Done::Sealed(sealed))) = polled {
            *buffer = sealed;
        }
    }

    async fn answer(&self, shard: &Shard, sealed: BytesMut) -> Result<Done, Error> {
        let work = Work::Process { key: Arc::clone(&self.key), sealed };
        let deadline = self.now + Duration::from_secs(3600);
        let grant = grant(&self.key).ok_or(ErrorKind::Forbidden)?;
        shard.submit(grant, Job { work, now: self.now, deadline, request_ns: 0 })?.await
    }

    fn fill(&self, buffer: &mut BytesMut) {
        buffer.clear();
        buffer.extend_from_slice(&self.sealed);
    }
}

/// Zero if `plain` ends in PKCS#7 padding for 16 bytes of data behind the header.
fn padding(plain: &[u8]) -> u128 {
    let Some(tail) = plain.last_chunk::<16>() else { return 1 };
    let pad = tail[15];
    let within = u128::MAX >> ((128 - 8 * u32::from(pad & 15)) & 127);
    let wrong = u128::from_be_bytes(*tail) ^ u128::from_be_bytes([pad; 16]);
    (wrong & within) | u128::from(pad ^ 3)
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
        object: Some(OBJECT),
        lengths: DataLengths::Exactly(16),
        ..KeyRecord::first(KeyId([1; 16]), PartitionId([1; 16]), Usage::EncryptBlocks, UnixMs(0))
    }
}

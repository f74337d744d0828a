//! Keys, clients and a one-thread runtime for tests.

use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::task::{Context, Poll, Wake, Waker};
use std::thread::Thread;
use std::time::{Duration, Instant};

use bytes::BytesMut;
use typex_core::error::{Error, ErrorKind};
use typex_core::id::{KeyId, PartitionId};
use typex_core::key::{Channel, DataLengths, KeyRecord, Material, Usage};
use typex_core::op::Action;
use typex_core::policy::{Grant, Verdict, authorize};
use typex_core::principal::{Principal, Proof};
use typex_core::secret::Secret;
use typex_core::time::UnixMs;
use typex_engine::{Done, Engine, Job, LoadedKey, Options, Pending, Shard, Tuning, Work};
use typex_kernels::RoundKeys;

pub(crate) const APP: [u8; 16] = [
    0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77, 0x88, 0x99, 0x00, 0xaa, 0xbb, 0xcc, 0xdd, 0xee, 0xff,
];
pub(crate) const ENC: &str = "e134567890123456789012345678901234567890123456789012345678901234";
pub(crate) const MAC: &str = "e224262820223456789012345678901234567890123456789012345678901234";

pub(crate) fn hex(text: &str) -> Vec<u8> {
    const_hex::decode(text).unwrap()
}

/// A key and everything a client of it knows.
#[derive(Clone)]
pub(crate) struct Key {
    pub(crate) loaded: Arc<LoadedKey>,
    pub(crate) enc: Vec<u8>,
    pub(crate) mac: Vec<u8>,
}

pub(crate) fn record(usage: Usage, object: u32) -> KeyRecord {
    let mut id = [0; 16];
    id[..4].copy_from_slice(&object.to_be_bytes());
    KeyRecord {
        object: Some(object),
        ..KeyRecord::first(KeyId(id), PartitionId([1; 16]), usage, UnixMs(0))
    }
}

/// A key of this record with the channel keys of the published examples.
pub(crate) fn key(record: KeyRecord, material: Material) -> Key {
    key_with(record, material, hex(ENC), hex(MAC))
}

pub(crate) fn key_with(record: KeyRecord, material: Material, enc: Vec<u8>, mac: Vec<u8>) -> Key {
    let secret = |bytes: &[u8]| Secret::new(<[u8; 32]>::try_from(bytes).unwrap());
    let channel = Channel { enc: secret(&enc), mac: secret(&mac) };
    let revoked = Arc::new(AtomicBool::new(false));
    let loaded = LoadedKey::new(record, Some(channel), material, revoked).unwrap();
    Key { loaded: Arc::new(loaded), enc, mac }
}

/// AES-128 encryption of blocks, the published example.
pub(crate) fn aes() -> Key {
    key(record(Usage::EncryptBlocks, 0xee01), Material::Aes128(Secret::new(APP)))
}

/// The same of any length up to 1000 bytes.
pub(crate) fn long_aes(object: u32) -> Key {
    let mut record = record(Usage::EncryptBlocks, object);
    record.lengths = DataLengths::UpTo(1000);
    let enc = [object as u8; 32].to_vec();
    key_with(record, Material::Aes128(Secret::new(APP)), enc, vec![0xa5; 32])
}

pub(crate) fn grant(key: &Key) -> Grant {
    let record = key.loaded.record();
    allow(record.partition, Action::ProcessData, Some(record))
}

pub(crate) fn allow(partition: PartitionId, action: Action, key: Option<&KeyRecord>) -> Grant {
    let principal = Principal { partition, client: None, api_key: None, proof: Proof::ApiKey };
    match authorize(&principal, action, key, UnixMs(1)) {
        Verdict::Allow(grant) => grant,
        Verdict::Deny(error) => panic!("{error}"),
    }
}

impl Key {
    /// What a client sends for `data`.
    pub(crate) fn seal(&self, nonce: [u8; 8], data: &[u8]) -> BytesMut {
        let mut clear = vec![0x1f];
        clear.extend_from_slice(&self.loaded.record().object.unwrap().to_be_bytes());
        clear.extend_from_slice(&nonce);
        clear.extend_from_slice(data);
        self.seal_clear(clear)
    }

    /// Pads, encrypts and authenticates whatever is given.
    pub(crate) fn seal_clear(&self, mut clear: Vec<u8>) -> BytesMut {
        let pad = 16 - clear.len() % 16;
        clear.resize(clear.len() + pad, pad as u8);
        self.seal_padded(clear)
    }

    pub(crate) fn seal_padded(&self, mut clear: Vec<u8>) -> BytesMut {
        let (enc, mac) = (RoundKeys::new(&self.enc).unwrap(), RoundKeys::new(&self.mac).unwrap());
        typex_kernels::cbc_encrypt(&enc, &[0; 16], &mut clear).unwrap();
        let tag = typex_kernels::cbc_mac(&mac, &clear).unwrap();
        clear.extend_from_slice(&tag);
        let mut sealed = BytesMut::with_capacity(self.loaded.answer_bytes_max());
        sealed.extend_from_slice(&clear);
        sealed
    }

    /// What a client reads from an answer to `nonce`; panics where a client would complain.
    pub(crate) fn open(&self, nonce: [u8; 8], sealed: &[u8]) -> Vec<u8> {
        let (enc, mac) = (RoundKeys::new(&self.enc).unwrap(), RoundKeys::new(&self.mac).unwrap());
        let (body, tag) = sealed.split_at(sealed.len() - 16);
        assert_eq!(typex_kernels::cbc_mac(&mac, body).unwrap(), tag, "tag of the answer");
        let mut clear = body.to_vec();
        typex_kernels::cbc_decrypt(&enc, &[0; 16], &mut clear).unwrap();
        let pad = usize::from(*clear.last().unwrap());
        assert!(clear[clear.len() - pad..].iter().all(|byte| usize::from(*byte) == pad));
        clear.truncate(clear.len() - pad);
        assert_eq!(clear[0], 0xf1);
        assert_eq!(clear[1..5], self.loaded.record().object.unwrap().to_be_bytes());
        assert_eq!(clear[5..13], nonce.map(|byte| byte.wrapping_add(1)));
        clear.split_off(13)
    }

    pub(crate) fn process(&self, sealed: BytesMut) -> Work {
        Work::Process { key: Arc::clone(&self.loaded), sealed }
    }
}

/// A job with a minute to live.
pub(crate) fn job(work: Work) -> Job {
    let now = Instant::now();
    Job { work, now, deadline: now + Duration::from_secs(60), request_ns: 0 }
}

pub(crate) struct World {
    pub(crate) engine: Arc<Engine>,
    pub(crate) shard: Shard,
}

/// Everything inline where it can be.
pub(crate) fn world() -> World {
    world_of(Options::default())
}

/// Everything through the accumulator.
pub(crate) fn lanes_world() -> World {
    let tuning =
        Tuning { inline_ns_max: 0, linger: Duration::from_secs(3600), ..Tuning::default() };
    let world = world_of(Options { tuning, ..Options::default() });
    world.make_busy();
    world
}

pub(crate) fn world_of(options: Options) -> World {
    let engine = Engine::start(options).unwrap();
    let shard = engine.shard(0).unwrap();
    World { engine, shard }
}

impl World {
    /// Lets the next scheduler turn look back on a busy one.
    pub(crate) fn make_busy(&self) {
        let key = aes();
        let send = || self.submit(&key, key.seal([0; 8], &[0; 16])).unwrap();
        let pending = [send(), send(), send()];
        self.shard.flush(Instant::now());
        for pending in pending {
            assert!(self.finish(pending).is_ok());
        }
    }

    pub(crate) fn submit(&self, key: &Key, sealed: BytesMut) -> Result<Pending, Error> {
        self.shard.submit(grant(key), job(key.process(sealed)))
    }

    /// Runs the core until the result is there.
    pub(crate) fn finish(&self, mut pending: Pending) -> Result<Done, Error> {
        let mut drive = pin!(self.shard.drive());
        let waker = Waker::from(Arc::new(Unpark(std::thread::current())));
        let mut context = Context::from_waker(&waker);
        loop {
            let _ = drive.as_mut().poll(&mut context);
            if let Poll::Ready(result) = Pin::new(&mut pending).poll(&mut context) {
                return result;
            }
            if self.shard.flush(Instant::now()) == 0 {
                std::thread::park();
            }
        }
    }

    /// Submits and finishes.
    pub(crate) fn ask(&self, key: &Key, sealed: BytesMut) -> Result<BytesMut, ErrorKind> {
        let pending = self.submit(key, sealed).map_err(|error| error.kind)?;
        sealed_of(self.finish(pending))
    }

    pub(crate) fn counter(&self, of: impl Fn(&typex_engine::Counters) -> u64) -> u64 {
        self.engine.counters().map(of).sum()
    }
}

pub(crate) fn sealed_of(result: Result<Done, Error>) -> Result<BytesMut, ErrorKind> {
    match result.map_err(|error| error.kind)? {
        Done::Sealed(sealed) => Ok(sealed),
        _ => panic!("not a sealed answer"),
    }
}

/// The result, if it is there already.
pub(crate) fn poll_now(pending: &mut Pending) -> Option<Result<Done, Error>> {
    match Pin::new(pending).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(result) => Some(result),
        Poll::Pending => None,
    }
}

struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

//! `ProcessData` from sealed request to sealed answer: a batch of chains in lanes, a batch and one
//! by one as jobs of the software backend, and one by one by hand over aws-lc.

use std::sync::Arc;

use aws_lc_rs::cipher::{
    AES_128, AES_256, DecryptingKey, DecryptionContext, EncryptingKey, EncryptionContext,
    UnboundCipherKey,
};
use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::error::Unspecified;
use aws_lc_rs::iv::FixedLength;
use bytes::BytesMut;
use criterion::Throughput;
use typex_core::id::{KeyId, PartitionId};
use typex_core::key::{Channel, DataLengths, KeyRecord, Material, Usage};
use typex_core::op::process_data::{HEADER_BYTES, REQUEST, TAG_BYTES, answer_header};
use typex_core::{Secret, UnixMs};
use typex_engine::backend::{self, Start};
use typex_engine::{Backend, Batch, Completions, LoadedKey, Outcome, Task};

use crate::Failure;
use crate::batch::{COUNT, Side, keys, row, side};
use crate::cpu::Bench;

const OBJECT: u32 = 1;
const NONCE: [u8; 8] = 7_u64.to_be_bytes();

/// Requests, and then answers, in buffers that are used again.
type Buffers = Vec<BytesMut>;

pub(crate) fn process_data(bench: &mut Bench) -> Result<(), Failure> {
    let peers = keys().iter().map(Peer::new).collect::<Result<Vec<_>, _>>()?;
    let own = keys().iter().map(loaded).collect::<Result<Vec<_>, Failure>>()?;
    let mut group = bench.benchmark_group("process_data");
    group.throughput(Throughput::Elements(COUNT as u64));
    for bytes in [16, 64] {
        let requests = peers.iter().map(|peer| peer.request(bytes));
        let requests = requests.collect::<Result<Vec<_>, Unspecified>>()?;
        let buffers: Buffers = requests.iter().map(|one| BytesMut::from(&one[..])).collect();
        let sides = sides(&peers, &own, &requests)?;
        row(&mut group, bytes, &buffers, sides)?;
    }
    group.finish();
    Ok(())
}

/// The ways to answer the requests.
fn sides<'a>(
    peers: &'a [Peer],
    own: &'a [Arc<LoadedKey>],
    requests: &'a [Vec<u8>],
) -> Result<Vec<Side<'a, Buffers>>, Failure> {
    let soft = backend::find("soft").ok_or("there is no software backend")?;
    let (mut backend, mut completions) = ((soft.start)(&Start::default()), Completions::default());
    let mut another = (soft.start)(&Start::default());
    let mut scratch = Vec::new();
    let batch = move |buffers: &mut Buffers| {
        fill(buffers, requests);
        in_lanes(own, buffers);
    };
    let jobs = move |buffers: &mut Buffers| {
        fill(buffers, requests);
        together(&mut *backend, &mut completions, own, buffers);
    };
    let alone = move |buffers: &mut Buffers| {
        fill(buffers, requests);
        one_by_one(&mut *another, own, buffers);
    };
    let library = move |buffers: &mut Buffers| {
        fill(buffers, requests);
        for (peer, buffer) in peers.iter().zip(buffers) {
            peer.answer(buffer, &mut scratch).expect("a request that is right");
        }
    };
    let (batch, library) = (side("batch", batch), side("aws_lc", library));
    Ok(vec![batch, library, side("jobs", jobs), side("alone", alone)])
}

fn fill(buffers: &mut Buffers, requests: &[Vec<u8>]) {
    for (buffer, request) in buffers.iter_mut().zip(requests) {
        buffer.clear();
        buffer.extend_from_slice(request);
    }
}

/// The chains alone, in their buffers.
fn in_lanes(keys: &[Arc<LoadedKey>], buffers: &mut Buffers) {
    let mut requests: Vec<_> = keys.iter().map(|key| &**key).zip(&mut *buffers).collect();
    let verdicts = backend::run_chains(&mut requests);
    for (buffer, verdict) in buffers.iter_mut().zip(verdicts) {
        if verdict.is_err() {
            buffer.clear();
        }
    }
}

/// As a core has its backend do it.
fn together(
    backend: &mut dyn Backend,
    completions: &mut Completions,
    keys: &[Arc<LoadedKey>],
    buffers: &mut Buffers,
) {
    let tasks = keys.iter().zip(&mut *buffers);
    let tasks = tasks.map(|(key, buffer)| Task::process(Arc::clone(key), std::mem::take(buffer)));
    backend.submit(&mut Batch::of(tasks));
    backend.poll(completions);
    for done in completions.drain() {
        buffers[done.tag.index()] = sealed(done.result.ok());
    }
}

fn one_by_one(backend: &mut dyn Backend, keys: &[Arc<LoadedKey>], buffers: &mut Buffers) {
    for (key, buffer) in keys.iter().zip(buffers) {
        let mut task = Task::process(Arc::clone(key), std::mem::take(buffer));
        *buffer = sealed(backend.run(&mut task).and_then(Result::ok));
    }
}

/// Nothing for what failed, which then differs from the other side.
fn sealed(outcome: Option<Outcome>) -> BytesMut {
    match outcome {
        Some(Outcome::Sealed(sealed)) => sealed,
        _ => BytesMut::new(),
    }
}

/// The keys of an object, all made of one.
fn parts(key: &[u8; 32]) -> ([u8; 32], [u8; 32], [u8; 16]) {
    (*key, key.map(|byte| byte ^ 0xa5), std::array::from_fn(|at| key[at] ^ 0x5a))
}

fn loaded(key: &[u8; 32]) -> Result<Arc<LoadedKey>, Failure> {
    let (enc, mac, app) = parts(key);
    let (id, partition) = (KeyId([1; 16]), PartitionId([1; 16]));
    let record = KeyRecord {
        object: Some(OBJECT),
        lengths: DataLengths::UpTo(1000),
        ..KeyRecord::first(id, partition, Usage::EncryptBlocks, UnixMs(0))
    };
    let channel = Channel { enc: Secret::new(enc), mac: Secret::new(mac) };
    let material = Material::Aes128(Secret::new(app));
    Ok(Arc::new(LoadedKey::new(record, Some(channel), material, Arc::default())?))
}

/// The same chain over aws-lc, with its keys kept.
struct Peer {
    opening: DecryptingKey,
    sealing: EncryptingKey,
    mac: EncryptingKey,
    app: EncryptingKey,
}

impl Peer {
    fn new(key: &[u8; 32]) -> Result<Self, Unspecified> {
        let (enc, mac, app) = parts(key);
        Ok(Self {
            opening: DecryptingKey::cbc(UnboundCipherKey::new(&AES_256, &enc)?)?,
            sealing: EncryptingKey::cbc(UnboundCipherKey::new(&AES_256, &enc)?)?,
            mac: EncryptingKey::cbc(UnboundCipherKey::new(&AES_256, &mac)?)?,
            app: EncryptingKey::ecb(UnboundCipherKey::new(&AES_128, &app)?)?,
        })
    }

    /// A sealed request for so many bytes of data.
    fn request(&self, bytes: usize) -> Result<Vec<u8>, Unspecified> {
        let mut sealed = vec![REQUEST];
        sealed.extend_from_slice(&OBJECT.to_be_bytes());
        sealed.extend_from_slice(&NONCE);
        sealed.extend((0..bytes).map(|at| at as u8));
        pad(&mut sealed);
        encrypt(&self.sealing, &mut sealed)?;
        let tag = self.tag(&sealed, &mut Vec::new())?;
        sealed.extend_from_slice(&tag);
        Ok(sealed)
    }

    /// The last block of the encryption of a copy: the library has no CBC-MAC.
    fn tag(&self, body: &[u8], scratch: &mut Vec<u8>) -> Result<[u8; TAG_BYTES], Unspecified> {
        scratch.clear();
        scratch.extend_from_slice(body);
        encrypt(&self.mac, scratch)?;
        scratch.last_chunk().copied().ok_or(Unspecified)
    }

    /// Turns a request into its answer.
    fn answer(&self, sealed: &mut BytesMut, scratch: &mut Vec<u8>) -> Result<(), Unspecified> {
        let body = sealed.len() - TAG_BYTES;
        let tag = self.tag(&sealed[..body], scratch)?;
        verify_slices_are_equal(&tag, &sealed[body..])?;
        sealed.truncate(body);
        let iv = DecryptionContext::Iv128(FixedLength::from([0; 16]));
        self.opening.decrypt(sealed, iv)?;
        let (header, rest) = sealed.split_at(HEADER_BYTES);
        let (nonce, data) = (*header.last_chunk().ok_or(Unspecified)?, unpadded(rest)?);
        if header[0] != REQUEST || header[1..5] != OBJECT.to_be_bytes() {
            return Err(Unspecified);
        }
        sealed.truncate(HEADER_BYTES + data);
        sealed[..HEADER_BYTES].copy_from_slice(&answer_header(OBJECT, nonce));
        self.app.less_safe_encrypt(&mut sealed[HEADER_BYTES..], EncryptionContext::None)?;
        let pad = 16 - sealed.len() % 16;
        sealed.resize(sealed.len() + pad, pad as u8);
        encrypt(&self.sealing, sealed)?;
        let tag = self.tag(sealed, scratch)?;
        sealed.extend_from_slice(&tag);
        Ok(())
    }
}

fn encrypt(key: &EncryptingKey, data: &mut [u8]) -> Result<(), Unspecified> {
    let iv = EncryptionContext::Iv128(FixedLength::from([0; 16]));
    key.less_safe_encrypt(data, iv).map(drop)
}

fn pad(data: &mut Vec<u8>) {
    let pad = 16 - data.len() % 16;
    data.resize(data.len() + pad, pad as u8);
}

/// Bytes in front of the padding.
fn unpadded(data: &[u8]) -> Result<usize, Unspecified> {
    let pad = usize::from(*data.last().ok_or(Unspecified)?);
    let rest = data.len().checked_sub(pad).ok_or(Unspecified)?;
    let sound =
        (1..=16).contains(&pad) && data[rest..].iter().all(|byte| usize::from(*byte) == pad);
    if sound { Ok(rest) } else { Err(Unspecified) }
}

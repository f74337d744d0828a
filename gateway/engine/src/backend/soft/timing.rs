//! A failed record makes the same cipher calls as a good one, wherever it fails.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use bytes::BytesMut;
use typex_core::error::{ErrorKind, InvalidData};
use typex_core::id::{KeyId, PartitionId};
use typex_core::key::{Channel, KeyRecord, Material, Usage};
use typex_core::secret::Secret;
use typex_core::time::UnixMs;
use typex_kernels::RoundKeys;

use super::cipher::{Call, counted};
use super::process::{Chain, run_lanes, run_one};
use crate::key::LoadedKey;

const OBJECT: u32 = 0xee01;

fn key(usage: Usage, material: Material) -> LoadedKey {
    let record = KeyRecord {
        object: Some(OBJECT),
        ..KeyRecord::first(KeyId([1; 16]), PartitionId([1; 16]), usage, UnixMs(0))
    };
    let channel = Channel { enc: Secret::new([3; 32]), mac: Secret::new([4; 32]) };
    LoadedKey::new(record, Some(channel), material, Arc::new(AtomicBool::new(false))).unwrap()
}

fn rsa() -> LoadedKey {
    let rsa = typex_kernels::rsa::RsaPrivate::generate(1024).unwrap();
    let der = Secret::new(rsa.to_der().unwrap().to_vec());
    key(Usage::RsaPrivate { modulus_bytes: 128 }, Material::RsaPrivate(der))
}

/// Seals padded clear text under the channel keys above.
fn seal(mut clear: Vec<u8>) -> BytesMut {
    typex_kernels::cbc_encrypt(&RoundKeys::new(&[3; 32]).unwrap(), &[0; 16], &mut clear).unwrap();
    let tag = typex_kernels::cbc_mac(&RoundKeys::new(&[4; 32]).unwrap(), &clear).unwrap();
    clear.extend_from_slice(&tag);
    BytesMut::from(&clear[..])
}

fn clear(data: &[u8]) -> Vec<u8> {
    let mut clear = vec![0x1f];
    clear.extend_from_slice(&OBJECT.to_be_bytes());
    clear.extend_from_slice(&[7; 8]);
    clear.extend_from_slice(data);
    let pad = 16 - clear.len() % 16;
    clear.resize(clear.len() + pad, pad as u8);
    clear
}

/// The same request broken in every way that has one answer.
fn broken(data: &[u8]) -> Vec<BytesMut> {
    let sound = clear(data);
    let mut all = Vec::new();
    for at in [0, 3, sound.len() - 1] {
        let mut clear = sound.clone();
        clear[at] ^= 0x40;
        all.push(seal(clear));
    }
    for at in [0, sound.len(), sound.len() + 15] {
        let mut sealed = seal(sound.clone());
        sealed[at] ^= 1;
        all.push(sealed);
    }
    all
}

fn calls(key: &LoadedKey, mut sealed: BytesMut) -> (Result<(), ErrorKind>, Vec<(Call, usize)>) {
    let seed = Secret::new([9; 32]);
    counted(|| run_one(Chain::new(key, &mut sealed, Some(&seed)).unwrap()))
}

fn every_failure_costs_what_success_does(key: &LoadedKey, data: &[u8]) {
    let (result, expected) = calls(key, seal(clear(data)));
    assert_eq!(result, Ok(()));
    for sealed in broken(data) {
        let (result, calls) = calls(key, sealed);
        assert_eq!(result, Err(ErrorKind::VerifyFailed));
        assert_eq!(calls, expected);
    }
}

#[test]
fn failures_cost_what_success_does() {
    let app = || Material::Aes128(Secret::new([5; 16]));
    for data in [&[1; 16][..], &[1; 32]] {
        every_failure_costs_what_success_does(&key(Usage::EncryptBlocks, app()), data);
        every_failure_costs_what_success_does(&key(Usage::DecryptBlocks, app()), data);
    }
    every_failure_costs_what_success_does(&rsa(), &[0; 128]);
    every_failure_costs_what_success_does(&rsa(), &[1; 128]);
}

/// A wrong length inside is told apart, but not by its cost.
#[test]
fn a_wrong_length_costs_what_success_does() {
    let key = key(Usage::EncryptBlocks, Material::Aes128(Secret::new([5; 16])));
    let (_, expected) = calls(&key, seal(clear(&[1; 16])));
    for data in [3, 13, 15, 17, 18] {
        let (result, calls) = calls(&key, seal(clear(&vec![1; data])));
        assert_eq!(result, Err(ErrorKind::InvalidData(InvalidData::Raw)), "{data}");
        assert_eq!(calls, expected, "{data}");
    }
}

/// How much random data a good request gets is seen in its answer; a failed one gets a fixed
/// amount made, whatever it holds.
#[test]
fn failed_random_requests_cost_the_same() {
    let key = key(Usage::Random, Material::None);
    let mut seen: Option<Vec<(Call, usize)>> = None;
    for wanted in [[0, 1], [0, 200], [16, 0], [255, 255]] {
        for sealed in broken(&wanted) {
            let (result, calls) = calls(&key, sealed);
            assert_eq!(result, Err(ErrorKind::VerifyFailed));
            assert_eq!(*seen.get_or_insert_with(|| calls.clone()), calls);
        }
    }
}

/// In lanes the calls are made for the whole batch; a broken record stays in every one of them.
#[test]
fn a_broken_record_stays_in_its_batch() {
    let key = key(Usage::EncryptBlocks, Material::Aes128(Secret::new([5; 16])));
    let run = |mut sealed: Vec<BytesMut>| {
        let mut chains: Vec<Chain<'_>> =
            sealed.iter_mut().map(|sealed| Chain::new(&key, sealed, None).unwrap()).collect();
        counted(|| run_lanes(&mut chains).into_iter().collect::<Vec<_>>())
    };
    let sound = || seal(clear(&[1; 16]));
    let (_, expected) = run((0..6).map(|_| sound()).collect());
    let (results, calls) = run(broken(&[1; 16]));
    assert_eq!(calls, expected);
    assert_eq!(results, [Err(ErrorKind::VerifyFailed); 6]);
}

/// Nothing of a request is left behind in a buffer that is handed back as failed.
#[test]
fn a_failed_buffer_is_wiped() {
    let key = key(Usage::EncryptBlocks, Material::Aes128(Secret::new([5; 16])));
    for mut sealed in broken(&[1; 16]) {
        let result = run_one(Chain::new(&key, &mut sealed, None).unwrap());
        assert!(result.is_err() && sealed.iter().all(|byte| *byte == 0));
    }
}

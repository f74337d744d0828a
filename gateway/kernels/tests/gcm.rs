//! GCM in every way of this machine against aws-lc, at all lengths around vectors. NIST's vectors
//! are in `nist.rs`.

#![allow(clippy::unwrap_used)]

use aws_lc_rs::aead::{self, Aad, LessSafeKey, UnboundKey};
use typex_kernels::gcm::{self, GcmError, GcmJob, GcmKey};

fn bytes(length: usize, seed: usize) -> Vec<u8> {
    (0..length).map(|at| (at * 7 + seed * 31 + at / 251) as u8).collect()
}

fn sealed_by_the_library(key: &[u8], nonce: [u8; 12], aad: &[u8], data: &[u8]) -> Vec<u8> {
    let algorithm = match key.len() {
        16 => &aead::AES_128_GCM,
        24 => &aead::AES_192_GCM,
        _ => &aead::AES_256_GCM,
    };
    let key = LessSafeKey::new(UnboundKey::new(algorithm, key).unwrap());
    let mut sealed = data.to_vec();
    let nonce = aead::Nonce::assume_unique_for_key(nonce);
    key.seal_in_place_append_tag(nonce, Aad::from(aad), &mut sealed).unwrap();
    sealed
}

fn check(key: &[u8], nonce: [u8; 12], aad: &[u8], data: &[u8]) {
    let expected = sealed_by_the_library(key, nonce, aad, data);
    let (text, expected_tag) = expected.split_at(data.len());
    for own in GcmKey::every_way(key).unwrap() {
        let place = format!("{} {} {}", own.way(), aad.len(), data.len());
        let mut own_text = data.to_vec();
        let tag = gcm::seal(&own, &nonce, aad, &mut own_text).unwrap();
        assert!(own_text == text && tag == expected_tag, "{place}");
        gcm::open(&own, &nonce, aad, &mut own_text, &tag).unwrap();
        assert!(own_text == data, "{place}");
    }
}

#[test]
fn every_length_around_vectors_agrees_with_another_implementation() {
    for key_bytes in [16, 24, 32] {
        let key = bytes(key_bytes, 3);
        for length in (0..=600).chain([1023, 1024, 1025, 4096, 16_384, 65_536]) {
            check(&key, [5; 12], &bytes(length % 20, 1), &bytes(length, 2));
        }
        for aad in 0..=200 {
            check(&key, [6; 12], &bytes(aad, 1), &bytes(aad % 37, 2));
        }
    }
}

#[test]
fn any_nonce_and_key_agrees_with_another_implementation() {
    for seed in 0..300 {
        let nonce = bytes(12, seed * 3 + 1).try_into().unwrap();
        check(&bytes(32, seed), nonce, &bytes(seed % 17, seed), &bytes(seed, seed));
    }
}

#[test]
fn every_changed_bit_of_a_tag_is_refused() {
    for key in GcmKey::every_way(&[9; 32]).unwrap() {
        let mut sealed = bytes(100, 1);
        let tag = gcm::seal(&key, &[1; 12], b"header", &mut sealed).unwrap();
        for bit in 0..128 {
            let (mut data, mut forged) = (sealed.clone(), tag);
            forged[bit / 8] ^= 1 << (bit % 8);
            let opened = gcm::open(&key, &[1; 12], b"header", &mut data, &forged);
            assert_eq!((opened, data), (Err(GcmError::Forged), vec![0; 100]));
        }
        let mut data = sealed.clone();
        assert!(gcm::open(&key, &[1; 12], b"headers", &mut data, &tag).is_err());
        assert!(gcm::open(&key, &[2; 12], b"header", &mut sealed, &tag).is_err());
    }
}

#[test]
fn a_batch_of_keys_of_all_sizes_is_sealed_as_one_by_one() {
    let keys: Vec<_> =
        (0..70).map(|at| GcmKey::new(&bytes([16, 24, 32][at % 3], at)).unwrap()).collect();
    let mut messages: Vec<_> = (0..70).map(|at| bytes(at * 5, at)).collect();
    let alone: Vec<_> = keys
        .iter()
        .zip(messages.clone())
        .map(|(key, mut data)| (gcm::seal(key, &[4; 12], b"", &mut data).unwrap(), data))
        .collect();
    let jobs = keys.iter().zip(&mut messages);
    let mut jobs: Vec<_> =
        jobs.map(|(key, data)| GcmJob::new(key, [4; 12], b"", data).unwrap()).collect();
    assert!(jobs.iter().all(|job| job.tag() == [0; 16]));
    gcm::seal_lanes(&mut jobs);
    let tags: Vec<_> = jobs.iter().map(GcmJob::tag).collect();
    for ((tag, message), (expected, data)) in tags.into_iter().zip(messages).zip(alone) {
        assert!(tag == expected && message == data);
    }
}

#[test]
fn other_lengths_of_keys_are_refused() {
    for length in (0..70).filter(|length| ![16, 24, 32].contains(length)) {
        assert!(GcmKey::new(&vec![1; length]).is_err());
        assert!(GcmKey::every_way(&vec![1; length]).is_err());
    }
}

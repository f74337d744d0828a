//! The kernels by themselves, on every path that this machine has under valgrind.

use typex_constant_time::random::Random;
use typex_kernels::ff1::{CardJob, Opening, Shape};
use typex_kernels::tdes::{self, DesKey, MacJob, Padding, TdesKey};
use typex_kernels::{CbcJob, CmacJob, CtrJob, EcbJob, Path, RoundKeys};

use super::{Report, hide};

/// Blocks of each message.
const BLOCKS: usize = 3;

/// Runs all lane functions with a message and with many.
pub(super) fn run(report: &mut Report) {
    for path in Path::available() {
        for radix in [2, 10, 36, 1000, 65_536] {
            report.clean(&format!("FF1 of radix {radix} on {path}"), || {
                numerals(*path, radix);
                Ok(())
            });
        }
    }
    for count in [1, 64] {
        for path in Path::available() {
            report.clean(&format!("AES lanes on {path}, {count}"), || {
                aes(*path, count);
                Ok(())
            });
            report.clean(&format!("FF1 lanes on {path}, {count}"), || {
                cards(*path, count);
                Ok(())
            });
        }
        for path in tdes::Path::available() {
            report.clean(&format!("triple DES lanes on {path}, {count}"), || {
                triple_des(*path, count);
                Ok(())
            });
        }
    }
}

fn secrets(random: &mut Random, count: usize, bytes: usize) -> Vec<Vec<u8>> {
    let mut all: Vec<_> = (0..count).map(|_| random.bytes(bytes)).collect();
    all.iter_mut().for_each(|bytes| hide(bytes));
    all
}

/// AES keys of all sizes.
#[expect(clippy::vec_box, reason = "keys are hidden where they are, and must not move then")]
fn hidden_keys(random: &mut Random, count: usize) -> Vec<Box<RoundKeys>> {
    let key = |at: usize| {
        let mut key = random.bytes([16, 24, 32][at % 3]);
        hide(&mut key);
        RoundKeys::boxed(&key).expect("a length of AES")
    };
    (0..count).map(key).collect()
}

fn aes(path: Path, count: usize) {
    let mut random = Random::new(7);
    let keys = hidden_keys(&mut random, count);
    let mut data = secrets(&mut random, count, BLOCKS * typex_kernels::BLOCK);
    let mut jobs: Vec<_> = keys
        .iter()
        .zip(&mut data)
        .map(|(key, data)| EcbJob::new(key, data).expect("whole blocks"))
        .collect();
    path.ecb_encrypt_lanes(&mut jobs);
    path.ecb_decrypt_lanes(&mut jobs);
    drop(jobs);
    let mut jobs: Vec<_> = keys
        .iter()
        .zip(&mut data)
        .map(|(key, data)| CbcJob::new(key, [0; 16], data).expect("whole blocks"))
        .collect();
    path.cbc_encrypt_lanes(&mut jobs);
    path.cbc_decrypt_lanes(&mut jobs);
    drop(jobs);
    let streams = keys.iter().zip(&mut data);
    let mut streams: Vec<_> = streams.map(|(key, data)| CtrJob::new(key, [9; 16], data)).collect();
    path.ctr_lanes(&mut streams);
    drop(streams);
    let tags = keys.iter().zip(&data);
    let mut tags: Vec<_> = tags.map(|(key, data)| CmacJob::new(key, &data[1..])).collect();
    path.cmac_lanes(&mut tags);
}

/// Card numbers of all lengths under keys of all sizes.
fn cards(path: Path, count: usize) {
    let mut random = Random::new(9);
    let keys = hidden_keys(&mut random, count);
    let mut texts: Vec<_> = (0..count)
        .map(|at| {
            let mut digits = random.digits(6 + at % 14);
            digits.iter_mut().for_each(|digit| *digit -= b'0');
            hide(&mut digits);
            digits
        })
        .collect();
    let mut tweak = *b"tweak";
    hide(&mut tweak);
    let jobs = keys.iter().zip(&mut texts).map(|(keys, text)| {
        let opening = Opening::new(keys, text.len(), tweak.len()).expect("card numbers fit");
        CardJob::new(keys, &opening, &tweak, text).expect("the opening is of this length")
    });
    let mut jobs: Vec<_> = jobs.collect();
    path.ff1_encrypt_lanes(&mut jobs);
    path.ff1_decrypt_lanes(&mut jobs);
}

/// Short strings and one that takes several blocks a round.
fn numerals(path: Path, radix: u32) {
    let mut random = Random::new(10);
    for length in [20, 21, 150] {
        let (mut key, mut tweak) = (random.bytes(32), random.bytes(21));
        let draw = |_| random.below(u64::from(radix)) as u16;
        let mut bytes: Vec<u8> = (0..length).map(draw).flat_map(u16::to_ne_bytes).collect();
        [&mut key, &mut tweak, &mut bytes].into_iter().for_each(|secret| hide(secret));
        let numerals = bytes.as_chunks().0.iter().map(|pair| u16::from_ne_bytes(*pair));
        let mut numerals: Vec<u16> = numerals.collect();
        let keys = RoundKeys::boxed(&key).expect("a length of AES");
        let shape = Shape::new(radix, length).expect("there are values enough");
        path.ff1_encrypt(&keys, &shape, &tweak, &mut numerals).expect("it is of the shape");
        path.ff1_decrypt(&keys, &shape, &tweak, &mut numerals).expect("it is of the shape");
    }
}

fn triple_des(path: tdes::Path, count: usize) {
    let mut random = Random::new(8);
    let keys: Vec<_> = secrets(&mut random, count, 24)
        .iter()
        .map(|key| TdesKey::new(key).expect("a length of triple DES"))
        .collect();
    let single: Vec<_> = secrets(&mut random, count, 8)
        .iter()
        .map(|key| DesKey::new(key.first_chunk().expect("8 bytes")))
        .collect();
    let mut data = secrets(&mut random, count, BLOCKS * tdes::BLOCK);
    let mut jobs: Vec<_> = single
        .iter()
        .zip(&mut data)
        .map(|(key, data)| tdes::EcbJob::new(key, data).expect("whole blocks"))
        .collect();
    path.ecb_encrypt_lanes(&mut jobs);
    path.ecb_decrypt_lanes(&mut jobs);
    drop(jobs);
    let mut jobs: Vec<_> = keys
        .iter()
        .zip(&mut data)
        .map(|(key, data)| tdes::CbcJob::new(key, [0; 8], data).expect("whole blocks"))
        .collect();
    path.cbc_encrypt_lanes(&mut jobs);
    path.cbc_decrypt_lanes(&mut jobs);
    drop(jobs);
    tags(path, &keys, &data);
}

/// A MAC of each message, of all kinds.
fn tags(path: tdes::Path, keys: &[TdesKey], data: &[Vec<u8>]) {
    let mut tags: Vec<_> = keys
        .iter()
        .zip(data)
        .enumerate()
        .map(|(at, (key, data))| match at % 3 {
            0 => MacJob::retail(key, Padding::Length, &data[1..]),
            1 => MacJob::chained(key, Padding::OneBit, data),
            _ => MacJob::cmac(key, &data[1..]),
        })
        .collect();
    path.mac_lanes(&mut tags);
}

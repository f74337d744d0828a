//! NIST's published triple DES vectors, and those of ISO 9797-1 and of key check values, on every
//! path.

#![allow(clippy::unwrap_used)]

use typex_kernels::tdes::{CbcJob, DesKey, EcbJob, MacJob, Padding, Path, TdesKey, cmac};

mod record;
use record::{Record, of, records, sides};

/// `KEYs` stands for all three parts.
fn key(record: &Record) -> TdesKey {
    let key = match record.find("KEYs") {
        Some(part) => part.repeat(3),
        None => ["KEY1", "KEY2", "KEY3"].map(|part| record.field(part)).concat(),
    };
    TdesKey::new(&key).unwrap()
}

fn keys(records: &[Record]) -> Vec<TdesKey> {
    records.iter().map(key).collect()
}

#[test]
fn ecb_vectors() {
    let all = records("tdes", &["TECB"], 500);
    for section in ["ENCRYPT", "DECRYPT"] {
        let records = of(&all, section);
        let keys = keys(&records);
        for path in Path::available() {
            let (mut lanes, expected): (Vec<_>, Vec<_>) = records.iter().map(sides).unzip();
            let jobs = keys.iter().zip(&mut lanes);
            let mut jobs: Vec<_> =
                jobs.map(|(key, data)| EcbJob::new(key, data).unwrap()).collect();
            match section {
                "ENCRYPT" => path.ecb_encrypt_lanes(&mut jobs),
                _ => path.ecb_decrypt_lanes(&mut jobs),
            }
            assert_eq!(lanes, expected, "{path} {section}");
        }
    }
}

/// With one part for all three the records are single DES.
#[test]
fn single_des_vectors() {
    let all = records("tdes", &["TECB"], 500);
    let single: Vec<_> = all.into_iter().filter(|record| record.find("KEYs").is_some()).collect();
    assert!(single.len() >= 400, "only {} records", single.len());
    for record in single {
        let key = DesKey::new(&record.block("KEYs"));
        let (plain, cipher) = (record.block("PLAINTEXT"), record.block("CIPHERTEXT"));
        assert_eq!(key.encrypt_block(&plain), cipher);
        assert_eq!(key.decrypt_block(&cipher), plain);
    }
}

#[test]
fn cbc_vectors() {
    let all = records("tdes", &["TCBC"], 60);
    for section in ["ENCRYPT", "DECRYPT"] {
        let records = of(&all, section);
        let keys = keys(&records);
        for path in Path::available() {
            let (mut lanes, expected): (Vec<_>, Vec<_>) = records.iter().map(sides).unzip();
            let jobs = keys.iter().zip(&mut lanes).zip(&records);
            let mut jobs: Vec<_> = jobs
                .map(|((key, data), record)| CbcJob::new(key, record.block("IV"), data).unwrap())
                .collect();
            match section {
                "ENCRYPT" => path.cbc_encrypt_lanes(&mut jobs),
                _ => path.cbc_decrypt_lanes(&mut jobs),
            }
            assert_eq!(lanes, expected, "{path} {section}");
        }
    }
}

#[test]
fn cmac_vectors() {
    let records = records("tdes", &["nist-800-38b"], 8);
    let keys = keys(&records);
    for path in Path::available() {
        let jobs = keys.iter().zip(&records);
        let mut jobs: Vec<_> =
            jobs.map(|(key, record)| MacJob::cmac(key, record.field("MESSAGE"))).collect();
        path.mac_lanes(&mut jobs);
        for ((key, record), job) in keys.iter().zip(&records).zip(&jobs) {
            assert_eq!(job.tag()[..], *record.field("OUTPUT"), "{path}");
            assert_eq!(cmac(key, record.field("MESSAGE")), job.tag());
        }
    }
}

fn hex<const BYTES: usize>(text: &str) -> [u8; BYTES] {
    const_hex::decode_to_array(text).unwrap()
}

/// The examples of ISO 9797-1, annex B: algorithm 1 under a single DES key, here all three parts
/// alike, and algorithm 3.
#[test]
fn iso_9797_1_vectors() {
    let single = TdesKey::new(&hex::<8>("0123456789abcdef").repeat(3)).unwrap();
    let double = TdesKey::new(&hex::<16>("0123456789abcdeffedcba9876543210")).unwrap();
    let all = b"Now is the time for all ";
    for path in Path::available() {
        let mut jobs = [
            MacJob::chained(&single, Padding::Zeros, all),
            MacJob::retail(&double, Padding::Zeros, all),
            MacJob::retail(&double, Padding::OneBit, b"Now is the time for it"),
        ];
        path.mac_lanes(&mut jobs);
        let tags = jobs.map(|job| const_hex::encode(job.tag()));
        assert_eq!(tags, ["70a30640cc76dd8b", "a1c72e74ea3fa9b6", "5a692ce64f404145"], "{path}");
    }
}

// spec: payments 4.5
#[test]
fn key_check_value() {
    let key = TdesKey::new(&hex::<16>("0123456789abcdeffedcba9876543210")).unwrap();
    assert_eq!(key.encrypt_block(&[0; 8])[..3], hex::<3>("08d7b4"));
}

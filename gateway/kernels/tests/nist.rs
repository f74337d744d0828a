//! NIST's published vectors, and the worked example of the first dialect, on every path.

#![allow(clippy::unwrap_used)]

use typex_kernels::gcm::{self, GcmError, GcmKey};
use typex_kernels::{CbcJob, CmacJob, CtrJob, EcbJob, MacJob, Path, RoundKeys};

mod record;
use record::{Record, of, sides};

fn records(prefixes: &[&str], least: usize) -> Vec<Record> {
    record::records("aes", prefixes, least)
}

fn keys(records: &[Record]) -> Vec<RoundKeys> {
    records.iter().map(|record| RoundKeys::new(record.field("KEY")).unwrap()).collect()
}

#[test]
fn ecb_vectors() {
    let all = records(&["ECB"], 300);
    for section in ["ENCRYPT", "DECRYPT"] {
        let records = of(&all, section);
        let keys = keys(&records);
        for path in Path::available() {
            let (mut lanes, expected): (Vec<_>, Vec<_>) = records.iter().map(sides).unzip();
            let mut singles = lanes.clone();
            let mut jobs: Vec<_> = keys
                .iter()
                .zip(&mut lanes)
                .map(|(keys, data)| EcbJob::new(keys, data).unwrap())
                .collect();
            let encrypt = section == "ENCRYPT";
            match encrypt {
                true => path.ecb_encrypt_lanes(&mut jobs),
                false => path.ecb_decrypt_lanes(&mut jobs),
            }
            for (keys, data) in keys.iter().zip(&mut singles) {
                match encrypt {
                    true => path.ecb_encrypt(keys, data).unwrap(),
                    false => path.ecb_decrypt(keys, data).unwrap(),
                }
            }
            assert_eq!(lanes, expected, "{path} {section}");
            assert_eq!(singles, expected, "{path} {section}");
        }
    }
}

#[test]
fn cbc_vectors() {
    let all = records(&["CBC"], 200);
    for section in ["ENCRYPT", "DECRYPT"] {
        let records = of(&all, section);
        let keys = keys(&records);
        for path in Path::available() {
            let (mut lanes, expected): (Vec<_>, Vec<_>) = records.iter().map(sides).unzip();
            let mut singles = lanes.clone();
            let mut jobs: Vec<_> = keys
                .iter()
                .zip(&mut lanes)
                .zip(&records)
                .map(|((keys, data), record)| CbcJob::new(keys, record.block("IV"), data).unwrap())
                .collect();
            let encrypt = section == "ENCRYPT";
            match encrypt {
                true => path.cbc_encrypt_lanes(&mut jobs),
                false => path.cbc_decrypt_lanes(&mut jobs),
            }
            for ((keys, data), record) in keys.iter().zip(&mut singles).zip(&records) {
                match encrypt {
                    true => path.cbc_encrypt(keys, &record.block("IV"), data).unwrap(),
                    false => path.cbc_decrypt(keys, &record.block("IV"), data).unwrap(),
                }
            }
            assert_eq!(lanes, expected, "{path} {section}");
            assert_eq!(singles, expected, "{path} {section}");
        }
    }
}

#[test]
fn ctr_vectors() {
    let records = records(&["aes-"], 9);
    let keys = keys(&records);
    for path in Path::available() {
        let (mut lanes, expected): (Vec<_>, Vec<_>) = records.iter().map(sides).unzip();
        let mut jobs: Vec<_> = keys
            .iter()
            .zip(&mut lanes)
            .zip(&records)
            .map(|((keys, data), record)| CtrJob::new(keys, record.block("IV"), data))
            .collect();
        path.ctr_lanes(&mut jobs);
        assert_eq!(lanes, expected, "{path}");
    }
}

#[test]
fn cmac_vectors() {
    let records = records(&["nist-800-38b"], 12);
    let keys = keys(&records);
    for path in Path::available() {
        let mut jobs: Vec<_> = keys
            .iter()
            .zip(&records)
            .map(|(keys, record)| CmacJob::new(keys, record.field("MESSAGE")))
            .collect();
        path.cmac_lanes(&mut jobs);
        for ((keys, record), job) in keys.iter().zip(&records).zip(&jobs) {
            assert_eq!(job.tag()[..], *record.field("OUTPUT"), "{path}");
            assert_eq!(path.cmac(keys, record.field("MESSAGE")), job.tag(), "{path}");
        }
    }
}

/// Key, message and expected tag or ciphertext, in hex.
struct Example {
    plain: &'static str,
    cipher: &'static str,
    tag: &'static str,
}

// spec: enigma-bridge 2.5
const ENC: &str = "e134567890123456789012345678901234567890123456789012345678901234";
const MAC: &str = "e224262820223456789012345678901234567890123456789012345678901234";
const APP: &str = "11223344556677889900aabbccddeeff";
const EXAMPLES: [Example; 2] = [
    Example {
        plain: "1f0000ee01da3903ed1894e3076bc1bee22e409f96e93d7e117393172a030303",
        cipher: "a83d7c7200e54ab8c47b81931a675bcf8ebcb9c68aa7b8519e49aefd1bfb3525",
        tag: "b55f531fe5b2d7ab30ed4fdd2c13bd52",
    },
    Example {
        plain: "f10000ee01db3a04ee1995e40895c6bb9b6a1c3835f98cc56087a03e82030303",
        cipher: "b5551a29363147c03a6061427abf53f5dbaa559d6446468c4970ad96feeb575a",
        tag: "9f0bffa7f339c9318c6fbea4f036837e",
    },
];

fn hex(text: &str) -> Vec<u8> {
    const_hex::decode(text).unwrap()
}

#[test]
fn worked_example_of_enigma_bridge() {
    let (enc, mac) = (RoundKeys::new(&hex(ENC)).unwrap(), RoundKeys::new(&hex(MAC)).unwrap());
    let app = RoundKeys::new(&hex(APP)).unwrap();
    for path in Path::available() {
        for example in &EXAMPLES {
            let mut data = hex(example.plain);
            path.cbc_encrypt(&enc, &[0; 16], &mut data).unwrap();
            assert_eq!(const_hex::encode(&data), example.cipher, "{path}");
            let tag = path.cbc_mac(&mac, &data).unwrap();
            assert_eq!(const_hex::encode(tag), example.tag, "{path}");
            let mut jobs = [MacJob::new(&mac, &data).unwrap()];
            path.cbc_mac_lanes(&mut jobs);
            assert_eq!(jobs[0].tag(), tag, "{path}");
            path.cbc_decrypt(&enc, &[0; 16], &mut data).unwrap();
            assert_eq!(const_hex::encode(&data), example.plain, "{path}");
        }
        let mut data = hex("6bc1bee22e409f96e93d7e117393172a");
        path.ecb_encrypt(&app, &mut data).unwrap();
        assert_eq!(const_hex::encode(&data), "95c6bb9b6a1c3835f98cc56087a03e82", "{path}");
    }
}

#[test]
fn published_messages_are_sealed() {
    for record in records(&["gcmEncrypt"], 200) {
        for key in GcmKey::every_way(record.field("KEY")).unwrap() {
            let mut data = record.field("PT").to_vec();
            let tag = gcm::seal(&key, &record.block("IV"), record.field("AAD"), &mut data).unwrap();
            assert_eq!(data, record.field("CT"), "{}", key.way());
            assert_eq!(tag, record.block("TAG"), "{}", key.way());
        }
    }
}

#[test]
fn published_messages_are_opened_or_refused() {
    let (mut opened, mut refused) = (0, 0);
    for record in records(&["gcmDecrypt"], 200) {
        for key in GcmKey::every_way(record.field("KEY")).unwrap() {
            let mut data = record.field("CT").to_vec();
            let (nonce, tag) = (record.block("IV"), record.block("TAG"));
            match gcm::open(&key, &nonce, record.field("AAD"), &mut data, &tag) {
                Ok(()) => {
                    assert_eq!(data, record.field("PT"), "{}", key.way());
                    opened += 1;
                }
                Err(error) => {
                    assert_eq!((error, record.find("PT")), (GcmError::Forged, None));
                    assert!(data.iter().all(|byte| *byte == 0), "{}", key.way());
                    refused += 1;
                }
            }
        }
    }
    assert!(opened > 50 && refused > 50, "{opened} {refused}");
}

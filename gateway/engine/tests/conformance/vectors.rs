//! Published vectors: FIPS-197, SP 800-38A, -38B and -38D, CAVP, RFC 3686.

use std::path::PathBuf;

use typex_core::error::ErrorKind;
use typex_engine::Cipher;

use crate::case::{Case, any};
use crate::subject::Subject;

/// One record of a vector file.
struct Record {
    section: String,
    fields: Vec<(String, Vec<u8>)>,
    fails: bool,
}

impl Record {
    fn field(&self, name: &str) -> &[u8] {
        let found = self.fields.iter().find(|(field, _)| field == name);
        &found.unwrap_or_else(|| panic!("the record has no {name}")).1
    }

    /// The first of these fields that is there.
    fn one_of(&self, names: &[&str]) -> &[u8] {
        let here = |name: &&&str| self.fields.iter().any(|(field, _)| field == **name);
        self.field(names.iter().find(here).unwrap_or(&names[0]))
    }
}

/// All records of the files whose name starts with `prefix`; at least `least`.
fn records(prefix: &str, least: usize) -> Vec<Record> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../tests/vectors/aes");
    let mut records = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let file = entry.unwrap();
        if file.file_name().to_str().unwrap().starts_with(prefix) {
            parse(&std::fs::read_to_string(file.path()).unwrap(), &mut records);
        }
    }
    assert!(records.len() >= least, "{prefix}: only {} records", records.len());
    records
}

fn parse(text: &str, records: &mut Vec<Record>) {
    let mut section = String::new();
    for line in text.lines().map(str::trim) {
        if let Some(name) = line.strip_prefix('[') {
            section = name.trim_end_matches(']').to_owned();
        } else if line.starts_with("COUNT") {
            records.push(Record { section: section.clone(), fields: Vec::new(), fails: false });
        } else if line == "FAIL" {
            records.last_mut().unwrap().fails = true;
        } else if let Some((name, value)) = line.split_once('=') {
            let value = const_hex::decode(value.trim()).unwrap();
            records.last_mut().unwrap().fields.push((name.trim().to_owned(), value));
        }
    }
}

/// Plaintext and ciphertext modes; each record in the direction of its section.
fn pairs(prefix: &str, least: usize, encrypt: Cipher, decrypt: Cipher) -> Vec<Case> {
    let case = |record: &Record| {
        let (plain, sealed) = (record.field("PLAINTEXT"), record.field("CIPHERTEXT"));
        let (which, from, to) = match record.section.as_str() {
            "ENCRYPT" => (encrypt, plain, sealed),
            _ => (decrypt, sealed, plain),
        };
        let has_iv = record.fields.iter().any(|(name, _)| name == "IV");
        let iv = if has_iv { record.field("IV") } else { &[] };
        Case::cipher(which, &any(record.field("KEY")), iv, &[], from, Ok(to.to_vec()))
    };
    records(prefix, least).iter().map(case).collect()
}

pub(crate) fn ecb(subject: &mut Subject) {
    subject.check(&pairs("ECB", 300, Cipher::EcbEncrypt, Cipher::EcbDecrypt));
    subject.check(&fips_197());
}

pub(crate) fn cbc(subject: &mut Subject) {
    subject.check(&pairs("CBC", 200, Cipher::CbcEncrypt, Cipher::CbcDecrypt));
}

pub(crate) fn ctr(subject: &mut Subject) {
    subject.check(&pairs("aes-", 9, Cipher::Ctr, Cipher::Ctr));
    subject.check(&[counter_of_sp_800_38a()]);
}

pub(crate) fn cmac(subject: &mut Subject) {
    let case = |record: &Record| {
        let expected = Ok(record.field("OUTPUT").to_vec());
        let key = any(record.field("KEY"));
        Case::cipher(Cipher::Cmac, &key, &[], &[], record.field("MESSAGE"), expected)
    };
    subject.check(&records("nist-800-38b", 12).iter().map(case).collect::<Vec<_>>());
}

pub(crate) fn gcm(subject: &mut Subject) {
    let case = |record: &Record| {
        let key = any(record.field("KEY"));
        let (iv, aad) = (record.field("IV"), record.field("AAD"));
        let sealed = [record.field("CT"), record.field("TAG")].concat();
        if record.section == "ENCRYPT" {
            let clear = record.one_of(&["PT"]);
            return Case::cipher(Cipher::GcmEncrypt, &key, iv, aad, clear, Ok(sealed));
        }
        let expected = match record.fails {
            true => Err(ErrorKind::VerifyFailed),
            false => Ok(record.field("PT").to_vec()),
        };
        Case::cipher(Cipher::GcmDecrypt, &key, iv, aad, &sealed, expected)
    };
    let cases: Vec<Case> = records("gcm", 500).iter().map(case).collect();
    assert!(cases.iter().filter(|case| case.expected.is_err()).count() > 100);
    subject.check(&cases);
}

fn hex(text: &str) -> Vec<u8> {
    const_hex::decode(text).unwrap()
}

/// Appendices B and C.
fn fips_197() -> Vec<Case> {
    let long = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";
    let plain = "00112233445566778899aabbccddeeff";
    let vectors = [
        (
            "2b7e151628aed2a6abf7158809cf4f3c",
            "3243f6a8885a308d313198a2e0370734",
            "3925841d02dc09fbdc118597196a0b32",
        ),
        (&long[..32], plain, "69c4e0d86a7b0430d8cdb78070b4c55a"),
        (&long[..48], plain, "dda97ca4864cdfe06eaf70a0ec0d7191"),
        (long, plain, "8ea2b7ca516745bfeafc49904b496089"),
    ];
    let both = vectors.map(|(key, clear, sealed)| {
        let (key, clear, sealed) = (any(&hex(key)), hex(clear), hex(sealed));
        [
            Case::cipher(Cipher::EcbEncrypt, &key, &[], &[], &clear, Ok(sealed.clone())),
            Case::cipher(Cipher::EcbDecrypt, &key, &[], &[], &sealed, Ok(clear)),
        ]
    });
    both.into_iter().flatten().collect()
}

/// F.5.1: a counter that starts in the middle of its range.
fn counter_of_sp_800_38a() -> Case {
    let clear = "6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e51";
    let sealed = "874d6191b620e3261bef6864990db6ce9806f66b7970fdff8617187bb9fffdff";
    let key = any(&hex("2b7e151628aed2a6abf7158809cf4f3c"));
    let iv = hex("f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff");
    Case::cipher(Cipher::Ctr, &key, &iv, &[], &hex(clear), Ok(hex(sealed)))
}

//! Published vectors of RSA with padding: `tests/vectors/rsa`.

use std::collections::HashMap;
use std::sync::LazyLock;

use typex_core::op::rsa::{Oaep, Pss, RsaEncryption, RsaHash, RsaSignature, Salt};
use typex_engine::rsa::{Error, PrivateJob, Rejection, Signed, encrypt, verify};
use typex_kernels::rsa::{CrtParts, RsaPrivate, RsaPublic};

use crate::harness::{field, records, text};

type Record = Vec<(String, String)>;

const KEYS: &str = include_str!("../../../../tests/vectors/rsa/keys.txt");
const ENCRYPTION: &str = include_str!("../../../../tests/vectors/rsa/encryption.txt");
const SIGNATURE: &str = include_str!("../../../../tests/vectors/rsa/signature.txt");
const VERIFICATION: &str = include_str!("../../../../tests/vectors/rsa/verification.txt");
const LABEL: &str = include_str!("../../../../tests/vectors/rsa/label.txt");

/// By their names. To check that their factors are primes takes a while.
static PAIRS: LazyLock<HashMap<String, RsaPrivate>> = LazyLock::new(|| {
    let key = |record: &Record| {
        let part = |name| field(record, name);
        let [p, q, dp, dq, q_inv] = &["p", "q", "dp", "dq", "qinv"].map(part);
        let key = RsaPrivate::from_crt(&CrtParts { dp, dq, p, q, q_inv }).expect("a key");
        (text(record, "name").to_owned(), key)
    };
    records(KEYS, "name").iter().map(key).collect()
});

fn hash(record: &Record, name: &str) -> RsaHash {
    match text(record, name) {
        "SHA-1" => RsaHash::Sha1,
        "SHA-256" => RsaHash::Sha256,
        "SHA-384" => RsaHash::Sha384,
        "SHA-512" => RsaHash::Sha512,
        other => panic!("{other}"),
    }
}

fn encryption(record: &Record) -> RsaEncryption {
    match text(record, "padding") {
        "PKCS1" => RsaEncryption::Pkcs1,
        _ => RsaEncryption::Oaep(Oaep {
            hash: hash(record, "hash"),
            mask: hash(record, "mask"),
            label: field(record, "label"),
        }),
    }
}

fn signature(record: &Record, salt: Salt) -> RsaSignature {
    let hash = hash(record, "hash");
    match text(record, "padding") {
        "PKCS1" => RsaSignature::Pkcs1(hash),
        _ => RsaSignature::Pss(Pss { hash, mask: hash, salt }),
    }
}

/// Gives what the vector says was drawn, and zeros behind it.
fn given(random: &[u8]) -> impl FnOnce(&mut [u8]) -> Result<(), Error> {
    move |out| {
        let drawn = random.iter().copied().chain(std::iter::repeat(0));
        out.iter_mut().zip(drawn).for_each(|(out, byte)| *out = byte);
        Ok(())
    }
}

#[test]
fn messages_are_encrypted_and_decrypted_as_published() {
    let mut made = 0;
    for record in records(ENCRYPTION, "padding") {
        let (key, padding) = (&PAIRS[text(&record, "key")], encryption(&record));
        let [message, ciphertext, random] =
            ["message", "ciphertext", "random"].map(|name| field(&record, name));
        let job = PrivateJob::decrypt(key, &padding, &ciphertext, Rejection::Told).unwrap();
        assert_eq!(job.run().unwrap().expose(), &message, "{record:?}");
        if !random.is_empty() {
            let again = encrypt(key.public(), &padding, &message, given(&random));
            assert_eq!(again, Ok(ciphertext), "{record:?}");
            made += 1;
        }
    }
    assert_eq!((records(ENCRYPTION, "padding").len(), made), (45, 30));
}

#[test]
fn a_label_binds_as_published() {
    for record in records(LABEL, "der") {
        let key = RsaPrivate::from_der(&field(&record, "der")).unwrap();
        let ciphertext = field(&record, "ciphertext");
        let opened = |padding: &RsaEncryption| {
            PrivateJob::decrypt(&key, padding, &ciphertext, Rejection::Told).unwrap().run()
        };
        let right = encryption(&record);
        assert_eq!(opened(&right).unwrap().expose(), &field(&record, "message"));
        let without = RsaEncryption::Oaep(Oaep::plain(RsaHash::Sha512));
        assert_eq!(opened(&without).err(), Some(Error::Verify));
    }
    assert_eq!(records(LABEL, "der").len(), 1);
}

#[test]
fn signatures_are_made_and_checked_as_published() {
    let all = records(SIGNATURE, "padding");
    for record in &all {
        let key = &PAIRS[text(record, "key")];
        let [message, expected, random] =
            ["message", "signature", "random"].map(|name| field(record, name));
        for salt in [Salt::Hash, Salt::Bytes(20)] {
            let (padding, signed) = (signature(record, salt), Signed::Message(&message));
            let made = PrivateJob::sign(key, padding, signed, given(&random)).unwrap();
            assert_eq!(made.run().unwrap().expose(), &expected, "{record:?}");
        }
        for salt in [Salt::Hash, Salt::Bytes(20), Salt::Any] {
            let padding = signature(record, salt);
            let checked = verify(key.public(), padding, Signed::Message(&message), &expected);
            assert_eq!(checked, Ok(()), "{record:?}");
        }
    }
    assert_eq!(all.len(), 30);
}

#[test]
fn signatures_are_judged_as_published() {
    let all = records(VERIFICATION, "padding");
    let mut valid = 0;
    for record in &all {
        let [modulus, exponent, message, made] =
            ["modulus", "exponent", "message", "signature"].map(|name| field(record, name));
        let salt = text(record, "salt").parse().map_or(Salt::Hash, Salt::Bytes);
        let expected = text(record, "result") == "valid";
        valid += usize::from(expected);
        // Some changed exponents are none that a key has.
        let key = RsaPublic::new(&modulus, &exponent);
        assert!(key.is_ok() || !expected, "{record:?}");
        let Ok(key) = key else { continue };
        for salt in [salt, Salt::Any] {
            let padding = signature(record, salt);
            let judged = verify(&key, padding, Signed::Message(&message), &made);
            assert_eq!(judged.is_ok(), expected, "{record:?}");
        }
    }
    assert_eq!((all.len(), valid), (VERIFIED, VALID));
}

const VERIFIED: usize = 110;
const VALID: usize = 50;

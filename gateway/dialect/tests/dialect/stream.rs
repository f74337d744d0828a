//! The records that the page of the stream protocol shows, and records that are none.
// spec: stream 8

use std::collections::BTreeMap;

use bytes::BytesMut;
use typex_core::error::Malformed;
use typex_core::key::KeyName;
use typex_core::op::crypto::{CryptoCall, Scheme};
use typex_core::op::payment::{
    Cipher, Dukpt, KeyRef, MacMethod, Mode, Part, RefName, Source, Task,
};
use typex_core::op::rsa::{Oaep, Pss, RsaEncryption, RsaHash, RsaSignature, Salt};
use typex_core::op::token::{self, Mask};
use typex_core::token::DomainName;
use typex_core::{ErrorKind, KeyId};
use typex_dialect::stream::{Asked, Target, Work, asked};
use typex_wire::{Body, Frame, Limits, Parameters, Request, operation, tag};

const PAGE: &str = include_str!("../../../../docs/dialects/stream.md");

/// Handles 1 to 6 are payment keys, 7 is a domain, 8 a key of an instance, 10 an object.
fn targets() -> BTreeMap<u32, Target> {
    let key = |handle: u32| (handle, Target::Payment(KeyId([handle as u8; 16])));
    let domain = DomainName::parse("cards").unwrap();
    let others = [
        (7, Target::Domain(domain)),
        (8, Target::Instance(KeyId([8; 16]))),
        (10, Target::Process(KeyName::Object(1))),
    ];
    (1..7).map(key).chain(others).collect()
}

fn read(record: Request) -> Asked {
    let targets = targets();
    asked(record, &|handle| targets.get(&handle))
}

/// The records of a frame of the page.
fn shown(name: &str) -> Vec<Request> {
    let (_, block) = PAGE.split_once(&format!("```hex {name}\n")).expect(name);
    let digits: String = block.split_once("```").unwrap().0.split_whitespace().collect();
    let mut stream = BytesMut::from(&const_hex::decode(digits).unwrap()[..]);
    let frame = Frame::take(&mut stream, &Limits::default()).unwrap().unwrap();
    let Body::Batch(batch) = frame.body().unwrap() else { panic!("{name} is a batch") };
    batch.map(Result::unwrap).collect()
}

/// The keys and the task of the only record of a frame.
fn payment(name: &str) -> (Vec<(Part, Source, Option<Dukpt>)>, Task) {
    let asked = read(shown(name).pop().unwrap());
    let Ok(Work::Payment(call)) = asked.work else { panic!("{name} is a payment") };
    let keys = call.keys.into_iter().map(|key| (key.part, key.source, key.dukpt));
    (keys.collect(), call.task)
}

fn is_key(source: &Source, handle: u8) -> bool {
    let name = RefName::Id(KeyId([handle; 16]));
    matches!(source, Source::Stored(key) if *key == KeyRef { account: None, name })
}

#[test]
fn data_goes_from_cbc_to_gcm() {
    let (keys, task) = payment("reencrypt");
    let [(Part::Incoming, from, None), (Part::Outgoing, to, None)] = &keys[..] else { panic!() };
    assert!(is_key(from, 2) && is_key(to, 3));
    let Task::ReEncrypt { incoming, outgoing, ciphertext, track: None } = task else { panic!() };
    let Cipher::Block { mode: Mode::Cbc, iv } = incoming else { panic!("CBC") };
    assert_eq!(iv.as_deref(), Some(&[0x10, 0x11, 0x12, 0x13, 0x14, 0x15, 0x16, 0x17][..]));
    let Cipher::Gcm { aad, nonce: None, tag: None } = outgoing else { panic!("GCM") };
    assert_eq!(aad.as_deref(), Some(&b"till 7"[..]));
    assert_eq!(ciphertext.len(), 16);
}

#[test]
fn a_pin_of_a_transaction_is_translated() {
    let (keys, task) = payment("translate_pin");
    let [(Part::Incoming, from, Some(dukpt)), (Part::Outgoing, to, None)] = &keys[..] else {
        panic!("two keys")
    };
    assert!(is_key(from, 4) && is_key(to, 5));
    assert_eq!(const_hex::encode(&dukpt.ksn), "ffff9876543210e00001");
    let Task::TranslatePin { incoming, outgoing } = task else { panic!("a translation") };
    assert_eq!((incoming.form.format, outgoing.format), (0, 4));
    for form in [&incoming.form, &outgoing] {
        assert_eq!(form.pan.as_ref().unwrap().expose(), b"4012345678909");
    }
    assert_eq!(incoming.block, b"01234567");
}

#[test]
fn a_mac_is_asked_for() {
    let (keys, task) = payment("generate_mac");
    assert!(matches!(&keys[..], [(Part::Mac, key, None)] if is_key(key, 6)));
    let Task::GenerateMac { mac, length: Some(8) } = task else { panic!("a MAC") };
    assert_eq!((mac.method, mac.message.expose()), (MacMethod::Cmac, &b"amount 12.50".to_vec()));
}

#[test]
fn tokens_are_made_and_asked_about() {
    let mut records = shown("tokens").into_iter().map(|record| match read(record).work {
        Ok(Work::Token(call)) => *call,
        _ => panic!("an operation on a token"),
    });
    let token::Call { domain, task } = records.next().unwrap();
    assert_eq!(domain.as_str(), "cards");
    let token::Task::Tokenize { value, ttl_ms, metadata } = task else { panic!() };
    assert_eq!(value.expose(), b"4012345678909");
    assert_eq!(ttl_ms, Some(86_400_000));
    assert_eq!(metadata.pairs(), [("shop".to_owned(), "17".to_owned())]);
    let token::Call { task, .. } = records.next().unwrap();
    let token::Task::Detokenize { token, purpose, mask } = task else { panic!() };
    assert_eq!((&token[..], purpose.as_str()), (&b"9203345678908"[..], "refund 12"));
    assert_eq!(mask, Mask::FirstSixLastFour);
}

/// The corpus has a sound record of every operation.
#[test]
fn every_operation_is_read() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/fuzz/corpus/stream_frames");
    let mut read_count = 0;
    for code in (0x0101..=0x0112).chain(0x0201..=0x0208).chain(0x0301..=0x0306) {
        let bytes = std::fs::read(format!("{folder}/operation_{code:04x}")).unwrap();
        let mut stream = BytesMut::from(&bytes[..]);
        let frame = Frame::take(&mut stream, &Limits::default()).unwrap().unwrap();
        let Body::Batch(mut batch) = frame.body().unwrap() else { panic!("a batch") };
        let record = batch.next().unwrap().unwrap();
        assert_eq!(record.operation, code);
        let asked = read(record);
        assert_eq!(asked.work.err(), None, "{code:#06x}");
        read_count += 1;
    }
    assert_eq!(read_count, 32);
}

fn request(operation: u16, handle: u32, fields: &[(u8, &[u8])], data: &[u8]) -> Request {
    let mut parameters = Parameters::default();
    for (tag, value) in fields {
        parameters.put(*tag, value).unwrap();
    }
    let parameters = BytesMut::from(parameters.bytes());
    let data = BytesMut::from(data);
    Request { id: 1, operation, handle, parameters, data }
}

fn refusal(operation: u16, handle: u32, fields: &[(u8, &[u8])], data: &[u8]) -> Option<ErrorKind> {
    read(request(operation, handle, fields, data)).work.err()
}

#[test]
fn what_is_no_record_is_refused() {
    let structure = Some(ErrorKind::Malformed(Malformed::Structure));
    let value = Some(ErrorKind::Malformed(Malformed::Value));
    let mac = operation::GENERATE_MAC;
    let method = (tag::METHOD, &[3][..]);
    let length = (tag::LENGTH, &[8][..]);
    assert_eq!(refusal(mac, 2, &[length, method], b"text"), None);
    assert_eq!(refusal(mac, 2, &[method, length], b"text"), structure, "out of order");
    assert_eq!(refusal(mac, 2, &[length, length, method], b"text"), structure, "twice");
    assert_eq!(refusal(mac, 2, &[length], b"text"), structure, "no method");
    assert_eq!(refusal(mac, 2, &[method, (0x3f, b"")], b"text"), structure, "no such tag");
    assert_eq!(refusal(mac, 2, &[(tag::METHOD, &[9])], b"text"), value);
    assert_eq!(refusal(mac, 2, &[(tag::LENGTH, &[0, 8]), method], b"text"), value, "too long");
    let of_hmac = [method, (tag::HASH, &[1][..])];
    assert_eq!(refusal(mac, 2, &of_hmac, b"text"), value, "a hash of a CMAC");
    let chip = [(tag::PAN, &b"4012345678909"[..]), (tag::SEQUENCE, b"01"), method];
    assert_eq!(refusal(mac, 2, &chip, b"text"), value, "a chip's card of a CMAC");
    assert_eq!(refusal(mac, 7, &[method], b"text"), Some(ErrorKind::KeyUsage), "a domain");
    assert_eq!(refusal(mac, 9, &[method], b"text"), Some(ErrorKind::KeyNotFound));
    assert_eq!(refusal(operation::LOOKUP, 2, &[], b"text"), Some(ErrorKind::KeyUsage), "a key");
    let unknown = Some(ErrorKind::Malformed(Malformed::Function));
    for code in [0, 2, 0x0100, 0x0113, 0x0200, 0x0209, 0x0300, 0x0307, 0x0400, 0xffff] {
        let handle = match code >> 8 {
            2 => 7,
            3 => 8,
            _ => 2,
        };
        assert_eq!(refusal(code, handle, &[], b""), unknown, "{code:#06x}");
    }
    let to = (tag::SECOND + tag::HANDLE, &9_u32.to_be_bytes()[..]);
    let refused = refusal(operation::RETOKENIZE, 7, &[to], b"text");
    assert_eq!(refused, Some(ErrorKind::KeyNotFound), "a second handle");
}

#[test]
fn a_signature_is_asked_for() {
    let record = shown("sign").pop().unwrap();
    let Ok(Work::Crypto(crypto)) = read(Request { handle: 8, ..record }).work else {
        panic!("use of a key")
    };
    assert!(crypto.key == KeyId([8; 16]) && crypto.peer.is_none());
    let CryptoCall::Sign { scheme: Scheme::Ed25519, message, context } = crypto.call else {
        panic!("a signature")
    };
    assert_eq!((&message.expose()[..], &context[..]), (&b"amount 12.50"[..], &b""[..]));
}

#[test]
fn what_is_no_signature_is_refused() {
    let structure = Some(ErrorKind::Malformed(Malformed::Structure));
    let value = Some(ErrorKind::Malformed(Malformed::Value));
    let (sign, verify) = (operation::SIGN, operation::VERIFY);
    let by = |scheme: &'static [u8]| (tag::SCHEME, scheme);
    let context = (tag::CONTEXT, &b"till 7"[..]);
    let signature = (tag::VALUE, &[7; 64][..]);
    for scheme in [&[0x00][..], &[0x01], &[0x02], &[0x10]] {
        assert_eq!(refusal(sign, 8, &[(tag::SCHEME, scheme)], b"text"), None);
        assert_eq!(refusal(sign, 8, &[(tag::SCHEME, scheme), context], b"text"), structure);
    }
    for scheme in [&[0x11][..], &[0x12], &[0x13], &[0x14], &[0x20]] {
        assert_eq!(refusal(verify, 8, &[signature, (tag::SCHEME, scheme), context], b"x"), None);
        assert_eq!(refusal(verify, 8, &[(tag::SCHEME, scheme), context], b"x"), structure);
    }
    for scheme in [&[0x03][..], &[0x15], &[0x21], &[0x34], &[0x44], &[0xff], &[], &[0, 0]] {
        assert_eq!(refusal(sign, 8, &[(tag::SCHEME, scheme)], b"text"), value);
    }
    let long = [7; 256];
    let fits = [by(&[0x20]), (tag::CONTEXT, &long[..255])];
    assert_eq!(refusal(sign, 8, &fits, b"text"), None);
    assert_eq!(refusal(sign, 8, &[by(&[0x20]), (tag::CONTEXT, &long)], b"text"), value);
    assert_eq!(refusal(sign, 8, &[signature, by(&[0])], b"text"), structure);
    assert_eq!(refusal(sign, 8, &[], b"text"), structure);
    assert_eq!(refusal(operation::HMAC, 8, &[signature], b"text"), structure);
    assert_eq!(refusal(operation::VERIFY_HMAC, 8, &[], b"text"), structure);
    let length = Some(ErrorKind::Malformed(Malformed::Length));
    assert_eq!(refusal(operation::HMAC, 8, &[], b""), length);
    assert_eq!(refusal(operation::HMAC, 8, &[], &[0; 2048]), None);
    assert_eq!(refusal(operation::HMAC, 8, &[], &[0; 2049]), Some(ErrorKind::TooLarge));
    for handle in [1, 7, 10] {
        assert_eq!(refusal(operation::HMAC, handle, &[], b"x"), Some(ErrorKind::KeyUsage));
    }
}

fn pss(hash: RsaHash, mask: RsaHash, salt: Salt) -> RsaSignature {
    RsaSignature::Pss(Pss { hash, mask, salt })
}

/// The call of a record that the page shows, or of one with these parameters.
fn rsa_call(operation: u16, fields: &[(u8, &[u8])], data: &[u8]) -> CryptoCall {
    let Ok(Work::Crypto(crypto)) = read(request(operation, 8, fields, data)).work else {
        panic!("use of a key: {operation:#06x} {fields:?}")
    };
    crypto.call
}

#[test]
fn what_is_asked_of_a_key_of_rsa_is_read() {
    let record = shown("sign_digest").pop().unwrap();
    let Ok(Work::Crypto(crypto)) = read(Request { handle: 8, ..record }).work else { panic!() };
    let CryptoCall::Sign { scheme, message, .. } = crypto.call else { panic!("a signature") };
    let padding = pss(RsaHash::Sha256, RsaHash::Sha256, Salt::Bytes(20));
    assert_eq!(scheme, Scheme::Rsa { padding, is_digest: true });
    assert_eq!(message.expose().len(), 32);
    let record = shown("encrypt_rsa").pop().unwrap();
    let Ok(Work::Crypto(crypto)) = read(Request { handle: 8, ..record }).work else { panic!() };
    let CryptoCall::EncryptRsa { padding, message } = crypto.call else { panic!("encryption") };
    let (hash, mask, label) = (RsaHash::Sha256, RsaHash::Sha1, b"till 7".to_vec());
    assert_eq!(padding, RsaEncryption::Oaep(Oaep { hash, mask, label }));
    assert_eq!(&message.expose()[..], b"amount 12.50");
    let any = [(tag::SCHEME, &[0x43][..]), (tag::MASK_HASH, &[2]), (tag::SALT, &[0xff; 2])];
    let CryptoCall::Sign { scheme, .. } = rsa_call(operation::SIGN, &any, b"x") else { panic!() };
    let padding = pss(RsaHash::Sha512, RsaHash::Sha384, Salt::Any);
    assert_eq!(scheme, Scheme::Rsa { padding, is_digest: false });
    for (code, hash) in (0x30..).zip(RsaHash::ALL) {
        let by = [(tag::SCHEME, &[code][..]), (tag::DIGEST, &[0])];
        let CryptoCall::Sign { scheme, .. } = rsa_call(operation::SIGN, &by, b"x") else {
            panic!()
        };
        let padding = RsaSignature::Pkcs1(hash);
        assert_eq!(scheme, Scheme::Rsa { padding, is_digest: false });
    }
    for (code, hash) in [(0x21, RsaHash::Sha1), (0x24, RsaHash::Sha384), (0x23, RsaHash::Sha512)] {
        let by = [(tag::CIPHER, &[code][..])];
        let call = rsa_call(operation::DECRYPT_RSA, &by, b"");
        let CryptoCall::DecryptRsa { padding, message } = call else { panic!() };
        assert_eq!((padding, message), (RsaEncryption::Oaep(Oaep::plain(hash)), vec![]));
    }
}

type Field = (u8, &'static [u8]);

const BY_PKCS1: Field = (tag::SCHEME, &[0x31]);
const BY_PSS: Field = (tag::SCHEME, &[0x41]);
const PLAIN: Field = (tag::CIPHER, &[0x20]);
const OAEP: Field = (tag::CIPHER, &[0x22]);
const MASK: Field = (tag::MASK_HASH, &[1]);
const SALT: Field = (tag::SALT, &[0, 32]);
const DIGEST: Field = (tag::DIGEST, &[1]);
const LABEL: Field = (tag::LABEL, b"till 7");

#[test]
fn what_no_signature_of_rsa_has_is_refused() {
    let structure = Some(ErrorKind::Malformed(Malformed::Structure));
    let value = Some(ErrorKind::Malformed(Malformed::Value));
    let refused = |fields: &[Field]| refusal(operation::SIGN, 8, fields, b"text");
    for fields in [&[BY_PKCS1, DIGEST][..], &[BY_PSS, MASK, SALT, DIGEST], &[BY_PSS, SALT]] {
        assert_eq!(refused(fields), None);
    }
    let wrong: [&[_]; 6] = [
        &[BY_PKCS1, MASK],
        &[BY_PKCS1, SALT],
        &[BY_PSS, SALT, MASK],
        &[BY_PSS, (tag::CONTEXT, b"till 7")],
        &[BY_PSS, LABEL],
        &[(tag::SCHEME, &[0]), DIGEST],
    ];
    for fields in wrong {
        assert_eq!(refused(fields), structure, "{fields:?}");
    }
    for field in [(tag::MASK_HASH, &[4][..]), (tag::SALT, &[32]), (tag::DIGEST, &[2])] {
        assert_eq!(refused(&[BY_PSS, field]), value, "{field:?}");
    }
}

#[test]
fn what_no_encryption_of_rsa_has_is_refused() {
    let structure = Some(ErrorKind::Malformed(Malformed::Structure));
    let value = Some(ErrorKind::Malformed(Malformed::Value));
    let refused = |fields: &[Field]| refusal(operation::ENCRYPT_RSA, 8, fields, b"");
    for fields in [&[PLAIN][..], &[OAEP], &[OAEP, MASK, LABEL]] {
        assert_eq!(refused(fields), None);
    }
    for fields in [&[PLAIN, MASK][..], &[PLAIN, LABEL], &[OAEP, SALT], &[MASK], &[]] {
        assert_eq!(refused(fields), structure, "{fields:?}");
    }
    for cipher in [&[0x00][..], &[0x10], &[0x25], &[0x30], &[], &[0x20, 0]] {
        assert_eq!(refused(&[(tag::CIPHER, cipher)]), value, "{cipher:?}");
    }
    let payment = refusal(operation::ENCRYPT, 2, &[(tag::CIPHER, &[0x24])], b"text");
    assert_eq!(payment, value, "not of payments");
    let long = refusal(operation::ENCRYPT_RSA, 8, &[OAEP], &[0; 2049]);
    assert_eq!(long, Some(ErrorKind::TooLarge));
    let other = refusal(operation::ENCRYPT_RSA, 2, &[OAEP], b"text");
    assert_eq!(other, Some(ErrorKind::KeyUsage), "a payment key");
}

#[test]
fn the_page_names_every_operation() {
    for (first, count) in [(0x0101, 18), (0x0201, 8), (0x0301, 6)] {
        for code in first..first + count {
            assert!(PAGE.contains(&format!("\n| `{code:04x}` | ")), "{code:#06x}");
        }
    }
}

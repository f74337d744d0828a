//! Requests and answers, byte by byte.

use proptest::prelude::*;

use super::{Answer, Ask, Said, SessionKey, Status, WhichKey};
use crate::error::{ErrorKind, InvalidData, Malformed, Payment};
use crate::key::ObjectUse;
use crate::key::object::Settings;
use crate::op::payment::{Cipher, Direction, Done, Encrypted, Mode, RsaPadding, Task};
use crate::secret::Secret;

const IV: [u8; 16] = [0xee; 16];
const BROKEN: ErrorKind = ErrorKind::Malformed(Malformed::Structure);
const BAD: ErrorKind = ErrorKind::InvalidData(InvalidData::Parameter);

fn record(tag: u8, value: &[u8]) -> Vec<u8> {
    let mut record = vec![tag];
    record.extend_from_slice(&u16::try_from(value.len()).unwrap().to_be_bytes());
    record.extend_from_slice(value);
    record
}

fn settings() -> Settings {
    Settings { formats: Some((0, 4)), block_bytes: 16, ..Settings::default() }
}

fn read(what: ObjectUse, records: &[Vec<u8>]) -> Result<Ask, ErrorKind> {
    Ask::read((what, &settings()), &records.concat(), &IV)
}

/// A sound request of each use.
fn sample(what: ObjectUse) -> Vec<Vec<u8>> {
    let (ksn, iv, data) = (record(0xb4, &[1; 10]), record(0xb2, &[2; 16]), record(0xb3, &[3; 32]));
    match what {
        ObjectUse::Hmac => vec![record(0xb0, b"message"), record(0xb1, &[4; 16])],
        ObjectUse::Scramble => vec![record(0xb0, b"value")],
        ObjectUse::AesToRsa | ObjectUse::DesToRsa => vec![iv, data],
        ObjectUse::RsaToAes | ObjectUse::RsaToDes => vec![data],
        ObjectUse::DukptRewrap | ObjectUse::TokenizeWrap => vec![ksn, iv, data],
        ObjectUse::DukptSessionKeys => vec![ksn, record(0xb5, &[2])],
        ObjectUse::DukptPinTranslate => {
            vec![ksn, record(0xb7, b"4111111111111111"), record(0xb8, &[5; 8])]
        }
        ObjectUse::Tokenize => vec![record(0xb0, b"4111111111111111"), record(0xba, &[0; 8])],
        ObjectUse::Detokenize => vec![record(0xb9, b"411111"), record(0xbb, b"refund")],
    }
}

#[test]
fn records_come_in_their_order_each_once_and_whole() {
    for what in ObjectUse::ALL {
        let records = sample(what);
        assert!(read(what, &records).is_ok(), "{what:?}");
        let whole = records.concat();
        for len in 1..whole.len() {
            if let Ok(rest) = Ask::read((what, &settings()), &whole[..len], &IV) {
                drop(rest);
                let begins = records.iter().scan(0, |at, one| {
                    *at += one.len();
                    Some(*at)
                });
                assert!(begins.into_iter().any(|at| at == len), "{what:?} cut at {len}");
            }
        }
        let twice = [records.clone(), vec![records[0].clone()]].concat();
        assert_eq!(read(what, &twice).err(), Some(BROKEN), "{what:?} with a record twice");
        let other = [records.clone(), vec![record(0xbf, b"")]].concat();
        assert_eq!(read(what, &other).err(), Some(BROKEN), "{what:?} with another record");
        if records.len() > 1 {
            let turned: Vec<_> = records.into_iter().rev().collect();
            assert_eq!(read(what, &turned).err(), Some(BROKEN), "{what:?} turned round");
        }
    }
}

#[test]
fn a_mac_is_made_or_verified() {
    let make = read(ObjectUse::Hmac, &[record(0xb0, b"")]);
    assert!(matches!(make, Ok(Ask::Payment { task: Task::GenerateMac { length: None, .. }, .. })));
    let Ok(Ask::Payment { task: Task::VerifyMac { mac, claimed }, .. }) =
        read(ObjectUse::Hmac, &sample(ObjectUse::Hmac))
    else {
        panic!("a verification")
    };
    assert_eq!((mac.message.expose().as_slice(), claimed), (&b"message"[..], vec![4; 16]));
    let short = [record(0xb0, b"message"), record(0xb1, &[4; 15])];
    assert_eq!(read(ObjectUse::Hmac, &short).err(), Some(BAD));
}

#[test]
fn what_is_scrambled_is_no_message_of_an_hmac() {
    let Ok(Ask::Payment { task: Task::GenerateMac { mac, .. }, .. }) =
        read(ObjectUse::Scramble, &[record(0xb0, b"value")])
    else {
        panic!("a MAC")
    };
    assert_eq!(mac.message.expose().as_slice(), b"\x02value");
    assert_eq!(read(ObjectUse::Scramble, &[record(0xb0, b"")]).err(), Some(BAD));
}

#[test]
fn data_goes_out_under_the_iv_that_was_drawn() {
    for (what, has_iv) in [
        (ObjectUse::AesToRsa, true),
        (ObjectUse::AesToRsa, false),
        (ObjectUse::DukptRewrap, true),
        (ObjectUse::RsaToAes, false),
    ] {
        let mut records = sample(what);
        if !has_iv {
            records.retain(|record| record[0] != 0xb2);
        }
        let Ok(Ask::Payment { task: Task::ReEncrypt { incoming, outgoing, .. }, dukpt }) =
            read(what, &records)
        else {
            panic!("{what:?}")
        };
        match incoming {
            Cipher::Block { mode: Mode::Cbc, iv } => {
                assert_eq!(iv, has_iv.then(|| vec![2; 16]), "{what:?}");
            }
            Cipher::Rsa(RsaPadding::OaepSha256) => assert_eq!(what, ObjectUse::RsaToAes),
            _ => panic!("{what:?}"),
        }
        match outgoing {
            Cipher::Block { mode: Mode::Cbc, iv } => assert_eq!(iv, Some(IV.to_vec())),
            Cipher::Rsa(RsaPadding::OaepSha256) => assert_eq!(what, ObjectUse::AesToRsa),
            _ => panic!("{what:?}"),
        }
        let dukpt = dukpt.map(|one| (one.ksn, one.direction));
        let expected = (what == ObjectUse::DukptRewrap).then(|| (vec![1; 10], Direction::Request));
        assert_eq!(dukpt, expected);
    }
}

#[test]
fn a_pin_keeps_its_card_number() {
    let Ok(Ask::Payment { task: Task::TranslatePin { incoming, outgoing }, dukpt: Some(_) }) =
        read(ObjectUse::DukptPinTranslate, &sample(ObjectUse::DukptPinTranslate))
    else {
        panic!("a translation")
    };
    assert_eq!((incoming.form.format, outgoing.format), (0, 4));
    let pan = |pan: &Option<Secret<Vec<u8>>>| pan.as_ref().map(|pan| pan.expose().clone());
    assert_eq!(pan(&incoming.form.pan), Some(b"4111111111111111".to_vec()));
    assert_eq!(pan(&incoming.form.pan), pan(&outgoing.pan));
}

#[test]
fn three_keys_of_a_transaction() {
    let ask = |which: &[u8]| {
        read(ObjectUse::DukptSessionKeys, &[record(0xb4, &[1; 12]), record(0xb5, which)])
    };
    for (code, which) in [(1, WhichKey::Pin), (2, WhichKey::Mac), (3, WhichKey::Data)] {
        let Ok(Ask::SessionKey(asked)) = ask(&[code]) else { panic!("a key") };
        assert_eq!(asked, SessionKey { ksn: vec![1; 12], which });
    }
    for bad in [&[][..], &[0], &[4], &[1, 1]] {
        assert_eq!(ask(bad).err(), Some(BAD));
    }
}

#[test]
fn somebody_says_why_a_value_is_asked_for() {
    let token = record(0xb9, b"411111");
    let fixed = Settings { purpose: "chargeback".parse().ok(), ..settings() };
    let read = |settings: &Settings, records: &[Vec<u8>]| {
        let ask = Ask::read((ObjectUse::Detokenize, settings), &records.concat(), &IV)?;
        let Ask::Detokenize { purpose, .. } = ask else { panic!("a value") };
        Ok(purpose.to_string())
    };
    let asked = [token.clone(), record(0xbb, b"refund")];
    let alone = [token.clone()];
    assert_eq!(read(&settings(), &asked), Ok("refund".into()));
    assert_eq!(read(&fixed, &asked), Ok("refund".into()));
    assert_eq!(read(&fixed, &alone), Ok("chargeback".into()));
    assert_eq!(read(&settings(), &alone), Err(ErrorKind::Malformed(Malformed::Member)));
    let card = [token, record(0xbb, b"4111111111111111")];
    assert_eq!(read(&settings(), &card), Err(BAD));
}

// spec: enigma-bridge 4.5
#[test]
fn answers_byte_by_byte() {
    let hex = |answer: Answer| {
        let bytes = answer.write();
        bytes.expose().iter().map(|byte| format!("{byte:02x}")).collect::<String>()
    };
    let encrypted = |iv| {
        let done = Encrypted { ciphertext: vec![0xab; 2], nonce: None, tag: None };
        hex(Answer::of(Done::Encrypted(done), iv).unwrap())
    };
    assert_eq!(encrypted(None), "0007b30002abab9000");
    assert_eq!(encrypted(Some(&[0x11; 2])), "000cb200021111b30002abab9000");
    assert_eq!(hex(Answer::of(Done::Mac(vec![1]), None).unwrap()), "0006b10001019000");
    assert_eq!(hex(Answer::of(Done::PinBlock(vec![2]), None).unwrap()), "0006b80001029000");
    assert_eq!(hex(Answer::of(Done::Verified(None), None).unwrap()), "00029000");
    let of = |said| hex(Answer { status: Status::Success, said: vec![said] });
    assert_eq!(of(Said::Value(Secret::new(vec![3]))), "0006b00001039000");
    assert_eq!(of(Said::KeyBlock(vec![4])), "0006b60001049000");
    assert_eq!(of(Said::Token(vec![5])), "0006b90001059000");
    assert!(Answer::of(Done::CardValue(Secret::new(vec![1])), None).is_err());
}

#[test]
fn counted_failures_are_told_inside() {
    let told =
        |kind| Status::of(kind).map(|status| Answer::failed(status).write().expose().clone());
    assert_eq!(told(ErrorKind::Payment(Payment::Mac)), Some(vec![0, 2, 0xa0, 0xa1]));
    assert_eq!(told(ErrorKind::Payment(Payment::Pin)), Some(vec![0, 2, 0x80, 0x3d]));
    assert_eq!(told(ErrorKind::Payment(Payment::Token)), Some(vec![0, 2, 0x80, 0x3b]));
    for kind in [ErrorKind::Quota, ErrorKind::VerifyFailed, ErrorKind::Payment(Payment::Ksn)] {
        assert_eq!(told(kind), None);
    }
}

proptest! {
    #[test]
    fn any_bytes_are_read_or_refused(
        tags in proptest::collection::vec(0xb0..=0xbc_u8, 0..5),
        value in proptest::collection::vec(any::<u8>(), 0..40),
    ) {
        let records: Vec<_> = tags.iter().map(|tag| record(*tag, &value)).collect();
        super::fuzzing::parse(&records.concat());
    }
}

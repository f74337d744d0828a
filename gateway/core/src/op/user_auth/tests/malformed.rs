//! What is refused, and as what.

use proptest::prelude::*;

use super::super::context::Context;
use super::*;
use crate::error::{InvalidData, UserAuth};
use crate::limits;
use crate::tlv::BROKEN;

const NEW: Usage = Usage::UserContextNew;
const HOTP: Usage = Usage::UserHotp;
const PASSWORD: Usage = Usage::UserPassword;
const UPDATE: Usage = Usage::UserContextUpdate;

const METHOD: ErrorKind = ErrorKind::UserAuth(UserAuth::Method);
const UNKNOWN: ErrorKind = ErrorKind::UserAuth(UserAuth::UnknownMethod);
const CONTEXT: ErrorKind = ErrorKind::UserAuth(UserAuth::Context);
const DIGITS: ErrorKind = ErrorKind::UserAuth(UserAuth::Digits);
const SECRET: ErrorKind = ErrorKind::UserAuth(UserAuth::SecretLength);
const HASH: ErrorKind = ErrorKind::InvalidData(InvalidData::Parameter);

fn both() -> Vec<u8> {
    template(USER, Some((6, 16)), Some(&[5; 32]))
}

/// A desk, and a context it gave out.
fn desk_with(template: &[u8]) -> (Desk, Vec<u8>) {
    let mut desk = Desk::new();
    let told = desk.ask(NEW, &new_context(template)).unwrap();
    (desk, told.context)
}

#[track_caller]
fn refused(desk: &mut Desk, usage: Usage, data: &[u8], expected: ErrorKind) {
    let accounts = desk.accounts.clone();
    let entries = desk.entries.clone();
    assert_eq!(desk.ask(usage, data), Err(expected), "{usage:?} {}", const_hex::encode(data));
    assert_eq!((&desk.accounts, &desk.entries), (&accounts, &entries));
}

#[test]
fn broken_chains() {
    let (mut desk, context) = desk_with(&both());
    let good = hotp(&context, 0);
    let swapped = [tlv(0xa5, &[0; 10]), tlv(0xa3, &context)].concat();
    let cases: [(&str, Vec<u8>); 8] = [
        ("empty", vec![]),
        ("one tag", vec![0xa3]),
        ("context alone", tlv(0xa3, &context)),
        ("length beyond the end", good[..good.len() - 1].to_vec()),
        ("trailing byte", [&good[..], &[0]].concat()),
        ("trailing TLV", [&good[..], &tlv(0xa5, &[])].concat()),
        ("context twice", [tlv(0xa3, &context), tlv(0xa3, &context), good.clone()].concat()),
        ("order", swapped),
    ];
    for (what, data) in cases {
        println!("{what}");
        refused(&mut desk, HOTP, &data, BROKEN);
    }
}

#[test]
fn operations_that_do_not_fit_the_key() {
    let (mut desk, context) = desk_with(&both());
    let messages = [
        (NEW, new_context(&both())),
        (HOTP, hotp(&context, 1)),
        (PASSWORD, password(&context, &[5; 32])),
        (UPDATE, update(&context, 0x3e, &[])),
    ];
    for (served, data) in &messages {
        for (usage, _) in messages.iter().filter(|(usage, _)| usage != served) {
            refused(&mut desk, *usage, data, METHOD);
        }
    }
    refused(&mut desk, HOTP, &about(&context, 0x99, USER, &[]), METHOD);
    refused(&mut desk, Usage::Random, &messages[0].1, ErrorKind::KeyUsage);
}

#[test]
fn too_long() {
    let (mut desk, context) = desk_with(&both());
    let data = password(&context, &[0; 1024]);
    refused(&mut desk, PASSWORD, &data, ErrorKind::InvalidData(InvalidData::TooLong));
    let room = 1024 - password(&context, &[]).len();
    assert!(desk.ask(PASSWORD, &password(&context, &vec![0; room])).is_ok());
}

#[test]
fn new_contexts() {
    let mut desk = Desk::new();
    let hotp_value = |digits, len: usize, secret: usize| {
        let mut value = vec![0, 3, 0, 0, 0, 0, 0, 0, 0, 0, 2, digits, len as u8];
        value.extend(vec![0x11; secret]);
        [template(USER, None, None), tlv(0x3f, &value)].concat()
    };
    let with = |tag, value: &[u8]| [template(USER, None, None), tlv(tag, value)].concat();
    let once = template(USER, Some((6, 16)), None);
    let version = |version| [&[version], &once[1..]].concat();
    let twice = [&once[..], &once[15..]].concat();
    let long = template(USER, None, Some(&[1; 129]));
    let cases: [(&str, Vec<u8>, ErrorKind); 20] = [
        ("empty", vec![], BROKEN),
        ("header cut", once[..14].to_vec(), BROKEN),
        ("method cut", once[..once.len() - 1].to_vec(), BROKEN),
        ("trailing byte", [&once[..], &[0x3f]].concat(), BROKEN),
        ("version 0", version(0), BROKEN),
        ("version 2", version(2), BROKEN),
        ("no method", template(USER, None, None), METHOD),
        ("method twice", twice, BROKEN),
        ("tries as method", with(0x3e, &[]), METHOD),
        ("unknown method", with(0x41, &[]), UNKNOWN),
        ("unknown after a good one", [&once[..], &tlv(0, &[])].concat(), UNKNOWN),
        ("5 digits", hotp_value(5, 16, 16), DIGITS),
        ("9 digits", hotp_value(9, 16, 16), DIGITS),
        ("15-byte secret", hotp_value(6, 15, 15), SECRET),
        ("65-byte secret", hotp_value(6, 65, 65), SECRET),
        ("secret shorter than it says", hotp_value(6, 17, 16), BROKEN),
        ("secret longer than it says", hotp_value(6, 16, 17), BROKEN),
        ("no hash", template(USER, None, Some(&[])), HASH),
        ("long hash", long, HASH),
        ("hash of another length than it says", with(0x40, &[0, 3, 2, 1]), BROKEN),
    ];
    for (what, context, expected) in cases {
        println!("{what}");
        refused(&mut desk, NEW, &new_context(&context), expected);
    }
    refused(&mut desk, NEW, &tlv(0xa8, &once), BROKEN);
}

#[test]
fn bodies() {
    let (mut desk, context) = desk_with(&both());
    let body = |tag, body: &[u8]| [tlv(0xa3, &context), tlv(tag, body)].concat();
    let cases: [(&str, Usage, Vec<u8>, ErrorKind); 14] = [
        ("user cut", HOTP, body(0xa5, &USER[..7]), BROKEN),
        ("no code", HOTP, body(0xa5, &USER), BROKEN),
        ("odd code", HOTP, about(&context, 0xa5, USER, &[0; 7]), BROKEN),
        ("pair of 100", HOTP, about(&context, 0xa5, USER, &[0, 100]), BROKEN),
        ("nine pairs", HOTP, about(&context, 0xa5, USER, &[0; 18]), BROKEN),
        ("user cut", PASSWORD, body(0xa4, &USER[..7]), BROKEN),
        ("user cut", UPDATE, body(0xa7, &USER[..7]), BROKEN),
        ("no method", UPDATE, body(0xa7, &USER), BROKEN),
        ("unknown method", UPDATE, update(&context, 0x42, &[]), UNKNOWN),
        ("value with HOTP", UPDATE, update(&context, 0x3f, &[0]), BROKEN),
        ("value with tries", UPDATE, update(&context, 0x3e, &[0]), BROKEN),
        ("no hash", UPDATE, update(&context, 0x40, &[]), HASH),
        ("long hash", UPDATE, update(&context, 0x40, &[0; 129]), HASH),
        ("two methods", UPDATE, about(&context, 0xa7, USER, &[0x3f, 0, 0, 0x3e, 0, 0]), BROKEN),
    ];
    for (what, usage, data, expected) in cases {
        println!("{what}");
        refused(&mut desk, usage, &data, expected);
    }
}

#[test]
fn contexts_that_are_not_the_gateways_own() {
    let (mut desk, context) = desk_with(&both());
    let unknown = both();
    let mut other_user = context.clone();
    other_user[8] ^= 1;
    let contexts = [vec![], unknown, other_user, context[..84].to_vec(), vec![0; 900]];
    for context in contexts {
        refused(&mut desk, HOTP, &hotp(&context, 1), CONTEXT);
        refused(&mut desk, PASSWORD, &password(&context, &[5; 32]), CONTEXT);
        refused(&mut desk, UPDATE, &update(&context, 0x3e, &[]), CONTEXT);
    }
    for (usage, tag, rest) in [(HOTP, 0xa5, pairs(1, 4)), (PASSWORD, 0xa4, vec![5; 32])] {
        refused(&mut desk, usage, &about(&context, tag, [9; 8], &rest), CONTEXT);
    }
    let message = Message::parse(HOTP, &[]).err();
    assert_eq!(message, Some(BROKEN));
    let data = hotp(&context, 1);
    let attempt = Message::parse(HOTP, &data).unwrap().attempt(&desk.keys, None);
    assert_eq!(attempt.err(), Some(CONTEXT));
}

#[test]
fn contexts_of_other_partitions_and_roots_are_unknown() {
    let (mut desk, context) = desk_with(&both());
    desk.keys = ContextKeys::derive(&Secret::new([10; 32]));
    refused(&mut desk, HOTP, &hotp(&context, 1), CONTEXT);
}

#[test]
fn methods_that_the_context_lacks() {
    let (mut desk, only_hash) = desk_with(&template(USER, None, Some(&[5; 32])));
    refused(&mut desk, HOTP, &hotp(&only_hash, 1), METHOD);
    refused(&mut desk, UPDATE, &update(&only_hash, 0x3f, &[]), METHOD);
    let (mut desk, only_hotp) = desk_with(&template(USER, Some((6, 16)), None));
    refused(&mut desk, PASSWORD, &password(&only_hotp, &[5; 32]), METHOD);
    refused(&mut desk, UPDATE, &update(&only_hotp, 0x40, &[5; 32]), METHOD);
    let data = password(&only_hotp, &[5; 32]);
    let attempt = Message::parse(PASSWORD, &data).unwrap().attempt(&desk.keys, Some(&only_hotp));
    assert_eq!(attempt.err(), Some(METHOD), "known before the store is asked");
}

#[test]
fn records_beyond_the_limits_are_corrupt() {
    let (desk, context) = desk_with(&both());
    let account = || desk.account_of(&context);
    let is_corrupt = |account: Account| Account::from_bytes(account.to_bytes().expose()).is_err();
    assert!(!is_corrupt(account()));
    for len in [0, 15, 65, 256] {
        let mut account = account();
        account.last.secret = Some(Secret::new(vec![1; len]));
        assert!(is_corrupt(account), "a secret of {len} bytes");
    }
    let mut long = account();
    long.contexts = vec![ContextDigest([1; 32]); limits::USER_AUTH_CONTEXTS_MAX + 1];
    assert!(is_corrupt(long), "too many contexts");
    for digits in [0, 5, 9, 255] {
        let mut account = account();
        account.hotp.as_mut().unwrap().digits = digits;
        assert!(is_corrupt(account), "{digits} digits");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn parsers_survive_anything(data: Vec<u8>) {
        fuzzing::parse(&data);
    }

    #[test]
    fn parsers_survive_almost_good_input(which in 0..6usize, at: usize, to: u8, cut: usize) {
        let (desk, context) = desk_with(&both());
        let account = desk.account_of(&context);
        let mut data = match which {
            0 => new_context(&both()),
            1 => hotp(&context, 1),
            2 => password(&context, &[5; 32]),
            3 => update(&context, 0x40, &[6; 32]),
            4 => context,
            _ => account.to_bytes().expose().clone(),
        };
        let at = at % data.len();
        data[at] = to;
        fuzzing::parse(&data);
        data.truncate(cut % data.len());
        fuzzing::parse(&data);
    }

    #[test]
    fn contexts_and_records_round_trip(
        user: [u8; 8], digits in 6..=8u8, secret in 16..=64usize,
        hash in proptest::collection::vec(any::<u8>(), 1..=128), with_hash: bool,
    ) {
        let hash = with_hash.then_some(&hash[..]);
        let clear = template(user, Some((digits, secret)), hash);
        let written = Context::parse(&clear).unwrap().write();
        prop_assert_eq!(written.expose(), &clear);
        let (desk, context) = desk_with(&clear);
        prop_assert_eq!(context.len(), clear.len());
        let account = desk.account_of(&context);
        let bytes = account.to_bytes();
        let again = Account::from_bytes(bytes.expose()).unwrap().to_bytes();
        prop_assert!(bool::from(again.ct_eq(bytes.expose())));
        prop_assert!(bytes.expose().len() < 700);
        for len in 0..bytes.expose().len() {
            prop_assert!(Account::from_bytes(&bytes.expose()[..len]).is_err());
        }
    }
}
